"""The list of dashboards, and what a newcomer sees instead."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from components.cards import cards as card_grid
from components.cards import dashboard_card, pager
from components.controls import button_link
from components.formats import ago
from components.ids import Dashboards
from components.shell import page, page_head
from pages import listing
from pages.upload import hero_zone
from vizapp.access import Actor, Permission, can
from vizapp.charts.thumb import board as board_thumb
from vizapp.schemas.dashboard import DashboardLayout
from vizapp.schemas.records import DashboardRecord
from vizapp.services import dashboards

PAGE_SIZE = 48


def layout(actor: Actor, *, query: Mapping[str, str] | None = None) -> Any:
    """The page; `?search=` narrows it."""
    wanted = (query or {}).get("search", "")[:100]
    found = dashboards.list_dashboards(actor, search=wanted, limit=PAGE_SIZE)
    may_create = can(actor, Permission.DASHBOARD_CREATE)
    new = [button_link("New dashboard", "/dashboards/new", kind="primary", symbol="plus-lg", extra="hide-phone")]
    if not found.total and not wanted:
        return page([page_head("Dashboards"), hero_zone(may_create=may_create)])
    first = cards(found.items, 0, found.total)
    return page(
        [
            dcc.Store(id=Dashboards.offset, data=0),
            page_head("Dashboards", count=f"{found.total:,}", actions=new if may_create else None),
            listing.tools(
                "Search dashboards", search_id=Dashboards.search, whose_id=Dashboards.whose, sort_id=Dashboards.sort
            ),
            dcc.Loading(html.Div(first, id=Dashboards.cards), show_initially=False, delay_show=300),
        ]
    )


def cards(records: list[DashboardRecord], offset: int, total: int) -> list[Any]:
    """One page of cards and the way on, which callbacks listen to: it is there for an empty page too."""
    way = pager(offset + 1, offset + len(records), total, previous_id=Dashboards.previous, next_id=Dashboards.next)
    if not records:
        return [html.P("No dashboard fits.", className="ink-2"), way]
    return [card_grid([_card(record) for record in records]), way]


def _card(record: DashboardRecord) -> Any:
    count = len(record.charts)
    charts = "No charts" if not count else "1 chart" if count == 1 else f"{count} charts"
    by = f" by {record.owner_name}" if record.owner_name else ""
    return dashboard_card(
        record.name,
        href=f"/dashboards/{record.id}",
        thumb=thumb(record),
        meta=f"{charts} · edited {ago(record.updated_at)}{by}",
        public=record.is_public,
    )


def thumb(record: DashboardRecord) -> str:
    """A small picture of the layout."""
    kinds = {placed.chart_id: placed.chart_type for placed in record.charts}
    items = DashboardLayout.parse(record.layout).items
    return board_thumb(
        [
            (kinds[i.chart_id], i.position.x, i.position.y, i.position.w, i.position.h)
            for i in items
            if i.chart_id in kinds
        ]
    )
