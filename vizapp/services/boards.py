"""All tiles of a dashboard at once, within a time budget: what takes longer is asked for tile by tile."""

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from flask import Flask, current_app

from vizapp.access import Actor, Permission
from vizapp.charts import registry
from vizapp.errors import AppError, InvalidChartConfig, QueryCancelled, SourceBusy
from vizapp.schemas.dashboard import DashboardLayout, Position
from vizapp.schemas.records import ChartRecord, DashboardRecord
from vizapp.services import charts, dashboards, rows
from vizapp.services.charts import ChartResult
from vizapp.services.runtime import runtime

_log = logging.getLogger(__name__)
Bundle = Literal["basic", "cartesian", "full"]
_ORDER: tuple[Bundle, ...] = ("basic", "cartesian", "full")
# A first page may wait this long for its tiles: LOOK.md's border between "nothing" and "a skeleton".
BUDGET_SECONDS = 0.3
# For how long a question goes on that was asked ahead: by then the page's own tiles wait for it, or nobody does.
_AHEAD_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """A tile's result, or the error in its place."""

    chart_id: int
    title: str
    result: ChartResult | None = None
    error: AppError | None = None


@dataclass(frozen=True, slots=True)
class BoardTile:
    """A tile and where it stands: `title` is what it shows, `chart_name` what the chart is called inside.

    `drawn` None: not ready within the budget.
    """

    chart_id: int
    chart_name: str
    title: str
    chart_type: str
    position: Position
    drawn: Drawn | None


@dataclass(frozen=True, slots=True)
class BoardView:
    """A dashboard to look at, tiles in reading order."""

    record: DashboardRecord
    layout: DashboardLayout
    tiles: Sequence[BoardTile]


def view(actor: Actor, dashboard_id: int, *, budget: float = BUDGET_SECONDS) -> BoardView:
    """The dashboard with all tiles that are ready in `budget` seconds. Raises NotFound."""
    record = dashboards.get_dashboard(actor, dashboard_id)
    placed = dashboards.tiles(actor, dashboard_id)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    pool = runtime().pool
    titles = [_title(tile.chart) for tile in placed]
    ahead = replace(actor, waits=partial(_before, time.monotonic() + budget + _AHEAD_SECONDS))
    futures = [
        pool.submit(_in_context, app, ahead, dashboard_id, tile.chart.id, title)
        for tile, title in zip(placed, titles, strict=True)
    ]
    wait(futures, timeout=budget)
    for future in futures:
        # What has not begun will be asked for by the tile itself; nobody waits for this one any more.
        future.cancel()
    tiles = [
        BoardTile(tile.chart.id, tile.chart.name, title, tile.chart.chart_type, tile.position, _done(future))
        for tile, title, future in zip(placed, titles, futures, strict=True)
    ]
    return BoardView(record, DashboardLayout.parse(record.layout), tiles)


def view_to_edit(actor: Actor, dashboard_id: int) -> BoardView:
    """The same, for those who may change the dashboard. Raises NotFound and PermissionDenied."""
    rows.to_change(actor, Permission.DASHBOARD_WRITE, rows.dashboard, dashboard_id)
    return view(actor, dashboard_id)


def _before(end: float) -> bool:
    return time.monotonic() < end


def _title(chart: ChartRecord) -> str:
    """What its picture says above it, known before it is drawn."""
    styling = chart.config.get("styling")
    title = styling.get("title") if isinstance(styling, Mapping) else None
    return title if isinstance(title, str) and title else chart.name


def _done(future: Future[Drawn]) -> Drawn | None:
    """What is ready; a tile whose source was too busy to be asked ahead asks itself."""
    drawn = future.result() if future.done() and not future.cancelled() else None
    return None if drawn is None or isinstance(drawn.error, SourceBusy | QueryCancelled) else drawn


def _in_context(app: Flask, actor: Actor, dashboard_id: int, chart_id: int, title: str) -> Drawn:
    with app.app_context():
        return draw(actor, dashboard_id, chart_id, title=title)


def draw(actor: Actor, dashboard_id: int, chart_id: int, *, title: str = "", refresh: bool = False) -> Drawn:
    """One tile; whatever fails stands in its place, and its neighbours are drawn."""
    try:
        result = charts.execute(actor, chart_id, dashboard_id=dashboard_id, refresh=refresh)
    except AppError as exc:
        return Drawn(chart_id, title or "Chart", error=exc)
    except Exception as exc:  # noqa: BLE001 - the border of a tile
        _log.error("tile", exc_info=exc)
        return Drawn(chart_id, title or "Chart", error=AppError("This chart cannot be drawn. The error is in the log."))
    return Drawn(chart_id, result.title, result=result)


def bundle_for(actor: Actor, dashboard_id: int | None = None) -> Bundle:
    """The smallest plotly.js that draws every chart of the dashboard."""
    chosen = dashboard_id if dashboard_id is not None else actor.dashboard_id or 0
    kinds = {placed.chart_type for placed in dashboards.get_dashboard(actor, chosen).charts}
    return max((_bundle(kind) for kind in kinds), key=_ORDER.index, default="basic")


def largest_bundle() -> Bundle:
    """The plotly.js that draws every chart type there is."""
    return max((kind.bundle for kind in registry.all_types()), key=_ORDER.index)


def _bundle(kind: str) -> Bundle:
    try:
        return registry.get(kind).bundle
    except InvalidChartConfig:
        return "basic"
