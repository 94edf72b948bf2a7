"""One dashboard, looked at."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from components.board import surface
from components.controls import button_link, icon_button, menu, menu_item, tag
from components.feedback import confirm
from components.formats import data_as_of
from components.icons import icon
from components.ids import Board, Share
from components.shell import page, page_head
from components.states import empty_page
from pages.downloads import downloads
from pages.share import opened, panel
from pages.tiles import tile_board
from vizapp.access import Actor, Permission, can
from vizapp.schemas.records import DashboardRecord, LinkRecord
from vizapp.services import boards
from vizapp.services.boards import BoardView


def layout(actor: Actor, *, dashboard_id: int, query: Mapping[str, str] | None = None) -> Any:  # noqa: ARG001
    """The page; raises NotFound."""
    view = boards.view(actor, dashboard_id)
    may_edit = can(actor, Permission.DASHBOARD_WRITE, view.record)
    settings = view.layout.settings
    return page(
        [
            dcc.Store(id=Board.state, data=state(view)),
            dcc.Interval(
                id=Board.timer, interval=1000 * (settings.auto_refresh or 1), disabled=not settings.auto_refresh
            ),
            page_head(view.record.name, beside=_beside(view), actions=_actions(actor, view, may_edit=may_edit)),
            _description(view),
            html.Div(_tiles(view, may_edit=may_edit), className="board-box", style=surface(view.layout.settings)),
            html.Div(id=Board.delete_box),
        ]
    )


def state(view: BoardView) -> dict[str, Any]:
    """What the page's callbacks need: which dashboard, and the tiles that are still to come."""
    pending = [tile.chart_id for tile in view.tiles if tile.drawn is None]
    return {"dashboard": view.record.id, "pending": pending}


def as_of(view: BoardView) -> html.Span:
    """When the oldest answer on the page was computed."""
    moments = [t.drawn.result.as_of for t in view.tiles if t.drawn is not None and t.drawn.result is not None]
    return data_as_of(min(moments, default=None))


def _beside(view: BoardView) -> list[Any]:
    return [tag("Public link", symbol="link-45deg")] if view.record.is_public else []


def _description(view: BoardView) -> Any:
    return html.P(view.record.description, className="ink-2 board-description") if view.record.description else None


def _tiles(view: BoardView, *, may_edit: bool) -> Any:
    if not view.tiles:
        add = button_link("Add charts", f"/dashboards/{view.record.id}/edit", kind="primary") if may_edit else None
        return empty_page("Nothing is on this dashboard yet", action=add, symbol="grid-1x2")
    return tile_board(view.tiles, view.layout, Board)


def deletion(record: DashboardRecord, link: LinkRecord | None) -> Any:
    """Asks before a dashboard is deleted, and names what goes with it."""
    return confirm(
        f"Delete “{record.name}”?",
        body="This cannot be undone. The charts on it stay.",
        depends=[f"Its public link stops working ({opened(link.access_count)})"] if link else [],
        action="Delete dashboard",
        id=Board.delete_modal,
        confirm_id=Board.delete_confirmed,
        cancel_id=Board.delete_cancel,
        is_open=True,
    )


def _actions(actor: Actor, view: BoardView, *, may_edit: bool) -> list[Any]:
    actions: list[Any] = [
        html.Span(as_of(view), className="meta hide-phone"),
        icon_button("arrow-clockwise", "Refresh", id=Board.refresh, extra="hide-phone"),
    ]
    lines = downloads("dashboard", view.record.id)
    if may_edit:
        actions += [
            menu(
                [icon("share"), "Share"],
                panel(actor, view.record.id),
                class_name="btn btn-secondary",
                panel_class="panel-menu",
                id=Share.panel,
            ),
            button_link("Edit", f"/dashboards/{view.record.id}/edit", symbol="pencil", extra="hide-phone"),
        ]
        lines.append(menu_item("Delete dashboard", symbol="trash", danger=True, id=Board.delete))
    return [*actions, menu(icon("three-dots"), lines, label="More")]
