"""Which fonts of this machine can be put into a PDF, and what they cover.

Inter, which the pages have too, comes with the front-end files; what it lacks is taken from the system's fonts, the
same that Chromium draws charts with. Only TrueType outlines can be embedded. Nothing here fails: what no font covers
is told on the cover.
"""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from xhtml2pdf.util import font_has_glyph

VENDOR = Path(__file__).parents[2] / "assets" / "vendor" / "fonts"
PLACES = (VENDOR, Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
# Family, regular, bold; the first that covers a character prints it.
_WANTED = (
    ("inter", "inter-regular.ttf", "inter-semibold.ttf"),
    ("liberation", "LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("dejavu", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),  # Arabic, Hebrew, Armenian, Georgian, symbols
    ("microhei", "wqy-microhei.ttc", ""),  # Chinese, Japanese, Korean
    ("droid", "DroidSansFallbackFull.ttf", ""),
)
# Of every reader of PDF, regular and bold; not embedded, and Western European only.
LAST = ("Helvetica", "Helvetica-Bold")
# What stands for a character that no font has.
_BLANK = "□"


@dataclass(frozen=True, slots=True)
class Font:
    """A family with the files of its two weights, which may be one."""

    family: str
    regular: Path
    bold: Path

    def name(self, *, bold: bool = False) -> str:
        """What xhtml2pdf and ReportLab call a weight of it."""
        return f"{self.family}_{int(bold and self.bold != self.regular)}0"


@dataclass(frozen=True, slots=True)
class Fonts:
    """The families that a text needs, in the order they are asked; `missing` are characters that none of them has.

    `blank` stands for those.
    """

    families: tuple[Font, ...]
    missing: frozenset[str]
    blank: str = _BLANK

    def names(self, *, bold: bool = False) -> list[str]:
        """What xhtml2pdf and ReportLab call one weight of each."""
        return [font.name(bold=bold) for font in self.families] or [LAST[bold]]


def fonts_for(text: Iterable[str], places: Iterable[Path] = PLACES) -> Fonts:
    """What this machine has for these characters, registered with ReportLab under their names."""
    wanted = {ord(char) for char in text if not char.isspace()} | {ord(_BLANK)}
    chosen: list[Font] = []
    for font in _installed(tuple(places)):
        if chosen and not wanted:
            break
        covers = _registered(font)
        if covers & wanted or not chosen:
            chosen.append(font)
            wanted -= covers
    missing = {chr(code) for code in wanted}
    if not chosen:
        return Fonts((), frozenset(char for char in missing if not font_has_glyph(LAST[0], char)), "?")
    return Fonts(tuple(chosen), frozenset(missing) - {_BLANK})


def _installed(places: tuple[Path, ...]) -> Iterator[Font]:
    files = {path.name: path for place in reversed(places) for path in place.rglob("*.tt[fc]")}
    for family, regular, bold in _WANTED:
        if regular in files:
            yield Font(family, files[regular], files.get(bold, files[regular]))


def _registered(font: Font) -> Set[int]:
    """Its characters; none when it is no font that can be embedded."""
    try:
        face = TTFont(font.name(), str(font.regular))
        pdfmetrics.registerFont(face)
        if font.bold != font.regular:
            pdfmetrics.registerFont(TTFont(font.name(bold=True), str(font.bold)))
    except TTFError:
        return frozenset()
    return frozenset(face.face.charToGlyph)
