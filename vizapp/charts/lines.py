"""Lines and areas: values along time or numbers, labelled at their ends while there are few."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field

from vizapp.charts import axes, marks
from vizapp.charts.entries import Variant, chart
from vizapp.charts.figure import figure, wants_legend
from vizapp.charts.formats import compact
from vizapp.charts.labels import end_labels, end_margin
from vizapp.charts.options import parse_options
from vizapp.charts.prepare import Floats, instants, numbers
from vizapp.charts.series import Series, cap_note, legend, split
from vizapp.charts.text import plain, unique
from vizapp.charts.theme import Json, Theme
from vizapp.charts.words import is_additive, measure, subtitle
from vizapp.schemas.base import Strict
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.query import Facts, Shape
from vizapp.schemas.view import Picture

# Up to a month of days each point is a fact of its own; beyond that dots only thicken the line.
MAX_MARKERS = 31
# Lines need not start at zero, but a flat start is dishonest when values reach far down towards it.
FLAT_SHARE = 0.2
AREA_FILL = 0.15
STACK_FILL = 0.85


class LineOptions(Strict):
    """How lines run."""

    labels: Literal["auto", "ends", "legend", "none"] = Field(
        "auto", title="Labels", description="Names at the ends of up to four lines, else a legend"
    )
    zero: Literal["auto", "on", "off"] = Field("auto", title="Start at zero", description="Off only when asked or flat")
    smooth: bool = Field(False, title="Smooth", description="Round the corners; the points stay where they are")


class AreaOptions(Strict):
    """How areas pile up."""

    labels: Literal["auto", "ends", "legend", "none"] = Field("auto", title="Labels", description="Names of the series")
    stack: Literal["stacked", "percent"] = Field(
        "stacked", title="Series", description="Values, or shares of the whole"
    )


@dataclass(frozen=True, slots=True)
class _Lines:
    """All that the parts of one line chart need to know."""

    config: ChartConfig
    facts: Facts
    frame: pl.DataFrame
    series: list[Series]
    kind: marks.Kind
    names: tuple[object, ...]
    keys: dict[object, str]
    filled: bool = False
    stacked: bool = False
    shares: bool = False
    smooth: bool = False
    ends: bool = False
    notes: tuple[str, ...] = ()


@chart(
    "line",
    label="Line",
    icon="graph-up",
    shape=Shape.series,
    slots=marks.SLOTS,
    options=LineOptions,
    max_x=10_000,
    variants=(Variant("line", "Line", "line"),),
)
def line(config: ChartConfig, frame: pl.DataFrame, facts: Facts, theme: Theme) -> Picture:
    """One line a series; missing values are gaps."""
    options = parse_options(LineOptions, config.options)
    lines = replace(_plan(config, frame, facts, theme), smooth=options.smooth)
    lines = replace(lines, ends=_at_ends(lines, options.labels))
    low, high = marks.extent(lines.frame, stacked=False)
    zero = options.zero == "on" or (options.zero == "auto" and not _is_flat(low, high))
    axis = axes.value_axis(low, high, zero=zero)
    if not zero and low * high > 0:
        lines = replace(lines, notes=(*lines.notes, "The vertical axis does not start at zero."))
    return _picture(lines, axis, options.labels, "Line chart")


@chart(
    "area",
    label="Area",
    icon="graph-up-arrow",
    shape=Shape.series,
    slots=marks.SLOTS,
    options=AreaOptions,
    max_x=10_000,
    variants=(Variant("area", "Area", "area"),),
)
def area(config: ChartConfig, frame: pl.DataFrame, facts: Facts, theme: Theme) -> Picture:
    """A filled line, or piles of series that add up; what cannot be piled is drawn as lines, and says so."""
    options = parse_options(AreaOptions, config.options)
    lines = _plan(config, frame, facts, theme)
    if len(lines.series) == 1:
        low, high = marks.extent(lines.frame, stacked=False)
        return _picture(replace(lines, filled=True), axes.value_axis(low, high), options.labels, "Area chart")
    why = _no_pile(lines)
    if why:
        low, high = marks.extent(lines.frame, stacked=False)
        lines = replace(lines, ends=_at_ends(lines, options.labels), notes=(*lines.notes, why))
        return _picture(lines, axes.value_axis(low, high), options.labels, "Line chart")
    shares = options.stack == "percent"
    series = marks.shares(lines.series, lines.frame) if shares else lines.series
    low, high = marks.extent(lines.frame, stacked=True)
    axis = axes.percent_axis() if shares else axes.value_axis(low, high)
    return _picture(
        replace(lines, series=series, stacked=True, shares=shares), axis, options.labels, "Stacked area chart"
    )


def _plan(config: ChartConfig, frame: pl.DataFrame, facts: Facts, theme: Theme) -> _Lines:
    kind = marks.kind_of(frame["x"])
    names = marks.category_order(frame, config) if kind == "category" else []
    keys = dict(zip(names, unique(plain(marks.name(item)) for item in names), strict=True))
    if kind == "category":
        frame = frame.with_columns(pl.col("x").cast(pl.Enum([str(item) for item in names])))
    frame = frame.sort("x", maintain_order=True)
    series = split(frame, theme)
    return _Lines(config, facts, frame, series, kind, tuple(names), keys, notes=cap_note(frame, series, config))


def _at_ends(lines: _Lines, labels: str) -> bool:
    few = 2 <= len(lines.series) <= 4
    return labels == "ends" or (labels == "auto" and few and lines.config.styling.show_legend is not True)


def _is_flat(low: float, high: float) -> bool:
    """Whether values of one sign keep so far from zero that a zero line would hide their movement."""
    return low * high > 0 and 0 < high - low < FLAT_SHARE * max(abs(low), abs(high))


def _no_pile(lines: _Lines) -> str:
    if not is_additive(lines.config):
        return f"{measure(lines.config)} does not add up, so the areas are drawn as lines."
    if bool((lines.frame["y"] < 0).any()):
        return "Areas cannot pile up negative numbers, so they are drawn as lines."
    return ""


def _picture(lines: _Lines, value_axis: Json, labels: str, kind: str) -> Picture:
    traces = [_trace(lines, item) for item in lines.series]
    layout: Json = {"xaxis": _along(lines), "yaxis": value_axis}
    if lines.ends:
        span = value_axis.get("range", [0.0, 1.0])
        layout["annotations"] = end_labels([(item.name, *_end(lines, item)) for item in lines.series], span)
        layout["margin"] = {"r": end_margin(item.name for item in lines.series)}
    multiple = bool(lines.series[0].name)
    shown = multiple and wants_legend(lines.config, not lines.ends and labels != "none")
    return Picture(
        figure=figure(lines.config, traces, layout),
        subtitle=subtitle(lines.config, lines.facts),
        summary=_summary(lines, kind),
        legend=legend(lines.series, line=not lines.stacked) if shown else (),
        notes=lines.notes,
    )


def _along(lines: _Lines) -> Json:
    if lines.kind == "time":
        return axes.time_axis(lines.frame["x"], lines.facts.grain)
    if lines.kind == "number":
        return axes.number_axis(numbers(lines.frame["x"])) | {"unifiedhovertitle": {"text": "%{x:,}"}}
    return axes.category_axis([marks.name(item) for item in lines.names], list(lines.keys.values()))


def _places(lines: _Lines, x: pl.Series) -> list[str] | Floats:
    if lines.kind == "category":
        return [lines.keys[name] for name in x.to_list()]
    return instants(x) if lines.kind == "time" else numbers(x)


def _trace(lines: _Lines, item: Series) -> Json:
    values = numbers(item.rows["y"])
    found: Json = {
        "type": "scatter", "name": plain(item.name or measure(lines.config)), "x": _places(lines, item.rows["x"]),
        "y": values, "mode": "lines", "line": {"color": item.colour, "width": 2}, "connectgaps": False,
        **_hover(lines, item, values),
    }  # fmt: skip
    if lines.smooth:
        found["line"] |= {"shape": "spline", "smoothing": 0.8}
    if lines.stacked:
        found |= {"stackgroup": "one", "fillcolor": _faded(item.colour, STACK_FILL)}
        found["line"] |= {"width": 0.5}
    elif lines.filled:
        found |= {"fill": "tozeroy", "fillcolor": _faded(item.colour, AREA_FILL)}
    return found if lines.stacked else found | _dots(item.colour, values)


def _dots(colour: str, values: Floats) -> Json:
    """Dots on few points, and on those between two gaps, which have no line to be seen by."""
    if len(values) <= MAX_MARKERS:
        return {
            "mode": "lines+markers",
            "marker": {"size": 5, "color": colour, "line": {"width": 0}},
            "cliponaxis": False,
        }
    here = np.isfinite(values)
    before, after = np.r_[False, here[:-1]], np.r_[here[1:], False]
    alone = here & ~before & ~after
    if not alone.any():
        return {}
    return {
        "mode": "lines+markers",
        "marker": {"color": colour, "size": np.where(alone, 4, 0).astype(np.int8), "line": {"width": 0}},
    }


def _hover(lines: _Lines, item: Series, values: Floats) -> Json:
    return marks.share_texts(item) if lines.shares else marks.hover_texts(values, "y", item.name)


def _end(lines: _Lines, item: Series) -> tuple[str | float | None, float | None]:
    """Where the line stops: its last point that has a value."""
    rows = item.rows.filter(pl.col("y").is_not_null())
    if rows.is_empty():
        return None, None
    place = _places(lines, rows["x"].tail(1))[0]
    return (place if isinstance(place, str) else float(place)), float(rows["y"][-1])


def _faded(colour: str, alpha: float) -> str:
    """A hex colour with an alpha; named colours stay opaque."""
    digits = colour.removeprefix("#")
    if not colour.startswith("#"):
        return colour
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    red, green, blue = (int(digits[index : index + 2], 16) for index in (0, 2, 4))
    return f"rgba({red},{green},{blue},{alpha})"


def _summary(lines: _Lines, kind: str) -> str:
    """Where a single line goes; who leads at the end of several."""
    ends = [(item.name, _edge(lines, item, 0), _edge(lines, item, -1)) for item in lines.series]
    if len(ends) == 1:
        ((_, first, last),) = ends
        rows = lines.frame.filter(pl.col("y").is_not_null())
        top = rows.row(int(rows["y"].arg_max() or 0), named=True)
        return f"{kind}. From {first} to {last}; highest at {marks.at(top['x'], lines.facts)} with {compact(top['y'])}."
    said = "; ".join(f"{name} from {first} to {last}" for name, first, last in ends[:4])
    return f"{kind} of {len(ends)} series. {said}."


def _edge(lines: _Lines, item: Series, index: int) -> str:
    rows = item.rows.filter(pl.col("y").is_not_null())
    if rows.is_empty():
        return "no value"
    value = rows["value" if lines.shares else "y"][index]
    return f"{compact(value)} ({marks.at(rows['x'][index], lines.facts)})"
