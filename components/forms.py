"""Form fields: label, control, help, and the error at the field it belongs to."""

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from components.controls import Node, Nodes, given
from components.icons import icon
from components.ids import Id, dom_id

Options = Sequence[tuple[str, str]]


def text_field(
    label: str,
    *,
    id: Id,
    value: str | float | None = None,
    help: str = "",
    error: str = "",
    type: str = "text",
    placeholder: str = "",
    span: int = 6,
    autocomplete: str = "off",
    required: bool = False,
    **props: Any,
) -> html.Div:
    """One line of text, a number, a password."""
    control = dbc.Input(
        id=id,
        value=value,
        type=type,
        placeholder=placeholder,
        invalid=bool(error),
        autocomplete=autocomplete,
        required=required,
        **props,
    )
    return field(label, control, id=id, help=help, error=error, span=span)


def textarea_field(
    label: str, *, id: Id, value: str = "", help: str = "", error: str = "", rows: int = 3, span: int = 6
) -> html.Div:
    """Several lines of text."""
    control = dbc.Textarea(id=id, value=value, rows=rows, invalid=bool(error))
    return field(label, control, id=id, help=help, error=error, span=span)


def select_field(
    label: str, options: Options, *, id: Id, value: str = "", help: str = "", error: str = "", span: int = 6
) -> html.Div:
    """One of a few; options are (value, text). The browser's own list, so keyboard and phone feel at home."""
    choices = [{"value": key, "label": text} for key, text in options]
    control = dbc.Select(id=id, options=choices, value=value, invalid=bool(error))
    return field(label, control, id=id, help=help, error=error, span=span)


def checks_field(
    label: str, options: Options, *, id: Id, value: Sequence[str] = (), help: str = "", error: str = "", span: int = 6
) -> html.Div:
    """Any of a few, each with a box; options are (value, text)."""
    choices = [{"value": key, "label": text} for key, text in options]
    boxes = dbc.Checklist(id=id, options=choices, value=list(value), inline=True)
    parts: list[Node] = [html.Legend(label, className="form-label"), boxes]
    if error:
        parts.append(field_error(error))
    if help:
        parts.append(html.Div(help, className="form-text"))
    return html.Fieldset(parts, className="field", style={"--span": span})


def switch_field(label: str, *, id: Id, value: bool = False, help: str = "", span: int = 6) -> html.Div:
    """On or off."""
    parts: list[Node] = [dbc.Switch(id=id, value=value, label=label)]
    if help:
        parts.append(html.Div(help, className="form-text"))
    return html.Div(parts, style={"--span": span})


def field(label: str, control: Node, *, id: Id, help: str = "", error: str = "", span: int = 6) -> html.Div:
    """Label, any control, help and error in their places. `span` of six columns in a `fields` grid."""
    parts: list[Node] = [html.Label(label, htmlFor=dom_id(id), className="form-label"), control]
    if error:
        parts.append(field_error(error, id=_name(id, "error")))
    if help:
        parts.append(html.Div(help, className="form-text", id=_name(id, "help")))
    # dbc takes no aria attributes: assets/clientside.js ties help and error to the control
    return html.Div(parts, className="field", style={"--span": span}, **{"data-field": dom_id(id)})


def field_error(text: str, *, id: str = "") -> html.Div:
    """Why this field is refused."""
    return html.Div(
        [icon("exclamation-circle"), html.Span(text)], className="field-error", role="alert", **given(id=id)
    )


def fields(children: Nodes) -> html.Div:
    """The grid of fields, six columns."""
    return html.Div(children, className="fields")


def swatches(colours: Sequence[str]) -> html.Span:
    """The colours of a palette side by side."""
    return html.Span(
        [html.I(style={"background": colour}) for colour in colours], className="swatches", **{"aria-hidden": "true"}
    )


def _name(id: Id, part: str) -> str:
    """An id in the document for what explains a field; without the characters that a dict id has."""
    plain = "".join(char if char.isalnum() else "-" for char in dom_id(id))
    return f"{plain.strip('-')}-{part}"
