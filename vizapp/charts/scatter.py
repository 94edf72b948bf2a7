"""Dots: two numbers against each other, one dot for each place where there are rows."""

import numpy as np
import polars as pl

from vizapp.charts import axes, marks
from vizapp.charts.entries import CATEGORIES, NUMBERS, TEMPORAL, Slot, Variant, chart
from vizapp.charts.figure import figure, wants_legend
from vizapp.charts.formats import full
from vizapp.charts.options import NoOptions
from vizapp.charts.prepare import Floats, instants, numbers
from vizapp.charts.series import Series, cap_note, legend, split
from vizapp.charts.text import plain, unique
from vizapp.charts.theme import Json, Theme
from vizapp.charts.words import capital, human
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.query import Facts, Shape
from vizapp.schemas.view import Picture

# More dots than this take a browser over a second as SVG, and hide each other anyway.
MAX_DOTS = 5_000
MAX_GROUPS = 7
Counts = np.ndarray[tuple[int], np.dtype[np.int64]]
MAX_CATEGORIES = 50


@chart(
    "scatter",
    label="Scatter",
    icon="dot",
    shape=Shape.points,
    slots=(
        Slot("xAxis", "X axis", NUMBERS | TEMPORAL, required=True, hint="A number or a date"),
        Slot("yAxis", "Y axis", NUMBERS, required=True, measure=True, hint="A number"),
        Slot("series", "Series", CATEGORIES, hint="One colour for each value"),
    ),
    options=NoOptions,
    max_series=MAX_GROUPS,
    max_points=MAX_DOTS,
    variants=(Variant("scatter", "Scatter", "scatter"),),
)
def scatter(config: ChartConfig, frame: pl.DataFrame, facts: Facts, theme: Theme) -> Picture:
    """A dot wherever rows have both numbers; too many dots are thinned evenly, and it says so."""
    whole = frame.filter(pl.col("y").is_not_null())
    dots = whole.group_by(whole.columns, maintain_order=True).len("rows")
    shown = dots.gather_every(-(-dots.height // MAX_DOTS))
    series = split(shown, theme)
    keys = _keys(shown["x"])
    drawn = pl.concat([item.rows.select("x", "y", "rows") for item in series])
    names = _names(config)
    traces = [_trace(item, keys, drawn, names) for item in series]
    multiple = bool(series[0].name)
    return Picture(
        figure=figure(config, traces, _layout(drawn, keys, facts, names)),
        subtitle=config.styling.subtitle if config.styling.subtitle is not None else _subtitle(config, shown),
        summary=_summary(drawn, names),
        legend=legend(series, line=False) if multiple and wants_legend(config, default=True) else (),
        notes=(*_thinned(shown, whole, frame), *cap_note(shown, series, config)),
    )


def _names(config: ChartConfig) -> tuple[str, str]:
    mapping = config.data_mapping
    return capital(human(mapping.x_axis or "x")), capital(human(mapping.y_axis or "y"))


def _keys(x: pl.Series) -> dict[object, str]:
    """Places of categories, when x is text after all."""
    if marks.kind_of(x) != "category":
        return {}
    names = sorted(set(x.to_list()))
    return dict(zip(names, unique(plain(name) for name in names), strict=True))


def _trace(item: Series, keys: dict[object, str], drawn: pl.DataFrame, names: tuple[str, str]) -> Json:
    few = drawn.height <= 500
    size, opacity = (7, 0.7) if few else (5, 0.45)
    stacked = _stacked(item.rows["rows"])
    return {
        "type": "scatter", "mode": "markers", "cliponaxis": False, "name": plain(item.name or names[1]),
        "x": _places(item.rows["x"], keys), "y": numbers(item.rows["y"]),
        "marker": {"color": item.colour, "size": size, "opacity": _opacity(opacity, stacked), "line": {"width": 0}},
        "hovertemplate": _hover(item, drawn, names, stacked=stacked is not None),
        **({} if stacked is None else {"customdata": stacked}),
    }  # fmt: skip


def _stacked(rows: pl.Series) -> Counts | None:
    """How many rows stand at each dot; None when it is one everywhere."""
    return None if rows.max() == 1 else rows.cast(pl.Int64).to_numpy()


def _opacity(one: float, stacked: Counts | None) -> object:
    """As dark as that many dots on top of each other: alpha compositing, 1 - (1 - a)^n."""
    return one if stacked is None else np.round(1 - (1 - one) ** stacked.astype(np.float64), 3)


def _places(x: pl.Series, keys: dict[object, str]) -> object:
    if keys:
        return [keys[name] for name in x.to_list()]
    return instants(x) if x.dtype.is_temporal() else numbers(x)


def _hover(item: Series, drawn: pl.DataFrame, names: tuple[str, str], *, stacked: bool) -> str:
    is_number = drawn["x"].dtype.is_numeric()
    where = marks.hover(numbers(drawn["x"]), "x") if is_number else "%{x}"
    group = f"<br>{plain(item.name, 60)}" if item.name else ""
    value = marks.hover(numbers(drawn["y"]))
    count = "<br>Rows  <b>%{customdata:,}</b>" if stacked else ""
    return (
        f"{plain(names[0], 40)}  <b>{where}</b><br>{plain(names[1], 40)}  <b>{value}</b>{group}{count}<extra></extra>"
    )


def _layout(drawn: pl.DataFrame, keys: dict[object, str], facts: Facts, names: tuple[str, str]) -> Json:
    y = numbers(drawn["y"])
    vertical = axes.value_axis(float(y.min()), float(y.max()), zero=_near_zero(y))
    title = {"title": {"text": plain(names[0], 60)}, "showline": True}
    above = {
        "text": plain(names[1], 60), "xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left",
        "yanchor": "bottom", "yshift": 4, "showarrow": False, "name": "y-title",
    }  # fmt: skip
    return {
        "hovermode": "closest", "xaxis": _along(drawn["x"], keys, facts) | title,
        "yaxis": vertical, "annotations": [above], "margin": {"t": 28},
    }  # fmt: skip


def _along(x: pl.Series, keys: dict[object, str], facts: Facts) -> Json:
    if keys:
        return axes.category_axis([marks.name(name) for name in keys], list(keys.values()))
    if x.dtype.is_temporal():
        return axes.time_axis(x, facts.grain)
    values = numbers(x)
    return axes.value_axis(float(values.min()), float(values.max()), zero=_near_zero(values)) | {"zeroline": False}


def _near_zero(values: Floats) -> bool:
    """Zero belongs on the axis when it is nearer to the dots than they are to each other."""
    low, high = float(values.min()), float(values.max())
    return low * high <= 0 or min(abs(low), abs(high)) < 0.5 * (high - low)


def _subtitle(config: ChartConfig, shown: pl.DataFrame) -> str:
    by = config.data_mapping.series
    return _rows(_count(shown)) + (f", by {human(by)}" if by else "")


def _count(dots: pl.DataFrame) -> int:
    return int(dots["rows"].sum())


def _rows(count: int) -> str:
    return f"{full(count)} {'row' if count == 1 else 'rows'}"


def _thinned(shown: pl.DataFrame, whole: pl.DataFrame, frame: pl.DataFrame) -> tuple[str, ...]:
    found = []
    if _count(shown) < whole.height:
        found.append(f"Shows {full(_count(shown))} of {full(whole.height)} rows, evenly chosen.")
    if whole.height < frame.height:
        found.append(f"{_rows(frame.height - whole.height)} without a value left out.")
    return tuple(found)


def _summary(drawn: pl.DataFrame, names: tuple[str, str]) -> str:
    text = f"Scatter chart of {_rows(_count(drawn))}, {names[1]} against {names[0]}."
    if not drawn["x"].dtype.is_numeric() or _count(drawn) < 10:
        return text
    found = _correlation(drawn)
    if not np.isfinite(found):
        return text
    if abs(found) < 0.3:
        return f"{text} The two hardly move together."
    how = "strongly" if abs(found) > 0.7 else "somewhat"
    return f"{text} As one rises, the other {how} {'rises' if found > 0 else 'falls'}."


def _correlation(dots: pl.DataFrame) -> float:
    """Pearson's, each dot as often as it has rows; NaN when one of the two does not vary."""
    x, y = numbers(dots["x"]), numbers(dots["y"])
    with np.errstate(all="ignore"):
        spread = np.cov(x, y, fweights=dots["rows"].cast(pl.Int64).to_numpy())
        return float(spread[0, 1] / np.sqrt(spread[0, 0] * spread[1, 1]))
