"""What random small tables do not reach: other column types, zones, large sums, damaged files."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from query_doubles import FrameSource, source

from vizapp.errors import ColumnMissing, DatasetDamaged
from vizapp.query.polars_engine import fetch
from vizapp.schemas.chart import Aggregate, Grain, Operator
from vizapp.schemas.query import Condition, Group, Measure, Order, Query, Top
from vizapp.sources.types import FileSource

OSLO = "Europe/Oslo"


def kept(series: pl.Series, operator: Operator, value: Any) -> list[int]:
    """The positions of the values that a condition keeps."""
    frame = pl.DataFrame({"n": range(len(series)), "c": series})
    query = Query(columns=("n",), conditions=(Condition("c", operator, value),))
    return fetch(FrameSource(frame), query).frame["n"].to_list()


def one(series: pl.Series, function: Aggregate) -> tuple[Any, pl.DataType]:
    frame = fetch(FrameSource(pl.DataFrame({"c": series})), Query(measures=(Measure(function, "y", "c"),))).frame
    return frame.item(), frame.schema["y"]


@pytest.mark.parametrize("dtype", [pl.Int8, pl.Int32, pl.UInt8, pl.UInt64, pl.Int64])
def test_every_kind_of_whole_number_adds_up_exactly(dtype: type[pl.DataType]):
    assert one(pl.Series([100, 100, 100], dtype=dtype), Aggregate.sum) == (300, pl.Int64)
    assert one(pl.Series([1, 100, None], dtype=dtype), Aggregate.max) == (100, pl.Int64)
    assert one(pl.Series([100, 101], dtype=dtype), Aggregate.avg) == (100.5, pl.Float64)
    assert kept(pl.Series([100, 101], dtype=dtype), Operator.in_, (101, 7)) == [1]
    assert kept(pl.Series([100, 101], dtype=dtype), Operator.gt, 100.5) == [1]


def test_a_sum_beyond_64_bits_is_a_float_not_a_wrong_number():
    assert one(pl.Series([2**62] * 4), Aggregate.sum) == (2.0**64, pl.Float64)


def test_a_mean_of_large_numbers_does_not_overflow():
    assert one(pl.Series([2**62] * 4), Aggregate.avg) == (2.0**62, pl.Float64)


@pytest.mark.parametrize("function", [Aggregate.sum, Aggregate.avg, Aggregate.min, Aggregate.max, Aggregate.median])
def test_nothing_has_no_sum_mean_or_extremes(function: Aggregate):
    assert one(pl.Series([None, None], dtype=pl.Float64), function)[0] is None
    assert one(pl.Series([], dtype=pl.Int64), function)[0] is None
    assert one(pl.Series([float("nan")]), function)[0] is None


@pytest.mark.parametrize("function", [Aggregate.count, Aggregate.count_distinct])
def test_nothing_counts_as_nought(function: Aggregate):
    assert one(pl.Series([None, None], dtype=pl.String), function) == (0, pl.Int64)
    assert one(pl.Series([], dtype=pl.String), function) == (0, pl.Int64)
    assert one(pl.Series([float("nan"), 1.0, 1.0]), Aggregate.count_distinct) == (1, pl.Int64)


def test_small_floats_and_decimals_are_added_as_floats():
    assert one(pl.Series([0.5, 0.25], dtype=pl.Float32), Aggregate.sum) == (0.75, pl.Float64)
    decimals = pl.Series([Decimal("1.50"), Decimal("2.25")])
    assert one(decimals, Aggregate.sum) == (3.75, pl.Float64)
    assert kept(decimals, Operator.ge, 2.25) == [1]


def test_categories_and_times_of_day_are_text():
    names = pl.Series(["b", "A", None], dtype=pl.Categorical)
    assert kept(names, Operator.contains, "a") == [1]
    assert kept(names, Operator.gt, "A") == [0]
    frame = pl.DataFrame({"c": names})
    query = Query(groups=(Group("c", "x"),), measures=(Measure(Aggregate.count, "y"),), order=(Order("x"),))
    answer = fetch(FrameSource(frame), query).frame
    assert answer.rows() == [("A", 1), ("b", 1), (None, 1)]
    assert answer.schema["x"] == pl.String
    assert kept(pl.Series([datetime(2024, 1, 1, 9, tzinfo=UTC).time()]), Operator.contains, "09:") == [0]


def test_null_is_a_group_of_its_own_and_comes_last():
    query = Query(groups=(Group("c", "x"),), measures=(Measure(Aggregate.sum, "y", "n"),), order=(Order("x", True),))
    assert fetch(source(c=["a", None, "b", None], n=[1, 2, 3, 4]), query).frame.rows() == [
        ("b", 3),
        ("a", 1),
        (None, 6),
    ]


def test_other_is_averaged_over_its_rows_and_comes_last():
    query = Query(
        groups=(Group("c", "x"),),
        measures=(Measure(Aggregate.avg, "y", "n"),),
        tops=(Top("x", 1, "y", "Other"),),
        order=(Order("x", descending=True, by="y"),),
    )
    fetched = fetch(source(c=["a", "b", "b", "b", "c"], n=[9.0, 1.0, 1.0, 1.0, 7.0]), query)
    assert fetched.frame.rows() == [("a", 9.0), ("Other", 2.5)]
    assert fetched.distinct == {"x": 3}
    assert fetched.matched == 5


def test_medians_of_other_go_back_to_the_rows():
    query = Query(
        groups=(Group("c", "x"), Group("d", "series")),
        measures=(Measure(Aggregate.median, "y", "n"),),
        tops=(Top("x", 1, "y", "Other"),),
        order=(Order("x", by="y", descending=True), Order("series")),
    )
    data = source(c=["a", "b", "b", "c", "c"], d=["p"] * 5, n=[9, 1, 1, 1, 8])
    assert fetch(data, query).frame.rows() == [("a", "p", 9.0), ("Other", "p", 1.0)]


MOMENTS = pl.Series([datetime(2024, 3, 30, 23, 30), datetime(2024, 3, 31, 0, 30), datetime(2024, 4, 1)])  # noqa: DTZ001


@pytest.mark.parametrize(
    ("operator", "value", "wanted"),
    [
        (Operator.eq, "2024-03-31", [1]),
        (Operator.ne, "2024-03-31", [0, 2]),
        (Operator.le, "2024-03-31", [0, 1]),
        (Operator.gt, "2024-03-31", [2]),
        (Operator.ge, "2024-03-31", [1, 2]),
        (Operator.lt, "2024-03-31", [0]),
        (Operator.le, "2024-03-31T00:00:00", [0]),
        (Operator.lt, "9999-12-31", [0, 1, 2]),
        (Operator.le, "9999-12-31", [0, 1, 2]),
        (Operator.eq, "2024-03-31T02:30:00+02:00", [1]),
        (Operator.in_, ("2024-03-30", "2024-04-01T00:00:00"), [0, 2]),
        (Operator.between, ("2024-03-31", "2024-03-31"), [1]),
        (Operator.in_, (), []),
    ],
)
def test_a_date_compares_days_and_a_moment_instants(operator: Operator, value: Any, wanted: list[int]):
    assert kept(MOMENTS, operator, value) == wanted
    assert kept(MOMENTS.cast(pl.Datetime("ms")), operator, value) == wanted


def test_values_without_a_zone_are_meant_in_the_zone_of_the_column():
    moments = MOMENTS.dt.replace_time_zone("UTC").dt.convert_time_zone(OSLO)  # 00:30, 01:30 on 31 March, 02:00
    assert kept(moments, Operator.eq, "2024-03-31") == [0, 1]
    assert kept(moments, Operator.eq, "2024-03-31T01:30:00") == [1]
    assert kept(moments, Operator.ge, "2024-03-31T00:30:00+00:00") == [1, 2]
    # The clocks of Oslo jump from 02:00 to 03:00 that night.
    assert kept(moments, Operator.ge, "2024-03-31T02:30:00") == []


def test_zones_group_by_their_own_days():
    moments = MOMENTS.dt.replace_time_zone("UTC").dt.convert_time_zone(OSLO)
    query = Query(groups=(Group("c", "x", Grain.day),), measures=(Measure(Aggregate.count, "y"),), order=(Order("x"),))
    frame = fetch(FrameSource(pl.DataFrame({"c": moments})), query).frame
    assert frame["y"].to_list() == [2, 1]
    assert frame["x"].dt.date().to_list() == [date(2024, 3, 31), date(2024, 4, 1)]


def test_weeks_start_on_monday_and_keep_the_type():
    days = [date(2024, 3, 31), date(2024, 4, 1)]
    query = Query(groups=(Group("c", "x", Grain.week),), order=(Order("x"),))
    assert fetch(source(c=days), query).frame["x"].to_list() == [date(2024, 3, 25), date(2024, 4, 1)]


def test_contains_takes_every_character_as_it_is():
    texts = pl.Series(["50% off", "a.*b", "AXXB", "ÄRGER", None, ""])
    assert kept(texts, Operator.contains, "%") == [0]
    assert kept(texts, Operator.contains, ".*") == [1]
    assert kept(texts, Operator.contains, "ärg") == kept(texts, Operator.contains, "äRG") == [3]
    assert kept(texts, Operator.contains, "") == [0, 1, 2, 3, 5]
    assert kept(texts, Operator.contains, "(") == []


def test_rows_come_in_the_order_of_the_source_however_many():
    frame = pl.DataFrame({"n": range(300_000)})
    rows = fetch(FrameSource(frame), Query(columns=("n",), conditions=(Condition("n", Operator.ge, 5),), limit=1000))
    assert rows.frame["n"].to_list() == list(range(5, 1005))
    assert rows.matched is None


def test_wide_tables_are_sorted_too():
    columns = {f"c{index}": [2, 1, None] for index in range(12)}
    query = Query(columns=tuple(columns), order=(Order("c5", descending=True),), limit=2)
    assert [row[0] for row in fetch(source(**columns), query).frame.rows()] == [2, 1]


def test_columns_may_bear_the_names_of_the_answer():
    data = source(x=["a", "b", "a"], y=[1, 2, 3], series=["p", "p", "q"])
    query = Query(
        groups=(Group("series", "x"), Group("x", "series")),
        measures=(Measure(Aggregate.sum, "y", "y"),),
        tops=(Top("x", 5, "y", "Other"), Top("series", 1, "y", "Other")),
        order=(Order("x"), Order("series", by="y", descending=True)),
    )
    assert fetch(data, query).frame.rows() == [("p", "a", 1), ("p", "Other", 2), ("q", "a", 3)]


def test_a_vanished_column_is_named():
    query = Query(columns=("a", "gone"), conditions=(Condition("lost", Operator.is_null),))
    with pytest.raises(ColumnMissing) as caught:
        fetch(source(a=[1]), query)
    assert caught.value.details == {"columns": ["gone", "lost"]}


def test_a_file_that_is_gone_is_damage(tmp_path: Path):
    with pytest.raises(DatasetDamaged):
        fetch(FileSource(tmp_path / "none.parquet", "h"), Query(columns=("a",)))


class Bare:
    """A source that does not look at its file before it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def columns(self) -> dict[str, Any]:
        return {}

    def version(self) -> str:
        return "v"

    def scan(self) -> pl.LazyFrame:
        return pl.scan_parquet(self.path, glob=False)


@pytest.mark.parametrize("damage", ["gone", "empty", "text", "cut", "holes"])
def test_a_file_that_cannot_be_read_is_damage(tmp_path: Path, damage: str):
    path = tmp_path / "rows.parquet"
    pl.DataFrame({"a": [str(n) for n in range(50_000)], "b": range(50_000)}).write_parquet(path)
    data = path.read_bytes()
    half = len(data) // 2
    broken = {
        "empty": b"",
        "text": b"a,b\n1,2\n",
        "cut": data[:half],
        "holes": data[:50] + bytes(half) + data[50 + half :],
    }
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(broken[damage])
    grouped = Query(groups=(Group("a", "x"),), measures=(Measure(Aggregate.sum, "y", "b"),))
    for query in (Query(columns=("a", "b")), grouped):
        with pytest.raises(DatasetDamaged) as caught:
            fetch(Bare(path), query)
        assert str(path) not in caught.value.message


def test_a_panic_inside_polars_is_damage_too():
    frame = pl.DataFrame({"d": pl.Series([2**31 - 1], dtype=pl.Int32).cast(pl.Date)})  # a day five million years on
    query = Query(groups=(Group("d", "x", Grain.month),), measures=(Measure(Aggregate.count, "y"),))
    with pytest.raises(DatasetDamaged):
        fetch(FrameSource(frame), query)
