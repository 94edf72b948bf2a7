"""CSV bytes → a table of text cells, whatever separator, quote or encoding it was written with."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from vizapp.errors import FileTooLarge, InvalidFile
from vizapp.sources.dialect import Dialect
from vizapp.sources.encoding import Decoded, decode
from vizapp.sources.grammar import Grammar
from vizapp.sources.layout import Layout, Row, find_layout, footnotes
from vizapp.sources.limits import FileLimits
from vizapp.sources.names import clean_names
from vizapp.sources.notes import Note, on_lines
from vizapp.sources.repair import Shape
from vizapp.sources.scan import Scanner
from vizapp.sources.sniff import is_value, records_of, sniff
from vizapp.sources.types import named

_SAMPLE = 512 * 1024
_TAIL_LINES = 20
_ROWS_LOOKED_AT = 500
# Separates cells in text of ours: no keyboard writes it.
_UNIT_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of text: an empty cell is the empty string, never null. `preamble` holds skipped titles."""

    frame: pl.DataFrame
    dialect: Dialect
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Table:
    """What a look at the start of a file tells."""

    grammar: Grammar
    shape: Shape
    layout: Layout
    rows: list[Row]
    regular: bool
    line_end: str


@dataclass(slots=True)
class _Body:
    """The data rows as text, and what had to be done for it."""

    frame: pl.DataFrame
    notes: list[Note] = field(default_factory=list)


def read_cells(path: Path, *, limits: FileLimits = FileLimits(), dialect: Dialect | None = None) -> Cells:  # noqa: B008
    """Read the file at `path`; a given `dialect` (but its `first_row` and `line_end`) is not sniffed.

    Raises InvalidFile and FileTooLarge, with details that name the line or the limit.
    """
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise FileTooLarge(
            f"The file is over the limit of {limits.file_bytes / 1024 / 1024:.0f} MB.",
            details={"limit": limits.file_bytes, "size": size},
        )
    decoded = decode(path.read_bytes(), encoding=dialect.encoding if dialect else "")
    if not decoded.data or decoded.data.isspace():
        raise InvalidFile("The file is empty.", details={"line": 1})
    notes = list(decoded.notes)
    data, line_end = _one_line_end(decoded, notes)
    table = _look(data, line_end, limits, dialect)
    _check_width(table.shape.width, limits)
    body = _fast(data, table) or _careful(data, table, limits)
    _check_cells(body.frame, table, limits)
    frame, name_notes = _named(body.frame, table.layout)
    notes += _told_layout(table) + body.notes + name_notes
    first_row = _first_line(table)
    found = Dialect(
        decoded.encoding,
        table.grammar.delimiter,
        table.grammar.quote,
        table.grammar.escape,
        table.layout.header_rows,
        first_row,
        line_end,
    )
    return Cells(frame, found, tuple(notes))


def _one_line_end(decoded: Decoded, notes: list[Note]) -> tuple[bytes, str]:
    """Lines that end in a lone CR become lines that end in LF."""
    data = decoded.data
    if b"\r" not in data:
        return data, "\n"
    pairs, lone = data.count(b"\r\n"), data.count(b"\r")
    lone -= pairs
    if lone:
        if pairs or b"\n" in data:
            notes.append(Note("line_ends", f"{lone:,} lines end in CR alone; they were read as line ends.", lone))
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data, "\r" if lone > pairs and lone >= data.count(b"\n") - lone else "\r\n" if pairs else "\n"


def _look(data: bytes, line_end: str, limits: FileLimits, dialect: Dialect | None) -> _Table:
    """Sniff the grammar and find the table in the first half megabyte."""
    whole = len(data) <= _SAMPLE
    sample = data if whole else data[: data.rfind(b"\n", 0, _SAMPLE) + 1 or _SAMPLE]
    lines = sample.decode(errors="replace").split("\n")
    grammar = sniff(lines) if dialect is None else sniff(lines, delimiter=dialect.delimiter, quote=dialect.quote)
    start = 1 if lines[0].lower().startswith("sep=") and len(lines) > 1 else 0
    width, samples = _width(lines[start:], grammar)
    shape = Shape(grammar, width, samples)
    scanner = Scanner(lines, shape, limits, partial=not whole)
    rows: list[Row] = []
    regular = True
    for record in scanner.records(start, len(lines)):
        cells = shape.loose(record.text) if record.cells is None else record.cells
        rows.append(Row(record.start, record.end, cells))
        # Blank lines are left out of records, so a gap in line numbers is irregular too.
        regular = regular and record.cells is None
        if len(rows) >= _ROWS_LOOKED_AT:
            break
    if not rows:  # the first record alone is longer than the sample
        raise FileTooLarge(
            f"The first row is over {_SAMPLE // 1024} kB.", details={"line": start + 1, "limit": _SAMPLE}
        )
    rows = _with_gaps(rows)
    layout = find_layout(rows, width, header_rows=dialect.header_rows if dialect else None)
    if not regular:
        inside = rows[layout.preamble :]
        regular = bool(inside) and layout.preamble > 0 and _all_regular(scanner, inside, len(lines))
    return _Table(grammar, shape, layout, rows, regular, line_end)


def _all_regular(scanner: Scanner, rows: list[Row], stop: int) -> bool:
    """Whether the records from the header on are regular, titles above it being what is not."""
    last = min(stop, rows[-1].end)
    return all(record.cells is None for record in scanner.records(rows[0].start, last))


def _with_gaps(rows: list[Row]) -> list[Row]:
    """Put blank lines back as empty rows: they tell titles and tables apart."""
    result: list[Row] = []
    for row in rows:
        if result and row.start > result[-1].end:
            result.append(Row(result[-1].end, row.start, [""]))
        result.append(row)
    return result


def _width(lines: list[str], grammar: Grammar) -> tuple[int, list[list[str]]]:
    """How many cells most records have, and the records that have so many."""
    lines = [line.rstrip("\r") for line in lines if line.strip()]
    records = [fields for fields in records_of(lines, grammar, most=_ROWS_LOOKED_AT) if fields is not None]
    if not records:
        loose = Shape(grammar, 0, [])
        records = [loose.loose(line) for line in lines[:_ROWS_LOOKED_AT]]
    counts = Counter(map(len, records))
    if not counts:
        return 1, []
    width = max(counts, key=lambda size: (counts[size] * (1 if size > 1 else 0.5), size))
    return width, [cells for cells in records if len(cells) == width]


def _fast(data: bytes, table: _Table) -> _Body | None:
    """Let polars read it all as text; None when the file needs more care than that."""
    grammar, layout = table.grammar, table.layout
    if not table.regular or len(grammar.delimiter.encode()) != 1 or grammar.escape == "\\" or grammar.quote != '"':
        return None
    if layout.data >= len(table.rows) or _tail_is_odd(data, table):
        return None
    data = _from_line(data, table.rows[layout.data].start)
    has_quotes = b'"' in data
    try:
        frame = pl.read_csv(
            data,
            has_header=False,
            schema={f"{index}": pl.String() for index in range(table.shape.width)},
            separator=grammar.delimiter,
            quote_char='"' if has_quotes else None,
            empty_string_is_null=False,
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    return _Body(frame) if _is_whole(data, frame, grammar.delimiter.encode(), has_quotes=has_quotes) else None


def _is_whole(data: bytes, frame: pl.DataFrame, delimiter: bytes, *, has_quotes: bool) -> bool:
    """Whether no row was short and no line blank: polars fills such rows without a word."""
    if has_quotes and not _has_all_lines(data, frame):
        return False
    if frame.width == 1:
        return b"\n\n" not in data and b"\n\r\n" not in data
    if not has_quotes:
        return data.count(delimiter) == frame.height * (frame.width - 1)
    empty = int((frame.to_series(frame.width - 1) == "").sum())
    if not empty:
        return True
    # A short row leaves the last cell empty, a whole one ends with a separator and nothing or "".
    data += b"\n"
    ends = (delimiter + end for end in (b"\n", b"\r\n", b'""\n', b'""\r\n'))
    return sum(data.count(end) for end in ends) == empty


def _has_all_lines(data: bytes, frame: pl.DataFrame) -> bool:
    """Whether every line end is either between rows or inside a cell."""
    ends = data.count(b"\n") + 1
    if frame.height == ends:
        return True
    inside = frame.select(pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True).sum())).item()
    return frame.height + int(inside) == ends


def _tail_is_odd(data: bytes, table: _Table) -> bool:
    """Whether the last lines do not look like the table: they may be footnotes."""
    tail = data[-16 * 1024 :].rstrip(b"\r\n").decode(errors="replace").split("\n")[-_TAIL_LINES:]
    width = table.shape.width
    matches = table.grammar.of_width(width).fullmatch
    for line in tail[1:][-5:]:
        fields = table.grammar.fields(line.rstrip("\r"))
        if not matches(line.rstrip("\r")) or fields is None or (width > 2 and not any(fields[1:])):
            return True
    return False


def _from_line(data: bytes, line: int) -> bytes:
    """From that line (0-based) to the last that is not empty; one copy, for files are large."""
    start, end = 0, len(data)
    for _ in range(line):
        start = data.index(b"\n", start) + 1
    while end > start and data[end - 1] in b"\r\n":
        end -= 1
    return data[start:end]


def _careful(data: bytes, table: _Table, limits: FileLimits) -> _Body:
    """Read every line ourselves, repair what can be, and give polars regular text."""
    lines = data.decode(errors="replace").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    scanner = Scanner(lines, table.shape, limits)
    rows, layout = table.rows, table.layout
    start = rows[layout.data].start if layout.data < len(rows) else rows[-1].end
    notes: list[Note] = []
    stop = _before_footnotes(lines, start, table, notes)
    mark = table.grammar.delimiter
    mark = mark if len(mark.encode()) == 1 and mark not in '"\n\r' else _UNIT_SEPARATOR
    scanned = scanner.scan(start, stop, mark)
    _check_width(scanned.width, limits)
    width = max(scanned.width, len(layout.header))
    if not scanned.lines:
        return _Body(pl.DataFrame(schema={f"{index}": pl.String() for index in range(width)}), notes)
    try:
        frame = pl.read_csv(
            "\n".join(scanned.lines).encode(),
            has_header=False,
            schema={f"{index}": pl.String() for index in range(width)},
            separator=mark,
            quote_char='"',
            empty_string_is_null=False,
            missing_columns="insert",
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as exc:
        raise InvalidFile from exc
    return _Body(frame.fill_null(""), notes + scanned.notes())


def _before_footnotes(lines: list[str], start: int, table: _Table, notes: list[Note]) -> int:
    """The line where footnotes begin, told in `notes`; the end of the file when there are none."""
    first = max(start, len(lines) - _TAIL_LINES)
    if first > start and table.grammar.quote:
        # The tail may begin within a quoted cell: only lines that stand alone are looked at.
        matches = table.grammar.record.fullmatch
        while first < len(lines) and not matches(lines[first].rstrip("\r")):
            first += 1
    body = [row for row in table.rows[table.layout.data :] if len(row.cells) == table.shape.width]
    numeric = bool(body) and sum(is_value(row.cells[0]) for row in body) > 0.8 * len(body)
    tail = Scanner(lines, table.shape, FileLimits(), partial=True)
    rows = _with_gaps(tail.rows(first, len(lines)))
    count = footnotes(rows, table.shape.width, numeric)
    if not count:
        return len(lines)
    stop = rows[-count].start
    kept = [row.start + 1 for row in rows[-count:] if row.filled]
    told = f"{len(kept):,} footnote {'line was' if len(kept) == 1 else 'lines were'} left out ({on_lines(kept)})."
    notes.append(Note("footnotes", told, len(kept), tuple(kept)))
    return stop


def _named(frame: pl.DataFrame, layout: Layout) -> tuple[pl.DataFrame, list[Note]]:
    header = layout.header + [""] * (frame.width - len(layout.header))
    if not layout.header_rows:
        names = [f"column_{index + 1}" for index in range(frame.width)]
        note = Note("no_header", "The first row holds data, so the columns were numbered.")
        return frame.rename(dict(zip(frame.columns, names, strict=True))), [note]
    frame, header, notes = _without_hollow(frame, header)
    names, name_notes = clean_names(header)
    return frame.rename(dict(zip(frame.columns, names, strict=True))), notes + name_notes


def _without_hollow(frame: pl.DataFrame, header: list[str]) -> tuple[pl.DataFrame, list[str], list[Note]]:
    """Drop last columns that have neither a name nor a value: every line ended with a separator."""
    keep = frame.width
    while keep > 1 and not header[keep - 1].strip() and bool((frame.to_series(keep - 1) == "").all()):
        keep -= 1
    if keep == frame.width or not frame.height:
        return frame, header, []
    count = frame.width - keep
    columns = "column was" if count == 1 else "columns were"
    text = f"{count:,} {columns} left out at the end: no name and no values."
    return frame.select(map(named, frame.columns[:keep])), header[:keep], [Note("hollow_columns", text, count)]


def _told_layout(table: _Table) -> list[Note]:
    notes = []
    skipped = [row.start + 1 for row in table.rows[: table.layout.preamble] if row.filled]
    if skipped:
        lines = "line was" if len(skipped) == 1 else "lines were"
        text = f"{len(skipped):,} {lines} above the table and left out ({on_lines(skipped)})."
        notes.append(Note("preamble", text, len(skipped), tuple(skipped[:10])))
    if table.layout.header_rows > 1:
        text = f"{table.layout.header_rows} header rows were joined into one."
        notes.append(Note("header_rows", text, table.layout.header_rows))
    return notes


def _first_line(table: _Table) -> int:
    rows, data = table.rows, table.layout.data
    return rows[data].start + 1 if data < len(rows) else rows[-1].end + 1


def _check_width(width: int, limits: FileLimits) -> None:
    if width > limits.columns:
        message = f"The file has {width:,} columns; at most {limits.columns:,} can be read."
        raise FileTooLarge(message, details={"limit": limits.columns, "size": width})


def _check_cells(frame: pl.DataFrame, table: _Table, limits: FileLimits) -> None:
    if frame.height > limits.rows:
        message = f"The file has {frame.height:,} rows; at most {limits.rows:,} can be read."
        raise FileTooLarge(message, details={"limit": limits.rows, "size": frame.height})
    header = max((len(cell.encode()) for cell in table.layout.header), default=0)
    longest: Mapping[str, int | None] = frame.select(pl.all().str.len_bytes().max()).row(0, named=True)
    for name, size in longest.items():
        if (size or 0) > limits.cell_bytes or header > limits.cell_bytes:
            row = frame.select((named(name).str.len_bytes() > limits.cell_bytes).arg_max()).item() or 0
            line = row + _first_line(table)
            message = f"A cell about line {line:,} is over the limit of {limits.cell_bytes / 1024 / 1024:.0f} MB."
            raise FileTooLarge(message, details={"line": line, "limit": limits.cell_bytes, "size": size or header})
