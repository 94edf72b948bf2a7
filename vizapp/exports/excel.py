"""Frames as an Excel workbook: a worksheet each, a list of them with links, and Excel's own charts beside the data.

Rows go to the disk as they are made, so memory holds one frame and a few thousand rows of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.hyperlink import Hyperlink

from vizapp.errors import FileTooLarge
from vizapp.exports import plots
from vizapp.exports.cells import cells_of, format_of, texts_of, told, width_of, without_zones
from vizapp.exports.frames import ROWS_AT_ONCE, plain
from vizapp.exports.names import sheet_names
from vizapp.exports.plots import Plot

MAX_ROWS = 1_048_576 - 1  # below the row of names
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUFFIX = ".xlsx"
MIB = 2**20
CONTENTS, NOTES, PLOTTED = "Contents", "Notes", "Chart data"
# What rows take before they are compressed, at most, for each byte of the limit.
_EXPANDED = 20
# A font without a name is another one in each program.
_font = partial(Font, name="Calibri", family=2, scheme="minor")
_PLAIN, _BOLD, _HEADING = _font(sz=11), _font(sz=11, b=True), _font(sz=14, b=True)
_LINK = _font(sz=11, color="0563C1", u="single")
# What is wider than a page lying across comes in several, unless it would be read at less than half its size.
_PRINTABLE, _PLOT_WIDTH = 280, 100  # characters
_WRAPPED = Alignment(wrap_text=True, vertical="top")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet to be: rows, or `error`, which says why there are none.

    `measures` names the columns that were measured, which show separators; `formats` are Excel's number formats of
    columns that have one of their own; `notes` say what the reader must know of it.
    """

    title: str
    frame: pl.DataFrame = field(default_factory=pl.DataFrame)
    measures: frozenset[str] = frozenset()
    formats: Mapping[str, str] = field(default_factory=dict)
    plot: Plot | None = None
    notes: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    """What the list of contents says of a worksheet."""

    name: str
    title: str
    rows: int | None
    notes: tuple[str, ...]


class _Rows(WorksheetWriter):
    """Rows in a file of ours; openpyxl would put them into the system's temporary folder."""

    def __init__(self, sheet: Any, path: Path) -> None:
        self.path = path
        super().__init__(sheet, out=str(path))

    def cleanup(self) -> None:
        """Give the file back as soon as it is in the workbook."""
        self.path.unlink()


def too_large(limit: int) -> FileTooLarge:
    """What refuses a file over `limit` bytes."""
    words = f"This export is over the limit of {limit // MIB} MB. Filter the data, or export charts one by one."
    return FileTooLarge(words, details={"limit": limit})


def write(sheets: Iterable[Sheet], titles: Sequence[str], place: Path, *, limit: int, contents: str = "") -> Path:
    """A workbook in the folder `place`, whose other files nobody needs afterwards.

    `titles` names the sheets before the first is made; with `contents` a list of them stands in front, under this
    heading. Without one, what is to be noted stands on a sheet of its own, if there is anything.
    Raises FileTooLarge when it comes to more than `limit` bytes.
    """
    names = sheet_names(titles, "Chart", [CONTENTS, NOTES, PLOTTED])
    with closing(_Book(place, limit, names)) as book:
        front = book.sheet(CONTENTS, widths=(32, 10, 80)) if contents else None
        lines = [book.add(name, sheet) for name, sheet in zip(names, sheets, strict=True)]
        if front is not None:
            _list(front, contents, lines)
        elif any(line.notes for line in lines):
            _note(book.sheet(NOTES, widths=(100,)), lines)
        return book.save()


def _list(front: Any, heading: str, lines: Iterable[_Line]) -> None:
    front.append([_text(front, heading, _HEADING)])
    front.append([_text(front, name, _BOLD) for name in ("Chart", "Rows", "Notes")])
    for line in lines:
        link = _text(front, line.title, _LINK)
        link.row, link.column = 1, 1  # a hyperlink asks where it is; its row says it again
        quoted = line.name.replace("'", "''")
        link.hyperlink = Hyperlink(ref="A1", location=f"'{quoted}'!A1")
        front.append([link, line.rows, _text(front, "\n".join(line.notes), _PLAIN)])
    front.close()


def _note(sheet: Any, lines: Iterable[_Line]) -> None:
    sheet.append([_text(sheet, "Notes", _BOLD)])
    for line in lines:
        for note in line.notes:
            sheet.append([_text(sheet, note, _PLAIN)])
    sheet.close()


def _text(sheet: Any, value: str, font: Font | None = None) -> Any:
    """A cell of text, whatever a spreadsheet would make of it; wrapped in the font of prose."""
    cell = WriteOnlyCell(sheet, texts_of(pl.Series([value], dtype=pl.String)).item())
    cell.data_type = "s"
    if font is not None:
        cell.font = font
    if font is _PLAIN:
        cell.alignment = _WRAPPED
    return cell


class _Book:
    """A workbook in the making, whose worksheets have `names`."""

    def __init__(self, place: Path, limit: int, names: Sequence[str]) -> None:
        self._book, self._place, self._limit, self._names = Workbook(write_only=True), place, limit, names
        self._writers: list[_Rows] = []

    def sheet(self, name: str, *, widths: Sequence[float] = (), framed: str = "", plotted: bool = False) -> Any:
        """A worksheet to append rows to; in `framed`, the cells of its data, names stay and can be filtered.

        `plotted` tells of a chart beside the data: both are printed on one page.
        """
        sheet: Any = self._book.create_sheet(name)
        for index, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(index)].width = width
        if framed:
            sheet.freeze_panes = "A2"
            sheet.auto_filter.ref = framed
            sheet.print_title_rows = "1:1"
        sheet.page_setup.orientation = "landscape"
        if sum(widths) + plotted * _PLOT_WIDTH <= _PRINTABLE:
            sheet.sheet_properties.pageSetUpPr.fitToPage = True
            sheet.page_setup.fitToHeight = 0
        writer = _Rows(sheet, self._place / f"{len(self._writers)}.xml")
        self._writers.append(writer)
        writer.write_top()
        sheet._writer = writer  # the only way to say where its rows go
        return sheet

    def add(self, name: str, sheet: Sheet) -> _Line:
        """The worksheet of a frame, or of what kept it from being one."""
        if sheet.error:
            why = f"This chart could not be exported: {sheet.error}"
            made = self.sheet(name, widths=(100,))
            made.append([_text(made, sheet.title, _BOLD)])
            made.append([_text(made, why, _PLAIN)])
            made.close()
            return _Line(name, sheet.title, None, (why,))
        whole = plain(sheet.frame)
        shown = whole.head(MAX_ROWS)
        notes = [*sheet.notes, *map(str, told(shown))]
        if whole.height > MAX_ROWS:
            left = whole.height - MAX_ROWS
            notes.append(f"Excel holds {MAX_ROWS:,} rows below the names; {left:,} more are left out.")
        self._fill(name, sheet, without_zones(shown))
        return _Line(name, sheet.title, shown.height, tuple(notes))

    def _fill(self, name: str, sheet: Sheet, frame: pl.DataFrame) -> None:
        formats = [
            sheet.formats.get(column.name) or format_of(column, measured=column.name in sheet.measures)
            for column in frame
        ]
        widths = [width_of(column, style, column.name) for column, style in zip(frame, formats, strict=True)]
        framed = f"A1:{get_column_letter(frame.width)}{frame.height + 1}" if frame.width else ""
        plot = sheet.plot if sheet.plot is not None and plots.fits(sheet.plot, frame) else None
        made = self.sheet(name, widths=widths, framed=framed, plotted=plot is not None)
        if plot is not None:
            drawn = self._drawn(made, sheet.title, plot, frame, formats)
            made.add_chart(drawn, f"{get_column_letter(frame.width + 2)}2")
        self._rows(made, frame.columns, frame, formats)

    def _drawn(self, made: Any, title: str, plot: Plot, frame: pl.DataFrame, formats: Sequence[str]) -> Any:
        """Excel's chart of this frame; with series, of cells on a hidden worksheet that has a column for each."""
        x, y = frame.columns.index(plot.x), frame.columns.index(plot.y)
        rows, columns, source = frame.height, [x + 1, y + 1], made
        if plot.series:
            headings, found = plots.wide(plot, frame)
            rows, columns = found.height, list(range(1, found.width + 1))
            taken = [*self._names, *self._book.sheetnames]
            source = self.sheet(*sheet_names([PLOTTED], PLOTTED, taken))
            source.sheet_state = "hidden"
            self._rows(source, headings, found, [formats[x], *[formats[y]] * (found.width - 1)])
        return plots.draw(plot, source, columns=columns, rows=rows, title=title, number_format=formats[x])

    def _rows(self, made: Any, headings: Sequence[str], frame: pl.DataFrame, formats: Sequence[str]) -> None:
        made.append([_text(made, heading, _BOLD) for heading in headings])
        styled = [_styled(made, number_format) for number_format in formats]
        for part in frame.iter_slices(ROWS_AT_ONCE):
            for values in zip(*(cells_of(column) for column in part), strict=True):
                # A row is written before the next is made, so one cell for each column is enough.
                made.append([_cell(made, value, cell) for value, cell in zip(values, styled, strict=True)])
            self._check()
        made.close()

    def _check(self) -> None:
        taken = sum(writer.path.stat().st_size for writer in self._writers)
        if taken > self._limit * _EXPANDED:
            raise too_large(self._limit)

    def save(self) -> Path:
        """The finished file. Raises FileTooLarge."""
        target = self._place / f"book{SUFFIX}"
        self._book.save(target)
        if target.stat().st_size > self._limit:
            raise too_large(self._limit)
        return target

    def close(self) -> None:
        """Let go of what was not finished."""
        for sheet in self._book.worksheets:
            if not sheet.closed:
                sheet.close()


def _styled(made: Any, number_format: str) -> Any:
    if not number_format:
        return None
    cell = WriteOnlyCell(made)
    cell.number_format = number_format
    return cell


def _cell(made: Any, value: object, cell: Any) -> object:
    """The value, or a cell where openpyxl would take it for something else or lose a digit."""
    if isinstance(value, str):
        return _text(made, value) if value in ERROR_CODES else value
    if isinstance(value, float) and float(f"{value:.16g}") != value:
        exact = cell or WriteOnlyCell(made)
        exact.value = repr(value)
        exact.data_type = "n"
        return exact
    if value is None or cell is None:
        return value
    cell.value = value
    return cell
