"""New chart, and changing one: five steps on one screen.

Everything is drawn from one Draft: here for the first paint, in callbacks/wizard.py after each edit.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from dash import dcc, html

from components.cards import Head, listing
from components.controls import Node, Nodes, icon_link, link
from components.feedback import save_state
from components.formats import ago, size
from components.icons import icon
from components.ids import Wizard
from components.shell import page, page_head
from components.states import empty_page
from components.upload import choose_button, hero, upload_zone
from pages import wizard_address as address
from pages import (
    wizard_choose,
    wizard_columns,
    wizard_look,
    wizard_query,
    wizard_save,
    wizard_suggest,
    wizard_tables,
    wizard_wells,
)
from pages.upload import KINDS, MIB, URL
from pages.wizard_data import Data, load
from pages.wizard_draft import LOOK, SAVE, STEPS, Draft
from pages.wizard_parts import press
from pages.wizard_preview import preview
from vizapp.access import Actor
from vizapp.schemas.connection import QueryBody
from vizapp.schemas.records import DatasetRecord
from vizapp.services import charts, datasets, queries
from vizapp.services.origins import Origin
from vizapp.services.settings import upload_limits

OFFERED = 50
NEW = "/charts/new"
Query = Mapping[str, str] | None


def new(actor: Actor, *, query: Query = None) -> Any:
    """What `wizard_address` reads, with a chart already drawn; without data: which data?"""
    asked = address.read(query)
    if asked.is_query:
        return wizard_query.arrival(None)
    if asked.connection_id is not None and asked.table is None:
        return wizard_tables.layout(actor, asked.connection_id, NEW)
    if asked.origin is None:
        return _choose_data(actor)
    data = load(actor, asked.origin)
    config = wizard_suggest.first(data).model_copy(update={"table": asked.table})
    key = f"{actor.user_id}:new:{asked.key}"
    place = {"dataset_id": asked.origin.dataset_id, "connection_id": asked.origin.connection_id}
    return _screen(actor, Draft.of_config(config, key=key, **place), data)


def edit(actor: Actor, *, chart_id: int, query: Query = None) -> Any:
    """A saved chart; an address as that of `new` moves it to other data."""
    chart = charts.get_chart_to_edit(actor, chart_id)
    key = f"{actor.user_id}:{chart.id}:{chart.version}"
    draft, asked, here = Draft.of_chart(chart, key), address.read(query), f"/charts/{chart.id}/edit"
    if asked.is_query:
        return wizard_query.arrival(chart.id)
    if asked.connection_id is not None and asked.table is None:
        return wizard_tables.layout(actor, asked.connection_id, here)
    if asked.origin is not None and asked.origin != draft.origin:
        draft = draft.moved(asked.origin).model_copy(update={"changes": 1, "key": f"{key}:{asked.key}"})
    if not draft.origin.is_known:
        return _choose_data(actor, chart_id=chart.id)
    return _screen(actor, draft, load(actor, draft.origin))


def of_query(actor: Actor, chart_id: int | None, sent: QueryBody) -> Any:
    """A new chart, or another one, of a query that was written on the SQL page; its parameters keep their values."""
    chart = charts.get_chart_to_edit(actor, chart_id) if chart_id is not None else None
    text = queries.with_values(actor, sent)
    origin = Origin(connection_id=sent.connection_id, query=text)
    data, key = load(actor, origin), address.key_of(sent.connection_id, text)
    if chart is None:
        first = Draft.of_config(wizard_suggest.first(data), key=f"{actor.user_id}:new:{key}")
        return _screen(actor, first.moved(origin), data)
    draft = Draft.of_chart(chart, f"{actor.user_id}:{chart.id}:{chart.version}:{key}")
    return _screen(actor, draft.moved(origin).model_copy(update={"changes": 1}), data)


def _screen(actor: Actor, draft: Draft, dataset: Data) -> Any:
    whole = controls(actor, draft, dataset)
    bar, changes, columns, *middle = whole
    return page(
        [
            *_stores(draft, whole),
            _bar(draft, bar, changes),
            html.Div(
                [
                    wizard_columns.pane(actor, draft, dataset, columns),
                    html.Section(
                        _parts(draft, *middle),
                        id=Wizard.middle,
                        className="pane pane-middle",
                        **{"aria-label": "Chart type and mapping"},
                    ),
                    html.Section(
                        preview(actor, draft, dataset),
                        id=Wizard.preview,
                        className="pane preview",
                        **{"aria-label": "Preview"},
                    ),
                ],
                className="work wizard",
            ),
            wizard_save.dialog(draft),
            wizard_save.stale_dialog(draft),
        ],
        class_name="wizard-page",
    )


def _stores(draft: Draft, whole: Sequence[Any]) -> list[Node]:
    wire = draft.wire()
    data = {Wizard.start: wire, Wizard.draft: wire, Wizard.drawn: [print_of(part) for part in whole]}
    names = (*data, Wizard.edits, Wizard.dropped, Wizard.uploaded, Wizard.saved, Wizard.current, Wizard.quiet)
    return [dcc.Store(id=name, data=data.get(name)) for name in names]


def _parts(draft: Draft, types: Nodes, mapping: Nodes, look: Nodes) -> list[Node]:
    first, second, third = Wizard.parts
    return [
        html.Div(types, id=first, tabIndex="-1"),
        html.Div(mapping, id=second, tabIndex="-1", className="mapping"),
        html.Details(look, id=third, className="fold", open=draft.step == LOOK),
    ]


def controls(actor: Actor, draft: Draft, dataset: Data) -> tuple[Any, ...]:
    """Steps, unsaved changes, columns, types, mapping, appearance: all that is drawn again when it changed."""
    wrong = wrong_in(actor, draft)
    return (
        steps(draft),
        unsaved(draft),
        wizard_columns.columns(draft, dataset),
        wizard_choose.types(draft, dataset),
        wizard_wells.wells(actor, draft, dataset, wrong),
        wizard_look.look(draft, wrong),
    )


def print_of(part: Any) -> str:
    """A short print of something drawn: the same print, nothing to draw again."""
    return blake2b(repr(part).encode(), digest_size=8).hexdigest()


def wrong_in(actor: Actor, draft: Draft) -> dict[str, str]:
    """All that is wrong with a draft, by the path of the control that can mend it."""
    found = charts.problems(actor, draft.finished(), draft.origin)
    return {**{draft.place_of(path): text for path, text in found.items()}, **draft.unfinished(), **draft.wrong}


def _bar(draft: Draft, bar: Node, changes: Node) -> html.Div:
    back = f"/charts/{draft.chart_id}" if draft.chart_id else "/charts"
    return html.Div(
        [
            icon_link("arrow-left", "Back to charts", back),
            html.H1("Edit chart" if draft.chart_id else "New chart", className="page-title"),
            html.Span(className="grow"),
            html.Div(bar, id=Wizard.steps),
            html.Span(className="grow"),
            html.Span(changes, id=Wizard.unsaved),
            link("Cancel", back, class_name="btn btn-link", **{"data-forget": "true"}),
            press("Save chart", "step", SAVE, class_name="btn btn-primary", **{"data-hotkey": "save"}),
        ],
        className="work-bar",
    )


def unsaved(draft: Draft) -> Node:
    """How many changes would be lost; a draft nobody touched has nothing to lose."""
    return save_state(draft.changes) if draft.changes else html.Span()


def steps(draft: Draft) -> html.Ol:
    """Where one is; each step jumps to its part of the screen."""
    return html.Ol([_step(number, name, draft.step) for number, name in enumerate(STEPS, 1)], className="stepper")


def _step(number: int, name: str, now: int) -> html.Li:
    mark: Node = icon("check", label="done") if number < now else str(number)
    current = {"aria-current": "step"} if number == now else {}
    names = {"className": "done" if number < now else "now"} if number <= now else {}
    jump = press(
        [html.B(mark), html.Span(name, className="step-name")], "step", number, class_name="step-jump", **current
    )
    return html.Li(jump, **names)


def _choose_data(actor: Actor, *, chart_id: int | None = None) -> Any:
    """Step 1 without data: drop a file anywhere, or take one that is here."""
    found = datasets.list_datasets(actor, limit=OFFERED).items
    limit = upload_limits().file_bytes
    zone = upload_zone(
        hero(
            "Drop a file, get a chart",
            "Types are read and a first chart is drawn; everything can be changed.",
            [choose_button()],
            small_print=f"{KINDS}, up to {limit // MIB} MB. Stays on this server.",
        ),
        url=URL,
        limit_bytes=limit,
        store=Wizard.uploaded,
        anywhere=True,
        accept=upload_limits().extensions,
        extra="hero hero-small",
    )
    here = f"/charts/{chart_id}/edit" if chart_id else NEW
    return page(
        [
            dcc.Store(id=Wizard.uploaded),
            dcc.Store(id=Wizard.quiet),
            page_head("New chart" if chart_id is None else "Choose data", beside=None),
            zone,
            *wizard_tables.ways(actor, here),
            html.H2("Or use data that is here", className="list-title") if found else None,
            _files(found, here) if found else empty_page("Nothing was uploaded yet"),
        ]
    )


def _files(found: list[DatasetRecord], here: str) -> html.Section:
    heads = [
        Head("Name"),
        Head("Rows", numeric=True),
        Head("Columns", numeric=True),
        Head("Size", numeric=True, optional=True),
        Head("Owner", optional=True),
        Head("Uploaded", numeric=True),
    ]
    rows = [
        [
            link(item.name, f"{here}?dataset={item.id}", class_name="name"),
            f"{item.row_count:,}",
            f"{len(item.columns):,}",
            size(item.file_size),
            item.owner_name or "—",
            ago(item.created_at),
        ]
        for item in found
    ]
    return html.Section(listing(heads, rows, label="Data to choose from"), className="card")
