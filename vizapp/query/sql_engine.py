"""Answer a Query from a database, as one SELECT that the database runs: only the answer's rows travel.

The answers, and their order, are those of `polars_engine`, except that rows as they are, without an order, come as the
database has them. Measures that can be added up are computed once, in cells, from which tops and orders are taken by
window functions; medians and distinct counts under a fold go back to the rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl
import sqlalchemy as sa
from sqlalchemy.sql.elements import ClauseElement

from vizapp.errors import ColumnMissing, InvalidQuery
from vizapp.query.aggregates import mergeable
from vizapp.query.fetched import Fetched
from vizapp.query.sql_aggregates import ROWS, kind_of, merged, middled, numbers, parts, value_of
from vizapp.query.sql_dialects import Column, Dialect, MariaDB, Postgres, SQLite
from vizapp.query.sql_expressions import Relation
from vizapp.schemas.query import Order, Query, Top
from vizapp.sources.sql import Rows
from vizapp.sources.sql_types import Kind, series
from vizapp.sources.types import Source

_MATCHED = "matched"


class SqlLike(Source, Protocol):
    """A source that a database answers for."""

    @property
    def reader(self) -> str:
        """The name of its dialect: postgres, mysql or sqlite."""
        ...

    def collation(self) -> str:
        """The collation its dialect needs, see there."""
        ...

    def kinds(self) -> Mapping[str, Kind]:
        """Column name → what it holds."""
        ...

    def relation(self) -> sa.FromClause:
        """What to select from."""
        ...

    def ask(self, statement: ClauseElement, *, at_once: bool = False) -> Rows:
        """The answer to a statement; `at_once` when it is short for sure."""
        ...


def fetch(source: SqlLike, query: Query) -> Fetched:
    """The answer to `query`; an empty one keeps its columns and types.

    Raises ColumnMissing when the table has lost a column, DatabaseTimeout, DatabaseUnreachable, QueryFailed, and
    InvalidQuery about a person's SQL.
    """
    kinds = source.kinds()
    if missing := sorted(query.used_columns() - set(kinds)):
        raise ColumnMissing.of(missing)
    relation = Relation(source.relation(), kinds, dialect_of(source))
    if not query.is_aggregate:
        rows = _whole(source.ask(_rows(relation, query)))
        found = _frame(rows, [(name, kinds[name]) for name in query.columns])
        return Fetched(found, matched=found.height if query.limit is None or found.height < query.limit else None)
    statement = _Grouping(relation, query).statement()
    return _answer(_whole(source.ask(statement, at_once=True)), query, kinds)


def _whole(answer: Rows) -> list[tuple[Any, ...]]:
    """The rows; a part of them would be a wrong answer."""
    if answer.truncated:
        raise InvalidQuery("The answer is too large to be shown. Choose fewer columns, or narrow it by a filter.")
    return answer.rows


def dialect_of(source: SqlLike) -> Dialect:
    """How the database of a source speaks."""
    if source.reader == "sqlite":
        return SQLite()
    return Postgres(source.collation()) if source.reader == "postgres" else MariaDB(source.collation())


def _rows(relation: Relation, query: Query) -> sa.Select[Any]:
    shown = [relation.column(name).label(f"c{index}") for index, name in enumerate(query.columns)]
    made = sa.select(*shown).select_from(relation.source).where(*map(relation.condition, query.conditions))
    if query.order:
        keys = [(order.name, order.descending) for order in query.order]
        keys += [(name, False) for name in query.columns if name not in {order.name for order in query.order}]
        dialect = relation.dialect
        made = made.order_by(
            *(k for name, down in keys for k in dialect.ordered(relation.column(name), descending=down))
        )
    return made.limit(query.limit) if query.limit is not None else made


@dataclass(frozen=True, slots=True)
class _Grouping:
    """A query with groups or measures; groups are g0, g1 …, measures m0, m1 … inside."""

    relation: Relation
    query: Query

    @property
    def _dialect(self) -> Dialect:
        return self.relation.dialect

    @property
    def _keys(self) -> list[str]:
        return [f"g{index}" for index in range(len(self.query.groups))]

    @property
    def _scored(self) -> dict[str, int]:
        """Group → index of the measure its values are ranked by."""
        index = {measure.name: number for number, measure in enumerate(self.query.measures)}
        wanted = {top.group: top.measure for top in self.query.tops}
        wanted |= {order.name: order.by for order in self.query.order if order.by is not None}
        return {f"g{i}": index[wanted[g.name]] for i, g in enumerate(self.query.groups) if g.name in wanted}

    @property
    def _tops(self) -> dict[str, Top]:
        names = {group.name: f"g{index}" for index, group in enumerate(self.query.groups)}
        return {names[top.group]: top for top in self.query.tops}

    def statement(self) -> sa.Select[Any]:
        """The one SELECT."""
        if not self._scored:
            return self._ordered(self._aggregated(self._base().subquery("base")))
        exact = all(map(mergeable, self.query.measures))
        folds = any(top.other is not None for top in self.query.tops)
        if exact or (len(self.query.groups) == 1 and not folds):
            return self._ordered(self._from_cells(exact=exact, folds=folds))
        return self._ordered(self._from_rows())

    def _base(self) -> sa.Select[Any]:
        """Rows that the conditions keep: their keys, and the values to be measured."""
        keys = [self.relation.key(group).label(f"g{index}") for index, group in enumerate(self.query.groups)]
        values = [
            self.relation.column(measure.column).label(value_of(index))
            for index, measure in enumerate(self.query.measures)
            if measure.column is not None
        ]
        chosen = [*keys, *values] or [sa.literal_column("1").label("one")]
        made = sa.select(*chosen).select_from(self.relation.source)
        return made.where(*map(self.relation.condition, self.query.conditions))

    def _aggregated(self, rows: sa.FromClause, extra: Sequence[str] = ()) -> sa.Select[Any]:
        """Groups and measures from rows; columns named in `extra` are the same in all rows of a group."""
        source = middled(rows, self._keys, self.query.measures)
        keys = [source.c[key] for key in self._keys]
        values = numbers(source, self.query.measures, self._dialect)
        kept = [sa.func.max(source.c[name]).label(name) for name in extra]
        if _MATCHED not in extra:
            counted = sa.func.count()
            kept.append((sa.func.sum(counted).over() if keys else counted).label(_MATCHED))
        made = sa.select(*keys, *values, *kept).select_from(source)
        return made.group_by(*keys) if keys else made

    # --- from cells

    def _from_cells(self, *, exact: bool, folds: bool) -> sa.Select[Any]:
        cells = self._cells(exact=exact).subquery("cells")
        scores = [self._score(cells, key, index, exact=exact).label(f"s_{key}") for key, index in self._scored.items()]
        scored = sa.select(*cells.c, *scores).subquery("scored")
        ranks = [
            sa.func.dense_rank().over(order_by=self._best_first(scored, key)).label(f"r_{key}") for key in self._scored
        ]
        ranked = sa.select(*scored.c, *ranks).subquery("ranked")
        sizes = [sa.func.max(ranked.c[f"r_{key}"]).over().label(f"d_{key}") for key in self._scored]
        matched = sa.func.sum(ranked.c[ROWS]).over().label(_MATCHED)
        kept = self._kept(sa.select(*ranked.c, *sizes, matched).subquery("sized")).subquery("kept")
        facts = [*(f"{part}_{key}" for key in self._scored for part in "sd"), _MATCHED]
        keys = [kept.c[key] for key in self._keys]
        if not folds:
            return sa.select(*keys, *self._finished(kept, exact=exact), *(kept.c[name] for name in facts))
        values = [
            merged(kept.c, index, measure, self._dialect).label(value_of(index))
            for index, measure in enumerate(self.query.measures)
        ]
        return sa.select(*keys, *values, *(sa.func.max(kept.c[name]).label(name) for name in facts)).group_by(*keys)

    def _cells(self, *, exact: bool) -> sa.Select[Any]:
        base = self._base().subquery("base")
        if exact:
            keys = [base.c[key] for key in self._keys]
            return sa.select(*keys, *parts(base.c, self.query.measures)).group_by(*keys)
        source = middled(base, self._keys, self.query.measures)
        keys = [source.c[key] for key in self._keys]
        values = numbers(source, self.query.measures, self._dialect)
        return sa.select(*keys, *values, sa.func.count().label(ROWS)).select_from(source).group_by(*keys)

    def _score(self, cells: sa.FromClause, key: str, index: int, *, exact: bool) -> Column:
        if not exact:
            return cells.c[value_of(index)]
        return merged(cells.c, index, self.query.measures[index], self._dialect, over=[cells.c[key]])

    def _finished(self, cells: sa.FromClause, *, exact: bool) -> list[Column]:
        """The measures of cells that are groups already."""
        if not exact:
            return [cells.c[value_of(index)] for index in range(len(self.query.measures))]
        by = [cells.c[key] for key in self._keys]
        return [
            merged(cells.c, index, measure, self._dialect, over=by).label(value_of(index))
            for index, measure in enumerate(self.query.measures)
        ]

    # --- from rows

    def _from_rows(self) -> sa.Select[Any]:
        base = self._base().cte("base")
        joined: sa.FromClause = base
        facts: list[Column] = []
        for key, index in self._scored.items():
            rank = self._ranking(base, key, index)
            # As text and not by IS NOT DISTINCT FROM, which no database can hash.
            same = sa.and_(_as_text(base.c[key]) == rank.c["as_text"], base.c[key].is_(None) == rank.c["is_null"])
            joined = joined.join(rank, same)
            facts += [rank.c[name] for name in (f"s_{key}", f"r_{key}", f"d_{key}")]
            matched = rank.c[_MATCHED]
        sized = sa.select(*base.c, *facts, matched).select_from(joined).subquery("sized")
        kept = self._kept(sized).subquery("kept")
        return self._aggregated(kept, [*(f"{part}_{key}" for key in self._scored for part in "sd"), _MATCHED])

    def _ranking(self, base: sa.FromClause, key: str, index: int) -> sa.FromClause:
        source = middled(base, [key], self.query.measures)
        score = numbers(source, self.query.measures, self._dialect)[index]
        grouped = sa.select(source.c[key], score.label(f"s_{key}"), sa.func.count().label(ROWS)).select_from(source)
        values = grouped.group_by(source.c[key]).subquery(f"values_{key}")
        return sa.select(
            _as_text(values.c[key]).label("as_text"),
            values.c[key].is_(None).label("is_null"),
            values.c[f"s_{key}"],
            sa.func.row_number().over(order_by=self._best_first(values, key)).label(f"r_{key}"),
            sa.func.count().over().label(f"d_{key}"),
            sa.func.sum(values.c[ROWS]).over().label(_MATCHED),
        ).subquery(f"rank_{key}")

    # --- both

    def _best_first(self, values: sa.FromClause, key: str) -> list[Column]:
        score, value = values.c[f"s_{key}"], values.c[key]
        return [*self._dialect.ordered(score, descending=True), *self._dialect.ordered(value, descending=False)]

    def _kept(self, sized: sa.FromClause) -> sa.Select[Any]:
        """Without what the tops drop, and with the values they fold renamed."""
        columns: list[Column] = []
        for column in sized.c:
            top = self._tops.get(column.name)
            if top is None or top.other is None:
                columns.append(column)
                continue
            best = sized.c[f"r_{column.name}"] <= top.n
            columns.append(sa.case((best, column), else_=sa.literal(top.other)).label(column.name))
        drops = [sized.c[f"r_{key}"] <= top.n for key, top in self._tops.items() if top.other is None]
        return sa.select(*columns).where(*drops)

    def _ordered(self, grouped: sa.Select[Any]) -> sa.Select[Any]:
        found = grouped.subquery("found")
        made = sa.select(*found.c)
        if not self.query.groups:
            return made
        keys = [key for order in self.query.order for key in self._order(found, order)]
        for name in self._keys:
            keys += self._dialect.ordered(found.c[name], descending=False)
        made = made.order_by(*keys)
        return made.limit(self.query.limit) if self.query.limit is not None else made

    def _order(self, found: sa.FromClause, order: Order) -> list[Column]:
        groups = {group.name: f"g{index}" for index, group in enumerate(self.query.groups)}
        measures = {measure.name: value_of(index) for index, measure in enumerate(self.query.measures)}
        name = groups.get(order.name) or measures[order.name]
        if order.by is None:
            return list(self._dialect.ordered(found.c[name], descending=order.descending))
        keys: list[Column] = []
        top = self._tops.get(name)
        if top is not None and top.other is not None:
            folded = sa.and_(found.c[f"d_{name}"] > top.n, found.c[name] == top.other)
            keys.append(sa.case((folded, 1), else_=0).asc())
        keys += self._dialect.ordered(found.c[f"s_{name}"], descending=order.descending)
        return [*keys, *self._dialect.ordered(found.c[name], descending=False)]


def _as_text(column: Column) -> Column:
    return sa.func.coalesce(sa.cast(column, sa.String), sa.literal_column("''"))


def _answer(rows: Sequence[tuple[Any, ...]], query: Query, kinds: Mapping[str, Kind]) -> Fetched:
    """The frame, and the facts that each row carries behind it."""
    shown = [(g.name, kinds[g.column]) for g in query.groups]
    shown += [(m.name, kind_of(m, kinds)) for m in query.measures]
    ranked = {top.group for top in query.tops} | {o.name for o in query.order if o.by is not None}
    facts = [g.name for g in query.groups if g.name in ranked]
    first = rows[0][len(shown) :] if rows else ()
    # s and d of each ranked group, then the number of rows.
    sizes = {name: int(first[2 * index + 1]) if first else 0 for index, name in enumerate(facts)}
    distinct = {top.group: sizes[top.group] for top in query.tops}
    return Fetched(_frame(rows, shown), distinct, int(first[-1]) if first else 0)


def _frame(rows: Sequence[tuple[Any, ...]], shown: Sequence[tuple[str, Kind]]) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(shown)
    return pl.DataFrame([series(name, kind, values) for (name, kind), values in zip(shown, columns, strict=False)])
