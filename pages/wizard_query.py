"""The wizard while it waits for the query that the browser brings along from the SQL page."""

from typing import Any

from dash import dcc, html

from components.controls import button_link
from components.ids import Wizard
from components.shell import page
from components.states import empty_page, error_page


def arrival(chart_id: int | None) -> Any:
    """What is shown meanwhile; callbacks/wizard.py puts the wizard in its place. `chart_id`: the one to be changed."""
    return html.Div(
        [
            dcc.Store(id=Wizard.arriving, data={"chart": chart_id}),
            dcc.Store(id=Wizard.brought),
            dcc.Store(id=Wizard.quiet),
            page(html.P("The query is being asked …", className="ink-2 list-none", role="status")),
        ],
        id=Wizard.arrival,
    )


def nothing_brought() -> Any:
    """The browser had no query: the address was opened in another window."""
    write = button_link("Write a query", "/sql", kind="primary")
    return page(empty_page("There is no query to draw", hint="Write one and choose “Chart this”.", action=write))


def refused(reason: str) -> Any:
    """The query could not be asked."""
    return page(error_page(reason, retry_href="/sql"))
