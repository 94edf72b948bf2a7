"""Settings, Connections: the databases there are, and the one that is open beside the list."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from components.cards import Head, listing
from components.controls import Node, button, button_link, dot, icon_link, link
from components.feedback import confirm
from components.formats import ago
from components.ids import Connections
from components.states import empty_page
from pages import connection_form, settings
from pages.connection_test import FAILED, outcome
from vizapp.access import Actor
from vizapp.schemas.connection import ConnectionFacts, ConnectionRecord, LastTest
from vizapp.services import connection_facts, connections

Query = Mapping[str, str] | None
SECTION = "Connections"
HERE = "/settings/connections"
# Names in a question; the rest is counted.
SHOWN = 10
KINDS = {
    **dict(connection_form.TYPES),
    "s3": "S3",
    "azure_blob": "Azure Blob Storage",
    "gcs": "Google Cloud Storage",
}
_WHO = {"editor": "editors", "viewer": "viewers"}
_NARROW = (Head("Name"), Head("Where"), Head("Status"))
_WIDE = (
    *_NARROW,
    Head("Lent to", optional=True),
    Head("Used by", numeric=True, optional=True),
    Head("Tested", numeric=True, roomy=True),
)


def layout(actor: Actor, *, query: Query = None) -> Any:  # noqa: ARG001 - a page's signature
    """The list alone."""
    return settings.section(SECTION, _list(actor))


def new(actor: Actor, *, query: Query = None) -> Any:  # noqa: ARG001 - a page's signature
    """The list, and an empty form."""
    return settings.section(
        SECTION, html.Div([_list(actor, beside=True), _panel(None, ConnectionFacts())], className="two")
    )


def one(actor: Actor, *, connection_id: int, query: Query = None) -> Any:  # noqa: ARG001 - a page's signature
    """The list, and the form of one; raises NotFound."""
    record = connections.get_connection(actor, connection_id)
    known = connection_facts.facts(actor, [record.id])[record.id]
    panel = _panel(record, known) if record.has_tables else _store(record, known)
    return settings.section(SECTION, html.Div([_list(actor, beside=True, open_id=record.id), panel], className="two"))


def _list(actor: Actor, *, beside: bool = False, open_id: int | None = None) -> html.Section:
    found = connections.list_connections(actor, limit=1000).items
    head = html.Div(
        [
            html.H2(SECTION, className="tile-title"),
            html.Span(className="grow"),
            button_link("Add connection", f"{HERE}/new", symbol="plus-lg"),
        ],
        className="row-flex section-head",
    )
    if not found:
        hint = "Charts can be made straight from a PostgreSQL, MySQL or MariaDB database."
        return html.Section([head, empty_page("No database is connected yet", hint=hint, symbol="database")])
    known = connection_facts.facts(actor, [item.id for item in found])
    heads = _NARROW if beside else _WIDE
    rows = [_row(item, known[item.id])[: len(heads)] for item in found]
    at = next((index for index, item in enumerate(found) if item.id == open_id), None)
    return html.Section(
        [
            head,
            html.Div(listing(heads, rows, label=SECTION, open_row=at), className="card"),
            html.P("Passwords are encrypted before they are stored, and never shown again.", className="meta below"),
        ]
    )


def _row(item: ConnectionRecord, known: ConnectionFacts) -> list[Any]:
    kind = KINDS.get(item.type, item.type)
    where, what = _place(item)
    return [
        [link(item.name, f"{HERE}/{item.id}", class_name="name clip"), html.Div(kind, className="meta")],
        [html.Div(where, className="clip"), html.Div(what, className="meta clip")],
        status(item, known.tested),
        html.Span(", ".join(_WHO[role] for role in item.roles) or "admins only", className="ink-2"),
        html.Span(_count(known.charts, "chart") if known.charts else "—", className="ink-2"),
        html.Span(ago(known.tested.at) if known.tested else "—", className="ink-2"),
    ]


def _place(item: ConnectionRecord) -> tuple[str, str]:
    """Where a connection leads, and what is there."""
    config = item.config
    if not config:
        return "cannot be decrypted", "—"
    if item.has_tables:
        return f"{config['host']}:{config['port']}", str(config.get("database") or "—")
    return str(config.get("endpointUrl") or KINDS[item.type]), str(config.get("bucket") or config.get("containerName"))


def status(item: ConnectionRecord, tested: LastTest | None) -> html.Span:
    """Whether it is switched on, and how its last test went."""
    if not item.is_active:
        tone, words = "none", "Switched off"
    elif tested is None:
        tone, words = "none", "Not tested"
    elif tested.ok:
        tone, words = "good", f"{tested.elapsed_ms or 0:,.0f} ms"
    else:
        tone, words = "bad", FAILED.get(tested.step or "", "Failed")
    return html.Span([dot(tone), words], className="row-flex status")


def _store(record: ConnectionRecord, known: ConnectionFacts) -> html.Section:
    """An object store, as it is: the form is for databases."""
    words = "Object stores are changed, tested and deleted over the REST API, see /api/connections."
    lines = [html.P([html.Span(f"{name}: ", className="meta"), str(value)]) for name, value in _told(record)]
    head = html.Div(
        [
            html.Div(
                [html.H2(record.name, className="tile-title"), html.P(used_by(record, known), className="tile-sub")],
                className="grow",
            ),
            icon_link("x-lg", "Close", HERE),
        ],
        className="tile-head",
    )
    last = outcome(known.tested, ssl=True) if known.tested else None
    body = html.Div([*lines, html.P(words, className="meta"), html.Div(last)], className="conn-form")
    return html.Section([head, body], className="card conn", **{"aria-label": record.name})


def _told(record: ConnectionRecord) -> list[tuple[str, object]]:
    return list((record.config or {}).items())


def _panel(record: ConnectionRecord | None, known: ConnectionFacts) -> html.Section:
    name = record.name if record else "New connection"
    sub = "Nothing is stored before you save." if record is None else used_by(record, known)
    head = html.Div(
        [
            html.Div([html.H2(name, className="tile-title"), html.P(sub, className="tile-sub")], className="grow"),
            icon_link("x-lg", "Close", HERE),
        ],
        className="tile-head",
    )
    last = (
        outcome(known.tested, ssl=bool(record and record.config and record.config.get("ssl"))) if known.tested else None
    )
    return html.Section(
        [
            dcc.Store(id=Connections.id, data=record.id if record else None),
            dcc.Store(id=Connections.run, data=secrets.token_hex(8)),
            head,
            html.Div(
                [
                    html.Div(connection_form.fields_of(connection_form.values(record), record), id=Connections.fields),
                    _busy(),
                    html.Div(last, id=Connections.outcome, role="status"),
                    html.Div(_actions(record), className="row-flex"),
                ],
                className="conn-form",
            ),
            html.Div(id=Connections.question),
        ],
        className="card conn",
        **{"aria-label": name},
    )


def used_by(record: ConnectionRecord, known: ConnectionFacts) -> str:
    """ "PostgreSQL, used by 14 charts on 5 dashboards"."""
    kind = KINDS.get(record.type, record.type)
    if not known.charts:
        return f"{kind}, used by no chart yet"
    boards = f" on {_count(known.dashboards, 'dashboard')}" if known.dashboards else ""
    return f"{kind}, used by {_count(known.charts, 'chart')}{boards}"


def _busy() -> html.Div:
    bar = html.Div(
        html.Div(className="progress-bar progress-bar-striped progress-bar-animated w-100"), className="progress"
    )
    words = html.Span(["Testing … ", html.Span(className="meta", **{"data-elapsed": ""})], role="status")
    stopping = html.Span(id=Connections.stopping, className="meta")
    line = [words, html.Span(className="grow"), stopping, button("Cancel", id=Connections.stop, extra="btn-sm")]
    return html.Div([html.Div(line, className="row-flex"), bar], id=Connections.busy, className="result", hidden=True)


def _actions(record: ConnectionRecord | None) -> list[Node]:
    actions = [
        button("Save", id=Connections.save, kind="primary", data={"data-hotkey": "save"}),
        button("Test", id=Connections.test, symbol="plug"),
        html.Span(className="grow"),
    ]
    if record is not None:
        actions.append(button("Delete…", id=Connections.delete, kind="danger"))
    return actions


def question(record: ConnectionRecord, names: Sequence[str]) -> Node:
    """Asks before a connection goes; while charts use it, names them instead."""
    if names:
        return _refused(record, names)
    return confirm(
        f"Delete “{record.name}”?",
        body="Its address and password will be gone for good. No chart uses it.",
        action="Delete connection",
        id=Connections.modal,
        confirm_id=Connections.confirmed,
        cancel_id=Connections.cancel,
        is_open=True,
    )


def _refused(record: ConnectionRecord, names: Sequence[str]) -> Node:
    one = len(names) == 1
    words = (
        f"{'One chart asks' if one else f'{len(names)} charts ask'} “{record.name}”. Delete "
        f"{'it' if one else 'them'} or give {'it' if one else 'them'} other data first; or switch the connection off."
    )
    more = [html.Li(f"and {len(names) - SHOWN} more")] if len(names) > SHOWN else []
    title = f"{Connections.modal}-title"
    return dbc.Modal(
        [
            dbc.ModalHeader(html.H2("This connection is in use", className="tile-title", id=title)),
            dbc.ModalBody(
                [html.P(words), html.Ul([*[html.Li(name) for name in names[:SHOWN]], *more], className="depends")]
            ),
            dbc.ModalFooter(
                [
                    button("Close", id=Connections.cancel, kind="link"),
                    button_link("Show charts", "/charts", kind="primary"),
                ]
            ),
        ],
        id=Connections.modal,
        is_open=True,
        centered=True,
        labelledby=title,
    )


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"
