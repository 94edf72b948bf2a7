"""Axes: at most five round value ticks that share one unit, dates by their grain, short category labels."""

import math
import sys
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from vizapp.charts.formats import MINUS, UNITS, unit_of
from vizapp.charts.periods import step
from vizapp.charts.prepare import Floats
from vizapp.charts.text import CHAR_PX, longest_word, wrapped
from vizapp.charts.theme import Json
from vizapp.schemas.chart import Grain

MAX_TICKS = 6
# A third of a dashboard is some 390 px wide: the tile whose labels must fit; less paddings and the y labels.
PLOT_PX = 320
MAX_LABELS = 14
# A longer word under a bar is cut, a shorter one makes its neighbours give way.
LABEL_CHARS = 9
# So many names are all written, cut to their share of the room when they must: a mark without a name says nothing.
FEW_NAMES = 7
# One or two bars keep the width they would have among four.
FEWEST_SLOTS = 4
HEADROOM = 0.05


def nice_ticks(low: float, high: float, most: int = MAX_TICKS) -> list[float]:
    """The most round numbers (steps of 1, 2, 2.5, 5) between low and high that are not more than `most`."""
    span = high - low
    if not (span > 0 and math.isfinite(span)):
        return [low]
    # Below this a step is no longer a normal number, and its logarithm fails.
    if span / most < sys.float_info.min * 100:
        return [low, high]
    power = 10.0 ** math.floor(math.log10(span / most))
    for factor in (1, 2, 2.5, 5, 10, 20, 25, 50, 100):
        size = factor * power
        first, last = math.ceil(low / size - 1e-9), math.floor(high / size + 1e-9)
        if last - first + 1 <= most:
            return [n * size for n in range(first, last + 1)]
    return [low, high]


def tick_texts(ticks: Sequence[float]) -> list[str]:
    """All ticks in the unit of the largest, with as many decimals as the step needs."""
    largest = max(abs(tick) for tick in ticks)
    if largest >= 1e18:
        return [f"{tick:.3g}".replace("-", MINUS) for tick in ticks]
    unit = unit_of(largest)
    scaled = [tick / 1000**unit for tick in ticks]
    size = min((abs(b - a) for a, b in pairwise(scaled)), default=abs(scaled[0]))
    if 0 < size < 1e-6:
        return [f"{tick:.2e}".replace("-", MINUS) for tick in ticks]
    decimals = next((n for n in range(9) if _whole(size * 10**n)), 9)
    return [_tick(tick, decimals, UNITS[unit]) for tick in scaled]


def _whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-6 * max(1.0, abs(value))


def _tick(value: float, decimals: int, unit: str) -> str:
    text = f"{abs(value):,.{decimals}f}"
    is_zero = not text.strip("0.,")
    return "0" if is_zero else f"{MINUS if value < 0 else ''}{text}{unit}"


def value_axis(low: float, high: float, *, zero: bool = True) -> Json:
    """A value axis from low to high; `zero` makes it start (or end) at zero as bars must."""
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        low, high = (low - 1, high + 1) if not zero or low else (0.0, 1.0)
    pad = (high - low) * HEADROOM
    start, end = (low if zero and low == 0 else low - pad), (high if zero and high == 0 else high + pad)
    if not (math.isfinite(start) and math.isfinite(end) and end > start):
        return {"type": "linear", "exponentformat": "power"}
    ticks = nice_ticks(start, end)
    crosses = start < 0 < end
    return {
        "type": "linear", "range": [start, end], "tickmode": "array", "tickvals": ticks, "ticktext": tick_texts(ticks),
        "zeroline": crosses,
    }  # fmt: skip


def number_axis(values: Floats) -> Json:
    """A number along the bottom, from its least to its largest value."""
    finite = values[np.isfinite(values)]
    return value_axis(float(finite.min()), float(finite.max()), zero=False) | {"zeroline": False}


def percent_axis() -> Json:
    """Shares of a whole, 0 to 100 %."""
    return {
        "type": "linear", "range": [0, 1], "tickmode": "array", "tickvals": [0, 0.25, 0.5, 0.75, 1],
        "ticktext": ["0%", "25%", "50%", "75%", "100%"],
    }  # fmt: skip


def category_axis(names: Sequence[str], keys: Sequence[str], *, room: float = PLOT_PX) -> Json:
    """Names under vertical marks: wrapped to two lines, fewer when there are many, never rotated."""
    longest = max((len(longest_word(name)) for name in names), default=1)
    few = len(names) <= FEW_NAMES
    fitting = int(room / (CHAR_PX * (min(longest, LABEL_CHARS) + 1)))
    skip = 1 if few else max(1, math.ceil(len(names) / min(MAX_LABELS, fitting)))
    shown = range(0, len(names), skip)
    width = max(LABEL_CHARS, int(room / max(len(shown), 1) / CHAR_PX) - 1)
    edge = max(0.5, (FEWEST_SLOTS - len(names)) / 2)
    return {
        "type": "category", "categoryorder": "array", "categoryarray": list(keys),
        "range": [-edge, len(names) - 1 + edge], "tickmode": "array", "tickvals": [keys[index] for index in shown],
        "ticktext": [wrapped(names[index], width) for index in shown],
        "ticks": "", "unifiedhovertitle": {"text": "%{x}"},
    }  # fmt: skip


_TITLES = {
    Grain.minute: "%a %-d %b %Y, %H:%M", Grain.hour: "%a %-d %b %Y, %H:%M", Grain.day: "%a %-d %b %Y",
    Grain.week: "Week of %-d %b %Y", Grain.month: "%B %Y", Grain.quarter: "Q%q %Y", Grain.year: "%Y",
}  # fmt: skip
_HOUR = 3_600_000
_CLOCK_STEPS = [n * 60_000 for n in (1, 2, 5, 10, 15, 30)] + [n * _HOUR for n in (1, 2, 3, 6, 12)]
_MAX_DATES = 7


def date_title(grain: Grain | None) -> str:
    """plotly's date format for the head of a tooltip."""
    return _TITLES.get(grain, "%-d %b %Y, %H:%M") if grain else "%-d %b %Y, %H:%M"


def time_axis(values: pl.Series, grain: Grain | None, *, bars: bool = False) -> Json:
    """A date axis over the values: ticks on whole calendar steps, at most seven, written by the grain."""
    span = values.drop_nulls().cast(pl.Datetime("ms")).to_physical()
    first, last = int(span.min() or 0), int(span.max() or 0)  # type: ignore[arg-type]
    length = int(step(grain) / np.timedelta64(1, "ms"))
    count = values.n_unique()
    edge = length * max(0.5, (FEWEST_SLOTS - count) / 2) if bars or count == 1 else 0
    ticks = (
        _clock_ticks(last - first) if grain in (Grain.minute, Grain.hour, None) and last - first <= 36 * _HOUR else None
    )
    found = ticks or _calendar_ticks(last - first, grain, bars=bars)
    return {
        "type": "date", "range": [_iso(first - edge), _iso(last + edge)], **found,
        "unifiedhovertitle": {"text": f"%{{x|{date_title(grain)}}}"}, "hoverformat": date_title(grain),
    }  # fmt: skip


def _clock_ticks(span: int) -> Json:
    size = next(n for n in [*_CLOCK_STEPS, 24 * _HOUR] if span / n <= _MAX_DATES)
    return {"dtick": size, "tick0": "2000-01-01", "tickformat": "%H:%M\n%-d %b"}


def _calendar_ticks(span: int, grain: Grain | None, *, bars: bool) -> Json:
    days = span / (24 * _HOUR)
    fine = grain not in (Grain.month, Grain.quarter, Grain.year)
    if days <= 49 and fine:
        size = next(n for n in (1, 2, 7, 14) if days / n <= _MAX_DATES)
        return {"dtick": size * 24 * _HOUR, "tick0": "2000-01-03", "tickformat": "%-d %b"}
    inside = {} if bars or not fine else {"ticklabelmode": "period"}
    months = days / 30.44
    if grain is Grain.quarter and months <= 42:
        return _months(3 if months <= 18 else 6, "Q%q %y")
    if months <= 36 and grain is not Grain.year:
        return _months(next(n for n in (1, 2, 3, 6) if months / n <= _MAX_DATES), "%b\n%Y") | inside
    years = months / 12
    size = next(n * 10**p for p in range(9) for n in (1, 2, 5) if years / (n * 10**p) <= _MAX_DATES)
    return _months(12 * size, "%Y") | ({} if bars or grain is Grain.year else {"ticklabelmode": "period"})


def _months(count: int, text: str) -> Json:
    return {"dtick": f"M{count}", "tick0": "2000-01-01", "tickformat": text}


def _iso(milliseconds: float) -> str:
    return str(np.datetime64(round(milliseconds), "ms")).replace("T", " ")
