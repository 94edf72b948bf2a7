"""Many programs save one dashboard at the same time, on a real server: each is saved or told, and nothing is lost."""

import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.conftest import PASSWORD, Server, start_server, stop_server
from vizapp.security.passwords import hash_password

WRITERS = 20


class Program:
    """A program that is signed in as the admin."""

    def __init__(self, server: Server) -> None:
        self.url = server.url
        self.token = ""
        self.token = self.call("POST", "/api/auth/login", {"username": "admin", "password": PASSWORD})[1][
            "access_token"
        ]

    def call(self, method: str, path: str, body: object = None) -> tuple[int, dict]:
        """Status and body of an answer."""
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=sent, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server that lets one user call it as often as twenty would."""
    process, started = start_server(tmp_path_factory.mktemp("writers"), API_RATE="100000 per minute", JOBS="worker")
    with sqlite3.connect(started.data / "vizapp.db", timeout=10) as database:
        database.execute("UPDATE users SET must_change_password = 0, password_hash = ?", (hash_password(PASSWORD),))
    database.close()
    yield started
    stop_server(process)


@pytest.fixture
def program(server: Server) -> Program:
    return Program(server)


def _dashboard(program: Program) -> dict:
    status, made = program.call("POST", "/api/dashboards", {"name": "Shared", "layout": {"rows": []}})
    assert status == 201
    return made


def _together(act: object) -> list:
    gate = Barrier(WRITERS)

    def run(number: int) -> object:
        gate.wait(60)
        return act(number)  # type: ignore[operator]

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(run, range(WRITERS)))


def test_of_twenty_savers_of_one_version_one_is_saved_and_the_others_are_told(program: Program) -> None:
    made = _dashboard(program)
    path = f"/api/dashboards/{made['id']}"
    answers = _together(
        lambda number: program.call("PUT", path, {"name": f"Saver {number}", "version": made["version"]})
    )
    saved = [body["name"] for status, body in answers if status == 200]
    told = [body["error"]["code"] for status, body in answers if status == 409]
    assert (len(saved), told) == (1, ["STALE_VERSION"] * (WRITERS - 1))
    assert program.call("GET", path)[1]["name"] == saved[0]


def test_who_says_no_version_is_saved_or_told_as_well(program: Program) -> None:
    path = f"/api/dashboards/{_dashboard(program)['id']}"
    answers = _together(lambda number: program.call("PUT", path, {"description": f"Saver {number}"}))
    assert {status for status, _ in answers} <= {200, 409}
    found = program.call("GET", path)[1]
    saved = [body["version"] for status, body in answers if status == 200]
    assert sorted(saved) == list(range(2, found["version"] + 1)), "each save is a version of its own"


def test_twenty_writers_who_try_again_all_find_their_chart_in_the_end(server: Server, program: Program) -> None:
    path = f"/api/dashboards/{_dashboard(program)['id']}"
    config = {"x": "month", "y": "revenue"}
    ids = [program.call("POST", "/api/charts", {"name": f"C{n}", "config": config})[1]["id"] for n in range(WRITERS)]

    def add(number: int) -> set[int]:
        seen: set[int] = set()
        for _ in range(20 * WRITERS):
            _, now = program.call("GET", path)
            mine = {"chart_id": ids[number], "position": {"x": 0, "y": number, "w": 1, "h": 1}}
            sent = {"charts": [*now["charts"], mine], "version": now["version"]}
            status, _ = program.call("PUT", path, sent)
            seen.add(status)
            if status == 200:
                return seen
        return seen | {0}

    assert set().union(*_together(add)) <= {200, 409}
    assert {placed["chart_id"] for placed in program.call("GET", path)[1]["charts"]} == set(ids)
    assert "database is locked" not in server.log.read_text()
