"""What xhtml2pdf has no element for: bookmarks, contents with page numbers in one pass, lines of mixed scripts, bars.

A page number that is not known yet is a form of the PDF, which may be used before it is defined: the end of the
report defines them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from reportlab.lib.colors import Color
from reportlab.platypus import Flowable

from vizapp.exports.lettering import Lettering

LEADING = 1.35
Align = Literal["left", "right"]


@dataclass(slots=True)
class Pages:
    """Where things came to stand, noted while pages are drawn."""

    of_section: dict[int, int] = field(default_factory=dict)
    count: int = 0


class Words(Flowable):
    """Lines of text in whatever fonts they need; `key` makes them a link to a bookmark."""

    def __init__(
        self,
        lines: Sequence[str],
        letters: Lettering,
        size: float,
        colour: Color,
        *,
        align: Align = "left",
        key: str = "",
    ) -> None:
        super().__init__()
        self._lines = [letters.line(line, size) for line in lines]
        self._size, self._colour, self._align, self._key = size, colour, align, key

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: ARG002 - ReportLab's names
        """The room it takes."""
        self.width, self.height = aW, len(self._lines) * self._size * LEADING
        return self.width, self.height

    def draw(self) -> None:
        """Each run in its font."""
        canvas: Any = self.canv
        canvas.setFillColor(self._colour)
        y = self.height - self._size
        for line in self._lines:
            x = self.width - line.width if self._align == "right" else 0.0
            text = canvas.beginText(x, y)
            for run, font in line.runs:
                text.setFont(font, self._size)
                text.textOut(run)
            canvas.drawText(text)
            y -= self._size * LEADING
        if self._key:
            canvas.linkRect("", self._key, (0, 0, self.width, self.height), relative=1, thickness=0)


class Mark(Flowable):
    """The beginning of a section: a bookmark, and a line of the outline."""

    _ZEROSIZE = 1  # ReportLab draws it in cells too, though it takes no room
    keepWithNext = 1

    def __init__(self, number: int, title: str, pages: Pages) -> None:
        super().__init__()
        self._number, self._title, self._pages = number, title, pages

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: ARG002
        """It takes no room."""
        return 0, 0

    def draw(self) -> None:
        """Note the page."""
        canvas: Any = self.canv
        x, y = canvas.absolutePosition(0, 0)
        canvas.bookmarkHorizontalAbsolute(key_of(self._number), y + 24, left=x)
        canvas.addOutlineEntry(self._title, key_of(self._number), level=0)
        self._pages.of_section[self._number] = canvas.getPageNumber()


class Late(Flowable):
    """A text that ends at the right and is known only when all pages are."""

    def __init__(self, form: str, size: float) -> None:
        super().__init__()
        self._form, self._size = form, size

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: ARG002
        """One line."""
        self.width, self.height = aW, self._size * LEADING
        return self.width, self.height

    def draw(self) -> None:
        """Where the form begins is where its text ends."""
        canvas: Any = self.canv
        canvas.saveState()
        canvas.translate(self.width, self.height - self._size)
        canvas.doForm(self._form)
        canvas.restoreState()


class Footer(Late):
    """Page so and so of so many."""

    def __init__(self, size: float) -> None:
        super().__init__("", size)

    def draw(self) -> None:
        """The form of this page."""
        self._form = page_form(self.canv.getPageNumber())
        super().draw()


class Ending(Flowable):
    """The end of the report: every page number is known and written."""

    def __init__(self, pages: Pages, letters: Lettering, size: float, colour: Color) -> None:
        super().__init__()
        self._pages, self._letters, self._size, self._colour = pages, letters, size, colour

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: ARG002
        """It takes no room."""
        return 0, 0

    def draw(self) -> None:
        """Define the forms."""
        count = self.canv.getPageNumber()
        for page in range(1, count + 1):
            self._define(page_form(page), f"Page {page} of {count}", self._size)
        for number, page in self._pages.of_section.items():
            self._define(number_form(number), str(page), self._size + 2)

    def _define(self, form: str, text: str, size: float) -> None:
        canvas: Any = self.canv
        canvas.beginForm(form, -200, -10, 10, 20)
        canvas.setFillColor(self._colour)
        canvas.setFont(self._letters.first, size)
        canvas.drawRightString(0, 0, text)
        canvas.endForm()


class Spark(Flowable):
    """A small history as a line; gaps stay gaps."""

    def __init__(self, values: Sequence[float | None], colour: Color, width: float = 84, height: float = 26) -> None:
        super().__init__()
        self._values, self._colour, self.width, self.height = values, colour, width, height

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: ARG002
        """Its own size, or less when there is less."""
        self.width = min(self.width, aW)
        return self.width, self.height

    def draw(self) -> None:
        """From the lowest value to the highest."""
        known = [value for value in self._values if value is not None]
        if len(known) < 2:
            return
        low, high = min(known), max(known)
        step = self.width / (len(self._values) - 1)
        canvas: Any = self.canv
        canvas.setStrokeColor(self._colour)
        canvas.setLineWidth(1.1)
        path, pen = canvas.beginPath(), False
        for index, value in enumerate(self._values):
            if value is not None:
                share = (value - low) / (high - low) if high > low else 0.5
                (path.lineTo if pen else path.moveTo)(index * step, share * self.height)
            pen = value is not None
        canvas.drawPath(path, stroke=1, fill=0)


class Bar(Flowable):
    """A number with a bar of its share before it; `room` is what the longest number takes."""

    def __init__(self, words: Words, share: float | None, room: float, colour: Color) -> None:
        super().__init__()
        self._words, self._share, self._room, self._colour = words, share or 0.0, room, colour

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """As the number."""
        self.width, self.height = self._words.wrap(aW, aH)
        return self.width, self.height

    def draw(self) -> None:
        """The bar, then the number."""
        canvas: Any = self.canv
        length = max(self.width - self._room - 6, 0) * self._share
        if length:
            canvas.setFillColor(self._colour)
            canvas.rect(0, self.height * 0.22, length, self.height * 0.52, stroke=0, fill=1)
        self._words.drawOn(canvas, 0, 0)


def key_of(section: int) -> str:
    """The name of a section's bookmark."""
    return f"section-{section}"


def number_form(section: int) -> str:
    """The form that is the page number of a section."""
    return f"number-{section}"


def page_form(page: int) -> str:
    """The form that is the foot of a page."""
    return f"page-{page}"
