"""What bars, lines and areas share: slots, the kind of their x axis, category order, hover texts, sentences."""

from dataclasses import replace
from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from vizapp.charts.entries import CATEGORIES, NUMBERS, TEMPORAL, Slot
from vizapp.charts.formats import MINUS, anything, compact, full, moment, percent
from vizapp.charts.prepare import Floats, calendar_order
from vizapp.charts.series import Series
from vizapp.charts.text import plain
from vizapp.charts.theme import Json
from vizapp.charts.words import OTHER
from vizapp.schemas.chart import ChartConfig, SortBy
from vizapp.schemas.query import Facts

SLOTS = (
    Slot("xAxis", "X axis", required=True, hint="A date, a category or a number to stand along the axis"),
    Slot("yAxis", "Y axis", NUMBERS, required=True, measure=True, hint="The number to show"),
    Slot("series", "Series", CATEGORIES | TEMPORAL, hint="One colour for each value"),
)

Kind = Literal["time", "number", "category"]

# Beyond this many different numbers a bar for each is a linear axis, not a list of categories.
MAX_NUMBER_CATEGORIES = 50


def kind_of(x: pl.Series) -> Kind:
    """How x stands on its axis."""
    return "time" if x.dtype.is_temporal() else "number" if x.dtype.is_numeric() else "category"


def name(value: object) -> str:
    """A category as text: years and ids without separators."""
    if isinstance(value, float):
        return str(int(value)).replace("-", MINUS) if value == int(value) and abs(value) < 1e15 else full(value)
    return anything(value)


def category_order(frame: pl.DataFrame, config: ChartConfig) -> list[object]:
    """Every x once: as the config sorts, else numbers ascending, calendars in order, the rest by size; Other last."""
    kind = kind_of(frame["x"])
    sizes = frame.group_by("x", maintain_order=True).agg(pl.col("y").sum().alias("size"))
    by_x = config.sort.by is SortBy.x if config.sort else kind != "category"
    if by_x:
        sizes = sizes.sort("x", descending=bool(config.sort and config.sort.descending))
    else:
        sizes = sizes.sort("size", "x", descending=[config.sort.descending if config.sort else True, False])
    names = sizes["x"].to_list()
    ordered = calendar_order([str(name) for name in names]) if kind == "category" and config.sort is None else None
    return sorted(ordered or names, key=lambda name: name == OTHER)


def extent(frame: pl.DataFrame, *, stacked: bool) -> tuple[float, float]:
    """The least and the largest value, of the piles when stacked."""
    values = frame["y"]
    if stacked:
        piles = frame.group_by("x").agg(
            pl.col("y").filter(pl.col("y") > 0).sum().alias("high"),
            pl.col("y").filter(pl.col("y") < 0).sum().alias("low"),
        )
        return float(piles["low"].min() or 0), float(piles["high"].max() or 0)  # type: ignore[arg-type]
    return float(values.min() or 0), float(values.max() or 0)  # type: ignore[arg-type]


def hover(values: Floats, axis: str = "y") -> str:
    """A d3 format that prints these numbers in full."""
    finite = np.abs(values[np.isfinite(values)])
    top = float(finite.max()) if finite.size else 0.0
    if top >= 1e5 or np.all(finite == np.floor(finite)):
        return f"%{{{axis}:,.0f}}"
    return f"%{{{axis}:,.{1 if top >= 100 else 2}f}}" if top >= 1 else f"%{{{axis}:.3~g}}"


def hover_texts(values: Floats, axis: str, name: str) -> Json:
    """A tooltip line, value first: “**8,929**  Chicago”. d3 writes a hyphen for minus, so negatives carry texts."""
    tail = f"  {plain(name, 60)}" if name else ""
    if bool(np.any(values < 0)):
        texts = [plain(full(value)) for value in values.tolist()]
        return {"customdata": texts, "hovertemplate": f"<b>%{{customdata}}</b>{tail}<extra></extra>"}
    return {"hovertemplate": f"<b>{hover(values, axis)}</b>{tail}<extra></extra>"}


def shares(series: list[Series], frame: pl.DataFrame) -> list[Series]:
    """Each y as its share of the whole at that x; the value itself moves to the column `value`."""
    wholes = frame.group_by("x").agg(pl.col("y").sum().alias("whole"))
    share = pl.when(pl.col("whole") > 0).then(pl.col("y") / pl.col("whole"))
    return [
        replace(
            item,
            rows=item.rows.join(wholes, on="x", how="left", maintain_order="left").with_columns(value="y", y=share),
        )
        for item in series
    ]


def share_texts(item: Series) -> Json:
    """A tooltip line of a share: “**42%** (1.2M)  Chicago”."""
    texts = [f"{percent(share)}</b> ({compact(value)})" for share, value in item.rows.select("y", "value").iter_rows()]
    return {"customdata": texts, "hovertemplate": f"<b>%{{customdata}}  {plain(item.name, 60)}<extra></extra>"}


def at(value: object, facts: Facts) -> str:
    """An x value in a sentence."""
    return moment(value, facts.grain) if isinstance(value, date) else name(value)


def leaders(frame: pl.DataFrame, facts: Facts, *, additive: bool, count: int = 3) -> str:
    """“Chicago leads with 8,929; then Atlanta 8,677 and Boston 7,813.” Averages are not added up over series."""
    if additive or "series" not in frame.columns:
        frame = frame.group_by("x", maintain_order=True).agg(pl.col("y").sum())
    top = (
        frame.filter((pl.col("x").cast(pl.String) != OTHER) & pl.col("y").is_not_null())
        .sort("y", descending=True, maintain_order=True)
        .head(count)
    )
    names = [(_place(row, facts), compact(row["y"])) for row in top.iter_rows(named=True)]
    if not names:
        return ""
    rest = " and ".join(f"{name} {value}" for name, value in names[1:])
    return f"{names[0][0]} leads with {names[0][1]}" + (f"; then {rest}." if rest else ".")


def _place(row: dict[str, object], facts: Facts) -> str:
    return ", ".join([at(row["x"], facts), *([str(row["series"])] if "series" in row else [])])
