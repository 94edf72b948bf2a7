"""Print a report: `python -m vizapp.exports.paper` reads one as JSON from its standard input and writes a PDF.

What people wrote is escaped by the template and never read as markup; the policy refuses every file but the fonts,
and the network.
"""

import base64
import io
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from reportlab import rl_config
from reportlab.lib.colors import Color, toColor
from reportlab.pdfbase import ttfonts
from reportlab.platypus import CondPageBreak, Flowable, Table
from reportlab.platypus.tables import CellStyle
from xhtml2pdf import parser, pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy
from xhtml2pdf.tags import pisaTag

from vizapp.exports.flow import Ending, Footer, Late, Mark, Pages, Spark, Words, key_of, number_form
from vizapp.exports.fonts import LAST, PLACES, Fonts, fonts_for
from vizapp.exports.grids import Look, tables
from vizapp.exports.lettering import Lettering
from vizapp.exports.names import NOT_XML
from vizapp.exports.pdf import BOUNDS, GUTTER, MARGIN, WIRE, Report, Section
from vizapp.processes import bound

_FOOT, _CONTENTS = 8.0, 10.0  # points
_KPIS, _GAP = 4, 9.0
# A table begins on a page that has room for its title and some rows.
_TABLE_BEGINS = 130.0
# What joins or varies other characters prints nothing of its own.
_SILENT = ("Cf", "Mn", "Me")
# The colours of assets/00-tokens.css, mixed with the paper.
_LIGHT = {
    "paper": "#ffffff", "ink": "#2f3c45", "quiet": "#656f76", "line": "#dfe2e4", "sunk": "#f4f5f6", "bar": "#c6deef",
    "good": "#0b6b45", "bad": "#b42318", "spark": "#0072b2",
}  # fmt: skip
_DARK = {
    "paper": "#101c26", "ink": "#f3f4f4", "quiet": "#b5b9bc", "line": "#3a454d", "sunk": "#0c161f", "bar": "#16405c",
    "good": "#4fc38a", "bad": "#ff8a7a", "spark": "#4fa9dc",
}  # fmt: skip
_COLOUR = re.compile(r"#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?")


@dataclass(slots=True)
class _Job:
    """A report being printed."""

    report: Report
    fonts: Fonts
    pages: Pages = field(default_factory=Pages)

    @property
    def colours(self) -> Mapping[str, str]:
        return _DARK if self.report.sheet.dark else _LIGHT

    def colour(self, what: str) -> Color:
        found: Color = toColor(self.colours[what])
        return found

    def letters(self, *, bold: bool = False) -> Lettering:
        return Lettering(self.fonts.names(bold=bold))

    def table(self, number: int) -> Iterator[Flowable]:
        view = self.report.sections[number].table
        if view is None:
            return
        look = Look(
            self.letters(), self.letters(bold=True), self.colour("ink"), self.colour("quiet"), self.colour("line"),
            self.colour("bar"),
        )  # fmt: skip
        for part, (words, made) in enumerate(tables(view, look, self.report.sheet.width)):
            if part:
                yield CondPageBreak(_TABLE_BEGINS)
            if words:
                above = Words([words], self.letters(), 8.5, self.colour("quiet"))
                above.spaceBefore = 6
                yield above
            yield made

    def room(self, _: int) -> Iterator[Flowable]:
        yield CondPageBreak(_TABLE_BEGINS)

    def spark(self, number: int) -> Iterator[Flowable]:
        view = self.report.sections[number].kpi
        if view is not None:
            yield Spark(view.spark, self.colour("spark"))

    def mark(self, number: int) -> Iterator[Flowable]:
        yield Mark(number, self.report.sections[number].title, self.pages)

    def contents(self, _: int) -> Iterator[Flowable]:
        room, letters = self.report.sheet.width, self.letters()
        rows: list[list[object]] = []
        for number, section in enumerate(self.report.sections):
            lines = letters.wrapped(section.title, _CONTENTS, room - 50)
            title = Words(lines, letters, _CONTENTS, self.colour("ink"), key=key_of(number))
            rows.append([title, Late(number_form(number), _CONTENTS)])
        made = Table(rows, colWidths=[room - 40, 40], hAlign="LEFT")
        edge = ("LINEBELOW", (0, 0), (-1, -1), 0.4, self.colour("line"))
        made.setStyle([edge, ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)])
        yield made

    def foot(self, _: int) -> Iterator[Flowable]:
        yield Footer(_FOOT)

    def ending(self, _: int) -> Iterator[Flowable]:
        yield Ending(self.pages, self.letters(), _FOOT, self.colour("quiet"))


def print_report(wire: bytes, places: Sequence[Path] = PLACES) -> bytes:
    """The PDF of a report in JSON, in fonts of these folders."""
    text = wire.decode()
    fonts = fonts_for(set(text), places)
    # In the JSON itself, so that no text of it is forgotten.
    gone = {ord(char): None if unicodedata.category(char) in _SILENT else fonts.blank for char in fonts.missing}
    job = _Job(WIRE.validate_json(text.translate(gone)), fonts)
    rl_config.useA85 = 0  # streams as they are: a quarter smaller, and no time for writing them in letters
    # What ReportLab begins pages and empty cells with would be Helvetica, which is not embedded.
    rl_config.canvas_basefontname = CellStyle.fontname = fonts.names()[0]
    ttfonts.makeToUnicodeCMap = _readable
    for tag in ("table", "room", "spark", "mark", "contents", "foot", "ending"):
        # xhtml2pdf finds the class of an element by this name.
        setattr(parser, f"pisaTagVIZ{tag.upper()}", _element(getattr(job, tag)))
    out = io.BytesIO()
    about = {"title": job.report.title, "author": job.report.author, "subject": job.report.description}
    html = _html(job).encode()
    done = pisa.CreatePDF(html, dest=out, encoding="utf-8", resource_policy=_policy(), context_meta=about)
    if done.err:
        raise RuntimeError(f"xhtml2pdf: {done.log}")
    return out.getvalue()


def _element(make: Callable[[int], Iterator[Flowable]]) -> type[pisaTag]:
    """An element of ours that stands for flowables; its attribute `number` is a section's."""

    class Element(pisaTag):  # type: ignore[misc]
        def start(self, c: Any) -> None:
            c.addPara()
            for flowable in make(int(self.node.getAttribute("number") or 0)):
                c.addStory(flowable)

    return Element


def _policy() -> ResourceAccessPolicy:
    return ResourceAccessPolicy(
        allow_remote=False,
        base_dir=None,
        extra_roots=PLACES,
        allow_remote_pdf_backgrounds=False,
        max_render_seconds=BOUNDS.seconds,
        max_image_pixels=40_000_000,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        # What macros return is markup already: a kind of str that must stay what it is.
        finalize=lambda value: NOT_XML.sub(" ", value) if type(value) is str else value,
    )
    environment.filters |= {"base64": lambda data: base64.b64encode(data).decode(), "colour": _safe}
    return environment.get_template("report.html")


def _html(job: _Job) -> str:
    report, sheet = job.report, job.report.sheet
    return _template().render(
        report=report,
        facts=[*report.facts, *_told(job.fonts)],
        fonts=job.fonts.families,
        families=", ".join(font.family for font in job.fonts.families) or LAST[0],
        look=job.colours,
        size=sheet.size,
        width=sheet.width,
        margin=MARGIN,
        blocks=list(_blocks(report)),
    )


def _told(fonts: Fonts) -> list[tuple[str, str]]:
    lost = sorted(char for char in fonts.missing if unicodedata.category(char) not in _SILENT)
    if not lost:
        return []
    known = unicodedata.name(lost[0], f"U+{ord(lost[0]):04X}").lower()
    more = f" and {len(lost) - 1:,} more characters" if len(lost) > 1 else ""
    return [("Not printed", f"No font on the server has {known}{more}: {fonts.blank} stands in place.")]


def _safe(colour: str) -> str:
    """A colour for an attribute; whatever is none becomes grey."""
    return colour if _COLOUR.fullmatch(colour) else "#858f96"


@dataclass(frozen=True, slots=True)
class _Block:
    """Sections that stand beside each other, by their numbers; `rest` is the room that is left at the right."""

    kind: str
    sections: tuple[tuple[int, Section], ...]
    width: float
    gap: float = 0.0
    rest: float = 0.0


def _blocks(report: Report) -> Iterator[_Block]:
    room = report.sheet.width
    for kind, group in groupby(enumerate(report.sections), key=lambda item: _kind(item[1])):
        sections = tuple(group)
        across = {"kpis": _KPIS, "pair": 2}.get(kind, 1)
        for start in range(0, len(sections), across):
            row = sections[start : start + across]
            gap = GUTTER if kind == "pair" else _GAP
            width = (room - (across - 1) * gap) / across
            alone = kind == "pair" and len(row) == 1
            yield _Block("one" if alone else kind, row, width, gap, (across - len(row)) * (width + gap))


def _kind(section: Section) -> str:
    if section.kpi is not None:
        return "kpis"
    return "pair" if section.half and section.image is not None else "one"


def _readable(fontname: str, subset: list[int]) -> str:
    """ReportLab's map from glyphs to text, so that what is copied or searched is what was written.

    Joined Arabic letters become the letters they are forms of, and characters beyond U+FFFF are written as UTF-16.
    """
    lines = [f"<{code:02X}> <{_written(char).encode('utf-16-be').hex().upper()}>" for code, char in enumerate(subset)]
    head = ["/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap", "/CIDSystemInfo"]
    head += [f"<< /Registry ({fontname})", f"/Ordering ({fontname})", "/Supplement 0", ">> def"]
    head += [f"/CMapName /{fontname} def", "/CMapType 2 def", "1 begincodespacerange", f"<00> <{len(subset) - 1:02X}>"]
    head += ["endcodespacerange", f"{len(subset)} beginbfchar"]
    tail = ["endbfchar", "endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join([*head, *lines, *tail])


def _written(code: int) -> str:
    char = chr(code)
    if 0xFB50 <= code <= 0xFDFF or 0xFE70 <= code <= 0xFEFC:
        # A ligature is stored in the order of the eye, as all that stands beside it.
        return unicodedata.normalize("NFKC", char)[::-1]
    return char


def main() -> None:
    """Answer one request; see the module."""
    _template()  # while pictures are still being drawn
    wire = sys.stdin.buffer.read()
    bound(BOUNDS)
    sys.stdout.buffer.write(print_report(wire))


if __name__ == "__main__":
    main()
