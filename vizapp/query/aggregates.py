"""The aggregates of a Query as polars expressions, in steps that can be taken over rows or over cells.

A measure is made of parts, such as a sum and a count. Parts are computed from rows per group ("cells")
and, where that is exact, added up from cells when groups are merged: so a top N with "Other" needs one
pass over the rows. Medians and distinct counts cannot be merged; they go back to the rows.

Rules that any other engine must give too: nulls are skipped; the sum, average, median, least and
largest of nothing are null, counts of nothing are 0. Averages and medians are floats; sums of whole
numbers are exact, 64-bit integers, and floats only beyond 2**63; sums of decimals are exact until they
leave as floats.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from vizapp.schemas.chart import Aggregate
from vizapp.schemas.query import Measure
from vizapp.sources.types import named

ROWS = "\0rows"  # the number of rows of a cell; no column of a person's data can have this name
_DIGITS = 38  # what a Decimal can have

_MERGEABLE = {Aggregate.sum, Aggregate.avg, Aggregate.count, Aggregate.min, Aggregate.max}


@dataclass(frozen=True, slots=True)
class Part:
    """One intermediate column: how to get it from rows, and from cells that hold it."""

    of_rows: pl.Expr
    of_cells: pl.Expr


def mergeable(measure: Measure) -> bool:
    """Whether cells can be merged without going back to the rows."""
    return measure.function in _MERGEABLE


def row_count() -> Part:
    """The part that counts rows, null or not."""
    return Part(pl.len().cast(pl.Int64).alias(ROWS), named(ROWS).sum())


def parts_of(measure: Measure, dtypes: Mapping[str, pl.DataType]) -> list[Part]:
    """The intermediate columns of a measure; `dtypes` are those of the rows' columns."""
    if measure.column is None:
        return [row_count()]
    col, name = named(measure.column), measure.name
    count = _named(name, "count", col.count().cast(pl.Int64), merge="sum")
    match measure.function:
        case Aggregate.count:
            return [count]
        case Aggregate.sum | Aggregate.avg:
            return [_named(name, "sum", _wide(col, dtypes[measure.column]).sum(), merge="sum"), count]
        case Aggregate.count_distinct:
            unique = _named(name, "unique", col.n_unique().cast(pl.Int64), merge="first")
            return [unique, _named(name, "nulls", col.null_count().cast(pl.Int64), merge="first")]
        case Aggregate.median:
            return [_named(name, "median", col.cast(pl.Float64).median(), merge="first")]
        case least_or_greatest:
            plain = col.min() if least_or_greatest is Aggregate.min else col.max()
            return [_named(name, str(least_or_greatest), plain, merge=str(least_or_greatest))]


def finish(measure: Measure) -> pl.Expr:
    """The measure from its parts, under its own name."""
    if measure.column is None:
        return named(ROWS).alias(measure.name)
    total, count = _part(measure.name, "sum"), _part(measure.name, "count")
    match measure.function:
        case Aggregate.sum:
            # polars gives 0 for the sum of nothing; SQL, and honesty, say null.
            made: pl.Expr = pl.when(count > 0).then(total)
        case Aggregate.avg:
            made = pl.when(count > 0).then(total.cast(pl.Float64) / count)
        case Aggregate.count_distinct:
            # polars counts null as a value.
            made = _part(measure.name, "unique") - (_part(measure.name, "nulls") > 0).cast(pl.Int64)
        case function:
            made = _part(measure.name, str(function))
    return made.alias(measure.name)


def narrow(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with whole numbers as 64-bit integers, or floats where a sum went beyond them, and decimals as floats."""
    frame = frame.with_columns(_narrowed(series) for series in frame if series.dtype.is_integer())
    return frame.with_columns(series.cast(pl.Float64) for series in frame if series.dtype.is_decimal())


def _narrowed(series: pl.Series) -> pl.Series:
    fitting = series.cast(pl.Int64, strict=False)
    return fitting if fitting.null_count() == series.null_count() else series.cast(pl.Float64)


def _wide(col: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    # 64-bit sums wrap around silently; 128 bits cost 4 ms a million rows.
    if isinstance(dtype, pl.Decimal):
        return col.cast(pl.Decimal(_DIGITS, dtype.scale))
    return col.cast(pl.Int128) if dtype.is_integer() else col


def _named(measure: str, part: str, of_rows: pl.Expr, *, merge: str) -> Part:
    name = f"\0{part} {measure}"
    cell = named(name)
    merged = {"sum": cell.sum(), "min": cell.min(), "max": cell.max(), "first": cell.first()}[merge]
    return Part(of_rows.alias(name), merged)


def _part(measure: str, part: str) -> pl.Expr:
    return named(f"\0{part} {measure}")
