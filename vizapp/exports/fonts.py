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
# Instead of what no font has.
BLANK = "□"


@dataclass(frozen=True, slots=True)
class Font:
    """A family with the files of its two weights."""

    family: str
    regular: Path
    bold: Path


@dataclass(frozen=True, slots=True)
class Fonts:
    """The families that a text needs, in the order they are asked, and the characters that none of them has."""

    families: tuple[Font, ...]
    missing: frozenset[str]


def fonts_for(text: Iterable[str], places: Iterable[Path] = PLACES) -> Fonts:
    """What this machine has for these characters, registered with ReportLab under `name`."""
    wanted = {ord(char) for char in text if not char.isspace()} | {ord(BLANK)}
    chosen: list[Font] = []
    for font in _installed(tuple(places)):
        if chosen and not wanted:
            break
        covers = _registered(font)
        if covers & wanted or not chosen:
            chosen.append(font)
            wanted -= covers
    return Fonts(tuple(chosen), frozenset(map(chr, wanted)) - {BLANK})


def name(family: str, *, bold: bool = False) -> str:
    """What xhtml2pdf and ReportLab call a weight of this family."""
    return f"{family}_{int(bold)}0"


def _installed(places: tuple[Path, ...]) -> Iterator[Font]:
    files = {path.name: path for place in reversed(places) for path in place.rglob("*.tt[fc]")}
    for family, regular, bold in _WANTED:
        if regular in files:
            yield Font(family, files[regular], files.get(bold, files[regular]))


def _registered(font: Font) -> Set[int]:
    """Its characters; none when it is no font that can be embedded."""
    try:
        faces = [TTFont(name(font.family, bold=path is font.bold), str(path)) for path in (font.regular, font.bold)]
    except TTFError:
        return frozenset()
    for face in faces:
        pdfmetrics.registerFont(face)
    return frozenset(faces[0].face.charToGlyph)
