"""One chart: drawn large, what it is made from, where it is used."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from components import tile
from components.controls import Node, button_link, icon_button, link, menu, menu_item
from components.data_table import data_table
from components.feedback import confirm
from components.formats import ago, day_and_time
from components.icons import icon
from components.ids import Charts
from components.shell import page, page_head
from components.tile_states import empty
from pages.charts import kind_of
from pages.downloads import downloads
from pages.tiles import failure
from pages.wizard_wells import FUNCTIONS
from vizapp.access import Actor, Permission, can
from vizapp.charts.words import told
from vizapp.errors import AppError
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.records import ChartRecord
from vizapp.services import answers, charts, dashboards, origins
from vizapp.services.charts import ChartResult

VIEWS = (("chart", "Chart"), ("data", "Data"))
OFFERED = 12


def layout(actor: Actor, *, chart_id: int, query: Mapping[str, str] | None = None) -> Any:  # noqa: ARG001 - a page's signature
    """The page; raises NotFound."""
    record = charts.get_chart(actor, chart_id)
    result = drawn(actor, record)
    may_edit = can(actor, Permission.CHART_WRITE, record)
    placed = charts.placed_on(actor, chart_id)
    return page(
        [
            dcc.Store(id=Charts.chart, data=chart_id),
            page_head(record.name, actions=_actions(actor, record, may_edit=may_edit)),
            html.P(record.description, className="ink-2 board-description") if record.description else None,
            html.Div(
                [
                    html.Div(
                        [html.Div(body(record, result, "chart"), id=Charts.body), _switch()], className="chart-main"
                    ),
                    _aside(actor, record, result, placed),
                ],
                className="chart-page",
            ),
            _confirm(record, [name for _, name in placed]) if may_edit else None,
        ]
    )


def drawn(actor: Actor, record: ChartRecord, *, refresh: bool = False) -> ChartResult | AppError:
    """The chart's result, asked anew when `refresh` says so, or the error that stands in its place."""
    try:
        return charts.execute(actor, record.id, refresh=refresh)
    except AppError as exc:
        return exc


def body(record: ChartRecord, result: ChartResult | AppError, view: str) -> html.Section:
    """The tile: the picture, its data as a table, or what keeps it from being drawn."""
    if isinstance(result, AppError):
        edit = f"/charts/{record.id}/edit"
        inside = failure(record.name, result, edit_href=edit, more=[button_link("Edit", edit)])
        return tile.frame(inside, title=record.name, extra="chart-tile")
    title, picture = result.title, result.picture
    if picture.empty:
        inside = empty(title, sentence=picture.summary, reason=" ".join(picture.notes))
        return tile.frame(inside, title=title, extra="chart-tile")
    if view == "data":
        table = data_table(answers.table_of(result), caption="The data of this chart")
        scroll = html.Div(table, className="table-box", role="region", tabIndex="0", **{"aria-label": title})
        return tile.frame(
            [tile.head(title, picture.subtitle), html.Div([scroll, *tile.notes(picture.notes)], className="tile-body")],
            title=title,
            extra="chart-tile",
        )
    inside = tile.tile_content(title, picture, graph_id=Charts.graph)
    return tile.frame(inside, title=title, kind=tile.kind_of(picture), extra="chart-tile")


def _switch() -> html.Div:
    buttons = [
        html.Button(
            text,
            id=Charts.show(key),
            type="button",
            className="btn active" if key == "chart" else "btn",
            **{"aria-pressed": "true" if key == "chart" else "false"},
        )
        for key, text in VIEWS
    ]
    return html.Div(
        html.Div(buttons, className="btn-group seg", role="group", **{"aria-label": "Show"}), className="chart-foot"
    )


def _actions(actor: Actor, record: ChartRecord, *, may_edit: bool) -> list[Node]:
    actions: list[Node] = [icon_button("arrow-clockwise", "Refresh", id=Charts.refresh)]
    if can(actor, Permission.DASHBOARD_CREATE):
        actions.append(_add_menu(actor, record))
    lines = downloads("chart", record.id)
    if may_edit:
        edit = f"/charts/{record.id}/edit"
        actions.append(button_link("Edit", edit, kind="primary", symbol="pencil", extra="hide-phone"))
        lines.append(menu_item("Delete chart", symbol="trash", danger=True, id=Charts.delete))
    return [*actions, menu(icon("three-dots"), lines, label="More")]


def _add_menu(actor: Actor, record: ChartRecord) -> Node:
    """The dashboards one may change that do not hold this chart yet, and a new one."""
    lines = [
        menu_item(board.name, id=Charts.add_to(board.id), symbol="grid-1x2")
        for board in dashboards.list_dashboards(actor, limit=200).items
        if can(actor, Permission.DASHBOARD_WRITE, board)
        and all(placed.chart_id != record.id for placed in board.charts)
    ]
    lines = [*lines[:OFFERED], menu_item("New dashboard", id=Charts.add_to(0), symbol="plus-lg")]
    return menu([icon("plus-lg"), "Add to dashboard"], lines, class_name="btn btn-secondary hide-phone", id=Charts.add)


def _aside(
    actor: Actor, record: ChartRecord, result: ChartResult | AppError, placed: list[tuple[int, str]]
) -> html.Aside:
    boards = [html.Li(link(name, f"/dashboards/{key}")) for key, name in placed]
    return html.Aside(
        [
            html.H2("About this chart", className="tile-title"),
            html.Dl(fact_list(actor, record, result), className="facts", id=Charts.facts),
            html.H2("On dashboards", className="tile-title"),
            html.Ul(boards, className="plain-list") if boards else html.P("None yet.", className="meta"),
        ],
        className="card chart-facts",
    )


def fact_list(actor: Actor, record: ChartRecord, result: ChartResult | AppError) -> list[Node]:
    """The same as children of a list of terms."""
    return [cell for fact in facts(actor, record, result) for cell in fact]


def facts(actor: Actor, record: ChartRecord, result: ChartResult | AppError) -> list[tuple[Node, Node]]:
    """What it is made from, as names and values."""
    found: list[tuple[str, Any]] = [("Type", kind_of(record)[0])]
    if record.dataset_id:
        found.insert(0, ("Data", link(record.dataset_name, f"/datasets/{record.dataset_id}")))
    elif record.data_source_id:
        found.insert(0, ("Data", origins.told(actor, record)))
    config = _config(record)
    if config is not None:
        found += [("Measure", text) for text in _measures(config)]
        found += [("Filter", text) for text in _filters(config)]
    found += [("Owner", record.owner_name or "—"), ("Edited", ago(record.updated_at))]
    if isinstance(result, ChartResult):
        rows = result.answer.facts.matched
        shown = f"{result.answer.row_count:,} shown" + (f", from {rows:,}" if rows is not None else "")
        found += [("Data as of", day_and_time(result.as_of)), ("Rows", shown)]
    return [(html.Dt(name), html.Dd(value)) for name, value in found]


def _config(record: ChartRecord) -> ChartConfig | None:
    try:
        return ChartConfig.parse(record.config)
    except AppError:
        return None


def _measures(config: ChartConfig) -> list[str]:
    mapping = config.data_mapping
    if mapping.measures:
        return [f"{FUNCTIONS[m.function]} {m.column}" if m.column else "number of rows" for m in mapping.measures]
    if not mapping.y_axis:
        return [] if mapping.columns else ["number of rows"]
    return [f"{FUNCTIONS[config.aggregation.function]} {mapping.y_axis}" if config.aggregation else mapping.y_axis]


def _filters(config: ChartConfig) -> list[str]:
    return [told(f.column, f.operator, f.value) for f in config.data_mapping.filters]


def _confirm(record: ChartRecord, names: list[str]) -> Node:
    words = f"“{record.name}” will be gone for good."
    if names:
        words += f" It disappears from {'this dashboard' if len(names) == 1 else f'these {len(names)} dashboards'}:"
    return confirm(
        "Delete this chart?",
        body=words,
        depends=names,
        action="Delete chart",
        id=Charts.confirm,
        confirm_id=Charts.confirmed,
        cancel_id=Charts.cancelled,
    )
