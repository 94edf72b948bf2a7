"""Answer a Query from a source that polars can scan. Rows stay where they are until they must be read.

The order of rows is fixed: by `order`, then by the groups (or the columns) that are left, ascending;
nulls last. Rows as they are, without an order, come in the order of the source.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from vizapp.errors import ColumnMissing, DatasetDamaged
from vizapp.query.aggregates import ROWS, Part, finish, mergeable, narrow, parts_of, row_count
from vizapp.query.expressions import condition, exact, key
from vizapp.query.fetched import Fetched
from vizapp.schemas.chart import Aggregate
from vizapp.schemas.query import Measure, Query, Top
from vizapp.sources.types import ScanSource, named

_MATCHED, _SCORE = "\0matched", "\0score"
_FEW = 8
# Random bytes in a Parquet file give each of these. A panic is no Exception, so that without this line
# it would pass every handler above.
_DAMAGE = (
    OSError,
    pl.exceptions.ComputeError,
    pl.exceptions.SchemaError,
    pl.exceptions.NoDataError,
    pl.exceptions.PanicException,
)
_Engine = Literal["streaming", "in-memory"]


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows, or cells made of rows, with the expressions that group and add them up.

    `unique` tells that no two cells share all keys, so that there is nothing to add up.
    """

    frame: pl.LazyFrame
    keys: dict[str, pl.Expr]
    of_rows: bool
    engine: _Engine
    unique: bool = False

    def grouped(self, names: Collection[str], made: Sequence[Part]) -> pl.LazyFrame:
        """One row for each value of the named keys, or just one row, with the parts."""
        keys = [self.keys[name] for name in names]
        # Two measures may share a part, such as the number of rows.
        parts = {e.meta.output_name(): e for e in (part.of_rows if self.of_rows else part.of_cells for part in made)}
        if not keys:
            return self.frame.select(parts.values())
        if self.unique and len(keys) == len(self.keys):
            return self.frame.select(*keys, *map(named, parts))
        return self.frame.group_by(keys).agg(parts.values())


@dataclass(frozen=True, slots=True)
class _Ranking:
    """The values of one group, best first, each with its score and number of rows."""

    table: pl.DataFrame
    name: str

    @property
    def rows(self) -> int:
        """How many rows all values have together."""
        return int(self.table[ROWS].sum())

    def best(self, top: Top) -> pl.Series:
        """The values to keep."""
        return self.table[self.name].alias("").head(top.n)

    def exceeds(self, top: Top) -> bool:
        """Whether there are values to fold or drop."""
        return self.table.height > top.n


def fetch(source: ScanSource, query: Query) -> Fetched:
    """The answer to `query`; an empty one keeps its columns and types.

    Raises ColumnMissing when the source has lost a column, DatasetDamaged when it cannot be read.
    """
    with reading():
        scan = source.scan()
        schema = scan.collect_schema()
        if missing := sorted(query.used_columns() - set(schema.names())):
            raise ColumnMissing.of(missing)
        kept = scan.filter(*(condition(item, schema) for item in query.conditions)) if query.conditions else scan
        used = replace(query, conditions=()).used_columns()
        names = [name for name in schema.names() if name in used]
        rows = kept.select(exact(name, schema) for name in names) if names else kept
        return _aggregate(rows, query) if query.is_aggregate else _rows(rows, query)


@contextmanager
def reading() -> Iterator[None]:
    """What polars raises for a file that cannot be read, as DatasetDamaged."""
    try:
        yield
    except _DAMAGE as exc:
        raise DatasetDamaged from exc


def _rows(rows: pl.LazyFrame, query: Query) -> Fetched:
    chosen = rows.select(map(named, query.columns))
    # Sorting a few columns takes half the time in memory, where the rows can be counted on the way;
    # wide tables stream, so as never to fill it, and unsorted ones stop at the limit.
    in_memory = bool(query.order) and len(query.columns) <= _FEW
    if in_memory:
        chosen = chosen.with_columns(pl.len().alias(_MATCHED))
    if query.order:
        keys = [(o.name, o.descending) for o in query.order]
        keys += [(name, False) for name in query.columns if name not in {o.name for o in query.order}]
        chosen = chosen.sort([named(k) for k, _ in keys], descending=[d for _, d in keys], nulls_last=True)
    limited = chosen if query.limit is None else chosen.head(query.limit)
    frame = limited.collect(engine="in-memory" if in_memory else "streaming")
    matched = frame.height if query.limit is None or frame.height < query.limit else None
    if in_memory and frame.height:
        matched = int(frame.item(0, _MATCHED))
    return Fetched(narrow(frame.select(map(named, query.columns))), matched=matched)


def _aggregate(rows: pl.LazyFrame, query: Query) -> Fetched:
    table = _table(rows, query)
    measures = {measure.name: measure for measure in query.measures}
    dtypes = rows.collect_schema()
    made = [row_count(), *(part for measure in query.measures for part in parts_of(measure, dtypes))]
    wanted = {top.group: top.measure for top in query.tops} | {o.name: o.by for o in query.order if o.by is not None}
    exact = all(map(mergeable, query.measures))
    source = _cells(table, made) if wanted and (exact or len(query.groups) == 1) else table
    rankings = {name: _rank(source, name, measures[by], dtypes) for name, by in wanted.items()}
    folded = any(_folds(top, rankings) for top in query.tops)
    final = _topped(table if folded and not exact else source, query.tops, rankings)
    grouped = final.grouped(final.keys, made).with_columns(named(ROWS).sum().alias(_MATCHED))
    finished = grouped.select(*map(named, final.keys), *(finish(m) for m in query.measures), named(_MATCHED))
    return _collected(finished, query, rankings, final.engine)


def _table(rows: pl.LazyFrame, query: Query) -> _Table:
    # Measured over a million rows: streaming halves month × category, but doubles distinct counts.
    distinct = any(m.function is Aggregate.count_distinct for m in query.measures)
    return _Table(
        rows, {g.name: key(g) for g in query.groups}, of_rows=True, engine="in-memory" if distinct else "streaming"
    )


def _cells(table: _Table, made: Sequence[Part]) -> _Table:
    cells = table.grouped(table.keys, made).collect(engine=table.engine)
    keys = {name: named(name) for name in table.keys}
    return _Table(cells.lazy(), keys, of_rows=False, engine="in-memory", unique=True)


def _rank(table: _Table, name: str, measure: Measure, dtypes: pl.Schema) -> _Ranking:
    grouped = table.grouped([name], [row_count(), *parts_of(measure, dtypes)])
    scored = grouped.select(named(name), finish(measure).alias(_SCORE), named(ROWS))
    ordered = scored.sort(named(_SCORE), named(name), descending=[True, False], nulls_last=True)
    return _Ranking(ordered.collect(engine=table.engine), name)


def _folds(top: Top, rankings: Mapping[str, _Ranking]) -> bool:
    return top.other is not None and rankings[top.group].exceeds(top)


def _topped(table: _Table, tops: Sequence[Top], rankings: Mapping[str, _Ranking]) -> _Table:
    """The table with the values beyond each top renamed to `other`, or without their rows."""
    frame, keys, unique = table.frame, dict(table.keys), table.unique
    for top in tops:
        ranking, own = rankings[top.group], table.keys[top.group]
        if not ranking.exceeds(top):
            continue
        among = own.is_in(ranking.best(top).implode(), nulls_equal=True)
        if top.other is None:
            frame = frame.filter(among)
        else:
            keys[top.group] = pl.when(among).then(own).otherwise(pl.lit(top.other)).alias(top.group)
            unique = False
    return replace(table, frame=frame, keys=keys, unique=unique)


def _collected(finished: pl.LazyFrame, query: Query, rankings: Mapping[str, _Ranking], engine: _Engine) -> Fetched:
    names = [*(g.name for g in query.groups), *(m.name for m in query.measures)]
    others = {top.group: top.other for top in query.tops if _folds(top, rankings)}
    ordered = _in_order(finished, query, rankings, others) if query.groups else finished
    frame = (ordered if query.limit is None else ordered.head(query.limit)).collect(engine=engine)
    matched = next(iter(rankings.values())).rows if rankings else (frame.item(0, _MATCHED) if frame.height else 0)
    distinct = {top.group: rankings[top.group].table.height for top in query.tops}
    return Fetched(narrow(frame.select(map(named, names))), distinct, matched)


def _in_order(
    frame: pl.LazyFrame, query: Query, rankings: Mapping[str, _Ranking], others: Mapping[str, str | None]
) -> pl.LazyFrame:
    keys: list[tuple[pl.Expr, bool]] = []
    for index, order in enumerate(query.order):
        if order.by is None:
            keys.append((named(order.name), order.descending))
            continue
        score, value = f"{_SCORE} {index}", f"\0value {index}"
        scores = rankings[order.name].table.select(named(order.name).alias(value), named(_SCORE).alias(score))
        frame = frame.join(scores.lazy(), left_on=named(order.name), right_on=value, how="left", nulls_equal=True)
        if order.name in others:
            keys.append((named(order.name).eq_missing(pl.lit(others[order.name])), False))
        keys += [(named(score), order.descending), (named(order.name), False)]
    keys += [(named(group.name), False) for group in query.groups]
    return frame.sort([expr for expr, _ in keys], descending=[down for _, down in keys], nulls_last=True)
