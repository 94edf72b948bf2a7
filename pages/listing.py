"""What stands above a list: search as you type, whose things, and their order."""

import dash_bootstrap_components as dbc
from dash import html

from components.controls import search

MINE = "mine"
WHOSE = (("all", "All"), (MINE, "Mine"))
# A column to sort by; with `-` before it the last come first.
ORDERS = (("-updated_at", "Last edited"), ("name", "Name"), ("-created_at", "Newest"))


def tools(label: str, *, search_id: str, whose_id: str, sort_id: str) -> html.Div:
    """The line of tools; `label` names the search field."""
    return html.Div(
        [
            search(label, id=search_id, class_name="search-list"),
            _choice("Show", WHOSE, whose_id),
            html.Span(className="grow"),
            _choice("Sort", ORDERS, sort_id),
        ],
        className="toolbar",
    )


def _choice(label: str, options: tuple[tuple[str, str], ...], name: str) -> html.Div:
    control = dbc.Select(options=[{"value": key, "label": text} for key, text in options], value=options[0][0], id=name)
    return html.Div([html.Label(label, htmlFor=name, className="meta"), control], className="row-flex list-choice")


def order(sent: object) -> str:
    """The order that was chosen, or the first."""
    known = [key for key, _ in ORDERS]
    return str(sent) if sent in known else known[0]
