"""A dashboard's tiles as components: what is ready is drawn, the rest is asked for by its own callback."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html

from components.board import board
from components.controls import Node, menu, menu_item
from components.formats import data_as_of
from components.icons import icon
from components.ids import Board, Id, PublicBoard
from components.tile import Kind, frame, kind_of, kind_of_type, tile_content
from components.tile_states import empty, error, message, missing_column, skeleton
from pages.downloads import downloads
from vizapp.errors import AppError, ColumnMissing, SourceBusy
from vizapp.schemas.dashboard import DashboardLayout
from vizapp.services.boards import BoardTile, Drawn

TileIds = type[Board] | type[PublicBoard]
# Until a tile whose source is busy asks again.
_AGAIN_MS = 2000


def tile_board(tiles: Sequence[BoardTile], layout: DashboardLayout, ids: TileIds) -> html.Div:
    """The grid with every tile in reading order."""
    return board(
        [tile(item, ids) for item in tiles], columns=layout.grid_cols, row_height=layout.row_height, id=ids.root
    )


def tile(item: BoardTile, ids: TileIds) -> html.Section:
    """One tile in the state it is in, and the store through which it is asked again."""
    inside = inner(item.drawn, ids) if item.drawn is not None else skeleton(item.title, kind=_kind(item))
    return frame(
        [html.Div(inside, id=ids.tile("body", item.chart_id), className="tile-inner"), _ask(item.chart_id, ids)],
        title=item.title,
        kind=_kind(item),
        tile_id=ids.tile("tile", item.chart_id),
        position=item.position,
    )


def _ask(chart_id: int, ids: TileIds) -> dcc.Store:
    return dcc.Store(id=ids.tile("ask", chart_id))


def _kind(item: BoardTile) -> Kind:
    if item.drawn is not None and item.drawn.result is not None:
        return kind_of(item.drawn.result.picture)
    return kind_of_type(item.chart_type)


def inner(drawn: Drawn, ids: TileIds) -> Any:
    """What stands in the tile: the picture, an empty state or what failed."""
    if isinstance(drawn.error, SourceBusy):
        return _busy(drawn, ids)
    if drawn.result is None:
        edit = f"/charts/{drawn.chart_id}/edit" if ids is Board else ""
        return failure(drawn.title, drawn.error, edit_href=edit, retry_id=ids.tile("retry", drawn.chart_id))
    picture, as_of = drawn.result.picture, drawn.result.as_of
    tools = _tools(drawn, as_of) if ids is Board else None
    if picture.empty:
        content = empty(drawn.title, sentence=picture.summary, reason=" ".join(picture.notes), tools=tools)
    else:
        content = tile_content(drawn.title, picture, graph_id=ids.tile("graph", drawn.chart_id), tools=tools)
    return [*content, html.Span(hidden=True, **{"data-as-of": as_of.isoformat(timespec="milliseconds")})]


def _tools(drawn: Drawn, as_of: datetime) -> html.Details:
    """How old the data of one chart of a dashboard is, and what can be done with it."""
    lines = [
        html.Div(data_as_of(as_of), className="dropdown-header"),
        menu_item("Refresh", id=Board.tile("refresh", drawn.chart_id), symbol="arrow-clockwise"),
        menu_item("Open chart", href=f"/charts/{drawn.chart_id}", symbol="arrow-up-right"),
        *downloads("chart", drawn.chart_id),
    ]
    return menu(icon("three-dots"), lines, label=f"More about {drawn.title}")


def _busy(drawn: Drawn, ids: TileIds) -> list[Node]:
    """A source that has enough to do just now: the tile asks again by itself."""
    content = message(
        drawn.title,
        symbol="hourglass-split",
        sentence=drawn.error.message if drawn.error else "",
        reason="It is asked again in a moment.",
    )
    return [*content, dcc.Interval(id=ids.tile("again", drawn.chart_id), interval=_AGAIN_MS, max_intervals=1)]


def failure(
    title: str, failed: AppError | None, *, edit_href: str = "", retry_id: Id | None = None, more: Sequence[Node] = ()
) -> list[Node]:
    """The designed state of a tile that cannot be drawn; its neighbours are unaffected."""
    failed = failed or AppError()
    columns = failed.details.get("columns")
    if isinstance(failed, ColumnMissing) and isinstance(columns, list):
        return missing_column(title, column=", ".join(map(str, columns)), edit_href=edit_href)
    return error(title, sentence=failed.message, retry_id=retry_id, technical=failed.code, more=more)
