"""Exports that go to a bucket, against emulators: put there whole, checked, refused, and made again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.api.conftest import Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import People, actor, make_chart, make_dashboard, make_dataset
from tests.stores import KINDS, Emulators, Stored
from vizapp.access import Role, Scope
from vizapp.exports.pdf import Press
from vizapp.exports.renderer import Renderer
from vizapp.schemas.account import ApiKeyInput
from vizapp.services import api_keys, charts
from vizapp.services.export_formats import FORMATS, What
from vizapp.services.job_runs import Runner
from vizapp.sources.cloud.opened import opened
from vizapp.sources.cloud.s3 import S3
from vizapp.sources.cloud.store import Item
from vizapp.sources.cloud.wire import Bounds

PATH = "reports/{dashboard}/{date}.{format}"


@pytest.fixture
def board(app: Flask, people: People, tmp_path: Path) -> int:
    with app.app_context():
        who = actor(people.editor, Role.editor)
        chart = make_chart(who, make_dataset(who, tmp_path).id)
        return make_dashboard(who, [chart.id], name="Umsatz 50 % / ü").id


@pytest.fixture
def editor(bearer: Callable[[int], Headers], people: People) -> Headers:
    return bearer(people.editor)


@pytest.fixture
def connected(anonymous: Caller, bearer: Callable[[int], Headers], people: People) -> Callable[..., int]:
    """A connection to a bucket, lent to editors."""

    def connect(stored: Stored, config: dict[str, Any] | None = None) -> int:
        body = {"name": "Lake", "type": stored.kind, "config": config or stored.config, "roles": ["editor"]}
        made = anonymous.post("/api/connections", json=body, headers=bearer(people.admin))
        assert made.status_code == 201, made.get_data(as_text=True)
        return int(made.get_json()["id"])

    return connect


def ask(board: int, connection: int, path: str = PATH, format: str = "csv") -> dict[str, Any]:
    destination = {"connection_id": connection, "path": path}
    return {"what": "dashboard", "id": board, "format": format, "destination": destination}


def contents(stored: Stored) -> dict[str, bytes]:
    with opened(stored.parsed, Bounds(20)) as store:
        return {item.key: b"".join(store.read(item)) for item in store.list().items}


def followed(app: Flask, client: Caller, headers: Headers, job: int) -> dict[str, Any]:
    """The job when a worker has had it."""
    Runner(app).run(job)
    return dict(client.get(f"/api/exports/{job}", headers=headers).get_json())


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_put_in_the_bucket_and_stays_to_be_fetched(
    app: Flask,
    anonymous: Caller,
    editor: Headers,
    bearer: Callable[[int], Headers],
    people: People,
    emulators: Emulators,
    connected: Callable[..., int],
    board: int,
    kind: str,
) -> None:
    stored = emulators.bucket(kind)
    connection = connected(stored)
    begun = anonymous.post("/api/exports", json=ask(board, connection), headers=editor)
    assert begun.status_code == 202, begun.get_data(as_text=True)
    assert contents(stored) == {}
    job = begun.get_json()
    path = f"reports/Umsatz 50 ü/{job['created_at'][:10]}.zip"
    assert job["destination"] == {"connection_id": connection, "path": path}
    done = followed(app, anonymous, editor, job["id"])
    assert (done["state"], done["message"], done["destination"]) == ("done", "", job["destination"])
    with anonymous.get(f"/api/exports/{job['id']}/file", headers=editor) as file:
        assert contents(stored) == {path: file.data}
        assert len(file.data) == done["file_size"]
    log = anonymous.get("/api/logs?search=export", headers=bearer(people.admin)).get_json()["items"]
    by_action = {entry["action"]: entry for entry in log}
    assert by_action["export.start"]["details"]["destination"] == job["destination"]
    put = by_action["export.put"]
    assert (put["resource_type"], put["resource_id"]) == ("connection", connection)
    assert put["details"] == {"export": job["id"], "path": path, "bytes": done["file_size"]}


@pytest.mark.parametrize(
    ("kind", "wrong", "why"),
    [
        ("azure_blob", Stored.wrong_key, "The store refuses this"),
        ("s3", Stored.missing_bucket, "no such bucket"),
        ("azure_blob", Stored.missing_bucket, "no such container"),
        ("gcs", Stored.missing_bucket, "no such bucket"),
    ],
)
def test_what_the_store_refuses_is_a_failed_export_that_can_be_made_again(
    app: Flask,
    anonymous: Caller,
    editor: Headers,
    bearer: Callable[[int], Headers],
    people: People,
    emulators: Emulators,
    connected: Callable[..., int],
    board: int,
    kind: str,
    wrong: Callable[[Stored], dict[str, Any]],
    why: str,
) -> None:
    stored = emulators.bucket(kind)
    connection = connected(stored, wrong(stored))
    job = anonymous.post("/api/exports", json=ask(board, connection), headers=editor).get_json()
    failed = followed(app, anonymous, editor, job["id"])
    assert failed["state"] == "failed"
    assert why in failed["message"]
    assert contents(stored) == {}
    assert_error(anonymous.get(f"/api/exports/{job['id']}/file", headers=editor), 404, "EXPORT_NOT_FOUND")
    mended = {"config": stored.config}
    changed = anonymous.put(f"/api/connections/{connection}", json=mended, headers=bearer(people.admin))
    assert changed.status_code == 200
    assert anonymous.post(f"/api/exports/{job['id']}/retry", headers=editor).status_code == 202
    assert followed(app, anonymous, editor, job["id"])["state"] == "done"
    assert list(contents(stored)) == [job["destination"]["path"]]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("{chart}.csv", "not known here"),
        ("a/../b", "as a folder"),
        ("/a", "slash"),
        ("a//b", "slash"),
        ("ä" * 513, "1,024 bytes"),
        ("a" * 1025, "1024"),
        ("a\u200bb", "control"),
        ("", "at least 1"),
    ],
)
def test_a_path_that_cannot_be_one_is_refused_at_once(
    anonymous: Caller,
    editor: Headers,
    emulators: Emulators,
    connected: Callable[..., int],
    board: int,
    path: str,
    why: str,
) -> None:
    asked = ask(board, connected(emulators.bucket("s3")), path)
    error = assert_error(anonymous.post("/api/exports", json=asked, headers=editor), 422)
    assert why in error["details"]["fields"]["destination.path"]
    assert anonymous.get("/api/exports", headers=editor).get_json()["total"] == 0


def test_only_who_may_use_the_connection_and_write_puts_a_file_there(
    app: Flask,
    anonymous: Caller,
    editor: Headers,
    bearer: Callable[[int], Headers],
    people: People,
    emulators: Emulators,
    connected: Callable[..., int],
    board: int,
) -> None:
    stored = emulators.bucket("s3")
    asked = ask(board, connected(stored))
    viewer, admin = bearer(people.viewer), bearer(people.admin)
    assert_error(anonymous.post("/api/exports", json=asked, headers=viewer), 403, "INSUFFICIENT_ROLE")
    unknown = ask(board, 987_654)
    assert_error(anonymous.post("/api/exports", json=unknown, headers=admin), 404, "CONNECTION_NOT_FOUND")
    with app.app_context():
        made = api_keys.create_key(actor(people.editor, Role.editor), ApiKeyInput(name="k", scope=Scope.read))
    key = {"Authorization": f"Bearer {made.key}"}
    assert_error(anonymous.post("/api/exports", json=asked, headers=key), 403, "PERMISSION_DENIED")
    # What is taken away meanwhile is away.
    job = anonymous.post("/api/exports", json=asked, headers=editor).get_json()["id"]
    where = f"/api/connections/{asked['destination']['connection_id']}"
    assert anonymous.put(where, json={"roles": []}, headers=admin).status_code == 200
    failed = followed(app, anonymous, editor, job)
    assert (failed["state"], failed["message"]) == ("failed", "This connection does not exist, or you may not see it.")
    retried = anonymous.post(f"/api/exports/{job}/retry", headers=editor)
    assert_error(retried, 404, "CONNECTION_NOT_FOUND")
    assert contents(stored) == {}


def test_a_database_or_a_connection_that_is_off_takes_no_files(
    anonymous: Caller,
    editor: Headers,
    bearer: Callable[[int], Headers],
    people: People,
    emulators: Emulators,
    connected: Callable[..., int],
    board: int,
) -> None:
    admin, config = bearer(people.admin), {"host": "127.0.0.1", "database": "x", "user": "x", "password": "x"}
    body = {"name": "D", "type": "postgresql", "config": config, "roles": ["editor"]}
    database = anonymous.post("/api/connections", json=body, headers=admin).get_json()["id"]
    error = assert_error(anonymous.post("/api/exports", json=ask(board, database), headers=editor), 422)
    assert list(error["details"]["fields"]) == ["destination.connection_id"]
    store = connected(emulators.bucket("s3"))
    anonymous.put(f"/api/connections/{store}", json={"is_active": False}, headers=admin)
    refused = assert_error(
        anonymous.post("/api/exports", json=ask(board, store), headers=editor), 409, "CONNECTION_SWITCHED_OFF"
    )
    assert "switched off" in refused["message"]


def test_a_file_that_did_not_arrive_whole_is_no_success(
    app: Flask,
    anonymous: Caller,
    editor: Headers,
    emulators: Emulators,
    connected: Callable[..., int],
    board: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection, look = connected(emulators.bucket("s3")), S3.look

    def shorter(store: S3, key: str) -> Item:
        found = look(store, key)
        return Item(found.key, found.size - 1, found.modified, found.tag)

    monkeypatch.setattr(S3, "look", shorter)
    job = anonymous.post("/api/exports", json=ask(board, connection), headers=editor).get_json()["id"]
    failed = followed(app, anonymous, editor, job)
    assert failed["state"] == "failed"
    assert "bytes were sent, but the object has" in failed["message"]


@pytest.mark.parametrize(
    ("what", "format", "options"),
    [(what, name, {}) for what, formats in FORMATS.items() for name in formats]
    + [("chart", "image", {"format": "svg"}), ("dashboard", "image", {"format": "svg"})],
)
def test_what_stands_for_the_format_in_a_path_is_what_the_file_ends_in(
    app: Flask,
    people: People,
    board: int,
    monkeypatch: pytest.MonkeyPatch,
    what: What,
    format: str,
    options: dict[str, str],
) -> None:
    monkeypatch.setattr(Press, "print", lambda *_: b"a report")
    monkeypatch.setattr(Renderer, "pictures", lambda _, drawings: [b"a picture" for _ in drawings])
    monkeypatch.setattr(Renderer, "scene", lambda *_: b"a picture")
    with app.app_context():
        who = actor(people.editor, Role.editor)
        number = board if what == "dashboard" else charts.list_charts(who).items[0].id
        chosen = FORMATS[what][format]
        read = chosen.read(options)
        made = chosen.make(who, number, read, lambda _done, _of: None)
        made.file.close()
    assert made.suffix == f".{chosen.ending_of(read)}"


def test_an_export_that_is_thrown_away_meanwhile_is_not_sent(
    app: Flask,
    anonymous: Caller,
    editor: Headers,
    emulators: Emulators,
    connected: Callable[..., int],
    board: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = emulators.bucket("s3")
    job = anonymous.post("/api/exports", json=ask(board, connected(stored)), headers=editor).get_json()["id"]
    keep = Runner._keep

    def removed(runner: Runner, *args: Any) -> None:
        anonymous.delete(f"/api/exports/{job}", headers=editor)
        keep(runner, *args)

    monkeypatch.setattr(Runner, "_keep", removed)
    Runner(app).run(job)
    assert contents(stored) == {}
