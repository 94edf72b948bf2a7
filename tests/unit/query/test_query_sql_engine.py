"""Databases give what polars gives: the same table as Parquet, in SQLite, PostgreSQL and MariaDB, any query.

`VIZAPP_EXAMPLES` asks more questions than the few hundred of a usual run.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, event, given, settings
from query_strategies import SCHEMA, TEXTS, grouped_queries, raw_queries
from query_strategies import rows as some_rows
from sqlalchemy.dialects import sqlite

from tests.databases import Served, served
from vizapp.errors import ColumnMissing
from vizapp.query import polars_engine, sql_engine
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate, Grain, Operator
from vizapp.schemas.connection import ConnectionType, parse_config
from vizapp.schemas.query import Condition, Group, Measure, Order, Query, Top
from vizapp.schemas.table import TableName
from vizapp.sources.pools import DRIVERS
from vizapp.sources.sql import Database, Limits, Rows, SqlSource
from vizapp.sources.sql_types import Field, Kind
from vizapp.sources.types import FileSource

EXAMPLES = int(os.environ.get("VIZAPP_EXAMPLES", "120"))
COLUMNS = {
    "text": ("TEXT", "TEXT", Kind.text),
    "word": ("VARCHAR(50)", "VARCHAR(50)", Kind.text),
    "whole": ("BIGINT", "BIGINT", Kind.whole),
    "real": ("DOUBLE PRECISION", "DOUBLE", Kind.real),
    "flag": ("BOOLEAN", "BOOLEAN", Kind.flag),
    "day": ("DATE", "DATE", Kind.day),
    "moment": ("TIMESTAMP", "DATETIME(6)", Kind.moment),
    "price": ("NUMERIC(12,3)", "DECIMAL(12,3)", Kind.decimal),
    "instant": ("TIMESTAMPTZ", "TIMESTAMP(6) NULL", Kind.instant),
}
NAMES = list(COLUMNS)
# Databases lower these as they please; docs/sql-differences.md says so.
FOLDED_OTHERWISE = {"İ", "Σ", "ß"}
Row = dict[str, Any]


@dataclass
class SqliteSource:
    """A table in memory that answers as a database would."""

    raw: sqlite3.Connection = field(default_factory=lambda: sqlite3.connect(":memory:"))
    reader: str = "sqlite"

    def __post_init__(self) -> None:
        self.raw.create_function("vz_lower", 1, lambda text: None if text is None else text.lower(), deterministic=True)
        self.raw.execute(f"CREATE TABLE t ({', '.join(f'{name} {kind[0]}' for name, kind in COLUMNS.items())})")

    def collation(self) -> str:
        return ""

    def kinds(self) -> dict[str, Kind]:
        return {name: kind for name, (_, _, kind) in COLUMNS.items()}

    def columns(self) -> dict[str, ColumnType]:
        return {name: kind.type for name, kind in self.kinds().items()}

    def version(self) -> str:
        return "1"

    def relation(self) -> sa.FromClause:
        return sa.table("t", *map(sa.column, COLUMNS))

    def ask(self, statement: Any, *, at_once: bool = False) -> Rows:
        dialect = sqlite.dialect(paramstyle="named")
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        cursor = self.raw.execute(str(compiled), compiled.params)
        found = cursor.fetchall()
        return Rows([Field(column[0], Kind.other) for column in cursor.description], found, truncated=False)

    def fill(self, data: Sequence[Row]) -> None:
        self.raw.execute("DELETE FROM t")
        marks = ", ".join("?" * len(COLUMNS))
        values = [[_sqlite(row[name]) for name in COLUMNS] for row in data]
        self.raw.executemany(f"INSERT INTO t VALUES ({marks})", values)


def _sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, date) else float(value) if isinstance(value, Decimal) else value


@dataclass
class Server:
    """A real table, filled anew for each example."""

    served: Served
    source: SqlSource
    raw: Any

    def fill(self, data: Sequence[Row]) -> None:
        with self.raw.cursor() as cursor:
            cursor.execute("DELETE FROM t")
            if data:
                marks = ", ".join(["%s"] * len(COLUMNS))
                cursor.executemany(f"INSERT INTO t VALUES ({marks})", [self._values(row) for row in data])
        self.raw.commit()

    def _values(self, row: Row) -> list[Any]:
        plain = self.served.kind == "mysql"
        return [None if plain and value != value else value for value in (row[name] for name in COLUMNS)]


def _server(kind: str) -> Iterator[Server]:
    import psycopg2
    import pymysql

    with served(kind) as made:
        quote = "`" if kind == "mysql" else '"'
        types = ", ".join(f"{quote}{name}{quote} {types[kind == 'mysql']}" for name, types in COLUMNS.items())
        if kind == "mysql":
            made.run(f"CREATE TABLE t ({types})")
            raw = pymysql.connect(host=made.host, user="root", database=made.database, charset="utf8mb4")
            raw.cursor().execute("SET time_zone='+00:00'")
        else:
            made.run(f"CREATE TABLE t ({types})")
            raw = psycopg2.connect(
                host=made.host, dbname=made.database, options="-csynchronous_commit=off -ctimezone=UTC"
            )
        config = parse_config(kind, made.config(made.reader))
        database = Database(DRIVERS[ConnectionType(kind)], config, Limits())
        yield Server(made, SqlSource(database, "1", TableName(name="t")), raw)
        database.close()
        raw.close()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    yield from _server("postgresql")


@pytest.fixture(scope="module")
def mariadb() -> Iterator[Server]:
    yield from _server("mysql")


@pytest.fixture(scope="module")
def in_memory() -> Iterator[SqliteSource]:
    made = SqliteSource()
    yield made
    made.raw.close()


@dataclass
class Everywhere:
    """The same rows in each place."""

    folder: Path
    sqlite: SqliteSource
    servers: tuple[Server, Server]

    def fill(self, data: Sequence[Row]) -> FileSource:
        path = self.folder / "t.parquet"
        pl.DataFrame(data, schema=SCHEMA).write_parquet(path)
        self.sqlite.fill(data)
        for server in self.servers:
            server.fill(data)
        return FileSource(path, "t")

    def sources(self) -> dict[str, Any]:
        return {"SQLite": self.sqlite, **{server.served.kind: server.source for server in self.servers}}


@pytest.fixture(scope="module")
def everywhere(
    tmp_path_factory: pytest.TempPathFactory, in_memory: SqliteSource, postgres: Server, mariadb: Server
) -> Everywhere:
    return Everywhere(tmp_path_factory.mktemp("parquet"), in_memory, (postgres, mariadb))


def _folds_alike(query: Query) -> bool:
    return not any(c.operator is Operator.contains for c in query.conditions)


many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)


@many
@given(data=some_rows, query=grouped_queries())
def test_groups_and_measures_are_the_same_everywhere(everywhere: Everywhere, data: list[Row], query: Query) -> None:
    _same_everywhere(everywhere, data, query)


@many
@given(data=some_rows, query=raw_queries())
def test_rows_are_the_same_everywhere(everywhere: Everywhere, data: list[Row], query: Query) -> None:
    _same_everywhere(everywhere, data, query)


def _same_everywhere(everywhere: Everywhere, data: list[Row], query: Query) -> None:
    if not _folds_alike(query):
        data = [row for row in data if not FOLDED_OTHERWISE & {row["text"], row["word"]}]
    if any(c.operator is Operator.contains and FOLDED_OTHERWISE & set(str(c.value)) for c in query.conditions):
        event("another way to lower case")
        return
    parquet = everywhere.fill(data)
    wanted = polars_engine.fetch(parquet, query)
    loose = not query.is_aggregate and not query.order
    if loose:
        wanted = polars_engine.fetch(parquet, Query(columns=query.columns, conditions=query.conditions))
    for name, source in everywhere.sources().items():
        found = sql_engine.fetch(source, query)
        if loose:
            # Without an order, which rows a limit keeps is the database's to say.
            assert found.frame.height == min(wanted.frame.height, query.limit or 99), name
            assert set(found.frame.rows()) <= set(wanted.frame.rows()), name
            assert found.frame.schema == wanted.frame.schema, name
            continue
        _assert_same(found.frame, wanted.frame)
        assert dict(found.distinct) == dict(wanted.distinct), name
        if query.is_aggregate:
            assert found.matched == wanted.matched, name


def _assert_same(found: pl.DataFrame, wanted: pl.DataFrame) -> None:
    assert found.schema == wanted.schema
    assert found.rows() == wanted.rows()


def _full(**values: Any) -> Row:
    return dict.fromkeys(NAMES) | values


def test_an_empty_table_gives_the_types_of_a_full_one(everywhere: Everywhere) -> None:
    query = Query(
        groups=(Group("text", "x"), Group("instant", "series", Grain.month)),
        measures=tuple(
            Measure(function, f"{function}", column)
            for function, column in (
                (Aggregate.sum, "whole"), (Aggregate.avg, "price"), (Aggregate.median, "real"),
                (Aggregate.count, None), (Aggregate.count_distinct, "text"), (Aggregate.max, "instant"),
                (Aggregate.min, "day"),
            )
        ),
    )  # fmt: skip
    wanted = polars_engine.fetch(everywhere.fill([]), query).frame
    for source in everywhere.sources().values():
        _assert_same(sql_engine.fetch(source, query).frame, wanted)


def test_decimals_add_up_exactly_and_whole_numbers_beyond_64_bits_are_floats(everywhere: Everywhere) -> None:
    data = [_full(price=Decimal("0.1"), whole=2**62)] * 3
    query = Query(
        measures=(
            Measure(Aggregate.sum, "p", "price"),
            Measure(Aggregate.avg, "a", "price"),
            Measure(Aggregate.sum, "w", "whole"),
        )
    )
    wanted = polars_engine.fetch(everywhere.fill(data), query).frame
    assert wanted.row(0)[:2] == (0.3, 0.3 / 3)
    for server in everywhere.servers:
        _assert_same(sql_engine.fetch(server.source, query).frame, wanted)


@pytest.mark.parametrize("text", [text for text in TEXTS if text not in FOLDED_OTHERWISE])
@pytest.mark.parametrize("operator", [Operator.contains, Operator.eq, Operator.ne, Operator.gt, Operator.le])
def test_every_text_compares_alike(everywhere: Everywhere, text: str, operator: Operator) -> None:
    texts = [t for t in [*TEXTS, "a ", "A%", "a_b", "\\", "'", "Ä b", "Z"] if t not in FOLDED_OTHERWISE]
    parquet = everywhere.fill([_full(text=t, word=t[::-1]) for t in texts])
    query = Query(columns=("text",), conditions=(Condition("text", operator, text),), order=(Order("text"),))
    wanted = polars_engine.fetch(parquet, query).frame
    for source in everywhere.sources().values():
        _assert_same(sql_engine.fetch(source, query).frame, wanted)


def test_a_folded_rest_that_bears_the_name_of_a_value_is_one_with_it(everywhere: Everywhere) -> None:
    data = [_full(text=t, whole=n) for t, n in [("Other", 50), ("a", 9), ("b", 8), ("c", 1), (None, 3)]]
    query = Query(
        groups=(Group("text", "x"),),
        measures=(Measure(Aggregate.median, "y", "whole"),),
        tops=(Top("x", 2, "y", "Other"),),
        order=(Order("x", descending=True, by="y"),),
    )
    wanted = polars_engine.fetch(everywhere.fill(data), query)
    for source in everywhere.sources().values():
        found = sql_engine.fetch(source, query)
        _assert_same(found.frame, wanted.frame)
        assert dict(found.distinct) == {"x": 5}


def test_a_value_is_a_value_whatever_it_says(postgres: Server, mariadb: Server) -> None:
    nasty = ["' or 1=1 --", "%s %(x)s %%", ":name", '"; drop table t; --', "\\'; --"]
    for server in (postgres, mariadb):
        server.fill([_full(text=text) for text in nasty])
        for text in nasty:
            query = Query(columns=("text",), conditions=(Condition("text", Operator.eq, text),))
            assert sql_engine.fetch(server.source, query).frame.rows() == [(text,)]


def test_a_column_that_is_not_there_is_not_asked_for(postgres: Server) -> None:
    with pytest.raises(ColumnMissing):
        sql_engine.fetch(postgres.source, Query(columns=('"; drop table t; --',)))


def test_only_the_rows_of_the_answer_travel(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.fill([_full(word=f"w{n % 7}", whole=n) for n in range(500)])
    asked: list[int] = []
    real = SqlSource.ask
    monkeypatch.setattr(SqlSource, "ask", lambda self, statement, **how: _counted(asked, real(self, statement, **how)))
    query = Query(
        groups=(Group("word", "x"),),
        measures=(Measure(Aggregate.sum, "y", "whole"),),
        tops=(Top("x", 3, "y", "Other"),),
        order=(Order("x", descending=True, by="y"),),
    )
    assert sql_engine.fetch(postgres.source, query).frame.height == 4
    assert asked == [4]


def _counted(asked: list[int], rows: Rows) -> Rows:
    asked.append(len(rows.rows))
    return rows
