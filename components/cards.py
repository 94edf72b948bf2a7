"""Dashboards as cards, anything as a list, and the pager under it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dash import html

from components.controls import Node, Nodes, as_list, icon_button, link, star
from components.icons import icon, svg
from components.ids import Id


class Head(NamedTuple):
    """A column of a list. `quiet` headings are for screen readers only; `optional` ones go on narrower
    screens, `roomy` ones on a phone."""

    text: str
    numeric: bool = False
    optional: bool = False
    quiet: bool = False
    sort: str = ""
    roomy: bool = False


def cards(items: Sequence[Node], *, id: Id | None = None) -> html.Div:
    """The grid of cards."""
    return html.Div(list(items), className="cards", **({"id": id} if id else {}))


def dashboard_card(
    name: str,
    *,
    href: str,
    thumb: str,
    meta: str,
    favourite: bool = False,
    favourite_id: Id | None = None,
    public: bool = False,
    tools: Nodes = None,
) -> html.Article:
    """A dashboard: its picture (SVG text), name, a line about it; with `favourite_id` the favourite toggle."""
    picture = link(svg(thumb, class_name="dash-thumb"), href, label=f"Open {name}", tabIndex="-1")
    words = html.Div(
        [link(name, href, class_name="name clip d-block"), html.P(meta, className="meta clip")], className="grow"
    )
    shared = [icon("link-45deg", label="Has a public link")] if public else []
    toggle = [star(name, id=favourite_id, on=favourite)] if favourite_id else []
    corner = html.Div([*shared, *toggle, *as_list(tools)], className="row-flex corner")
    return html.Article(
        [picture, html.Div([words, corner], className="dash-info")], className="card dash-card", **{"aria-label": name}
    )


def listing(
    heads: Iterable[Head],
    rows: Iterable[Sequence[Nodes]],
    *,
    label: str,
    tight: bool = False,
    id: Id | None = None,
    open_row: int | None = None,
) -> html.Table:
    """A table of things with actions; put it into a card. The row `open_row` is the one shown beside it."""
    columns = list(heads)
    body = [
        html.Tr(
            [_cell(head, cell) for head, cell in zip(columns, row, strict=True)],
            **({"className": "is-open"} if index == open_row else {}),
        )
        for index, row in enumerate(rows)
    ]
    return html.Table(
        [
            html.Caption(label, className="visually-hidden"),
            html.Thead(html.Tr([_heading(head) for head in columns])),
            html.Tbody(body),
        ],
        className="list tight" if tight else "list",
        **({"id": id} if id else {}),
    )


def thumb(drawing: str) -> html.Span:
    """The small picture of a chart in a list; SVG text."""
    return svg(drawing, class_name="thumb")


def pager(first: int, last: int, total: int, *, previous_id: Id, next_id: Id) -> html.Div:
    """Where we are in a long list, and the way on."""
    return html.Div(
        [
            html.Span(f"{first:,} to {last:,} of {total:,}" if total else "None", className="meta"),
            html.Span(className="grow"),
            icon_button("chevron-left", "Previous page", id=previous_id, disabled=first <= 1),
            icon_button("chevron-right", "Next page", id=next_id, disabled=last >= total),
        ],
        className="pager",
    )


def _heading(head: Head) -> html.Th:
    text = html.Span(head.text, className="visually-hidden") if head.quiet else head.text
    arrow = [icon("arrow-down-short" if head.sort == "descending" else "arrow-up-short")] if head.sort else []
    sort = {"aria-sort": head.sort} if head.sort else {}
    return html.Th([text, *arrow], scope="col", className=_class(head), **sort)


def _cell(head: Head, content: Nodes) -> html.Td:
    return html.Td(content, className=_class(head))


def _class(head: Head) -> str:
    flags = {
        "num": head.numeric,
        "opt-md": head.optional,
        "hide-phone": head.roomy or head.optional,
        "sorted": bool(head.sort),
        "fit": head.quiet,
    }
    return " ".join(name for name, on in flags.items() if on)
