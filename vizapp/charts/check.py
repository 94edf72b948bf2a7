"""Whether a config can be drawn by its type, naming every wrong field at once."""

from collections.abc import Iterator, Mapping

from vizapp.charts.entries import ChartType, Slot, get
from vizapp.charts.options import parse_options
from vizapp.charts.words import ADDITIVE, function_of, is_additive
from vizapp.errors import InvalidChartConfig
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate, ChartConfig
from vizapp.schemas.query import Shape

Columns = Mapping[str, ColumnType]

_NEED_NUMBERS = frozenset({Aggregate.sum, Aggregate.avg, Aggregate.median, Aggregate.min, Aggregate.max})


def check(config: ChartConfig, columns: Columns | None) -> None:
    """Raise InvalidChartConfig unless the type can draw this; without `columns` only the form is judged."""
    entry = get(config.chart_type)
    wrong = dict(_slots(entry, config, columns))
    if columns is not None:
        wrong |= dict(_unknown(config, columns))
    if entry.additive and not is_additive(config):
        names = " or ".join(sorted(name.value for name in ADDITIVE))
        wrong["aggregation.function"] = f"{entry.label} needs a measure that adds up: {names}"
    try:
        parse_options(entry.options, config.options)
    except InvalidChartConfig as exc:
        wrong |= exc.fields
    if wrong:
        raise InvalidChartConfig.of(wrong)


def _slots(entry: ChartType, config: ChartConfig, columns: Columns | None) -> Iterator[tuple[str, str]]:
    for slot in entry.slots:
        value = _value(config, slot)
        if not value:
            if slot.required and not _filled_elsewhere(slot, config):
                yield f"dataMapping.{slot.name}", f"{entry.label} needs {_article(slot.label)}"
        elif isinstance(value, str) and columns is not None and value in columns:
            yield from _fits(entry, slot, config, value, columns[value])


def _filled_elsewhere(slot: Slot, config: ChartConfig) -> bool:
    """Counting needs no measure column, and `groupBy` fills an axis that the mapping leaves open."""
    if slot.measure:
        return function_of(config) is Aggregate.count and get(config.chart_type).shape is not Shape.points
    return slot.name == "xAxis" and bool(config.aggregation and config.aggregation.group_by)


def _fits(entry: ChartType, slot: Slot, config: ChartConfig, name: str, kind: ColumnType) -> Iterator[tuple[str, str]]:
    path = f"dataMapping.{slot.name}"
    if slot.measure and entry.shape is not Shape.points:
        function = function_of(config)
        if config.aggregation is None and kind is not ColumnType.number:
            return  # without a function, what is not a number is counted
        if function in _NEED_NUMBERS and kind is not ColumnType.number:
            yield path, f"“{name}” is {kind.value}; {function.value} needs numbers"
    elif kind not in slot.accepts:
        yield path, f"“{name}” is {kind.value}; {slot.label} takes {_kinds(slot)}"


def _unknown(config: ChartConfig, columns: Columns) -> Iterator[tuple[str, str]]:
    mapping = config.data_mapping
    named: list[tuple[str, str | None]] = [
        ("dataMapping.xAxis", mapping.x_axis), ("dataMapping.yAxis", mapping.y_axis),
        ("dataMapping.series", mapping.series),
        *((f"dataMapping.filters.{i}.column", item.column) for i, item in enumerate(mapping.filters)),
        *((f"dataMapping.columns.{i}", name) for i, name in enumerate(mapping.columns)),
        *((f"dataMapping.measures.{i}.column", item.column) for i, item in enumerate(mapping.measures)),
    ]  # fmt: skip
    if config.aggregation is not None:
        named += [(f"aggregation.groupBy.{i}", name) for i, name in enumerate(config.aggregation.group_by)]
    for path, name in named:
        if name is not None and name not in columns:
            yield path, f"“{name}” is not a column of this data"
    for i, item in enumerate(mapping.measures):
        kind = columns.get(item.column or "")
        if item.function in _NEED_NUMBERS - {Aggregate.min, Aggregate.max} and kind not in (None, ColumnType.number):
            yield (
                f"dataMapping.measures.{i}.column",
                f"“{item.column}” is not a number; {item.function.value} needs numbers",
            )


def _value(config: ChartConfig, slot: Slot) -> object:
    wire = {"xAxis": "x_axis", "yAxis": "y_axis"}
    return getattr(config.data_mapping, wire.get(slot.name, slot.name), None)


def _article(label: str) -> str:
    return f"{'an' if label[0] in 'AEIOUX' else 'a'} {label}"


def _kinds(slot: Slot) -> str:
    names = sorted(kind.value for kind in slot.accepts)
    return " or ".join(names)
