"""Data: the files that were uploaded, and the place to drop another."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from components.cards import Head, listing, pager
from components.controls import Node, button, button_link, icon_button, link, search
from components.feedback import confirm
from components.formats import ago, size
from components.icons import icon
from components.ids import Upload
from components.shell import page, page_head
from components.states import empty_page
from components.upload import choose_button
from pages.upload import KINDS, MIB, zone
from vizapp.access import Actor, Permission, can
from vizapp.schemas.records import DatasetRecord
from vizapp.services import datasets
from vizapp.services.settings import upload_limits

PAGE_SIZE = 25
# Names in the question; the rest is counted.
SHOWN = 10
HEADS = (
    Head("Name"),
    Head("Rows", numeric=True, roomy=True),
    Head("Columns", numeric=True, optional=True),
    Head("Size", numeric=True, optional=True),
    Head("Owner", optional=True),
    Head("Uploaded", numeric=True, sort="descending"),
    Head("Actions", quiet=True),
)


def layout(actor: Actor, *, query: Mapping[str, str] | None = None) -> Any:
    """The page; `?search=` narrows it."""
    wanted = (query or {}).get("search", "")[:100]
    found = datasets.list_datasets(actor, search=wanted, limit=PAGE_SIZE)
    may_create = can(actor, Permission.DATASET_CREATE)
    head = page_head("Data", count=f"{found.total:,}" if found.total else "")
    if not found.total and not wanted and not may_create:
        return page([head, empty_page("Nothing was uploaded yet", hint="An editor can upload a file.")])
    return page(
        [
            dcc.Store(id=Upload.offset, data=0),
            dcc.Store(id=Upload.doomed),
            head,
            _drop() if may_create else None,
            html.Div(search("Search data", id=Upload.search, class_name="search-list"), className="toolbar"),
            html.Section(table(actor, found.items, 0, found.total), className="card", id=Upload.list),
            html.Div(id=Upload.ask),
        ]
    )


def _drop() -> Node:
    limit = upload_limits().file_bytes // MIB
    return zone(
        html.Div(
            [
                icon("filetype-csv"),
                html.Span(["Drop a file here", html.Span(f"{KINDS}, up to {limit} MB", className="meta d-block")]),
                html.Span(className="grow"),
                choose_button(),
            ],
            className="row-flex drop-line",
        ),
        extra="drop-strip",
    )


def table(actor: Actor, found: Sequence[DatasetRecord], offset: int, total: int) -> list[Node]:
    """One page of the list and the way on, which callbacks listen to: it is there for an empty page too."""
    way = pager(offset + 1, offset + len(found), total, previous_id=Upload.previous, next_id=Upload.next)
    if not found:
        return [html.P("Nothing is here under this name.", className="ink-2 list-none"), way]
    rows = [_row(actor, item) for item in found]
    return [listing(HEADS, rows, label="Uploaded files"), way]


def _row(actor: Actor, item: DatasetRecord) -> list[Any]:
    remove = (
        icon_button("trash", f"Delete {item.name}", id=Upload.row("delete", item.id))
        if can(actor, Permission.DATASET_WRITE, item)
        else None
    )
    return [
        link(item.name, f"/datasets/{item.id}", class_name="name"),
        f"{item.row_count:,}",
        f"{len(item.columns):,}",
        size(item.file_size),
        html.Span(item.owner_name or "—", className="ink-2"),
        html.Span(ago(item.created_at), className="ink-2"),
        remove,
    ]


def question(item: DatasetRecord, names: Sequence[str]) -> Node:
    """Asks before a file goes; while charts draw it, says which instead."""
    if names:
        return _refused(item, names)
    return confirm(
        "Delete this file?",
        body=f"“{item.name}” with {item.row_count:,} rows will be gone for good. No chart uses it.",
        action="Delete file",
        id=Upload.confirm,
        confirm_id=Upload.confirmed,
        cancel_id=Upload.cancelled,
        is_open=True,
    )


def _refused(item: DatasetRecord, names: Sequence[str]) -> Node:
    one = len(names) == 1
    what = "One chart uses" if one else f"{len(names)} charts use"
    it = "it" if one else "them"
    more = [html.Li(f"and {len(names) - SHOWN} more")] if len(names) > SHOWN else []
    return dbc.Modal(
        [
            dbc.ModalHeader(html.H2("This file is in use", className="tile-title", id="upload-confirm-title")),
            dbc.ModalBody(
                [
                    html.P(f"{what} “{item.name}”. Delete {it} first, or give {it} other data."),
                    html.Ul([*[html.Li(name) for name in names[:SHOWN]], *more], className="depends"),
                ]
            ),
            dbc.ModalFooter(
                [
                    button("Close", id=Upload.cancelled, kind="link"),
                    button_link("Show charts", "/charts", kind="primary"),
                ]
            ),
        ],
        id=Upload.confirm,
        is_open=True,
        centered=True,
        labelledby="upload-confirm-title",
    )
