"""Databases that go away, hang or cheat: told in words, never a half answer, and the next question works."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pymysql
import pytest
import sqlalchemy as sa

from tests.databases import Served, served
from vizapp.errors import DatabaseTimeout, DatabaseUnreachable, NotFound, QueryCancelled, SourceBusy
from vizapp.schemas.connection import ConnectionType, parse_config
from vizapp.schemas.table import TableName
from vizapp.sources import sql
from vizapp.sources.pools import DRIVERS, Databases
from vizapp.sources.sql import Database, Limits, SqlSource
from vizapp.sources.sql_types import Kind
from vizapp.sources.statement import read


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    with served(request.param) as made:
        made.run("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
        yield made


def opened(made: Served, seconds: float = 10, *, waiting: int = 10, **more: object) -> Database:
    config = parse_config(made.kind, made.config(made.reader, **more))
    limits = Limits(seconds=seconds, waiting=waiting)
    return Database(DRIVERS[ConnectionType(made.kind)], config, limits, name="Sales")


@pytest.fixture
def database(server: Served) -> Iterator[Database]:
    made = opened(server)
    yield made
    made.close()


def one(database: Database) -> list[tuple]:
    return SqlSource(database, "1", sql="SELECT a FROM t").ask(sa.text("SELECT a FROM t")).rows


def test_long_rows_are_fetched_few_at_a_time(server: Served) -> None:
    """A hundred rows of 40 kB against a limit of 100 kB: what is over it never comes."""
    config = parse_config(server.kind, server.config(server.reader))
    limited = Database(DRIVERS[ConnectionType(server.kind)], config, Limits(seconds=10, bytes=100_000))
    numbers = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(100))
    found = SqlSource(limited, "1", sql="SELECT 1").ask(
        sa.text(f"SELECT repeat('x', 40000) AS a FROM ({numbers}) AS s")
    )
    limited.close()
    assert found.truncated
    assert len(found.rows) <= 4


def hang_up_on(made: Served) -> None:
    if made.kind == "mysql":
        ids = made.run(f"SELECT id FROM information_schema.processlist WHERE user = '{made.reader}'")
        for (number,) in ids:
            with suppress(pymysql.OperationalError):  # gone meanwhile
                made.run(f"KILL {number}")
    else:
        made.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{made.reader}'")


def test_a_connection_that_died_in_the_pool_is_made_anew(server: Served) -> None:
    database = opened(server, poolSize=1, maxOverflow=0)
    table = SqlSource(database, "1", TableName(name="t"))
    assert table.kinds() == {"a": Kind.whole}
    hang_up_on(server)
    assert table.ask(sa.select(table.relation().c.a)).rows == [(1,)]
    database.close()


def test_a_server_that_hangs_up_while_it_answers_is_told(server: Served, database: Database) -> None:
    wait = "SELECT pg_sleep(5)" if server.kind == "postgresql" else "SELECT sleep(5), a FROM t"
    threading.Timer(0.5, hang_up_on, (server,)).start()
    started = time.monotonic()
    with pytest.raises(DatabaseUnreachable, match="lost"), database.transaction(foreign=True) as asked:
        asked.ask(read(wait, database.driver.reader).clause(), rows=1)
    assert time.monotonic() - started < 4
    assert one(database) == [(1,)]


def test_a_busy_pool_is_told_and_not_waited_for(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "BUSY_SECONDS", 0.2)
    database = opened(server, poolSize=1, maxOverflow=0)
    with database.transaction(), pytest.raises(SourceBusy, match="“Sales” is busy"), database.transaction():
        pass
    assert one(database) == [(1,)]
    database.close()


def test_more_than_may_wait_are_told_at_once(server: Served) -> None:
    database = opened(server, waiting=0, poolSize=1, maxOverflow=0)
    started = time.monotonic()
    with database.transaction(), pytest.raises(SourceBusy) as told, database.transaction():
        pass
    assert time.monotonic() - started < 1
    assert told.value.details == {"source": "Sales", "retry_after": 2}
    database.close()


def test_who_waits_for_a_turn_gets_it(server: Served) -> None:
    database = opened(server, poolSize=1, maxOverflow=0)
    found: list = []
    waiting = threading.Thread(target=lambda: found.append(one(database)))
    with database.transaction():
        waiting.start()
    waiting.join(10)
    assert found == [[(1,)]]
    database.close()


def test_a_question_whose_asker_has_left_is_ended_at_the_server(server: Served, database: Database) -> None:
    wait = "SELECT pg_sleep(30)" if server.kind == "postgresql" else "SELECT sleep(30), a FROM t"
    left = threading.Event()
    threading.Timer(0.3, left.set).start()
    started = time.monotonic()
    with pytest.raises(QueryCancelled), database.transaction(foreign=True, stop=left.is_set) as asked:
        asked.ask(read(wait, database.driver.reader).clause(), rows=1)
    assert time.monotonic() - started < 5
    assert one(database) == [(1,)]
    assert running(server) == 0


def running(made: Served) -> int:
    """How many questions of the reader the server works on."""
    if made.kind == "mysql":
        where = f"information_schema.processlist WHERE user = '{made.reader}' AND command = 'Query'"
        return made.run(f"SELECT count(*) FROM {where}")[0][0]
    return made.run(f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{made.reader}' AND state = 'active'")[0][0]


def test_a_server_that_keeps_no_time_is_hung_up_on(
    server: Served, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its own limit nor the cancellation does anything."""
    kind = type(database.driver)
    begin = kind.begin
    monkeypatch.setattr(kind, "begin", lambda self, raw, _seconds: begin(self, raw, 60))
    monkeypatch.setattr(kind, "cancel", lambda *_: None)
    hanging = opened(server, seconds=0.3)
    wait = "SELECT pg_sleep(30)" if server.kind == "postgresql" else "SELECT sleep(30), a FROM t"
    started = time.monotonic()
    with pytest.raises(DatabaseTimeout), hanging.transaction(foreign=True) as asked:
        asked.ask(read(wait, hanging.driver.reader).clause(), rows=1)
    assert time.monotonic() - started < 5
    hanging.close()
    hang_up_on(server)


def test_a_table_is_found_where_the_connection_looks_and_nowhere_else(server: Served, database: Database) -> None:
    schema = server.database if server.kind == "mysql" else "public"
    assert SqlSource(database, "1", TableName(name="t", schema_name=schema)).kinds() == {"a": Kind.whole}
    for missing in (TableName(name="t", schema_name="elsewhere"), TableName(name="T T"), TableName(name="user")):
        with pytest.raises(NotFound):
            SqlSource(database, "1", missing).kinds()


def test_another_revision_of_a_connection_has_a_pool_of_its_own(server: Served) -> None:
    pools = Databases()
    first = pools.get(1, "a", lambda: opened(server))
    assert pools.get(1, "a", lambda: opened(server)) is first
    second = pools.get(1, "b", lambda: opened(server))
    assert second is not first
    assert one(second) == [(1,)]
    pools.drop(1)
    assert pools.get(1, "b", lambda: opened(server)) is not second
    pools.close()


def _packet(number: int, body: bytes) -> bytes:
    return struct.pack("<I", len(body))[:3] + bytes([number]) + body


def test_a_mysql_server_that_asks_for_a_file_gets_none() -> None:
    """It greets, lets everybody in, and answers each query by asking for /etc/passwd."""
    greeting = b"\x0a8.0.0\0" + struct.pack("<I", 1) + b"12345678\0" + b"\xff\xf7\x21\x02\0\xff\x81\x15" + bytes(10)
    greeting += b"123456789012\0mysql_native_password\0"
    heard: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with client, suppress(ConnectionError):
            client.sendall(_packet(0, greeting))
            client.recv(65536)
            client.sendall(_packet(2, b"\0\0\0\2\0\0\0"))
            while data := client.recv(65536):
                heard.append(data)
                wanted = b"SELECT" in data
                client.sendall(_packet(1, b"\xfb/etc/passwd" if wanted else b"\0\0\0\2\0\0\0"))

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        config = parse_config("mysql", {"host": "127.0.0.1", "port": listener.getsockname()[1], "user": "u"})
        database = Database(DRIVERS[ConnectionType.mysql], config, Limits(seconds=2))
        with pytest.raises(DatabaseUnreachable), database.transaction() as asked:
            asked.ask(sa.text("SELECT 1"))
        database.close()
        thread.join(5)
    assert not any(b"root:" in data for data in heard)


def test_a_password_that_a_server_quotes_is_not_told() -> None:
    """It asks for the password in clear and repeats it in its refusal."""

    def refuse(client: socket.socket) -> None:
        if client.recv(4096)[4:8] == struct.pack("!I", 80877103):  # may we speak TLS?
            client.sendall(b"N")
            client.recv(4096)
        client.sendall(b"R" + struct.pack("!II", 8, 3))
        heard = client.recv(4096)[5:].rstrip(b"\0")
        told = b"SFATAL\0C28000\0Mno entry for " + heard + b"\0\0"
        client.sendall(b"E" + struct.pack("!I", len(told) + 4) + told)

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):  # until the listener is closed
            while True:
                client, _ = listener.accept()
                with client, suppress(ConnectionError):
                    refuse(client)

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        known = {"host": "127.0.0.1", "port": listener.getsockname()[1], "user": "u", "password": "S3CR3T-word"}
        database = Database(DRIVERS[ConnectionType.postgresql], parse_config("postgresql", known), Limits(seconds=2))
        with pytest.raises(DatabaseUnreachable) as caught, database.transaction() as asked:
            asked.ask(sa.text("SELECT 1"))
        database.close()
    assert "no entry for ***" in caught.value.message
