"""The wizard proposes charts that can be drawn, the telling ones first, and says why others cannot be."""

import pytest
from charts_samples import config
from hypothesis import given, settings
from hypothesis import strategies as st

from vizapp.charts.recommend import recommend, refusals
from vizapp.charts.registry import check
from vizapp.charts.roles import ColumnProfile, Role, is_additive_name, role
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate, ChartConfig

T = ColumnType
FLIGHTS = [
    ColumnProfile("time_hour", T.datetime, 6936, 0, 336_776),
    ColumnProfile("dep_delay", T.number, 527, 8255, 336_776, ("2", "-4", "11")),
    ColumnProfile("origin", T.string, 3, 0, 336_776, ("EWR", "JFK")),
    ColumnProfile("carrier", T.string, 16, 0, 336_776, ("UA",)),
    ColumnProfile("dest", T.string, 105, 0, 336_776, ("ORD",)),
    ColumnProfile("month", T.number, 12, 0, 336_776, ("1", "2")),
]
SALES = [
    ColumnProfile("order_id", T.number, 1000, 0, 1000, ("1", "2", "3")),
    ColumnProfile("date", T.date, 300, 0, 1000),
    ColumnProfile("region", T.string, 4, 0, 1000, ("North",)),
    ColumnProfile("revenue", T.number, 900, 3, 1000, ("1.5", "2.25")),
    ColumnProfile("units", T.number, 9, 0, 1000, ("1", "2")),
    ColumnProfile("email", T.string, 990, 0, 1000, ("a@b.c",)),
]


def kinds(profile, chosen=()) -> list[str]:
    return [item.config.chart_type for item in recommend(profile, chosen)]


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        (ColumnProfile("order_id", T.number, 9, 0, 9), Role.key),
        (ColumnProfile("customerId", T.number, 9, 0, 900), Role.key),
        (ColumnProfile("row", T.number, 100, 0, 100, ("1", "2", "3", "4")), Role.key),
        (ColumnProfile("weight", T.number, 100, 0, 100, ("1", "7", "3")), Role.measure),
        (ColumnProfile("amount", T.number, 9, 0, 9_000, ("1",)), Role.measure),
        (ColumnProfile("year", T.number, 12, 0, 900, ("2013",)), Role.category),
        (ColumnProfile("year", T.number, 1, 0, 900, ("2013",)), Role.attribute),
        (ColumnProfile("class", T.number, 3, 0, 900, ("1", "2")), Role.category),
        (ColumnProfile("x", T.number, 900, 0, 900, ("0.5", "oops")), Role.measure),
        (ColumnProfile("seen", T.number, 900, 0, 900, ("oops",)), Role.measure),
        (ColumnProfile("lat", T.number, 90, 0, 900, ("1.5",)), Role.attribute),
        (ColumnProfile("late", T.boolean, 2, 0, 900), Role.category),
        (ColumnProfile("day", T.date, 2, 0, 900), Role.time),
        (ColumnProfile("email", T.string, 890, 5, 900, ("a@b.c",)), Role.key),
        (ColumnProfile("city", T.string, 89, 0, 900, ("Rome",)), Role.category),
        (ColumnProfile("city", T.string, 1, 0, 900, ("Rome",)), Role.attribute),
        (ColumnProfile("notes", T.string, 9, 0, 900, ("x" * 60,)), Role.attribute),
        (ColumnProfile("link", T.string, 9, 0, 900, ("https://a.b",)), Role.attribute),
    ],
)
def test_a_column_plays_the_part_its_name_and_counts_suggest(column: ColumnProfile, wanted: Role) -> None:
    assert role(column) is wanted


@pytest.mark.parametrize(
    ("name", "adds"),
    [
        ("revenue", True),
        ("total_time", True),
        ("orderCount", True),
        ("dep_delay", False),
        ("unit_price", False),
        ("pct", False),
        ("flights", True),
    ],
)
def test_sums_are_for_names_that_add_up_and_averages_for_rates(name: str, adds: bool) -> None:
    assert is_additive_name(name) is adds


def test_the_first_chart_of_sales_is_revenue_over_time() -> None:
    best = recommend(SALES)[0]
    assert best.title == "Revenue by date"
    assert best.config.chart_type == "line"
    assert best.config.aggregation.function is Aggregate.sum
    assert best.reason == "Shows how revenue changes over time"


def test_there_are_at_most_six_and_not_all_of_one_kind() -> None:
    found = kinds(SALES)
    assert len(found) == 6
    assert len(set(found)) >= 3


def test_chosen_columns_come_together_in_the_first_chart() -> None:
    best, *others = recommend(FLIGHTS, ["time_hour", "dep_delay", "origin"])
    assert best.title == "Dep delay by time hour and origin"
    assert best.config.aggregation.function is Aggregate.avg
    assert best.reason == "A date, a measure and 3 groups: the change over time is the story"
    assert len(others) == 5


def test_keys_and_attributes_are_left_alone_unless_chosen() -> None:
    named = {item.config.data_mapping.x_axis for item in recommend(SALES)} | {
        item.config.data_mapping.y_axis for item in recommend(SALES)
    }
    assert not named & {"order_id", "email"}
    assert "table" in kinds(SALES, ["order_id", "email"])


def test_a_table_without_numbers_is_counted() -> None:
    found = recommend([ColumnProfile("city", T.string, 9, 0, 90, ("Rome",))])
    assert found[0].title == "Rows by city"


def test_an_empty_table_gets_a_count() -> None:
    assert kinds([]) == ["kpi"]


def test_a_column_that_fits_nothing_gets_a_table() -> None:
    assert "table" in kinds([ColumnProfile("notes", T.string, 0, 0, 0, ("x" * 99,))], ["notes"])


profiles = st.lists(
    st.builds(
        ColumnProfile, name=st.text("abcdefgh_", min_size=1, max_size=9), type=st.sampled_from(ColumnType),
        distinct=st.integers(0, 2000), missing=st.integers(0, 100), rows=st.integers(0, 2000),
        sample=st.lists(st.text(max_size=4), max_size=3).map(tuple),
    ),
    max_size=8, unique_by=lambda column: column.name,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(profiles, st.data())
def test_every_proposal_can_be_drawn_and_the_same_question_gets_the_same_answer(profile, data) -> None:
    chosen = data.draw(st.lists(st.sampled_from([c.name for c in profile]), max_size=3, unique=True)) if profile else []
    found = recommend(profile, chosen)
    assert 1 <= len(found) <= 6
    assert recommend(profile, chosen) == found
    for item in found:
        check(item.config, {column.name: column.type for column in profile})
        assert item.title
        assert item.reason
    assert len({str(item.config) for item in found}) == len(found)


def test_a_refused_type_says_what_it_needs() -> None:
    avg = config("bar", "origin", "dep_delay", aggregation={"function": "avg"})
    assert refusals(avg, FLIGHTS) == {"pie": "Needs a measure that adds up"}
    counted = config("bar", "dest", None)
    assert refusals(counted, FLIGHTS) == {"pie": "Too many slices: dest has 105 values"}
    assert refusals(config("line", "time_hour", None), FLIGHTS)["pie"] == "Needs categories; a date belongs on a line"


def test_types_that_no_column_can_feed_are_refused() -> None:
    texts = [ColumnProfile("city", T.string, 9, 0, 90), ColumnProfile("name", T.string, 9, 0, 90)]
    found = refusals(ChartConfig(chart_type="bar"), texts)
    assert found == {"scatter": "Needs a date or a number column"}
    assert refusals(ChartConfig(chart_type="bar"), [])["bar"] == "Needs a column to group by"
    days = [ColumnProfile("day", T.date, 9, 0, 90)]
    assert refusals(ChartConfig(chart_type="bar"), days)["scatter"] == "Needs a number column"


def test_a_filter_to_a_few_values_lets_a_pie_be() -> None:
    filters = [{"column": "dest", "operator": "in", "value": ["ORD", "ATL"]}]
    kept = ChartConfig.parse({"chartType": "bar", "dataMapping": {"xAxis": "dest", "filters": filters}})
    assert "pie" not in refusals(kept, FLIGHTS)


def test_times_of_day_written_as_numbers_are_never_averaged() -> None:
    clock = ColumnProfile("sched_dep_time", ColumnType.number, 1021, 0, 336_776, ("517", "533", "1004"))
    minutes = ColumnProfile("air_time", ColumnType.number, 509, 0, 336_776, ("227", "160", "183"))
    assert role(clock) is Role.attribute
    assert role(minutes) is Role.measure


def test_what_adds_up_is_proposed_before_a_rate() -> None:
    profile = [
        ColumnProfile("Datum", ColumnType.date, 200, 0, 1000, ("2025-01-01",)),
        ColumnProfile("Rabatt %", ColumnType.number, 20, 0, 1000, ("12.5",)),
        ColumnProfile("Umsatz", ColumnType.number, 900, 0, 1000, ("107",)),
    ]
    assert recommend(profile)[0].config.data_mapping.y_axis == "Umsatz"
