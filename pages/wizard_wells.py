"""Mapping: which column plays which part, as wells that hold pills. Everything in them can be dragged or chosen."""

from collections.abc import Mapping
from dataclasses import dataclass

from dash import html

from components.controls import Node
from components.ids import Wizard
from components.wells import type_icon
from pages.wizard_data import Data
from pages.wizard_draft import Draft
from pages.wizard_filters import filters
from pages.wizard_parts import NOTHING, choose, entry, errors, press, switch
from vizapp.access import Actor
from vizapp.charts import registry
from vizapp.charts.registry import Slot
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate, Grain
from vizapp.schemas.query import Shape

FUNCTIONS = {
    Aggregate.sum: "sum of", Aggregate.avg: "average", Aggregate.median: "median", Aggregate.min: "lowest",
    Aggregate.max: "highest", Aggregate.count: "count of", Aggregate.count_distinct: "distinct",
}  # fmt: skip
_OF_ANY = (Aggregate.count, Aggregate.count_distinct)
_OF_TIME = (Aggregate.min, Aggregate.max, *_OF_ANY)
_FINE = (Grain.hour, Grain.minute)
ROWS = "number of rows"


@dataclass(frozen=True, slots=True)
class Bench:
    """What the wells are made from."""

    draft: Draft
    dataset: Data
    types: Mapping[str, ColumnType]
    wrong: Mapping[str, str]

    def icon(self, name: str) -> Node:
        """The sign of a column's type."""
        kind = self.types.get(name)
        return type_icon(kind.value if kind else "question")


def wells(actor: Actor, draft: Draft, dataset: Data, wrong: Mapping[str, str]) -> list[Node]:
    """All wells of the draft's type, each with what is wrong in it."""
    bench = Bench(draft, dataset, dataset.types, wrong)
    kind = registry.get(draft.config.chart_type)
    rows = [_row(slot.label, _slot(bench, slot), _said(bench, slot)) for slot in kind.slots]
    rows.append(_row("Filters", *filters(actor, draft, dataset, wrong)))
    if kind.shape is not Shape.single:
        rows.append(_row("Sort", _sort(bench), errors(wrong, "sort")))
    if _can_limit(bench):
        rows.append(_row("Show", _limit(bench), errors(wrong, "limit")))
    swap = _swap(bench)
    head = html.H2(["Mapping", *([swap] if swap else [])], className="pane-head")
    return [head, html.Div([cell for row in rows for cell in row], className="wells")]


def _row(label: str, well: Node, said: list[Node]) -> tuple[Node, Node]:
    return html.Span(label, className="well-label"), html.Div([well, *said], className="well-cell")


def _said(bench: Bench, slot: Slot) -> list[Node]:
    paths = [f"dataMapping.{slot.name}", f"slot.{slot.name}"]
    if slot.measure:
        paths += ["aggregation.function", f"function.{slot.name}"]
    return errors(bench.wrong, *paths)


def _box(slot: str, label: str, inside: list[Node], *, empty: bool = False, bad: bool = False) -> html.Div:
    names = "well" + (" is-open" if empty else "") + (" is-wrong" if bad else "")
    drop = {"data-drop": slot, "data-drop-store": Wizard.dropped, "aria-label": label}
    return html.Div(inside, className=names, role="group", **drop)


def _slot(bench: Bench, slot: Slot) -> Node:
    bad = bool(_said(bench, slot))
    if slot.many:
        inside = _measures(bench) if slot.measure else _columns(bench, slot)
        return _box(slot.name, slot.label, inside, bad=bad)
    name = _value(bench, slot.name)
    counts = slot.measure and registry.get(bench.draft.config.chart_type).shape is not Shape.points
    if name is None and counts:
        return _box(slot.name, slot.label, [_rows_pill(bench, slot)], bad=bad)
    if name is None:
        return _box(slot.name, slot.label, [_pick_column(bench, slot, "", _asks(slot))], empty=True, bad=bad)
    return _box(slot.name, slot.label, [_pill(bench, slot, name, counts=counts)], bad=bad)


def _value(bench: Bench, slot: str) -> str | None:
    mapping = bench.draft.config.data_mapping
    return {"xAxis": mapping.x_axis, "yAxis": mapping.y_axis, "series": mapping.series}.get(slot)


def _asks(slot: Slot) -> str:
    return "Choose a column" if slot.required else "None"


def _pill(bench: Bench, slot: Slot, name: str, *, counts: bool) -> html.Span:
    parts: list[Node] = [bench.icon(name)]
    if counts:
        parts.append(_function(bench, name))
    parts.append(_pick_column(bench, slot, name, ""))
    kind = bench.types.get(name)
    if not slot.measure and kind is not None and kind.is_temporal and not _raw(bench):
        parts.append(_grain(bench, kind))
    parts.append(_remove(name, "slot", slot.name))
    return html.Span(parts, className="pill")


def _rows_pill(bench: Bench, slot: Slot) -> html.Span:
    """Without a column the rows are counted, and it says so."""
    return html.Span([type_icon("number"), _pick_column(bench, slot, "", ROWS)], className="pill")


def _pick_column(bench: Bench, slot: Slot, value: str, empty: str) -> Node:
    fits = [
        (name, name)
        for name, kind in bench.types.items()
        if kind in slot.accepts or (slot.measure and not _raw(bench)) or name == value
    ]
    if value and value not in bench.types:
        fits = [(value, f"{value} (gone)"), *fits]
    if slot.measure and value and not _raw(bench):
        fits = [(NOTHING, ROWS), *fits]
    label = f"{slot.label}: column"
    return choose(label, fits, value, "slot", slot.name, empty=empty, class_name="pick pick-column")


def _raw(bench: Bench) -> bool:
    return registry.get(bench.draft.config.chart_type).shape is Shape.points


def _function(bench: Bench, name: str) -> Node:
    aggregation = bench.draft.config.aggregation
    now = aggregation.function if aggregation else Aggregate.sum
    return _functions(bench, name, now, "yAxis")


def _functions(bench: Bench, name: str, now: Aggregate, at: object) -> Node:
    kind = bench.types.get(name)
    offered = list(FUNCTIONS)
    if kind is not ColumnType.number:
        offered = list(_OF_TIME if kind is not None and kind.is_temporal and at != "yAxis" else _OF_ANY)
    if now not in offered:
        offered = [now, *offered]
    options = [(function.value, FUNCTIONS[function]) for function in offered]
    return choose(f"Function of {name}", options, now.value, "function", at)


def _grain(bench: Bench, kind: ColumnType) -> Node:
    offered = [grain for grain in Grain if kind is ColumnType.datetime or grain not in _FINE]
    options = [(grain.value, "automatic step" if grain is Grain.auto else f"by {grain.value}") for grain in offered]
    return choose("Step of time", options, bench.draft.config.data_mapping.time_grain.value, "grain")


def _remove(name: str, do: str, at: object, value: object = "") -> html.Button:
    label = f"Remove {name}"
    return press("×", do, at, value, class_name="x", title=label, **{"aria-label": label})


def _columns(bench: Bench, slot: Slot) -> list[Node]:
    names = bench.draft.config.data_mapping.columns
    pills = [
        html.Span(
            [bench.icon(name), html.Span(name, className="clip"), _remove(name, "remove", "columns", index)],
            className="pill",
        )
        for index, name in enumerate(names)
    ]
    left = [(name, name) for name in bench.types if name not in names]
    return [*pills, choose("Add a column", left, "", "slot", slot.name, empty="Add", class_name="pick pick-add")]


def _measures(bench: Bench) -> list[Node]:
    pills: list[Node] = []
    for index, spec in enumerate(bench.draft.config.data_mapping.measures):
        name = spec.column or ROWS
        inside = [type_icon("number") if spec.column is None else bench.icon(name)]
        inside += [_functions(bench, name, spec.function, index)] if spec.column else []
        inside += [html.Span(name, className="clip"), _remove(name, "remove", "measures", index)]
        pills.append(html.Span(inside, className="pill"))
    offered = [("#", ROWS), *((name, name) for name in bench.types)]
    add = choose("Add a measure", offered, "", "measure", "", empty="Add", class_name="pick pick-add")
    return [*pills, add]


def _sort(bench: Bench) -> Node:
    config = bench.draft.config
    kind = bench.types.get(config.data_mapping.x_axis or "")
    up, down = ("oldest first", "newest first") if kind and kind.is_temporal else ("ascending", "descending")
    axis = config.data_mapping.x_axis or (config.data_mapping.columns[0] if config.data_mapping.columns else "x axis")
    value = "value" if config.data_mapping.y_axis is None else config.data_mapping.y_axis
    options = [
        ("x:asc", f"{axis}, {up}"),
        ("x:desc", f"{axis}, {down}"),
        ("y:desc", f"{value}, largest first"),
        ("y:asc", f"{value}, smallest first"),
    ]
    now = f"{config.sort.by.value}:{'desc' if config.sort.descending else 'asc'}" if config.sort else ""
    inside = choose("Sort", options, now, "sort", empty="as suits the axis", class_name="pick pick-plain")
    return html.Div(html.Span(inside, className="pill is-plain"), className="well")


def _can_limit(bench: Bench) -> bool:
    """Whether a top N means something: text along the axis, or a table."""
    config = bench.draft.config
    shape = registry.get(config.chart_type).shape
    x = bench.types.get(config.data_mapping.x_axis or "")
    return shape in (Shape.rows, Shape.points) or (shape is Shape.series and x is ColumnType.string)


def _limit(bench: Bench) -> Node:
    config = bench.draft.config
    bad = bool(errors(bench.wrong, "limit"))
    shape = registry.get(config.chart_type).shape
    number = entry(
        "How many at most",
        config.limit,
        "limit",
        type="number",
        placeholder="all",
        wrong=bad,
        class_name="entry-small",
        min=1,
    )
    words = {Shape.series: ("top", "by size"), Shape.points: ("first", "rows")}.get(shape, ("first", "rows"))
    inside: list[Node] = [html.Span(words[0], className="meta"), number, html.Span(words[1], className="meta")]
    if shape is Shape.series and config.limit:
        inside.append(switch("Other as one", config.other, "other"))
    return html.Div(inside, className="well well-line")


def _swap(bench: Bench) -> Node | None:
    mapping, kind = bench.draft.config.data_mapping, registry.get(bench.draft.config.chart_type)
    if kind.shape is Shape.points and mapping.x_axis and mapping.y_axis:
        return press("Swap axes", "swap", class_name="meta linkish")
    series = kind.slot("series")
    if (
        kind.shape is Shape.series
        and series
        and mapping.series
        and bench.types.get(mapping.x_axis or "") in series.accepts
    ):
        return press("Swap axis and series", "swap", class_name="meta linkish")
    return None
