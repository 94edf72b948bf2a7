"""Text as lines of runs, each in a font that has its characters; Arabic is joined, and runs stand as the eye reads."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.pdfbase.pdfmetrics import stringWidth
from xhtml2pdf.bidi import get_display
from xhtml2pdf.util import font_has_glyph, shape_frag_text, split_by_coverage

Run = tuple[str, str]  # text, font
# A word with the space or the hyphen after it; scripts that write no spaces may be broken behind each character.
_PIECES = re.compile(r"[\u2e80-\ua4cf\uac00-\ud7ff]|[^\s\-\u2e80-\ua4cf\uac00-\ud7ff]+[ \-]?|[\s\-]")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: its runs from left to right and its width in points."""

    runs: tuple[Run, ...]
    width: float


class Lettering:
    """The fonts of one weight, in the order they are asked."""

    def __init__(self, fonts: Sequence[str]) -> None:
        self.fonts = list(fonts)

    @property
    def first(self) -> str:
        """The font that prints most of it."""
        return self.fonts[0]

    def is_plain(self, text: str) -> bool:
        """Whether the first font prints it as it stands."""
        return text.isascii() or (
            not _RIGHT_TO_LEFT.search(text) and all(font_has_glyph(self.first, char) for char in text)
        )

    def width(self, text: str, size: float) -> float:
        """Of the text in one line, in points."""
        if self.is_plain(text):
            return float(stringWidth(text, self.first, size))
        return self.line(text, size).width

    def line(self, text: str, size: float) -> Line:
        """All of the text in one line."""
        if _RIGHT_TO_LEFT.search(text):
            text = get_display(self._joined(text), base_dir=None)
        runs = tuple(split_by_coverage(text, self.fonts))
        return Line(runs, sum(stringWidth(run, font, size) for run, font in runs))

    def _joined(self, text: str) -> str:
        for font in self.fonts:
            if all(font_has_glyph(font, char) for char in _RIGHT_TO_LEFT.findall(text)):
                return shape_frag_text(text, font) or text
        return text

    def wrapped(self, text: str, size: float, room: float) -> list[str]:
        """The text in lines of at most `room` points; words that are longer are torn."""
        if self.width(text, size) <= room:
            return [text]
        lines, line = [], ""
        for piece in _PIECES.findall(text):
            for part in self._torn(piece, size, room):
                if line and self.width((line + part).rstrip(), size) > room:
                    lines.append(line.rstrip())
                    line = part.lstrip()
                else:
                    line += part
        return [*lines, line.rstrip()]

    def _torn(self, word: str, size: float, room: float) -> list[str]:
        if self.width(word.rstrip(), size) <= room:
            return [word]
        parts, part = [], ""
        for char in word:
            if part and self.width(part + char, size) > room:
                parts.append(part)
                part = ""
            part += char
        return [*parts, part]
