"""Arranging a dashboard: a new one, or one that is stored."""

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from components.controls import button, button_link, icon_button, icon_link
from components.feedback import save_button
from components.icons import icon
from components.ids import Editor
from components.shell import page, work_bar
from pages import editor_draft, editor_panels
from pages.editor_draft import Opened
from pages.editor_side import side
from pages.editor_tiles import grid, templates
from vizapp.access import Actor
from vizapp.services import boards


def new(actor: Actor, *, query: Mapping[str, str] | None = None) -> Any:  # noqa: ARG001
    """A dashboard that is not stored yet."""
    return _page(actor, editor_draft.blank())


def edit(actor: Actor, *, dashboard_id: int, query: Mapping[str, str] | None = None) -> Any:  # noqa: ARG001
    """A stored dashboard, for those who may change it. Raises NotFound and PermissionDenied."""
    return _page(actor, editor_draft.of(boards.view_to_edit(actor, dashboard_id)))


def _page(actor: Actor, opened: Opened) -> Any:
    about = {**opened.about(actor.user_id), "templates": templates()}
    placed = {tile.chart_id for tile in opened.tiles}
    return page(
        [
            dcc.Store(id=Editor.state, data=opened.state),
            dcc.Store(id=Editor.history, data=None),
            dcc.Store(id=Editor.about, data=about),
            dcc.Store(id=Editor.outcome),
            _bar(opened),
            editor_panels.offer(),
            html.Div(
                [side(actor, placed), _canvas(opened, about["places"])],
                className="editor",
            ),
            _narrow(opened),
            editor_panels.conflict(),
            html.Div(id=Editor.live, className="visually-hidden", role="status", **{"aria-live": "polite"}),
            html.P(
                "Arrow keys move the chart, Shift and arrow keys resize it, Delete removes it.",
                id=Editor.keys,
                className="visually-hidden",
            ),
        ],
        class_name="editor-page",
    )


def _bar(opened: Opened) -> html.Div:
    back = icon_link(
        "arrow-left", "Back to the dashboard" if opened.record else "Back to the dashboards", _view(opened)
    )
    back.id = Editor.back
    bar = work_bar(
        back=back,
        title=_title(opened),
        middle=_save_state(),
        actions=[
            icon_button("arrow-counterclockwise", "Undo", id=Editor.undo, disabled=True),
            icon_button("arrow-clockwise", "Redo", id=Editor.redo, disabled=True),
            html.Span(className="vr-line"),
            editor_panels.settings(opened),
            button("Discard", id=Editor.discard, kind="link", disabled=True, hint="Back to what is saved"),
            save_button(id=Editor.save),
        ],
    )
    bar.className = "work-bar editor-bar"
    return bar


def _title(opened: Opened) -> html.Div:
    control = dbc.Input(
        id=Editor.name,
        value=opened.draft["name"],
        placeholder="Name this dashboard",
        maxLength=100,
        className="title-edit",
        autocomplete="off",
        autofocus=opened.record is None,
    )
    label = html.Label("Dashboard name", htmlFor=Editor.name, className="visually-hidden")
    saved = opened.record.name if opened.record else ""
    heading = html.H1(f"Edit {saved}" if saved else "New dashboard", className="visually-hidden")
    return html.Div(
        [heading, label, control, html.Div(id=Editor.name_error)],
        className="title-field",
        **{"data-field": Editor.name},
    )


def _save_state() -> html.Span:
    return html.Span(
        [
            html.Span(id=Editor.save_dot, className="dot", **{"aria-hidden": "true"}),
            html.Span(id=Editor.save_words),
        ],
        id=Editor.save_state,
        className="save-state",
        role="status",
        **{"data-unsaved": ""},
    )


def _canvas(opened: Opened, places: int) -> html.Div:
    lines = html.Div([html.I() for _ in range(opened.columns)], className="canvas-grid", **{"aria-hidden": "true"})
    hint = html.P([icon("grid-1x2"), "Drag a chart here, or press its plus sign."], className="canvas-empty")
    inside = html.Div([lines, grid(opened, places), hint], className="canvas-box", style={"--cols": opened.columns})
    return html.Section(inside, id=Editor.canvas, className="canvas", **{"aria-label": "Dashboard"})


def _narrow(opened: Opened) -> html.Section:
    """On a phone: there is no room to drag, and looking works."""
    return html.Section(
        [
            icon("laptop"),
            html.H2("Editing needs a wider screen", className="page-title"),
            html.P("Looking at the dashboard works here.", className="ink-2"),
            button_link("Open the dashboard" if opened.record else "All dashboards", _view(opened)),
        ],
        className="state state-page editor-narrow",
    )


def _view(opened: Opened) -> str:
    return f"/dashboards/{opened.record.id}" if opened.record else "/"
