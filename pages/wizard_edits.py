"""What each control of the wizard does to the draft. Pure: a draft and an edit make the next draft.

An edit that does not fit is refused and remembered in `wrong`, so that its field can say why.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import Field

from pages import wizard_suggest, wizard_types
from pages.wizard_data import Data
from pages.wizard_draft import LOOK, MAPPING, SAVE, TYPE, Draft
from vizapp.charts import registry
from vizapp.charts.roles import usual_aggregate
from vizapp.errors import InvalidInput
from vizapp.schemas.base import ColumnType, Strict
from vizapp.schemas.chart import Operator, Scalar

ROWS = "#"
Raw = dict[str, Any]
Value = Any


class Edit(Strict):
    """One use of one control: `do` names the deed, `at` the place. Numbers `n` grow."""

    n: Annotated[int, Field(ge=1)]
    do: Annotated[str, Field(max_length=30)]
    at: Annotated[str, Field(max_length=200)] = ""
    value: Scalar | Annotated[list[Scalar], Field(max_length=1000)] | None = None


class Edits(Strict):
    """All edits the browser has not yet seen in a draft, oldest first."""

    edits: Annotated[list[Edit], Field(max_length=200)] = []


def apply(draft: Draft, edits: Sequence[Edit], dataset: Data) -> Draft:
    """The draft after the edits it does not hold yet."""
    for edit in edits:
        if edit.n > draft.applied:
            draft = _one(draft, edit, dataset)
    return draft


def _one(draft: Draft, edit: Edit, dataset: Data) -> Draft:
    deed = DEEDS.get(edit.do)
    quiet = edit.do in QUIET
    counted = {"applied": edit.n, "changes": draft.changes + (0 if quiet else 1)}
    if deed is None:
        return draft.model_copy(update={"applied": edit.n})
    raw = {**draft.model_dump(mode="json", by_alias=True), "wrong": {}}
    try:
        deed(raw, edit.at, edit.value, _Data(draft, dataset))
        if edit.do == "step" and raw["step"] == SAVE:
            counted["asked"] = edit.n
        return Draft.parse(raw).model_copy(update=counted)
    except InvalidInput as exc:
        path = f"{edit.do}.{edit.at}".removesuffix(".")
        reason = next(iter(exc.fields.values()), exc.message).partition(": ")[2] or exc.message
        return draft.model_copy(update={"applied": edit.n, "wrong": {path: reason}})


class _Data:
    """What deeds may look at: the draft before the edit and its data."""

    def __init__(self, draft: Draft, dataset: Data) -> None:
        self.draft, self.dataset, self.types = draft, dataset, dataset.types

    def kind(self, column: object) -> ColumnType | None:
        """The type of a column, None when there is no such column."""
        return self.types.get(str(column))


def _type(raw: Raw, at: str, _value: Value, data: _Data) -> None:
    tile = next((tile for tile in wizard_types.tiles() if tile.key == at), None)
    if tile is None:
        raise InvalidInput("chart type: there is no such type")
    raw["config"] = wizard_types.changed(data.draft.config, tile, data.types).wire()
    raw["step"] = MAPPING


def _suggestion(raw: Raw, at: str, _value: Value, data: _Data) -> None:
    found = wizard_suggest.suggestions(data.dataset, data.draft)
    if not at.isdecimal() or int(at) >= len(found):
        raise InvalidInput("recommendation: it is gone")
    styling = {**raw["config"]["styling"], "title": None, "subtitle": None}
    raw["config"] = {**found[int(at)].config.wire(), "table": raw["config"].get("table"), "styling": styling}
    raw["step"] = MAPPING


def _column(raw: Raw, _at: str, value: Value, data: _Data) -> None:
    """A pressed column goes to the first empty place that takes it, or leaves the one it has."""
    mapping, name = raw["config"]["dataMapping"], str(value)
    entry = registry.get(raw["config"]["chartType"])
    for slot in entry.slots:
        if not slot.many and mapping.get(slot.name) == name:
            return _slot(raw, slot.name, None, data)
    kind = data.kind(name)
    for slot in entry.slots:
        taken = not slot.many and mapping.get(slot.name)
        if not taken and (kind in slot.accepts) and not (slot.many and slot.measure and kind is not ColumnType.number):
            return _slot(raw, slot.name, name, data)
    last = next((slot for slot in reversed(entry.slots) if kind in slot.accepts and not slot.many), None)
    if last is None:
        raise InvalidInput(f"column: “{name}” has no place in this chart")
    return _slot(raw, last.name, name, data)


def _slot(raw: Raw, at: str, value: Value, data: _Data) -> None:
    """A column into a place, or nothing into it."""
    config, mapping = raw["config"], raw["config"]["dataMapping"]
    raw["step"] = MAPPING
    name = str(value) if value else None
    if name is not None and data.kind(name) is None:
        raise InvalidInput(f"column: “{name}” is not a column of this data")
    if at == "filters":
        return _filter_add(raw, "", name, data)
    if at == "columns" and name:
        mapping["columns"] = [*[c for c in mapping.get("columns", []) if c != name], name]
    elif at == "measures" and name:
        mapping["measures"] = [*mapping.get("measures", []), _measure(name, data)]
    elif at in ("xAxis", "yAxis", "series"):
        before = mapping.get(at)
        mapping[at] = name
        if at == "xAxis":
            mapping["timeGrain"] = "auto"
        if at == "yAxis":
            _refit(config, name, data, before=before)
    return None


def _measure(name: str, data: _Data) -> Raw:
    return {"column": name, "function": "sum" if data.kind(name) is ColumnType.number else "count"}


def _refit(config: Raw, name: str | None, data: _Data, *, before: str | None) -> None:
    """The aggregate follows its column, unless a person chose one: rows are counted, amounts summed, rates averaged."""
    if registry.get(config["chartType"]).shape.value == "points":
        return
    now = (config.get("aggregation") or {}).get("function")
    if name is None or data.kind(name) is not ColumnType.number:
        function = "count_distinct" if name and now == "count_distinct" else "count"
    else:
        chosen = now and now != "count" and (before is None or now != usual_aggregate(before))
        function = now if chosen else usual_aggregate(name).value
    config["aggregation"] = {**(config.get("aggregation") or {}), "function": function}


def _remove(raw: Raw, at: str, value: Value, _data: _Data) -> None:
    """One of several columns or measures, by its number."""
    items = raw["config"]["dataMapping"].get(at) or []
    index = _index(value, items)
    raw["config"]["dataMapping"][at] = [*items[:index], *items[index + 1 :]]


def _function(raw: Raw, at: str, value: Value, _data: _Data) -> None:
    raw["step"] = MAPPING
    if at == "yAxis":
        raw["config"]["aggregation"] = {**(raw["config"].get("aggregation") or {}), "function": value}
        return
    measures = raw["config"]["dataMapping"]["measures"]
    index = _index(at, measures)
    column = measures[index].get("column")
    measures[index] = {"column": column, "function": value if column else "count"}


def _measures(raw: Raw, _at: str, value: Value, data: _Data) -> None:
    """One more measure; `#` counts rows."""
    if value == ROWS:
        mapping = raw["config"]["dataMapping"]
        mapping["measures"] = [*mapping.get("measures", []), {"column": None, "function": "count"}]
    else:
        _slot(raw, "measures", value, data)


def _grain(raw: Raw, _at: str, value: Value, _data: _Data) -> None:
    raw["config"]["dataMapping"]["timeGrain"] = value
    raw["step"] = MAPPING


def _swap(raw: Raw, _at: str, _value: Value, data: _Data) -> None:
    mapping = raw["config"]["dataMapping"]
    other = "yAxis" if registry.get(raw["config"]["chartType"]).shape.value == "points" else "series"
    mapping["xAxis"], mapping[other] = mapping.get(other), mapping.get("xAxis")
    mapping["timeGrain"] = data.draft.config.data_mapping.time_grain.value


def _filter_add(raw: Raw, _at: str, value: Value, data: _Data) -> None:
    kind = data.kind(value)
    if kind is None:
        raise InvalidInput(f"column: “{value}” is not a column of this data")
    operator = {ColumnType.string: "in", ColumnType.boolean: "eq"}.get(kind, "ge")
    raw["filters"] = [*raw["filters"], {"column": str(value), "operator": operator}]
    raw["step"] = MAPPING


def _filter_operator(raw: Raw, at: str, value: Value, _data: _Data) -> None:
    item = raw["filters"][_index(at, raw["filters"])]
    old, new = item.get("value"), Operator(value) if str(value) in set(Operator) else None
    if new is None:
        raise InvalidInput("operator: there is no such comparison")
    wants_list = new in (Operator.in_, Operator.between)
    if wants_list != isinstance(old, list) or (new is Operator.between and len(old or []) != 2):
        old = None
    item.update(operator=new.value, value=None if new in (Operator.is_null, Operator.not_null) else old)


def _filter_value(raw: Raw, at: str, value: Value, _data: _Data) -> None:
    raw["filters"][_index(at, raw["filters"])]["value"] = value if value != "" else None
    raw["step"] = MAPPING


def _filter_end(raw: Raw, at: str, value: Value, _data: _Data) -> None:
    """One end of a range; `at` is the filter's number and 0 or 1."""
    number, _, end = at.partition(".")
    item = raw["filters"][_index(number, raw["filters"])]
    old = item.get("value")
    ends = list(old) if isinstance(old, list) and len(old) == 2 else ["", ""]
    ends[1 if end == "1" else 0] = value if isinstance(value, str | int | float) else ""
    item["value"] = ends


def _filter_toggle(raw: Raw, at: str, value: Value, _data: _Data) -> None:
    item = raw["filters"][_index(at, raw["filters"])]
    chosen = item.get("value") if isinstance(item.get("value"), list) else []
    item["value"] = [v for v in chosen if v != value] if value in chosen else [*chosen, value]


def _filter_remove(raw: Raw, at: str, _value: Value, _data: _Data) -> None:
    index = _index(at, raw["filters"])
    raw["filters"] = [*raw["filters"][:index], *raw["filters"][index + 1 :]]


def _sort(raw: Raw, _at: str, value: Value, _data: _Data) -> None:
    by, _, direction = str(value or "").partition(":")
    raw["config"]["sort"] = {"by": by, "descending": direction == "desc"} if by else None
    raw["step"] = MAPPING


def _limit(raw: Raw, _at: str, value: Value, _data: _Data) -> None:
    raw["config"]["limit"] = None if value in (None, "") else value
    raw["step"] = MAPPING


def _other(raw: Raw, _at: str, value: Value, _data: _Data) -> None:
    raw["config"]["other"] = bool(value)


def _style(raw: Raw, at: str, value: Value, _data: _Data) -> None:
    """`at` is a key of Styling; the three-way switches send auto, on and off."""
    raw["config"]["styling"][at] = {"auto": None, "on": True, "off": False, "": None}.get(str(value), value)
    raw["step"] = LOOK


def _title(raw: Raw, _at: str, value: Value, _data: _Data) -> None:
    text = str(value or "").strip()
    raw["config"]["styling"]["title"] = None if text in ("", wizard_suggest.title(_data.draft.config)) else text


def _option(raw: Raw, at: str, value: Value, data: _Data) -> None:
    field = next((f for f in registry.get(data.draft.config.chart_type).option_fields() if f.name == at), None)
    if field is None:
        raise InvalidInput("option: this type has no such option")
    raw["config"]["options"] = {**raw["config"]["options"], at: value}
    raw["step"] = LOOK


def _step(raw: Raw, at: str, _value: Value, _data: _Data) -> None:
    raw["step"] = int(at) if at.isdecimal() else TYPE


def _closed(raw: Raw, _at: str, _value: Value, _data: _Data) -> None:
    """The dialogue was closed by the browser: Esc, the cross, a press beside it."""
    if raw["step"] == SAVE:
        raw["step"] = MAPPING


def _view(raw: Raw, at: str, _value: Value, _data: _Data) -> None:
    raw["view"] = at


def _name(raw: Raw, _at: str, value: Value, _data: _Data) -> None:
    raw["name"] = str(value or "")


def _description(raw: Raw, _at: str, value: Value, _data: _Data) -> None:
    raw["description"] = str(value or "")


def _index(text: Value, items: Sequence[object]) -> int:
    if not str(text).isdecimal() or int(text) >= len(items):
        raise InvalidInput("entry: it is gone")
    return int(text)


DEEDS: dict[str, Callable[[Raw, str, Value, _Data], None]] = {
    "type": _type, "suggestion": _suggestion, "column": _column, "slot": _slot, "remove": _remove,
    "function": _function, "measure": _measures, "grain": _grain, "swap": _swap,
    "filter-add": _filter_add, "filter-operator": _filter_operator, "filter-value": _filter_value,
    "filter-end": _filter_end, "filter-toggle": _filter_toggle, "filter-remove": _filter_remove,
    "sort": _sort, "limit": _limit, "other": _other, "style": _style, "title": _title, "option": _option,
    "step": _step, "closed": _closed, "view": _view, "name": _name, "description": _description,
}  # fmt: skip
# Looking around changes nothing that would have to be saved.
QUIET = frozenset({"step", "view", "closed"})
