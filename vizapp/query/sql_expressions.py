"""Columns, conditions and steps of time of a Query as SQL, by the rules of `expressions`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import sqlalchemy as sa

from vizapp.query.expressions import COMPARE, EDGES, is_day
from vizapp.query.sql_dialects import Column, Dialect
from vizapp.schemas.chart import Operator
from vizapp.schemas.query import Condition, Group, Value
from vizapp.sources.sql_types import Kind


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or subquery, what its columns hold, and how its database speaks."""

    source: sa.FromClause
    kinds: Mapping[str, Kind]
    dialect: Dialect

    def raw(self, name: str) -> Column:
        """The column as it stands there."""
        return self.source.c[name]

    def column(self, name: str) -> Column:
        """The column as the rules see it."""
        return self.dialect.column(self.raw(name), self.kinds[name])

    def key(self, group: Group) -> Column:
        """The value a row is grouped by."""
        made = self.column(group.column)
        return made if group.grain is None else self.dialect.start(made, self.kinds[group.column], group.grain)

    def condition(self, item: Condition) -> Column:
        """True for the rows to keep, false or null for the others."""
        kind, value = self.kinds[item.column], item.value
        if item.operator is Operator.is_null:
            return self.column(item.column).is_(None)
        if item.operator is Operator.not_null:
            return self.column(item.column).is_not(None)
        if item.operator is Operator.contains:
            return self.dialect.contains(self.raw(item.column), kind, str(value).lower())
        if isinstance(value, tuple):
            if item.operator is Operator.between:
                least, greatest = value
                return sa.and_(
                    self._compare(item.column, Operator.ge, least), self._compare(item.column, Operator.le, greatest)
                )
            found = [self._compare(item.column, Operator.eq, one) for one in value]
            return sa.or_(*found) if found else sa.false()
        return self._compare(item.column, item.operator, value)

    def _compare(self, name: str, how: Operator, value: Value) -> Column:
        kind = self.kinds[name]
        if kind.is_textual:
            if how is Operator.eq:
                return self.dialect.equals(self.raw(name), kind, str(value))
            return self._made(how, self.column(name), str(value))
        if kind.type.is_temporal:
            return self._compare_time(self.column(name), kind, how, str(value))
        return self._made(how, self.column(name), _number(value, kind))

    def _compare_time(self, col: Column, kind: Kind, how: Operator, text: str) -> Column:
        if is_day(text):
            day = date.fromisoformat(text)
            if kind is Kind.day:
                return self._made(how, col, day)
            if how in EDGES and day < date.max:
                plain, days = EDGES[how]
                midnight = datetime.combine(day + timedelta(days=days), time())
                return self._made(plain, col, midnight)
            return self._made(how, self.dialect.day(col), day)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        if kind is Kind.day:
            col = self.dialect.midnight(col)
        return self._made(how, col, moment)

    def _made(self, how: Operator, left: Column, right: object) -> Column:
        made: Column = COMPARE[how](left, sa.literal(self.dialect.value(right)))
        return made


def _number(value: Value, kind: Kind) -> object:
    """A fraction compared with decimals is a decimal: 0.1 is meant, not the double nearest to it."""
    return Decimal(repr(value)) if isinstance(value, float) and kind is not Kind.real else value
