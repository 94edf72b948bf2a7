"""Scan: read every record of a file with care, line by line, and tell what had to be repaired.

Well-formed lines pass as they are; others are repaired and written anew. The result is text that
polars reads quickly, so care costs little where a file is mostly regular.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from vizapp.errors import FileTooLarge, InvalidFile
from vizapp.sources.grammar import Grammar
from vizapp.sources.layout import Row
from vizapp.sources.limits import FileLimits
from vizapp.sources.notes import Note, on_lines
from vizapp.sources.repair import Shape

# After so many records that no repair could help, the file simply is ragged: stop trying.
_HOPELESS = 20_000
_TOLD = {
    "stray_quotes": "had quotes that were not escaped; they were kept as text",
    "extra_empty": "had a separator too many; the empty cell was dropped",
    "missing_delimiter": "lacked a separator between two quoted cells; it was put back",
    "other_delimiter": "used another separator than the rest and were split there",
    "short": "had fewer cells than the table; the missing ones are empty",
    "long": "had more cells than the table; those were put into extra columns",
}


class Record(NamedTuple):
    """One record: lines `start` to `end` (exclusive); `kind` names a repair, "" when it was regular."""

    start: int
    end: int
    text: str
    cells: list[str] | None = None
    kind: str = ""


@dataclass(slots=True)
class Scanned:
    """Canonical lines, the width of the widest record, and where each kind of repair happened."""

    lines: list[str] = field(default_factory=list)
    width: int = 0
    repaired: dict[str, list[int]] = field(default_factory=dict)

    def notes(self) -> list[Note]:
        """One note for each kind of repair; line numbers count from 1."""
        found = []
        for kind, lines in self.repaired.items():
            rows = "row" if len(lines) == 1 else "rows"
            text = f"{len(lines):,} {rows} {_TOLD[kind]} ({on_lines(lines)})."
            found.append(Note(f"rows_{kind}", text, len(lines), tuple(lines[:10])))
        return found


class Scanner:
    """Reads records of one shape from the physical lines of a file."""

    def __init__(self, lines: list[str], shape: Shape, limits: FileLimits, *, partial: bool = False) -> None:
        self._lines, self._shape, self._limits, self._partial = lines, shape, limits, partial
        self._grammar: Grammar = shape.grammar
        self._regular = self._grammar.of_width(shape.width).fullmatch
        self._hopeless = 0
        self._deadline = time.monotonic() + limits.seconds

    def records(self, start: int, stop: int) -> Iterator[Record]:
        """Records between two lines; blank lines are left out, except between values of a single column.

        Raises InvalidFile for a quote that is never closed and FileTooLarge for an endless cell.
        """
        quote, delimiter, width = self._grammar.quote, self._grammar.delimiter, self._shape.width
        simple = self._grammar.escape != "\\"
        index = start
        while index < stop:
            line = self._lines[index].rstrip("\r")
            if not line.strip() and delimiter not in line:
                if width == 1 and start < index < stop - 1:
                    yield Record(index, index + 1, line, [""])
                index += 1
            elif (simple and not (quote and quote in line) and line.count(delimiter) == width - 1) or self._regular(
                line
            ):
                yield Record(index, index + 1, line)
                index += 1
            else:
                record = self._irregular(index, line, stop)
                if record is None:
                    return
                yield record
                index = record.end

    def rows(self, start: int, stop: int) -> list[Row]:
        """Records with their cells, for looking at a few of them."""
        fields = self._shape.loose
        return [Row(r.start, r.end, fields(r.text) if r.cells is None else r.cells) for r in self.records(start, stop)]

    def scan(self, start: int, stop: int, mark: str) -> Scanned:
        """Canonical lines with separator `mark` and doubled quotes."""
        result = Scanned(width=self._shape.width)
        as_is = self._grammar.delimiter == mark and self._grammar.quote == '"' and self._grammar.escape == '"'
        fields, tidy = self._shape.loose, self._grammar.tidy.fullmatch
        special = {self._grammar.quote, self._grammar.escape, '"', mark} - {"", self._grammar.delimiter}
        bare = re.compile(f"[^{re.escape(''.join(special))}]+").fullmatch
        most = self._shape.width + max(10, self._shape.width)
        for record in self.records(start, stop):
            cells = record.cells
            if cells is None:
                # A quote amid an unquoted field confuses how polars splits lines.
                if as_is and ('"' not in record.text or tidy(record.text)):
                    result.lines.append(record.text)
                    continue
                if bare(record.text):
                    result.lines.append(record.text.replace(self._grammar.delimiter, mark))
                    continue
                cells = fields(record.text)
            if len(cells) > most:
                # A sentence full of separators must not make hundreds of columns.
                cells = [*cells[: most - 1], self._grammar.delimiter.join(cells[most - 1 :])]
            kind = (
                "short" if len(cells) < self._shape.width else "long" if len(cells) > self._shape.width else record.kind
            )
            if kind:
                result.repaired.setdefault(kind, []).append(record.start + 1)
            result.width = max(result.width, len(cells))
            result.lines.append(encode(cells, mark))
        return result

    def _irregular(self, index: int, line: str, stop: int) -> Record | None:
        """A record that is not one regular line; None when a partial file ends within it."""
        if time.monotonic() > self._deadline:
            raise InvalidFile(
                f"Reading stopped after {self._limits.seconds:.0f} seconds at line {index + 1}: too many lines "
                "there are irregular. Check the quotes and separators.",
                details={"line": index + 1, "seconds": self._limits.seconds},
            )
        if not self._grammar.is_open(line):
            return self._one_line(index, line)
        end, text = self._joined(index, stop)
        fields = self._grammar.fields(text) if text else None
        if fields is not None and len(fields) == self._shape.width:
            return Record(index, end, text)
        fixed = self._shape.repair(line)
        if fixed is not None:
            return Record(index, index + 1, line, fixed.cells, fixed.kind)
        if fields is not None:
            return Record(index, end, text, fields)
        if text:
            return self._one_line(index, line)
        if self._partial:
            return None
        raise self._endless(index, stop)

    def _one_line(self, index: int, line: str) -> Record:
        # A line as long as the longest cell is no slip of somebody's: what it costs to try is told by its length.
        if self._hopeless < _HOPELESS and len(line) <= self._limits.cell_bytes:
            fixed = self._shape.repair(line)
            if fixed is not None:
                return Record(index, index + 1, line, fixed.cells, fixed.kind)
            self._hopeless += 1
        fields = self._grammar.fields(line)
        if fields is not None:
            return Record(index, index + 1, line, fields)
        return Record(index, index + 1, line, self._shape.loose(line), "stray_quotes")

    def _joined(self, index: int, stop: int) -> tuple[int, str]:
        """The lines up to where the quote closes, and the line after; empty when it does not within a cell's size."""
        size, flips, end = 0, 1, index + 1
        while end < stop and size <= 2 * self._limits.cell_bytes:
            line = self._lines[end]
            size += len(line) + 1
            end += 1
            flips += self._grammar.is_open(line)
            if flips % 2 == 0:
                return end, "\n".join(self._lines[index:end]).rstrip("\r")
        return end, ""

    def _endless(self, index: int, stop: int) -> InvalidFile | FileTooLarge:
        details: dict[str, object] = {"line": index + 1}
        if any(self._grammar.is_open(line) for line in self._lines[index + 1 : stop]):
            details["limit"] = self._limits.cell_bytes
            return FileTooLarge(f"The cell that starts on line {index + 1:,} is over the size limit.", details=details)
        return InvalidFile(f"The quote opened on line {index + 1:,} is never closed.", details=details)


def encode(cells: list[str], mark: str) -> str:
    """Cells → one canonical line."""
    if cells in ([""], []):
        return '""'
    return mark.join(
        '"' + cell.replace('"', '""') + '"' if mark in cell or '"' in cell or "\n" in cell or "\r" in cell else cell
        for cell in cells
    )
