"""A config becomes the query that its shape needs, or an error that names the field."""

from typing import Any

import pytest
from query_doubles import config

from vizapp.errors import ColumnMissing, InvalidChartConfig, InvalidInput, InvalidQuery
from vizapp.query.plan import Caps, plan, time_column
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate, Filter, Grain, Operator
from vizapp.schemas.query import Condition, Group, Measure, Order, Query, Shape, Top

COLUMNS = {
    "carrier": ColumnType.string,
    "city": ColumnType.string,
    "delay": ColumnType.number,
    "seats": ColumnType.number,
    "late": ColumnType.boolean,
    "day": ColumnType.date,
    "moment": ColumnType.datetime,
}


def planned(shape: str, mapping: dict[str, Any] | None = None, **rest: Any) -> Query:
    asked = {key: rest.pop(key) for key in ("extra", "grain", "caps", "limit") if key in rest}
    cap = rest.pop("top", None)
    whole = config(mapping=mapping, **({"limit": cap} if cap else {}), **rest)
    return plan(whole, Shape(shape), COLUMNS, **{"limit": 100, **asked})


def refused(error: type[InvalidInput], shape: str, mapping: dict[str, Any], **rest: Any) -> dict[str, str]:
    with pytest.raises(error) as caught:
        planned(shape, mapping, **rest)
    return caught.value.fields


def test_a_category_shows_its_fifty_largest_and_says_nothing_of_the_rest():
    query = planned("series", {"xAxis": "carrier", "yAxis": "delay"})
    assert query.groups == (Group("carrier", "x"),)
    assert query.measures == (Measure(Aggregate.sum, "y", "delay"),)
    assert query.tops == (Top("x", 50, "y", None),)
    assert query.order == (Order("x", descending=True, by="y"),)
    assert query.limit == 101


def test_a_limit_folds_the_rest_into_other_unless_told_not_to():
    mapping = {"xAxis": "carrier", "yAxis": "delay"}
    assert planned("series", mapping, top=5).tops == (Top("x", 5, "y", "Other"),)
    assert planned("series", mapping, top=5, other=False).tops == (Top("x", 5, "y", None),)


def test_caps_of_a_chart_type_apply_when_the_config_says_nothing():
    mapping = {"xAxis": "carrier", "series": "city"}
    caps = Caps(x=6, series=3, fold_x=True)
    assert planned("series", mapping, caps=caps).tops == (Top("x", 6, "y", "Other"), Top("series", 3, "y", "Other"))
    assert planned("series", mapping, caps=caps, top=9, other=False).tops[0] == Top("x", 9, "y", None)


def test_series_beyond_six_become_other_and_come_by_size():
    query = planned("series", {"xAxis": "day", "series": "carrier"})
    assert query.tops == (Top("series", 6, "y", "Other"),)
    assert query.order == (Order("x"), Order("series", descending=True, by="y"))


@pytest.mark.parametrize(
    ("series", "tops"), [("late", ()), ("seats", (Top("series", 6, "y"),)), ("day", (Top("series", 6, "y"),))]
)
def test_only_text_has_an_other_and_booleans_are_shown_as_they_are(series: str, tops: tuple[Top, ...]):
    query = planned("series", {"xAxis": "delay", "series": series})
    assert query.tops == tops
    assert query.order == (Order("x"), Order("series"))


@pytest.mark.parametrize("x", ["day", "moment", "delay", "late"])
def test_times_numbers_and_booleans_ascend(x: str):
    query = planned("series", {"xAxis": x})
    assert query.order == (Order("x"),)
    assert query.tops == ()


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ({"by": "x", "descending": False}, Order("x")),
        ({"by": "x"}, Order("x", descending=True)),
        ({"by": "y"}, Order("x", descending=True, by="y")),
        ({"by": "y", "descending": False}, Order("x", by="y")),
    ],
)
def test_a_sort_of_the_config_overrides_the_order_of_x(sort: dict[str, Any], order: Order):
    assert planned("series", {"xAxis": "day"}, sort=sort).order == (order,)
    assert planned("series", {"xAxis": "carrier"}, sort=sort).order == (order,)


def test_the_step_of_time_is_given_asked_for_or_a_day():
    assert planned("series", {"xAxis": "moment"}).groups[0].grain is Grain.day
    assert planned("series", {"xAxis": "moment"}, grain=Grain.hour).groups[0].grain is Grain.hour
    asked = planned("series", {"xAxis": "moment", "timeGrain": "quarter"}, grain=Grain.hour)
    assert asked.groups[0].grain is Grain.quarter


@pytest.mark.parametrize("grain", ["hour", "minute"])
def test_dates_without_a_time_are_never_cut_finer_than_a_day(grain: str):
    assert planned("series", {"xAxis": "day", "timeGrain": grain}).groups[0].grain is Grain.day


def test_the_automatic_step_is_that_of_the_first_time_grouped_by():
    def column(shape: str, mapping: dict[str, Any], **rest: Any) -> str | None:
        return time_column(config(mapping=mapping, **rest), Shape(shape), COLUMNS)

    assert column("series", {"xAxis": "day", "series": "moment"}) == "day"
    assert column("series", {"xAxis": "carrier", "series": "moment"}) == "moment"
    assert column("series", {"xAxis": "carrier"}) is None
    assert column("series", {"xAxis": "gone"}) is None
    assert column("series", {"xAxis": "day", "timeGrain": "week"}) is None
    assert column("points", {"xAxis": "day", "yAxis": "delay"}) is None
    assert column("single", {"xAxis": "carrier", "series": "day"}) is None
    assert column("rows", {"columns": ["day"]}) is None
    assert column("rows", {"columns": ["carrier", "day"]}, aggregation={}) == "day"


def test_without_y_rows_are_counted():
    assert planned("series", {"xAxis": "day"}).measures == (Measure(Aggregate.count, "y"),)
    assert planned("series", {"xAxis": "day"}, aggregation={}).measures == (Measure(Aggregate.count, "y"),)
    counted = planned("series", {"xAxis": "day"}, aggregation={"function": "count"})
    assert counted.measures == (Measure(Aggregate.count, "y"),)


def test_without_a_function_numbers_are_added_and_the_rest_is_counted():
    assert planned("series", {"xAxis": "day", "yAxis": "delay"}).measures[0].function is Aggregate.sum
    assert planned("series", {"xAxis": "day", "yAxis": "carrier"}).measures[0].function is Aggregate.count


@pytest.mark.parametrize("function", ["avg", "min", "max", "median", "count_distinct"])
def test_a_function_that_needs_a_column_says_so(function: str):
    fields = refused(InvalidChartConfig, "series", {"xAxis": "day"}, aggregation={"function": function})
    assert fields == {"aggregation.function": f"{function} needs a column to work on."}


@pytest.mark.parametrize("y", ["carrier", "late", "day", "moment"])
@pytest.mark.parametrize("function", ["sum", "avg", "median"])
def test_only_numbers_can_be_added_or_averaged(function: str, y: str):
    fields = refused(InvalidChartConfig, "series", {"xAxis": "day", "yAxis": y}, aggregation={"function": function})
    assert y in fields["aggregation.function"]


@pytest.mark.parametrize("function", ["min", "max"])
def test_the_least_and_the_greatest_need_numbers_or_times(function: str):
    for y in ("delay", "day", "moment"):
        made = planned("series", {"xAxis": "carrier", "yAxis": y}, aggregation={"function": function})
        assert made.measures == (Measure(Aggregate(function), "y", y),)
    for y in ("carrier", "late"):
        mapping = {"xAxis": "carrier", "yAxis": y}
        assert "aggregation.function" in refused(
            InvalidChartConfig, "series", mapping, aggregation={"function": function}
        )


def test_group_by_fills_the_axes_that_are_open_and_no_more():
    def names(mapping: dict[str, Any], *columns: str) -> list[str]:
        made = planned("series", mapping, aggregation={"function": "count", "groupBy": columns})
        return [group.column for group in made.groups]

    assert names({"xAxis": "day"}, "day") == ["day"]
    assert names({"xAxis": "day"}, "day", "carrier") == ["day", "carrier"]
    assert names({}, "carrier", "city") == ["carrier", "city"]
    fields = refused(
        InvalidChartConfig, "series", {"xAxis": "day", "series": "city"}, aggregation={"groupBy": ["carrier"]}
    )
    assert "carrier" in fields["aggregation.groupBy"]


def test_a_series_chart_without_x_says_so():
    assert list(refused(InvalidChartConfig, "series", {"yAxis": "delay"})) == ["dataMapping.xAxis"]


def test_every_missing_column_is_named_once():
    mapping = {
        "xAxis": "a",
        "yAxis": "b",
        "series": "a",
        "filters": [{"column": "c", "operator": "is_null"}],
        "columns": ["d"],
        "measures": [{"column": "e"}],
    }
    with pytest.raises(ColumnMissing) as caught:
        planned("series", mapping, extra=[Filter(column="f", operator=Operator.not_null)])
    assert caught.value.details == {"columns": ["a", "b", "c", "f"]}
    with pytest.raises(ColumnMissing) as caught:
        planned("rows", mapping)
    assert caught.value.details == {"columns": ["a", "b", "d", "e", "c"]}


def test_points_are_rows_with_both_coordinates():
    query = planned("points", {"xAxis": "delay", "yAxis": "seats", "series": "carrier"})
    assert query.columns == ("delay", "seats", "carrier")
    assert query.conditions == (Condition("delay", Operator.not_null), Condition("seats", Operator.not_null))
    assert query.order == ()
    assert query.limit == 101


def test_points_may_be_sorted_limited_and_use_a_column_twice():
    query = planned("points", {"xAxis": "delay", "yAxis": "delay"}, sort={"by": "y", "descending": False}, top=5)
    assert query.columns == ("delay",)
    assert query.order == (Order("delay"),)
    assert query.limit == 6
    assert planned("points", {"xAxis": "seats", "yAxis": "delay"}, sort={"by": "x"}).order[0].name == "seats"


def test_points_name_each_missing_axis():
    assert list(refused(InvalidChartConfig, "points", {})) == ["dataMapping.xAxis", "dataMapping.yAxis"]


def test_a_single_number_has_a_history_only_over_time():
    dated = planned("single", {"xAxis": "day", "yAxis": "delay"})
    assert [group.name for group in dated.groups] == ["x"]
    assert dated.conditions == (Condition("day", Operator.not_null),)
    assert dated.order == (Order("x"),)
    for mapping in ({"yAxis": "delay"}, {"xAxis": "carrier", "yAxis": "delay"}):
        plain = planned("single", mapping)
        assert plain.groups == ()
        assert plain.limit is None


def test_a_table_shows_the_chosen_columns_as_they_are():
    assert planned("rows", {"columns": ["day", "city", "day"]}).columns == ("day", "city")
    assert planned("rows", {"xAxis": "day", "yAxis": "delay", "series": "city"}).columns == ("day", "city", "delay")
    assert planned("rows").columns == tuple(COLUMNS)
    assert planned("rows").order == ()


def test_a_table_sorts_by_its_first_column_or_by_the_value():
    mapping = {"columns": ["day", "city"], "yAxis": "delay"}
    assert planned("rows", {"columns": ["day", "city"]}, sort={"by": "x"}).order == (Order("day", descending=True),)
    assert planned("rows", {"xAxis": "day", "yAxis": "delay"}, sort={"by": "y"}).order[0].name == "delay"
    # A column that is not shown cannot order the rows.
    assert planned("rows", mapping, sort={"by": "y"}).order[0].name == "day"
    assert planned("rows", {"columns": ["day", "seats"]}, sort={"by": "y"}).order[0].name == "seats"


def test_a_table_of_measures_groups_by_its_columns_under_readable_names():
    measures = [
        {"column": "delay", "function": "avg"},
        {"function": "count"},
        {"column": "day", "function": "max"},
        {"column": "delay", "function": "min"},
        {"column": "delay", "function": "avg"},
    ]
    query = planned("rows", {"columns": ["carrier"], "measures": measures})
    assert query.groups == (Group("carrier", "carrier"),)
    names = [measure.name for measure in query.measures]
    assert names == ["Average delay", "Rows", "Latest day", "Lowest delay", "Average delay (2)"]
    assert query.order == (Order("Average delay", descending=True),)


def test_a_table_grouped_by_time_is_in_the_order_of_time():
    query = planned("rows", {"columns": ["day"], "yAxis": "delay"}, aggregation={"groupBy": ["city", "day"]})
    assert [group.column for group in query.groups] == ["day", "city"]
    assert query.order == (Order("day"),)
    assert query.measures == (Measure(Aggregate.sum, "Total delay", "delay"),)
    by_value = planned("rows", {"columns": ["day"]}, aggregation={}, sort={"by": "y"})
    assert by_value.order == (Order("Rows", descending=True),)


def test_a_table_of_measures_alone_is_one_row():
    query = planned("rows", {"measures": [{"function": "count"}]})
    assert query.groups == ()
    assert query.measures == (Measure(Aggregate.count, "Rows"),)


def test_a_wrong_measure_of_a_table_is_named_by_its_place():
    measures = [{"function": "count"}, {"column": "carrier", "function": "avg"}]
    assert list(refused(InvalidChartConfig, "rows", {"measures": measures})) == ["dataMapping.measures.1.function"]


def test_a_limit_of_a_table_is_the_number_of_its_rows():
    assert planned("rows", {"columns": ["day"]}, top=5).limit == 6
    assert planned("rows", {"columns": ["day"]}, top=500).limit == 101


@pytest.mark.parametrize(
    ("column", "value", "wanted"),
    [
        ("delay", "12", 12),
        ("delay", " 1.5 ", 1.5),
        ("delay", -3, -3),
        ("carrier", "AA", "AA"),
        ("carrier", 5, "5"),
        ("carrier", True, "true"),
        ("late", True, True),
        ("late", "False", False),
        ("late", 1, True),
        ("day", "2024-01-31", "2024-01-31"),
        ("day", "20240131", "2024-01-31"),
        ("moment", "2024-01-31 12:30", "2024-01-31T12:30:00"),
        ("moment", "2024-01-31T12:30:00Z", "2024-01-31T12:30:00+00:00"),
        ("moment", "2024-01-31", "2024-01-31"),
    ],
)
def test_filter_values_are_made_to_fit_their_column(column: str, value: Any, wanted: Any):
    query = planned("rows", {"filters": [{"column": column, "operator": "eq", "value": value}]})
    assert query.conditions == (Condition(column, Operator.eq, wanted),)
    assert type(query.conditions[0].value) is type(wanted)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("delay", "many"),
        ("delay", "nan"),
        ("delay", "1e999"),
        ("delay", True),
        ("delay", 2**64),
        ("delay", "x" * 100),
        ("late", "maybe"),
        ("late", 2),
        ("day", "31.01.2024"),
        ("day", 20240131),
        ("day", True),
        ("moment", "yesterday"),
    ],
)
def test_a_value_that_does_not_fit_is_named(column: str, value: Any):
    filters = [{"column": "city", "operator": "is_null"}, {"column": column, "operator": "eq", "value": value}]
    fields = refused(InvalidChartConfig, "rows", {"filters": filters})
    assert list(fields) == ["dataMapping.filters.1.value"]
    assert column in fields["dataMapping.filters.1.value"]
    assert len(fields["dataMapping.filters.1.value"]) < 150


def test_lists_and_null_tests_are_converted_too():
    filters = [
        {"column": "delay", "operator": "in", "value": ["1", 2]},
        {"column": "day", "operator": "between", "value": ["2024-01-01", "2024-02-01"]},
        {"column": "late", "operator": "not_null"},
    ]
    values = [item.value for item in planned("rows", {"filters": filters}).conditions]
    assert values == [(1, 2), ("2024-01-01", "2024-02-01"), None]


def test_operators_must_fit_their_column():
    filters = [
        {"column": "delay", "operator": "contains", "value": "1"},
        {"column": "late", "operator": "gt", "value": True},
        {"column": "late", "operator": "between", "value": [True, False]},
        {"column": "carrier", "operator": "gt", "value": "A"},
    ]
    fields = refused(InvalidChartConfig, "rows", {"filters": filters})
    assert list(fields) == [f"dataMapping.filters.{index}.operator" for index in (0, 1, 2)]


def test_filters_of_the_dashboard_come_after_and_are_refused_in_their_own_name():
    own = [{"column": "city", "operator": "eq", "value": "Oslo"}]
    extra = [Filter(column="day", operator=Operator.ge, value="2024-01-01")]
    query = planned("rows", {"filters": own}, extra=extra)
    assert [item.column for item in query.conditions] == ["city", "day"]
    wrong = [Filter(column="day", operator=Operator.ge, value="soon")]
    assert list(refused(InvalidQuery, "rows", {}, extra=wrong)) == ["filters.0.value"]


@pytest.mark.parametrize("shape", list(Shape))
def test_the_same_config_gives_the_same_bytes(shape: Shape):
    mapping = {"xAxis": "day", "yAxis": "delay", "series": "carrier"}
    assert planned(shape, mapping).canonical() == planned(shape, mapping).canonical()
