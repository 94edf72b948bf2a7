"""Ask a source what a chart shows, once per question. The one way from a config to an answer.

Called by services/ for pages, public pages, REST and exports alike.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from vizapp.query import polars_engine, remote_engine, sql_engine
from vizapp.query.fetched import Fetched
from vizapp.query.flights import Wanted
from vizapp.query.grain import choose_grain, fitting
from vizapp.query.plan import DEFAULT_CAPS, SERIES, Caps, X, Y, plan, time_column
from vizapp.query.results import ANY, Found, Key, Results, Terms
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate, ChartConfig, Filter, Grain
from vizapp.schemas.query import Facts, Measure, Query, Shape
from vizapp.sources.cloud.parquet import RemoteParquet
from vizapp.sources.sql import SqlSource
from vizapp.sources.types import ScanSource, named, type_of

Answering = ScanSource | SqlSource | RemoteParquet


@dataclass(frozen=True, slots=True)
class Answer:
    """What a chart draws. `frame` has the columns of its Shape and at most `limit` rows.

    `row_count` is the height of the frame; `truncated` tells that the limit cut it; `cached` that it
    was remembered; `elapsed_ms` is what it took now, planning included; `as_of` (UTC) is when the
    data was read; `key` names this answer to this question on this data, fit for an ETag.
    """

    frame: pl.DataFrame
    query: Query
    facts: Facts
    row_count: int
    truncated: bool
    cached: bool
    elapsed_ms: float
    as_of: datetime
    key: str


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where the questions of one answer are asked."""

    source: Answering
    version: str
    results: Results
    scope: str
    terms: Terms

    def ask(self, query: Query) -> tuple[Key, Found]:
        key = Key.of(self.version, query, self.scope)
        return key, self.results.get(key, lambda unwanted: fetch(self.source, query, unwanted), self.terms)

    def value(self, query: Query) -> tuple[object, ...]:
        """The only row of an answer."""
        return self.ask(query)[1].fetched.frame.row(0)


def fetch(source: Answering, query: Query, unwanted: Wanted | None = None) -> Fetched:
    """Answer `query` where the data lives; a database stops when the answer is `unwanted`.

    Raises ColumnMissing, DatasetDamaged, QueryCancelled and what the other engines raise.
    """
    if isinstance(source, SqlSource):
        return sql_engine.fetch(replace(source, stop=unwanted), query)
    if isinstance(source, RemoteParquet):
        return remote_engine.fetch(source, query)
    return polars_engine.fetch(source, query)


def answer(
    source: Answering,
    config: ChartConfig,
    shape: Shape,
    *,
    extra: Sequence[Filter] = (),
    limit: int = 10_000,
    results: Results,
    scope: str = "",
    caps: Caps = DEFAULT_CAPS,
    terms: Terms = ANY,
) -> Answer:
    """The data of one chart under the filters of its dashboard (`extra`), at most `limit` rows.

    `scope` names the viewer's slice of the data when viewers differ in what they may see; `terms` tell what
    may be given from memory.
    Raises ColumnMissing, InvalidChartConfig, InvalidQuery (about `extra`), DatasetDamaged, and for databases
    DatabaseUnreachable, DatabaseTimeout, SourceBusy, QueryCancelled, QueryFailed and InvalidQuery (about a person's
    SQL).
    """
    started = time.perf_counter()
    columns = source.columns()
    desk = _Desk(source, source.version(), results, scope, terms)
    query = plan(config, shape, columns, extra=extra, limit=limit, caps=caps)
    timed = time_column(config, shape, columns)
    if timed is not None:
        grain = _resolve(desk, query, timed, columns[timed])
        query = plan(config, shape, columns, extra=extra, grain=grain, limit=limit, caps=caps)
    key, found = desk.ask(query)
    rows = query.limit - 1 if query.limit is not None else found.fetched.frame.height
    truncated = found.fetched.frame.height > rows
    frame = _shaped(found.fetched.frame.head(rows), config, shape)
    return Answer(
        frame=frame,
        query=query,
        facts=_facts(desk, query, found.fetched, frame, shape=shape, truncated=truncated),
        row_count=frame.height,
        truncated=truncated,
        cached=found.cached,
        elapsed_ms=(time.perf_counter() - started) * 1000,
        as_of=found.as_of,
        key=key.digest,
    )


def _resolve(desk: _Desk, query: Query, column: str, kind: ColumnType) -> Grain | None:
    """The step that suits the span of `column` among the rows of `query`."""
    ends = (Measure(Aggregate.min, "lo", column), Measure(Aggregate.max, "hi", column))
    try:
        lo, hi = desk.value(Query(conditions=query.conditions, measures=ends))
    except (ValueError, OverflowError):  # polars holds years beyond 9999, Python does not
        return Grain.year
    if not (isinstance(lo, date) and isinstance(hi, date)):
        return None
    return fitting(choose_grain(lo, hi), kind)


def _shaped(frame: pl.DataFrame, config: ChartConfig, shape: Shape) -> pl.DataFrame:
    """Points are asked by the names of their columns, which may be one and the same."""
    if shape is not Shape.points:
        return frame
    mapping = config.data_mapping
    parts = {X: mapping.x_axis, Y: mapping.y_axis, SERIES: mapping.series}
    return frame.select(named(column).alias(part) for part, column in parts.items() if column is not None)


def _facts(desk: _Desk, query: Query, fetched: Fetched, frame: pl.DataFrame, *, shape: Shape, truncated: bool) -> Facts:
    caps = {top.group: top.n for top in query.tops}
    beyond = {name: count for name, count in fetched.distinct.items() if count > caps[name]}
    matched = fetched.matched
    if matched is None and truncated:
        count = Query(conditions=query.conditions, measures=(Measure(Aggregate.count, Y),))
        matched = int(str(desk.value(count)[0]))
    return Facts(
        types=tuple((name, type_of(dtype)) for name, dtype in frame.schema.items()),
        grain=next((group.grain for group in query.groups if group.grain is not None), None),
        x_total=beyond.get(X),
        series_total=beyond.get(SERIES),
        matched=matched,
        truncated=truncated,
        total=_total(desk, query) if shape is Shape.single else None,
    )


def _total(desk: _Desk, query: Query) -> float | None:
    """The measure over all rows, those without a time included; None for dates."""
    conditions = query.conditions[:-1] if query.groups else query.conditions
    value = desk.value(replace(query, conditions=conditions, groups=(), order=(), limit=None))[0]
    return float(value) if isinstance(value, int | float) else None
