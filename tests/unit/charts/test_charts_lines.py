"""Lines keep their gaps, are named at their ends while few, and areas pile up only what adds up."""
# ruff: noqa: DTZ001 - charts are drawn in the time of the data, without zones

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from charts_samples import days, grid, monthly, months, numbers, picture

from vizapp.charts.labels import APART, PLOT_HEIGHT, end_labels
from vizapp.schemas.chart import Grain
from vizapp.schemas.query import Facts


def test_a_missing_value_is_a_gap() -> None:
    (trace,) = monthly("line", pl.DataFrame({"x": months(3), "y": [1.0, None, 3.0]})).figure["data"]
    assert np.isnan(numbers(trace["y"])[1])
    assert trace["connectgaps"] is False


def test_an_infinite_value_is_a_gap_too() -> None:
    (trace,) = monthly("line", pl.DataFrame({"x": months(3), "y": [1.0, float("inf"), float("nan")]})).figure["data"]
    assert np.isnan(numbers(trace["y"])).tolist() == [False, True, True]


def test_lines_run_forward_in_time_whatever_the_order_of_the_rows() -> None:
    (trace,) = monthly("line", pl.DataFrame({"x": months(3)[::-1], "y": [3, 2, 1]})).figure["data"]
    assert days(trace["x"]) == months(3)
    assert numbers(trace["y"]) == [1, 2, 3]


def test_few_points_have_dots_and_many_have_none() -> None:
    few, many = (monthly("line", pl.DataFrame({"x": months(n), "y": range(n)})) for n in (12, 60))
    assert [few.figure["data"][0]["mode"], many.figure["data"][0]["mode"]] == ["lines+markers", "lines"]


def test_a_lonely_point_between_gaps_is_seen() -> None:
    values = [1.0] * 40
    values[10] = values[12] = None
    (trace,) = monthly("line", pl.DataFrame({"x": months(40), "y": values})).figure["data"]
    sizes = numbers(trace["marker"]["size"])
    assert [index for index, size in enumerate(sizes) if size] == [11]


def test_up_to_four_lines_are_named_at_their_ends() -> None:
    made = monthly("line", grid(months(3), ["a", "b", "c"]))
    assert made.legend == ()
    labels = made.figure["layout"]["annotations"]
    assert {label["text"] for label in labels} == {"a", "b", "c"}
    assert all("font" not in label for label in labels), "their colour follows the theme"
    assert made.figure["layout"]["margin"]["r"] > 16


def test_five_lines_have_a_legend_of_dashes() -> None:
    made = monthly("line", grid(months(3), list("abcde")))
    assert "annotations" not in made.figure["layout"]
    assert [item.line for item in made.legend] == [True] * 5


@pytest.mark.parametrize(
    ("labels", "ends", "legend"), [("ends", True, False), ("legend", False, True), ("none", False, False)]
)
def test_labels_can_be_chosen(labels: str, ends: bool, legend: bool) -> None:
    made = monthly("line", grid(months(3), ["a", "b"]), options={"labels": labels})
    assert ("annotations" in made.figure["layout"], bool(made.legend)) == (ends, legend)


def test_asking_for_a_legend_takes_the_end_labels_away() -> None:
    made = monthly("line", grid(months(3), ["a", "b"]), styling={"showLegend": True})
    assert made.legend
    assert "annotations" not in made.figure["layout"]


def test_labels_at_line_ends_keep_their_order_and_their_distance() -> None:
    ends = [("a", "x", 10.0), ("b", "x", 10.0), ("c", "x", 10.1), ("d", "x", 50.0), ("gone", None, None)]
    labels = end_labels(ends, [0, 100])
    places = [label["y"] * PLOT_HEIGHT / 100 + label["yshift"] for label in labels]
    assert [label["text"] for label in labels] == ["d", "c", "a", "b"]
    assert all(above - below >= APART - 1 for above, below in pairwise(places))


def test_a_series_that_stops_early_is_named_where_it_stops() -> None:
    frame = pl.DataFrame({"x": [*months(3), *months(3)], "series": ["a"] * 3 + ["b"] * 3, "y": [1.0, 2, 3, 4, 5, None]})
    labels = {label["text"]: label["x"] for label in monthly("line", frame).figure["layout"]["annotations"]}
    assert {name: days([x])[0] for name, x in labels.items()} == {"a": date(2013, 3, 1), "b": date(2013, 2, 1)}


def test_a_line_starts_at_zero_unless_that_would_flatten_it() -> None:
    steep = monthly("line", pl.DataFrame({"x": months(3), "y": [10, 50, 30]}))
    flat = monthly("line", pl.DataFrame({"x": months(3), "y": [1013.0, 1015, 1014]}))
    asked = monthly("line", pl.DataFrame({"x": months(3), "y": [1013.0, 1015, 1014]}), options={"zero": "on"})
    assert steep.figure["layout"]["yaxis"]["range"][0] == 0
    assert flat.figure["layout"]["yaxis"]["range"][0] > 1000
    assert flat.notes == ("The vertical axis does not start at zero.",)
    assert asked.figure["layout"]["yaxis"]["range"][0] == 0


def test_one_point_is_a_dot_above_zero() -> None:
    made = monthly("line", pl.DataFrame({"x": months(1), "y": [7.0]}))
    assert made.notes == ()
    assert made.figure["data"][0]["mode"] == "lines+markers"


def test_lines_can_be_smooth() -> None:
    made = monthly("line", pl.DataFrame({"x": months(3), "y": [1, 2, 3]}), options={"smooth": True})
    assert made.figure["data"][0]["line"]["shape"] == "spline"


def test_lines_run_along_numbers_and_categories_too() -> None:
    numeric = picture("line", pl.DataFrame({"x": [3, 1, 2], "y": [3.0, 1, 2]}), x="age")
    assert numbers(numeric.figure["data"][0]["x"]) == [1, 2, 3]
    named = picture("line", grid(["b", "a"], ["s", "t"]), sort={"by": "x", "descending": False})
    assert named.figure["layout"]["xaxis"]["categoryarray"] == ["a", "b"]
    assert named.figure["layout"]["annotations"][0]["x"] == "b"
    two = picture("line", grid([1, 2], ["s", "t"]), x="age")
    assert two.figure["layout"]["annotations"][0]["x"] == 2.0


def test_hours_keep_their_time() -> None:
    hours = [datetime(2013, 7, 1, 6) + timedelta(hours=index) for index in range(5)]
    made = picture("line", pl.DataFrame({"x": hours, "y": range(5)}), Facts(grain=Grain.hour))
    assert numbers(made.figure["data"][0]["x"])[0] == hours[0].replace(tzinfo=UTC).timestamp() * 1000
    assert made.summary == "Line chart. From 0 (06:00) to 4 (10:00); highest at 10:00 with 4."


def test_times_below_a_second_are_kept() -> None:
    stamps = [datetime(2013, 7, 1, 6, 0, 0, 250_000), datetime(2013, 7, 1, 6, 0, 1)]
    made = picture("line", pl.DataFrame({"x": stamps, "y": [1, 2]}))
    assert np.diff(numbers(made.figure["data"][0]["x"])).tolist() == [750]


def test_a_single_area_is_a_line_over_a_soft_fill() -> None:
    (trace,) = monthly("area", pl.DataFrame({"x": months(3), "y": [1, 2, 3]})).figure["data"]
    assert (trace["fill"], trace["fillcolor"]) == ("tozeroy", "rgba(0,114,178,0.15)")


def test_areas_pile_up_and_share() -> None:
    stacked = monthly("area", grid(months(3), ["a", "b"]))
    assert {trace["stackgroup"] for trace in stacked.figure["data"]} == {"one"}
    assert [item.line for item in stacked.legend] == [False, False]
    shares = monthly("area", grid(months(3), ["a", "b"]), options={"stack": "percent"})
    assert shares.figure["layout"]["yaxis"]["range"] == [0, 1]
    assert "Stacked area chart of 2 series" in shares.summary


def test_what_does_not_add_up_is_drawn_as_lines_and_says_so() -> None:
    made = monthly("area", grid(months(3), ["a", "b"]), aggregation={"function": "avg"})
    assert made.notes == ("Average revenue does not add up, so the areas are drawn as lines.",)
    below = monthly("area", grid(months(3), ["a", "b"], lambda i, j: i - 1))
    assert below.notes == ("Areas cannot pile up negative numbers, so they are drawn as lines.",)
    assert "stackgroup" not in below.figure["data"][0]


def test_short_and_named_colours_can_fill_areas() -> None:
    one = pl.DataFrame({"x": months(3), "y": [1, 2, 3]})
    assert monthly("area", one, styling={"colors": ["#abc"]}).figure["data"][0]["fillcolor"] == "rgba(170,187,204,0.15)"
    assert monthly("area", one, styling={"colors": ["teal"]}).figure["data"][0]["fillcolor"] == "teal"


def test_a_series_without_any_value_is_said_so() -> None:
    frame = pl.DataFrame({"x": [*months(2), *months(2)], "series": ["a", "a", "b", "b"], "y": [1.0, 2, None, None]})
    assert "b from no value to no value" in monthly("line", frame).summary


def test_a_tooltip_lists_the_value_before_the_name_and_uses_a_true_minus() -> None:
    plus = monthly("line", grid(months(3), ["a", "b"])).figure["data"][0]
    assert plus["hovertemplate"] == "<b>%{y:,.0f}</b>  b<extra></extra>"
    minus = monthly("line", grid(months(3), ["a", "b"], lambda i, j: -1.5)).figure["data"][0]
    assert minus["customdata"] == ["−1.5"] * 3
