"""Parts of a whole as a ring of at most six slices and Other."""

import polars as pl

from vizapp.charts import marks
from vizapp.charts.entries import CATEGORIES, NUMBERS, Slot, Variant, chart
from vizapp.charts.figure import figure, wants_legend
from vizapp.charts.formats import compact, full, percent
from vizapp.charts.options import NoOptions
from vizapp.charts.prepare import labels, numbers
from vizapp.charts.series import distinct
from vizapp.charts.text import clip, plain, tidy, unique, width_px
from vizapp.charts.theme import OTHER_COLOUR, Json, Theme
from vizapp.charts.words import OTHER, is_additive, measure, subtitle
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.query import Facts, Shape
from vizapp.schemas.view import LegendItem, Picture

MAX_SLICES = 6
# A slice under 2 % of the ring cannot be seen, let alone labelled.
SMALLEST = 0.02
NAME_CHARS = 11
# Between a name and the ring, in pixels.
GAP = 12


@chart(
    "pie",
    label="Pie",
    icon="pie-chart",
    shape=Shape.series,
    slots=(
        Slot("xAxis", "Slices", CATEGORIES, required=True, hint="A category with few values"),
        Slot("yAxis", "Measure", NUMBERS, required=True, measure=True, hint="A number that adds up"),
    ),
    options=NoOptions,
    max_x=MAX_SLICES,
    variants=(Variant("pie", "Pie", "pie"),),
    additive=True,
)
def pie(config: ChartConfig, frame: pl.DataFrame, facts: Facts, theme: Theme) -> Picture:
    """A ring, largest slice first from twelve o'clock, shares at the slices, the whole in the middle."""
    why = _refusal(config, frame)
    if why:
        return Picture(subtitle=subtitle(config, facts), summary=f"Pie chart. {why}", notes=(why,), empty=True)
    slices = _slices(frame)
    colours = distinct([name for name, _ in slices], theme) | {OTHER: OTHER_COLOUR}
    whole = sum(value for _, value in slices)
    trace = _trace(slices, colours, whole)
    shown = wants_legend(config, default=False)
    return Picture(
        figure=figure(config, [trace], _layout(slices, whole)),
        subtitle=subtitle(config, facts, "share of the whole"),
        summary=_summary(slices, whole),
        legend=tuple(LegendItem(name, colours[name], 0) for name, _ in slices) if shown else (),
        notes=_folded(frame, slices),
    )


def _refusal(config: ChartConfig, frame: pl.DataFrame) -> str:
    if not is_additive(config):
        return f"{measure(config)} does not add up to a whole, so a pie would mislead. A bar chart can show it."
    if bool((frame["y"] < 0).any()):
        return "A pie cannot show negative numbers. A bar chart can."
    if not frame["y"].sum() > 0:
        return "All values are zero, so there are no shares to show."
    return ""


def _slices(frame: pl.DataFrame) -> list[tuple[str, float]]:
    """The largest first; the small and the many become Other, at the end."""
    sizes = (
        frame.with_columns(labels(frame["x"]).alias("x") if frame["x"].dtype != pl.Float64 else _named(frame["x"]))
        .group_by("x", maintain_order=True)
        .agg(pl.col("y").sum().alias("y"))
        .filter(pl.col("y") > 0)
        .sort("y", "x", descending=[True, False])
    )
    whole = float(sizes["y"].sum())
    rows = [(str(name), float(value)) for name, value in sizes.iter_rows()]
    kept = [row for row in rows if row[0] != OTHER and row[1] >= SMALLEST * whole][:MAX_SLICES]
    rest = whole - sum(value for _, value in kept)
    return kept + ([(OTHER, rest)] if len(kept) < len(rows) else [])


def _named(x: pl.Series) -> pl.Series:
    return pl.Series("x", [marks.name(value) for value in x.to_list()], dtype=pl.String)


def _trace(slices: list[tuple[str, float]], colours: dict[str, str], whole: float) -> Json:
    names = unique(plain(name) for name, _ in slices)
    return {
        "type": "pie", "labels": names, "values": numbers(pl.Series([value for _, value in slices])), "hole": 0.62,
        "sort": False, "direction": "clockwise", "textinfo": "text", "textposition": "outside",
        "text": [_label(name, value / whole) for name, value in slices],
        "marker": {"colors": [colours[name] for name, _ in slices], "line": {"width": 0}},
        "customdata": [f"<b>{full(value)}</b>  {percent(value / whole)}" for _, value in slices],
        "hovertemplate": "%{label}<br>%{customdata}<extra></extra>",
    }  # fmt: skip


def _label(name: str, share: float) -> str:
    short = clip(tidy(name), NAME_CHARS)
    return f"{plain(short)}<br>{plain(percent(share))}"


def _layout(slices: list[tuple[str, float]], whole: float) -> Json:
    side = GAP + round(max(width_px(clip(tidy(name), NAME_CHARS)) for name, _ in slices))
    middle = {
        "text": f"<b>{compact(whole)}</b>", "x": 0.5, "y": 0.5, "showarrow": False,
        "font": {"size": 16}, "name": "whole",
    }  # fmt: skip
    return {"hovermode": "closest", "annotations": [middle], "margin": {"t": 36, "b": 36, "l": side, "r": side}}


def _summary(slices: list[tuple[str, float]], whole: float) -> str:
    said = ", ".join(f"{name} {percent(value / whole)}" for name, value in slices[:4])
    return f"Pie chart of {len(slices)} parts. {said}; {compact(whole)} in all."


def _folded(frame: pl.DataFrame, slices: list[tuple[str, float]]) -> tuple[str, ...]:
    folded = frame["x"].n_unique() - len([name for name, _ in slices if name != OTHER])
    has_other = slices[-1][0] == OTHER and OTHER not in frame["x"].cast(pl.String).to_list()
    return (f"{folded} smaller parts are together in Other.",) if has_other and folded > 1 else ()
