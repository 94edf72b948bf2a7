"""The part a column can play in a chart, judged from its name, type and counts alone.

The tests follow Metabase's recommender and X-ray rules, CompassQL's defaults and Rill (numbers in the
comments below); where they differ, the stricter one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate


class Role(StrEnum):
    """What a column is to a chart."""

    key = "key"
    measure = "measure"
    time = "time"
    category = "category"
    attribute = "attribute"


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What is known of a column: `rows` counts all rows, `sample` holds a few values as text."""

    name: str
    type: ColumnType
    distinct: int = 0
    missing: int = 0
    rows: int = 0
    sample: tuple[str, ...] = ()


# CompassQL: a number with at most 40 values on at most 5 % of the rows is a category; Lux and Metabase: 20.
FEW_NUMBERS = 20
FEW_SHARE = 0.05
# Metabase: text is a category up to 100 values; top N makes more of them drawable.
MANY_TEXTS = 1_000
# Metabase: a number that is unique on 95 % of the rows is a key, and text longer than 50 an attribute.
UNIQUE_SHARE = 0.95
LONG_TEXT = 50

_KEY = re.compile(r"(^|[_\W])(id|uuid|guid|key|pk|index|idx)$|[a-z0-9](Id|ID|Key)$", re.ASCII)
_ORDINAL = re.compile(
    r"(^|[_\W])(year|month|day|week|weekday|hour|minute|quarter|zip|postcode|code|phone|number|no|rank|level|grade)$",
    re.I,
)
_PLACE = re.compile(r"^(lat|lon|lng|latitude|longitude)$", re.I)
_RATE = re.compile(
    r"(^|[_\W])(avg|average|mean|median|rate|ratio|pct|percent|percentage|share|score|rating|price|temp|temperature|"
    r"age|delay|speed|distance|duration|time|margin|index|per|height|weight|humidity|density|level)([_\W]|$)|%",
    re.I,
)
_ADDS = re.compile(
    r"(^|[_\W])(total|sum|amount|revenue|sales|cost|costs|profit|income|spend|budget|count|qty|quantity|units|num|n|orders|"
    r"visits|clicks|views|users|population|volume|fee|fees|tax|discount|payments?|bytes|passengers|flights|"
    # the same words where the large languages of Europe differ
    r"umsatz|menge|betrag|anzahl|kosten|gewinn|summe|ertrag|erlös|ventes|montant|quantité|coût|ventas|importe|cantidad|"
    r"ingresos|costo|vendite|quantità|importo)([_\W]|$)",
    re.I,
)
_CLOCK = re.compile(r"(^|[_\W])(time|clock|hhmm)$", re.I)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def role(column: ColumnProfile) -> Role:
    """The one role a column plays best."""
    if column.type.is_temporal:
        return Role.time
    if column.type is ColumnType.boolean:
        return Role.category
    return _of_number(column) if column.type is ColumnType.number else _of_text(column)


def is_additive_name(name: str) -> bool:
    """Whether a number of that name is summed; rates, prices and delays are averaged."""
    words = _CAMEL.sub("_", name)
    if _ADDS.search(words):
        return True
    return not _RATE.search(words)


def is_measure_name(name: str) -> bool:
    """Whether a name says that the number is meant to be measured."""
    words = _CAMEL.sub("_", name)
    return bool(_ADDS.search(words) or _RATE.search(words))


def usual_aggregate(name: str) -> Aggregate:
    """How a number of that name is put together when nobody says: amounts add up, rates and prices are averaged."""
    return Aggregate.sum if is_additive_name(name) else Aggregate.avg


def is_rate_name(name: str) -> bool:
    """Whether a number of that name is a rate, a share or a price rather than an amount."""
    words = _CAMEL.sub("_", name)
    return bool(_RATE.search(words)) and not _ADDS.search(words)


def _is_clock(column: ColumnProfile) -> bool:
    """Whether the numbers are times of day written as 517 or 1745: their mean means nothing."""
    if not _CLOCK.search(_CAMEL.sub("_", column.name)) or not column.sample:
        return False
    return all(value.isdecimal() and int(value) <= 2400 and int(value) % 100 < 60 for value in column.sample)


def _of_number(column: ColumnProfile) -> Role:
    if _KEY.search(column.name):
        return Role.key
    if _PLACE.search(column.name) or _is_clock(column):
        return Role.attribute
    whole = all("." not in value and "e" not in value.lower() for value in column.sample)
    if _ORDINAL.search(_CAMEL.sub("_", column.name)) and whole:
        return Role.category if 1 < column.distinct <= MANY_TEXTS else Role.attribute
    unique = column.rows >= 50 and column.distinct >= UNIQUE_SHARE * column.rows
    if unique and whole and not _ADDS.search(column.name) and _counts_up(column.sample):
        return Role.key
    few = 1 < column.distinct <= FEW_NUMBERS and column.distinct <= FEW_SHARE * column.rows
    return Role.category if few and whole and not is_measure_name(column.name) else Role.measure


def _counts_up(sample: Sequence[str]) -> bool:
    """Whether neighbours differ by one, as a running number's do."""
    try:
        values = [int(value) for value in sample]
    except ValueError:
        return False
    return len(values) < 3 or all(later - earlier == 1 for earlier, later in pairwise(values))


def _of_text(column: ColumnProfile) -> Role:
    if any(len(value) > LONG_TEXT or "://" in value for value in column.sample):
        return Role.attribute
    filled = max(column.rows - column.missing, 1)
    if column.rows > 20 and column.distinct >= UNIQUE_SHARE * filled:
        return Role.key
    return Role.category if 1 < column.distinct <= MANY_TEXTS else Role.attribute
