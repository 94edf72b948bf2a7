"""The words around a picture: measure names, titles, subtitles and the summary read aloud."""

import re

from vizapp.charts.text import tidy
from vizapp.schemas.chart import Aggregate, ChartConfig, Grain, Operator
from vizapp.schemas.query import Facts

# The name of the group that top N folds the rest into; the planner uses the same.
OTHER = "Other"

_PREFIX = {
    Aggregate.sum: "Total", Aggregate.avg: "Average", Aggregate.count: "Count of", Aggregate.min: "Lowest",
    Aggregate.max: "Highest", Aggregate.median: "Median", Aggregate.count_distinct: "Distinct",
}  # fmt: skip
ADDITIVE = frozenset({Aggregate.sum, Aggregate.count})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def human(column: str) -> str:
    """`dep_delay`, `depDelay` → dep delay; words keep the capitals their author gave them."""
    text = tidy(column)
    if " " in text:
        return text
    words = text.replace("_", " ").replace("-", " ").split()
    return " ".join(_CAMEL.sub(" ", word).lower() if _CAMEL.search(word) else word for word in words) or text


def capital(text: str) -> str:
    """The first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


def function_of(config: ChartConfig) -> Aggregate:
    """The aggregate in force: as chosen, else rows are counted when there is no measure, else summed."""
    if config.aggregation is not None:
        return config.aggregation.function
    return Aggregate.sum if config.data_mapping.y_axis else Aggregate.count


def is_additive(config: ChartConfig) -> bool:
    """Whether parts add up to the whole: only sums and counts do."""
    return function_of(config) in ADDITIVE


def measure(config: ChartConfig) -> str:
    """The measure with its function: “Average dep delay”, “Rows”."""
    column = config.data_mapping.y_axis
    function = function_of(config)
    return f"{_PREFIX[function]} {human(column)}" if column else "Rows"


def suggest_title(config: ChartConfig) -> str:
    """Measure and dimension: “Revenue by month”, “Dep delay by month and origin”."""
    mapping = config.data_mapping
    if config.chart_type == "scatter" and mapping.x_axis and mapping.y_axis:
        return capital(f"{human(mapping.y_axis)} against {human(mapping.x_axis)}")
    if config.chart_type == "table":
        return _table_title(config)
    names = [] if config.chart_type == "kpi" else _dimensions(config)
    return capital(f"{_short_measure(config)}{' by ' if names else ''}{' and '.join(names)}")


def _short_measure(config: ChartConfig) -> str:
    column, function = config.data_mapping.y_axis, function_of(config)
    if column and function in (Aggregate.sum, Aggregate.avg):
        return human(column)
    return measure(config)


def _dimensions(config: ChartConfig) -> list[str]:
    mapping = config.data_mapping
    grain = mapping.time_grain
    x_name = grain.value if grain is not Grain.auto else human(mapping.x_axis) if mapping.x_axis else ""
    return [name for name in (x_name, human(mapping.series) if mapping.series else "") if name]


def _table_title(config: ChartConfig) -> str:
    mapping = config.data_mapping
    groups = " and ".join(human(name) for name in mapping.columns[:2])
    if mapping.measures:
        first = mapping.measures[0]
        return capital((human(first.column) if first.column else "rows") + (f" by {groups}" if groups else ""))
    return capital(groups) or "Rows"


def subtitle(config: ChartConfig, facts: Facts, *extra: str) -> str:
    """Unit, grain and what is left out: “Average minutes, by month”."""
    if config.styling.subtitle is not None:
        return config.styling.subtitle
    parts = [measure(config), f"by {facts.grain.value}" if facts.grain else "", *extra]
    return ", ".join(part for part in parts if part)


# Values in a sentence about a filter.
_TOLD = 5
OPERATORS = {
    Operator.eq: "is", Operator.ne: "is not", Operator.gt: "more than", Operator.ge: "at least",
    Operator.lt: "less than", Operator.le: "at most", Operator.contains: "contains",
    Operator.in_: "is any of", Operator.between: "between", Operator.is_null: "is missing",
    Operator.not_null: "is not missing",
}  # fmt: skip


def told(column: str, operator: Operator, value: object) -> str:
    """A filter in words: "region is any of North, South"."""
    if isinstance(value, list):
        words = ", ".join(str(part) for part in value[:_TOLD]) + (" …" if len(value) > _TOLD else "")
    else:
        words = "" if value is None else str(value)
    return f"{column} {OPERATORS[operator]} {words}".strip()
