"""The table of permissions.py, walked: every call, everybody, and what does not exist."""

import itertools
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from scripts import permission_docs
from tests.conftest import Caller
from tests.factories import People, actor, make_chart, make_dashboard, make_dataset, multipart
from tests.security.permissions import CALLERS, CALLS, CSV, MISSING, NO_ID, Call
from vizapp import guard
from vizapp.access import Actor, Role
from vizapp.exports.pdf import Press
from vizapp.exports.renderer import Renderer
from vizapp.extensions import db, write_tx
from vizapp.models import User
from vizapp.schemas.account import ApiKeyInput
from vizapp.schemas.connection import ConnectionInput
from vizapp.schemas.content import LinkInput
from vizapp.schemas.exports import ExportBody
from vizapp.services import api_keys, connections, jobs, sharing, tokens
from vizapp.services.job_runs import Runner

NAMES = itertools.count()


class World:
    """What the owner has, and how everybody calls."""

    def __init__(self, app: Flask, people: People, folder: Path) -> None:
        self.app, self.people, self.folder = app, people, folder
        self.ids = {
            "viewer": people.viewer,
            "editor": people.other_editor,
            "owner": people.editor,
            "admin": people.admin,
            "key": people.editor,
            "admin key": people.admin,
        }
        self.client: Caller = app.test_client()  # type: ignore[assignment]

    def objects(self) -> dict[str, object]:
        """A new object of the owner's of each kind: placeholder → id."""
        with self.app.app_context():
            owner = actor(self.people.editor, Role.editor)
            used = make_dataset(owner, self.folder, text=CSV.decode(), name="used.csv")
            config = {"chartType": "bar", "dataMapping": {"xAxis": "region", "yAxis": "amount"}}
            chart = make_chart(owner, used.id, config=config)
            dashboard = make_dashboard(owner, [chart.id])
            with write_tx() as session:
                name = f"somebody{next(NAMES)}"
                somebody = User(username=name, email=f"{name}@example.com", password_hash="none", role="viewer")
                session.add(somebody)
                session.flush()
                user = somebody.id
            return {
                "chart": chart.id,
                "dashboard": dashboard.id,
                "dataset": make_dataset(owner, self.folder, text=CSV.decode()).id,
                "token": sharing.create_link(owner, dashboard.id, LinkInput()).token,
                "key": api_keys.create_key(owner, ApiKeyInput(name="k")).id,
                "user": user,
                "setting": "max_upload_mb",
                "connection": self._connection(),
                "export": self._export(owner, dashboard.id, run=False),
                "file": self._export(owner, dashboard.id, run=True),
            }

    def _export(self, owner: Actor, dashboard: int, *, run: bool) -> int:
        """Cancelled, or done."""
        sent = ExportBody.parse({"what": "dashboard", "id": dashboard, "format": "csv"})
        job = jobs.start(owner, sent).id
        if run:
            Runner(self.app).run(job)
        else:
            jobs.cancel(owner, job)
        return job

    def _connection(self) -> int:
        """An admin's, lent to editors, to a port where nothing listens."""
        sent = {"name": "A", "type": "postgresql", "config": {"host": "127.0.0.1", "port": 1}}
        admin = actor(self.people.admin, Role.admin)
        return connections.create_connection(admin, ConnectionInput.parse(sent)).id

    def ask(self, call: Call, who: str, objects: dict[str, object]) -> TestResponse:
        """The call as somebody; `who` with ", missing" asks for what does not exist."""
        who, _, missing = who.partition(", ")
        ids = dict.fromkeys(objects, NO_ID) if missing else objects
        path = call.path.format(**ids, self=self.ids.get(who, NO_ID))
        headers = self._headers(who, objects) | {"Accept": "application/json"}
        sent = {"json": call.body} if call.body is not None else {}
        if call.file is not None:
            sent = multipart(call.file, "a.csv")
        with self.client.open(path, method=call.method, headers=headers, **sent) as response:
            response.get_data()
        return response

    def _headers(self, who: str, objects: dict[str, object]) -> dict[str, str]:
        if who == "nobody":
            return {}
        if who == "link":
            return {"Referer": f"http://localhost/view/dashboard/{objects['token']}"}
        with self.app.app_context():
            if who in ("key", "admin key"):
                whose, scope = (Role.admin, "write") if who == "admin key" else (Role.editor, "read")
                made = api_keys.create_key(actor(self.ids[who], whose), ApiKeyInput(name="k", scope=scope))
                return {"Authorization": f"Bearer {made.key}"}
            epoch = db.session.get_one(User, self.ids[who]).session_epoch
            return {"Authorization": f"Bearer {tokens.begin(self.ids[who], epoch).access}"}


@pytest.fixture
def world(app: Flask, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    # Who may have a picture or a report does not depend on what is in it.
    monkeypatch.setattr(Press, "print", lambda *_: b"a report")
    monkeypatch.setattr(Renderer, "pictures", lambda _, drawings: [b"a picture" for _ in drawings])
    monkeypatch.setattr(Renderer, "scene", lambda *_: b"a picture")
    return World(app, people, tmp_path)


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Every SQL statement from here on that a caller waits for; that a key was used is noted by another thread."""
    seen: list[str] = []
    here = threading.get_ident()

    def note(*args: object) -> None:
        if threading.get_ident() == here:
            seen.append(str(args[2]))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def _said(response: TestResponse) -> str:
    """As a cell of the table has it."""
    if response.status_code < 400:
        return str(response.status_code)
    return f"{response.status_code} {response.get_json()['error']['code']}"


def _names(calls: tuple[Call, ...]) -> list[str]:
    return [f"{call.method} {call.rule}" for call in calls]


@pytest.mark.parametrize("call", CALLS, ids=_names(CALLS))
def test_everybody_gets_what_the_table_says(world: World, call: Call) -> None:
    objects = world.objects()
    said: dict[str, str] = {}
    for who in call.cells:
        said[who] = _said(world.ask(call, who, objects))
        if said[who].startswith("2") and call.method != "GET":
            _put_back(world)
            objects = world.objects()
    assert said == dict(call.cells)


def _put_back(world: World) -> None:
    """Users as they were: what a call may change of them would make the next one another."""
    with world.app.app_context(), write_tx() as session:
        for name in ("admin", "editor", "other_editor", "viewer"):
            session.get_one(User, getattr(world.people, name)).email = f"{name}@example.com"
        session.query(User).filter(User.username == "newcomer").delete()


def test_every_call_of_the_server_is_in_the_table(app: Flask) -> None:
    served = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(guard.API_PREFIX) or rule.endpoint == "view.view_dashboard"
        for method in rule.methods - {"HEAD", "OPTIONS"}
        # Whatever has no rule of its own is refused by one function, by any method.
        if rule.endpoint != "unknown.refuse" or method == "GET"
    }
    assert served == {(call.endpoint, call.method) for call in CALLS}


def test_every_line_says_what_everybody_gets() -> None:
    for call in CALLS:
        assert set(CALLERS) <= set(call.cells), call.path
        about_one = re.search(r"\{(?!self)\w+\}", call.path) is not None
        assert (set(MISSING) <= set(call.cells)) is about_one, call.path


def _facts(response: TestResponse) -> dict[str, Any]:
    error = response.get_json()["error"]
    return {name: error[name] for name in error if name not in ("timestamp", "path", "requestId")}


REFUSED = tuple(
    (call, who)
    for call in CALLS
    for who in ("viewer", "editor", "key")
    if f"{who}, missing" in call.cells and call.cells[who] == call.cells[f"{who}, missing"]
)


@pytest.mark.parametrize(("call", "who"), REFUSED, ids=[f"{who} {call.method} {call.rule}" for call, who in REFUSED])
def test_who_may_not_know_learns_nothing_by_text_or_by_time(
    world: World, statements: list[str], call: Call, who: str
) -> None:
    """Time by what the database is asked: a clock would tell of the neighbours on the machine."""
    objects = world.objects()
    found: list[tuple[int, dict[str, Any], list[str]]] = []
    for asked in (who, f"{who}, missing"):
        with world.app.app_context():
            headers = world._headers(who, objects)
        statements.clear()
        response = _with(world, headers).ask(call, asked, objects)
        found.append((response.status_code, _facts(response), list(statements)))
    assert found[0] == found[1]
    assert not any(re.search(r"\bFROM (charts|dashboards|datasets|settings)\b", text) for text in found[0][2])


def _with(world: World, headers: dict[str, str]) -> World:
    """The same, with a token that is made already: making one asks the database too."""
    ready = World(world.app, world.people, world.folder)
    ready._headers = lambda *_: headers  # type: ignore[method-assign, assignment]
    return ready


def test_there_is_something_that_some_may_not_know() -> None:
    assert {who for _, who in REFUSED} == {"viewer", "editor", "key"}
    assert len(REFUSED) > 15


def test_a_name_that_nobody_has_is_refused_as_a_wrong_password_is(
    app: Flask, world: World, statements: list[str]
) -> None:
    found = []
    for name in ("viewer", "nobody at all"):
        statements.clear()
        response = world.client.post("/api/auth/login", json={"username": name, "password": "wrong password"})
        found.append((response.status_code, _facts(response), list(statements)))
    assert found[0] == found[1]


def test_the_page_about_permissions_is_written_from_the_table() -> None:
    assert permission_docs.TARGET.read_text(encoding="utf-8") == permission_docs.render(), "run `make docs`"


def test_what_refuses_is_documented(app: Flask, make_document: Callable[[], dict[str, Any]]) -> None:
    document = make_document()
    shared = document["components"]["responses"]
    for call in CALLS:
        path = re.sub(r"\{(?!token)\w+\}", "{id}", call.path.partition("?")[0]).replace(
            "settings/{id}", "settings/{key}"
        )
        described = document["paths"].get(path, {}).get(call.method.lower())
        for cell in set(call.cells.values()) if described else ():
            status, _, code = cell.partition(" ")
            answer = described["responses"][status]
            answer = shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
            assert not code or code in answer["content"]["application/json"]["examples"], (
                f"{call.method} {path}: {cell}"
            )


@pytest.fixture
def make_document(anonymous: Caller) -> Callable[[], dict[str, Any]]:
    return lambda: anonymous.get("/api/docs/openapi.json").get_json()
