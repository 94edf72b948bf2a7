"""Buttons, links, menus, chips and other small controls, each with an accessible name."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.icons import icon
from components.ids import Id

Node: TypeAlias = Component | str | int | float
Nodes: TypeAlias = Node | Sequence[Node | None] | None


def as_list(nodes: Nodes) -> list[Node]:
    """Children as a list, without the gaps. (A component is itself iterable: `list(component)` gives ids.)"""
    if nodes is None:
        return []
    if isinstance(nodes, Component | str | int | float):
        return [nodes]
    return [node for node in nodes if node is not None]


def given(**props: Any) -> dict[str, Any]:
    """Only the properties that have a value: Dash refuses None for ids and writes empty attributes."""
    return {name: value for name, value in props.items() if value not in (None, "", False)}


def button(
    label: str,
    *,
    id: Id | None = None,
    kind: str = "secondary",
    symbol: str = "",
    data: Mapping[str, str] | None = None,
    disabled: bool = False,
    type: str = "button",
    extra: str = "",
    hint: str = "",
) -> html.Button:
    """A button with words. `kind`: primary (one a screen), secondary, link, danger; `hint` is a tooltip."""
    classes = {"danger": "btn btn-link btn-danger-quiet"}.get(kind, f"btn btn-{kind}")
    children = [icon(symbol), label] if symbol else label
    return html.Button(
        children,
        className=f"{classes} {extra}".strip(),
        type=type,
        **given(id=id, disabled=disabled, title=hint),
        **_data(data),
    )


def icon_button(
    symbol: str,
    label: str,
    *,
    id: Id | None = None,
    data: Mapping[str, str] | None = None,
    disabled: bool = False,
    extra: str = "",
) -> html.Button:
    """A button with a picture only; the label is spoken and shown as tooltip."""
    return html.Button(
        icon(symbol),
        className=f"btn btn-icon {extra}".strip(),
        type="button",
        title=label,
        **given(id=id, disabled=disabled),
        **{"aria-label": label},
        **_data(data),
    )


def link(
    children: Nodes, href: str, *, class_name: str = "", label: str = "", id: Id | None = None, **attrs: str
) -> html.A:
    """A link inside the app. It moves without loading the page anew (assets/clientside.js), and works without."""
    inside = href.startswith("/") and not href.startswith("//")
    mark = {"data-link": "app"} if inside else {"rel": "noopener noreferrer"}
    return html.A(children, href=href, **given(className=class_name, id=id, **{"aria-label": label}), **mark, **attrs)


def button_link(
    label: str, href: str, *, kind: str = "secondary", symbol: str = "", extra: str = "", id: Id | None = None
) -> html.A:
    """A link that looks like a button."""
    return link([icon(symbol), label] if symbol else label, href, class_name=f"btn btn-{kind} {extra}".strip(), id=id)


def icon_link(symbol: str, label: str, href: str) -> html.A:
    """A link with a picture only."""
    return link(icon(symbol), href, class_name="btn btn-icon", label=label, title=label)


def menu(
    face: Nodes,
    items: Nodes,
    *,
    label: str = "",
    class_name: str = "btn btn-icon",
    panel_class: str = "",
    id: Id | None = None,
    end: bool = True,
) -> html.Details:
    """A button that opens a panel below it; Esc or a click elsewhere closes it."""
    place = " dropdown-menu-end" if end else ""
    return html.Details(
        [
            html.Summary(face, className=class_name, **given(**{"aria-label": label, "title": label})),
            html.Div(items, className=f"dropdown-menu{place} show {panel_class}".strip()),
        ],
        className="menu-box",
        **given(id=id),
        **{"data-menu": "true"},
    )


def menu_item(
    label: str,
    *,
    id: Id | None = None,
    href: str = "",
    symbol: str = "",
    meta: str = "",
    danger: bool = False,
    data: Mapping[str, str] | None = None,
) -> html.A | html.Button:
    """One line of a menu: an action, or a place when it has an `href`."""
    children = [icon(symbol) if symbol else None, html.Span(label, className="grow"), _meta(meta)]
    class_name = "dropdown-item is-danger" if danger else "dropdown-item"
    if href:
        return link(as_list(children), href, class_name=class_name, id=id, **_data(data))
    return html.Button(as_list(children), className=class_name, type="button", **given(id=id), **_data(data))


def search(
    label: str, *, id: Id | None = None, placeholder: str = "", class_name: str = "", hotkey: bool = False
) -> html.Label:
    """A search field. With `hotkey` the key / jumps to it."""
    box = dbc.Input(type="search", placeholder=placeholder or label, debounce=200, autocomplete="off", **given(id=id))
    keys = html.Kbd("/", **{"aria-hidden": "true"}) if hotkey else None
    named = html.Span(label, className="visually-hidden")
    return html.Label(
        as_list([named, icon("search"), box, keys]),
        className=f"search {class_name}".strip(),
        **({"data-hotkey": "/"} if hotkey else {}),
    )


def tag(text: str, tone: str = "", symbol: str = "") -> html.Span:
    """A small label; tone: good, bad, warn, accent."""
    return html.Span(as_list([icon(symbol) if symbol else None, text]), className=f"tag tag-{tone}" if tone else "tag")


def dot(tone: str = "") -> html.Span:
    """A status dot; words beside it say the same."""
    return html.Span(className=f"dot dot-{tone}" if tone else "dot", **{"aria-hidden": "true"})


def star(name: str, *, id: Id | None = None, on: bool = False) -> html.Button:
    """The favourite toggle of the thing called `name`."""
    return html.Button(
        icon("star-fill" if on else "star"),
        className="star is-on" if on else "star",
        type="button",
        **given(id=id),
        **{"aria-label": f"Favourite {name}", "aria-pressed": "true" if on else "false"},
    )


def copy_button(text: str, *, label: str = "Copy", kind: str = "secondary") -> html.Button:
    """Puts `text` into the clipboard and says so."""
    return button(label, kind=kind, symbol="copy", data={"data-copy": text})


def _meta(text: str) -> html.Span | None:
    return html.Span(text, className="meta") if text else None


def _data(data: Mapping[str, str] | None) -> dict[str, str]:
    return dict(data or {})
