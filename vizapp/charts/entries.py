"""The entries of the registry. Everything the app asks about a chart type is in its entry.

Built-in types register by importing their module; third parties register the same way from a module
named by an entry point in the group `vizapp.chart_types`. Callers outside charts/ use `registry`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Literal

import polars as pl

from vizapp.charts.options import NoOptions, OptionField, fields_of
from vizapp.charts.theme import Theme
from vizapp.errors import InvalidChartConfig
from vizapp.schemas.base import ColumnType, Strict
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.query import Facts, Shape
from vizapp.schemas.view import Picture

log = logging.getLogger(__name__)

Builder = Callable[[ChartConfig, pl.DataFrame, Facts, Theme], Picture]
Bundle = Literal["basic", "cartesian", "full"]

GROUP = "vizapp.chart_types"
_BUILT_IN = ("bars", "lines", "pie", "scatter", "kpi", "table")

ANY = frozenset(ColumnType)
NUMBERS = frozenset({ColumnType.number})
CATEGORIES = frozenset({ColumnType.string, ColumnType.boolean, ColumnType.number})
TEMPORAL = frozenset({ColumnType.date, ColumnType.datetime})


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in `dataMapping` that a column can fill. `measure` slots are aggregated by the config."""

    name: str
    label: str
    accepts: frozenset[ColumnType] = ANY
    required: bool = False
    measure: bool = False
    many: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """A named preset of options, shown as a tile of its own in the wizard; `thumb` names its picture."""

    key: str
    label: str
    thumb: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChartType:
    """One way to draw. The `max_…` caps are hints for the planner and hard limits for the picture.

    `additive` types refuse measures that do not add up; `raw_rows` tells that the shape is not grouped.
    """

    key: str
    label: str
    icon: str
    shape: Shape
    slots: tuple[Slot, ...]
    build: Builder
    options: type[Strict] = NoOptions
    bundle: Bundle = "basic"
    variants: tuple[Variant, ...] = ()
    max_x: int = 200
    max_series: int = 7
    max_points: int = 10_000
    additive: bool = False

    def slot(self, name: str) -> Slot | None:
        """The slot of that wire name, such as `xAxis`."""
        return next((slot for slot in self.slots if slot.name == name), None)

    def option_fields(self) -> tuple[OptionField, ...]:
        """The options as form fields."""
        return fields_of(self.options)


_types: dict[str, ChartType] = {}


def chart(
    key: str,
    *,
    label: str,
    icon: str,
    shape: Shape,
    slots: tuple[Slot, ...],
    options: type[Strict] = NoOptions,
    bundle: Bundle = "basic",
    variants: tuple[Variant, ...] = (),
    max_x: int = 200,
    max_series: int = 7,
    max_points: int = 10_000,
    additive: bool = False,
) -> Callable[[Builder], Builder]:
    """Register the decorated pure builder as chart type `key`; a key that is taken is a ValueError."""

    def register(build: Builder) -> Builder:
        if key in _types:
            raise ValueError(f"chart type {key} is registered twice")
        _types[key] = ChartType(
            key, label, icon, shape, slots, build, options, bundle, variants, max_x, max_series, max_points, additive
        )  # fmt: skip
        return build

    return register


def get(key: str) -> ChartType:
    """The type of that key; InvalidChartConfig names the known ones."""
    _load()
    if key not in _types:
        raise InvalidChartConfig.of({"chartType": f"{key} is not a chart type; known: {', '.join(_types)}"})
    return _types[key]


def all_types() -> tuple[ChartType, ...]:
    """Every type: built-in ones first, in the order of the wizard."""
    _load()
    return tuple(_types.values())


def describe(config: ChartConfig) -> str:
    """What a list calls this chart: “Ranked bar”, “Line”."""
    entry = get(config.chart_type)
    fitting = [v for v in entry.variants if all(config.options.get(k) == value for k, value in v.options)]
    return max(fitting, key=lambda v: len(v.options)).label if fitting else entry.label


def thumb_of(config: ChartConfig) -> str:
    """The key of the thumbnail that fits this config, see `thumb.thumbnail`."""
    label = describe(config)
    return next((v.thumb for v in get(config.chart_type).variants if v.label == label), config.chart_type)


@cache
def _load() -> None:
    for name in _BUILT_IN:
        import_module(f"vizapp.charts.{name}")
    for plugin in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        load_plugin(plugin)


# What importing a stranger's module may raise. A plug-in that stops the process on purpose still can.
_BROKEN = (ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError)
_BROKEN_TOO = (OSError, RuntimeError, SyntaxError, TypeError, ValueError)


def load_plugin(plugin: EntryPoint) -> bool:
    """Import one plug-in; a bad one is logged, leaves nothing behind and never stops the app."""
    before = dict(_types)
    try:
        plugin.load()
    except _BROKEN + _BROKEN_TOO:
        _types.clear()
        _types.update(before)
        log.exception("chart plug-in %s cannot be loaded and is skipped", plugin.name)
        return False
    return True
