"""Any small table and any query: what hypothesis draws to hold engines against each other."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import strategies as st

from vizapp.schemas.chart import Aggregate, Grain, Operator
from vizapp.schemas.query import Condition, Group, Measure, Order, Query, Top

SCHEMA = {
    "text": pl.String,
    "word": pl.String,
    "whole": pl.Int64,
    "real": pl.Float64,
    "flag": pl.Boolean,
    "day": pl.Date,
    "moment": pl.Datetime("us"),
    "price": pl.Decimal(12, 3),
    "instant": pl.Datetime("us", "UTC"),
}
NEW_YEAR = datetime.fromisoformat("2023-12-31T22:00")
TEXTS = ["", "a", "A", "b", "Ä", "ä", "ß", "İ", "Σ", "日本", "😀", "Other", "a b", "%", ".*", "\u200b", "z"]
# Quarters add up exactly in any order, so that floats can be compared for equality.
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(TEXTS),
    "word": st.sampled_from(TEXTS[:5]),
    "whole": st.integers(-5, 5) | st.sampled_from([-(2**40), 2**40]),
    "real": st.integers(-8, 8).map(lambda n: n / 4) | st.just(float("nan")),
    "flag": st.booleans(),
    "day": st.integers(-5, 800).map(lambda n: date(2023, 12, 28) + timedelta(days=n)),
    "moment": st.integers(-500, 40_000).map(
        lambda n: datetime.fromisoformat("2023-12-31T22:00") + timedelta(minutes=n * 37)
    ),
    "price": st.integers(-8, 8).map(lambda n: Decimal(n) / 8),
    "instant": st.integers(-500, 40_000).map(
        lambda n: datetime(2023, 12, 31, 22, tzinfo=UTC) + timedelta(minutes=n * 37)
    ),
}
NUMERIC, TEMPORAL, TEXTUAL = ("whole", "real", "price"), ("day", "moment", "instant"), ("text", "word")
GRAINS = [grain for grain in Grain if grain is not Grain.auto]
ORDERED = [Operator.gt, Operator.ge, Operator.lt, Operator.le]

rows = st.lists(st.fixed_dictionaries({name: st.none() | made for name, made in VALUES.items()}), max_size=12)


def _wanted(name: str) -> st.SearchStrategy[Any]:
    if name in TEMPORAL:
        return (VALUES["day"] | VALUES["moment"] | VALUES["instant"]).map(lambda value: value.isoformat())
    if name in NUMERIC:
        return VALUES["whole"] | VALUES["real"].filter(lambda value: value == value)
    return VALUES[name]


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    name = draw(st.sampled_from(list(SCHEMA)))
    allowed = [Operator.eq, Operator.ne, Operator.in_, Operator.is_null, Operator.not_null]
    allowed += [Operator.contains] if name in TEXTUAL else []
    allowed += [*ORDERED, Operator.between] if name != "flag" else []
    operator = draw(st.sampled_from(allowed))
    match operator:
        case Operator.is_null | Operator.not_null:
            value = None
        case Operator.in_:
            value = tuple(draw(st.lists(_wanted(name), max_size=3)))
        case Operator.between:
            value = (draw(_wanted(name)), draw(_wanted(name)))
        case _:
            value = draw(_wanted(name))
    return Condition(name, operator, value)


@st.composite
def groups(draw: st.DrawFn, name: str) -> Group:
    column = draw(st.sampled_from(list(SCHEMA)))
    steps = GRAINS if column != "day" else GRAINS[:-2]
    return Group(column, name, draw(st.none() | st.sampled_from(steps)) if column in TEMPORAL else None)


@st.composite
def measures(draw: st.DrawFn, name: str) -> Measure:
    function = draw(st.sampled_from(Aggregate))
    if function is Aggregate.count and draw(st.booleans()):
        return Measure(function, name)
    allowed: tuple[str, ...] = tuple(SCHEMA)
    if function in (Aggregate.sum, Aggregate.avg, Aggregate.median):
        allowed = NUMERIC
    elif function in (Aggregate.min, Aggregate.max):
        allowed = NUMERIC + TEMPORAL
    return Measure(function, name, draw(st.sampled_from(allowed)))


@st.composite
def grouped_queries(draw: st.DrawFn) -> Query:
    names = draw(st.sampled_from([(), ("x",), ("x", "series")]))
    made = tuple(draw(groups(name)) for name in names)
    numbers = tuple(draw(measures(name)) for name in draw(st.sampled_from([("y",), ("y", "text")])))
    tops = tuple(
        Top(
            g.name,
            draw(st.integers(1, 4)),
            "y",
            draw(st.sampled_from([None, "Other"])) if g.column in TEXTUAL else None,
        )
        for g in made
        if draw(st.booleans())
    )
    order = []
    for name in draw(st.permutations([*names, "y"] if names else [])):
        by = "y" if name != "y" and draw(st.booleans()) else None
        order += [Order(name, draw(st.booleans()), by)] if draw(st.booleans()) else []
    where = tuple(draw(st.lists(conditions(), max_size=2)))
    limit = draw(st.none() | st.integers(1, 6))
    return Query(conditions=where, groups=made, measures=numbers, tops=tops, order=tuple(order), limit=limit)


@st.composite
def raw_queries(draw: st.DrawFn) -> Query:
    columns = tuple(draw(st.lists(st.sampled_from(list(SCHEMA)), min_size=1, unique=True)))
    order = tuple(
        Order(name, draw(st.booleans())) for name in draw(st.lists(st.sampled_from(columns), max_size=2, unique=True))
    )
    where = tuple(draw(st.lists(conditions(), max_size=2)))
    return Query(columns=columns, conditions=where, order=order, limit=draw(st.none() | st.integers(1, 6)))
