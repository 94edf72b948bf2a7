"""Excel's own charts over the cells of a worksheet, in the kinds that it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import polars as pl
from openpyxl.chart import AreaChart, BarChart, LineChart, PieChart, Reference, ScatterChart, Series
from openpyxl.chart.label import DataLabelList

# Excel refuses more points of a series than 32,000.
MAX_POINTS = 32_000
MAX_SERIES = 50
MISSING = "—"
_HEIGHT, _WIDTH = 9, 18  # centimetres


class Kind(StrEnum):
    """What Excel can draw of ours."""

    bar = "bar"
    line = "line"
    area = "area"
    pie = "pie"
    scatter = "scatter"


class Pile(StrEnum):
    """How series stand: beside one another, on one another, or as shares of the whole."""

    beside = "standard"
    stacked = "stacked"
    shares = "percentStacked"


@dataclass(frozen=True, slots=True)
class Plot:
    """What to draw: columns of a frame by name. `flat` bars lie.

    `colours` are those of the series, in their order; the only one is called "".
    """

    kind: Kind
    x: str
    y: str
    series: str = ""
    pile: Pile = Pile.beside
    flat: bool = False
    colours: Mapping[str, str] = field(default_factory=dict)


def fits(plot: Plot, frame: pl.DataFrame) -> bool:
    """Whether Excel draws that many points, and there are any."""
    return 0 < frame.height <= MAX_POINTS and (not plot.series or frame[plot.series].n_unique() <= MAX_SERIES)


def wide(plot: Plot, frame: pl.DataFrame) -> tuple[list[str], pl.DataFrame]:
    """Headings and columns with x first and each series after it, which is how Excel takes them."""
    series = frame[plot.series].cast(pl.String).fill_null(MISSING)
    long = pl.DataFrame({"x": frame[plot.x], "y": frame[plot.y], "s": series})
    present = long["s"].unique(maintain_order=True).to_list()
    names = [*(name for name in plot.colours if name in present), *(n for n in present if n not in plot.colours)]
    if plot.kind is Kind.scatter:
        found = long.select("x", *(pl.when(s=name).then("y").alias(f"{i}") for i, name in enumerate(names)))
    else:
        parts = [pl.col("y").filter(s=name).first().alias(f"{i}") for i, name in enumerate(names)]
        found = long.group_by("x", maintain_order=True).agg(parts)
    return [plot.x, *names], found


def draw(plot: Plot, sheet: Any, *, columns: Sequence[int], rows: int, title: str, number_format: str) -> Any:
    """The chart of cells of `sheet` below a row of names: x in the first of `columns`, series in the others."""
    made = _made(plot)
    labels = Reference(sheet, min_col=columns[0], min_row=2, max_row=rows + 1)
    colours = [*plot.colours.values()]
    for number, column in enumerate(columns[1:]):
        values = Reference(sheet, min_col=column, min_row=1, max_row=rows + 1)
        if plot.kind is Kind.scatter:
            series = Series(values, labels, title_from_data=True)
        else:
            series = Series(values, title_from_data=True)
        _colour(plot.kind, series, colours[number].lstrip("#") if number < len(colours) else "")
        made.series.append(series)
    if plot.kind is not Kind.scatter:
        made.set_categories(labels)
    made.title = title
    made.title.overlay = False
    if len(columns) == 2 and plot.kind is not Kind.pie:
        made.legend = None
    made.height, made.width = _HEIGHT, _WIDTH
    # Charts of hidden sheets are drawn as well.
    made.visible_cells_only = False
    if plot.kind is not Kind.pie:
        _axes(plot, made, number_format)
    return made


def _made(plot: Plot) -> Any:
    made: Any
    if plot.kind is Kind.pie:
        made = PieChart()
        made.dataLabels = DataLabelList(showPercent=True, showVal=False, showSerName=False, showCatName=False)
        made.dataLabels.showLegendKey = made.dataLabels.showLeaderLines = False
        return made
    if plot.kind is Kind.scatter:
        made = ScatterChart()
        made.style, made.scatterStyle = 13, "lineMarker"
        return made
    if plot.kind is Kind.bar:
        made = BarChart()
        made.type = "bar" if plot.flat else "col"
        made.grouping = "clustered" if plot.pile is Pile.beside else plot.pile.value
        made.overlap = None if plot.pile is Pile.beside else 100
        return made
    made = AreaChart() if plot.kind is Kind.area else LineChart()
    made.grouping = plot.pile.value
    return made


def _colour(kind: Kind, series: Any, colour: str) -> None:
    look = series.graphicalProperties
    if kind is Kind.scatter:
        series.marker.symbol, series.marker.size = "circle", 5
        look.line.noFill = True
        look = series.marker.graphicalProperties
        look.line.noFill = True
    if kind is Kind.line:
        series.smooth = False
    # Slices have a colour each, which Excel chooses.
    if colour and kind is not Kind.pie:
        (look.line if kind is Kind.line else look).solidFill = colour


def _axes(plot: Plot, made: Any, number_format: str) -> None:
    # Unset, newer Excel hides them.
    made.x_axis.delete = made.y_axis.delete = False
    made.x_axis.title, made.y_axis.title = plot.x, plot.y
    for axis in (made.x_axis, made.y_axis):
        axis.title.overlay = False
    # Names stand at the edge, not inside the bars below zero.
    made.x_axis.tickLblPos = "low"
    if plot.flat:
        made.x_axis.scaling.orientation = "maxMin"
        made.y_axis.crosses = "max"  # numbers stay below, though the first name is at the top
    if number_format:
        made.x_axis.number_format = number_format
        made.x_axis.majorTickMark = "out"
