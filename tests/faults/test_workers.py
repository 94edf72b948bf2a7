"""Workers as processes: killed, stopped, two at a time, with a queue in a file and in Redis, and beside a server."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis

from tests.conftest import ROOT, free_port, needs
from tests.databases import PASSWORD, served
from tests.factories import actor, make_chart, make_dashboard, make_dataset
from vizapp.access import Actor, Role
from vizapp.config import Config
from vizapp.extensions import db, write_tx
from vizapp.models import Job, User
from vizapp.models.columns import now
from vizapp.schemas.exports import ExportBody, ExportRecord, State
from vizapp.services import jobs
from vizapp.services.job_runs import DIED, Runner
from vizapp.services.runtime import runtime
from vizapp.storage import create_storage

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/7")
SECONDS = 120.0  # on a machine that does other things as well


class Place:
    """A data folder with an editor and a dashboard, and the workers over it."""

    def __init__(self, folder: Path, redis_url: str = "", database_url: str = "") -> None:
        self.folder = folder
        self.environment = {"VIZAPP_ENV": "development", "VIZAPP_DATA_DIR": str(folder), "REDIS_URL": redis_url}
        chosen = {"redis_url": redis_url or None, "database_url": database_url or None}
        self.app = create_storage(Config.load(env="development", data_dir=folder, **chosen))
        self.workers: list[subprocess.Popen[bytes]] = []
        with self.app.app_context():
            with write_tx() as session:
                user = User(username="ann", email="a@example.com", password_hash="none", role="editor")
                session.add(user)
                session.flush()
                self.owner: Actor = actor(user.id, Role.editor)
            data = make_dataset(self.owner, folder)
            made = [make_chart(self.owner, data.id, name=f"Chart {number}").id for number in range(40)]
            self.board = make_dashboard(self.owner, made).id

    def ask(self, kind: str = "csv") -> int:
        with self.app.app_context():
            return jobs.start(self.owner, ExportBody.parse({"what": "dashboard", "id": self.board, "format": kind})).id

    def state(self, job_id: int) -> ExportRecord:
        with self.app.app_context():
            return jobs.get_export(self.owner, job_id)

    def work(self) -> subprocess.Popen[bytes]:
        with (self.folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "vizapp.cli", "worker"],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stderr=log,
                stdout=log,
            )
        self.workers.append(worker)
        return worker

    def done(self) -> list[int]:
        """The jobs that workers said they made, in the order in which they did."""
        lines = [json.loads(line) for line in (self.folder / "worker.log").read_text().splitlines()]
        return [line["job"] for line in lines if line["message"] == "job done"]

    def files(self) -> list[Path]:
        with self.app.app_context():
            return list(runtime().export_folder.iterdir())

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait(30)
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
            runtime().queue.huey.storage.close()


def until(true: Callable[[], Any]) -> Any:
    """Wait for it."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def redis_place(tmp_path: Path) -> Iterator[Place]:
    client = redis.Redis.from_url(REDIS)
    try:
        client.ping()
    except redis.ConnectionError:
        needs("Redis", present=False)
    before = set(client.keys())
    made = Place(tmp_path / "data", REDIS)
    yield made
    made.close()
    # The queue, and the answers that its workers shared.
    for key in set(client.keys()) - before:
        client.delete(key)
    client.close()


def _expect_json(raw: bytes, job_id: int) -> None:
    told = json.loads(raw)
    assert told["message"]["args"] == [job_id]
    assert b"pickle" not in raw
    assert not raw.startswith(b"\x80")


def test_the_file_of_the_queue_holds_json_and_ids(place: Place) -> None:
    job_id = place.ask()
    with sqlite3.connect(place.folder / "queue.db") as database:
        ((raw,),) = database.execute("SELECT data FROM task").fetchall()
        assert not database.execute("SELECT value FROM kv").fetchall()
    database.close()
    _expect_json(raw, job_id)


@pytest.mark.redis
def test_redis_holds_json_and_ids_under_a_name_of_this_deployment(redis_place: Place, tmp_path: Path) -> None:
    job_id = redis_place.ask()
    with redis_place.app.app_context():
        key = runtime().queue.huey.storage.queue_key
    client = redis.Redis.from_url(REDIS)
    (raw,) = client.lrange(key, 0, -1)
    client.close()
    _expect_json(raw, job_id)
    other = Place(tmp_path / "other", REDIS)
    with other.app.app_context():
        assert runtime().queue.huey.storage.queue_key != key
    other.close()


@pytest.mark.parametrize("queue", ["place", pytest.param("redis_place", marks=pytest.mark.redis)])
def test_two_workers_make_each_export_once(queue: str, request: pytest.FixtureRequest) -> None:
    place: Place = request.getfixturevalue(queue)
    asked = [place.ask() for _ in range(jobs.MAX_OPEN)]
    first, second = place.work(), place.work()
    until(lambda: all(place.state(job_id).state is State.done for job_id in asked))
    assert len(place.files()) == len(asked)
    for worker in (first, second):
        worker.terminate()
        assert worker.wait(SECONDS) == 0
    assert sorted(place.done()) == asked


@contextmanager
def halfway(place: Place, job_id: int) -> Iterator[None]:
    """While an export is being made and cannot go on: the database is locked to its worker."""
    database = sqlite3.connect(place.folder / "vizapp.db", timeout=30, isolation_level=None)
    facts = "SELECT state = 'running' AND done BETWEEN 1 AND total - 5 FROM jobs WHERE id = ?"

    def caught() -> bool:
        database.execute("BEGIN IMMEDIATE")
        if database.execute(facts, (job_id,)).fetchone()[0]:
            return True
        database.execute("ROLLBACK")
        return False

    try:
        until(caught)
        yield
    finally:
        database.close()


def test_what_a_stopped_worker_made_is_made_by_the_next_and_what_a_killed_one_made_fails(place: Place) -> None:
    job_id = place.ask("excel")
    stopped = place.work()
    with halfway(place, job_id):
        stopped.terminate()
    assert stopped.wait(SECONDS) == 0
    assert (place.state(job_id).state, place.files()) == (State.queued, [])
    killed = place.work()
    with halfway(place, job_id):
        killed.kill()
        killed.wait(30)
    assert (place.state(job_id).state, place.files()) == (State.running, [])
    with place.app.app_context(), write_tx() as session:
        session.get_one(Job, job_id).seen_at = now() - timedelta(minutes=1)
    place.work()
    failed = until(lambda: (told := place.state(job_id)).state is State.failed and told)
    assert failed.message == DIED
    with place.app.app_context():
        jobs.retry(place.owner, job_id)
    until(lambda: place.state(job_id).state is State.done)
    assert len(place.files()) == 1


def test_while_redis_is_away_workers_take_exports_from_the_table(tmp_path: Path) -> None:
    place = Place(tmp_path / "data", f"redis://127.0.0.1:{free_port()}/0")
    try:
        job_id = place.ask()
        assert place.state(job_id).state is State.queued
        place.work()
        until(lambda: place.state(job_id).state is State.done)
    finally:
        place.close()


def test_rows_are_taken_once_and_let_go_in_postgresql_too(tmp_path: Path) -> None:
    with served("postgresql") as server:
        url = f"postgresql://{server.writer}:{quote(PASSWORD)}@{server.host}:{server.port}/{server.database}"
        server.run(f"GRANT CREATE ON DATABASE {server.database} TO {server.writer}")
        place = Place(tmp_path / "data", database_url=url)
        try:
            made, dropped = place.ask(), place.ask()
            runners = [Runner(place.app), Runner(place.app)]
            with place.app.app_context():
                jobs.cancel(place.owner, dropped)
            for runner in runners:
                for job_id in (made, dropped):
                    runner.run(job_id)
            assert (place.state(made).state, place.state(dropped).state) == (State.done, State.cancelled)
            with place.app.app_context():
                jobs.retry(place.owner, dropped)
                with write_tx() as session:
                    row = session.get_one(Job, dropped)
                    row.state, row.run, row.seen_at = State.running, "0" * 32, now() - timedelta(minutes=1)
                    session.get_one(Job, made).expires_at = now() - timedelta(minutes=1)
            assert runners[0].beat() == []
            assert place.state(dropped).message == DIED
            runners[0].tidy_up()
            assert not place.files()
        finally:
            place.close()
