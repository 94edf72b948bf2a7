"""The public page of one dashboard: read-only, nothing leads inside."""

from typing import Any

from dash import dcc, html

from components.board import surface
from components.feedback import toast_host
from components.icons import mark
from components.ids import PublicBoard
from components.shell import page, public_bar
from components.states import empty_page
from pages.dashboard import as_of, state
from pages.tiles import tile_board
from vizapp.access import Actor
from vizapp.services import boards


def layout(viewer: Actor) -> html.Div:
    """The whole document for the viewer's one dashboard."""
    view = boards.view(viewer, viewer.dashboard_id or 0)
    seconds = view.layout.settings.auto_refresh
    tiles = (
        tile_board(view.tiles, view.layout, PublicBoard)
        if view.tiles
        else empty_page("Nothing is on this dashboard yet")
    )
    return html.Div(
        [
            public_bar(view.record.name, as_of=as_of(view)),
            page(
                [
                    dcc.Store(id=PublicBoard.state, data=state(view)),
                    dcc.Interval(id=PublicBoard.timer, interval=1000 * (seconds or 1), disabled=not seconds),
                    html.P(view.record.description, className="public-note") if view.record.description else None,
                    html.Div(tiles, className="board-box", style=surface(view.layout.settings)),
                    _foot(),
                ]
            ),
            toast_host(),
        ]
    )


def _foot() -> Any:
    return html.Footer(
        [
            mark(),
            html.Span("Made with Vizapp"),
        ],
        className="public-foot",
    )
