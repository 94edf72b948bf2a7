"""Filters in the mapping: column, comparison, value; what is wrong is said at the filter."""

from collections.abc import Mapping, Sequence

from dash import html

from components.controls import Node, menu
from components.icons import icon
from components.ids import Wizard
from pages.wizard_data import Data
from pages.wizard_draft import FILTERS, Draft, DraftFilter
from pages.wizard_parts import choose, entry, errors, press
from vizapp.access import Actor
from vizapp.charts.words import OPERATORS
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Operator
from vizapp.services import materials

_NULLS = (Operator.not_null, Operator.is_null)
_ORDER = (Operator.ge, Operator.gt, Operator.le, Operator.lt, Operator.between)
OFFERED: Mapping[ColumnType, tuple[Operator, ...]] = {
    ColumnType.string: (Operator.in_, Operator.eq, Operator.ne, Operator.contains, *_NULLS),
    ColumnType.boolean: (Operator.eq, Operator.ne, *_NULLS),
    ColumnType.number: (*_ORDER, Operator.eq, Operator.ne, *_NULLS),
    ColumnType.date: (*_ORDER, Operator.eq, Operator.ne, *_NULLS),
    ColumnType.datetime: (*_ORDER, *_NULLS),
}
_TIME_WORDS = {
    Operator.eq: "on", Operator.ne: "not on", Operator.gt: "after", Operator.ge: "from", Operator.lt: "before",
    Operator.le: "until",
}  # fmt: skip
# Beyond this a list is no quicker than typing; the most frequent ones are offered.
LISTED = 200


def filters(actor: Actor, draft: Draft, dataset: Data, wrong: Mapping[str, str]) -> tuple[Node, list[Node]]:
    """The well with one line a filter and the way to add one, and what is wrong with adding."""
    types = dataset.types
    lines = [
        _line(index, item, _values(actor, draft, item, dataset), dataset, wrong)
        for index, item in enumerate(draft.filters)
    ]
    add = choose("Add a filter on", [(n, n) for n in types], "", "filter-add", empty="Add", class_name="pick pick-add")
    well = html.Div(
        [*lines, add],
        className="well well-filters",
        role="group",
        **{"aria-label": "Filters", "data-drop": "filters", "data-drop-store": Wizard.dropped},
    )
    return well, errors(wrong, "filter-add", "slot.filters")


def _line(index: int, item: DraftFilter, known: Sequence[str], dataset: Data, wrong: Mapping[str, str]) -> html.Div:
    kind = dataset.types.get(item.column, ColumnType.string)
    said = errors(wrong, f"{FILTERS}.{index}", f"filter-value.{index}", f"filter-operator.{index}")
    words = {**OPERATORS, **(_TIME_WORDS if kind.is_temporal else {})}
    offered = OFFERED[kind] if item.operator in OFFERED[kind] else (item.operator, *OFFERED[kind])
    pick = choose(
        f"Comparison of {item.column}",
        [(operator.value, words[operator]) for operator in offered],
        item.operator.value,
        "filter-operator",
        index,
    )
    label = f"Remove the filter on {item.column}"
    end = press("×", "filter-remove", index, class_name="x", title=label, **{"aria-label": label})
    name = html.Span(item.column, className="clip", title=item.column)
    pill = html.Span([name, pick, *_value(index, item, kind, known, bad=bool(said)), end], className="pill is-plain")
    return html.Div([pill, *said], className="filter-line")


def _value(index: int, item: DraftFilter, kind: ColumnType, known: Sequence[str], *, bad: bool) -> list[Node]:
    if item.operator in _NULLS:
        return []
    if item.operator is Operator.between:
        ends = item.value if isinstance(item.value, list) else ["", ""]
        boxes = [
            entry(f"{name} {item.column}", ends[at], "filter-end", f"{index}.{at}", type=_type(kind), wrong=bad)
            for at, name in enumerate(("From", "To"))
        ]
        return [boxes[0], html.Span("to", className="meta"), boxes[1]]
    if item.operator is Operator.in_:
        return [_several(index, item, known)]
    label = f"Value of {item.column}"
    if kind is ColumnType.boolean:
        now = {True: "true", False: "false"}.get(item.value, str(item.value or "").lower())  # type: ignore[call-overload]
        options = [("true", "yes"), ("false", "no")]
        return [choose(label, options, now, "filter-value", index, empty="choose")]
    return [entry(label, item.value, "filter-value", index, type=_type(kind), placeholder="value", wrong=bad)]


def _type(kind: ColumnType) -> str:
    return {ColumnType.number: "number", ColumnType.date: "date", ColumnType.datetime: "date"}.get(kind, "text")


def _several(index: int, item: DraftFilter, offered: Sequence[str]) -> html.Details:
    """A list to tick; the face says what is ticked."""
    chosen = [str(value) for value in item.value] if isinstance(item.value, list) else []
    values = [*[value for value in chosen if value not in offered], *offered]
    lines = [_tick(index, value, on=value in chosen) for value in values]
    face = (
        "choose"
        if not chosen
        else chosen[0]
        if len(chosen) == 1
        else f"{len(chosen)} of {max(len(values), len(chosen))}"
    )
    return menu(
        [html.Span(face, className="clip"), icon("chevron-down")],
        html.Div(lines, className="ticks", role="group", **{"aria-label": f"Values of {item.column}"}),
        label=f"Values of {item.column}: {', '.join(chosen[:5]) or 'none chosen'}",
        class_name="pick-values",
        end=False,
    )


def _tick(index: int, value: str, *, on: bool) -> html.Button:
    parts = [icon("check-square-fill" if on else "square"), html.Span(value, className="clip")]
    return press(
        parts,
        "filter-toggle",
        index,
        value,
        class_name="tick is-on" if on else "tick",
        **{"aria-pressed": "true" if on else "false"},
    )


def _values(actor: Actor, draft: Draft, item: DraftFilter, dataset: Data) -> Sequence[str]:
    """What the list offers: the report knows the most frequent values, the data knows more."""
    report = next((c for c in dataset.columns if c["name"] == item.column), None)
    if item.operator is not Operator.in_ or report is None:
        return ()
    top = report.get("top")
    known = [str(value) for value in top] if isinstance(top, list) else []
    if known and int(str(report.get("distinct", 0))) <= len(known):
        return known
    return materials.values(actor, draft.origin, item.column, limit=LISTED)
