"""Columns, conditions and time steps of a Query as polars expressions. Pure.

Rules that any other engine must give too:
- NaN is a missing value, everywhere. Decimals are added up exactly and leave as floats. Categories and times of day
  are text.
- A null satisfies no condition but `is_null`: `ne` and `in` leave it out, as SQL does.
- Text is compared by code point and case matters; `contains` alone ignores case (both sides are
  lower-cased), knows no wildcards, and finds the empty text in every text.
- A date value compares days, a date-time value compares instants; a date is its midnight. Against a
  column with a time zone a value without one is meant in that zone; against a column without one,
  a value with a zone is meant in UTC.
- Weeks start on Monday; truncating keeps the type of the column.
"""

import operator
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl

from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Grain, Operator
from vizapp.schemas.query import Condition, Group, Value
from vizapp.sources.types import named, type_of

_STEPS = {
    Grain.year: "1y",
    Grain.quarter: "1q",
    Grain.month: "1mo",
    Grain.week: "1w",
    Grain.day: "1d",
    Grain.hour: "1h",
    Grain.minute: "1m",
}
# Of both engines: polars and SQLAlchemy overload the same operators.
COMPARE: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.eq: operator.eq,
    Operator.ne: operator.ne,
    Operator.gt: operator.gt,
    Operator.ge: operator.ge,
    Operator.lt: operator.lt,
    Operator.le: operator.le,
}
# How a moment compares with a day, as a comparison with the midnight that many days later.
EDGES = {
    Operator.ge: (Operator.ge, 0),
    Operator.gt: (Operator.ge, 1),
    Operator.le: (Operator.lt, 1),
    Operator.lt: (Operator.lt, 0),
}


def _compared(how: Operator, left: pl.Expr, right: pl.Expr) -> pl.Expr:
    made: pl.Expr = COMPARE[how](left, right)
    return made


def column(name: str, schema: pl.Schema) -> pl.Expr:
    """The column as the rules above see it, under its own name."""
    dtype, col = schema[name], named(name)
    if dtype.is_float():
        return (col if dtype == pl.Float64 else col.cast(pl.Float64)).fill_nan(None)
    if isinstance(dtype, pl.Decimal):
        return col.cast(pl.Float64)
    return col.cast(pl.String) if type_of(dtype) is ColumnType.string and dtype != pl.String else col


def exact(name: str, schema: pl.Schema) -> pl.Expr:
    """The same, with decimals as they are: for grouping and adding up."""
    return named(name) if schema[name].is_decimal() else column(name, schema)


def key(group: Group) -> pl.Expr:
    """The value a row is grouped by, named as the group."""
    col = named(group.column)
    return (col if group.grain is None else col.dt.truncate(_STEPS[group.grain])).alias(group.name)


def condition(item: Condition, schema: pl.Schema) -> pl.Expr:
    """True for the rows to keep, false or null for the others."""
    col, value = column(item.column, schema), item.value
    dtype = schema[item.column]
    if item.operator is Operator.is_null:
        return col.is_null()
    if item.operator is Operator.not_null:
        return col.is_not_null()
    if item.operator is Operator.contains:
        return col.str.to_lowercase().str.contains(str(value).lower(), literal=True)
    if isinstance(value, tuple):
        if item.operator is Operator.between:
            return _compare(col, Operator.ge, value[0], dtype) & _compare(col, Operator.le, value[1], dtype)
        return _one_of(col, value, dtype)
    return _compare(col, item.operator, value, dtype)


def _compare(col: pl.Expr, how: Operator, value: Value, dtype: pl.DataType) -> pl.Expr:
    if not type_of(dtype).is_temporal:
        return _compared(how, col, pl.lit(value))
    text = str(value)
    zone = dtype.time_zone if isinstance(dtype, pl.Datetime) else None
    if is_day(text):
        day = date.fromisoformat(text)
        if how in EDGES and isinstance(dtype, pl.Datetime) and zone is None and day < date.max:
            return _beyond(col, how, day)
        return _compared(how, col if dtype == pl.Date else col.dt.date(), pl.lit(day))
    moment = _instant(datetime.fromisoformat(text), zone)
    return _compared(how, col.cast(pl.Datetime("us")) if dtype == pl.Date else col, moment)


def _beyond(col: pl.Expr, how: Operator, day: date) -> pl.Expr:
    # The same as comparing dates, but a plain comparison lets polars skip row groups of a Parquet file.
    plain, days = EDGES[how]
    midnight = datetime.combine(day + timedelta(days=days), time())
    return _compared(plain, col, pl.lit(midnight, dtype=pl.Datetime("us")))


def is_day(text: str) -> bool:
    """Whether canonical ISO text is a date rather than a moment."""
    return len(text) == len("2024-01-31")


def _instant(value: datetime, zone: str | None) -> pl.Expr:
    if zone is None:
        plain = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        return pl.lit(plain, dtype=pl.Datetime("us"))
    if value.tzinfo is None:
        # A wall-clock time that the zone skips or repeats still has to be some instant.
        return pl.lit(value).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return pl.lit(value.astimezone(UTC)).dt.convert_time_zone(zone)


def _one_of(col: pl.Expr, values: tuple[Value, ...], dtype: pl.DataType) -> pl.Expr:
    if not values:
        return pl.lit(value=False)
    if type_of(dtype).is_temporal:
        return pl.any_horizontal(_compare(col, Operator.eq, value, dtype) for value in values)
    if dtype.is_numeric():
        whole = dtype.is_integer() and not any(isinstance(value, float) for value in values)
        wide = pl.Int64() if whole else pl.Float64()
        return col.cast(wide, strict=False).is_in(pl.Series(values, dtype=wide, strict=False).implode())
    return col.is_in(pl.Series(values).implode())
