"""What a tile shows when it is not a plotly figure, and the small facts around every picture.

Plain values: made by charts/, laid out by components/ on screen and by exports/ on paper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """Whether a change is welcome; neutral when the chart does not say which way is good."""

    good = "good"
    bad = "bad"
    neutral = "neutral"


@dataclass(frozen=True, slots=True)
class KpiView:
    """A big number. All texts are formatted; `spark` is the history, oldest first, None for gaps."""

    label: str
    value: str
    unit: str = ""
    delta: str = ""
    versus: str = ""
    tone: Tone = Tone.neutral
    spark: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A table column; `bar` asks for a bar in the cell, scaled to the column's largest value."""

    name: str
    numeric: bool = False
    bar: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class TableView:
    """A table of formatted cells; `shares` are 0…1 per cell of bar columns, else None."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[tuple[float | None, ...], ...] = ()
    total: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class LegendItem:
    """One entry of the HTML legend: `trace` is the index of its trace, `line` draws a dash."""

    name: str
    colour: str
    trace: int
    line: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn chart: exactly one of `figure` (plotly JSON without template), `kpi`, `table` is set.

    `subtitle` says unit, grain and what is left out; `summary` describes the picture in a sentence
    for those who cannot see it; `notes` state what the viewer must know (rows left out and why);
    `empty` tells that there is nothing to draw.
    """

    subtitle: str = ""
    summary: str = ""
    figure: Mapping[str, object] | None = None
    kpi: KpiView | None = None
    table: TableView | None = None
    legend: tuple[LegendItem, ...] = ()
    notes: tuple[str, ...] = ()
    empty: bool = False
