"""The types of a database's columns as its drivers tell them, down to ours, and the polars types they arrive as."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

import polars as pl

from vizapp.schemas.base import ColumnType

_DIGITS = 38  # of a polars Decimal
_TIMES = (datetime, date)
_Time = TypeVar("_Time", date, datetime)


class Kind(StrEnum):
    """What a column holds; `other` is shown as the database's own text, `binary` as hexadecimal digits.

    A `moment` is a time on a wall clock, an `instant` a point in time; instants are told in UTC.
    """

    whole = "whole"
    decimal = "decimal"
    real = "real"
    flag = "flag"
    day = "day"
    moment = "moment"
    instant = "instant"
    text = "text"
    other = "other"
    binary = "binary"

    @property
    def type(self) -> ColumnType:
        """The type people see."""
        return _TYPES[self]

    @property
    def is_textual(self) -> bool:
        """Whether it is compared as text."""
        return self in (Kind.text, Kind.other, Kind.binary)


_TYPES = {
    Kind.whole: ColumnType.number,
    Kind.decimal: ColumnType.number,
    Kind.real: ColumnType.number,
    Kind.flag: ColumnType.boolean,
    Kind.day: ColumnType.date,
    Kind.moment: ColumnType.datetime,
    Kind.instant: ColumnType.datetime,
    Kind.text: ColumnType.string,
    Kind.other: ColumnType.string,
    Kind.binary: ColumnType.string,
}


@dataclass(frozen=True, slots=True)
class Field:
    """A column of an answer: its name and what it holds."""

    name: str
    kind: Kind


def series(name: str, kind: Kind, values: Sequence[object], *, exact: bool = False) -> pl.Series:
    """Values as a driver gave them, as a column. NaN, and times outside the years 1 to 9999, are missing.

    With `exact`, decimals stay decimals and long whole numbers keep their digits; else they are floats.
    """
    if kind is Kind.whole:
        return _whole(name, values, exact=exact)
    if kind is Kind.decimal and exact:
        return _decimals(name, values)
    read, dtype = _READERS.get(kind, (_text, pl.String()))
    made = pl.Series(name, [read(value) for value in values], dtype=dtype)
    return made.dt.replace_time_zone("UTC") if kind is Kind.instant else made


def _whole(name: str, values: Sequence[object], *, exact: bool) -> pl.Series:
    numbers = [None if value is None else int(str(value)) if isinstance(value, Decimal) else value for value in values]
    if all(value is None or -(2**63) <= int(str(value)) < 2**63 for value in numbers):
        return pl.Series(name, numbers, dtype=pl.Int64)
    if exact:
        return _decimals(name, numbers)
    return pl.Series(name, [_float(value) for value in numbers], dtype=pl.Float64)


def _decimals(name: str, values: Sequence[object]) -> pl.Series:
    numbers = [None if value is None else Decimal(str(value)) for value in values]
    finite = [n if n is not None and n.is_finite() else None for n in numbers]
    places = [(-int(n.as_tuple().exponent), n.adjusted()) for n in finite if n is not None]
    scale = max((places for places, _ in places), default=0)
    scale = max(scale, 0)
    digits = max((highest for _, highest in places), default=0) + 1 + scale
    if digits > _DIGITS:
        return pl.Series(name, [None if n is None else f"{n:f}" for n in finite], dtype=pl.String)
    return pl.Series(name, finite, dtype=pl.Decimal(_DIGITS, scale))


def _float(value: object) -> float | None:
    if value is None:
        return None
    number = float(str(value)) if isinstance(value, Decimal | str) else float(value)  # type: ignore[arg-type]
    return None if math.isnan(number) else number


def _flag(value: object) -> bool | None:
    if isinstance(value, bytes):  # BIT(1) of MySQL
        return any(value)
    return None if value is None else bool(value)


def _day(value: object) -> date | None:
    if isinstance(value, str):
        return _parsed(value[:10], date)
    return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None


def _moment(value: object) -> datetime | None:
    if isinstance(value, str):
        return _parsed(value, datetime)
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day) if isinstance(value, date) else None  # noqa: DTZ001
    return value.replace(tzinfo=None)


def _parsed(value: str, kind: type[_Time]) -> _Time | None:
    # MySQL's zero dates arrive as text.
    try:
        return kind.fromisoformat(value)
    except ValueError:
        return None


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.isoformat() if isinstance(value, _TIMES) else str(value)


_READERS: dict[Kind, tuple[Callable[[object], object], pl.DataType]] = {
    Kind.decimal: (_float, pl.Float64()),
    Kind.real: (_float, pl.Float64()),
    Kind.flag: (_flag, pl.Boolean()),
    Kind.day: (_day, pl.Date()),
    Kind.moment: (_moment, pl.Datetime("us")),
    Kind.instant: (_moment, pl.Datetime("us")),
}
