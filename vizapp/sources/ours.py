"""Columns of any type → the few types we chart, without losing values and with a sentence where one had to change."""

from datetime import date, datetime

import polars as pl

from vizapp.sources.plain import as_text, is_plain
from vizapp.sources.types import named

# Digits that a double holds for certain.
_EXACT_DIGITS = 15
_KEPT_AS = {
    pl.List: "Lists are kept as JSON text.",
    pl.Array: "Lists are kept as JSON text.",
    pl.Struct: "Objects are kept as JSON text.",
    pl.Binary: "Bytes are kept as text, in base64 where they are no UTF-8.",
    pl.Duration: "Durations are kept as ISO 8601 text, such as P1DT2H.",
    pl.Time: "Times of day are kept as text.",
    pl.Object: "Values of a type that is not known here are kept as text.",
}


def to_ours(column: pl.Series) -> tuple[pl.Series, str]:
    """The column as boolean, Int64, Float64, text, date or moment without a zone, and what had to be done for it.

    Zoned times become UTC, as those of a CSV file do; NaN, infinity and times that no calendar has become missing.
    """
    # Under a name that polars takes for a pattern, its own methods do not find the column.
    values, told = _converted(column.alias(""))
    return values.alias(column.name), told


def _converted(column: pl.Series) -> tuple[pl.Series, str]:
    kind = column.dtype
    if not is_plain(kind):
        return as_text(column), _KEPT_AS.get(type(kind), "")
    if isinstance(kind, pl.Datetime):
        return _moments(column)
    if kind == pl.Date:
        return _within(column, pl.lit(date.min), pl.lit(date.max), "")
    if kind.is_float():
        return _finite(column.cast(pl.Float64))
    if kind.is_decimal():
        return _decimals(column)
    return _whole(column) if kind.is_integer() else (column, "")


def _moments(column: pl.Series) -> tuple[pl.Series, str]:
    zone = column.dtype.time_zone if isinstance(column.dtype, pl.Datetime) else None
    values = column if zone is None else column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    told = "" if zone is None else "Times were converted to UTC."
    low, high = pl.lit(datetime.min), pl.lit(datetime.max)  # noqa: DTZ901 - the ends of the calendar
    return _within(values.cast(pl.Datetime("us")), low, high, told)


def _within(column: pl.Series, low: pl.Expr, high: pl.Expr, told: str) -> tuple[pl.Series, str]:
    """Python's calendar begins in the year 1 and ends with 9999; polars goes on."""
    name = named(column.name)
    values = column.to_frame().select(pl.when(name.is_between(low, high)).then(name)).to_series()
    lost = values.null_count() - column.null_count()
    return values, " ".join(filter(None, (told, _emptied(lost, "beyond the calendar"))))


def _finite(column: pl.Series) -> tuple[pl.Series, str]:
    name = named(column.name)
    values = column.to_frame().select(pl.when(name.is_finite()).then(name)).to_series()
    lost = values.null_count() - column.null_count()
    return values, _emptied(lost, "not finite")


def _emptied(count: int, why: str) -> str:
    return f"{count:,} {'value is' if count == 1 else 'values are'} {why} and left empty." if count else ""


def _decimals(column: pl.Series) -> tuple[pl.Series, str]:
    values = column.cast(pl.Int64, strict=False)
    if values.null_count() == column.null_count() and bool((values == column).all()):
        return values, ""
    precision = column.dtype.precision if isinstance(column.dtype, pl.Decimal) else None
    exact = precision is not None and precision <= _EXACT_DIGITS
    told = "" if exact else f"Decimals are kept as numbers of {_EXACT_DIGITS} digits."
    return column.cast(pl.Float64), told


def _whole(column: pl.Series) -> tuple[pl.Series, str]:
    values = column.cast(pl.Int64, strict=False)
    if values.null_count() == column.null_count():
        return values, ""
    return column.cast(pl.String), "Kept as text: too long for an exact number."
