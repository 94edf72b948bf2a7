"""The settings: their sections on the left, the one that is open beside them."""

from typing import Any

from dash import html

from components.controls import Nodes
from components.shell import page, page_head, side_nav

# Address, words, icon. A section is named here when its page is there.
SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("/settings/connections", "Connections", "database"),
    ("/settings/cache", "Cache", "lightning"),
)


def section(name: str, children: Nodes) -> Any:
    """The page of one section."""
    items = [(href, words, symbol, words == name) for href, words, symbol in SECTIONS]
    return page(
        [
            page_head("Settings"),
            html.Div([side_nav(items, label="Settings"), html.Div(children)], className="split"),
        ]
    )
