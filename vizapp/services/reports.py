"""Charts and dashboards as PDF: what pages show, made for paper."""

import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, cast

from pydantic import Field

from vizapp.access import Actor, Permission, require
from vizapp.charts.theme import THEMES, Mode, template
from vizapp.charts.words import told
from vizapp.config import MIB
from vizapp.errors import AppError, RendererMissing, Unavailable
from vizapp.exports import pdf
from vizapp.exports.excel import too_large
from vizapp.exports.pdf import (
    DPI,
    MEDIA_TYPE,
    POINTS_PER_PIXEL,
    SUFFIX,
    Image,
    Orientation,
    Paper,
    Press,
    Report,
    Section,
    Sheet,
)
from vizapp.exports.renderer import Drawing
from vizapp.schemas.base import Input
from vizapp.schemas.chart import Filter
from vizapp.schemas.records import ChartRecord, DashboardRecord
from vizapp.services import answers, boards, charts, dashboards
from vizapp.services.boards import BoardTile, Drawn
from vizapp.services.exports import Export, Progress, untold
from vizapp.services.runtime import runtime

A4 = Sheet()
_log = logging.getLogger(__name__)
_WAIT_SECONDS = 20.0
_STEPS = 3
_AT_ONCE = 6
# Charts whose conditions the cover names.
_TOLD = 12
_NO_BROWSER = "Charts are printed as tables: the server has no Chromium, which draws them."


class OnPaper(Input):
    """The paper of a report."""

    paper: Annotated[Paper, Field(description="The size of the paper.")] = Paper.A4
    orientation: Annotated[Orientation, Field(description="Which way it lies.")] = Orientation.portrait
    theme: Annotated[Mode, Field(description="`dark` is for screens: it prints each page dark.")] = "light"

    @property
    def sheet(self) -> Sheet:
        """The paper itself."""
        return Sheet(self.paper, self.orientation, dark=self.theme == "dark")


@dataclass(frozen=True, slots=True)
class _Tile:
    """What is printed, and whether it may share the width with another."""

    drawn: Drawn
    half: bool = False


def chart_pdf(actor: Actor, chart_id: int, *, filters: Sequence[Filter] = (), sheet: Sheet = A4) -> Export:
    """One chart for paper.

    Raises what `charts.execute` raises, ReportFailed, RendererFailed and FileTooLarge.
    """
    record = charts.get_chart(actor, chart_id)
    with _press() as press:
        result = charts.execute(actor, chart_id, filters=filters)
        asked = "; ".join(_conditions((*result.config.data_mapping.filters, *filters)))
        report = _report(actor, record, [_Tile(Drawn(chart_id, result.title, result))], asked, sheet)
        return _printed(press, report)


def dashboard_pdf(actor: Actor, dashboard_id: int, *, sheet: Sheet = A4, progress: Progress = untold) -> Export:
    """All charts of a dashboard for paper; one that fails has the reason in its place.

    `progress` is told of three steps: asked, drawn, printed. Raises NotFound, PermissionDenied, ReportFailed,
    RendererFailed and FileTooLarge, and whatever `progress` raises.
    """
    # A public link reads what it shows; files are for people with an account.
    require(actor, Permission.DASHBOARD_READ)
    record = dashboards.get_dashboard(actor, dashboard_id)
    with _press() as press:
        progress(0, _STEPS)
        view = boards.view(actor, dashboard_id, budget=runtime().config.query_timeout_seconds)
        tiles = [_Tile(_waited(tile), half=2 * tile.position.w <= view.layout.grid_cols) for tile in view.tiles]
        progress(1, _STEPS)
        report = _report(actor, record, _paired(tiles), _filters_of(tiles), sheet)
        progress(2, _STEPS)
        export = _printed(press, report)
        progress(_STEPS, _STEPS)
        return export


@contextmanager
def _press() -> Iterator[Press]:
    """One of the few presses: printing takes a core, and pages want to be served."""
    places = runtime().presses
    if not places.acquire(timeout=_WAIT_SECONDS):
        raise Unavailable("Many reports are being printed just now. Please try again in a minute.")
    try:
        with pdf.press() as press:
            yield press
    finally:
        places.release()


def _printed(press: Press, report: Report) -> Export:
    data, limit = press.print(report), runtime().config.max_export_size_mb * MIB
    if len(data) > limit:
        raise too_large(limit)
    return Export(io.BytesIO(data), len(data), report.title, SUFFIX, MEDIA_TYPE)


def _paired(tiles: Sequence[_Tile]) -> list[_Tile]:
    """The same with half the width only for two figures that follow each other: none stands beside nothing."""
    found: list[_Tile] = []
    waits = False
    for tile in tiles:
        fits = tile.half and tile.drawn.result is not None and tile.drawn.result.picture.figure is not None
        if waits and not fits:
            found[-1] = replace(found[-1], half=False)
        waits = fits and not waits
        found.append(replace(tile, half=fits))
    if waits:
        found[-1] = replace(found[-1], half=False)
    return found


def _waited(tile: BoardTile) -> Drawn:
    return tile.drawn or Drawn(tile.chart_id, tile.title, error=Unavailable("This chart takes too long just now."))


def _report(
    actor: Actor, record: ChartRecord | DashboardRecord, tiles: Sequence[_Tile], filters: str, sheet: Sheet
) -> Report:
    images, drawn_by = _images(tiles, sheet)
    moments = [tile.drawn.result.as_of for tile in tiles if tile.drawn.result is not None]
    now, config = _moment(datetime.now(UTC)), runtime().config
    facts = (
        ("Data as of", _moment(min(moments)) if moments else ""),
        ("Filters", filters),
        ("Author", record.owner_name),
        ("Printed", f"{now}, by {actor.name}" if actor.name else now),
        ("Charts", drawn_by),
    )
    return Report(
        title=record.name,
        description=record.description or "",
        author=record.owner_name,
        sections=tuple(_section(tile, image) for tile, image in zip(tiles, images, strict=True)),
        facts=tuple((name, value) for name, value in facts if value),
        company=config.company_name,
        logo=_logo(config.company_logo),
        sheet=sheet,
    )


def _logo(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError:
        # It was there when the server started: no reason for no report.
        _log.warning("COMPANY_LOGO cannot be read", exc_info=True)
        return None


def _moment(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def _filters_of(tiles: Sequence[_Tile]) -> str:
    """The charts' own conditions, each with the chart it is on."""
    words = [
        f"{tile.drawn.title}: {'; '.join(found)}"
        for tile in tiles
        if tile.drawn.result is not None and (found := _conditions(tile.drawn.result.config.data_mapping.filters))
    ]
    more = [f"And {len(words) - _TOLD} more charts have filters"] if len(words) > _TOLD else []
    return ". ".join([*words[:_TOLD], *more])


def _conditions(filters: Sequence[Filter]) -> list[str]:
    return [told(item.column, item.operator, item.value) for item in filters]


def _images(tiles: Sequence[_Tile], sheet: Sheet) -> tuple[list[Image | None], str]:
    """A picture for each tile that is a figure; without a browser none, and the words that say so."""
    sizes = [sheet.plot(half=tile.half) for tile in tiles]
    figures = [tile.drawn.result.picture.figure if tile.drawn.result is not None else None for tile in tiles]
    drawings = [
        _drawing(figure, size, sheet) for figure, size in zip(figures, sizes, strict=True) if figure is not None
    ]
    if not drawings:
        return [None] * len(tiles), ""
    try:
        drawn = iter([png for few in _few(drawings) for png in runtime().renderer.pictures(few)])
    except RendererMissing:
        return [None] * len(tiles), _NO_BROWSER
    return [
        Image(next(drawn), *size) if figure is not None else None for figure, size in zip(figures, sizes, strict=True)
    ], ""


def _few(drawings: Sequence[Drawing]) -> Iterator[Sequence[Drawing]]:
    """A call has a limit of time, and others wait for it: large dashboards make several."""
    return (drawings[start : start + _AT_ONCE] for start in range(0, len(drawings), _AT_ONCE))


def _drawing(figure: Mapping[str, object], size: tuple[float, float], sheet: Sheet) -> Drawing:
    wide, high = (round(length / POINTS_PER_PIXEL) for length in size)
    mode: Mode = "dark" if sheet.dark else "light"
    layout = cast("Mapping[str, object]", figure["layout"])
    # The templates have no ground of their own: that of the paper.
    themed = {**layout, "template": template(mode), "paper_bgcolor": THEMES[mode].tile}
    return Drawing({**figure, "layout": themed}, wide, high, scale=DPI * POINTS_PER_PIXEL / 72)


def _section(tile: _Tile, image: Image | None) -> Section:
    title, result = tile.drawn.title, tile.drawn.result
    if result is None:
        return Section(title, message=(tile.drawn.error or AppError()).message)
    picture = result.picture
    if picture.empty:
        return Section(title, picture.subtitle, message=" ".join((picture.summary, *picture.notes)))
    instead = picture.figure is not None and image is None
    return Section(
        title,
        picture.subtitle,
        image=image,
        kpi=picture.kpi,
        table=answers.table_of(result) if instead else picture.table,
        legend=() if instead else picture.legend,
        notes=picture.notes,
        words=picture.summary,
        half=tile.half,
    )
