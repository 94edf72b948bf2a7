"""What an uncached chart over a million rows costs, against the polars a person would write by hand.

The bar: `answer` takes at most 1.5 × the hand-written expression + 10 ms. Run `python -m bench.execute`;
it exits with 1 when a chart misses the bar.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from vizapp.query.results import Results
from vizapp.query.run import answer
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.query import Shape
from vizapp.sources.types import FileSource

Hand = Callable[[pl.LazyFrame], object]


@dataclass(frozen=True)
class Case:
    """One chart, and the same numbers by hand."""

    name: str
    shape: Shape
    config: dict[str, object]
    hand: Hand


def make_rows(path: Path, rows: int) -> None:
    """A table like the well-known flights: two years of moments, carriers, routes, delays with gaps."""
    rng = np.random.default_rng(7)
    moments = np.datetime64("2023-01-01", "us") + rng.integers(0, 2 * 365 * 86_400, rows) * np.timedelta64(10**6, "us")
    delay = np.where(rng.random(rows) < 0.03, np.nan, np.round(rng.normal(8, 30, rows)))
    pl.DataFrame(
        {
            "moment": moments,
            "day": moments.astype("datetime64[D]"),
            "carrier": rng.choice([f"carrier {i:02}" for i in range(20)], rows, p=np.arange(20, 0, -1) / 210),
            "route": np.char.add("route ", rng.integers(0, 5_000, rows).astype(str)),
            "tail": np.char.add("N", rng.integers(0, 50_000, rows).astype(str)),
            "distance": rng.integers(80, 5_000, rows),
            "delay": pl.Series(delay).fill_nan(None),
        }
    ).write_parquet(path)


def _month_carrier(lf: pl.LazyFrame) -> pl.DataFrame:
    total = pl.col("distance").sum().alias("y")
    top = lf.group_by("carrier").agg(total).sort("y", descending=True).head(6).collect()["carrier"]
    name = pl.when(pl.col("carrier").is_in(top.implode())).then("carrier").otherwise(pl.lit("Other")).alias("series")
    month = pl.col("moment").dt.truncate("1mo").alias("x")
    return lf.group_by(month, name).agg(total).sort("x", "series").collect()


def _month_carrier_distinct(lf: pl.LazyFrame) -> pl.DataFrame:
    total = pl.col("tail").n_unique().alias("y")
    top = lf.group_by("carrier").agg(total).sort("y", descending=True).head(6).collect()["carrier"]
    name = pl.when(pl.col("carrier").is_in(top.implode())).then("carrier").otherwise(pl.lit("Other")).alias("series")
    month = pl.col("moment").dt.truncate("1mo").alias("x")
    return lf.group_by(month, name).agg(total).sort("x", "series").collect()


def _average_by_day(lf: pl.LazyFrame) -> pl.DataFrame:
    kept = lf.filter(pl.col("day").is_between(date(2023, 3, 1), date(2023, 7, 31)))
    return kept.group_by(pl.col("day").alias("x")).agg(pl.col("delay").mean().alias("y")).sort("x").collect()


def _by_carrier(lf: pl.LazyFrame) -> pl.DataFrame:
    grouped = lf.group_by("carrier").agg(pl.col("delay").mean())
    return grouped.sort("delay", descending=True).head(50).collect()


def _distinct_by_carrier(lf: pl.LazyFrame) -> pl.DataFrame:
    grouped = lf.group_by("carrier").agg(pl.col("tail").n_unique())
    return grouped.sort("tail", descending=True).head(50).collect()


def _routes(lf: pl.LazyFrame) -> pl.DataFrame:
    kept = lf.filter(pl.col("delay") > 15, pl.col("carrier").is_in(["carrier 01", "carrier 02", "carrier 03"]))
    return kept.group_by("route").agg(pl.len()).sort("len", descending=True).head(50).collect()


def _median(lf: pl.LazyFrame) -> pl.DataFrame:
    grouped = lf.group_by("carrier").agg(pl.col("delay").median())
    return grouped.sort("delay", descending=True).head(50).collect()


def _contains(lf: pl.LazyFrame) -> pl.DataFrame:
    kept = lf.filter(pl.col("route").str.to_lowercase().str.contains("e 12", literal=True))
    return kept.group_by("carrier").agg(pl.len()).sort("len", descending=True).collect()


def _kpi(lf: pl.LazyFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    months = lf.group_by(pl.col("moment").dt.truncate("1mo")).agg(pl.col("delay").mean()).sort("moment").collect()
    return months, lf.select(pl.col("delay").mean()).collect()


def _points(lf: pl.LazyFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    kept = lf.filter(pl.col("delay").is_not_null() & pl.col("distance").is_not_null())
    return kept.select("distance", "delay", "carrier").head(10_000).collect(), kept.select(pl.len()).collect()


def _table(lf: pl.LazyFrame) -> pl.DataFrame:
    kept = lf.filter(pl.col("moment") >= datetime(2024, 6, 1))  # noqa: DTZ001 - the data has no zones
    return kept.select("moment", "carrier", "delay").sort("moment", descending=True).head(10_000).collect()


def _by_tail(lf: pl.LazyFrame) -> pl.DataFrame:
    return lf.group_by("tail").agg(pl.col("distance").sum()).sort("distance", descending=True).head(50).collect()


def _mapping(**parts: object) -> dict[str, object]:
    return {"dataMapping": parts}


_JULY = [{"column": "day", "operator": "between", "value": ["2023-03-01", "2023-07-31"]}]
_LATE = [
    {"column": "delay", "operator": "gt", "value": 15},
    {"column": "carrier", "operator": "in", "value": ["carrier 01", "carrier 02", "carrier 03"]},
]
_NAMED = [{"column": "route", "operator": "contains", "value": "E 12"}]
_SINCE = [{"column": "moment", "operator": "ge", "value": "2024-06-01"}]
CASES = [
    Case(
        "month × carrier, top 6 + Other, sum",
        Shape.series,
        _mapping(xAxis="moment", yAxis="distance", series="carrier"),
        _month_carrier,
    ),
    Case(
        "month × carrier, top 6 + Other, distinct",
        Shape.series,
        _mapping(xAxis="moment", yAxis="tail", series="carrier") | {"aggregation": {"function": "count_distinct"}},
        _month_carrier_distinct,
    ),
    Case(
        "day, filtered to five months, avg",
        Shape.series,
        _mapping(xAxis="day", yAxis="delay", filters=_JULY) | {"aggregation": {"function": "avg"}},
        _average_by_day,
    ),
    Case(
        "carrier, avg",
        Shape.series,
        _mapping(xAxis="carrier", yAxis="delay") | {"aggregation": {"function": "avg"}},
        _by_carrier,
    ),
    Case(
        "carrier, count_distinct",
        Shape.series,
        _mapping(xAxis="carrier", yAxis="tail") | {"aggregation": {"function": "count_distinct"}},
        _distinct_by_carrier,
    ),
    Case(
        "carrier, median",
        Shape.series,
        _mapping(xAxis="carrier", yAxis="delay") | {"aggregation": {"function": "median"}},
        _median,
    ),
    Case("5,000 routes, two filters, count", Shape.series, _mapping(xAxis="route", filters=_LATE), _routes),
    Case("50,000 tails, sum", Shape.series, _mapping(xAxis="tail", yAxis="distance"), _by_tail),
    Case("carrier, contains, count", Shape.series, _mapping(xAxis="carrier", filters=_NAMED), _contains),
    Case(
        "single number with history, avg",
        Shape.single,
        _mapping(xAxis="moment", yAxis="delay") | {"aggregation": {"function": "avg"}},
        _kpi,
    ),
    Case("scatter, 10,000 points", Shape.points, _mapping(xAxis="distance", yAxis="delay", series="carrier"), _points),
    Case(
        "table, newest 10,000 rows",
        Shape.rows,
        _mapping(columns=["moment", "carrier", "delay"], filters=_SINCE) | {"sort": {"by": "x", "descending": True}},
        _table,
    ),
]


def _ms(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def measure(source: FileSource, case: Case, *, rounds: int) -> tuple[float, float, float]:
    """Milliseconds by hand, uncached and cached: the least of alternating rounds.

    The least is what the code costs; anything above is the neighbours on the machine.
    """
    config = ChartConfig.model_validate({"chartType": "bar", **case.config})
    hand, fresh, again = [], [], []
    for _ in range(rounds):
        results = Results()
        hand.append(_ms(lambda: case.hand(source.scan())))
        fresh.append(_ms(lambda: answer(source, config, case.shape, results=results)))  # noqa: B023 - called now
        again.append(_ms(lambda: answer(source, config, case.shape, results=results)))  # noqa: B023 - called now
    return min(hand), min(fresh), min(again)


def main() -> int:
    """Print one line a chart; 0 when all meet the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        make_rows(path, asked.rows)
        print(f"{'':42}{'by hand':>9}{'answer':>9}{'cached':>9}  ms   ratio")
        for case in CASES:
            hand, fresh, again = measure(FileSource(path, "bench"), case, rounds=asked.rounds)
            bad = fresh > 1.5 * hand + 10
            missed += bad
            print(f"{case.name:42}{hand:9.1f}{fresh:9.1f}{again:9.2f}{fresh / hand:11.2f}{'  MISSED' * bad}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
