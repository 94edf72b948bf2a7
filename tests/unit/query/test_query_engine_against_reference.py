"""The polars engine gives what plain Python gives, on any small table and any query."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import query_reference as reference
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from query_doubles import FrameSource
from query_strategies import SCHEMA, grouped_queries, raw_queries, rows

from vizapp.query.polars_engine import fetch
from vizapp.schemas.query import Query

many = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(rows, grouped_queries())
def test_groups_are_those_of_plain_python(data: list[dict[str, Any]], query: Query) -> None:
    wanted, distinct, matched = reference.ask(data, query)
    fetched = fetch(FrameSource(pl.DataFrame(data, schema=SCHEMA)), query)
    assert fetched.frame.rows() == wanted
    assert fetched.distinct == distinct
    assert fetched.matched == matched
    assert fetched.frame.columns == [*(g.name for g in query.groups), *(m.name for m in query.measures)]


@many
@given(rows, raw_queries())
def test_rows_are_those_of_plain_python(data: list[dict[str, Any]], query: Query) -> None:
    wanted, _, matched = reference.ask(data, query)
    fetched = fetch(FrameSource(pl.DataFrame(data, schema=SCHEMA)), query)
    assert fetched.frame.rows() == wanted
    assert fetched.matched in (None, matched)
    assert fetched.frame.columns == list(query.columns)


@settings(max_examples=40, deadline=None)
@given(grouped_queries())
def test_an_empty_table_gives_the_types_of_a_full_one(query: Query) -> None:
    full = [
        {
            "text": "a",
            "word": "b",
            "whole": 1,
            "real": 0.5,
            "flag": True,
            "day": date(2024, 1, 1),
            "moment": datetime.fromisoformat("2024-01-01"),
            "price": Decimal("0.125"),
            "instant": datetime(2024, 1, 1, tzinfo=UTC),
        }
    ]
    free = Query(groups=query.groups, measures=query.measures, tops=query.tops, order=query.order)
    some = fetch(FrameSource(pl.DataFrame(full, schema=SCHEMA)), free).frame
    none = fetch(FrameSource(pl.DataFrame([], schema=SCHEMA)), query).frame
    assert none.schema == some.schema


# What polars reads as more than a name, and what any text may be.
NAMES = st.sampled_from(
    ["*", "^.*$", "^x$", "^y$", "^text$", "^t.*$", "^$", "^", "$", ".*", "[a]", "(", "\\", "a|b", "x"]
)
any_names = st.lists(
    NAMES | st.text(st.characters(exclude_categories=["C"]), min_size=1),
    unique=True,
    min_size=len(SCHEMA),
    max_size=len(SCHEMA),
).map(lambda found: dict(zip(SCHEMA, found, strict=True)))


def renamed(query: Query, names: Mapping[str, str]) -> Query:
    """The same question to a table whose columns are called otherwise; groups are called as their columns."""
    called = {group.name: names[group.column] for group in query.groups if len(query.groups) == 1}
    told = names if query.columns else called
    return replace(
        query,
        columns=tuple(names[name] for name in query.columns),
        conditions=tuple(replace(item, column=names[item.column]) for item in query.conditions),
        groups=tuple(replace(g, column=names[g.column], name=called.get(g.name, g.name)) for g in query.groups),
        measures=tuple(replace(m, column=m.column and names[m.column], name=f"of {m.name}") for m in query.measures),
        tops=tuple(
            replace(top, group=called.get(top.group, top.group), measure=f"of {top.measure}") for top in query.tops
        ),
        order=tuple(
            replace(item, name=_ordered(item.name, query, told), by=item.by and f"of {item.by}") for item in query.order
        ),
    )


def _ordered(name: str, query: Query, told: Mapping[str, str]) -> str:
    return f"of {name}" if name in {measure.name for measure in query.measures} else told.get(name, name)


@many
@given(rows, grouped_queries() | raw_queries(), any_names)
def test_column_names_are_taken_literally(data: list[dict[str, Any]], query: Query, names: dict[str, str]) -> None:
    frame = pl.DataFrame(data, schema=SCHEMA)
    plain = fetch(FrameSource(frame), query)
    strange = fetch(
        FrameSource(pl.DataFrame([frame[old].alias(new) for old, new in names.items()])), renamed(query, names)
    )
    assert strange.frame.rows() == plain.frame.rows()
    assert strange.matched == plain.matched
    assert [*strange.distinct.values()] == [*plain.distinct.values()]
