"""Tables for paper: whole, with their head on every page. What is too wide gets smaller type, or comes in parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.colors import Color
from reportlab.platypus import Flowable, LongTable, TableStyle

from vizapp.exports.flow import LEADING, Bar, Words
from vizapp.exports.lettering import Lettering
from vizapp.schemas.view import TableView

SIZES = (8.5, 7.5, 6.5)  # points, the largest that fits
PAD = 4.0
BAR_ROOM = 60.0
# In units of the type's size: texts up to the first stay in one line, words up to the second are not torn, and the
# third is the least that a bar takes with its number.
_KEPT, _WORD, _BARRED = 6.5, 10.0, 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """Letters and colours of a table."""

    regular: Lettering
    bold: Lettering
    ink: Color
    quiet: Color
    line: Color
    bar: Color


@dataclass(frozen=True, slots=True)
class Part:
    """Columns that stand beside each other, with their widths; `first` and `last` count from one."""

    columns: tuple[int, ...]
    widths: tuple[float, ...]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How a table goes on paper: the size of its type, and its parts."""

    size: float
    parts: tuple[Part, ...]


def tables(view: TableView, look: Look, room: float) -> list[tuple[str, Flowable]]:
    """Each part of a table for `room` points of width, and the words above it when there is more than one."""
    plan = planned(view, look, room)
    many = len(plan.parts) > 1
    return [
        (
            f"Columns {part.first}–{part.last} of {len(view.columns)}" if many else "",
            _table(view, part, plan.size, look),
        )
        for part in plan.parts
    ]


def planned(view: TableView, look: Look, room: float) -> Plan:
    """The largest type in which all columns fit beside each other, else several parts."""
    unit = [_widths(view, column, look) for column in range(len(view.columns))]
    everything = tuple(range(len(unit)))
    for size in SIZES:
        wanted = [want * size + 2 * PAD for want, _ in unit]
        least = [need * size + 2 * PAD for _, need in unit]
        if sum(least) <= room:
            return Plan(size, (Part(everything, _shared(wanted, least, room), 1, len(unit)),))
    # Once it is in parts, reading it counts more than one part less.
    wanted, least = ([width[kind] * SIZES[1] + 2 * PAD for width in unit] for kind in (0, 1))
    parts: list[Part] = []
    for columns in _split(least, room):
        shared = _shared([wanted[i] for i in columns], [least[i] for i in columns], room)
        own = columns[1:] if parts else columns  # the first column comes again in each part
        parts.append(Part(columns, shared, own[0] + 1, own[-1] + 1))
    return Plan(SIZES[1], tuple(parts))


def _widths(view: TableView, column: int, look: Look) -> tuple[float, float]:
    """What a column would like and what it needs, for type of one point."""
    head = view.columns[column]
    texts = {row[column] for row in (*view.rows, *([view.total] if view.total else []))}
    body = max((look.regular.width(text, 1) for text in texts), default=0.0)
    title = look.bold.width(head.name, 1)
    if head.bar:
        return max(body + BAR_ROOM / SIZES[0], title), max(body + 2, _BARRED)
    in_head = max((look.bold.width(word, 1) for word in head.name.split()), default=0.0)
    if head.numeric:
        return max(body, title), max(body, min(in_head, _WORD))
    words = {word for text in texts for word in text.split()}
    longest = max((look.regular.width(word, 1) for word in words), default=0.0)
    return max(body, title), max(min(body, _KEPT), min(max(longest, in_head), _WORD))


def _shared(wanted: Sequence[float], least: Sequence[float], room: float) -> tuple[float, ...]:
    """Widths that fill the room: what would like little gets it, and the others what is left, each what it needs."""
    if sum(wanted) <= room:
        return tuple(width * room / sum(wanted) for width in wanted)
    found: dict[int, float] = {}
    open_ = set(range(len(wanted)))
    while open_:
        share = (room - sum(found.values())) / len(open_)
        modest = {column for column in open_ if wanted[column] <= share}
        if not modest:
            break
        found |= {column: wanted[column] for column in modest}
        open_ -= modest
    left, need = room - sum(found.values()), sum(least[column] for column in open_)
    if need > left:
        return tuple(width * room / sum(least) for width in least)
    like = sum(wanted[column] - least[column] for column in open_)
    found |= {c: least[c] + (wanted[c] - least[c]) * (left - need) / like for c in open_}
    return tuple(found[column] for column in range(len(wanted)))


def _split(least: Sequence[float], room: float) -> Iterator[tuple[int, ...]]:
    """Columns in parts that fit; the first stands in each, so that rows can be told apart."""
    part, taken = [0], least[0]
    for column in range(1, len(least)):
        if len(part) > 1 and taken + least[column] > room:
            yield tuple(part)
            part, taken = [0], least[0]
        part.append(column)
        taken += least[column]
    yield tuple(part)


def _table(view: TableView, part: Part, size: float, look: Look) -> Flowable:
    cells = _Cells(view, part, size, look)
    rows = [cells.head(), *(cells.row(index) for index in range(len(view.rows)))]
    if view.total:
        rows.append(cells.total(view.total))
    style: list[Any] = [
        ("FONT", (0, 0), (-1, -1), look.regular.first, size, size * LEADING),
        ("FONTNAME", (0, 0), (-1, 0), look.bold.first),
        ("TEXTCOLOR", (0, 0), (-1, -1), look.ink),
        ("TEXTCOLOR", (0, 0), (-1, 0), look.quiet),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LEFTPADDING", (0, 0), (-1, -1), PAD),
        ("RIGHTPADDING", (0, 0), (-1, -1), PAD),
        ("TOPPADDING", (0, 0), (-1, -1), 2.4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.4),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, look.line),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, look.quiet),
    ]
    style += [
        ("ALIGN", (place, 0), (place, -1), "RIGHT")
        for place, column in enumerate(part.columns)
        if view.columns[column].numeric and not view.columns[column].bar
    ]
    if view.total:
        style += [("FONTNAME", (0, -1), (-1, -1), look.bold.first), ("LINEABOVE", (0, -1), (-1, -1), 0.8, look.quiet)]
    return LongTable(rows, colWidths=list(part.widths), repeatRows=1, hAlign="LEFT", style=TableStyle(style))


class _Cells:
    """The cells of a part; text that the first font prints stays text, which is drawn many times faster."""

    def __init__(self, view: TableView, part: Part, size: float, look: Look) -> None:
        self._view, self._part, self._size, self._look = view, part, size, look
        self._rooms = {
            column: max((look.regular.width(row[column], size) for row in view.rows), default=0.0)
            for column in part.columns
            if view.columns[column].bar
        }

    def head(self) -> list[object]:
        """The names."""
        names = [column.name for column in self._view.columns]
        return [self._cell(i, names[i], self._look.bold, self._look.quiet) for i in self._part.columns]

    def row(self, index: int) -> list[object]:
        """One row, bars included."""
        texts = self._view.rows[index]
        shares = self._view.shares[index] if self._view.shares else ()
        return [
            self._bar(i, texts[i], shares[i] if shares else None)
            if self._view.columns[i].bar
            else self._cell(i, texts[i], self._look.regular, self._look.ink)
            for i in self._part.columns
        ]

    def total(self, texts: Sequence[str]) -> list[object]:
        """The last row."""
        return [
            self._number(texts[i], self._look.bold)
            if self._view.columns[i].bar
            else self._cell(i, texts[i], self._look.bold, self._look.ink)
            for i in self._part.columns
        ]

    def _cell(self, column: int, text: str, letters: Lettering, colour: Color) -> object:
        width = self._part.widths[self._part.columns.index(column)] - 2 * PAD
        lines = letters.wrapped(text, self._size, width + 0.01)
        if all(letters.is_plain(line) for line in lines):
            return "\n".join(lines)
        numeric = self._view.columns[column].numeric
        return Words(lines, letters, self._size, colour, align="right" if numeric else "left")

    def _number(self, text: str, letters: Lettering) -> Words:
        return Words([text], letters, self._size, self._look.ink, align="right")

    def _bar(self, column: int, text: str, share: float | None) -> Bar:
        return Bar(self._number(text, self._look.regular), share, self._rooms[column], self._look.bar)
