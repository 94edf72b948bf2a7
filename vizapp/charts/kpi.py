"""A big number with its change and a small history."""

from typing import Literal

import polars as pl
from pydantic import Field

from vizapp.charts.entries import NUMBERS, TEMPORAL, Slot, chart
from vizapp.charts.formats import compact, full, moment, percent
from vizapp.charts.options import parse_options
from vizapp.charts.theme import Theme
from vizapp.charts.words import subtitle
from vizapp.schemas.base import Strict
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.query import Facts, Shape
from vizapp.schemas.view import KpiView, Picture, Tone

# A sparkline is 112 px wide: more points than that cannot be seen.
MAX_SPARK = 112


class KpiOptions(Strict):
    """How the number is read."""

    show: Literal["total", "latest"] = Field("total", title="Number", description="Over everything, or the last period")
    good_direction: Literal["up", "down", "none"] = Field(
        "none", title="Good is", description="Colours the change; with none it stays neutral"
    )
    skip_last: bool = Field(False, title="Last period is unfinished", description="Compare the two periods before it")
    unit: str = Field("", title="Unit", description="Shown small after the number", max_length=20)


@chart(
    "kpi",
    label="Number",
    icon="123",
    shape=Shape.single,
    slots=(
        Slot("yAxis", "Measure", NUMBERS, required=True, measure=True, hint="The number to show"),
        Slot("xAxis", "Trend over", TEMPORAL, hint="A date for the change and the small line"),
    ),
    options=KpiOptions,
)
def kpi(config: ChartConfig, frame: pl.DataFrame, facts: Facts, theme: Theme) -> Picture:  # noqa: ARG001 - a builder's signature
    """The total or the latest value, and the change between the last two periods."""
    options = parse_options(KpiOptions, config.options)
    history = frame.sort("x") if "x" in frame.columns else frame
    done = history.head(history.height - 1) if options.skip_last and history.height > 1 else history
    latest = _at(done, -1)
    value = latest if options.show == "latest" or facts.total is None else facts.total
    delta, versus, tone = _change(done, facts, options)
    label = config.styling.title or ""
    view = KpiView(
        label=label, value=_big(value), unit=options.unit, delta=delta, versus=versus, tone=tone, spark=_spark(history),
    )  # fmt: skip
    spoken = f"{label}: {view.value}{f' {options.unit}' if options.unit else ''}."
    change = f" {_spoken(delta)} {versus}." if delta else ""
    return Picture(kpi=view, subtitle=subtitle(config, facts), summary=spoken + change)


def _at(frame: pl.DataFrame, index: int) -> float | None:
    return frame["y"][index] if frame.height >= abs(index) else None


def _big(value: float | None) -> str:
    """Whole numbers in full while they fit the tile, the rest in three figures."""
    if value is not None and abs(value) < 1e6 and value == int(value):
        return full(value)
    return compact(value)


def _change(frame: pl.DataFrame, facts: Facts, options: KpiOptions) -> tuple[str, str, Tone]:
    now, before = _at(frame, -1), _at(frame, -2)
    if "x" not in frame.columns or now is None or before is None:
        return "", "", Tone.neutral
    change = now - before
    names = [moment(value, facts.grain) for value in frame["x"].tail(2).to_list()]
    versus = f"from {_big(before)}" if options.show == "latest" else f"in {names[1]}"
    text = percent(abs(change / before)) if before and now * before >= 0 else _big(abs(change))
    if change == 0:
        return "No change", f"in {names[1]}", Tone.neutral
    good = {"up": change > 0, "down": change < 0}.get(options.good_direction)
    tone = Tone.neutral if good is None else Tone.good if good else Tone.bad
    return f"{'▲' if change > 0 else '▼'} {text}", versus, tone


def _spoken(delta: str) -> str:
    return delta.replace("▲", "Up").replace("▼", "Down")


def _spark(history: pl.DataFrame) -> tuple[float | None, ...]:
    if "x" not in history.columns or history.height < 2:
        return ()
    return tuple(history["y"].tail(MAX_SPARK).to_list())
