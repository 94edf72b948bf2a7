"""Bars: vertical over time and short categories, ranked for names, side by side, stacked or as shares."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field

from vizapp.charts import axes, marks
from vizapp.charts.entries import Variant, chart
from vizapp.charts.figure import figure, wants_legend
from vizapp.charts.formats import compact, full, percent
from vizapp.charts.options import parse_options
from vizapp.charts.periods import step
from vizapp.charts.prepare import Floats, instants, numbers
from vizapp.charts.series import Series, cap_note, legend, split
from vizapp.charts.text import CHAR_PX, MISSING, clip, longest_word, plain, unique, width_px
from vizapp.charts.theme import Json, Theme
from vizapp.charts.words import OTHER, human, is_additive, measure, subtitle
from vizapp.schemas.base import Strict
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.query import Facts, Shape
from vizapp.schemas.view import Picture

Stack = Literal["stacked", "grouped", "percent"]

MAX_RANKED = 30
MAX_UPRIGHT = 60
# A ranked tile shows about twenty characters before the bars get shorter than the names.
NAME_CHARS, SHORT_CHARS = 24, 16
MAX_VALUES = 10
# The plot of a tile of four columns at 1440.
VALUES_PX = 300
# What names and numbers leave to the bars in a narrow tile; beside negative bars names are shorter.
RANKED_PX = 140


class BarOptions(Strict):
    """How bars stand."""

    orientation: Literal["auto", "vertical", "horizontal"] = Field(
        "auto", title="Direction", description="Names that do not fit under the bars make them lie down"
    )
    stack: Literal["auto", "stacked", "grouped", "percent"] = Field(
        "auto", title="Series", description="On top of each other, side by side, or as shares of the whole"
    )
    values: Literal["auto", "on", "off"] = Field("auto", title="Values", description="Print the number at each bar")


@dataclass(frozen=True, slots=True)
class _Bars:
    """All that the parts of one bar chart need to know."""

    config: ChartConfig
    facts: Facts
    frame: pl.DataFrame
    series: list[Series]
    kind: marks.Kind
    names: tuple[object, ...]
    keys: dict[object, str]
    stack: Stack
    flat: bool
    values: bool
    notes: tuple[str, ...]
    whole: float

    @property
    def stacked(self) -> bool:
        return self.stack != "grouped"


@chart(
    "bar",
    label="Bar",
    icon="bar-chart",
    shape=Shape.series,
    slots=marks.SLOTS,
    options=BarOptions,
    max_x=MAX_RANKED,
    variants=(
        Variant("bar", "Bar", "bar", (("orientation", "vertical"),)),
        Variant("ranked", "Ranked bar", "hbar", (("orientation", "horizontal"),)),
        Variant("stacked", "Stacked bar", "stack", (("stack", "stacked"),)),
        Variant("percent", "Share bar", "percent", (("stack", "percent"),)),
    ),
)
def bar(config: ChartConfig, frame: pl.DataFrame, facts: Facts, theme: Theme) -> Picture:
    """Bars from zero, one colour a series."""
    bars = _plan(config, frame, facts, theme)
    shown = wants_legend(config, len(bars.series) > 1)
    return Picture(
        figure=figure(config, [_trace(bars, item) for item in bars.series], _layout(bars)),
        subtitle=subtitle(config, facts, _left_out(bars)),
        summary=_summary(bars),
        legend=legend(bars.series, line=False) if shown and bars.series[0].name else (),
        notes=bars.notes,
    )


def _plan(config: ChartConfig, frame: pl.DataFrame, facts: Facts, theme: Theme) -> _Bars:
    options = parse_options(BarOptions, config.options)
    multiple = "series" in frame.columns
    whole = float(frame["y"].sum())
    kind = _kind(options, frame)
    names = marks.category_order(frame, config) if kind == "category" else []
    flat = _lies(options, kind, names, multiple=multiple)
    names, notes = _capped(names, MAX_RANKED if flat else MAX_UPRIGHT, without_other=flat and not multiple)
    if kind == "category":
        frame = frame.filter(pl.col("x").is_in(names))
    series = split(frame, theme)
    stack, why = _stack(options, config, frame, multiple=multiple)
    return _Bars(
        config, facts, frame, marks.shares(series, frame) if stack == "percent" else series, kind, tuple(names),
        dict(zip(names, unique(plain(marks.name(item)) for item in names), strict=True)), stack, flat,
        _prints_values(options, kind, frame, multiple=multiple, flat=flat),
        (*notes, *why, *cap_note(frame, series, config)), whole,
    )  # fmt: skip


def _kind(options: BarOptions, frame: pl.DataFrame) -> marks.Kind:
    """A few different numbers, and anything that lies down, are categories."""
    kind = marks.kind_of(frame["x"])
    few = kind == "number" and frame["x"].n_unique() <= marks.MAX_NUMBER_CATEGORIES
    return "category" if few or options.orientation == "horizontal" else kind


def _lies(options: BarOptions, kind: marks.Kind, values: list[object], *, multiple: bool) -> bool:
    """Bars lie down when asked, or when their names would not fit under them; numbers always stand in a row."""
    names = [marks.name(value) for value in values]
    if options.orientation != "auto" or kind != "category" or all(isinstance(value, float) for value in values):
        return options.orientation == "horizontal"
    room = axes.PLOT_PX / max(len(names), 1)
    return any(width_px(longest_word(item)) > room - 4 or len(item) > 2 * room / CHAR_PX for item in names) or (
        not multiple and len(names) > axes.MAX_LABELS and max(map(len, names)) > 3
    )


def _capped(names: list[object], limit: int, *, without_other: bool) -> tuple[list[object], list[str]]:
    """A ranked Other would dwarf the rest: it is said in the subtitle instead."""
    kept = [name for name in names if name != OTHER] if without_other and len(names) > 1 else names
    notes = [f"Shows {limit} of {full(len(kept))} bars."] if len(kept) > limit else []
    return kept[:limit], notes


def _stack(options: BarOptions, config: ChartConfig, frame: pl.DataFrame, *, multiple: bool) -> tuple[Stack, list[str]]:
    """What can be stacked truthfully: only sums and counts, and shares only of positive parts."""
    if not multiple:
        return "grouped", []
    if not is_additive(config):
        asked = options.stack in ("stacked", "percent")
        return "grouped", [f"{measure(config)} does not add up, so the bars stand side by side."] if asked else []
    if options.stack == "percent" and bool((frame["y"] < 0).any()):
        return "stacked", ["Shares of a whole need positive numbers, so the bars show values."]
    return "stacked" if options.stack == "auto" else options.stack, []


def _prints_values(options: BarOptions, kind: marks.Kind, frame: pl.DataFrame, *, multiple: bool, flat: bool) -> bool:
    """Numbers stand at ranked bars, and over upright ones when they are no wider than the bar."""
    if multiple or options.values == "off":
        return False
    if options.values == "on" or flat:
        return True
    widest = max(width_px(_printed(value)) for value in numbers(frame["y"]).tolist()[: MAX_VALUES + 1])
    return kind == "category" and frame.height <= MAX_VALUES and widest < VALUES_PX / frame.height


def _trace(bars: _Bars, item: Series) -> Json:
    rows = item.rows
    along = [bars.keys[x] for x in rows["x"].to_list()] if bars.kind == "category" else _places(rows["x"])
    values = numbers(rows["y"])
    found: Json = {
        "type": "bar", "name": plain(item.name or measure(bars.config)), "orientation": "h" if bars.flat else "v",
        "x": values if bars.flat else along, "y": along if bars.flat else values,
        "marker": {"color": item.colour, "line": {"width": 0}} | ({"cornerradius": 0} if bars.stacked else {}),
        **_hover(bars, item, values),
    }  # fmt: skip
    if bars.kind == "time" and rows["x"].n_unique() == 1:
        found["width"] = 0.6 * int(step(bars.facts.grain) / np.timedelta64(1, "ms"))
    if bars.values:
        found |= {
            "text": [_printed(value) for value in values.tolist()],
            "textposition": "outside",
            "constraintext": "none",
            "textangle": 0,
            "cliponaxis": False,
        }
    return found


def _places(x: pl.Series) -> object:
    return instants(x) if x.dtype.is_temporal() else numbers(x)


def _printed(value: float) -> str:
    """Whole numbers in full while they are short, the rest in three figures."""
    if not np.isfinite(value):
        return MISSING
    return full(value) if abs(value) < 1e6 and value == int(value) else compact(value)


def _hover(bars: _Bars, item: Series, values: Floats) -> Json:
    if bars.stack == "percent":
        return marks.share_texts(item)
    if bars.flat and len(bars.series) == 1:
        found = marks.hover_texts(values, "x", "")
        return found | {"hovertemplate": found["hovertemplate"].replace("<extra>", "  %{y}<extra>")}
    return marks.hover_texts(values, "x" if bars.flat else "y", item.name)


def _layout(bars: _Bars) -> Json:
    value_axis = _value_axis(bars)
    mode = {"stacked": "relative", "percent": "relative", "grouped": "group"}[bars.stack]
    if not bars.flat:
        return {"barmode": mode, "bargap": 0.22 if bars.stacked else 0.2, "xaxis": _along(bars), "yaxis": value_axis}
    limit = SHORT_CHARS if bars.values and bool((bars.frame["y"] < 0).any()) else NAME_CHARS
    names = {
        "type": "category", "categoryorder": "array", "categoryarray": list(bars.keys.values()),
        "range": [max(len(bars.names), axes.FEWEST_SLOTS) - 0.5, -0.5], "tickmode": "array",
        "tickvals": list(bars.keys.values()),
        "ticktext": [plain(clip(marks.name(item), limit)) for item in bars.names],
        "showgrid": False, "unifiedhovertitle": {"text": "%{y}"},
    }  # fmt: skip
    if len(bars.series) > 1:
        across = value_axis | {"showgrid": True, "showline": False, "ticks": ""}
        return {"barmode": mode, "bargap": 0.36, "hovermode": "y unified", "xaxis": across, "yaxis": names}
    right = (
        max((width_px(_printed(value)) for value in numbers(bars.frame["y"]).tolist()), default=0) + 8
        if bars.values
        else 8
    )
    return {
        "barmode": mode, "bargap": 0.36, "hovermode": "closest", "margin": {"t": 0, "b": 0, "r": round(right)},
        "xaxis": {"visible": False} | _tight(bars), "yaxis": names,
    }  # fmt: skip


def _along(bars: _Bars) -> Json:
    if bars.kind == "time":
        return axes.time_axis(bars.frame["x"], bars.facts.grain, bars=True)
    if bars.kind == "number":
        return axes.number_axis(numbers(bars.frame["x"]))
    return axes.category_axis([marks.name(item) for item in bars.names], list(bars.keys.values()))


def _value_axis(bars: _Bars) -> Json:
    if bars.stack == "percent":
        return axes.percent_axis()
    low, high = marks.extent(bars.frame, stacked=bars.stacked)
    return axes.value_axis(low, high)


def _tight(bars: _Bars) -> Json:
    """The longest bar fills the tile; negative ones leave room for their number beside the names."""
    low, high = marks.extent(bars.frame, stacked=False)
    low, high = min(low, 0.0), max(high, 0.0)
    span = (high - low) or 1.0
    if not np.isfinite(span):  # wider than a float can say: plotly finds a range of its own
        return {}
    widest = max(width_px(_printed(value)) for value in numbers(bars.frame["y"]).tolist()) + 8 if bars.values else 0
    share = min(widest / max(RANKED_PX - widest, 1), 0.4) if low < 0 else 0
    start = low - share * span
    return {"range": [start if np.isfinite(start) else low, high if high > 0 else 0.02 * span]}


def _left_out(bars: _Bars) -> str:
    """“Top 10 of 104 dest, 42%”."""
    count, known = len([name for name in bars.names if name != OTHER]), bars.facts.x_total
    if bars.kind != "category" or known is None or known <= count:
        return ""
    text = f"top {count} of {full(known)} {human(bars.config.data_mapping.x_axis or '')}"
    shown = float(bars.frame.filter(pl.col("x").cast(pl.String) != OTHER)["y"].sum())
    whole = bars.facts.total if bars.facts.total is not None else bars.whole
    return f"{text}, {percent(shown / whole)}" if is_additive(bars.config) and whole and 0 < shown < whole else text


def _summary(bars: _Bars) -> str:
    kind = {"stacked": "Stacked bar chart", "percent": "Share bar chart", "grouped": "Bar chart"}[bars.stack]
    count = f" of {len(bars.series)} series" if len(bars.series) > 1 else ""
    return f"{kind}{count}. {marks.leaders(bars.frame, bars.facts, additive=is_additive(bars.config))}".strip()
