"""Chart types in the wizard: tiles to choose from, and what becomes of a draft when its type changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vizapp.charts import registry
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate, ChartConfig
from vizapp.schemas.query import Shape

Columns = Mapping[str, ColumnType]
_ADDS_UP = (Aggregate.sum, Aggregate.count)
_TEXT_MEASURES = (Aggregate.count, Aggregate.count_distinct)


@dataclass(frozen=True, slots=True)
class TypeTile:
    """A chart type, or one variant of it, as the wizard offers it; `key` is `bar/ranked`."""

    key: str
    label: str
    thumb: str
    chart_type: str
    options: tuple[tuple[str, str], ...] = ()


def tiles() -> tuple[TypeTile, ...]:
    """All of them in the order of the registry."""
    return tuple(_tiles())


def _tiles() -> Iterator[TypeTile]:
    for entry in registry.all_types():
        for variant in entry.variants:
            yield TypeTile(f"{entry.key}/{variant.key}", variant.label, variant.thumb, entry.key, variant.options)
        if not entry.variants:
            yield TypeTile(entry.key, entry.label, entry.key, entry.key)


def is_on(tile: TypeTile, config: ChartConfig) -> bool:
    """Whether the config is drawn as this tile says."""
    if config.chart_type != tile.chart_type:
        return False
    own = [other for other in tiles() if other.chart_type == tile.chart_type]
    return len(own) == 1 or registry.describe(config) == tile.label


@dataclass(slots=True)
class _Parts:
    """What a config shows, apart from how a type writes it down."""

    x: str | None
    series: str | None
    y: str | None
    function: Aggregate | None


def changed(config: ChartConfig, tile: TypeTile, columns: Columns) -> ChartConfig:
    """The config as another type, with as many of its columns as that type takes."""
    options = {**_kept_options(config, tile), **dict(tile.options)}
    if config.chart_type == tile.chart_type:
        return config.model_copy(update={"options": options})
    parts = _parts(config)
    wire: dict[str, Any] = {
        **config.wire(),
        "chartType": tile.chart_type,
        "options": options,
        "sort": None,
        "limit": None,
        **_written(parts, tile.chart_type, columns),
    }
    grain = config.data_mapping.time_grain
    wire["dataMapping"] = {**wire["dataMapping"], "timeGrain": grain.value}
    return ChartConfig.parse(wire)


def _kept_options(config: ChartConfig, tile: TypeTile) -> dict[str, Any]:
    """Options that still mean something; those that make a variant are the tile's to set."""
    if config.chart_type != tile.chart_type:
        return {}
    ours = {name for other in tiles() if other.chart_type == tile.chart_type for name, _ in other.options}
    return {name: value for name, value in config.options.items() if name not in ours}


def _parts(config: ChartConfig) -> _Parts:
    mapping, function = config.data_mapping, config.aggregation.function if config.aggregation else None
    if not (mapping.columns or mapping.measures):
        return _Parts(mapping.x_axis, mapping.series, mapping.y_axis, function)
    first = mapping.measures[0] if mapping.measures else None
    x, series = (*mapping.columns[:2], None, None)[:2]
    return _Parts(x, series, first.column if first else None, first.function if first else None)


def _written(parts: _Parts, chart_type: str, columns: Columns) -> dict[str, Any]:
    entry = registry.get(chart_type)
    if entry.slot("columns"):
        measure = {"column": parts.y, "function": _function(parts, columns, additive=False).value}
        names = [name for name in (parts.x, parts.series) if name] or _first_group(columns)
        return {"dataMapping": {"columns": names, "measures": [measure]}, "aggregation": None}
    if entry.shape is Shape.points:
        return {"dataMapping": _points(parts, columns), "aggregation": None}
    x, series = entry.slot("xAxis"), entry.slot("series")
    mapping = {
        "xAxis": _fitting(parts.x, x, columns),
        "series": _fitting(parts.series, series, columns, required=False),
        "yAxis": parts.y,
    }
    return {
        "dataMapping": mapping,
        "aggregation": {"function": _function(parts, columns, additive=entry.additive).value},
    }


def _fitting(name: str | None, slot: registry.Slot | None, columns: Columns, *, required: bool = True) -> str | None:
    """The column if the slot takes it, else, where the slot needs one, the first that fits."""
    if slot is None:
        return None
    if name is not None and columns.get(name) in slot.accepts:
        return name
    # A number without a date has no trend to show, so it is offered the first date there is.
    wanted = slot.required or slot.accepts == registry.TEMPORAL
    if not (wanted and required):
        return None
    return next((other for other, kind in columns.items() if kind in slot.accepts), None)


def _first_group(columns: Columns) -> list[str]:
    """A table of measures alone has one row: group by the first column that is no number."""
    return [name for name, kind in columns.items() if kind is not ColumnType.number][:1]


def _points(parts: _Parts, columns: Columns) -> dict[str, Any]:
    numbers = [name for name, kind in columns.items() if kind is ColumnType.number]
    y = parts.y if parts.y in numbers else next(iter(numbers), None)
    keeps = parts.x in numbers or columns.get(parts.x or "") in registry.TEMPORAL
    x = parts.x if keeps else next((name for name in numbers if name != y), None)
    series = next((name for name in (parts.series, parts.x) if name and name not in (x, y)), None)
    fits = series is not None and columns.get(series) in registry.CATEGORIES
    return {"xAxis": x, "yAxis": y, "series": series if fits else None}


def _function(parts: _Parts, columns: Columns, *, additive: bool) -> Aggregate:
    kind = columns.get(parts.y or "")
    if parts.y is None:
        return Aggregate.count
    if kind is not ColumnType.number:
        return parts.function if parts.function in _TEXT_MEASURES and not additive else Aggregate.count
    function = parts.function or Aggregate.sum
    return function if function in _ADDS_UP or not additive else Aggregate.sum
