"""A page's layout as HTML: what a reader sees before Dash is there (assets/first-paint.js goes on from it).

Only plain HTML components are written; what needs a component library comes with Dash. Ids are written as
`data-id`: Dash will make the same elements with the true ones.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from itertools import count

from dash.development.base_component import Component

from components.ids import dom_id

_VOID = frozenset({"br", "hr", "img", "input"})
_ATTRIBUTES = {"className": "class", "htmlFor": "for"}
# What Dash keeps for itself, or the page's script puts in.
_LEFT_OUT = frozenset({"children", "id", "key", "n_clicks", "n_clicks_timestamp", "disable_n_clicks", "data-figure"})
# React writes "px" after bare numbers of these; all that the pages style by number.
_LENGTHS = frozenset({"width", "height", "maxWidth", "minHeight"})


def markup(layout: Component) -> str:
    """HTML of `layout`. A figure's box carries its place among the figures of the layout as `data-nth`."""
    return "".join(_write(layout, count()))


def _write(node: object, figures: Iterator[int]) -> Iterator[str]:
    if isinstance(node, list | tuple):
        for part in node:
            yield from _write(part, figures)
    elif isinstance(node, Component):
        yield from _element(node, figures)
    elif node is not None:
        yield escape(str(node))


def _element(component: Component, figures: Iterator[int]) -> Iterator[str]:
    if component._namespace != "dash_html_components":
        return
    props: Mapping[str, object] = component.to_plotly_json()["props"]  # type: ignore[no-untyped-call]
    tag = component._type.lower()
    nth = f' data-nth="{next(figures)}"' if "data-figure" in props else ""
    yield f"<{tag}{_attributes(props)}{nth}>"
    if tag not in _VOID:
        yield from _write(props.get("children"), figures)
        yield f"</{tag}>"


def _attributes(props: Mapping[str, object]) -> str:
    found = {_ATTRIBUTES.get(name, name): value for name, value in props.items() if name not in _LEFT_OUT}
    if "id" in props:
        found["data-id"] = dom_id(props["id"])  # type: ignore[arg-type]  # dash gives texts and mappings
    return "".join(_attribute(name, value) for name, value in found.items() if value is not None and value is not False)


def _attribute(name: str, value: object) -> str:
    if value is True:
        return f" {name}"
    text = _css(value) if isinstance(value, Mapping) else str(value)
    return f' {name}="{escape(text)}"'


def _css(style: Mapping[str, object]) -> str:
    """React's style object as text: `{"maxWidth": 260, "--w": 4}` → `max-width:260px;--w:4`."""
    return ";".join(f"{_kebab(name)}:{value}{_unit(name, value)}" for name, value in style.items())


def _unit(name: str, value: object) -> str:
    return "px" if name in _LENGTHS and isinstance(value, int | float) and value else ""


def _kebab(name: str) -> str:
    return name if name.startswith("--") else re.sub(r"(?=[A-Z])", "-", name).lower()
