"""Small frames and configs for the tests of charts."""

import base64
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from vizapp.charts.registry import draw
from vizapp.schemas.chart import ChartConfig, Grain
from vizapp.schemas.query import Facts
from vizapp.schemas.view import Picture


def config(
    kind: str, x: str | None = "city", y: str | None = "revenue", series: str | None = None, **more
) -> ChartConfig:
    mapping = {key: value for key, value in (("xAxis", x), ("yAxis", y), ("series", series)) if value}
    return ChartConfig.parse({"chartType": kind, "dataMapping": mapping, **more})


def months(count: int, year: int = 2013) -> list[date]:
    return [date(year + index // 12, 1 + index % 12, 1) for index in range(count)]


def grid(xs: Sequence[object], names: Sequence[str | None], value=lambda i, j: float(10 + i + 3 * j)) -> pl.DataFrame:
    rows = [(x, name, value(i, j)) for i, x in enumerate(xs) for j, name in enumerate(names)]
    return pl.DataFrame(rows, schema=["x", "series", "y"], orient="row")


def picture(
    kind: str, frame: pl.DataFrame, facts: Facts | None = None, *, x="city", y="revenue", series=None, **more
) -> Picture:
    series = series or ("who" if "series" in frame.columns else None)
    return draw(config(kind, x, y, series, **more), frame, facts or Facts())


def monthly(kind: str, frame: pl.DataFrame, **more) -> Picture:
    return picture(kind, frame, Facts(grain=Grain.month), x="day", **more)


def numbers(value: object) -> list[float]:
    """What a typed array of a figure holds."""
    if isinstance(value, dict):
        return np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"]).tolist()
    return list(value)


def days(value: object) -> list[date]:
    """The dates of an axis, which travel as milliseconds since 1970."""
    return [date(1970, 1, 1) + timedelta(milliseconds=item) for item in numbers(value)]
