"""A query while it runs: stopped by whoever asked it and by nobody else; and where its mistakes are."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.api.conftest import Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.databases import Served, served
from tests.factories import People, actor
from vizapp.errors import InvalidQuery, NotFound
from vizapp.schemas.connection import ConnectionInput, QueryBody
from vizapp.services import connections, queries

FOREVER = f"SELECT count(*) AS n FROM {', '.join(f'many m{n}' for n in range(8))}"
ODD = 'it\'s \\ "quoted" %s :name `x` \n é'


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    with served(request.param) as made:
        made.run("CREATE TABLE many (id int)", f"INSERT INTO many VALUES {', '.join(f'({n})' for n in range(60))}")
        yield made


@pytest.fixture
def connection(app: Flask, people: People, server: Served) -> int:
    sent = {"name": "Shop", "type": server.kind, "config": server.config(server.reader)}
    with app.app_context():
        return connections.create_connection(actor(people.admin), ConnectionInput.parse(sent)).id


def working(server: Served) -> bool:
    """Whether the server is busy with the query."""
    if server.kind == "mysql":
        found = server.run(
            "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT count(*) AS n%'"
        )
    else:
        found = server.run(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%AS n FROM many%'"
        )
    return found[0][0] > (1 if server.kind == "postgresql" else 0)


def until(server: Served, *, busy: bool) -> None:
    ends = time.monotonic() + 20
    while working(server) is not busy:
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_who_asked_stops_the_query_at_the_server_and_nobody_else_does(
    client_for: Any, bearer: Any, people: People, server: Served, connection: int
) -> None:
    asked: Headers = bearer(people.editor)
    told: list[Any] = []

    def ask() -> None:
        body = {"connection_id": connection, "query": FOREVER, "run": "mine"}
        told.append(client_for(None).post("/api/data/query", json=body, headers=asked))

    waiting = threading.Thread(target=ask)
    waiting.start()
    until(server, busy=True)
    for who, run in ((people.other_editor, "mine"), (people.editor, "another")):
        stopped = client_for(None).post("/api/data/cancel", json={"run": run}, headers=bearer(who))
        assert stopped.status_code == 204
    waiting.join(1)
    assert waiting.is_alive()
    client_for(None).post("/api/data/cancel", json={"run": "mine"}, headers=asked)
    waiting.join(20)
    assert_error(told[0], 409, "QUERY_CANCELLED")
    until(server, busy=False)


def test_a_flag_that_came_too_late_stops_nothing_else(
    anonymous: Caller, bearer: Any, people: People, server: Served, connection: int
) -> None:
    headers: Headers = bearer(people.editor)
    anonymous.post("/api/data/cancel", json={"run": "over"}, headers=headers)
    body = {"connection_id": connection, "query": "SELECT 1 AS one", "run": "next"}
    assert anonymous.post("/api/data/query", json=body, headers=headers).get_json()["rows"] == [{"one": 1}]
    assert_error(anonymous.post("/api/data/cancel", json={"run": ""}, headers=headers), 422)


def test_refresh_asks_the_database_again(context: Flask, people: People, server: Served, connection: int) -> None:
    who = actor(people.editor, "editor")
    sent = QueryBody.parse({"connection_id": connection, "query": "SELECT count(*) AS n FROM many"})
    first, second = queries.ask(who, sent), queries.ask(who, sent)
    assert (first.cached, second.cached) == (False, True)
    assert not queries.ask(who, sent.model_copy(update={"refresh": True})).cached


def test_a_mistake_is_told_at_its_line_also_behind_comments(
    context: Flask, people: People, server: Served, connection: int
) -> None:
    text = "\n-- of all\n/* and\nmore */\nSELECT id,\n  FROM many WHERE"
    with pytest.raises(InvalidQuery) as found:
        queries.ask(actor(people.editor, "editor"), QueryBody.parse({"connection_id": connection, "query": text}))
    assert found.value.details["line"] == 6


@pytest.mark.parametrize("value", [ODD, 12, -1.5, True, None, "2026-01-31", ""])
def test_a_chart_s_query_has_the_values_that_were_bound(
    context: Flask, people: People, server: Served, connection: int, value: object
) -> None:
    who = actor(people.editor, "editor")
    query = "-- :v\nSELECT :v AS v, ':v' AS name, 100 % 7 AS rest"
    sent = QueryBody.parse({"connection_id": connection, "query": query, "params": {"v": value}})
    text = queries.with_values(who, sent)
    plain = QueryBody.parse({"connection_id": connection, "query": text})
    found = queries.ask(who, plain).frame.rows(named=True)
    assert found == queries.ask(who, sent).frame.rows(named=True)
    assert found[0]["name"] == ":v"


def test_values_are_written_only_for_who_may_ask(
    context: Flask, people: People, server: Served, connection: int
) -> None:
    sent = QueryBody.parse({"connection_id": connection, "query": "SELECT :v", "params": {"v": 1}})
    with pytest.raises(NotFound):
        queries.with_values(actor(people.viewer, "viewer"), sent)
