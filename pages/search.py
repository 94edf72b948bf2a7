"""What the search of the application bar found: charts and dashboards by name."""

from collections.abc import Mapping
from typing import Any

from dash import html

from components.controls import link
from components.formats import ago
from components.shell import page, page_head
from components.states import empty_page
from vizapp.access import Actor
from vizapp.services import charts, dashboards

MOST = 20


def layout(actor: Actor, *, query: Mapping[str, str] | None = None) -> Any:
    """The page for `?text=`."""
    text = (query or {}).get("text", "").strip()[:100]
    boards = dashboards.list_dashboards(actor, search=text, limit=MOST)
    drawn = charts.list_charts(actor, search=text, limit=MOST)
    if not boards.total and not drawn.total:
        return page([page_head("Search"), empty_page(f"Nothing is called “{text}”", symbol="search")])
    return page(
        [
            page_head(f"Search for “{text}”" if text else "Everything"),
            _section(
                "Dashboards", boards.total, [(f"/dashboards/{r.id}", r.name, ago(r.updated_at)) for r in boards.items]
            ),
            _section("Charts", drawn.total, [(f"/charts/{r.id}", r.name, ago(r.updated_at)) for r in drawn.items]),
        ]
    )


def _section(title: str, total: int, found: list[tuple[str, str, str]]) -> Any:
    if not found:
        return None
    more = f", the first {len(found)}" if total > len(found) else ""
    rows = [
        html.Li([link(name, href, class_name="name"), html.Span(f"edited {when}", className="meta")], className="found")
        for href, name, when in found
    ]
    return html.Section(
        [
            html.H2([title, html.Span(f" {total}{more}", className="count")], className="tile-title"),
            html.Ul(rows, className="found-list card"),
        ]
    )
