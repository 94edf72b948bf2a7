"""Questions people ask a connection directly: what tables there are, what is in one, and SQL of their own."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import polars as pl

from vizapp.access import Actor
from vizapp.errors import InvalidQuery
from vizapp.query import guard, sql_engine
from vizapp.query.fetched import Fetched
from vizapp.query.flights import Wanted
from vizapp.query.results import Key, Terms
from vizapp.schemas.connection import ColumnRecord, QueryBody, RelationRecord, TableRecord
from vizapp.schemas.query import Query
from vizapp.schemas.records import Page
from vizapp.schemas.table import TableName
from vizapp.services import connections, stops
from vizapp.services.formats import AnswerData
from vizapp.services.origins import remembered_for
from vizapp.services.runtime import runtime
from vizapp.services.settings import max_query_results
from vizapp.sources import catalog
from vizapp.sources.sql import Database, SqlSource, find_table
from vizapp.sources.sql_types import Field, series
from vizapp.sources.statement import Statement, lines_before, read, spelled

PREVIEW_ROWS = 100
_FREE = "column"


def tables(
    actor: Actor, connection_id: int, *, search: str = "", sort: str = "", offset: int = 0, limit: int = 50
) -> Page[TableRecord]:
    """The tables and views that the connection's account may read, by schema and name unless asked otherwise.

    Raises NotFound, PermissionDenied, DatabaseUnreachable.
    """
    database = connections.database_of(connections.usable(actor, connection_id))
    with database.transaction() as opened:
        listed = catalog.tables(opened, database.driver.reader)
    found = [TableRecord.model_validate(table) for table in listed if search.lower() in table.name.lower()]
    if sort:
        column, last_first = sort.removeprefix("-"), sort.startswith("-")
        known = [table for table in found if getattr(table, column) is not None]
        known.sort(key=lambda table: getattr(table, column), reverse=last_first)
        found = known + [table for table in found if getattr(table, column) is None]
    return Page(items=found[offset : offset + limit], total=len(found), offset=offset, limit=limit)


def columns(actor: Actor, connection_id: int, table: TableName) -> Page[ColumnRecord]:
    """The columns of a table, in its order. Raises NotFound."""
    source = _source(actor, connection_id, table)
    database, found = source.database, find_table(source.database, table)
    with database.transaction() as opened:
        described = {column.name: column for column in catalog.columns(opened, database.driver.reader, found)}
    items = [
        ColumnRecord(name=name, type=kind.type, **_described(described.get(name)))
        for name, kind in source.kinds().items()
    ]
    return Page(items=items, total=len(items), offset=0, limit=len(items))


def relations(actor: Actor, connection_id: int, table: TableName) -> Page[RelationRecord]:
    """The foreign keys that lead from a table, and to it. Raises NotFound."""
    database = connections.database_of(connections.usable(actor, connection_id))
    found = find_table(database, table)
    with database.transaction() as opened:
        keys = catalog.relations(opened, database.driver.reader, found)
    items = [RelationRecord.model_validate(key) for key in keys]
    return Page(items=items, total=len(items), offset=0, limit=len(items))


def _described(column: catalog.Column | None) -> dict[str, object]:
    if column is None:
        return {"database_type": ""}
    return {"database_type": column.database_type, "nullable": column.nullable, "comment": column.comment}


def preview(actor: Actor, connection_id: int, table: TableName, *, rows: int = PREVIEW_ROWS) -> AnswerData:
    """Some rows of a table. Raises NotFound."""
    source, started = _source(actor, connection_id, table), time.perf_counter()
    query = Query(columns=tuple(source.kinds()), limit=rows + 1)
    key = Key.of(source.version(), query, "")

    def run(unwanted: Wanted) -> Fetched:
        return sql_engine.fetch(replace(source, stop=unwanted), query)

    found = runtime().results.get(key, run, _terms(actor, source.database))
    frame = found.fetched.frame
    return AnswerData(
        frame=frame.head(rows),
        title=table.name,
        truncated=frame.height > rows,
        cached=found.cached,
        elapsed_ms=_since(started),
        as_of=found.as_of,
        key=key.digest,
    )


def _source(actor: Actor, connection_id: int, table: TableName) -> SqlSource:
    row = connections.usable(actor, connection_id)
    return SqlSource(connections.database_of(row), f"{row.id}:{row.revision}", table)


def ask(actor: Actor, sent: QueryBody) -> AnswerData:
    """What one read-only statement gives, in its own order, at most `limit` rows.

    Raises NotFound, InvalidQuery (with the line, where the database says it), DatabaseTimeout, DatabaseUnreachable, and
    QueryCancelled when the actor stops `sent.run`.
    """
    started = time.perf_counter()
    row = connections.usable(actor, sent.connection_id)
    database = connections.database_of(row)
    guard.check(sent.query, database.driver.reader)
    statement = read(sent.query, database.driver.reader, sent.params)
    limit = min(sent.limit or max_query_results(), max_query_results())
    scope = json.dumps([sent.params, limit], sort_keys=True)
    key = Key.of(SqlSource(database, f"{row.id}:{row.revision}", sql=sent.query).version(), Query(), scope)

    def run(unwanted: Wanted) -> Fetched:
        return _run(database, statement, limit, unwanted)

    with stops.watched(actor, sent.run) as stop, _at_its_line(sent.query, database.driver.reader):

        def wanted() -> bool:
            return actor.waits() and not stop()

        found = runtime().results.get(key, run, replace(_terms(actor, database), anew=sent.refresh, wanted=wanted))
    return AnswerData(
        frame=found.fetched.frame,
        title="query",
        # A query that was cut does not know how many rows there were.
        truncated=found.fetched.matched is None,
        cached=found.cached,
        elapsed_ms=_since(started),
        as_of=found.as_of,
        key=key.digest,
    )


def with_values(actor: Actor, sent: QueryBody) -> str:
    """The query for a chart, which has no parameters: with the values written where they were bound.

    Raises NotFound and InvalidQuery.
    """
    if not sent.params:
        return sent.query
    reader = connections.database_of(connections.usable(actor, sent.connection_id)).driver.reader
    return spelled(read(sent.query, reader, sent.params), reader)


@contextmanager
def _at_its_line(sql: str, reader: str) -> Iterator[None]:
    """A mistake's line as it is counted in all of `sql`."""
    try:
        yield
    except InvalidQuery as exc:
        line = exc.details.get("line")
        if isinstance(line, int):
            raise InvalidQuery(exc.message, details={**exc.details, "line": line + lines_before(sql, reader)}) from exc
        raise


def _run(database: Database, statement: Statement, limit: int, unwanted: Wanted) -> Fetched:
    with database.transaction(foreign=True, stop=unwanted) as opened:
        found = opened.ask(statement.clause(), rows=limit)
    values = list(zip(*found.rows, strict=True)) if found.rows else [()] * len(found.fields)
    made = [
        series(name, field.kind, column, exact=True)
        for name, field, column in zip(_names(found.fields), found.fields, values, strict=True)
    ]
    frame = pl.DataFrame(made)
    return Fetched(frame, matched=None if found.truncated else frame.height)


def _names(fields: Sequence[Field]) -> list[str]:
    """Names of their own for columns that share one or have none."""
    names: list[str] = []
    for number, field in enumerate(fields, start=1):
        base = field.name or f"{_FREE}_{number}"
        name, count = base, 1
        while name in names:
            count += 1
            name = f"{base}_{count}"
        names.append(name)
    return names


def _terms(actor: Actor, database: Database) -> Terms:
    """Who asks by hand sees what is not older than they were told, never what is renewed behind."""
    return Terms(max_age=remembered_for(database), wanted=actor.waits)


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
