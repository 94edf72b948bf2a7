"""Dates as text: which format a column is written in, and whether day or month comes first."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from vizapp.schemas.base import ColumnType

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*"
_SHAPE = re.compile(
    rf"""^\s*(?:
      (?P<iso>\d{{4}})(?P<s1>[-/.])\d{{1,2}}(?P=s1)\d{{1,2}}
    | (?P<ym>\d{{4}}-\d{{2}})(?=\s*$)
    | (?P<a>\d{{1,2}})(?P<s2>[-/.])(?P<b>\d{{1,2}})(?P=s2)(?P<y>\d{{4}}|\d{{2}})
    | (?P<dmy>\d{{1,2}}(?P<s3>[-\s])(?P<m1>{_MONTH})(?P=s3)(?P<y3>\d{{4}}|\d{{2}}))
    | (?P<mdy>(?P<m2>{_MONTH})\s\d{{1,2}},\s\d{{4}})
    )(?:(?P<t>T|,?\s+)(?P<h>\d{{1,2}}):\d{{2}}(?P<sec>:\d{{2}})?(?P<f>[.]\d+)?(?P<ap>\s?[ap]m)?(?P<z>Z|\s?[+-]\d{{2}}:?\d{{2}})?)?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
# A year before this is a two-digit year that strptime took literally ("1/2/24" as the year 24).
_FIRST_YEAR = date(1000, 1, 1)
_ISO_HINT = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class AsDate:
    """Dates or datetimes in one date format and one or more time formats; offsets become UTC."""

    day: str
    times: tuple[str, ...] = ("",)
    type: ColumnType = ColumnType.date
    strip: bool = False

    @property
    def format(self) -> str:
        """The strptime format of most values."""
        return self.day + self.times[0].replace("%.f", "").replace("%#z", "%z")

    def read(self, text: pl.Expr) -> pl.Expr:
        """Text → date or datetime without a zone."""
        text = text.str.strip_chars() if self.strip else text
        parts = [self._read(text, time) for time in self.times]
        values = pl.coalesce(parts) if len(parts) > 1 else parts[0]
        return values.cast(pl.Date if self.type is ColumnType.date else pl.Datetime("us"))

    def sound(self, values: pl.Expr) -> pl.Expr:
        """Null before the year 1000: a two-digit year taken literally."""
        first = pl.lit(_FIRST_YEAR).cast(pl.Date if self.type is ColumnType.date else pl.Datetime("us"))
        return pl.when(values >= first).then(values)

    def _read(self, text: pl.Expr, time: str) -> pl.Expr:
        if not time and len(self.times) == 1:
            return text.str.to_date(self.day, strict=False)
        if not time:
            return text.str.to_date(self.day, strict=False).cast(pl.Datetime("us"))
        values = text.str.to_datetime(self.day + time, strict=False, time_unit="us")
        return values.dt.replace_time_zone(None) if "z" in time else values


@dataclass(frozen=True, slots=True)
class DateGuess:
    """What a sample says: the reading, how many values have that shape, and whether order is open.

    `swapped` is the other order of day and month when both are possible by shape, else None.
    """

    reading: AsDate
    fits: int
    swapped: AsDate | None = None


def date_guess(sample: list[str]) -> DateGuess | None:
    """The most frequent date shape in `sample`, or None when no value looks like a date."""
    shapes = Counter(shape for value in sample if (shape := _shape(value)) is not None)
    if not shapes:
        return None
    days: Counter[str] = Counter()
    for (day, _), count in shapes.items():
        days[day] += count
    day, fits = days.most_common(1)[0]
    times = tuple(time for (d, time), _ in shapes.most_common() if d == day)
    kind = ColumnType.date if times == ("",) else ColumnType.datetime
    first = AsDate(day.replace("{a}", "%m").replace("{b}", "%d"), times, kind)
    if "{a}" not in day:
        return DateGuess(first, fits)
    second = replace(first, day=day.replace("{a}", "%d").replace("{b}", "%m"))
    # Dots are written where the day comes first; elsewhere the order has to be found from values.
    return DateGuess(second, fits, first) if "." in day else DateGuess(first, fits, second)


def _shape(value: str) -> tuple[str, str] | None:
    found = _SHAPE.match(value)
    if found is None:
        return None
    g = found.groupdict()
    if g["iso"]:
        day = "%Y{0}%m{0}%d".format(g["s1"])
    elif g["ym"]:
        day = "%Y-%m"
    elif g["a"]:
        day = "{a}" + g["s2"] + "{b}" + g["s2"] + _year(g["y"])
    elif g["dmy"]:
        day = f"%d{g['s3']}{_month(g['m1'])}{g['s3']}{_year(g['y3'])}"
    else:
        day = f"{_month(g['m2'])} %d, %Y"
    return day, _time(g)


def _year(text: str) -> str:
    return "%Y" if len(text) == 4 else "%y"


def _month(text: str) -> str:
    return "%b" if len(text) == 3 else "%B"


def _time(g: dict[str, str | None]) -> str:
    if not g["h"]:
        return ""
    hour = "%I" if g["ap"] else "%H"
    seconds = ":%S" if g["sec"] else ""
    fraction = "%.f" if g["f"] else ""
    half = " %p" if (g["ap"] or "").startswith(" ") else "%p" if g["ap"] else ""
    zone = g["z"] or ""
    offset = "" if not zone else zone if zone == "Z" else " %#z" if zone.startswith(" ") else "%#z"
    return f"{g['t']}{hour}:%M{seconds}{fraction}{half}{offset}"


@dataclass(frozen=True, slots=True)
class Order:
    """How day and month are ordered in a column: decided by values, or open with a default."""

    reading: AsDate
    ambiguous: bool = False
    note: str = ""


def settle_order(text: pl.Series, guess: DateGuess, *, day_first: bool | None, elsewhere: bool | None) -> Order:
    """Choose between the two orders of `guess` by all values of `text`.

    `day_first` is the answer of a person, `elsewhere` what another column of the file proved.
    """
    if guess.swapped is None:
        return Order(guess.reading)
    by_order = {_day_first(reading): reading for reading in (guess.reading, guess.swapped)}
    if day_first is not None:
        return Order(by_order[day_first])
    fits = _fitting(text, by_order)
    best = max(fits.values())
    if best and fits[True] != fits[False] and min(fits.values()) < best * 0.99:
        return Order(by_order[fits[True] > fits[False]])
    default = elsewhere if elsewhere is not None else _day_first(guess.reading)
    if "." in guess.reading.day:
        return Order(guess.reading)
    first, other = ("Day", "month") if default else ("Month", "day")
    why = " as in another column of this file" if elsewhere is not None else ""
    note = f"{first} before {other} is assumed{why}: no value tells which. Is {_example(text)} meant so?"
    return Order(by_order[default], ambiguous=True, note=note)


def _day_first(reading: AsDate) -> bool:
    return reading.day.index("%d") < reading.day.index("%m")


def _fitting(text: pl.Series, by_order: dict[bool, AsDate]) -> dict[bool, int]:
    frame = pl.DataFrame({"text": text.unique()})
    counts = frame.select(
        pl.col("text").pipe(reading.read).count().alias(str(order)) for order, reading in by_order.items()
    ).row(0, named=True)
    return {order: int(counts[str(order)]) for order in by_order}


def _example(text: pl.Series) -> str:
    for value in text.head(1000).to_list():
        shown = _SHAPE.match(value or "")
        if shown and shown["a"] and int(shown["a"]) != int(shown["b"]):
            return str(value)
    return "this"


def is_iso(reading: AsDate) -> bool:
    """Whether the format needs no words to explain it."""
    return reading.day == _ISO_HINT
