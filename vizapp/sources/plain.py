"""Plain columns: those that are not yes or no, numbers, text or times, as text that still says all they hold."""

import base64

import polars as pl


def is_plain(dtype: pl.DataType) -> bool:
    """Whether a column of this type is one of ours as it is: boolean, number, text, date or moment."""
    return dtype.is_numeric() or dtype in (pl.Boolean, pl.String, pl.Date) or isinstance(dtype, pl.Datetime)


def as_text(column: pl.Series) -> pl.Series:
    """Any column as text: categories by their names, lists and objects as JSON, durations and times of day in
    ISO 8601, bytes as the text they are in UTF-8 or else in base64."""
    kind = column.dtype
    if isinstance(kind, pl.Categorical | pl.Enum | pl.Null):
        return column.cast(pl.String)
    if isinstance(kind, pl.Duration | pl.Time | pl.Date):
        return column.dt.to_string("iso")
    if isinstance(kind, pl.Datetime):
        return moments_as_text(column)
    if isinstance(kind, pl.Binary):
        return pl.Series(column.name, [_text_of(value) for value in column], dtype=pl.String)
    if isinstance(kind, pl.Object):
        return pl.Series(column.name, [None if value is None else str(value) for value in column], dtype=pl.String)
    return _as_json(column) if kind.is_nested() else column.cast(pl.String)


def moments_as_text(column: pl.Series) -> pl.Series:
    """Moments in ISO 8601, with the offset of UTC when the column has a zone: `2024-01-31T12:30:00+00:00`."""
    if not isinstance(column.dtype, pl.Datetime) or column.dtype.time_zone is None:
        return column.dt.to_string("%Y-%m-%dT%H:%M:%S%.f")
    return column.dt.convert_time_zone("UTC").dt.to_string("%Y-%m-%dT%H:%M:%S%.f%:z")


def _as_json(column: pl.Series) -> pl.Series:
    """Through a struct of one field, because polars writes only structs as JSON."""
    if _has_bytes(column.dtype):
        values = [None if value is None else str(value) for value in column.to_list()]
        return pl.Series(column.name, values, dtype=pl.String)
    wrapped = column.alias("v").to_frame().to_struct().struct.json_encode()
    text = wrapped.str.slice(len('{"v":')).str.head(-1)
    return pl.select(pl.when(column.is_not_null()).then(text).alias(column.name)).to_series()


def _has_bytes(dtype: pl.DataType) -> bool:
    """polars panics when it writes bytes as JSON."""
    if isinstance(dtype, pl.Struct):
        return any(_has_bytes(field.dtype) for field in dtype.fields)  # type: ignore[arg-type]
    if isinstance(dtype, pl.List | pl.Array):
        return _has_bytes(dtype.inner)  # type: ignore[arg-type]
    return isinstance(dtype, pl.Binary | pl.Object)


def _text_of(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()
