"""A report as PDF: a cover with contents, then each picture, number and table, for paper.

`Report` says all that is printed; `vizapp/exports/paper.py` prints it, in a process of its own, because a renderer
holds the interpreter for a second or more and takes what text people wrote.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from pydantic import Base64Bytes, TypeAdapter

from vizapp.errors import ReportFailed
from vizapp.processes import Bounds, Fallen, Worker, started
from vizapp.schemas.view import KpiView, LegendItem, TableView

MEDIA_TYPE = "application/pdf"
SUFFIX = ".pdf"
# Fifty tables of five hundred rows and eight columns take 12 seconds of a processor and 220 MB; servers may be busy.
BOUNDS = Bounds(seconds=120.0, memory_bytes=1024 * 2**20)
MARGIN = 51.0  # points: 18 mm
GUTTER = 18.0
# A CSS pixel is 1/96 inch and a point 1/72; so many pixels an inch are what print needs.
POINTS_PER_PIXEL = 0.75
DPI = 200


class Paper(StrEnum):
    """Sizes of paper."""

    A4 = "A4"
    Letter = "Letter"


class Orientation(StrEnum):
    """Which way the paper lies."""

    portrait = "portrait"
    landscape = "landscape"


_SIZES = {Paper.A4: (595.28, 841.89), Paper.Letter: (612.0, 792.0)}  # points


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper, `dark` for screens; sizes in points."""

    paper: Paper = Paper.A4
    orientation: Orientation = Orientation.portrait
    dark: bool = False

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        short, long = _SIZES[self.paper]
        return (short, long) if self.orientation is Orientation.portrait else (long, short)

    @property
    def width(self) -> float:
        """Between the margins."""
        return self.size[0] - 2 * MARGIN

    @property
    def height(self) -> float:
        """Between the margins."""
        return self.size[1] - 2 * MARGIN

    def plot(self, *, half: bool) -> tuple[float, float]:
        """Width and height of a chart: two full ones fit on an upright page, one on a lying one."""
        width = (self.width - GUTTER) / 2 if half else self.width
        if half:
            return width, width * (0.82 if self.orientation is Orientation.portrait else 0.6)
        return width, width * 0.5 if self.orientation is Orientation.portrait else self.height * 0.68


@dataclass(frozen=True, slots=True)
class Image:
    """A PNG and its size on paper, in points."""

    png: Base64Bytes
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Section:
    """One tile: a picture, a number or a table, or else `message`, which says why there is none.

    `half` asks for half the width beside another; `words` describe the picture to those who cannot see it.
    """

    title: str
    subtitle: str = ""
    image: Image | None = None
    kpi: KpiView | None = None
    table: TableView | None = None
    legend: tuple[LegendItem, ...] = ()
    notes: tuple[str, ...] = ()
    message: str = ""
    words: str = ""
    half: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """All that is printed. `facts` are the lines of the cover, name and value."""

    title: str
    sections: tuple[Section, ...]
    description: str = ""
    author: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    company: str = ""
    logo: Base64Bytes | None = None
    sheet: Sheet = Sheet()


WIRE: TypeAdapter[Report] = TypeAdapter(Report)


class Press:
    """A process that waits for a report; it is started before there is one, so that it has begun by then."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def print(self, report: Report) -> bytes:
        """The report as a PDF file, once. Raises ReportFailed when it takes too long or too much."""
        try:
            return self._worker.answer(WIRE.dump_json(report))
        except Fallen as exc:
            raise ReportFailed from exc


@contextmanager
def press() -> Iterator[Press]:
    """A press for one report; it is gone with the block."""
    with started("vizapp.exports.paper", bounds=BOUNDS) as worker:
        yield Press(worker)


def pdf(report: Report) -> bytes:
    """The report as a PDF file. Raises ReportFailed when it takes too long or too much."""
    with press() as ready:
        return ready.print(report)
