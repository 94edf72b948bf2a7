"""From a config to an answer: steps of time, limits, facts, and the memory in between."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from query_doubles import FrameSource, config, source

from vizapp.errors import ColumnMissing, InvalidChartConfig, InvalidQuery
from vizapp.query.plan import Caps
from vizapp.query.results import Results
from vizapp.query.run import Answer, answer
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Filter, Grain, Operator
from vizapp.schemas.query import Shape

START = date(2020, 1, 1)


def answered(data: FrameSource, shape: str, mapping: dict[str, Any], **rest: Any) -> Answer:
    names = ("results", "extra", "limit", "scope", "caps")
    asked = {name: rest.pop(name) for name in names if name in rest}
    top = {"limit": rest.pop("top")} if "top" in rest else {}
    return answer(data, config(mapping=mapping, **rest, **top), Shape(shape), **{"results": Results(), **asked})


def days(count: int, step: int = 1) -> FrameSource:
    return source(day=[START + timedelta(days=step * n) for n in range(count)], n=range(count))


def test_a_chart_has_its_frame_and_the_facts_of_it():
    before = datetime.now(UTC)
    got = answered(source(c=["a", "b", "a"], n=[1, 2, 3]), "series", {"xAxis": "c", "yAxis": "n"})
    assert got.frame.rows() == [("a", 4), ("b", 2)]
    assert got.frame.columns == ["x", "y"]
    assert got.facts.types == (("x", ColumnType.string), ("y", ColumnType.number))
    assert got.facts.matched == 3
    assert (got.facts.x_total, got.facts.series_total, got.facts.grain, got.facts.total) == (None, None, None, None)
    assert (got.row_count, got.truncated, got.cached) == (2, False, False)
    assert before <= got.as_of <= datetime.now(UTC)
    assert got.elapsed_ms > 0
    assert len(got.key) == 64


def test_asked_again_it_is_remembered_and_the_same():
    data, results = source(c=["a", "b"], n=[1, 2]), Results()
    first = answered(data, "series", {"xAxis": "c"}, results=results)
    second = answered(data, "series", {"xAxis": "c"}, results=results)
    assert second.cached
    assert len(data.scans) == 1
    assert second.key == first.key
    assert second.frame.equals(first.frame)


def test_new_data_or_another_scope_is_another_question():
    data, results = source(c=["a"]), Results()
    keys = [answered(data, "series", {"xAxis": "c"}, results=results).key]
    keys.append(answered(data, "series", {"xAxis": "c"}, results=results, scope="tenant").key)
    data.named = "v2"
    keys.append(answered(data, "series", {"xAxis": "c"}, results=results).key)
    assert len(set(keys)) == 3


@pytest.mark.parametrize(
    ("count", "step", "grain"), [(5, 1, "day"), (100, 1, "day"), (100, 7, "month"), (50, 100, "year")]
)
def test_the_step_of_time_follows_the_data(count: int, step: int, grain: str):
    got = answered(days(count, step), "series", {"xAxis": "day", "yAxis": "n"})
    assert got.facts.grain is Grain(grain)
    assert got.frame["y"].sum() == sum(range(count))


def test_filters_narrow_the_span_and_with_it_the_step():
    year = [Filter(column="day", operator=Operator.lt, value="2020-02-01")]
    assert answered(days(1000), "series", {"xAxis": "day"}).facts.grain is Grain.month
    assert answered(days(1000), "series", {"xAxis": "day"}, extra=year).facts.grain is Grain.day


def test_no_rows_are_an_answer_with_columns_and_types():
    nothing = [Filter(column="n", operator=Operator.lt, value=0)]
    got = answered(days(10), "series", {"xAxis": "day", "yAxis": "n"}, extra=nothing)
    assert got.frame.schema == {"x": pl.Date, "y": pl.Int64}
    assert (got.row_count, got.facts.matched, got.truncated) == (0, 0, False)
    assert got.facts.grain is Grain.day


def test_a_step_that_is_asked_for_needs_no_look_at_the_span():
    data = days(10)
    assert answered(data, "series", {"xAxis": "day", "timeGrain": "week"}).facts.grain is Grain.week
    assert len(data.scans) == 1


def test_totals_tell_how_much_the_caps_left_out():
    names = [f"c{n:02}" for n in range(20)]
    data = source(x=names * 2, s=names + names[::-1], n=range(40))
    got = answered(data, "series", {"xAxis": "x", "yAxis": "n", "series": "s"}, caps=Caps(x=5, series=2))
    assert (got.facts.x_total, got.facts.series_total) == (20, 20)
    assert got.frame["x"].n_unique() == 5
    assert set(got.frame["series"]) <= {"Other", "c19", "c18", "c00", "c01"}
    folded = answered(data, "series", {"xAxis": "x", "yAxis": "n"}, top=3)
    assert folded.frame["x"].to_list()[-1] == "Other"
    assert folded.frame["y"].sum() == sum(range(40))
    assert answered(data, "series", {"xAxis": "x"}).facts.x_total is None


def test_the_limit_cuts_and_tells():
    got = answered(days(50), "rows", {"columns": ["n"]}, limit=10)
    assert (got.row_count, got.truncated, got.facts.truncated, got.facts.matched) == (10, True, True, 50)
    exact = answered(days(10), "rows", {"columns": ["n"]}, limit=10)
    assert (exact.row_count, exact.truncated, exact.facts.matched) == (10, False, 10)


def test_points_are_named_by_their_part_even_from_one_column():
    data = source(a=[1, 2, None], b=[1.5, None, 2.5], c=["p", "q", "r"])
    got = answered(data, "points", {"xAxis": "a", "yAxis": "b", "series": "c"})
    assert got.frame.rows(named=True) == [{"x": 1, "y": 1.5, "series": "p"}]
    twice = answered(data, "points", {"xAxis": "a", "yAxis": "a"}, limit=1)
    assert twice.frame.rows(named=True) == [{"x": 1, "y": 1}]
    assert twice.facts.matched == 2


def test_a_single_number_has_its_history_and_its_total_over_all_rows():
    data = source(day=[date(2024, 1, 1), date(2024, 1, 1), date(2024, 1, 2), None], n=[1, 3, 10, 6])
    got = answered(data, "single", {"xAxis": "day", "yAxis": "n"}, aggregation={"function": "avg"})
    assert got.frame.rows() == [(date(2024, 1, 1), 2.0), (date(2024, 1, 2), 10.0)]
    assert got.facts.total == 5.0
    assert got.facts.grain is Grain.day


def test_a_single_number_without_time_is_its_total():
    data, results = source(n=[1, 2]), Results()
    got = answered(data, "single", {"yAxis": "n"}, results=results)
    assert (got.frame.rows(), got.facts.total, got.row_count) == ([(3,)], 3.0, 1)
    assert len(data.scans) == 1


def test_a_single_date_has_no_total():
    got = answered(days(3), "single", {"yAxis": "day"}, aggregation={"function": "max"})
    assert got.frame.item() == START + timedelta(days=2)
    assert got.facts.total is None
    assert got.facts.types == (("y", ColumnType.date),)


def test_a_table_keeps_its_types():
    data = source(t=["a"], b=[True], d=[START], m=[datetime(2024, 1, 1, tzinfo=UTC)], n=[1])
    got = answered(data, "rows", {"columns": ["t", "b", "d", "m", "n"]})
    assert [kind.value for _, kind in got.facts.types] == ["string", "boolean", "date", "datetime", "number"]


def test_mistakes_of_the_config_are_told_before_anything_is_read():
    data = source(c=["a"], n=[1])
    with pytest.raises(ColumnMissing):
        answered(data, "series", {"xAxis": "gone"})
    with pytest.raises(InvalidChartConfig):
        answered(data, "series", {"xAxis": "c", "yAxis": "c"}, aggregation={"function": "sum"})
    with pytest.raises(InvalidQuery):
        answered(data, "series", {"xAxis": "c"}, extra=[Filter(column="n", operator=Operator.eq, value="x")])
    assert data.scans == []


def test_years_that_python_does_not_know_are_shown_by_year():
    far = FrameSource(pl.DataFrame({"day": pl.Series([0, 5_000_000], dtype=pl.Int32).cast(pl.Date)}))
    got = answered(far, "series", {"xAxis": "day"})
    assert (got.facts.grain, got.row_count) == (Grain.year, 2)
