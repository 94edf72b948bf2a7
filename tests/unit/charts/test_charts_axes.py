"""Axes have few, round, readable ticks."""
# ruff: noqa: DTZ001 - charts are drawn in the time of the data, without zones

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vizapp.charts.axes import category_axis, date_title, nice_ticks, tick_texts, time_axis, value_axis
from vizapp.schemas.chart import Grain

finite = st.floats(-1e15, 1e15)


@given(finite, finite, st.booleans())
def test_a_value_axis_has_at_most_six_ticks_inside_its_range_and_a_text_for_each(
    a: float, b: float, zero: bool
) -> None:
    axis = value_axis(min(a, b), max(a, b), zero=zero)
    if "range" in axis:
        start, end = axis["range"]
        slack = (end - start) * 1e-6
        assert 1 <= len(axis["tickvals"]) <= 6
        assert len(axis["tickvals"]) == len(axis["ticktext"])
        assert all(start - slack <= tick <= end + slack for tick in axis["tickvals"])
        assert start < end


@pytest.mark.parametrize(("low", "high"), [(3.0, 9.0), (-9.0, -3.0), (0.0, 0.0)])
def test_bars_start_at_zero(low: float, high: float) -> None:
    start, end = value_axis(low, high)["range"]
    assert start <= 0 <= end
    assert 0 in (start, end)


def test_the_axis_names_zero_where_values_cross_it() -> None:
    assert value_axis(-5, 9)["zeroline"]
    assert not value_axis(0, 9)["zeroline"]


def test_ticks_are_round_and_share_their_unit() -> None:
    assert tick_texts(nice_ticks(0, 2350)) == ["0", "500", "1,000", "1,500", "2,000"]
    assert tick_texts(nice_ticks(0, 1.6e9)) == ["0", "0.5B", "1.0B", "1.5B"]
    assert tick_texts(nice_ticks(0, 23_000)) == ["0", "5K", "10K", "15K", "20K"]
    assert tick_texts([-0.5, 0, 0.5]) == ["−0.5", "0", "0.5"]
    assert tick_texts([0, 0.001, 0.002]) == ["0", "0.001", "0.002"]


def test_numbers_beyond_all_units_are_written_with_exponents() -> None:
    assert tick_texts([0, 1e21]) == ["0", "1e+21"]
    assert tick_texts([0, 1e-9]) == ["0.00e+00", "1.00e−09"]


def test_a_range_too_wide_for_floats_is_left_to_plotly() -> None:
    assert "range" not in value_axis(-1.7e308, 1.7e308)
    assert nice_ticks(5, 5) == [5]


def test_labels_that_do_not_fit_give_way_instead_of_turning() -> None:
    names = [f"Airport {index}" for index in range(40)]
    axis = category_axis(names, names)
    assert len(axis["tickvals"]) == len(axis["ticktext"]) < 10
    assert set(axis["tickvals"]) <= set(names)
    assert "tickangle" not in axis


def test_ticks_of_numbers_are_named_by_category_and_not_by_position() -> None:
    """plotly would take 7 for the category "7", wherever it stands."""
    axis = category_axis(["5", "7", "9"], ["5", "7", "9"])
    assert axis["tickvals"] == ["5", "7", "9"]


def test_two_bars_are_not_as_wide_as_the_tile() -> None:
    assert category_axis(["a"], ["a"])["range"] == [-1.5, 1.5]


def stamps(start: datetime, step: timedelta, count: int) -> pl.Series:
    return pl.Series([start + step * index for index in range(count)], dtype=pl.Datetime("us"))


@pytest.mark.parametrize(
    ("step", "count", "grain", "dtick", "text"),
    [
        (timedelta(minutes=1), 5, Grain.minute, 60_000, "%H:%M\n%-d %b"),
        (timedelta(hours=1), 24, Grain.hour, 6 * 3_600_000, "%H:%M\n%-d %b"),
        (timedelta(days=1), 7, Grain.day, 86_400_000, "%-d %b"),
        (timedelta(days=1), 40, Grain.day, 7 * 86_400_000, "%-d %b"),
        (timedelta(days=1), 180, Grain.day, "M1", "%b\n%Y"),
        (timedelta(days=31), 12, Grain.month, "M2", "%b\n%Y"),
        (timedelta(days=31), 60, Grain.month, "M12", "%Y"),
        (timedelta(days=92), 5, Grain.quarter, "M3", "Q%q %y"),
        (timedelta(days=92), 9, Grain.quarter, "M6", "Q%q %y"),
        (timedelta(days=366), 70, Grain.year, "M120", "%Y"),
    ],
)
def test_dates_have_at_most_eight_ticks_on_whole_calendar_steps(step, count, grain, dtick, text) -> None:
    axis = time_axis(stamps(datetime(2013, 1, 1), step, count), grain)
    assert (axis["dtick"], axis["tickformat"]) == (dtick, text)


def test_months_stand_in_the_middle_of_their_days_but_under_their_own_bars() -> None:
    days = stamps(datetime(2013, 1, 1), timedelta(days=1), 180)
    assert time_axis(days, Grain.day)["ticklabelmode"] == "period"
    assert "ticklabelmode" not in time_axis(days, Grain.day, bars=True)
    assert time_axis(stamps(datetime(2013, 1, 1), timedelta(days=31), 60), Grain.month)["ticklabelmode"] == "period"


def test_bars_over_time_have_half_a_step_beside_them() -> None:
    days = pl.Series([date(2013, 1, day) for day in range(1, 11)])
    assert time_axis(days, Grain.day, bars=True)["range"] == ["2012-12-31 12:00:00.000", "2013-01-10 12:00:00.000"]
    assert time_axis(days, Grain.day)["range"] == ["2013-01-01 00:00:00.000", "2013-01-10 00:00:00.000"]


def test_a_single_date_stands_in_the_middle() -> None:
    start, end = time_axis(pl.Series([date(2013, 1, 2)]), Grain.day)["range"]
    assert (start, end) == ("2012-12-31 12:00:00.000", "2013-01-03 12:00:00.000")


def test_the_tooltip_says_the_whole_date() -> None:
    assert date_title(Grain.week) == "Week of %-d %b %Y"
    assert date_title(None) == "%-d %b %Y, %H:%M"


def test_a_few_names_are_all_written_however_long() -> None:
    names = ["Nordrhein-Westfalen", "Baden-Württemberg", "Sachsen", "Bayern", "Hessen"]
    axis = category_axis(names, names)
    assert len(axis["ticktext"]) == 5
    assert axis["ticktext"][0] == "Nordrhei…<br>Westfalen"
