"""Exports in the background: asked for, followed, fetched and thrown away by who asked for them, and nobody else.

Their rows are the truth; the queue and the workers (services/job_runs.py) follow them. Whoever asks for another's
gets the answer of one that does not exist, admins too.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from vizapp.access import Actor, Permission, require
from vizapp.errors import Conflict, NotFound, StorageFull, Unavailable
from vizapp.exports import destinations
from vizapp.extensions import db, write_tx
from vizapp.models import Job
from vizapp.models.columns import now
from vizapp.schemas.exports import Destination, ExportBody, ExportRecord, State
from vizapp.schemas.records import Page
from vizapp.services import audit, deliveries, export_formats
from vizapp.services.exports import Export
from vizapp.services.listing import ordered
from vizapp.services.runtime import runtime

EXPORT = "export"
# For how long a finished job and its file are kept.
KEPT = timedelta(days=1)
# Of one user: jobs that are not finished, and jobs in all.
MAX_OPEN, MAX_KEPT = 5, 50
# After which somebody should have begun with a job, when none runs.
PATIENCE = timedelta(minutes=1)
OPEN = (State.queued, State.running)


def start(actor: Actor, sent: ExportBody) -> ExportRecord:
    """Have it made. Raises NotFound, PermissionDenied, InvalidInput naming the field, or Conflict over the limits."""
    require(actor, Permission.EXPORT_READ)
    chosen = export_formats.known(sent.what, sent.format)
    options = chosen.read(sent.options)
    title, moment = export_formats.title(actor, sent.what, sent.id), now()
    where = _destination(actor, sent, destinations.names_of(sent.what, title, chosen.ending_of(options), moment))
    row = Job(
        kind=EXPORT,
        title=title,
        parameters={"what": sent.what, "id": sent.id, "format": sent.format, "options": options.wire(), **where},
        created_at=moment,
        created_by=actor.user_id,
        role=actor.role,
        scope=actor.scope,
        address=actor.address,
    )
    with write_tx() as session:
        _check_open(session, actor)
        _check_kept(session, actor)
        session.add(row)
        session.flush()
        audit.record(session, actor, "export.start", sent.what, sent.id, format=sent.format, **where)
    runtime().queue.send(row.id)
    return record(row)


def _destination(actor: Actor, sent: ExportBody, names: Mapping[str, str]) -> dict[str, object]:
    """The parameter for where the file goes: filled in now, so that each attempt puts it at the same place."""
    if sent.destination is None:
        return {}
    deliveries.store_of(actor, sent.destination)
    key = destinations.key_of(sent.destination.path, names)
    return {"destination": Destination(connection_id=sent.destination.connection_id, path=key).model_dump()}


def _check_open(session: Session, actor: Actor) -> None:
    if _count(session, actor, *OPEN) >= MAX_OPEN:
        raise Conflict(f"You have {MAX_OPEN} exports that are not finished. Wait for one, or cancel it.")


def _check_kept(session: Session, actor: Actor) -> None:
    if _count(session, actor, *State) >= MAX_KEPT:
        raise Conflict(f"You have {MAX_KEPT} exports already. Remove one first.")


def _count(session: Session, actor: Actor, *states: State) -> int:
    mine = (Job.created_by == actor.user_id, Job.kind == EXPORT, Job.state.in_(states))
    return session.scalar(select(func.count()).where(*mine)) or 0


def record(row: Job) -> ExportRecord:
    """The row as a plain value."""
    asked = {"what": row.parameters["what"], "object_id": row.parameters["id"], "format": row.parameters["format"]}
    asked["destination"] = deliveries.of(row)
    names = ExportRecord.model_fields.keys() - asked.keys()
    return ExportRecord.model_validate({name: getattr(row, name) for name in names} | asked)


def list_exports(
    actor: Actor, *, search: str = "", sort: str = "", offset: int = 0, limit: int = 50
) -> Page[ExportRecord]:
    """One's own, newest first."""
    require(actor, Permission.EXPORT_READ)
    query = _own(actor).where(Job.title.icontains(search.replace("\x00", ""), autoescape=True))
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.session.scalars(query.order_by(*ordered(Job, sort or "-created_at")).offset(offset).limit(limit))
    return Page(items=[record(row) for row in rows], total=total, offset=offset, limit=limit)


def _own(actor: Actor) -> Select[Job]:
    # Read anew: a worker changes these rows, and what the session remembers is what they were.
    return (
        select(Job).where(Job.created_by == actor.user_id, Job.kind == EXPORT).execution_options(populate_existing=True)
    )


def _row(actor: Actor, job_id: int) -> Job:
    require(actor, Permission.EXPORT_READ)
    row = db.session.scalar(_own(actor).where(Job.id == job_id))
    if row is None:
        raise NotFound.of("export")
    return row


def get_export(actor: Actor, job_id: int) -> ExportRecord:
    """Raises NotFound, also for another's."""
    return record(_row(actor, job_id))


def cancel(actor: Actor, job_id: int) -> ExportRecord:
    """Stop it, at its next tile at the latest; what is finished stays as it is. Raises NotFound."""
    with write_tx() as session:
        _row(actor, job_id)
        ended = now()
        session.execute(
            update(Job)
            .where(Job.id == job_id, Job.state.in_(OPEN))
            .values(state=State.cancelled, finished_at=ended, expires_at=ended + KEPT, run="")
        )
    return get_export(actor, job_id)


def retry(actor: Actor, job_id: int) -> ExportRecord:
    """Have it made again. Raises NotFound, or Conflict when it is not one that failed or was cancelled.

    Raises what `start` does for a destination that may not be used any more.
    """
    with write_tx() as session:
        row = _row(actor, job_id)
        if row.state not in (State.failed, State.cancelled):
            raise Conflict("Only an export that failed or was cancelled can be made again.")
        if where := deliveries.of(row):
            deliveries.store_of(actor, where)
        _check_open(session, actor)
        row.state, row.message, row.done, row.total, row.run = State.queued, "", 0, 0, ""
        row.started_at = row.finished_at = row.expires_at = None
        row.role, row.scope, row.address, row.seen_at = str(actor.role), actor.scope, actor.address, now()
    runtime().queue.send(job_id)
    return get_export(actor, job_id)


def remove(actor: Actor, job_id: int) -> None:
    """Forget it and its file; what still runs is stopped. Raises NotFound."""
    with write_tx() as session:
        row = _row(actor, job_id)
        stored = row.stored_name
        session.delete(row)
    forget_files([stored])


def open_file(actor: Actor, job_id: int) -> Export:
    """The finished file. Raises NotFound, also when there is none (yet, or any more)."""
    row = _row(actor, job_id)
    if row.state != State.done:
        raise NotFound.of("export")
    try:
        file = (runtime().export_folder / row.stored_name).open("rb")
    except FileNotFoundError as exc:
        raise NotFound("The file of this export is gone. Make it again.") from exc
    found = Export(file, row.file_size or 0, row.title, Path(row.stored_name).suffix, row.media_type)
    _note_fetched(row)
    return found


def _note_fetched(row: Job) -> None:
    if row.fetched_at is not None:
        return
    # What is on a full disk can still be fetched.
    with suppress(StorageFull, Unavailable), write_tx() as session:
        session.execute(update(Job).where(Job.id == row.id).values(fetched_at=now()))


def nobody_works() -> bool:
    """Whether jobs wait for longer than a worker that has nothing else to do would let them."""
    waiting = select(Job.id).where(Job.state == State.queued, Job.seen_at < now() - PATIENCE)
    running = select(Job.id).where(Job.state == State.running)
    return db.session.scalar(waiting.where(~running.exists()).limit(1)) is not None


def stored_by(session: Session, user_id: int) -> Sequence[str]:
    """The names of the files a user has, to be forgotten with them."""
    return session.scalars(select(Job.stored_name).where(Job.created_by == user_id, Job.stored_name != "")).all()


def forget_files(names: Sequence[str]) -> None:
    """Remove files that no row names any more."""
    for name in filter(None, names):
        (runtime().export_folder / name).unlink(missing_ok=True)
