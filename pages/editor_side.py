"""The editor's side bar: the charts that can be put on the dashboard."""

from collections.abc import Collection, Sequence
from typing import Any

from dash import html

from components.cards import thumb
from components.controls import icon_button, link, search
from components.icons import icon
from components.ids import Editor
from components.tile import kind_of_type
from pages.charts import kind_of
from vizapp.access import Actor
from vizapp.charts.thumb import thumbnail
from vizapp.schemas.records import ChartRecord, Page
from vizapp.services import charts
from vizapp.services.placing import size_of

SHOWN = 60


def side(actor: Actor, placed: Collection[int] = ()) -> html.Aside:
    """Search, the way to a new chart, and the charts; those already on the dashboard last."""
    found = charts.list_charts(actor, limit=SHOWN)
    head = html.H2(["Charts ", link("New chart", "/charts/new", class_name="meta side-new")], className="pane-head")
    return html.Aside(
        [
            search("Search charts", id=Editor.search, placeholder=f"Search {_count(found.total)}"),
            head,
            html.Div(listed(found, placed), id=Editor.charts),
        ],
        className="side",
        **{"aria-label": "Add to the dashboard"},
    )


def listed(found: Page[ChartRecord], placed: Collection[int] = ()) -> list[Any]:
    """The charts that were found, and how many more there are."""
    if not found.items:
        return [html.P("No chart has this in its name.", className="meta side-none")]
    first = sorted(found.items, key=lambda chart: chart.id in placed)
    more = found.total - len(found.items)
    return [_list(first), html.P(f"{more:,} more: search to find them", className="meta")] if more else [_list(first)]


def _list(records: Sequence[ChartRecord]) -> html.Ul:
    return html.Ul([_item(chart) for chart in records], className="side-list", **{"aria-label": "Charts"})


def _item(chart: ChartRecord) -> html.Li:
    width, height = size_of(chart.chart_type)
    label, picture = kind_of(chart)
    about = " · ".join(part for part in (label, chart.dataset_name) if part)
    words = html.Span([html.Span(chart.name, className="name"), html.Span(about, className="meta clip d-block")])
    return html.Li(
        [thumb(thumbnail(picture)), words, _add(chart)],
        id=Editor.side_item(chart.id),
        className="side-item",
        draggable="true",
        title=chart.name,
        **{
            "data-chart": str(chart.id),
            "data-name": chart.name,
            "data-about": about,
            "data-kind": kind_of_type(chart.chart_type).value,
            "data-size": f"{width}x{height}",
        },
    )


def _add(chart: ChartRecord) -> html.Button:
    button = icon_button("plus-lg", f"Add “{chart.name}”", id=Editor.tile("add", chart.id), extra="side-add")
    button.children = [icon("grip-vertical"), icon("plus-lg"), icon("check2")]
    return button


def _count(total: int) -> str:
    return "1 chart" if total == 1 else f"{total:,} charts"
