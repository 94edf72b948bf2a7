"""Numbers and dates as people read them."""
# ruff: noqa: DTZ001 - charts are drawn in the time of the data, without zones

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vizapp.charts.formats import alike, anything, compact, full, moment, number, percent, signed
from vizapp.schemas.chart import Grain


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"), (float("nan"), "—"), (float("inf"), "—"), ("7", "—"), (0, "0"), (-0.0, "0"), (7, "7"),
        (11.6, "11.6"), (1.976, "1.98"), (77.43, "77.4"), (0.01, "0.01"), (0.0012345, "0.00123"), (99.96, "100"),
        (170, "170"), (9999, "9,999"), (9999.7, "10K"), (12300, "12.3K"), (170_618, "171K"), (999_499, "999K"),
        (999_950, "1M"), (-1_234_567, "−1.23M"), (1e9, "1B"), (2.5e12, "2.5T"), (1e15, "1,000T"), (4.4e18, "4.4e+06T"),
        (Decimal("12.5"), "12.5"), (1e-9, "1.00e-09"),
    ],
)  # fmt: skip
def test_compact_numbers_have_three_figures_and_k_m_b_t(value: object, text: str) -> None:
    assert compact(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        (8929, "8,929"),
        (1234.5, "1,234.5"),
        (11.6, "11.6"),
        (-3.149, "−3.15"),
        (0.00345, "0.00345"),
        (1e16, "1e+16"),
    ],
)
def test_full_numbers_keep_every_digit_that_matters(value: object, text: str) -> None:
    assert full(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_below_zero_has_a_true_minus_and_never_a_hyphen_in_front(value: float) -> None:
    for text in (compact(value), full(value), percent(value)):
        assert not text.startswith("-")
        assert len(text) < 32


def test_numbers_of_a_column_have_the_same_decimals() -> None:
    assert alike([11.7, 9.0, None, -3.6]) == ["11.7", "9.0", "—", "−3.6"]
    assert alike([16.71, 9]) == ["16.71", "9.00"]
    assert alike([1, 2000]) == ["1", "2,000"]
    assert alike([0.5, 0.001]) == ["0.5", "0.001"]
    assert alike([]) == []


def test_shares_are_whole_percents_from_ten_on() -> None:
    assert [percent(0.4213), percent(0.0678), percent(0.0), percent(-0.5), percent(None)] == [
        "42%",
        "6.8%",
        "0%",
        "−50%",
        "—",
    ]


def test_a_change_says_its_direction() -> None:
    assert [signed("2", 2), signed("−2", -2)] == ["+2", "−2"]


@pytest.mark.parametrize(
    ("grain", "text"),
    [(Grain.hour, "14:05"), (Grain.minute, "14:05"), (Grain.day, "3 Mar"), (Grain.week, "3 Mar"),
     (Grain.month, "Mar 2026"), (Grain.quarter, "Q1 26"), (Grain.year, "2026"), (None, "3 Mar 2026, 14:05")],
)  # fmt: skip
def test_dates_are_written_by_their_grain(grain: Grain | None, text: str) -> None:
    assert moment(datetime(2026, 3, 3, 14, 5), grain) == text


def test_a_date_without_a_time_shows_none() -> None:
    assert moment(date(2026, 3, 3)) == "3 Mar 2026"
    assert moment(datetime(2026, 3, 3)) == "3 Mar 2026"
    assert moment(date(2026, 3, 3), Grain.hour) == "3 Mar 2026"
    assert moment(None) == "—"


def test_any_value_has_a_text() -> None:
    assert [anything(v) for v in (None, True, False, 1200, date(2026, 3, 3), "a\nb")] == [
        "—",
        "Yes",
        "No",
        "1,200",
        "3 Mar 2026",
        "a b",
    ]


def test_only_finite_numbers_are_numbers() -> None:
    assert [number(True), number("1"), number(float("inf")), number(Decimal(2))] == [1.0, None, None, 2.0]
