"""Layout: where in a file the table is: preamble, header rows, data, footnotes."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from vizapp.sources.readings import MISSING
from vizapp.sources.sniff import is_value

_HEADER_ROWS = 4
_FOOT_WORDS = ("source", "note", "footnote", "total rows", "generated", "exported", "copyright", "*", "†", "©", "(c)")


@dataclass(frozen=True, slots=True)
class Row:
    """A record of the sample: its first and last line (0-based) and its cells."""

    start: int
    end: int
    cells: list[str]

    @property
    def filled(self) -> int:
        """How many cells are not empty."""
        return sum(1 for cell in self.cells if cell.strip())


@dataclass(frozen=True, slots=True)
class Layout:
    """`header` is empty when there is none; `data` is the index of the first data row among the sample's rows."""

    header: list[str]
    header_rows: int
    preamble: int
    data: int


def find_layout(rows: Sequence[Row], width: int, *, header_rows: int | None = None) -> Layout:
    """Find the table's top in the first rows of a file.

    `header_rows` is what a person said. Rows that are wholly empty count as preamble when they stand
    before the table.
    """
    top = _table_start(rows, width)
    if header_rows is None:
        header_rows = _header_rows(rows[top : top + 200], width)
    header = _joined([row.cells for row in rows[top : top + header_rows]])
    return Layout(header, header_rows, top, top + header_rows)


def _table_start(rows: Sequence[Row], width: int) -> int:
    """How many rows are preamble: titles of one cell, separated rows, comments."""
    top = 0
    for index, row in enumerate(rows[:50]):
        if row.filled == 0:
            top = index + 1 if _only_titles(rows[top:index], width) else top
        elif index == top and _is_title(rows, index, width):
            top = index + 1
        elif row.filled > max(1, width // 2):
            break
    return top if top < len(rows) else 0


def _is_title(rows: Sequence[Row], index: int, width: int) -> bool:
    row = rows[index]
    if width > 1 and len(row.cells) == 1 and not _all_single(rows[index : index + 5]):
        return True
    if row.cells[0].startswith("#") and len(row.cells) != width:
        return True
    return width > 2 and row.filled == 1 and _is_full(rows, index + 1, width)


def _only_titles(rows: Sequence[Row], width: int) -> bool:
    return all(row.filled <= max(1, width // 2) for row in rows) and (width > 1 or not rows)


def _all_single(rows: Sequence[Row]) -> bool:
    return all(len(row.cells) == 1 for row in rows)


def _is_full(rows: Sequence[Row], index: int, width: int) -> bool:
    """Whether a full row of distinct words, a header, comes at `index`, maybe after more titles."""
    for row in rows[index : index + 10]:
        if row.filled == width:
            return len(set(row.cells)) == width and not any(is_value(cell) for cell in row.cells)
        if row.filled > 1:
            return False
    return False


def _header_rows(rows: Sequence[Row], width: int) -> int:
    """How many of the first rows are header: they hold words where the columns below hold values."""
    if len(rows) < 2:
        return int(bool(rows) and not any(is_value(cell) and cell.strip() for row in rows for cell in row.cells))
    first = rows[0].cells
    if _is_two_level(rows, width):
        return 2
    for count in range(1, min(_HEADER_ROWS, len(rows))):
        body = [row.cells for row in rows[count:] if len(row.cells) == width]
        if not _says_header(rows[count - 1].cells, body, width, further=count > 1):
            return count - 1
        if count >= len(rows) - 1:
            return count
        if not _repeats_header(rows[count].cells, [r.cells for r in rows[count + 1 :]], width, first):
            return count
    return 1


def _is_two_level(rows: Sequence[Row], width: int) -> bool:
    """A row of groups with gaps (`2020, , 2021, `) over a full row of words."""
    if len(rows) < 3 or not 1 < rows[0].filled < width or len(rows[0].cells) != width:
        return False
    words = rows[1].cells
    if len(words) != width or rows[1].filled < width or any(is_value(cell) for cell in words):
        return False
    body = [row.cells for row in rows[2:] if len(row.cells) == width]
    return _says_header(words, body, width, further=True)


def _says_header(cells: list[str], body: list[list[str]], width: int, *, further: bool) -> bool:
    cells = cells[:width]
    votes_for = votes_against = 0
    for index, cell in enumerate(cells):
        column = [row[index] for row in body if row[index].strip() not in MISSING]
        if not column:
            continue
        typed = sum(map(is_value, column)) >= 0.8 * len(column)
        text = cell.strip()
        if typed and text and not is_value(text):
            votes_for += 1
        elif typed and text not in MISSING:
            # Years and numbers may head columns of numbers (2019, 2020, …), but rarely dates or prices do.
            votes_against += 1
        elif not typed and text and is_value(text) and text not in MISSING:
            votes_against += 1
    if votes_for or votes_against:
        return votes_for > votes_against or (votes_for == votes_against and not further) or _is_year_header(cells, body)
    return not further and _reads_like_names(cells, body)


def _is_year_header(cells: list[str], body: list[list[str]]) -> bool:
    """A first word, then years in a row: a cross table."""
    years = [cell.strip() for cell in cells[1:]]
    if len(years) < 2 or not all(len(y) == 4 and y.isdigit() and y[:2] in ("18", "19", "20") for y in years):
        return False
    steps = {int(b) - int(a) for a, b in itertools.pairwise(years)}
    return len(steps) == 1 and steps != {0} and (not is_value(cells[0]) or not cells[0].strip()) and bool(body)


def _reads_like_names(cells: list[str], body: list[list[str]]) -> bool:
    """All columns are words: a header has distinct, filled cells that do not come again below."""
    texts = [cell.strip() for cell in cells]
    if len(set(texts)) < len(texts) and Counter(texts).most_common(1)[0][0]:
        return not any(row == cells for row in body[:1]) and len(set(texts)) > len(texts) // 2
    again = sum(1 for index, text in enumerate(texts) if text and sum(row[index].strip() == text for row in body) >= 1)
    return again <= len(texts) // 4 or any(row == cells for row in body)


def _repeats_header(cells: list[str], body: list[list[str]], width: int, first: list[str]) -> bool:
    """Whether another header row follows: the same again, or words in two or more columns of values."""
    if cells == first:
        return True
    body = [row for row in body if len(row) == width]
    typed = [
        index
        for index in range(width)
        if (column := [row[index] for row in body if row[index].strip() not in MISSING])
        and sum(map(is_value, column)) >= 0.9 * len(column)
    ]
    if len(typed) < 2 or len(body) < 2 or len(cells) != width:
        return False
    return all(cells[i].strip() not in MISSING and not is_value(cells[i]) for i in typed)


def _joined(rows: Sequence[list[str]]) -> list[str]:
    """Several header rows → one, cell by cell: `2020` over `Sales` is `2020 Sales`."""
    width = max((len(cells) for cells in rows), default=0)
    padded = [[cell.strip() for cell in cells] + [""] * (width - len(cells)) for cells in rows]
    for upper, lower in pairwise(padded):
        if all(lower) and upper != lower:  # a group's name stands over its first column only
            for index in range(1, width):
                upper[index] = upper[index] or upper[index - 1]
    return [" ".join(cell for cell in column if cell) for column in zip(*padded, strict=True)]


def footnotes(rows: Sequence[Row], width: int, numeric_first: bool) -> int:
    """How many of the last rows are no data: notes of one cell below the table."""
    if width < 3:
        return 0
    count, seen_gap = 0, False
    for index in range(len(rows) - 1, -1, -1):
        row = rows[index]
        if row.filled == 0:
            seen_gap, count = True, len(rows) - index
        elif row.filled == 1 and row.cells[0].strip():
            count = len(rows) - index
        else:
            break
    notes = [row for row in rows[len(rows) - count :] if row.filled]
    if not notes or count == len(rows):
        return 0
    worded = notes[0].cells[0].strip().lower().startswith(_FOOT_WORDS)
    odd = numeric_first and not any(is_value(row.cells[0]) for row in notes)
    return count if seen_gap or worded or odd else 0
