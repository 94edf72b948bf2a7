"""The aggregates of a Query as SQL, by the rules of `aggregates`: over rows, or added up from cells. Pure.

Medians are the mean of the one or two values in the middle of a window: a form that every database has.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from vizapp.query.sql_dialects import Column, Dialect
from vizapp.schemas.chart import Aggregate
from vizapp.schemas.query import Measure
from vizapp.sources.sql_types import Kind

ROWS = "n"

Columns = sa.ColumnCollection[str, Any]


def value_of(index: int) -> str:
    """The name of a measure's column among rows, and of its number."""
    return f"m{index}"


def part_of(index: int, part: str) -> str:
    """The name of a part of a measure among cells."""
    return f"m{index}_{part}"


def kind_of(measure: Measure, kinds: Mapping[str, Kind]) -> Kind:
    """What the numbers of a measure are."""
    if measure.column is None or measure.function in (Aggregate.count, Aggregate.count_distinct):
        return Kind.whole
    if measure.function in (Aggregate.avg, Aggregate.median):
        return Kind.real
    return kinds[measure.column]


def numbers(rows: sa.FromClause, measures: Sequence[Measure], dialect: Dialect) -> list[Column]:
    """Each measure over `rows` (see `middled`), to be grouped, under its name."""
    return [_number(rows.c, index, m, dialect).label(value_of(index)) for index, m in enumerate(measures)]


def middled(rows: sa.FromClause, keys: Sequence[str], measures: Sequence[Measure]) -> sa.FromClause:
    """`rows` with what medians need: the place of each value in its group, and how many there are."""
    medians = [index for index, m in enumerate(measures) if m.function is Aggregate.median]
    if not medians:
        return rows
    by = [rows.c[key] for key in keys]
    extra: list[Column] = []
    for index in medians:
        value = rows.c[value_of(index)]
        place = sa.func.row_number().over(partition_by=by or None, order_by=[value.is_(None), value])
        extra.append(place.label(part_of(index, "place")))
        extra.append(sa.func.count(value).over(partition_by=by or None).label(part_of(index, "of")))
    return sa.select(*rows.c, *extra).subquery(f"middled_{len(keys)}")


def _number(columns: Columns, index: int, measure: Measure, dialect: Dialect) -> Column:
    if measure.column is None:
        return sa.func.count()
    value = columns[value_of(index)]
    match measure.function:
        case Aggregate.count:
            return sa.func.count(value)
        case Aggregate.count_distinct:
            return sa.func.count(sa.distinct(value))
        case Aggregate.avg:
            return _quotient(sa.func.sum(value), sa.func.count(value), dialect)
        case Aggregate.median:
            place, of = columns[part_of(index, "place")], columns[part_of(index, "of")]
            among = sa.and_(place * 2 >= of, place * 2 <= of + 2)
            return sa.func.avg(sa.case((among, dialect.real(value))))
    return _plain(measure, value)


def _plain(measure: Measure, value: Column) -> Column:
    if measure.function is Aggregate.min:
        return sa.func.min(value)
    return sa.func.max(value) if measure.function is Aggregate.max else sa.func.sum(value)


def _quotient(total: Column, count: Column, dialect: Dialect) -> Column:
    # As an operator of its own: SQLAlchemy's division would make decimals of whole numbers.
    return dialect.real(total).op("/", precedence=8)(sa.func.nullif(count, sa.literal_column("0")))


def parts(columns: Columns, measures: Sequence[Measure]) -> list[Column]:
    """What cells hold of each measure; of those that cannot be added up, the number itself."""
    made: list[Column] = [sa.func.count().label(ROWS)]
    for index, measure in enumerate(measures):
        if measure.column is None:
            continue
        value = columns[value_of(index)]
        match measure.function:
            case Aggregate.count:
                made.append(sa.func.count(value).label(part_of(index, "count")))
            case Aggregate.avg:
                made.append(sa.func.sum(value).label(part_of(index, "sum")))
                made.append(sa.func.count(value).label(part_of(index, "count")))
            case function:
                made.append(_plain(measure, value).label(part_of(index, str(function))))
    return made


def merged(
    columns: Columns, index: int, measure: Measure, dialect: Dialect, *, over: Sequence[Column] | None = None
) -> Column:
    """The measure from its parts, added up in groups, or in a window over those with the same `over`."""

    def add(part: str, how: Any = sa.func.sum) -> Column:
        made = how(columns[ROWS if part == ROWS else part_of(index, part)])
        total: Column = made if over is None else made.over(partition_by=over)
        return total

    if measure.column is None:
        return add(ROWS)
    match measure.function:
        case Aggregate.avg:
            return _quotient(add("sum"), add("count"), dialect)
        case Aggregate.min:
            return add("min", sa.func.min)
        case Aggregate.max:
            return add("max", sa.func.max)
    return add(str(measure.function))
