"""The database keeps a person's SQL from writing, from waiting and from staying: the parser is out of the way here.

The account could write. What only a superuser could do is tried as one, where the server's answer is the guarantee.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.databases import Served, served
from vizapp.errors import AppError, DatabaseTimeout, InvalidQuery
from vizapp.schemas.connection import ConnectionType, parse_config
from vizapp.sources.pools import DRIVERS
from vizapp.sources.sql import Database, Limits, Rows, SqlSource
from vizapp.sources.statement import Statement, read

SECONDS = 1.0


@pytest.fixture(scope="module")
def postgres() -> Iterator[Served]:
    with served("postgresql") as made:
        made.run(
            "CREATE TABLE t (a int)",
            "INSERT INTO t VALUES (1)",
            "CREATE SEQUENCE s",
            "CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (7) RETURNING a'",
            "CREATE PROCEDURE leaves() LANGUAGE plpgsql AS 'BEGIN COMMIT; INSERT INTO t VALUES (8); END'",
            f"GRANT ALL ON t, s TO {made.writer}",
        )
        yield made


@pytest.fixture(scope="module")
def mariadb() -> Iterator[Served]:
    with served("mysql") as made:
        made.run(
            "CREATE TABLE t (a int)",
            "INSERT INTO t VALUES (1)",
            "CREATE FUNCTION writes() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO t VALUES (7); RETURN 1; END",
            "CREATE PROCEDURE leaves() BEGIN COMMIT; INSERT INTO t VALUES (8); END",
        )
        yield made


Ask = Callable[..., Rows]


def _asks(made: Served, user: str | None = None, **more: Any) -> Iterator[Database]:
    config = parse_config(made.kind, made.config(user, **more))
    database = Database(DRIVERS[ConnectionType(made.kind)], config, Limits(seconds=SECONDS))
    yield database
    database.close()


@pytest.fixture(scope="module")
def postgres_database(postgres: Served) -> Iterator[Database]:
    yield from _asks(postgres)


@pytest.fixture(scope="module")
def mariadb_database(mariadb: Served) -> Iterator[Database]:
    yield from _asks(mariadb)


def both_ways(database: Database, sql: str, **params: object) -> list[Rows | AppError]:
    """Asked as it is and as the subquery of a chart, each its rows or its error."""
    reader = database.driver.reader
    # As if the lexer knew nothing: the text goes to the server whole.
    whole = Statement((sql,), {}) if not params else read(sql, reader, params)
    chart = sa.select(sa.literal_column("*")).select_from(whole.clause().columns().subquery("q"))
    found: list[Rows | AppError] = []
    for statement in (whole.clause(), chart):
        try:
            with database.transaction(foreign=True) as opened:
                found.append(opened.ask(statement, rows=10))
        except AppError as exc:
            found.append(exc)
    return found


def refused(database: Database, sql: str) -> None:
    found = both_ways(database, sql)
    assert all(isinstance(one, AppError) for one in found), (sql, found)


POSTGRES_WRITES = [
    "INSERT INTO t VALUES (2)",
    "UPDATE t SET a = 2",
    "DELETE FROM t",
    "TRUNCATE t",
    "DROP TABLE t",
    "CREATE TABLE u (a int)",
    "ALTER TABLE t ADD b int",
    "GRANT ALL ON t TO public",
    "SELECT 1; DROP TABLE t",
    "SELECT 1; COMMIT; DROP TABLE t",
    "SELECT 1; COMMIT; BEGIN; DROP TABLE t; SELECT 1",
    "SELECT 1) AS q; COMMIT; DELETE FROM t; SELECT * FROM (SELECT 1",
    "COMMIT; DELETE FROM t",
    "ROLLBACK; INSERT INTO t VALUES (3)",
    "COMMIT AND CHAIN; INSERT INTO t VALUES (3)",
    "END; INSERT INTO t VALUES (3)",
    "SELECT ';'; DELETE FROM t",
    "SELECT $$;$$; DELETE FROM t",
    "SELECT '\\'; DELETE FROM t; --'",
    "SELECT E'\\'; DELETE FROM t; --'; DELETE FROM t",
    "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
    "WITH x AS (INSERT INTO t VALUES (5) RETURNING *) SELECT * FROM x",
    "SELECT * INTO u FROM t",
    "SELECT * FROM t FOR UPDATE",
    "COPY t TO '/tmp/vizapp_copied'",
    "COPY t TO PROGRAM 'touch /tmp/vizapp_program'",
    "COPY t FROM PROGRAM 'echo 9'",
    "COPY (SELECT 1) TO STDOUT",
    "DO $$ BEGIN INSERT INTO t VALUES (6); END $$",
    "CALL leaves()",
    "SELECT writes()",
    "SELECT nextval('s')",
    "SELECT setval('s', 100)",
    "SET TRANSACTION READ WRITE",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    "SET default_transaction_read_only = off",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "EXPLAIN ANALYZE DELETE FROM t",
    "PREPARE p AS DELETE FROM t",
    "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    "LISTEN x",
    "NOTIFY x",
    "VACUUM t",
    "LOCK TABLE t",
    "",
    "-- nothing",
]


@pytest.mark.parametrize("sql", POSTGRES_WRITES)
def test_postgresql_refuses_what_is_no_single_reading_query(
    postgres: Served, postgres_database: Database, sql: str
) -> None:
    refused(postgres_database, sql)
    _untouched(postgres)


MARIADB_WRITES = [
    "INSERT INTO t VALUES (2)",
    "UPDATE t SET a = 2",
    "DELETE FROM t",
    "REPLACE INTO t VALUES (2)",
    "TRUNCATE t",
    "DROP TABLE t",
    "CREATE TABLE u (a int)",
    "CREATE TEMPORARY TABLE u (a int)",
    "SELECT 1; DROP TABLE t",
    "SELECT 1; COMMIT; DROP TABLE t",
    "SELECT 1) AS q; COMMIT; DELETE FROM t; SELECT * FROM (SELECT 1",
    "COMMIT",
    "START TRANSACTION",
    "SELECT 1 INTO OUTFILE '/tmp/vizapp_out'",
    "SELECT 1 /* */ INTO/**/OUTFILE '/tmp/vizapp_out'",
    "SELECT 1 /*!50000 INTO OUTFILE '/tmp/vizapp_out' */",
    "SELECT 1 INTO DUMPFILE '/tmp/vizapp_out'",
    "SELECT 1) AS q INTO OUTFILE '/tmp/vizapp_out' -- ",
    "SELECT LOAD_FILE('/etc/passwd')",
    "SELECT load_file(0x2f6574632f706173737764)",
    "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE t",
    "SELECT * FROM t FOR UPDATE",
    "SELECT writes()",
    "CALL leaves()",
    "SET autocommit = 1",
    "SET SESSION TRANSACTION READ WRITE",
    "SET STATEMENT max_statement_time = 0 FOR SELECT sleep(5)",
    "/*!50000 DROP TABLE t */",
    "/*! DELETE FROM t */",
    "DO sleep(5)",
    "HANDLER t OPEN",
    "LOCK TABLES t WRITE",
    "PREPARE p FROM 'DELETE FROM t'",
    "EXECUTE IMMEDIATE 'DELETE FROM t'",
    "BEGIN NOT ATOMIC COMMIT; DELETE FROM t; END",
    "EXPLAIN DELETE FROM t",
    "KILL 1",
    "FLUSH TABLES",
    "",
    "-- nothing",
]


@pytest.mark.parametrize("sql", MARIADB_WRITES)
def test_mariadb_refuses_what_is_no_single_reading_query(mariadb: Served, mariadb_database: Database, sql: str) -> None:
    refused(mariadb_database, sql)
    _untouched(mariadb)


def _untouched(made: Served) -> None:
    assert [tuple(row) for row in made.run("SELECT a FROM t")] == [(1,)]
    assert not list(Path("/tmp").glob("vizapp_*[a-z]"))
    schemas = f"'public', '{made.database}'"
    tables = made.run(f"SELECT table_name FROM information_schema.tables WHERE table_schema IN ({schemas})")
    assert [row[0] for row in tables] == ["t"]


@pytest.mark.parametrize("database", ["postgres_database", "mariadb_database"])
@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT 'x;drop table t' AS a", "x;drop table t"),
        ("SELECT '--' AS a -- ; drop table t", "--"),
        ("SELECT ':name' AS a", ":name"),
        ("SELECT '12:30' AS a", "12:30"),
        ("SELECT '100%' AS a", "100%"),
        ("SELECT '%s %(x)s' AS a", "%s %(x)s"),
        ("WITH x AS (SELECT 'ä' AS a) SELECT a FROM x", "ä"),
        ("(SELECT 'y' AS a)", "y"),
        ("SELECT 'a\nb' AS a", "a\nb"),
    ],
)
def test_what_only_looks_dangerous_is_answered(
    request: pytest.FixtureRequest, database: str, sql: str, wanted: str
) -> None:
    for found in both_ways(request.getfixturevalue(database), sql):
        assert isinstance(found, Rows), found
        assert found.rows == [(wanted,)]


@pytest.mark.parametrize("database", ["postgres_database", "mariadb_database"])
@pytest.mark.parametrize(
    "value",
    ["' OR 1=1 --", "'; COMMIT; DELETE FROM t; --", "\\'; DELETE FROM t; --", ":a", "%s", "; ;", "$$;$$", 5, None],
)
def test_parameters_are_values_and_never_sql(request: pytest.FixtureRequest, database: str, value: object) -> None:
    for found in both_ways(request.getfixturevalue(database), "SELECT :a AS a, ':a' AS b -- :a", a=value):
        assert isinstance(found, Rows), found
        assert found.rows == [(value, ":a")]


def test_a_parameter_that_the_lexer_misplaces_gets_nobody_out(
    postgres: Served, mariadb: Served, postgres_database: Database, mariadb_database: Database
) -> None:
    escape = "x'; COMMIT; DELETE FROM t; SELECT 'x"
    for database, made in ((postgres_database, postgres), (mariadb_database, mariadb)):
        placed = Statement(("SELECT '", "a", "'"), {"a": escape})
        with pytest.raises(AppError), database.transaction(foreign=True) as opened:
            opened.ask(placed.clause(), rows=1)
        _untouched(made)


@pytest.mark.parametrize(
    ("database", "sql"),
    [
        ("postgres_database", "SELECT pg_sleep(20)"),
        ("postgres_database", "SELECT pg_sleep(0.3) FROM generate_series(1, 100)"),
        ("postgres_database", "SELECT set_config('statement_timeout', '0', false), g, CASE WHEN g > 150 THEN"
         " pg_sleep(20) END FROM generate_series(1, 1000) AS g"),
        ("postgres_database", "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b"),
        ("mariadb_database", "SELECT sleep(20)"),
        ("mariadb_database", "SELECT benchmark(10000000000, md5('x'))"),
        ("mariadb_database", "SELECT count(*) FROM information_schema.columns a, information_schema.columns b,"
         " information_schema.columns c WHERE concat(a.column_name, b.column_name) < c.column_name"),
    ],
)  # fmt: skip
def test_a_query_past_its_time_is_ended_at_the_server(request: pytest.FixtureRequest, database: str, sql: str) -> None:
    asked: Database = request.getfixturevalue(database)
    started = time.monotonic()
    with pytest.raises(DatabaseTimeout, match="1 second"), asked.transaction(foreign=True) as opened:
        opened.ask(read(sql, asked.driver.reader).clause(), rows=10_000)
    assert time.monotonic() - started < SECONDS + 3
    made: Served = request.getfixturevalue(database.removesuffix("_database"))
    deadline = time.monotonic() + 3
    while _running(made) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _running(made) == 0


def _running(made: Served) -> int:
    if made.kind == "mysql":
        query = "SELECT count(*) FROM information_schema.processlist WHERE user = %r AND command = 'Query'"
    else:
        query = "SELECT count(*) FROM pg_stat_activity WHERE usename = %r AND state = 'active'"
    return int(made.run(query % made.writer)[0][0])


def test_locks_and_settings_do_not_outlive_a_query(
    postgres: Served, postgres_database: Database, mariadb: Served, mariadb_database: Database
) -> None:
    both_ways(postgres_database, "SELECT pg_advisory_lock(42), set_config('search_path', 'evil', false)")
    assert postgres.run("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]
    for found in both_ways(postgres_database, "SELECT current_setting('search_path') AS a"):
        assert isinstance(found, Rows)
        assert "evil" not in found.rows[0][0]
    both_ways(mariadb_database, "SELECT get_lock('vizapp_test', 0) AS a, @secret := 'x' AS b")
    deadline = time.monotonic() + 3
    while mariadb.run("SELECT is_used_lock('vizapp_test')") != [(None,)] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert mariadb.run("SELECT is_used_lock('vizapp_test')") == [(None,)]
    for found in both_ways(mariadb_database, "SELECT @secret AS a"):
        assert isinstance(found, Rows)
        assert found.rows == [(None,)]


def test_a_large_object_that_a_superuser_makes_is_undone(postgres: Served) -> None:
    user = postgres.run("SELECT current_user")[0][0]
    for database in _asks(postgres, user, password=""):
        both_ways(database, "SELECT lo_from_bytea(0, 'x') AS a")
        both_ways(database, "SELECT lo_import('/etc/hostname') AS a")
    assert postgres.run("SELECT count(*) FROM pg_largeobject_metadata") == [(0,)]


def test_rows_beyond_a_cap_are_not_fetched(postgres_database: Database, mariadb_database: Database) -> None:
    queries = {
        postgres_database: "SELECT generate_series(1, 10000000) AS a",
        mariadb_database: "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r WHERE a < 900)"
        " SELECT x.a FROM r AS x, r AS y",
    }
    for database, sql in queries.items():
        with database.transaction(foreign=True) as opened:
            found = opened.ask(read(sql, database.driver.reader).clause(), rows=50)
        assert (len(found.rows), found.truncated) == (50, True)
        with database.transaction(foreign=True) as opened:
            assert not opened.ask(read("SELECT 1 AS a", database.driver.reader).clause(), rows=1).truncated


def test_bytes_beyond_a_cap_are_not_fetched(postgres: Served) -> None:
    config = parse_config("postgresql", postgres.config())
    database = Database(DRIVERS[ConnectionType.postgresql], config, Limits(seconds=5, bytes=100_000))
    source = SqlSource(database, "1", sql="SELECT repeat('x', 1000) AS a FROM generate_series(1, 100000)")
    try:
        found = source.ask(sa.select(source.relation().c.a))
    finally:
        database.close()
    assert found.truncated
    assert len(found.rows) < 5000


def test_a_mistake_is_told_with_its_line(postgres_database: Database, mariadb_database: Database) -> None:
    for database in (postgres_database, mariadb_database):
        with pytest.raises(InvalidQuery) as caught, database.transaction(foreign=True) as opened:
            opened.ask(read("SELECT 1,\n  2 AS b\nFRM t", database.driver.reader).clause(), rows=1)
        assert caught.value.details["line"] == 3
