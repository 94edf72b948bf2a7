"""Repair: make sense of one record that does not have the shape of its table."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from vizapp.sources.grammar import Grammar

_OTHER_DELIMITERS = (",", ";", "\t", "|", " ", ":")
_SIGNED = 24
_LOOKED_AT = 200
# With more of them a cell is a text full of quotes, and each is another reading of the whole line to compare.
_DOUBLED = 50


@dataclass(frozen=True, slots=True)
class Repaired:
    """The cells of a record and what was done to get them."""

    cells: list[str]
    kind: str


class Shape:
    """What the records of a table look like: their width, and the pattern of each column's values."""

    def __init__(self, grammar: Grammar, width: int, records: list[list[str]]) -> None:
        self.grammar, self.width = grammar, width
        self._records = [record for record in records if len(record) == width][:_LOOKED_AT]

    @cached_property
    def _patterns(self) -> list[str | None]:
        patterns: list[str | None] = []
        for column in zip(*self._records, strict=True):
            pattern, count = Counter(map(_pattern, column)).most_common(1)[0]
            patterns.append(pattern if count > 0.6 * len(column) else None)
        return patterns

    def likeness(self, cells: list[str]) -> int:
        """How many cells look like their column."""
        return sum(p is not None and _pattern(cell) == p for cell, p in zip(cells, self._patterns, strict=False))

    def repair(self, line: str) -> Repaired | None:
        """The `width` cells that `line` was meant to hold, or None when no reading gives that many."""
        for attempt in (self._stray_quotes, self._extra_empty, self._missing_delimiter, self._other_delimiter):
            found = attempt(line)
            if found is not None and len(found.cells) == self.width:
                return found
        return None

    def loose(self, line: str) -> list[str]:
        """Cells of a line whatever it takes: quotes that do not wrap a field are text."""
        fields = self.grammar.fields(line)
        return fields if fields is not None else [self.grammar.value(raw) for raw in self._merged(line)]

    def _stray_quotes(self, line: str) -> Repaired | None:
        """Quotes inside fields that were never escaped: only those beside a separator count."""
        g, q = self.grammar, self.grammar.quote
        if not q or q not in line:
            return None
        whole = line.strip()
        if len(whole) >= 2 and whole.startswith(q) and whole.endswith(q):
            cells = [g.unescaped(part) for part in whole[1:-1].split(f"{q}{g.delimiter}{q}")]
            if len(cells) == self.width:
                return Repaired(cells, "stray_quotes")
        raw = self._merged(line)
        if len(raw) == self.width and all(_closed(text.strip(), q) for text in raw):
            return Repaired([g.value(text.strip()) if q in text else text for text in raw], "stray_quotes")
        return None

    def _merged(self, line: str) -> list[str]:
        """Split at separators, and join again what lies between an opening and a closing quote."""
        g, q = self.grammar, self.grammar.quote
        fields: list[str] = []
        held: list[str] = []
        for piece in line.split(g.delimiter):
            held.append(piece)
            # Only the ends are looked at: joining what is held so far, again and again, takes the square of the line.
            closes = _closed(piece.strip(), q) if len(held) == 1 else piece.rstrip().endswith(q)
            if not q or closes:
                fields.append(g.delimiter.join(held))
                held = []
        if held:  # opened and never closed: the quote is text
            fields += held
        return fields

    def _extra_empty(self, line: str) -> Repaired | None:
        """One separator too many: an empty field that was not even quoted among quoted ones, or at the end."""
        q = self.grammar.quote
        raw = self.grammar.raw_fields(line)
        if raw is None:
            return None
        extra = len(raw) - self.width
        if extra <= 0:
            return None
        cells = [self.grammar.value(text) for text in raw]
        bare = [index for index, text in enumerate(raw) if text == ""]
        quoted = bool(q) and sum(text.startswith(q) for text in raw) == len(raw) - len(bare)
        if quoted and len(bare) == extra:
            return Repaired([cell for index, cell in enumerate(cells) if index not in bare], "extra_empty")
        return None if any(cells[self.width :]) else Repaired(cells[: self.width], "extra_empty")

    def _missing_delimiter(self, line: str) -> Repaired | None:
        """Two quoted fields without a separator between them look like one with a doubled quote."""
        g, q = self.grammar, self.grammar.quote
        raw = g.raw_fields(line) if q else None
        if raw is None or len(raw) != self.width - 1:
            return None
        whole = [g.value(text) for text in raw]
        best: tuple[int, list[str]] | None = None
        for index, text in enumerate(raw):
            if not (len(text) >= 4 and text.startswith(q) and text.endswith(q)):
                continue
            inner = text[1:-1]
            doubled = [found.start() for found in re.finditer(re.escape(q * 2), inner)]
            if len(doubled) > _DOUBLED:
                continue
            for place in doubled:
                parts = [g.unescaped(inner[:place]), g.unescaped(inner[place + 2 :])]
                cells = [*whole[:index], *parts, *whole[index + 1 :]]
                # A quote of the text itself is likelier than a missing separator, unless the cells then fit.
                rank = 2 * self.likeness(cells) + (len(doubled) == 1)
                if best is None or rank >= best[0]:
                    best = rank, cells
        if best is None or best[0] <= 2 * self.likeness(whole):
            return None
        return Repaired(best[1], "missing_delimiter")

    def _other_delimiter(self, line: str) -> Repaired | None:
        """A single line written with another separator."""
        g = self.grammar
        if self.width < 2:
            return None
        for mark in _OTHER_DELIMITERS:
            if mark == g.delimiter or mark not in line:
                continue
            other = Shape(Grammar(mark, g.quote, g.escape), self.width, [])
            cells = other.grammar.fields(line)
            if cells is None or len(cells) != self.width:
                found = other._stray_quotes(line)
                cells = found.cells if found else None
            # Words of a sentence are no columns: without quotes a space needs cells that fit.
            if cells and (mark not in " :" or (g.quote and line.startswith(g.quote)) or self.likeness(cells) > 1):
                return Repaired(cells, "other_delimiter")
        return None


def _closed(text: str, quote: str) -> bool:
    """A field without quotes around it, or with both."""
    if not text.startswith(quote):
        return True
    return len(text) >= 2 and text.endswith(quote)


def _pattern(text: str) -> str:
    """`28/01/2018` → `9/9/9`, `MG-8769` → `a-9`: how a value is built, not what it says."""
    text = re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", text[:200]))
    return text if len(text) <= _SIGNED else "text"
