"""The step of a time axis, chosen from the span of the data. Pure."""

from datetime import date, datetime, time, timedelta

from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Grain

# Spans below which a step still gives a readable number of buckets (Metabase's rule).
_STEPS = (
    (timedelta(hours=3), Grain.minute),
    (timedelta(days=7), Grain.hour),
    (timedelta(days=183), Grain.day),
    (timedelta(days=3653), Grain.month),
)


def choose_grain(lo: date, hi: date) -> Grain:
    """The step for data from `lo` to `hi` (dates or datetimes); week and quarter only on request."""
    span = abs(_moment(hi) - _moment(lo))
    return next((grain for limit, grain in _STEPS if span < limit), Grain.year)


def fitting(grain: Grain, kind: ColumnType) -> Grain:
    """`grain`, but not finer than a day when the column holds dates without a time."""
    too_fine = kind is ColumnType.date and grain in (Grain.hour, Grain.minute)
    return Grain.day if too_fine else grain


def _moment(value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time())
