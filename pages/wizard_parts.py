"""The small controls of the wizard. Each says in its attributes what it does; assets/wizard.js turns a use of it
into an edit (see wizard_edits.py), so that one callback serves them all."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from components.controls import Node, Nodes
from components.forms import field_error

Options = Sequence[tuple[str, str]]
# dbc.Select keeps the empty value for itself; no column can be named like this. assets/wizard.js turns it into "".
NOTHING = "\x1f"


def does(do: str, at: object = "", value: object = None) -> dict[str, str]:
    """The attributes of a control that does `do` at `at`; buttons carry their value, fields have one."""
    named = {"data-do": do, "data-at": str(at)}
    return named if value is None else {**named, "data-value": str(value)}


def press(
    children: Nodes, do: str, at: object = "", value: object = None, *, class_name: str, **more: Any
) -> html.Button:
    """A button that does something to the draft."""
    return html.Button(children, type="button", className=class_name, **does(do, at, value), **more)


def choose(
    label: str, options: Options, value: str, do: str, at: object = "", *, class_name: str = "pick", empty: str = ""
) -> html.Label:
    """The browser's own list; `empty` is shown while nothing is chosen."""
    choices = [{"value": key, "label": text} for key, text in options]
    if empty:
        choices = [{"value": NOTHING, "label": empty}, *choices]
    small = "pick-select" if class_name.startswith("pick") else ""
    box = dbc.Select(options=choices, value=value or NOTHING, className=small)
    return html.Label([html.Span(label, className="visually-hidden"), box], className=class_name, **does(do, at))


def entry(
    label: str,
    value: object,
    do: str,
    at: object = "",
    *,
    type: str = "text",
    placeholder: str = "",
    class_name: str = "",
    wrong: bool = False,
    **more: Any,
) -> html.Label:
    """A line of text or a number, taken over when it is left or Enter is pressed."""
    shown = "" if value is None else value
    box = dbc.Input(
        value=shown,
        type=type,
        placeholder=placeholder,
        invalid=wrong,
        autocomplete="off",
        className=class_name,
        **more,
    )
    return html.Label([html.Span(label, className="visually-hidden"), box], className="entry", **does(do, at))


def switch(label: str, on: bool, do: str, at: object = "") -> html.Div:
    """On or off."""
    name = f"wizard-switch-{do}-{at}"
    return html.Div(dbc.Switch(id=name, value=on, label=label), className="entry", **does(do, at))


def segments(label: str, options: Options, value: str, do: str, at: object = "") -> html.Div:
    """A few choices side by side."""
    buttons = [
        press(
            text,
            do,
            at,
            key,
            class_name="btn grow active" if key == value else "btn grow",
            **{"aria-pressed": "true" if key == value else "false"},
        )
        for key, text in options
    ]
    return html.Div(buttons, className="btn-group seg", role="group", **{"aria-label": label})


def errors(wrong: Mapping[str, str], *paths: str) -> list[Node]:
    """The sentences about these paths and what lies under them."""
    found = [text for path, text in wrong.items() for asked in paths if path == asked or path.startswith(f"{asked}.")]
    return [field_error(text) for text in dict.fromkeys(found)]
