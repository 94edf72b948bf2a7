"""A tile: one picture with its title, as a card on a dashboard or as a preview."""

from collections.abc import Sequence
from enum import StrEnum

from dash import html
from plotly.io.json import to_json_plotly

from components.board import place
from components.controls import Node, Nodes, given, link
from components.data_table import data_table
from components.icons import icon
from components.ids import Id, dom_id
from components.kpi import kpi
from vizapp.schemas.dashboard import Position
from vizapp.schemas.view import LegendItem, Picture


class Kind(StrEnum):
    """What a tile will show; known before its data is, so that its place has the right shape."""

    chart = "chart"
    kpi = "kpi"
    table = "table"


def kind_of(picture: Picture) -> Kind:
    """The kind of a picture that is there."""
    if picture.kpi:
        return Kind.kpi
    return Kind.table if picture.table else Kind.chart


def kind_of_type(chart_type: str) -> Kind:
    """The kind of tile a chart type makes, before there is a picture."""
    return {"kpi": Kind.kpi, "table": Kind.table}.get(chart_type, Kind.chart)


def tile(
    title: str,
    picture: Picture,
    *,
    tile_id: Id | None = None,
    graph_id: Id | None = None,
    position: Position | None = None,
    tools: Nodes = None,
    href: str = "",
) -> html.Section:
    """A tile with its picture. `href` makes the title a link; `tools` stand at its right."""
    inside = tile_content(title, picture, graph_id=graph_id, tools=tools, href=href)
    return frame(inside, title=title, kind=kind_of(picture), tile_id=tile_id, position=position)


def frame(
    children: Nodes,
    *,
    title: str,
    kind: Kind = Kind.chart,
    tile_id: Id | None = None,
    position: Position | None = None,
    extra: str = "",
) -> html.Section:
    """The card around a tile's content; callbacks replace its children."""
    names = " ".join(name for name in ("card tile", f"tile-{kind}", extra) if name)
    style = place(position) if position else None
    return html.Section(children, className=names, **given(id=tile_id, style=style), **{"aria-label": title})


def tile_content(
    title: str,
    picture: Picture,
    *,
    graph_id: Id | None = None,
    tools: Nodes = None,
    href: str = "",
) -> list[Node]:
    """What stands inside the card: what a callback returns when the data has come."""
    if picture.kpi:
        corner = [tool_box(tools)] if tools else []
        return [kpi(picture.kpi, title=_linked(picture.kpi.label or title, href)), *corner]
    return [head(title, picture.subtitle, tools=tools, href=href), _body(title, picture, graph_id)]


def head(title: str, subtitle: str = "", *, tools: Nodes = None, href: str = "") -> html.Div:
    """Title, subtitle and the tile's tools."""
    words = [html.H2(_linked(title, href), className="tile-title", title=title)]
    if subtitle:
        words.append(html.P(subtitle, className="tile-sub", title=subtitle))
    return html.Div([html.Div(words, className="grow"), *([tool_box(tools)] if tools else [])], className="tile-head")


def tool_box(tools: Nodes) -> html.Div:
    """Buttons that show on hover and focus, and always on touch."""
    return html.Div(tools, className="tile-tools")


def chart(picture: Picture, *, graph_id: Id | None = None) -> list[Node]:
    """Legend and plot. assets/figures.js draws what is in `data-figure`, in the theme in force."""
    plot = html.Div(
        className="plot",
        role="img",
        **given(id=graph_id),
        **{
            "aria-label": picture.summary or picture.subtitle or "Chart",
            "data-figure": to_json_plotly(picture.figure),
        },
    )
    return [legend(picture.legend, graph_id), plot] if picture.legend else [plot]


def legend(items: Sequence[LegendItem], graph_id: Id | None = None) -> html.Div:
    """Buttons that show and hide their trace; in the document, so that keyboard and screen reader reach them."""
    return html.Div(
        [_legend_item(item, graph_id) for item in items], className="legend", role="group", **{"aria-label": "Legend"}
    )


def notes(texts: Sequence[str]) -> list[html.P]:
    """What the viewer must know, one line each, under the picture."""
    return [html.P([icon("exclamation-circle"), html.Span(text)], className="note") for text in texts]


def _body(title: str, picture: Picture, graph_id: Id | None) -> html.Div:
    if picture.table:
        # it scrolls, so the keyboard must be able to get into it
        scroll = html.Div(
            data_table(picture.table, caption=picture.summary),
            className="table-box",
            role="region",
            tabIndex="0",
            **{"aria-label": f"{title}, table"},
        )
        return html.Div([scroll, *notes(picture.notes)], className="tile-body")
    return html.Div([*chart(picture, graph_id=graph_id), *notes(picture.notes)], className="tile-body")


def _legend_item(item: LegendItem, graph_id: Id | None) -> html.Button:
    swatch = html.I(
        className="is-line" if item.line else "", style={"background": item.colour}, **{"aria-hidden": "true"}
    )
    data = {"data-trace": str(item.trace), **({"data-graph": dom_id(graph_id)} if graph_id else {})}
    return html.Button([swatch, item.name], className="legend-item", type="button", **{"aria-pressed": "true"}, **data)


def _linked(title: str, href: str) -> Node:
    return link(title, href) if href else title
