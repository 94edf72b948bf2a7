"""Step 1 of the wizard from a database: its connections, its tables, and what is in one of them."""

from typing import Any

from dash import dcc, html

from components.cards import Head, listing, pager
from components.controls import Node, button, button_link, icon_link, link, search
from components.data_table import data_table
from components.icons import icon
from components.ids import Browse
from components.shell import page
from components.states import empty_page
from components.tile_states import message
from components.wells import type_icon
from pages.connection_form import TYPES
from pages.wizard_address import table_href
from vizapp.access import Actor, Permission, can
from vizapp.errors import AppError
from vizapp.schemas.connection import ColumnRecord, TableRecord
from vizapp.schemas.records import Page
from vizapp.schemas.table import TableName
from vizapp.services import answers, connections, queries

PAGE_SIZE = 50
PREVIEW_ROWS = 20
OFFERED = 12
_HEADS = (Head("Column"), Head("Type"), Head("In the database"), Head("Comment", roomy=True))


def ways(actor: Actor, here: str) -> list[Node]:
    """The connections one may make charts from; where there is none, the way for admins to make one."""
    found = [
        item for item in connections.list_connections(actor, limit=OFFERED).items if item.is_active and item.has_tables
    ]
    if not found and not can(actor, Permission.CONNECTION_MANAGE):
        return []
    cards = [_way(item.name, dict(TYPES).get(item.type, item.type), f"{here}?connection={item.id}") for item in found]
    if not found:
        cards.append(_way("Connect a database", "PostgreSQL, MySQL or MariaDB", "/settings/connections/new"))
    return [html.H2("From a database", className="list-title"), html.Div(cards, className="ways")]


def _way(name: str, small: str, href: str) -> html.A:
    return link([icon("database"), html.Span([html.B(name), html.Small(small)])], href, class_name="card way")


def layout(actor: Actor, connection_id: int, here: str) -> Any:
    """The tables of a connection. Raises NotFound and PermissionDenied."""
    record = connections.get_connection(actor, connection_id)
    return page(
        [
            dcc.Store(id=Browse.connection, data=connection_id),
            dcc.Store(id=Browse.here, data=here),
            dcc.Store(id=Browse.offset, data=0),
            html.Div(
                [
                    icon_link("arrow-left", "Back to the data", here),
                    html.H1("Choose a table", className="page-title"),
                    html.Span(className="grow"),
                    html.Span([icon("database"), record.name], className="row-flex meta"),
                    button_link("Write SQL", f"/sql?connection={connection_id}", symbol="code-slash"),
                ],
                className="work-bar",
            ),
            html.Div(
                [
                    html.Section(
                        [
                            html.H2("Tables", className="pane-head"),
                            search("Search tables", id=Browse.search),
                            html.Div(tables(actor, connection_id), id=Browse.list),
                        ],
                        className="pane pane-data",
                        **{"aria-label": "Tables"},
                    ),
                    html.Section(
                        _hint(), id=Browse.detail, className="pane browse-detail", **{"aria-label": "Chosen table"}
                    ),
                ],
                className="work browse",
            ),
        ],
        class_name="wizard-page",
    )


def tables(actor: Actor, connection_id: int, *, wanted: str = "", offset: int = 0) -> list[Node]:
    """A page of the tables, or what keeps them from being listed."""
    try:
        found = queries.tables(actor, connection_id, search=wanted, offset=offset, limit=PAGE_SIZE)
    except AppError as exc:
        return [
            _broken("The tables cannot be listed", exc, retry=True),
            _way_on(0, Page(items=[], total=0, offset=0, limit=1)),
        ]
    if not found.items:
        words = (
            f"No table is called like “{wanted}”." if wanted else "This account sees no table. Grant it SELECT on some."
        )
        return [html.P(words, className="ink-2 list-none"), _way_on(offset, found)]
    lines = [html.Li(_line(item), key=f"{item.schema_name}.{item.name}") for item in found.items]
    return [html.Ul(lines, className="cols browse-list", **{"aria-label": "Tables"}), _way_on(offset, found)]


def _way_on(offset: int, found: Page[TableRecord]) -> html.Div:
    return pager(offset + 1, offset + len(found.items), found.total, previous_id=Browse.previous, next_id=Browse.next)


def _line(item: TableRecord) -> html.Button:
    words = [html.Span(item.name, className="clip d-block"), html.Span(_under(item), className="meta clip d-block")]
    rows = (
        []
        if item.rows is None
        else [html.Span(f"{item.rows:,}", className="meta", title="Rows, as the database estimates")]
    )
    return html.Button(
        [icon("eye" if item.kind == "view" else "table"), html.Span(words, className="grow"), *rows],
        id=Browse.table(item.schema_name, item.name),
        className="col-item table-item",
        type="button",
        title=f"{item.schema_name}.{item.name}",
    )


def _under(item: TableRecord) -> str:
    return f"{item.schema_name} · {item.comment}" if item.comment else item.schema_name


def _hint() -> Node:
    return empty_page("Choose a table on the left", hint="Its columns and first rows are shown here.", symbol="table")


def detail(actor: Actor, connection_id: int, table: TableName, here: str) -> list[Node]:
    """Columns and first rows of one table, and the way on; or what keeps it from being read."""
    try:
        columns = queries.columns(actor, connection_id, table).items
        rows = queries.preview(actor, connection_id, table, rows=PREVIEW_ROWS)
    except AppError as exc:
        return [_head(table, None), _broken("This table cannot be read", exc)]
    view = answers.preview_of(rows)
    grid = (
        data_table(view, caption=f"The first rows of {table.name}")
        if view.rows
        else html.P("It has no rows.", className="ink-2")
    )
    box = html.Div(
        grid, className="table-box", role="region", tabIndex="0", **{"aria-label": f"First rows of {table.name}"}
    )
    return [
        _head(table, table_href(here, connection_id, table)),
        html.H3("First rows", className="pane-head"),
        html.Div(box, className="card browse-rows"),
        html.H3([f"{len(columns):,} columns"], className="pane-head"),
        html.Div(
            listing(_HEADS, [_column(item) for item in columns], label=f"Columns of {table.name}", tight=True),
            className="card",
        ),
    ]


def _head(table: TableName, href: str | None) -> html.Div:
    words = [html.H2(table.name, className="tile-title clip"), html.P(table.schema_name or "", className="tile-sub")]
    use = [button_link("Use this table", href, kind="primary", symbol="arrow-right")] if href else []
    return html.Div([html.Div(words, className="grow"), *use], className="row-flex browse-head")


def _column(item: ColumnRecord) -> list[Any]:
    needed = "" if item.nullable else ", never missing"
    return [
        html.Span(item.name, className="name clip"),
        type_icon(item.type.value),
        html.Span(f"{item.database_type}{needed}", className="ink-2"),
        html.Span(item.comment or "—", className="ink-2 clip"),
    ]


def _broken(sentence: str, exc: AppError, *, retry: bool = False) -> Node:
    again = [button("Try again", id=Browse.again(1), symbol="arrow-clockwise")] if retry else []
    return message(
        "", symbol="exclamation-circle", tone="bad", sentence=sentence, reason=exc.message, actions=again, alert=True
    )[1]
