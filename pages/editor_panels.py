"""What opens in the editor: the dashboard's settings, the offer of an earlier draft, the question after a conflict."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from components.controls import button, given, menu
from components.feedback import banner
from components.forms import field, select_field, switch_field, textarea_field
from components.icons import icon
from components.ids import Editor
from pages.editor_draft import Opened

PADDING = (("", "Standard"), ("0", "None"), ("8", "Small"), ("16", "Medium"), ("32", "Large"), ("48", "Very large"))
REFRESH = (
    ("0", "Off"),
    ("30", "Every 30 seconds"),
    ("60", "Every minute"),
    ("300", "Every 5 minutes"),
    ("900", "Every 15 minutes"),
    ("3600", "Every hour"),
)


def settings(opened: Opened) -> html.Details:
    """Description, background, padding and auto-refresh, behind one button."""
    found = opened.draft["layout"].get("settings", {})
    colour = str(found.get("backgroundColor", ""))
    padding, refresh = str(found.get("padding", "")), str(found.get("autoRefresh", "0"))
    picker = dbc.Input(id=Editor.background, type="color", disabled=not colour, **given(value=picked(colour)))
    parts = [
        html.H2("Dashboard settings", className="strong panel-title"),
        textarea_field("Description", id=Editor.description, value=opened.draft["description"]),
        switch_field("Own background colour", id=Editor.own_background, value=bool(colour)),
        field("Background colour", picker, id=Editor.background),
        select_field("Space around the charts", _with(PADDING, padding, " px"), id=Editor.padding, value=padding),
        select_field("Refresh by itself", _with(REFRESH, refresh, " s"), id=Editor.auto_refresh, value=refresh),
    ]
    return menu(
        icon("sliders"),
        html.Section(parts),
        label="Dashboard settings",
        panel_class="panel-menu editor-settings",
        id=Editor.settings,
    )


def picked(colour: str) -> str:
    """A colour as the browser's picker writes it (six digits); empty when it cannot show it."""
    if len(colour) == 4 and colour.startswith("#"):
        return "#" + "".join(2 * digit for digit in colour[1:])
    return colour if len(colour) == 7 and colour.startswith("#") else ""


def _with(options: tuple[tuple[str, str], ...], value: str, unit: str) -> tuple[tuple[str, str], ...]:
    known = any(key == value for key, _ in options)
    return options if known else (*options, (value, f"{value}{unit}"))


def offer() -> html.Div:
    """Unsaved changes of an earlier visit are kept in this browser; assets/editor.js shows it and says how many."""
    found = banner(
        "",
        actions=[button("Restore", id=Editor.restore), button("Discard", id=Editor.forget, kind="link")],
        id=Editor.offer,
    )
    found.children[1].id = Editor.offer_text
    found.hidden = True
    return found


def conflict() -> dbc.Modal:
    """Somebody saved meanwhile: three ways on, and none of them loses anything."""
    return dbc.Modal(
        [
            dbc.ModalHeader(html.H2("Somebody saved meanwhile", className="tile-title", id="editor-conflict-title")),
            dbc.ModalBody(
                [
                    html.P(id=Editor.conflict_text),
                    _way(
                        "Save as a copy",
                        "Both stay: theirs here, yours as a new dashboard.",
                        id=Editor.copy,
                        symbol="copy",
                    ),
                    _way(
                        "Overwrite with mine",
                        "Your version takes the place of theirs.",
                        id=Editor.overwrite,
                        symbol="arrow-up-circle",
                    ),
                    _way(
                        "Load theirs",
                        "Yours stays in this browser as a draft that you can restore.",
                        id=Editor.theirs,
                        symbol="arrow-down-circle",
                    ),
                ]
            ),
        ],
        id=Editor.conflict,
        is_open=False,
        centered=True,
        labelledby="editor-conflict-title",
    )


def _way(label: str, meaning: str, *, id: str, symbol: str) -> html.Button:
    words: list[Any] = [html.Strong(label), html.Span(meaning, className="meta")]
    return html.Button([icon(symbol), html.Span(words)], id=id, type="button", className="way")
