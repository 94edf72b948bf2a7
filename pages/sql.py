"""SQL: a person's own query to a database that is lent to them. assets/sql.js does what happens on it."""

import json
from collections.abc import Mapping
from typing import Any

from dash import html

from components.controls import Node, button_link, icon_link
from components.icons import icon
from components.ids import Sql
from components.shell import page
from components.states import empty_page
from pages.wizard_address import read
from vizapp.access import Actor, Permission, can
from vizapp.errors import NotFound
from vizapp.schemas.connection import ConnectionRecord
from vizapp.services import charts, connections
from vizapp.services.settings import max_query_results

OFFERED = 200
LIMITS = (100, 1000, 10_000)


def layout(actor: Actor, *, query: Mapping[str, str] | None = None) -> Any:
    """`?connection=3` begins with that one, `?chart=12` with the query of a chart, which goes back to it."""
    asked = read(query)
    found = [
        item for item in connections.list_connections(actor, limit=OFFERED).items if item.is_active and item.has_tables
    ]
    if not found:
        return page(_none(actor))
    begin = _begin(actor, query or {}) or {"connection": asked.connection_id or found[0].id, "query": ""}
    if all(item.id != begin["connection"] for item in found):
        raise NotFound.of("connection")
    known = {"data-connections": json.dumps([_wire(item) for item in found]), "data-begin": json.dumps(begin)}
    return page(
        html.Div([_side(), _main(begin)], id=Sql.root, className="work sqlpage", **known), class_name="wizard-page"
    )


def _begin(actor: Actor, query: Mapping[str, str]) -> dict[str, Any] | None:
    """What a chart of a query begins with."""
    text = query.get("chart", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        return None
    chart = charts.get_chart_to_edit(actor, int(text))
    if chart.data_source_id is None or not chart.query:
        return None
    return {"connection": chart.data_source_id, "query": chart.query, "chart": chart.id, "name": chart.name}


def _wire(item: ConnectionRecord) -> dict[str, object]:
    return {"id": item.id, "name": item.name, "type": item.type}


def _none(actor: Actor) -> Any:
    if can(actor, Permission.CONNECTION_MANAGE):
        make = button_link("Connect a database", "/settings/connections/new", kind="primary", symbol="plus-lg")
        return empty_page("No database is connected yet", hint="SQL is asked of one.", action=make, symbol="database")
    hint = "An administrator can connect one and lend it to editors."
    return empty_page("No database is lent to you", hint=hint, symbol="database")


def _side() -> html.Aside:
    named = html.Span("Connection", className="visually-hidden")
    find = html.Span("Search tables", className="visually-hidden")
    return html.Aside(
        [
            html.H2("Data", className="pane-head"),
            html.Label([named, html.Select(id=Sql.connection, className="form-select")], className="sql-source"),
            html.Label([find, icon("search"), html.Span(id=Sql.find)], className="search"),
            html.Div(id=Sql.tree, className="sql-tree"),
        ],
        className="pane",
        **{"aria-label": "Tables"},
    )


def _main(begin: Mapping[str, Any]) -> html.Section:
    region = {"aria-label": "Build the query", "role": "region"}
    return html.Section(
        [
            html.Div(_tools(begin), className="work-bar sqlbar"),
            html.Div(id=Sql.builder, className="sql-builder", hidden=True, **region),
            html.Div(id=Sql.editor, className="sql-editor"),
            html.Div(
                [
                    html.Div(
                        html.Span("Run a query to see its rows.", className="meta"), id=Sql.told, className="row-flex"
                    ),
                    html.Span(className="grow"),
                    _press([icon("download"), "CSV"], Sql.csv, kind="link", hidden=True),
                    _press([icon("bar-chart"), "Chart this"], Sql.chart, hidden=True),
                ],
                className="work-bar sqlbar result-bar",
            ),
            html.Div(id=Sql.results, className="results"),
        ],
        className="sqlmain",
        **{"aria-label": "Query"},
    )


def _tools(begin: Mapping[str, Any]) -> list[Node]:
    back = [icon_link("arrow-left", "Back to the chart", f"/charts/{begin['chart']}/edit")] if "chart" in begin else []
    most = max_query_results()
    limits = [html.Option(f"{count:,} rows", value=str(count)) for count in (*(n for n in LIMITS if n < most), most)]
    choice = html.Select(limits, id=Sql.limit, className="form-select")
    opens = {"aria-expanded": "false", "aria-controls": Sql.builder}
    return [
        *back,
        html.H1(str(begin.get("name") or "SQL"), className="strong sql-title clip"),
        html.Div(id=Sql.params, className="row-flex sql-params", hidden=True),
        html.Span(className="grow"),
        _press([icon("ui-checks-grid"), "Build"], Sql.build, **opens),
        html.Label([html.Span("At most", className="meta"), choice], className="row-flex sql-limit"),
        _run(),
        _press("Cancel", Sql.cancel, hidden=True),
    ]


def _press(words: Any, name: str, *, kind: str = "secondary", hidden: bool = False, **more: str) -> html.Button:
    """A button that assets/sql.js shows when there is something to press it for."""
    return html.Button(words, id=name, type="button", className=f"btn btn-{kind}", hidden=hidden, **more)


def _run() -> html.Button:
    keys = html.Kbd(
        [html.Span("Ctrl ", className="key-ctrl"), html.Span("⌘", className="key-mac"), "↵"],
        className="on-accent hide-phone",
    )
    return html.Button(
        [icon("play-fill"), "Run ", keys],
        id=Sql.run,
        type="button",
        className="btn btn-primary",
        **{"data-hotkey": "run", "aria-label": "Run"},
    )
