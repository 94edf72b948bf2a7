"""Two servers on one PostgreSQL and one Redis are one: who signed in, limits, answers, and what is being asked."""

import json
import os
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis

from tests.conftest import PASSWORD, Server, needs, start_server, stop_server
from tests.databases import Served, served

# A database number that nothing else on this machine uses.
REDIS_URL = f"redis://{os.environ.get('TEST_REDIS_HOST', '127.0.0.1')}:6379/11"
AT_ONCE = 50
SLOW = "SELECT * FROM slow"


@dataclass(frozen=True)
class Pair:
    """Two servers, the token of their admin, and a connection to the database they share."""

    one: Server
    other: Server
    token: str
    connection: int
    database: Served

    def ask(self, server: Server, query: str) -> dict[str, Any]:
        """Run a statement through the connection."""
        sent = {"connection_id": self.connection, "query": query}
        status, answer = call(server, "/api/data/query", sent, self.token)
        assert status == 200, answer
        return answer


def call(server: Server, path: str, body: object = None, token: str = "", method: str = "") -> tuple[int, Any]:
    """Status and JSON."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(f"{server.url}{path}", data, headers, method=method or None)
    try:
        with urllib.request.urlopen(asked, timeout=60) as response:
            return response.status, json.loads(response.read() or b"null")
    except urllib.error.HTTPError as exc:
        return exc.code, json.loads(exc.read() or b"null")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    client = redis.Redis.from_url(REDIS_URL, socket_timeout=2)
    try:
        client.flushdb()
    except redis.RedisError:
        needs("Redis", present=False)
    with served("postgresql") as database:
        yield from _started(tmp_path_factory.mktemp("pair"), database)
    client.flushdb()


def _started(folder: Path, database: Served) -> Iterator[Pair]:
    shared = {
        "SECRET_KEY": secrets.token_urlsafe(32),
        "ENCRYPTION_MASTER_KEY": secrets.token_urlsafe(32),
        "DATABASE_URL": f"postgresql://{database.host}:{database.port}/{database.database}",
        "REDIS_URL": REDIS_URL,
        "ADMIN_PASSWORD": PASSWORD,
        "SIGNIN_RATE": "6 per minute",
    }
    started: list = []
    try:
        # One after the other: the first migrates, and makes the first user.
        for name in ("one", "other"):
            started.append(start_server(folder / name, **shared))
        one, other = (server for _, server in started)
        database.run(
            "UPDATE users SET must_change_password = false",
            "CREATE VIEW slow AS SELECT 1 AS asked_once, pg_sleep(1)::text AS slept",
            "CREATE VIEW slower AS SELECT 1 AS asked_once, pg_sleep(20)::text AS slept",
        )
        status, signed_in = call(one, "/api/auth/login", {"username": "admin", "password": PASSWORD})
        assert status == 200, signed_in
        token = signed_in["access_token"]
        sent = {"name": "Shared", "type": "postgresql", "config": database.config(database.reader)}
        status, made = call(one, "/api/connections", sent, token)
        assert status == 201, made
        yield Pair(one, other, token, made["id"], database)
    finally:
        for process, _ in started:
            process.terminate()
        for process, _ in started:
            stop_server(process)


def test_a_token_of_one_is_good_at_the_other(pair: Pair) -> None:
    status, me = call(pair.other, "/api/auth/me", token=pair.token)
    assert (status, me["username"]) == (200, "admin")
    assert call(pair.other, f"/api/connections/{pair.connection}", token=pair.token)[0] == 200


def test_an_answer_of_one_is_remembered_by_the_other_and_emptied_for_both(pair: Pair) -> None:
    first, second = pair.ask(pair.one, "SELECT 1 AS known"), pair.ask(pair.other, "SELECT 1 AS known")
    assert (first["cached"], second["cached"]) == (False, True)
    assert first["dataAsOf"] == second["dataAsOf"]
    told = call(pair.other, "/api/cache", token=pair.token)[1]
    assert (told["kind"], told["status"]) == ("redis", "ok")
    assert told["entries"] >= 1
    assert call(pair.other, "/api/cache", token=pair.token, method="DELETE")[0] == 204
    assert pair.ask(pair.one, "SELECT 1 AS known")["cached"] is False


def test_fifty_who_ask_both_the_same_at_once_reach_the_database_once(pair: Pair) -> None:
    with _watched(pair.database) as seen, ThreadPoolExecutor(AT_ONCE) as askers:
        servers = [pair.one, pair.other] * (AT_ONCE // 2)
        answers = list(askers.map(lambda server: pair.ask(server, SLOW), servers))
    assert len(seen.executions) == 1
    assert [answer["cached"] for answer in answers].count(False) == 1
    assert {answer["rows"][0]["asked_once"] for answer in answers} == {1}


def test_a_question_that_its_asker_has_hung_up_on_is_ended_at_the_database(pair: Pair) -> None:
    sent = json.dumps({"connection_id": pair.connection, "query": SLOW.replace("slow", "slower")}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {pair.token}"}
    asked = urllib.request.Request(f"{pair.one.url}/api/data/query", sent, headers)
    with _watched(pair.database) as seen:
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(asked, timeout=2)
        assert seen.ends_within(5)
    assert len(seen.executions) == 1


def test_attempts_to_sign_in_are_counted_together(pair: Pair) -> None:
    wrong = {"username": "admin", "password": "wrong"}
    answers = [call(server, "/api/auth/login", wrong)[0] for server in [pair.one, pair.other] * 4]
    assert answers[0] == 401
    assert answers[-2:] == [429, 429]


class _watched:
    """Notes each question that the database works on for a while."""

    def __init__(self, database: Served) -> None:
        self.executions: set[tuple] = set()
        self._reader = database.reader
        self._raw = psycopg2.connect(host=database.host, dbname=database.database)
        self._raw.autocommit = True
        self._over, self._idle = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        query = (
            "SELECT pid, query_start FROM pg_stat_activity WHERE usename = %s AND state = 'active'"
            " AND clock_timestamp() - query_start > interval '0.4 s'"
        )
        with self._raw.cursor() as cursor:
            while not self._over.wait(0.02):
                cursor.execute(query, (self._reader,))
                found = cursor.fetchall()
                self.executions.update(found)
                if self.executions and not found:
                    self._idle.set()

    def ends_within(self, seconds: float) -> bool:
        """Whether none is worked on any more."""
        return self._idle.wait(seconds)

    def __enter__(self) -> "_watched":
        self._thread.start()
        return self

    def __exit__(self, *_about: object) -> None:
        self._over.set()
        self._thread.join(10)
        self._raw.close()
