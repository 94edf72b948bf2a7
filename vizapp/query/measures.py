"""Which functions fit which columns, and what their results are called. Pure."""

from vizapp.errors import InvalidChartConfig
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate

ROWS = "Rows"

_NUMERIC = {Aggregate.sum, Aggregate.avg, Aggregate.median}
_ORDERED = {Aggregate.min, Aggregate.max}

# Name of a measure by function and whether its column is a time; {} is the column.
NAMES = {
    (Aggregate.sum, False): "Total {}",
    (Aggregate.avg, False): "Average {}",
    (Aggregate.median, False): "Median {}",
    (Aggregate.count, False): "Count of {}",
    (Aggregate.count, True): "Count of {}",
    (Aggregate.count_distinct, False): "Distinct {}",
    (Aggregate.count_distinct, True): "Distinct {}",
    (Aggregate.min, False): "Lowest {}",
    (Aggregate.max, False): "Highest {}",
    (Aggregate.min, True): "Earliest {}",
    (Aggregate.max, True): "Latest {}",
}


def default_function(kind: ColumnType | None) -> Aggregate:
    """Numbers are added up, everything else is counted; None stands for no column."""
    return Aggregate.sum if kind is ColumnType.number else Aggregate.count


def check_function(function: Aggregate, column: str | None, kind: ColumnType | None, *, path: str) -> None:
    """Raises InvalidChartConfig at `path` if `function` cannot be taken of a column of this kind."""
    if column is None or kind is None:
        if function is not Aggregate.count:
            raise InvalidChartConfig.of({path: f"{function} needs a column to work on."})
    elif function in _NUMERIC and kind is not ColumnType.number:
        raise InvalidChartConfig.of({path: f"{function} needs a number column, “{column}” is {kind}."})
    elif function in _ORDERED and kind is not ColumnType.number and not kind.is_temporal:
        raise InvalidChartConfig.of({path: f"{function} needs a number or date column, “{column}” is {kind}."})
