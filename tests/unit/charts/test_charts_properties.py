"""Whatever a source answers, every chart type draws it or says that there is nothing to draw."""
# ruff: noqa: DTZ001 - charts are drawn in the time of the data, without zones

import json
import math
from datetime import date, datetime

import plotly.graph_objects as go
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vizapp.charts.registry import all_types, draw
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate, Aggregation, ChartConfig, Grain, SortBy, SortOrder
from vizapp.schemas.query import Facts, Shape
from vizapp.schemas.view import Picture

FAST = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

texts = st.text(max_size=30) | st.sampled_from(
    ["Other", "—", "<b>x</b>", "$a$ $b$", "%{y}", "Mon", "\u202eevil", "=1+1"]
)
dates = st.dates(date(1, 1, 1), date(9999, 12, 31))
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
floats = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(10**9), 10**9).map(float)
axes = st.sampled_from(["text", "date", "datetime", "number", "boolean"])


def column(kind: str, size: int) -> st.SearchStrategy[pl.Series]:
    values, dtype = {
        "text": (texts, pl.String),
        "date": (dates, pl.Date),
        "datetime": (moments, pl.Datetime("us")),
        "number": (floats, pl.Float64),
        "boolean": (st.booleans(), pl.Boolean),
    }[kind]
    rows = st.lists(st.none() | values, min_size=size, max_size=size)
    return rows.map(lambda found: pl.Series("c", found, dtype=dtype))


@st.composite
def frames(pick: st.DrawFn, shape: Shape) -> pl.DataFrame:
    size = pick(st.integers(0, 40))
    if shape is Shape.rows:
        kinds = pick(st.lists(axes, min_size=1, max_size=4))
        return pl.DataFrame([pick(column(kind, size)).alias(f"c{i}") for i, kind in enumerate(kinds)])
    parts = [pick(column("number", size)).alias("y")]
    if shape is not Shape.single or pick(st.booleans()):
        kind = pick(st.sampled_from(["date", "datetime"])) if shape is Shape.single else pick(axes)
        parts.insert(0, pick(column(kind, size)).alias("x"))
    if shape in (Shape.series, Shape.points) and pick(st.booleans()):
        parts.append(pick(column(pick(st.sampled_from(["text", "boolean"])), size)).alias("series"))
    return pl.DataFrame(parts)


@st.composite
def questions(pick: st.DrawFn, key: str) -> tuple[ChartConfig, pl.DataFrame, Facts]:
    entry = next(item for item in all_types() if item.key == key)
    options = {}
    for field in entry.option_fields():
        if field.kind == "choice":
            options[field.name] = pick(st.sampled_from([value for value, _ in field.choices]))
        elif field.kind == "switch":
            options[field.name] = pick(st.booleans())
    config = ChartConfig.parse(
        {
            "chartType": key,
            "dataMapping": {"xAxis": "when", "yAxis": "amount <i>", "series": "who", "columns": ["c0"]},
            "styling": {
                "showGrid": pick(st.none() | st.booleans()),
                "showLegend": pick(st.none() | st.booleans()),
                "showTooltip": pick(st.none() | st.booleans()),
                "fontSize": pick(st.none() | st.just(16)),
                "colors": pick(st.sampled_from([[], ["#abc", "steelblue"]])),
            },
            "options": options,
        }
    )
    update = {
        "aggregation": pick(st.none() | st.sampled_from(Aggregate).map(lambda name: Aggregation(function=name))),
        "sort": pick(st.none() | st.builds(SortOrder, by=st.sampled_from(SortBy), descending=st.booleans())),
    }
    frame = pick(frames(entry.shape))
    facts = Facts(
        types=tuple((name, ColumnType.string) for name in frame.columns),
        grain=pick(st.none() | st.sampled_from([grain for grain in Grain if grain is not Grain.auto])),
        x_total=pick(st.none() | st.integers(0, 500)),
        truncated=pick(st.booleans()),
        total=pick(st.none() | st.floats(-1e12, 1e12)),
    )
    return config.model_copy(update=update), frame, facts


def plain_json(picture: Picture) -> str:
    return json.dumps(picture.figure, allow_nan=False, sort_keys=True)


def is_right(picture: Picture) -> None:
    kinds = [picture.figure is not None, picture.kpi is not None, picture.table is not None]
    assert sum(kinds) == (0 if picture.empty else 1)
    assert picture.summary
    plain_json(picture)  # raises on NaN and infinity
    if picture.figure is not None:
        go.Figure(picture.figure)  # raises on anything plotly does not know
        assert "template" not in picture.figure["layout"]
        assert all(item.trace < len(picture.figure["data"]) for item in picture.legend)
    if picture.table is not None:
        assert all(len(row) == len(picture.table.columns) for row in picture.table.rows)
        assert all(share is None or 0 <= share <= 1 for row in picture.table.shares for share in row)
    if picture.kpi is not None:
        assert all(value is None or math.isfinite(value) for value in picture.kpi.spark)


@pytest.mark.parametrize("key", [entry.key for entry in all_types()])
def test_every_type_draws_any_frame_the_same_way_twice(key: str) -> None:
    @FAST
    @given(questions(key))
    def holds(question: tuple[ChartConfig, pl.DataFrame, Facts]) -> None:
        config, frame, facts = question
        picture = draw(config, frame, facts, mode="light")
        is_right(picture)
        again = draw(config, frame.clone(), facts, mode="light")
        assert (plain_json(again), again) == (plain_json(picture), picture)
        dark = draw(config, frame, facts, mode="dark")
        assert plain_json(dark) == plain_json(picture), "figures must not depend on the theme"

    holds()
