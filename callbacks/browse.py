"""The tables of a connection: search, paging, and what is in the one that is chosen."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks import paging
from callbacks.sent import number
from components.ids import Browse
from pages import wizard_tables
from vizapp.identity import signed_in
from vizapp.schemas.table import TableName


def register(app: Dash) -> None:
    """Bind to the signed-in app."""

    @app.callback(
        Output(Browse.list, "children"),
        Output(Browse.offset, "data"),
        Input(Browse.search, "value"),
        Input(Browse.previous, "n_clicks"),
        Input(Browse.next, "n_clicks"),
        Input(Browse.again(ALL), "n_clicks"),
        State(Browse.offset, "data"),
        State(Browse.connection, "data"),
        prevent_initial_call=True,
    )
    def turn(*sent: Any) -> Any:
        text, back, on, again, offset, connection = sent
        if not paging.turned(back, on, *again, asked=(Browse.search,)):
            return no_update, no_update
        start = paging.start(offset, back=Browse.previous, on=Browse.next, size=wizard_tables.PAGE_SIZE)
        found = wizard_tables.tables(signed_in(), number(connection), wanted=paging.wanted(text), offset=start)
        return found, start

    @app.callback(
        Output(Browse.detail, "children"),
        Output(Browse.table(ALL, ALL), "className"),
        Input(Browse.table(ALL, ALL), "n_clicks"),
        State(Browse.connection, "data"),
        State(Browse.here, "data"),
        prevent_initial_call=True,
    )
    def choose(clicks: list[Any], connection: Any, here: Any) -> Any:
        if not any(clicks):
            return no_update, [no_update] * len(clicks)
        pressed = ctx.triggered_id
        table = TableName.parse({"name": pressed["name"], "schema": pressed["schema"]})
        on = [item["id"] == dict(pressed) for item in ctx.inputs_list[0]]
        shown = wizard_tables.detail(signed_in(), number(connection), table, _here(here))
        return shown, [f"col-item table-item{' is-used' if chosen else ''}" for chosen in on]


def _here(sent: object) -> str:
    """The page that the choice leads back to: one of ours, whatever was sent."""
    return sent if isinstance(sent, str) and sent.startswith("/charts/") else "/charts/new"
