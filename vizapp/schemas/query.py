"""Query: one question to one source, in plain frozen values. It knows neither polars nor SQL.

Sources answer it as a polars frame whose columns are, in this order, `columns`, or the names of
`groups` followed by the names of `measures`.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Union

from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate, Grain, Operator

Value = Union[bool, int, float, str, None, tuple["Value", ...]]  # noqa: UP007 - recursive


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter whose value is hashable; dates are ISO 8601 text, typed by the engine."""

    column: str
    operator: Operator
    value: Value = None


@dataclass(frozen=True, slots=True)
class Group:
    """A column to group by; `grain` truncates a date or datetime and is never `auto` here."""

    column: str
    name: str
    grain: Grain | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """A number per group, named `name`; `column` None counts rows."""

    function: Aggregate
    name: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by an output column; nulls always last, ties in the order of the groups, ascending.

    With `by`, `name` is a group and its values are ordered by that measure over all their rows,
    whatever the other groups; the value that `Top.other` makes comes last either way.
    """

    name: str
    descending: bool = False
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Top:
    """Keep the `n` values of group `group` that are largest by `measure` over all rows.

    The rest become one value `other` (aggregated from rows, not from groups), or are dropped when
    `other` is None. Only text groups are folded. Ties are broken by the group's value, ascending.
    """

    group: str
    n: int
    measure: str
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """See the module. Without groups and measures it selects `columns` of rows as they are."""

    columns: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    groups: tuple[Group, ...] = ()
    measures: tuple[Measure, ...] = ()
    order: tuple[Order, ...] = ()
    tops: tuple[Top, ...] = ()
    limit: int | None = None

    @property
    def is_aggregate(self) -> bool:
        """Whether rows are grouped (possibly into one)."""
        return bool(self.groups or self.measures)

    def used_columns(self) -> set[str]:
        """Every column of the source that this query touches."""
        used = {*self.columns, *(c.column for c in self.conditions), *(g.column for g in self.groups)}
        return used | {m.column for m in self.measures if m.column is not None}

    def canonical(self) -> bytes:
        """The same bytes for the same question: the base of the result's key."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def read(cls, canonical: bytes) -> "Query":
        """The query of these bytes, which `canonical` wrote."""
        said = json.loads(canonical)
        return cls(
            columns=tuple(said["columns"]),
            conditions=tuple(
                Condition(one["column"], Operator(one["operator"]), _hashable(one["value"]))
                for one in said["conditions"]
            ),
            groups=tuple(
                Group(one["column"], one["name"], None if one["grain"] is None else Grain(one["grain"]))
                for one in said["groups"]
            ),
            measures=tuple(Measure(Aggregate(one["function"]), one["name"], one["column"]) for one in said["measures"]),
            order=tuple(Order(**one) for one in said["order"]),
            tops=tuple(Top(**one) for one in said["tops"]),
            limit=said["limit"],
        )


def _hashable(value: Any) -> Value:
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


class Shape(StrEnum):
    """What a chart type needs its frame to look like; the planner makes a Query of that shape.

    series  groups x [and series] with measure y: columns "x", ["series"], "y"
    points  rows as they are: columns "x", "y", ["series"]
    single  one number and its history: measure "y" over time x when there is one: ["x"], "y"
    rows    a table: chosen columns as they are, or groups and measures under readable names
    """

    series = "series"
    points = "points"
    single = "single"
    rows = "rows"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a builder must know of an answer beyond its frame.

    `types` names the type of each frame column; `grain` is the step of a temporal x; `x_total` and
    `series_total` count the distinct values before top N (None: all are there); `matched` counts
    the rows the filters kept when known; `truncated` tells that the row limit cut the answer;
    `total` is the measure over all matched rows (for shape single, and table totals when known).
    """

    types: tuple[tuple[str, ColumnType], ...] = ()
    grain: Grain | None = None
    x_total: int | None = None
    series_total: int | None = None
    matched: int | None = None
    truncated: bool = False
    total: float | None = None
