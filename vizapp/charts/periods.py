"""Time steps: their length, their end, and whether one is over."""

from datetime import date

import numpy as np
import polars as pl

from vizapp.schemas.chart import Grain

# polars' interval names; see pl.Expr.dt.offset_by.
INTERVALS = {
    Grain.minute: "1m", Grain.hour: "1h", Grain.day: "1d", Grain.week: "1w",
    Grain.month: "1mo", Grain.quarter: "1q", Grain.year: "1y",
}  # fmt: skip

_SECONDS = {
    Grain.minute: 60, Grain.hour: 3600, Grain.day: 86_400, Grain.week: 604_800,
    Grain.month: 2_629_746, Grain.quarter: 7_889_238, Grain.year: 31_556_952,
}  # fmt: skip


def step(grain: Grain | None) -> np.timedelta64:
    """The (mean) length of a step; a day when there is no grain."""
    return np.timedelta64(_SECONDS.get(grain or Grain.day, 86_400), "s")


def without_running(frame: pl.DataFrame, grain: Grain | None, today: date) -> pl.DataFrame:
    """Without the last period when it contains or follows `today`, but never without everything."""
    interval = INTERVALS.get(grain) if grain else None
    if interval is None or "x" not in frame.columns or not frame.schema["x"].is_temporal():
        return frame
    over = frame.filter(pl.col("x").dt.offset_by(interval).cast(pl.Date) <= today)
    return over if over.height else frame
