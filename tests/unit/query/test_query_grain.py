"""The step of time follows the span of the data."""

from datetime import date, datetime, timedelta

import pytest

from vizapp.query.grain import choose_grain
from vizapp.schemas.chart import Grain

START = datetime.fromisoformat("2024-01-01T00:00")


@pytest.mark.parametrize(
    ("span", "grain"),
    [
        (timedelta(0), Grain.minute),
        (timedelta(hours=2, minutes=59), Grain.minute),
        (timedelta(hours=3), Grain.hour),
        (timedelta(days=6), Grain.hour),
        (timedelta(days=7), Grain.day),
        (timedelta(days=182), Grain.day),
        (timedelta(days=183), Grain.month),
        (timedelta(days=3652), Grain.month),
        (timedelta(days=3653), Grain.year),
        (timedelta(days=100_000), Grain.year),
    ],
)
def test_a_span_has_its_step(span: timedelta, grain: Grain):
    assert choose_grain(START, START + span) is grain


def test_dates_count_as_their_midnights():
    assert choose_grain(date(2024, 1, 1), date(2024, 3, 1)) is Grain.day
    assert choose_grain(date(2024, 1, 1), datetime.fromisoformat("2024-01-01T02:00")) is Grain.minute
