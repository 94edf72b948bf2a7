"""Pies, dots, big numbers and tables."""
# ruff: noqa: DTZ001 - charts are drawn in the time of the data, without zones

from datetime import date, datetime

import polars as pl
import pytest
from charts_samples import config, months, numbers, picture

from vizapp.charts.registry import draw
from vizapp.charts.theme import OTHER_COLOUR
from vizapp.schemas.chart import ChartConfig, Grain
from vizapp.schemas.query import Facts
from vizapp.schemas.view import Tone

PARTS = pl.DataFrame(
    {"x": ["Shop", "Phone", "Web", "Fair", "Post", "Fax", "Tram", "Bus"], "y": [40.0, 5, 30, 6, 7, 8, 9, 0.1]}
)


# --- pies


def test_a_pie_has_six_slices_and_an_other_in_grey_at_the_end() -> None:
    made = picture("pie", PARTS)
    (trace,) = made.figure["data"]
    assert trace["labels"] == ["Shop", "Web", "Tram", "Fax", "Post", "Fair", "Other"]
    assert trace["marker"]["colors"][-1] == OTHER_COLOUR
    assert numbers(trace["values"])[-1] == pytest.approx(5.1)
    assert made.notes == ("2 smaller parts are together in Other.",)
    assert made.legend == ()
    assert made.summary.startswith("Pie chart of 7 parts. Shop 38%, Web 29%")


def test_a_folded_other_from_the_query_stays_other() -> None:
    made = picture("pie", pl.DataFrame({"x": ["a", "Other", "b"], "y": [1.0, 5, 2]}))
    assert made.figure["data"][0]["labels"] == ["b", "a", "Other"]
    assert made.notes == ()


def test_a_pie_of_numbers_and_flags_names_them() -> None:
    assert picture("pie", pl.DataFrame({"x": [2012, 2013], "y": [1, 2]})).figure["data"][0]["labels"] == [
        "2013",
        "2012",
    ]
    assert picture("pie", pl.DataFrame({"x": [True, None], "y": [1, 2]})).figure["data"][0]["labels"] == ["—", "Yes"]
    assert picture("pie", pl.DataFrame({"x": months(2), "y": [1, 2]})).figure["data"][0]["labels"][0] == "1 Feb 2013"


@pytest.mark.parametrize(
    ("values", "more", "why"),
    [
        ([1, -1], {}, "A pie cannot show negative numbers. A bar chart can."),
        ([0, 0], {}, "All values are zero, so there are no shares to show."),
        ([1, 2], {"aggregation": {"function": "avg"}}, "Average revenue does not add up to a whole"),
    ],
)
def test_a_pie_that_would_mislead_is_refused_with_a_reason(values, more, why: str) -> None:
    made = picture("pie", pl.DataFrame({"x": ["a", "b"], "y": values}), **more)
    assert made.empty
    assert made.notes[0].startswith(why)


def test_a_pie_may_have_a_legend() -> None:
    assert [item.name for item in picture("pie", PARTS, styling={"showLegend": True}).legend][:2] == ["Shop", "Web"]


def test_slices_are_named_beside_the_ring_on_short_lines() -> None:
    made = picture("pie", pl.DataFrame({"x": ["Web", "Retail partners <i>"], "y": [1, 3]}))
    assert made.figure["data"][0]["text"] == ["Retail par…<br>75&#37;", "Web<br>25&#37;"]


# --- dots


def dots(count: int, *, groups: int = 0) -> pl.DataFrame:
    found = pl.DataFrame(
        {"x": [float(index % 997) for index in range(count)], "y": [2.0 * (index % 997) for index in range(count)]}
    )
    return found.with_columns(series=pl.Series([f"g{index % groups}" for index in range(count)])) if groups else found


def test_dots_name_both_axes_because_the_title_cannot() -> None:
    made = picture("scatter", dots(50), x="unit_price", y="revenue")
    assert made.figure["layout"]["xaxis"]["title"]["text"] == "Unit price"
    assert made.figure["layout"]["annotations"][0]["text"] == "Revenue"
    assert made.summary.endswith("As one rises, the other strongly rises.")


def test_too_many_dots_are_thinned_evenly_and_counted() -> None:
    apart = [float(index) for index in range(12_000)]
    made = picture("scatter", pl.DataFrame({"x": apart, "y": apart}))
    assert len(numbers(made.figure["data"][0]["x"])) == 4_000
    assert made.notes == ("Shows 4,000 of 12,000 rows, evenly chosen.",)


def test_rows_at_the_same_place_are_one_dot_as_dark_as_they_would_be_together() -> None:
    frame = pl.DataFrame({"x": [1.0, 1.0, 1.0, 2.0], "y": [5.0, 5.0, 5.0, 6.0]})
    made = picture("scatter", frame)
    trace = made.figure["data"][0]
    assert list(numbers(trace["x"])) == [1.0, 2.0]
    assert list(numbers(trace["marker"]["opacity"])) == [0.973, 0.7]  # 1 - 0.3 ** 3
    assert list(numbers(trace["customdata"])) == [3, 1]
    assert "Rows" in trace["hovertemplate"]
    assert made.subtitle == "4 rows"


def test_dots_that_stand_alone_count_nothing() -> None:
    trace = picture("scatter", dots(10)).figure["data"][0]
    assert "customdata" not in trace
    assert "Rows" not in trace["hovertemplate"]


def test_rows_without_a_value_are_left_out_aloud() -> None:
    made = picture("scatter", pl.DataFrame({"x": [1, 2, 3], "y": [1, None, 3]}))
    assert made.notes == ("1 row without a value left out.",)


def test_groups_of_dots_have_colours_and_a_legend() -> None:
    made = picture("scatter", dots(30, groups=3))
    assert len(made.figure["data"]) == len(made.legend) == 3
    assert made.subtitle == "30 rows, by who"


@pytest.mark.parametrize("slope", [-1.0, 0.0])
def test_the_summary_says_how_the_two_move(slope: float) -> None:
    frame = pl.DataFrame({"x": [float(i) for i in range(40)], "y": [slope * i + (i % 2) * 0.1 for i in range(40)]})
    assert ("falls" if slope else "hardly move") in picture("scatter", frame).summary


def test_equal_dots_have_no_direction() -> None:
    frame = pl.DataFrame({"x": [1.0] * 12, "y": [2.0] * 12})
    assert picture("scatter", frame).summary == "Scatter chart of 12 rows, Revenue against City."


def test_dots_can_stand_over_dates_and_even_names() -> None:
    dated = picture("scatter", pl.DataFrame({"x": [datetime(2020, 1, 1, 5), datetime(2020, 3, 1)], "y": [1, 2]}))
    assert dated.figure["layout"]["xaxis"]["type"] == "date"
    named = picture("scatter", pl.DataFrame({"x": ["b", "a"], "y": [1, 2]}))
    assert named.figure["layout"]["xaxis"]["categoryarray"] == ["a", "b"]


def test_zero_is_on_the_axis_only_when_it_is_near() -> None:
    near = picture("scatter", pl.DataFrame({"x": [1.0, 9], "y": [1, 2]}))
    far = picture("scatter", pl.DataFrame({"x": [101.0, 109], "y": [1, 2]}))
    assert near.figure["layout"]["xaxis"]["range"][0] == 0
    assert far.figure["layout"]["xaxis"]["range"][0] > 100


# --- big numbers


def kpi(frame: pl.DataFrame, facts: Facts | None = None, today: date | None = None, title: str = "", **options):
    made = config("kpi", "day" if "x" in frame.columns else None, options=options)
    return draw(made, frame, facts or Facts(grain=Grain.month), today=today, fallback_title=title)


HISTORY = pl.DataFrame({"x": months(4), "y": [100.0, 110, 88, 44]})


def test_a_number_shows_its_total_its_last_change_and_its_history() -> None:
    view = kpi(HISTORY, Facts(grain=Grain.month, total=170_618.0), title="Flights").kpi
    assert (view.label, view.value, view.delta, view.versus) == ("Flights", "170,618", "▼ 50%", "in Apr 2013")
    assert view.spark == (100.0, 110.0, 88.0, 44.0)
    assert view.tone is Tone.neutral


@pytest.mark.parametrize(("good", "tone"), [("up", Tone.bad), ("down", Tone.good), ("none", Tone.neutral)])
def test_the_tone_follows_what_is_good(good: str, tone: Tone) -> None:
    assert kpi(HISTORY, goodDirection=good).kpi.tone is tone


def test_the_running_period_is_not_compared() -> None:
    view = kpi(HISTORY, today=date(2013, 4, 15), show="latest").kpi
    assert (view.value, view.delta, view.versus) == ("88", "▼ 20%", "from 110")
    assert kpi(HISTORY, today=date(2013, 5, 1), show="latest").kpi.value == "44"
    assert kpi(HISTORY, today=date(1999, 1, 1)).kpi.spark == tuple(HISTORY["y"])


def test_an_unfinished_last_period_can_be_left_out_by_hand() -> None:
    assert kpi(HISTORY, skipLast=True).kpi.delta == "▼ 20%"


def test_a_number_without_history_stands_alone() -> None:
    made = kpi(pl.DataFrame({"y": [11.63]}), Facts(), unit="min")
    assert (made.kpi.value, made.kpi.unit, made.kpi.delta, made.kpi.spark) == ("11.6", "min", "", ())
    assert made.summary == "Revenue: 11.6 min."


def test_a_change_from_zero_or_across_it_is_given_in_numbers() -> None:
    assert kpi(pl.DataFrame({"x": months(2), "y": [0.0, 7]})).kpi.delta == "▲ 7"
    assert kpi(pl.DataFrame({"x": months(2), "y": [-5.0, 7]})).kpi.delta == "▲ 12"
    assert kpi(pl.DataFrame({"x": months(2), "y": [7.0, 7]})).kpi.delta == "No change"
    assert kpi(pl.DataFrame({"x": months(2), "y": [None, 7.0]})).kpi.delta == ""


def test_the_summary_reads_the_arrow_as_a_word() -> None:
    assert kpi(HISTORY, title="Flights").summary == "Flights: 44. Down 50% in Apr 2013."


# --- tables


def table(frame: pl.DataFrame, facts: Facts | None = None, measures=(), columns=("city",), **more):
    mapping = {"columns": list(columns), "measures": list(measures)}
    return draw(ChartConfig.parse({"chartType": "table", "dataMapping": mapping, **more}), frame, facts or Facts())


COUNTED = pl.DataFrame({"city": ["a", None, "Other"], "Rows": [30, 15, 400], "Average delay": [1.25, None, -3.0]})
MEASURES = ({"function": "count"}, {"column": "delay", "function": "avg"})


def test_a_table_formats_cells_and_bars_its_first_measure() -> None:
    view = table(COUNTED, measures=MEASURES).table
    assert [(c.numeric, c.bar) for c in view.columns] == [(False, False), (True, True), (True, False)]
    assert view.rows == (("a", "30", "1.25"), ("—", "15", "—"), ("Other", "400", "−3.00"))
    assert [row[1] for row in view.shares] == [1.0, 0.5, None]


def test_a_total_adds_up_only_what_can_be_added() -> None:
    assert table(COUNTED, measures=MEASURES).table.total == ("All 3", "445", "—")
    assert table(COUNTED, Facts(truncated=True), measures=MEASURES).table.total is None
    assert table(COUNTED, measures=MEASURES, options={"total": False}).table.total is None
    assert table(COUNTED.head(1), measures=MEASURES).table.total is None


@pytest.mark.parametrize(
    ("amounts", "cells", "total"),
    [
        ([761_012.98, 1_074_217.32], ("761,012.98", "1,074,217.32"), "1,835,230.30"),
        ([1.5, 2.5], ("1.5", "2.5"), "4.0"),
        ([1.25, -1.25], ("1.25", "−1.25"), "0.00"),
        ([30, 15], ("30", "15"), "45"),
        ([0.75, 0.5], ("0.75", "0.5"), "1.25"),
        ([6e14, 6e14 + 0.5], ("600,000,000,000,000.0", "600,000,000,000,000.5"), "1.2e+15"),
    ],
)
def test_a_total_has_the_decimals_of_its_column(amounts: list[float], cells: tuple[str, str], total: str) -> None:
    frame = pl.DataFrame({"city": ["a", "b"], "amount": amounts})
    view = table(frame, measures=({"column": "amount", "function": "sum"},)).table
    assert tuple(row[1] for row in view.rows) == cells
    assert view.total == ("All 2", total)


def test_an_aggregation_without_measures_is_a_measure_too() -> None:
    view = table(COUNTED.select("city", "Rows"), aggregation={"function": "sum"}).table
    assert view.columns[1].bar
    assert view.total == ("All 3", "445")


def test_rows_as_they_are_have_neither_bars_nor_total() -> None:
    frame = pl.DataFrame({"city": ["x\ny", "b"], "day": [date(2020, 1, 2), None], "late": [True, None], "n": [1, 2]})
    made = table(frame, columns=("city", "day"))
    assert made.table.rows == (("x y", "2 Jan 2020", "Yes", "1"), ("b", "—", "—", "2"))
    assert made.table.total is None
    assert made.table.shares == ()
    assert made.subtitle == "2 rows"


def test_dates_that_group_are_written_by_their_grain() -> None:
    frame = pl.DataFrame({"day": months(2), "Rows": [1, 2]})
    view = table(frame, Facts(grain=Grain.month), measures=({"function": "count"},), columns=("day",)).table
    assert view.rows[0][0] == "Jan 2013"


def test_a_long_table_is_cut_and_says_so() -> None:
    made = table(pl.DataFrame({"city": ["a"] * 700}), Facts(matched=9_000))
    assert len(made.table.rows) == 500
    assert made.subtitle == "500 of 9,000 rows"
    assert made.notes == ("The first 500 of 700 rows are shown; an export has them all.",)


def test_a_table_without_columns_of_numbers_still_totals_nothing() -> None:
    frame = pl.DataFrame({"Rows": [7]})
    made = table(frame, measures=({"function": "count"},), columns=())
    assert made.table.rows == (("7",),)
    assert made.table.shares == ((1.0,),)
    assert made.summary == "Table of 1 row with Rows."


def test_a_subtitle_of_ones_own_wins() -> None:
    assert table(COUNTED, measures=MEASURES, styling={"subtitle": "by me"}).subtitle == "by me"
