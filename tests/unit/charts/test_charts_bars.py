"""Bars start at zero, rank names, stack only what adds up, and say what they leave out."""

import json
from datetime import date

import polars as pl
import pytest
from charts_samples import config, grid, monthly, months, numbers, picture

from vizapp.charts.registry import draw
from vizapp.charts.theme import OTHER_COLOUR
from vizapp.schemas.chart import Grain
from vizapp.schemas.query import Facts

CITIES = ["Chicago", "Los Angeles", "San Francisco", "Fort Lauderdale", "Charlotte", "Detroit"]


def ranked() -> pl.DataFrame:
    return pl.DataFrame({"x": [*CITIES, "Other"], "y": [60.0, 50, 40, 30, 20, 10, 900]})


def test_names_that_do_not_fit_under_bars_are_ranked_lying_down() -> None:
    made = picture("bar", ranked())
    (trace,) = made.figure["data"]
    layout = made.figure["layout"]
    assert trace["orientation"] == "h"
    assert trace["y"] == CITIES
    assert layout["xaxis"]["visible"] is False
    assert layout["yaxis"]["range"] == [5.5, -0.5]  # the largest on top
    assert trace["text"] == ["60", "50", "40", "30", "20", "10"]


def test_a_ranked_other_is_said_and_not_drawn() -> None:
    made = picture("bar", ranked(), Facts(x_total=104))
    assert made.subtitle == "Total revenue, top 6 of 104 city, 19%"
    assert "Other" not in made.figure["data"][0]["y"]


def test_the_share_of_the_top_is_left_out_when_parts_do_not_add_up() -> None:
    made = picture("bar", ranked(), Facts(x_total=104), aggregation={"function": "avg"})
    assert made.subtitle == "Average revenue, top 6 of 104 city"


def test_short_names_stand_upright_in_the_order_of_their_size() -> None:
    made = picture("bar", pl.DataFrame({"x": ["b", "a", "c"], "y": [1, 3, 2]}))
    (trace,) = made.figure["data"]
    assert trace["orientation"] == "v"
    assert made.figure["layout"]["xaxis"]["categoryarray"] == ["a", "c", "b"]
    assert trace["text"] == ["1", "3", "2"]
    assert made.figure["layout"]["yaxis"]["range"][0] == 0


def test_the_config_may_sort_by_name() -> None:
    made = picture("bar", pl.DataFrame({"x": ["b", "a"], "y": [3, 1]}), sort={"by": "x", "descending": False})
    assert made.figure["layout"]["xaxis"]["categoryarray"] == ["a", "b"]


def test_weekdays_stand_in_the_order_of_the_week() -> None:
    made = picture("bar", pl.DataFrame({"x": ["Wed", "Mon", "Sun"], "y": [9, 1, 5]}))
    assert made.figure["layout"]["xaxis"]["categoryarray"] == ["Mon", "Wed", "Sun"]


def test_a_few_numbers_are_categories_in_their_order_and_many_are_an_axis() -> None:
    few = picture("bar", pl.DataFrame({"x": [2013, 2011, 2012], "y": [1, 2, 3]}))
    assert few.figure["layout"]["xaxis"]["categoryarray"] == ["2011", "2012", "2013"]
    many = picture("bar", pl.DataFrame({"x": list(range(100)), "y": [1] * 100}))
    assert many.figure["layout"]["xaxis"]["type"] == "linear"


def test_a_missing_category_is_an_em_dash_and_a_missing_date_is_left_out_aloud() -> None:
    assert picture("bar", pl.DataFrame({"x": ["a", None], "y": [1, 2]})).figure["data"][0]["x"] == ["a", "—"]
    made = monthly("bar", pl.DataFrame({"x": [*months(3), None], "y": [1, 2, 3, 9]}))
    assert made.notes == ("1 value without day left out.",)


def test_sums_are_stacked_largest_first_with_other_in_grey_on_top() -> None:
    made = monthly("bar", grid(months(3), ["a", "Other", "b"]))
    assert [trace["name"] for trace in made.figure["data"]] == ["b", "a", "Other"]
    assert made.figure["data"][-1]["marker"]["color"] == OTHER_COLOUR
    assert made.figure["layout"]["barmode"] == "relative"
    assert [(item.name, item.trace, item.line) for item in made.legend] == [
        ("b", 0, False),
        ("a", 1, False),
        ("Other", 2, False),
    ]
    assert "showlegend" not in made.figure["layout"]


def test_averages_stand_side_by_side_and_say_so_when_stacking_was_asked() -> None:
    frame = grid(months(3), ["a", "b"])
    silent = monthly("bar", frame, aggregation={"function": "avg"})
    asked = monthly("bar", frame, aggregation={"function": "avg"}, options={"stack": "stacked"})
    assert silent.figure["layout"]["barmode"] == asked.figure["layout"]["barmode"] == "group"
    assert silent.notes == ()
    assert asked.notes == ("Average revenue does not add up, so the bars stand side by side.",)


def test_shares_add_up_to_one_and_the_tooltip_keeps_the_value() -> None:
    made = monthly("bar", grid(months(2), ["a", "b"]), options={"stack": "percent"})
    shares = [numbers(trace["y"]) for trace in made.figure["data"]]
    assert [sum(pair) for pair in zip(*shares, strict=True)] == pytest.approx([1, 1])
    assert made.figure["layout"]["yaxis"]["ticktext"][-1] == "100%"
    assert made.figure["data"][0]["customdata"][0] == "57%</b> (13)"


def test_shares_of_negative_numbers_are_refused_aloud() -> None:
    made = monthly("bar", grid(months(2), ["a", "b"], lambda i, j: i - j), options={"stack": "percent"})
    assert made.notes == ("Shares of a whole need positive numbers, so the bars show values.",)


def test_more_series_than_colours_are_cut_and_counted() -> None:
    made = monthly("bar", grid(months(2), [f"s{index:02}" for index in range(12)]))
    assert len(made.figure["data"]) == 7
    assert len({trace["marker"]["color"] for trace in made.figure["data"]}) == 7
    assert made.notes == ("Shows the 7 largest of 12 values of who.",)


def test_a_hundred_names_are_cut_to_thirty_and_counted() -> None:
    frame = pl.DataFrame({"x": [f"A long name {index}" for index in range(100)], "y": list(range(100))})
    made = picture("bar", frame)
    assert len(made.figure["data"][0]["y"]) == 30
    assert made.notes == ("Shows 30 of 100 bars.",)


def test_several_series_of_long_names_lie_down_with_a_value_axis() -> None:
    made = picture("bar", grid(CITIES, ["a", "b"]))
    assert made.figure["layout"]["hovermode"] == "y unified"
    assert made.figure["layout"]["xaxis"]["showgrid"] is True
    assert made.figure["layout"]["yaxis"]["showgrid"] is False


def test_negative_bars_leave_room_for_their_numbers() -> None:
    made = picture("bar", pl.DataFrame({"x": CITIES, "y": [5.0, -4, 3, 2, 1, 0]}))
    assert made.figure["layout"]["xaxis"]["range"][0] < -4
    assert made.figure["data"][0]["customdata"] == ["5", "−4", "3", "2", "1", "0"]


def test_one_month_is_one_bar_of_a_decent_width() -> None:
    made = monthly("bar", pl.DataFrame({"x": months(1), "y": [7]}))
    assert made.figure["data"][0]["width"] > 0


def test_values_can_be_switched_on_and_off() -> None:
    frame = pl.DataFrame({"x": months(3), "y": [1.5, 2_500_000, None]})
    assert "text" not in monthly("bar", frame).figure["data"][0]
    assert monthly("bar", frame, options={"values": "on"}).figure["data"][0]["text"] == ["1.5", "2.5M", "—"]
    assert "text" not in picture("bar", ranked(), options={"values": "off"}).figure["data"][0]


def test_numbers_wider_than_their_bars_are_not_printed() -> None:
    frame = pl.DataFrame({"x": list("abcdefghij"), "y": [123_456.0 + index for index in range(10)]})
    assert "text" not in picture("bar", frame).figure["data"][0]


def test_dates_can_be_ranked_too() -> None:
    made = monthly("bar", pl.DataFrame({"x": months(3), "y": [1, 3, 2]}), options={"orientation": "horizontal"})
    assert made.figure["data"][0]["y"] == ["1 Jan 2013", "1 Feb 2013", "1 Mar 2013"]


def test_numbers_travel_as_typed_arrays() -> None:
    assert monthly("bar", grid(months(3), ["a"])).figure["data"][0]["y"].keys() == {"dtype", "bdata"}


def test_the_summary_names_the_leaders() -> None:
    assert picture("bar", ranked()).summary == (
        "Bar chart. Chicago leads with 60; then Los Angeles 50 and San Francisco 40."
    )
    made = monthly("bar", grid(months(2), ["a", "b"]), aggregation={"function": "avg"})
    assert made.summary == "Bar chart of 2 series. Feb 2013, b leads with 14; then Jan 2013, b 13 and Feb 2013, a 11."


def test_colours_of_the_dashboard_are_kept_and_never_doubled_in_one_chart() -> None:
    frame = grid(months(2), ["a", "b", "c"])
    made = draw(
        config("bar", "day", series="who"), frame, Facts(grain=Grain.month), colours={"b": "#112233", "c": "#112233"}
    )
    found = {trace["name"]: trace["marker"]["color"] for trace in made.figure["data"]}
    assert found["b"] == "#112233"
    assert len(set(found.values())) == 3


def test_hostile_names_are_letters_in_every_part_of_a_figure() -> None:
    bad = "<b>$x$</b>%{y}"
    for shape in ("vertical", "horizontal"):
        made = picture("bar", grid([bad, date(2020, 1, 1).isoformat()], [bad, "ok"]), options={"orientation": shape})
        text = str(made.figure["data"]) + str(made.figure["layout"])
        assert "<b>$" not in text
        assert "$x$" not in text
        assert made.legend[0].name in (bad, "ok")  # HTML legends escape by themselves


def test_boolean_categories_read_yes_and_no() -> None:
    assert sorted(picture("bar", pl.DataFrame({"x": [True, False], "y": [1, 2]})).figure["data"][0]["x"]) == [
        "No",
        "Yes",
    ]


def test_hours_stand_in_a_row_however_many_they_are() -> None:
    made = picture("bar", pl.DataFrame({"x": list(range(24)), "y": list(range(24))}))
    assert made.figure["data"][0]["orientation"] == "v"


def test_bars_from_end_to_end_of_the_floats_are_drawn() -> None:
    for values in ([1.7e308, -1.7e308], [1.0, -1.7e308]):
        made = picture("bar", pl.DataFrame({"x": ["a", "b"], "y": values}), options={"orientation": "horizontal"})
        assert json.dumps(made.figure, allow_nan=False)
