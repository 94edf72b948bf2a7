"""The list of dashboards: search as you type, and paging."""

from typing import Any

from dash import Dash, Input, Output, State, no_update

from callbacks import paging
from components.ids import Dashboards
from pages import dashboards as dashboards_page
from pages import listing
from vizapp.identity import signed_in
from vizapp.services import dashboards
from vizapp.services.content import Asked


def register(app: Dash) -> None:
    """Bind to the signed-in app."""

    @app.callback(
        output=(Output(Dashboards.cards, "children"), Output(Dashboards.offset, "data")),
        inputs={
            "asked": (
                Input(Dashboards.search, "value"),
                Input(Dashboards.whose, "value"),
                Input(Dashboards.sort, "value"),
            ),
            "back": Input(Dashboards.previous, "n_clicks"),
            "on": Input(Dashboards.next, "n_clicks"),
            "offset": State(Dashboards.offset, "data"),
        },
        prevent_initial_call=True,
    )
    def turn(asked: tuple[Any, Any, Any], back: Any, on: Any, offset: Any) -> Any:
        text, whose, sort = asked
        if not paging.turned(back, on, asked=(Dashboards.search, Dashboards.whose, Dashboards.sort)):
            return no_update, no_update
        size = dashboards_page.PAGE_SIZE
        start = paging.start(offset, back=Dashboards.previous, on=Dashboards.next, size=size)
        part = Asked(search=paging.wanted(text), sort=listing.order(sort), offset=start, limit=size)
        found = dashboards.list_dashboards(signed_in(), mine=whose == listing.MINE, **part)
        return dashboards_page.cards(found.items, start, found.total), start
