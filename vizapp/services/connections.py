"""Connections to databases and object stores: made and tested by admins, used by the roles that are set on them."""

import json
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from vizapp.access import Actor, Permission, can, may_use, require
from vizapp.errors import (
    AppError,
    Conflict,
    ConnectionOff,
    InvalidInput,
    NotFound,
    PermissionDenied,
    QueryCancelled,
    Unavailable,
)
from vizapp.extensions import db, write_tx
from vizapp.models import Chart, Connection
from vizapp.schemas.connection import (
    MASK,
    CloudConfig,
    ConnectionChanges,
    ConnectionConfig,
    ConnectionInput,
    ConnectionRecord,
    ConnectionType,
    DatabaseConfig,
    TestDetails,
    TestResult,
    parse_config,
)
from vizapp.schemas.records import Page
from vizapp.security.crypto import WrongKey
from vizapp.services import audit, stops
from vizapp.services.content import owner_name
from vizapp.services.listing import ordered
from vizapp.services.runtime import runtime
from vizapp.sources import catalog
from vizapp.sources.cloud.trial import look
from vizapp.sources.cloud.wire import Bounds
from vizapp.sources.pools import DRIVERS
from vizapp.sources.sql import Database, Limits

CANCELLED = "cancelled"
_TEST_SECONDS = 5.0
_LOOK_SECONDS = 0.1
_HINT = "An administrator can test the connection."


def list_connections(
    actor: Actor, *, search: str = "", sort: str = "", offset: int = 0, limit: int = 50
) -> Page[ConnectionRecord]:
    """Those the actor may use, by name; configs for admins only."""
    require(actor, Permission.CONNECTION_READ)
    query = select(Connection).where(Connection.name.icontains(search.replace("\x00", ""), autoescape=True))
    rows = [
        row for row in db.session.scalars(query.order_by(*ordered(Connection, sort or "name"))) if may_use(actor, row)
    ]
    page = rows[offset : offset + limit]
    return Page(items=[_record(actor, row) for row in page], total=len(rows), offset=offset, limit=limit)


def get_connection(actor: Actor, connection_id: int) -> ConnectionRecord:
    """Raises NotFound, also for one that this actor may not use."""
    return _record(actor, usable(actor, connection_id))


def create_connection(actor: Actor, sent: ConnectionInput) -> ConnectionRecord:
    """Stored as it is, whether it works or not: `try_connection` tells. Raises InvalidInput naming each field."""
    require(actor, Permission.CONNECTION_MANAGE)
    config = _with_secrets(parse_config(sent.type, sent.config), None)
    with write_tx() as session:
        row = Connection(created_by=actor.user_id, name=sent.name, type=sent.type, config=_seal(config))
        row.roles, row.is_active, row.revision = _roles(sent.roles), sent.is_active, _revision()
        session.add(row)
        session.flush()
        audit.record(session, actor, "connection.create", "connection", row.id, name=row.name, type=row.type)
    return _record(actor, row)


def update_connection(actor: Actor, connection_id: int, sent: ConnectionChanges) -> ConnectionRecord:
    """Replace what was sent. What was remembered of the data is asked again.

    Raises InvalidInput naming each wrong field, also when a stored password would go to another server.
    """
    require(actor, Permission.CONNECTION_MANAGE)
    with write_tx() as session:
        row = load(connection_id)
        if sent.config is not None:
            row.config = _seal(_with_secrets(parse_config(row.type, sent.config), row))
        row.name = sent.name if sent.name is not None else row.name
        row.roles = row.roles if sent.roles is None else _roles(sent.roles)
        row.is_active = row.is_active if sent.is_active is None else sent.is_active
        row.revision = _revision()
        changed = sorted(sent.model_fields_set)
        audit.record(session, actor, "connection.update", "connection", row.id, name=row.name, changed=changed)
    return _record(actor, row)


def delete_connection(actor: Actor, connection_id: int) -> None:
    """Raises Conflict while charts use it."""
    require(actor, Permission.CONNECTION_MANAGE)
    with write_tx() as session:
        row = load(connection_id)
        names = dependents(actor, connection_id)
        if names:
            raise Conflict(f"Charts still use this connection: {', '.join(names[:5])}.", details={"charts": names})
        audit.record(session, actor, "connection.delete", "connection", row.id, name=row.name)
        session.delete(row)
    runtime().databases.drop(connection_id)


def dependents(actor: Actor, connection_id: int) -> list[str]:
    """The names of the charts that ask this connection, for admins."""
    require(actor, Permission.CONNECTION_MANAGE)
    found = select(Chart.name).where(Chart.data_source_id == connection_id).order_by(Chart.name)
    return list(db.session.scalars(found))


def try_connection(actor: Actor, connection_id: int, *, run: str = "") -> TestResult:
    """Connect anew and look around; says which step failed. Written to the activity log; `run` names it for `stop`."""
    require(actor, Permission.CONNECTION_MANAGE)
    row = load(connection_id)
    return _noted(actor, connection_id, _test(actor, row.type, open_config(row), run))


def try_config(
    actor: Actor, kind: str, config: object, *, connection_id: int | None = None, run: str = ""
) -> TestResult:
    """The same for a config that is not stored yet; masked secrets are those of the connection it is to change.

    Where it is just what that connection has, this is a test of the connection.
    """
    require(actor, Permission.CONNECTION_MANAGE)
    parsed = parse_config(kind, config)
    row = None if connection_id is None else load(connection_id)
    if row is not None:
        parsed = _with_secrets(parsed, row if row.type == kind else None)
    result = _test(actor, kind, parsed, run)
    is_stored = row is not None and row.type == kind and _is_stored(parsed, row)
    return _noted(actor, row.id, result) if row is not None and is_stored else result


def _is_stored(config: ConnectionConfig, row: Connection) -> bool:
    try:
        return open_config(row) == config
    except Unavailable:
        return False


def _noted(actor: Actor, connection_id: int, result: TestResult) -> TestResult:
    if result.details.step != CANCELLED:
        known = {"ok": result.ok, "ms": result.elapsed_ms, "step": result.details.step}
        with write_tx() as session:
            audit.record(session, actor, "connection.test", "connection", connection_id, **known)
    return result


def _test(actor: Actor, kind: str, config: ConnectionConfig, run: str) -> TestResult:
    """Beside this thread: connecting cannot be interrupted, but whoever waits for it can turn away."""
    started = time.perf_counter()
    looked: Callable[[Callable[[], bool]], TestResult]
    if isinstance(config, CloudConfig):
        looked = partial(_look_at_store, config, Bounds(_TEST_SECONDS, runtime().config.database_networks), started)
    else:
        looked = partial(_look, _database(kind, config, seconds=_TEST_SECONDS), started)
    with stops.watched(actor, run) as stop:
        beside = ThreadPoolExecutor(1, "test")
        looking = beside.submit(looked, stop)
        beside.shutdown(wait=False)
        while not wait([looking], timeout=_LOOK_SECONDS).done:
            if stop():
                return _failed(QueryCancelled(details={"step": CANCELLED}), started)
        return looking.result()


def _look(database: Database, started: float, stop: Callable[[], bool]) -> TestResult:
    try:
        with database.transaction(stop=stop) as opened:
            standing = database.driver.standing(opened.raw)
            tables = catalog.tables(opened, database.driver.reader)
    except AppError as exc:
        return _failed(exc, started)
    finally:
        database.close()
    seen = "1 table or view" if len(tables) == 1 else f"{len(tables)} tables and views"
    warnings = [*standing.warnings, *([] if tables else ["This account sees no table."])]
    return TestResult(
        ok=True,
        message=f"Connected to {standing.server}; {seen} can be read.",
        elapsed_ms=_since(started),
        details=TestDetails(server=standing.server, encrypted=standing.encrypted, warnings=warnings),
    )


def _look_at_store(config: CloudConfig, limits: Bounds, started: float, _stop: Callable[[], bool]) -> TestResult:
    try:
        seen = look(config, limits)
    except AppError as exc:
        return _failed(exc, started)
    details = TestDetails(encrypted=seen.encrypted, warnings=list(seen.warnings))
    return TestResult(ok=True, message=seen.message, elapsed_ms=_since(started), details=details)


def _failed(error: AppError, started: float) -> TestResult:
    step = error.details.get("step")
    details = TestDetails(step=str(step) if step else "permission")
    return TestResult(ok=False, message=error.message, elapsed_ms=_since(started), details=details)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)


def load(connection_id: int) -> Connection:
    """The row; raises NotFound. The caller has checked, or will check, who asks."""
    row = db.session.get(Connection, connection_id)
    if row is None:
        raise NotFound.of("connection")
    return row


def usable(actor: Actor, connection_id: int) -> Connection:
    """The row, for questions of the actor's own. Raises NotFound, alike for what is not there and what is not lent."""
    require(actor, Permission.CONNECTION_READ)
    row = db.session.get(Connection, connection_id)
    if row is None or not may_use(actor, row):
        raise NotFound.of("connection")
    return row


def database_of(row: Connection) -> Database:
    """The pool of connections to it. Raises ConnectionOff, and Unavailable when its config cannot be decrypted."""
    if not row.is_active:
        raise ConnectionOff(f"The connection “{row.name}” is switched off.")
    kind, config = row.type, open_config(row)
    name, seconds = row.name, runtime().config.query_timeout_seconds

    def make() -> Database:
        return _database(kind, config, seconds=seconds, name=name, hint=_HINT)

    return runtime().databases.get(row.id, row.revision, make)


def cloud_of(row: Connection) -> CloudConfig:
    """Its object store. Raises as `database_of` does, and InvalidInput when it is a database."""
    if not row.is_active:
        raise ConnectionOff(f"The connection “{row.name}” is switched off.")
    config = open_config(row)
    if not isinstance(config, CloudConfig):
        raise InvalidInput.of({"connection_id": f"“{row.name}” is a database: it has tables, no files"})
    return config


def _database(kind: str, config: ConnectionConfig, *, seconds: float, name: str = "", hint: str = "") -> Database:
    if not isinstance(config, DatabaseConfig):
        raise InvalidInput.of({"connection_id": "This connection is no database: it has files, no tables."})
    here = runtime().config
    # With those that ask and those that wait there are always threads left for others.
    limits = Limits(
        seconds=seconds,
        networks=here.database_networks,
        at_once=max(1, here.web_threads // 2),
        waiting=here.web_threads // 4,
    )
    return Database(DRIVERS[ConnectionType(kind)], config, limits, name=name, hint=hint)


def open_config(row: Connection) -> ConnectionConfig:
    """The config with its secrets. Raises Unavailable when it was encrypted with a key that is gone."""
    try:
        return parse_config(row.type, json.loads(runtime().box.open(row.config)))
    except WrongKey as exc:
        raise Unavailable("The secrets of this connection cannot be decrypted. Enter its config again.") from exc


def _with_secrets(config: ConnectionConfig, row: Connection | None) -> ConnectionConfig:
    """`config` with masked secrets as they are stored. Raises InvalidInput for those of which nothing is."""
    try:
        stored = None if row is None else open_config(row)
    except Unavailable:
        # Encrypted with a key that is gone: to be entered again.
        stored = None
    if stored is not None:
        return config.with_secrets_of(stored)
    if masked := [name for name in config.secrets() if getattr(config, name) == MASK]:
        raise InvalidInput.of({f"config.{name}": f"Enter the {name}: none is stored." for name in masked})
    return config


def _shown(row: Connection) -> dict[str, object] | None:
    """The config for an admin's eyes; None when it cannot be decrypted."""
    try:
        return open_config(row).masked()
    except Unavailable:
        return None


def _seal(config: ConnectionConfig) -> str:
    return runtime().box.seal(json.dumps(config.wire()).encode())


def _revision() -> str:
    return secrets.token_hex(16)


def _roles(sent: Sequence[str]) -> list[str]:
    return [role for role in ("editor", "viewer") if role in sent]


def _record(actor: Actor, row: Connection) -> ConnectionRecord:
    shown = {name: getattr(row, name) for name in ConnectionRecord.model_fields if name not in ("config", "owner_name")}
    config = _shown(row) if can(actor, Permission.CONNECTION_MANAGE) else None
    return ConnectionRecord(**shown, config=config, owner_name=owner_name(row.owner))


def require_publishing(actor: Actor, session: Session, chart_ids: Collection[int]) -> None:
    """Raise PermissionDenied, naming a chart, unless `actor` may use every connection that these charts ask.

    Who may not ask a database must not show it to everybody either.
    """
    query = select(Chart.name, Connection).join(Connection, Chart.data_source_id == Connection.id)
    for name, connection in session.execute(query.where(Chart.id.in_(chart_ids))):
        if not may_use(actor, connection):
            raise PermissionDenied(f"“{name}” shows a connection that your role may not use: it cannot be published.")
