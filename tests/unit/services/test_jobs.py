"""Exports in the background: what their rows say, and what becomes of their files."""

import errno
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask

from tests.conftest import needs
from tests.factories import People, actor, make_chart, make_dashboard, make_dataset
from vizapp.access import Actor, Role
from vizapp.config import Config
from vizapp.errors import Conflict, InsufficientRole, InvalidInput, NotFound, StorageFull
from vizapp.extensions import db, write_tx
from vizapp.models import Job, User
from vizapp.models.columns import now
from vizapp.schemas.account import UserChanges
from vizapp.schemas.chart import Filter
from vizapp.schemas.exports import ExportBody, ExportRecord, State
from vizapp.services import charts, exports, health, job_runs, jobs, queue, users
from vizapp.services.job_runs import DIED
from vizapp.services.runtime import runtime


class Runner(job_runs.Runner):
    """A worker beside this test, which afterwards looks at the database anew."""

    def run(self, job_id: int) -> None:
        super().run(job_id)
        db.session.rollback()

    def beat(self) -> list[int]:
        try:
            return super().beat()
        finally:
            db.session.rollback()


@pytest.fixture
def owner(people: People) -> Actor:
    return actor(people.editor, Role.editor)


@pytest.fixture
def runner(context: Flask) -> Runner:
    return Runner(context)


@pytest.fixture
def board(owner: Actor, context: Flask, tmp_path: Path) -> int:
    data = make_dataset(owner, tmp_path)
    made = [make_chart(owner, data.id, name=f"Chart {number}").id for number in range(3)]
    return make_dashboard(owner, made, name="Sales").id


def ask(owner: Actor, number: int, *, what: str = "dashboard", format: str = "excel", **options: object) -> int:
    sent = {"what": what, "id": number, "format": format, "options": options}
    return jobs.start(owner, ExportBody.parse(sent)).id


def state(owner: Actor, job_id: int) -> ExportRecord:
    return jobs.get_export(owner, job_id)


def files() -> list[Path]:
    return list(runtime().export_folder.iterdir())


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None], *, at: int = 2) -> None:
    """Let something happen while chart number `at` is drawn."""
    drawn = exports._drawn
    count = iter(range(1, 100))

    def draw(*args: Any) -> Any:
        if next(count) == at:
            happens()
        return drawn(*args)

    monkeypatch.setattr(exports, "_drawn", draw)


def change(job_id: int, **values: object) -> None:
    with write_tx() as session:
        row = session.get_one(Job, job_id)
        for name, value in values.items():
            setattr(row, name, value)


def test_a_job_that_is_run_leaves_a_whole_file_for_a_day(owner: Actor, runner: Runner, board: int) -> None:
    job_id = ask(owner, board)
    assert state(owner, job_id).state is State.queued
    runner.run(job_id)
    told = state(owner, job_id)
    assert (told.state, told.done, told.total, told.message) == (State.done, 3, 3, "")
    assert (told.title, told.file_name) == ("Sales", "Sales.xlsx")
    assert told.expires_at is not None
    assert told.expires_at - now() > timedelta(hours=23)
    assert told.fetched_at is None
    found = jobs.open_file(owner, job_id)
    with found.file:
        assert len(openpyxl.load_workbook(found.file).sheetnames) == 4
    assert (found.title, found.suffix, found.size) == ("Sales", ".xlsx", told.file_size)
    assert state(owner, job_id).fetched_at is not None
    (path,) = files()
    assert path.stat().st_mode & 0o077 == 0


def test_a_chart_is_exported_under_the_filters_that_were_sent(
    owner: Actor, runner: Runner, context: Flask, tmp_path: Path
) -> None:
    chart = make_chart(owner, make_dataset(owner, tmp_path).id).id
    chosen = [{"column": "region", "operator": "eq", "value": "North"}]
    job_id = ask(owner, chart, what="chart", format="csv", filters=chosen)
    runner.run(job_id)
    with jobs.open_file(owner, job_id).file as file:
        sent = file.read()
    with exports.chart_csv(owner, chart, filters=[Filter.parse(chosen[0])]).file as file:
        assert sent == file.read()
    assert sent.count(b"\r\n") == 2


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"format": "docx"}, "format"),
        ({"options": {"filters": [{"column": "region", "operator": "nope"}]}}, "options.filters.0.operator"),
        ({"options": {"filters": [], "colour": "red"}}, "options.colour"),
    ],
)
def test_what_cannot_be_made_names_the_field_at_once(
    owner: Actor, context: Flask, tmp_path: Path, sent: dict[str, Any], field: str
) -> None:
    chart = make_chart(owner, make_dataset(owner, tmp_path).id).id
    with pytest.raises(InvalidInput) as caught:
        jobs.start(owner, ExportBody.parse({"what": "chart", "id": chart, "format": "csv", **sent}))
    assert field in caught.value.fields
    assert not jobs.list_exports(owner).total


def test_what_does_not_exist_or_may_not_be_read_is_refused_at_once(owner: Actor, context: Flask, board: int) -> None:
    with pytest.raises(NotFound):
        ask(owner, 987_654)
    with pytest.raises(InsufficientRole):
        ask(Actor(dashboard_id=board), board)


def test_a_job_is_run_once_however_often_it_comes_out_of_the_queue(
    owner: Actor, runner: Runner, context: Flask, board: int
) -> None:
    job_id = ask(owner, board)
    other = Runner(context)
    for one in (runner, other, runner):
        one.run(job_id)
    assert len(files()) == 1
    assert state(owner, job_id).state is State.done


def test_only_one_of_two_workers_takes_a_job(
    owner: Actor, runner: Runner, context: Flask, board: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(owner, board)
    meanwhile(monkeypatch, lambda: Runner(context).run(job_id))
    runner.run(job_id)
    assert state(owner, job_id).state is State.done
    assert len(files()) == 1


def test_a_cancelled_job_stops_at_its_next_tile_and_leaves_nothing(
    owner: Actor, runner: Runner, board: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(owner, board)
    meanwhile(monkeypatch, lambda: jobs.cancel(owner, job_id))
    runner.run(job_id)
    told = state(owner, job_id)
    assert (told.state, told.done, told.total) == (State.cancelled, 1, 3)
    assert not files()
    with pytest.raises(NotFound):
        jobs.open_file(owner, job_id)


def test_a_cancelled_job_is_not_begun_and_can_be_asked_for_again(owner: Actor, runner: Runner, board: int) -> None:
    job_id = ask(owner, board)
    jobs.cancel(owner, job_id)
    runner.run(job_id)
    assert state(owner, job_id).state is State.cancelled
    assert jobs.retry(owner, job_id).state is State.queued
    runner.run(job_id)
    assert state(owner, job_id).state is State.done
    assert jobs.cancel(owner, job_id).state is State.done
    with pytest.raises(Conflict):
        jobs.retry(owner, job_id)


def test_a_job_that_is_removed_while_it_runs_leaves_nothing(
    owner: Actor, runner: Runner, board: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(owner, board)
    # After the last tile, so that the file is written already when the row is found to be gone.
    keep = Runner._keep
    monkeypatch.setattr(Runner, "_keep", lambda *args: (jobs.remove(owner, job_id), keep(*args)))
    runner.run(job_id)
    assert not files()
    assert not jobs.list_exports(owner).total


def test_removing_a_finished_job_removes_its_file(owner: Actor, runner: Runner, board: int) -> None:
    job_id = ask(owner, board)
    runner.run(job_id)
    jobs.remove(owner, job_id)
    assert not files()
    with pytest.raises(NotFound):
        state(owner, job_id)


def test_only_the_owner_knows_of_a_job(owner: Actor, runner: Runner, board: int, people: People) -> None:
    job_id = ask(owner, board)
    runner.run(job_id)
    for other in (actor(people.admin), actor(people.other_editor, Role.editor), actor(people.viewer, Role.viewer)):
        assert not jobs.list_exports(other).total
        for call in (jobs.get_export, jobs.cancel, jobs.retry, jobs.remove, jobs.open_file):
            with pytest.raises(NotFound) as found:
                call(other, job_id)
            with pytest.raises(NotFound) as missing:
                call(other, 987_654)
            assert (found.value.message, found.value.code) == (missing.value.message, "EXPORT_NOT_FOUND")
    for nobody in (Actor(), Actor(dashboard_id=board)):
        with pytest.raises(Exception, match=r"sign in|role"):
            jobs.open_file(nobody, job_id)
    assert len(files()) == 1


def test_the_account_is_asked_again_when_the_job_is_run(
    owner: Actor, runner: Runner, board: int, people: People
) -> None:
    job_id = ask(owner, board)
    with write_tx() as session:
        session.get_one(User, people.editor).is_active = False
    runner.run(job_id)
    with write_tx() as session:
        session.get_one(User, people.editor).is_active = True
    told = state(owner, job_id)
    assert told.state is State.failed
    assert "not active" in told.message


def test_the_role_of_a_job_is_the_lesser_of_then_and_now(owner: Actor, board: int, people: People) -> None:
    row = db.session.get_one(Job, ask(owner, board))
    assert job_runs.actor_of(row).role is Role.editor
    users.update_user(actor(people.admin), people.editor, UserChanges(role="viewer"))
    assert job_runs.actor_of(db.session.get_one(Job, row.id)).role is Role.viewer
    users.update_user(actor(people.admin), people.editor, UserChanges(role="editor"))
    change(row.id, role="viewer", scope="read")
    again = job_runs.actor_of(db.session.get_one(Job, row.id))
    assert (again.role, again.scope) == (Role.viewer, "read")


def test_a_chart_that_is_gone_when_the_job_is_run_is_a_reason(
    owner: Actor, runner: Runner, context: Flask, tmp_path: Path
) -> None:
    chart = make_chart(owner, make_dataset(owner, tmp_path).id).id
    job_id = ask(owner, chart, what="chart", format="csv")
    charts.delete_chart(owner, chart)
    runner.run(job_id)
    told = state(owner, job_id)
    assert (told.state, told.message) == (State.failed, NotFound.of("chart").message)


def test_deleting_a_user_removes_their_exports(runner: Runner, board: int, people: People) -> None:
    admin = actor(people.admin)
    with write_tx() as session:
        row = User(username="leaver", email="l@example.com", password_hash="none", role="viewer")
        session.add(row)
        session.flush()
        leaver = actor(row.id, Role.viewer)
    job_id = ask(leaver, board)
    runner.run(job_id)
    assert len(files()) == 1
    users.delete_user(admin, leaver.user_id or 0)
    assert not files()
    assert db.session.get(Job, job_id) is None


def test_a_file_over_the_limit_fails_and_names_the_limit(
    owner: Actor, runner: Runner, board: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_limit", lambda: 2000)
    job_id = ask(owner, board)
    runner.run(job_id)
    told = state(owner, job_id)
    assert told.state is State.failed
    assert "limit" in told.message
    assert not files()


def test_the_limit_holds_for_formats_that_do_not_look_at_it(
    owner: Actor, runner: Runner, board: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_runs, "MIB", 10)
    job_id = ask(owner, board)
    runner.run(job_id)
    assert "limit of" in state(owner, job_id).message
    assert not files()


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A folder on a disk of 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    needs("the right to mount", present=os.geteuid() == 0 and shutil.which("mount") is not None)
    if os.system(f"mount -t tmpfs -o size=64k tmpfs {folder}"):
        needs("the right to mount", present=False)
    yield folder
    os.system(f"umount {folder}")


def test_a_full_disk_is_a_reason_and_leaves_nothing_half_written(
    owner: Actor, runner: Runner, board: int, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(runtime()), "export_folder", small_disk)
    with (small_disk / "filler").open("wb") as file:
        file.write(b"x" * 61_440)
    job_id = ask(owner, board)
    runner.run(job_id)
    told = state(owner, job_id)
    assert told.state is State.failed
    assert "room" in told.message
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
    (small_disk / "filler").unlink()
    jobs.retry(owner, job_id)
    runner.run(job_id)
    assert state(owner, job_id).state is State.done


def test_a_disk_that_fails_while_the_file_is_copied_is_a_reason(
    owner: Actor, runner: Runner, board: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(job_runs.shutil, "copyfileobj", fail)
    job_id = ask(owner, board)
    runner.run(job_id)
    assert "room" in state(owner, job_id).message
    assert not files()


def test_an_error_nobody_expected_is_a_state_and_in_the_log(
    owner: Actor, runner: Runner, board: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(exports, "_drawn", lambda *_: fail())
    job_id = ask(owner, board)
    runner.run(job_id)
    told = state(owner, job_id)
    assert told.state is State.failed
    assert "secret" not in told.message
    assert any(record.exc_info for record in caplog.records)


def test_the_job_of_a_worker_that_fell_silent_fails_with_a_reason_and_can_be_made_again(
    owner: Actor, runner: Runner, board: int
) -> None:
    job_id = ask(owner, board)
    change(job_id, state="running", run="0" * 32, started_at=now(), seen_at=now() - timedelta(seconds=60))
    runner.beat()
    told = state(owner, job_id)
    assert (told.state, told.message) == (State.failed, DIED)
    jobs.retry(owner, job_id)
    runner.run(job_id)
    assert state(owner, job_id).state is State.done


def test_a_worker_that_lives_keeps_its_jobs_however_long_a_tile_takes(
    owner: Actor, runner: Runner, context: Flask, board: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(owner, board)

    def slow() -> None:
        change(job_id, seen_at=now() - timedelta(hours=1))
        runner.beat()
        Runner(context).beat()

    meanwhile(monkeypatch, slow)
    runner.run(job_id)
    assert state(owner, job_id).state is State.done


def test_a_worker_that_wakes_up_too_late_changes_nothing(
    owner: Actor, runner: Runner, context: Flask, board: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(owner, board)

    def late() -> None:
        change(job_id, seen_at=now() - timedelta(hours=1))
        Runner(context).beat()

    meanwhile(monkeypatch, late)
    runner.run(job_id)
    told = state(owner, job_id)
    assert (told.state, told.message) == (State.failed, DIED)
    assert not files()


def test_a_worker_that_ends_gives_its_jobs_back(
    owner: Actor, runner: Runner, context: Flask, board: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(owner, board)
    meanwhile(monkeypatch, runner.stop)
    runner.run(job_id)
    told = state(owner, job_id)
    assert (told.state, told.done, told.started_at) == (State.queued, 0, None)
    runner.run(job_id)
    assert state(owner, job_id).state is State.queued, "a worker that ends takes no more"
    Runner(context).run(job_id)
    assert state(owner, job_id).state is State.done


def test_jobs_that_the_queue_lost_are_found(owner: Actor, runner: Runner, board: int) -> None:
    job_id = ask(owner, board)
    assert runner.beat() == []
    change(job_id, seen_at=now() - timedelta(seconds=30))
    assert runner.beat() == [job_id]


def test_that_nobody_works_is_noticed(owner: Actor, runner: Runner, board: int) -> None:
    job_id, other = ask(owner, board), ask(owner, board)
    assert not jobs.nobody_works()
    change(job_id, seen_at=now() - timedelta(minutes=5))
    assert jobs.nobody_works()
    assert {part.name: part.ok for part in health.parts()}["exports"] is False
    change(other, state="running", run="0" * 32)
    assert not jobs.nobody_works(), "one is at work, the other waits for it"


def test_after_a_day_row_and_file_are_gone_and_nothing_else(
    owner: Actor, runner: Runner, context: Flask, board: int
) -> None:
    old, young, waiting = ask(owner, board), ask(owner, board, format="csv"), ask(owner, board)
    for job_id in (old, young):
        runner.run(job_id)
    change(old, expires_at=now() - timedelta(minutes=1))
    stray, fresh = (runtime().export_folder / f"{digit * 32}.xlsx" for digit in "ab")
    foreign = runtime().export_folder / "kept by somebody.xlsx"
    for path in (stray, fresh, foreign):
        path.touch()
    for path in (stray, foreign):
        os.utime(path, (0, 0))
    runner.tidy_up()
    db.session.rollback()
    assert {item.id for item in jobs.list_exports(owner).items} == {young, waiting}
    assert not stray.exists()
    assert {path.suffix for path in files()} == {".zip", ".xlsx"}
    assert len(files()) == 3


def test_nobody_can_fill_the_queue_or_the_disk(
    owner: Actor, runner: Runner, board: int, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MAX_OPEN", 2)
    monkeypatch.setattr(jobs, "MAX_KEPT", 3)
    first, _ = ask(owner, board), ask(owner, board)
    with pytest.raises(Conflict, match="not finished"):
        ask(owner, board)
    ask(actor(people.viewer, Role.viewer), board)
    jobs.cancel(owner, first)
    third = ask(owner, board)
    with pytest.raises(Conflict, match="not finished"):
        jobs.retry(owner, first)
    jobs.cancel(owner, third)
    with pytest.raises(Conflict, match="Remove one"):
        ask(owner, board)
    jobs.remove(owner, third)
    ask(owner, board)


def test_what_is_made_can_be_fetched_when_nothing_can_be_written(
    owner: Actor, runner: Runner, board: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(owner, board)
    runner.run(job_id)

    def full() -> None:
        raise StorageFull

    monkeypatch.setattr(jobs, "write_tx", full)
    with jobs.open_file(owner, job_id).file as file:
        assert file.read(2) == b"PK"


def test_a_queue_that_cannot_be_opened_keeps_no_server_from_starting(tmp_path: Path) -> None:
    (tmp_path / "queue.db").mkdir()
    opened = queue.open_queue(Config.load(env="development", data_dir=tmp_path), "a")
    assert opened.waiting() is None
    assert opened.send(1) is False


def test_a_file_that_somebody_deleted_is_said_to_be_gone(owner: Actor, runner: Runner, board: int) -> None:
    job_id = ask(owner, board)
    runner.run(job_id)
    files()[0].unlink()
    with pytest.raises(NotFound, match="Make it again"):
        jobs.open_file(owner, job_id)
