"""An Excel workbook → a table: one sheet, with the numbers and dates its cells hold and its header found as in CSV."""

import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import time
from pathlib import Path

import fastexcel
import polars as pl

from vizapp.errors import InvalidFile, InvalidInput
from vizapp.sources.archive import check_workbook
from vizapp.sources.layout import Layout, Row, find_layout, footnotes
from vizapp.sources.limits import FileLimits
from vizapp.sources.names import clean_names
from vizapp.sources.notes import Note, on_lines
from vizapp.sources.ours import to_ours
from vizapp.sources.sniff import is_value
from vizapp.sources.tables import Inferred, Table, check_cells

_ROWS_LOOKED_AT = 500
_TAIL_ROWS = 20
_SHEETS_TOLD = 50
# Beyond this a double skips whole numbers.
_EXACT = 2**53
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s")
_PIECE = 1024 * 1024
_DAMAGE = (fastexcel.FastExcelError, pl.exceptions.PolarsError, pl.exceptions.PanicException)
# What zipfile raises for a directory that tells other sizes, sums or kinds than the parts have.
_UNPACKING = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One worksheet: its name, how many rows and columns are in use, and the first rows as text."""

    name: str
    height: int
    rows: list[Row]
    width: int


def read_workbook(path: Path, limits: FileLimits = FileLimits(), sheet: str = "") -> Table:  # noqa: B008 - frozen
    """Read one sheet of the workbook at `path`: the named one, else the first that holds anything.

    Raises InvalidFile, FileTooLarge with the limit, and InvalidInput when there is no such sheet.
    """
    check_workbook(path, limits)
    try:
        book = fastexcel.read_excel(path)
        found = _chosen(book, sheet)
        limits.check_shape(found.height, found.width)
        layout = find_layout(found.rows, found.width)
        frame, stop = _body(book, found, layout)
    except _DAMAGE as exc:
        raise InvalidFile("This workbook is damaged, or uses what cannot be read here.") from exc
    frame, notes = _named(frame, layout)
    made = [_cells_to_ours(column) for column in frame]
    frame = pl.DataFrame([column for column, _ in made])
    check_cells(frame, limits)
    told = [*_sheets(book.sheet_names, found.name), *_left_out(found, layout, stop), *_merged(path), *notes]
    written: dict[str, object] = {"sheet": found.name, "header_rows": layout.header_rows}
    written |= {"first_row": layout.data + 1, "sheets": book.sheet_names[:_SHEETS_TOLD]}
    return Table(frame, written, tuple(told), Inferred.all, {column.name: note for column, note in made if note})


def _chosen(book: fastexcel.ExcelReader, wanted: str) -> _Sheet:
    names = book.sheet_names
    if wanted and wanted not in names:
        there = ", ".join(f"“{name[:40]}”" for name in names[:_SHEETS_TOLD])
        raise InvalidInput.of({"sheet": f"“{wanted[:40]}” is not a sheet of this workbook; there is {there}"})
    for name in [wanted] if wanted else names:
        found = _looked_at(book, name)
        if found.width:
            return found
    raise InvalidFile(f"The sheet “{wanted[:40]}” is empty." if wanted else "The workbook is empty.")


def _looked_at(book: fastexcel.ExcelReader, name: str) -> _Sheet:
    """The first rows as text; rows are counted from the top of the sheet, empty ones included."""
    loaded = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=_ROWS_LOOKED_AT, dtypes="string")
    text = loaded.to_polars()
    return _Sheet(name, loaded.total_height, _as_rows(text), text.width)


def _as_rows(text: pl.DataFrame, first: int = 0) -> list[Row]:
    """Rows as the layout of text files knows them: a title alone in its row is a line of one cell."""
    rows = []
    for number, cells in enumerate(text.fill_null("").iter_rows(), first):
        alone = bool(cells[0].strip()) and not any(cell.strip() for cell in cells[1:])
        rows.append(Row(number, number + 1, [cells[0]] if alone else list(cells)))
    return rows


def _body(book: fastexcel.ExcelReader, sheet: _Sheet, layout: Layout) -> tuple[pl.DataFrame, int]:
    """The data rows with the types of their cells, and the row at which footnotes begin."""
    frame = _loaded(book, sheet, layout.data, sheet.height)
    stop = sheet.height - _foot(frame, sheet, layout)
    # Footnotes are text, which makes text of the whole column they stand in.
    return (frame if stop == sheet.height else _loaded(book, sheet, layout.data, stop)), stop


def _loaded(book: fastexcel.ExcelReader, sheet: _Sheet, start: int, stop: int) -> pl.DataFrame:
    if stop <= start:
        return pl.DataFrame(schema={f"{index}": pl.String() for index in range(sheet.width)})
    loaded = book.load_sheet(
        sheet.name, header_row=None, skip_rows=start, n_rows=stop - start, schema_sample_rows=None
    ).to_polars()
    return loaded.rename({name: f"{index}" for index, name in enumerate(loaded.columns)})


def _foot(frame: pl.DataFrame, sheet: _Sheet, layout: Layout) -> int:
    tail = frame.tail(_TAIL_ROWS).cast(pl.String, strict=False)
    body = [row for row in sheet.rows[layout.data :] if len(row.cells) == sheet.width]
    numeric = bool(body) and sum(is_value(row.cells[0]) for row in body) > 0.8 * len(body)
    return footnotes(_as_rows(tail), frame.width, numeric)


def _named(frame: pl.DataFrame, layout: Layout) -> tuple[pl.DataFrame, list[Note]]:
    """Columns by their header; those without name and values, which a format only left behind, are dropped."""
    header = [*layout.header, *[""] * (frame.width - len(layout.header))]
    pairs = list(zip(frame.columns, header, strict=True))
    kept = [(old, cell) for old, cell in pairs if cell.strip() or frame[old].null_count() < frame.height]
    kept = kept or pairs
    notes = []
    if len(kept) < len(pairs):
        count = len(pairs) - len(kept)
        text = f"{count:,} {'column was' if count == 1 else 'columns were'} left out: no name and no values."
        notes.append(Note("hollow_columns", text, count))
    if layout.header_rows:
        names, named = clean_names([cell for _, cell in kept])
        notes += named
    else:
        names = [f"column_{index + 1}" for index in range(len(kept))]
        notes.append(Note("no_header", "The first row holds data, so the columns were numbered."))
    return frame.select(pl.col(old).alias(name) for (old, _), name in zip(kept, names, strict=True)), notes


def _cells_to_ours(column: pl.Series) -> tuple[pl.Series, str]:
    """Excel has one kind of number and one kind of time: whole numbers and bare dates are told by their values."""
    values, told = to_ours(column)
    there = values.drop_nulls()
    if values.dtype == pl.Float64 and len(there) and bool(((there.floor() == there) & (there.abs() < _EXACT)).all()):
        return values.cast(pl.Int64), told
    if isinstance(values.dtype, pl.Datetime) and len(there) and bool((there.dt.time() == time(0)).all()):
        return values.cast(pl.Date), told
    return values, told


def _sheets(names: list[str], used: str) -> list[Note]:
    others = [name for name in names if name != used]
    if not others:
        return []
    shown = ", ".join(f"“{name[:40]}”" for name in others[:5]) + (" …" if len(others) > 5 else "")
    what = "sheet was" if len(others) == 1 else "sheets were"
    text = f"Read from the sheet “{used[:40]}”. {len(others)} other {what} not: {shown}."
    return [Note("sheets", text, len(others))]


def _left_out(sheet: _Sheet, layout: Layout, stop: int) -> list[Note]:
    notes = []
    above = [row.start + 1 for row in sheet.rows[: layout.preamble] if row.filled]
    if above:
        rows = "row was" if len(above) == 1 else "rows were"
        places = on_lines(above).replace("line", "row")
        text = f"{len(above):,} {rows} above the table and left out ({places})."
        notes.append(Note("preamble", text, len(above), tuple(above[:10])))
    if layout.header_rows > 1:
        notes.append(Note("header_rows", f"{layout.header_rows} header rows were joined into one.", layout.header_rows))
    if stop < sheet.height:
        count = sheet.height - stop
        rows = "row below the table was a note" if count == 1 else "rows below the table were notes"
        text = f"{count:,} {rows} and left out (from row {stop + 1:,})."
        notes.append(Note("footnotes", text, count, (stop + 1,)))
    return notes


def _merged(path: Path) -> list[Note]:
    """Merged areas hold their value in the first cell only. Sheets are not told apart: it is a hint."""
    try:
        count = _merged_areas(path)
    except _UNPACKING as exc:
        raise InvalidFile("This workbook is damaged: it cannot be unpacked.") from exc
    if not count:
        return []
    areas = "area" if count == 1 else "areas"
    text = f"{count:,} merged {areas}: the value is in the first cell, the others of the area are empty."
    return [Note("merged_cells", text, count)]


def _merged_areas(path: Path) -> int:
    count = 0
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml"):
                with archive.open(member) as file:
                    # They stand at the end, after the rows.
                    while piece := file.read(_PIECE):
                        count += len(_MERGED.findall(piece))
    return count
