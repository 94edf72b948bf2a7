"""The drawer of files that are made in the background: how each stands, and what can be done with it."""

import json
from collections.abc import Collection, Sequence

from dash import dcc, html

from components.controls import Node, button, icon_button, link, menu
from components.formats import day_and_time, size
from components.icons import icon
from components.ids import Downloads
from vizapp.schemas.exports import ExportRecord, State

# Milliseconds between two looks at what is being made; nothing is asked while nothing is.
_LOOK_EVERY = 1000
_OPEN = (State.queued, State.running)
_SYMBOLS = {State.done: "check-circle", State.failed: "exclamation-circle", State.cancelled: "slash-circle"}
_KINDS = {"excel": "Excel", "csv": "CSV", "image": "Picture"}


def drawer(exports: Sequence[ExportRecord]) -> list[Node]:
    """The button of the bar with its panel, and what keeps it up to date."""
    face = [icon("download"), html.Span(badge(exports), id=Downloads.badge)]
    panel = [
        html.H2("Downloads", className="tile-title downloads-head"),
        html.Div(lines(exports), id=Downloads.list, className="downloads-list"),
    ]
    return [
        menu(face, panel, label="Downloads", panel_class="panel-menu panel-downloads", id=Downloads.panel),
        dcc.Interval(id=Downloads.timer, interval=_LOOK_EVERY, disabled=not unfinished(exports)),
        dcc.Store(id=Downloads.followed, data={"open": unfinished(exports), "mine": []}),
        dcc.Store(id=Downloads.pressed),
        dcc.Store(id=Downloads.ready),
    ]


def press(**what: str | int) -> dict[str, str]:
    """The attribute of a button that sends `what` to the callback of the drawer (assets/downloads.js)."""
    return {"data-export": json.dumps(what)}


def unfinished(exports: Sequence[ExportRecord]) -> list[int]:
    """The ids of those that are waited for."""
    return [export.id for export in exports if export.state in _OPEN]


def badge(exports: Sequence[ExportRecord], taken: Collection[int] = ()) -> list[Node]:
    """How many are made or wait to be fetched; `taken` are fetched in this moment."""
    making = len(unfinished(exports))
    ready = sum(_is_new(export) and export.id not in taken for export in exports)
    if not making + ready:
        return []
    words = [f"{making} in the making"] if making else []
    words += [f"{ready} ready"] if ready else []
    return [
        html.Span(str(making + ready), className="badge-count is-busy" if making else "badge-count"),
        html.Span(f": {', '.join(words)}", className="visually-hidden"),
    ]


def _is_new(export: ExportRecord) -> bool:
    return export.state is State.done and export.fetched_at is None


def lines(exports: Sequence[ExportRecord]) -> Node:
    """Newest first, or what will be here."""
    if not exports:
        return html.P(
            "Files of whole dashboards appear here while they are made, and stay for a day.", className="meta"
        )
    return html.Ul([html.Li(_line(export), key=str(export.id)) for export in exports])


def _line(export: ExportRecord) -> list[Node]:
    name = f"{export.title} ({_KINDS.get(export.format, export.format.upper())})"
    return [
        icon(_SYMBOLS.get(export.state, "hourglass-split"), tone="good" if _is_new(export) else ""),
        html.Div([html.Div(name, className="clip strong", title=name), *_about(export)], className="grow"),
        html.Div(_actions(export, name), className="row-flex"),
    ]


def _about(export: ExportRecord) -> list[Node]:
    if export.state in _OPEN:
        return [_progress(export)]
    if export.state is State.failed:
        return [html.Div(export.message, className="meta is-bad")]
    if export.state is State.cancelled:
        return [html.Div("Cancelled", className="meta")]
    until = [" · until ", day_and_time(export.expires_at)] if export.expires_at else []
    facts: list[Node] = [html.Div([size(export.file_size or 0), *until], className="meta")]
    if export.destination is not None:
        facts.append(html.Div(f"Also in a bucket: {export.destination.path}", className="meta downloads-where"))
    return facts


def _progress(export: ExportRecord) -> Node:
    words = "Waiting" if export.state is State.queued else "Starting"
    if export.total:
        words = f"Part {min(export.done + 1, export.total)} of {export.total}"
    part = export.done / export.total if export.total else 0
    bar = html.Div(
        html.Div(className="progress-bar", style={"width": f"{part:.0%}"}),
        className="progress",
        role="progressbar",
        **{"aria-label": export.title, "aria-valuenow": str(export.done), "aria-valuemax": str(export.total or 1)},
    )
    return html.Div([html.Span(words, className="meta"), bar], className="downloads-progress")


def _actions(export: ExportRecord, name: str) -> list[Node]:
    def pressed(act: str) -> dict[str, str]:
        return press(act=act, id=export.id)

    if export.state in _OPEN:
        return [button("Cancel", extra="btn-sm", hint=f"Cancel {name}", data=pressed("cancel"))]
    remove = icon_button("trash", f"Remove {name}", data=pressed("remove"))
    if export.state is State.done:
        where, said = f"/api/exports/{export.id}/file", f"Download {name}"
        fetch = link(icon("download"), where, class_name="btn btn-icon", label=said, title=said, **pressed("file"))
        return [fetch, remove]
    return [icon_button("arrow-clockwise", f"Try again: {name}", data=pressed("retry")), remove]
