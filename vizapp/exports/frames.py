"""A frame as JSON, CSV, an Arrow stream or Parquet: the same values in each format, as bytes that come in pieces."""

import io
import json
import math
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

import polars as pl

from vizapp.sources.plain import as_text, is_plain, moments_as_text

ROWS_AT_ONCE = 5_000
_PIECE = 256 * 1024
# JavaScript, and whatever reads JSON numbers as doubles, holds whole numbers exactly up to this size.
LARGEST = 2**53 - 1
# What begins a formula in a spreadsheet, full-width twins included, and the controls that may stand before it (OWASP).
_FORMULA = "^[=+\\-@\t\r\n＝＋－＠]"
_ARROW_HEAD = 8  # the mark of a message and the length of what it says about itself
_ARROW_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"


class Format(StrEnum):
    """What an answer can be sent as, by media type."""

    json = "application/json"
    csv = "text/csv"
    arrow = "application/vnd.apache.arrow.stream"
    parquet = "application/vnd.apache.parquet"

    @property
    def suffix(self) -> str:
        """How the name of a file of this format ends."""
        return f".{'arrows' if self is Format.arrow else self.name}"


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Booleans, numbers, text, dates and moments as they are, those with a zone in UTC; all else as text."""
    changed = [made for column in frame if (made := _plain(column)) is not column]
    return frame.with_columns(changed) if changed else frame


def _plain(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone is not None:
        return column.dt.convert_time_zone("UTC")
    return column if is_plain(column.dtype) else as_text(column)


def pieces(frame: pl.DataFrame, kind: Format) -> Iterator[bytes]:
    """The frame as CSV, Arrow or Parquet."""
    frame = plain(frame)
    if kind is Format.csv:
        return _csv(frame)
    return _arrow(frame) if kind is Format.arrow else _parquet(frame)


def _csv(frame: pl.DataFrame) -> Iterator[bytes]:
    """RFC 4180 in UTF-8. Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    names = pl.Series(frame.columns, dtype=pl.String)
    head = pl.DataFrame([[name] for name in harmless(names)], schema=[f"{i}" for i in range(frame.width)])
    yield head.write_csv(include_header=False, line_terminator="\r\n").encode()
    for part in frame.iter_slices(ROWS_AT_ONCE):
        cells = part.with_columns(_csv_cells(column) for column in part)
        # Readers skip empty lines: a missing value that is all of its row has to be seen.
        nothing = '""' if frame.width == 1 else ""
        yield cells.write_csv(include_header=False, line_terminator="\r\n", null_value=nothing).encode()


def _csv_cells(column: pl.Series) -> pl.Series:
    if column.dtype == pl.String:
        return harmless(column)
    if isinstance(column.dtype, pl.Datetime):
        return moments_as_text(column)
    return _finite(column)


def harmless(text: pl.Series) -> pl.Series:
    """Text with an apostrophe before what a spreadsheet would run as a formula."""
    return text.str.replace(_FORMULA, "'${0}")


def _finite(column: pl.Series) -> pl.Series:
    if not column.dtype.is_float():
        return column
    return pl.select(pl.when(column.is_finite()).then(column).alias(column.name)).to_series()


def _arrow(frame: pl.DataFrame) -> Iterator[bytes]:
    """One stream: the schema, then the rows batch by batch, each taken out of a stream of its own."""
    empty = _ipc(frame.clear())
    head = _ARROW_HEAD + int.from_bytes(empty[4:_ARROW_HEAD], "little")
    yield empty[:head]
    for part in frame.iter_slices(ROWS_AT_ONCE):
        yield _ipc(part)[head : -len(_ARROW_END)]
    yield _ARROW_END


def _ipc(frame: pl.DataFrame) -> bytes:
    body = io.BytesIO()
    # Not compressed: not every reader of Arrow has lz4 or zstd, and HTTP compresses where both sides want it.
    frame.rechunk().write_ipc_stream(body, compression="uncompressed")
    return body.getvalue()


def _parquet(frame: pl.DataFrame) -> Iterator[bytes]:
    """Its end says where everything is, so it is whole before it leaves; it is smaller than the frame it comes from."""
    body = io.BytesIO()
    frame.write_parquet(body, compression="zstd", statistics=True)
    data = body.getbuffer()
    for start in range(0, len(data), _PIECE):
        yield bytes(data[start : start + _PIECE])


def json_rows(frame: pl.DataFrame) -> list[dict[str, object]]:
    """Rows as objects of JSON values. Nothing is rounded and nothing invalid sent:

    dates and moments are ISO 8601 text; NaN and infinity are null; numbers that a double cannot hold exactly
    (whole ones beyond 2⁵³ − 1, long decimals) are text of their digits.
    """
    columns = {column.name: json_values(column) for column in plain(frame)}
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def json_values(column: pl.Series) -> list[object]:
    """A column of `plain` as `json_rows` has it."""
    if isinstance(column.dtype, pl.Datetime):
        return moments_as_text(column).to_list()
    if column.dtype == pl.Date:
        return as_text(column).to_list()
    if column.dtype.is_float():
        return [value if value is not None and math.isfinite(value) else None for value in column.to_list()]
    if column.dtype.is_integer():
        return [str(value) if value is not None and abs(value) > LARGEST else value for value in column.to_list()]
    return [_decimal(value) for value in column.to_list()] if column.dtype.is_decimal() else column.to_list()


def _decimal(value: Decimal | None) -> object:
    if value is None:
        return None
    near: int | float = int(value) if value == value.to_integral_value() and abs(value) <= LARGEST else float(value)
    return near if Decimal(str(near)) == value else str(value)


def json_pieces(head: dict[str, object], frame: pl.DataFrame) -> Iterator[bytes]:
    """The object `head` with the member `rows` after all others."""
    yield json.dumps(head | {"rows": []}, ensure_ascii=False, allow_nan=False)[: -len("]}")].encode()
    separator = b""
    for part in frame.iter_slices(ROWS_AT_ONCE):
        rows = json.dumps(json_rows(part), ensure_ascii=False, allow_nan=False)[1:-1]
        yield separator + rows.encode()
        separator = b", "
    yield b"]}\n"
