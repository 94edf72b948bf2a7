"""Tiles ask for themselves: the same callbacks for the signed-in and the public dashboard.

A tile's `ask` store changes when it was not ready with the page, on Retry, on Refresh (its own and the
dashboard's), when its source was busy, and by the dashboard's timer; what is drawn stays until the new
picture is there.
"""

from collections.abc import Callable
from typing import Any

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from callbacks.sent import entry
from components.ids import Board
from pages.tiles import TileIds, inner
from vizapp.access import Actor
from vizapp.services import boards

NAMESPACE = "vizapp"


def register(app: Dash, ids: TileIds, actor: Callable[[], Actor]) -> None:
    """Bind to `app`; `actor` tells who asks."""
    app.clientside_callback(
        ClientsideFunction(NAMESPACE, "askTiles"),
        Output(ids.tile("ask", ALL), "data"),
        Input(ids.state, "data"),
        Input(ids.timer, "n_intervals"),
        *([Input(Board.refresh, "n_clicks")] if ids is Board else []),
        State(ids.tile("ask", ALL), "id"),
    )
    pressed = [("askAnew", "retry", "n_clicks"), ("askAgain", "again", "n_intervals")]
    if ids is Board:
        pressed.append(("askAnew", "refresh", "n_clicks"))
    for name, part, prop in pressed:
        app.clientside_callback(
            ClientsideFunction(NAMESPACE, name),
            Output(ids.tile("ask", MATCH), "data", allow_duplicate=True),
            Input(ids.tile(part, MATCH), prop),
            prevent_initial_call=True,
        )

    @app.callback(
        Output(ids.tile("body", MATCH), "children"),
        Input(ids.tile("ask", MATCH), "data"),
        State(ids.state, "data"),
        prevent_initial_call=True,
    )
    def ask(asked: Any, page: Any) -> Any:
        if not (isinstance(asked, dict) and isinstance(ctx.triggered_id, dict)):
            return no_update
        dashboard_id, chart_id = entry(page, "dashboard"), entry(ctx.triggered_id, "chart")
        drawn = boards.draw(actor(), dashboard_id, chart_id, refresh=asked.get("refresh") is True)
        return inner(drawn, ids)
