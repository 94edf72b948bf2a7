"""The list of charts."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from components.cards import Head, pager, thumb
from components.cards import listing as card_table
from components.controls import Node, button_link, icon_link, link
from components.formats import ago
from components.ids import Charts
from components.shell import page, page_head
from components.states import empty_page
from pages import listing
from vizapp.access import Actor, Permission, can
from vizapp.charts import registry
from vizapp.charts.thumb import thumbnail
from vizapp.errors import AppError
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.records import ChartRecord
from vizapp.services import charts, origins

PAGE_SIZE = 25
HEADS = (
    Head("Picture", quiet=True),
    Head("Name"),
    Head("Type", roomy=True),
    Head("Data", roomy=True),
    Head("Used in", roomy=True),
    Head("Owner", optional=True),
    Head("Edited", numeric=True),
    Head("Actions", quiet=True),
)


def layout(actor: Actor, *, query: Mapping[str, str] | None = None) -> Any:
    """The page; `?search=` narrows it."""
    wanted = (query or {}).get("search", "")[:100]
    found = charts.list_charts(actor, search=wanted, limit=PAGE_SIZE)
    may_create = can(actor, Permission.CHART_CREATE)
    new = [button_link("New chart", "/charts/new", kind="primary", symbol="plus-lg")] if may_create else None
    if not found.total and not wanted:
        hint = "Drop a file and the first one is drawn for you." if may_create else "An editor can make one."
        return page(
            [page_head("Charts", actions=new), empty_page("There are no charts yet", hint=hint, symbol="bar-chart")]
        )
    return page(
        [
            dcc.Store(id=Charts.offset, data=0),
            page_head("Charts", count=f"{found.total:,}", actions=new),
            listing.tools("Search charts", search_id=Charts.search, whose_id=Charts.whose, sort_id=Charts.sort),
            html.Section(table(actor, found.items, 0, found.total), className="card", id=Charts.list),
        ]
    )


def table(actor: Actor, found: Sequence[ChartRecord], offset: int, total: int) -> list[Node]:
    """One page of the list and the way on, which callbacks listen to: it is there for an empty page too."""
    way = pager(offset + 1, offset + len(found), total, previous_id=Charts.previous, next_id=Charts.next)
    if not found:
        return [html.P("No chart fits.", className="ink-2 list-none"), way]
    used = charts.usage(actor, [chart.id for chart in found])
    rows = [_row(actor, chart, used.get(chart.id, 0)) for chart in found]
    return [card_table(HEADS, rows, label="Charts", tight=True), way]


def _row(actor: Actor, chart: ChartRecord, used: int) -> list[Any]:
    label, picture = kind_of(chart)
    edit = (
        icon_link("pencil", f"Edit {chart.name}", f"/charts/{chart.id}/edit")
        if can(actor, Permission.CHART_WRITE, chart)
        else None
    )
    return [
        link(thumb(thumbnail(picture)), f"/charts/{chart.id}", tabIndex="-1", label=f"Open {chart.name}"),
        link(chart.name, f"/charts/{chart.id}", class_name="name clip"),
        html.Span(label, className="ink-2"),
        html.Span(origins.told(actor, chart) or "—", className="ink-2 clip"),
        html.Span(on_boards(used), className="ink-2"),
        html.Span(chart.owner_name or "—", className="ink-2"),
        html.Span(ago(chart.updated_at), className="ink-2"),
        edit,
    ]


def kind_of(chart: ChartRecord) -> tuple[str, str]:
    """What the list calls a chart, and the key of its picture; a type that is gone keeps its key."""
    try:
        config = ChartConfig.parse(chart.config)
        return registry.describe(config), registry.thumb_of(config)
    except AppError:
        return chart.chart_type, chart.chart_type


def on_boards(count: int) -> str:
    """ "2 dashboards"."""
    return "—" if not count else "1 dashboard" if count == 1 else f"{count} dashboards"
