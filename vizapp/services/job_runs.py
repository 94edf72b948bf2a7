"""How workers run jobs: one attempt holds a job, says that it lives, and writes only while it still holds it.

An attempt is a name in the row's `run`. Whatever takes it away (cancelling, another worker, deleting the user) stops
the attempt at its next tile, and its file is thrown away. A row whose attempt was not heard of for LEASE was left by a
worker that died.
"""

import logging
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import time

from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from vizapp.access import Actor, Role, Scope, lesser
from vizapp.config import MIB
from vizapp.errors import AppError, PermissionDenied, StorageFull, Unavailable
from vizapp.exports.excel import too_large
from vizapp.exports.names import file_name
from vizapp.extensions import db, write_tx
from vizapp.models import Job, User
from vizapp.models.columns import now
from vizapp.schemas.exports import State
from vizapp.services import deliveries, export_formats, jobs
from vizapp.services.exports import Export
from vizapp.services.runtime import runtime
from vizapp.sources.store import appearing

# A running attempt says every BEAT seconds that it lives; after LEASE of silence its worker is dead.
BEAT = 3.0
LEASE = timedelta(seconds=20)
# A job that nobody took so long after it was asked for may be missing in the queue.
OVERDUE = timedelta(seconds=5)
# A file that no row names may be that of an attempt which is about to write it there.
_FRESH_SECONDS = 3600
DIED = "The worker that made this ended before it was done. Try again."
_log = logging.getLogger(__name__)


class Taken(Exception):
    """The attempt does not hold its job any more."""


class Stopping(Exception):
    """The worker ends; the job goes back to the queue."""


class Runner:
    """What one worker process does with jobs; its methods are called from several threads."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._attempts: set[str] = set()

    # --- one job

    def run(self, job_id: int) -> None:
        """Take the job and do it, unless somebody else did."""
        if self._stopping.is_set():
            return
        with self._app.app_context(), self._held(job_id) as attempt:
            if attempt:
                self._attempt(job_id, attempt)

    @contextmanager
    def _held(self, job_id: int) -> Iterator[str]:
        attempt = uuid.uuid4().hex
        moment = now()
        begun = {"state": State.running, "run": attempt, "started_at": moment, "seen_at": moment}
        with write_tx() as session:
            waiting = update(Job).where(Job.id == job_id, Job.state == State.queued)
            taken = session.execute(waiting.values(**begun, done=0, total=0, message="")).rowcount  # type: ignore[attr-defined]
        self._attempts.add(attempt)
        try:
            yield attempt if taken else ""
        finally:
            self._attempts.discard(attempt)

    def _attempt(self, job_id: int, attempt: str) -> None:
        try:
            self._export(job_id, attempt)
        except Taken:
            _log.info("job stopped", extra={"job": job_id})
        except Stopping:
            self.give_back([attempt])
        except AppError as exc:
            self._fail(attempt, exc.message)
        except Exception as exc:  # noqa: BLE001 - the border of a job
            _log.error("job", exc_info=exc, extra={"job": job_id})
            self._fail(attempt, "This could not be made. The error is in the server's log.")

    def _export(self, job_id: int, attempt: str) -> None:
        row = db.session.get_one(Job, job_id)
        asked = row.parameters
        what: export_formats.What = "chart" if asked["what"] == "chart" else "dashboard"
        chosen = export_formats.known(what, str(asked["format"]))
        options = chosen.read(asked["options"] if isinstance(asked["options"], dict) else {})
        actor, where = actor_of(row), deliveries.of(row)

        def tell(done: int, of: int) -> None:
            self._still(attempt, done=done, total=of)

        def deliver(path: Path) -> None:
            if where is not None:
                self._still(attempt)
                deliveries.send(actor, job_id, where, path)

        tell(0, 0)
        if where is not None:
            deliveries.store_of(actor, where)
        export = chosen.make(actor, int(str(asked["id"])), options, tell)
        with export.file:
            self._keep(attempt, export, deliver)
        _log.info("job done", extra={"job": job_id, "bytes": export.size})

    def _still(self, attempt: str, **values: object) -> None:
        """Say that the attempt goes on; raises Taken and Stopping when it must not."""
        if self._stopping.is_set():
            raise Stopping
        self._write(attempt, seen_at=now(), **values)

    def _keep(self, attempt: str, export: Export, deliver: Callable[[Path], None]) -> None:
        """The file appears whole in the folder, then where it is to go, then the row says so."""
        most = runtime().config.max_export_size_mb * MIB
        if export.size > most:
            raise too_large(most)
        stored = f"{attempt}{export.suffix}"
        target = runtime().export_folder / stored
        with appearing(target) as part, part.open("wb") as copy:
            part.chmod(0o600)
            shutil.copyfileobj(export.file, copy, MIB)
        facts: dict[str, object] = {
            "title": export.title[:100],
            "file_name": f"{file_name(export.title) or 'export'}{export.suffix}",
            "file_size": export.size,
            "stored_name": stored,
            "media_type": export.media_type,
        }
        try:
            deliver(target)
            ended = now()
            self._write(
                attempt, state=State.done, finished_at=ended, expires_at=ended + jobs.KEPT, fetched_at=None, **facts
            )
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    def _write(self, attempt: str, **values: object) -> None:
        """Change the row that this attempt holds; raises Taken when it holds none."""
        with write_tx() as session:
            held = update(Job).where(Job.run == attempt, Job.state == State.running)
            if not session.execute(held.values(**values)).rowcount:  # type: ignore[attr-defined]
                raise Taken

    def _fail(self, attempt: str, message: str) -> None:
        ended = now()
        try:
            self._write(
                attempt, state=State.failed, message=message, finished_at=ended, expires_at=ended + jobs.KEPT, run=""
            )
        except Taken:
            return
        _log.warning("job failed", extra={"why": message})

    # --- all jobs

    def stop(self) -> None:
        """Let running jobs end at their next tile; they go back to the queue."""
        self._stopping.set()

    def give_back(self, attempts: list[str] | None = None) -> None:
        """Put the jobs of these attempts, or of all, back to the queue."""
        with self._app.app_context(), write_tx() as session:
            held = update(Job).where(Job.run.in_(attempts or list(self._attempts)), Job.state == State.running)
            session.execute(held.values(state=State.queued, run="", done=0, total=0, started_at=None, seen_at=now()))

    def beat(self) -> list[int]:
        """Say that this worker's jobs live and end those of dead workers; the ids of jobs that the queue may have lost.

        A database that is busy or full is asked again at the next beat.
        """
        with self._app.app_context():
            waiting = select(Job.id).where(Job.state == State.queued, Job.seen_at < now() - OVERDUE)
            try:
                self._beat()
                return list(db.session.scalars(waiting.order_by(Job.id)))
            except (StorageFull, Unavailable, SQLAlchemyError) as exc:
                _log.warning("a worker cannot reach the database", extra={"why": type(exc).__name__})
                return []

    def _beat(self) -> None:
        moment = now()
        lost = (Job.state == State.running, Job.seen_at < moment - LEASE)
        if attempts := list(self._attempts):
            # First: after a sleep of the whole machine the silence was nobody's death.
            with write_tx() as session:
                mine = (Job.state == State.running, Job.run.in_(attempts))
                session.execute(update(Job).where(*mine).values(seen_at=moment))
        if db.session.scalar(select(Job.id).where(*lost).limit(1)) is None:
            db.session.rollback()
            return
        with write_tx() as session:
            session.execute(
                update(Job)
                .where(*lost)
                .values(state=State.failed, message=DIED, run="", finished_at=moment, expires_at=moment + jobs.KEPT)
            )

    def tidy_up(self) -> None:
        """Forget what is older than a day: rows, their files, and files that nobody has."""
        with self._app.app_context():
            with write_tx() as session:
                over = (Job.expires_at < now(), Job.state.not_in(jobs.OPEN))
                names = session.scalars(select(Job.stored_name).where(*over)).all()
                session.execute(delete(Job).where(*over))
            jobs.forget_files(names)
            known = set(db.session.scalars(select(Job.stored_name)))
            _forget_strays(runtime().export_folder, known)


def _forget_strays(folder: Path, known: set[str]) -> None:
    """Files of ours that no row names: a worker or a server was killed between the two."""
    for path in folder.iterdir():
        ours = len(path.name) > 32 and set(path.name[:32]) <= set("0123456789abcdef")
        if ours and path.name not in known and path.stat().st_mtime < time() - _FRESH_SECONDS:
            path.unlink(missing_ok=True)


def actor_of(row: Job) -> Actor:
    """Who asked for the job, as they may now and never more than when they asked. Raises PermissionDenied."""
    user = db.session.get(User, row.created_by) if row.created_by is not None else None
    if user is None or not user.is_active:
        raise PermissionDenied("The account that asked for this is not active any more.")
    return Actor(
        role=lesser(Role(row.role), Role(user.role)),
        user_id=user.id,
        name=user.username,
        address=row.address,
        scope=Scope(row.scope) if row.scope else None,
    )
