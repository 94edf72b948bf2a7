"""A frame's columns as the cells of a worksheet: the same values, or text of them where Excel has no such value."""

from collections.abc import Sequence
from datetime import date, datetime

import polars as pl

from vizapp.exports.frames import LARGEST, harmless, json_values
from vizapp.exports.names import NOT_XML
from vizapp.sources.plain import as_text

MAX_CHARS = 32_767
# Excel counts a 29 February 1900, other programs do not: before March the same number is another day for each.
FIRST, LAST = date(1900, 3, 1), date(9999, 12, 31)
_FIRST, _LAST = datetime(1900, 3, 1), datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001 - Excel knows no zones
# Programs read `_x0041_` in a cell as the letter A.
_ESCAPED = r"_(x[0-9A-Fa-f]{4}_)"
DAY, MOMENT, EXACT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd hh:mm:ss.000"
WHOLE, REAL = "#,##0", "#,##0.00"
# Excel needs no format for these; LibreOffice shows 1 and 0 without one.
FLAG = '"TRUE";"TRUE";"FALSE"'
_WIDTHS = {DAY: 12, MOMENT: 20, EXACT: 24}
_NARROW, _WIDE, _SAMPLE = 9, 60, 1000
_THIN_SPACE = 4  # for the button of the filter


def without_zones(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of `frames.plain` whose moments in UTC no longer say so."""
    return frame.with_columns(
        column.dt.replace_time_zone(None) for column in frame if isinstance(column.dtype, pl.Datetime)
    )


def format_of(column: pl.Series, *, measured: bool) -> str:
    """Excel's number format, "" for its own choice. Measures have separators; years and numbers of things have none."""
    if column.dtype == pl.Date:
        return DAY
    if isinstance(column.dtype, pl.Datetime):
        return EXACT if (column.dt.millisecond() != 0).any() else MOMENT
    if column.dtype == pl.Boolean:
        return FLAG
    if not measured or not column.dtype.is_numeric():
        return ""
    real = column.cast(pl.Float64, strict=False)
    sizes = real.filter(real.is_finite()).abs()
    if (sizes == sizes.floor()).all():
        return WHOLE
    return REAL if (sizes >= 1).any() else ""


def width_of(column: pl.Series, number_format: str, heading: str) -> float:
    """Of the longest of its first cells, in characters."""
    longest = _WIDTHS.get(number_format, 0)
    if not longest:
        shown = column.head(_SAMPLE)
        if shown.dtype.is_float() or shown.dtype.is_decimal():
            shown = shown.cast(pl.Float64).round(2)
        texts = shown.cast(pl.String)
        first_line = texts.str.split("\n").list.first()
        longest = int(str(first_line.str.len_chars().max() or 0))
        longest += longest // 3 if number_format else 0
    return float(min(max(longest + 2, len(heading) + _THIN_SPACE, _NARROW), _WIDE))


def told(frame: pl.DataFrame) -> list[str]:
    """What `cells_of` will not have as it is in a frame of `frames.plain`, in sentences that name the column."""
    return [f"{column.name}: {why}" for column in frame for why in (*_of_times(column), *_of_others(column))]


def _of_times(column: pl.Series) -> list[str]:
    if not isinstance(column.dtype, pl.Date | pl.Datetime):
        return []
    zoned = isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone is not None
    bare = column.dt.replace_time_zone(None) if zoned else column
    told_of = ["times are in UTC."] if zoned else []
    return told_of if _placed(bare).all() else [*told_of, "days before March 1900 or after 9999 are text."]


def _of_others(column: pl.Series) -> list[str]:
    kind = column.dtype
    if kind.is_float() and not column.is_finite().all():
        return ["values that are no number are empty."]
    if kind.is_integer() and not column.cast(pl.Int128).is_between(-LARGEST, LARGEST).all():
        return [f"numbers beyond {LARGEST:,} are text, so that no digit is lost."]
    if kind.is_decimal() and any(isinstance(value, str) for value in json_values(column)):
        return ["numbers with more digits than Excel keeps are text."]
    if kind == pl.String and _is_long(column).any():
        return [f"texts end after {MAX_CHARS:,} characters, the most that Excel has in a cell."]
    return []


def cells_of(column: pl.Series) -> Sequence[object]:
    """The values of a column of `without_zones`, as openpyxl takes them."""
    if column.dtype == pl.String:
        return texts_of(column).to_list()
    if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        fits = _placed(column)
        places = pl.select(pl.when(fits).then(column)).to_series().to_list()
        if fits.all():
            return places
        texts = as_text(column).to_list()
        return [text if place is None else place for place, text in zip(places, texts, strict=True)]
    return json_values(column)


def texts_of(column: pl.Series) -> pl.Series:
    """Text that no spreadsheet runs, that XML can hold, and that is no longer than a cell."""
    clean = harmless(column.str.replace_all(NOT_XML.pattern, ""))
    clean = clean.str.replace_all("\r\n?", "\n").str.replace_all(_ESCAPED, "_x005F_${1}")
    if _is_long(clean).any():
        return pl.Series([None if text is None else cut(text) for text in clean], dtype=pl.String)
    return clean


def cut(text: str) -> str:
    """At most what a cell holds; Excel counts in units of UTF-16."""
    return text.encode("utf-16-le")[: 2 * MAX_CHARS].decode("utf-16-le", "ignore")


def _is_long(column: pl.Series) -> pl.Series:
    # A character has at least as many bytes in UTF-8 as it has units in UTF-16.
    long = column.str.len_bytes().fill_null(0) > MAX_CHARS
    if not long.any():
        return long
    units = [0 if text is None else len(text.encode("utf-16-le")) // 2 for text in column]
    return pl.Series(units) > MAX_CHARS


def _placed(column: pl.Series) -> pl.Series:
    """Whether Excel has this day or moment; yes for nothing."""
    low, high = (FIRST, LAST) if column.dtype == pl.Date else (_FIRST, _LAST)
    return column.is_between(low, high).fill_null(value=True)
