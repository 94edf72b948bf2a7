"""What our builders cost beside a bare go.Figure with the same arrays: `python -m bench.figures`.

Ratios, because machines differ. The bare figure is what plotly itself needs to validate and encode; the
rest is ours (ticks, labels, colours, texts). The bar: a few milliseconds a figure, and under three times bare.
"""

import time
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import plotly.graph_objects as go
import polars as pl

from vizapp.charts.registry import draw
from vizapp.schemas.chart import ChartConfig, Grain
from vizapp.schemas.query import Facts

RUNS = 15


def best(work: Callable[[], object]) -> float:
    """The fastest of some runs in milliseconds: what the work costs when nobody disturbs it."""
    work()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def bare(kind: str, xs: list[object], ys: list[np.ndarray]) -> Callable[[], object]:
    """The same arrays as plain plotly traces."""
    trace = {"bar": go.Bar, "line": go.Scatter, "scatter": go.Scatter, "area": go.Scatter}[kind]
    return lambda: go.Figure([trace(x=x, y=y) for x, y in zip(xs, ys, strict=True)]).to_dict()


def ours(kind: str, frame: pl.DataFrame, facts: Facts) -> Callable[[], object]:
    """The whole way from frame to picture."""
    config = ChartConfig.model_validate({"chartType": kind, "dataMapping": {"xAxis": "x", "yAxis": "y", "series": "s"}})
    return lambda: draw(config, frame, facts)


def cases() -> list[tuple[str, str, pl.DataFrame, Facts]]:
    """Name, chart type, frame and facts: the sizes that dashboards have, and the largest allowed."""
    rng = np.random.default_rng(1)
    days = [date(2010, 1, 1) + timedelta(days=index) for index in range(5_000)]
    weeks = pl.DataFrame({"x": [date(2020, 1, 6) + timedelta(weeks=index) for index in range(200)]})
    series = pl.DataFrame({"series": [f"Group {index}" for index in range(7)] + ["Other"]})
    stacked = weeks.join(series, how="cross").with_columns(y=pl.Series(rng.integers(1, 900, 1_600)))
    return [
        ("scatter, 5,000 dots", "scatter", pl.DataFrame({"x": rng.random(5_000), "y": rng.random(5_000)}), Facts()),
        ("line, 5,000 days", "line", pl.DataFrame({"x": days, "y": rng.random(5_000)}), Facts(grain=Grain.day)),
        ("bars, 200 weeks × 8", "bar", stacked, Facts(grain=Grain.week)),
        ("area, 200 weeks × 8", "area", stacked, Facts(grain=Grain.week)),
        (
            "ranked bar, 10",
            "bar",
            pl.DataFrame({"x": [f"City number {i}" for i in range(10)], "y": range(10)}),
            Facts(),
        ),
    ]


def parts(frame: pl.DataFrame) -> tuple[list[object], list[np.ndarray]]:
    """One (x, y) pair a series, as plotly would get them."""
    groups = frame.partition_by("series") if "series" in frame.columns else [frame]
    xs = [g["x"].cast(pl.String).to_list() if not g["x"].dtype.is_numeric() else g["x"].to_numpy() for g in groups]
    return list(xs), [g["y"].to_numpy() for g in groups]


def main() -> None:
    """Print one line a case."""
    print(f"{'case':24} {'ours ms':>8} {'bare ms':>8} {'ratio':>6}")
    for name, kind, frame, facts in cases():
        mine, theirs = best(ours(kind, frame, facts)), best(bare(kind, *parts(frame)))
        print(f"{name:24} {mine:8.1f} {theirs:8.1f} {mine / theirs:6.2f}")


if __name__ == "__main__":
    main()
