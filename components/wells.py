"""Mapping columns to the parts of a chart: the list of columns, and wells that hold them as pills."""

from dash import html

from components.controls import Node
from components.icons import icon

# what the type of a column looks like in 20 px
_SIGNS = {"number": "123", "integer": "123", "string": "Aa"}
_SYMBOLS = {"date": "calendar3", "datetime": "calendar3", "time": "clock", "boolean": "toggle-on"}
_NAMES = {
    "number": "Number",
    "integer": "Number",
    "string": "Text",
    "date": "Date",
    "datetime": "Date and time",
    "boolean": "Yes or no",
}


def type_icon(kind: str) -> html.Span:
    """The sign of a column type, spoken by its name."""
    inside: Node = _SIGNS.get(kind) or icon(_SYMBOLS.get(kind, "question"))
    name = _NAMES.get(kind, kind)
    return html.Span(inside, className="type-icon", role="img", title=name, **{"aria-label": name})
