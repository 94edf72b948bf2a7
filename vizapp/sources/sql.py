"""A database as a source: questions go to the server as SQL, one transaction that cannot write for each answer."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import pool
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.url import URL
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.expression import FromClause

from vizapp.errors import AppError, DatabaseTimeout, DatabaseUnreachable, NotFound, QueryCancelled, SourceBusy
from vizapp.schemas.base import ColumnType
from vizapp.schemas.connection import DatabaseConfig
from vizapp.schemas.table import TableName
from vizapp.sources import catalog
from vizapp.sources.address import resolve
from vizapp.sources.drivers import CONNECT_SECONDS, Deadline, Driver
from vizapp.sources.sql_types import Field, Kind
from vizapp.sources.statement import Statement, read

MAX_BYTES = 64 * 2**20
_RECYCLE_SECONDS = 1800
# How often a question that waits for its turn looks whether anybody still waits for it.
_LOOK_SECONDS = 0.25
_BATCH = 2000
_KNOWN_SECONDS = 300.0
_VALUE_BYTES = 16
# For how long a question waits while the source has as many as it may have.
BUSY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may take, and where connections may lead.

    A process asks one database at most `at_once` questions, fewer where the connection says so, and lets `waiting`
    more wait for their turn: what is beyond holds no thread.
    """

    seconds: float = 30
    bytes: int = MAX_BYTES
    networks: tuple[str, ...] = ()
    at_once: int = 10
    waiting: int = 10


# Says when a question is to stop; None: never.
Stop = Callable[[], bool] | None


@dataclass(frozen=True, slots=True)
class Rows:
    """What a question brought; `truncated` tells that a cap on rows or bytes cut it."""

    fields: list[Field]
    rows: list[tuple[Any, ...]]
    truncated: bool


@dataclass(frozen=True, slots=True)
class _Link:
    """A raw connection, and the addresses it may be cancelled at."""

    raw: Any
    addresses: Sequence[str]

    def close(self) -> None:
        """For the pool."""
        self.raw.close()

    def rollback(self) -> None:
        """For the pool, which is told not to use it."""
        self.raw.rollback()


class Database:
    """A server with a pool of connections to it; what `columns` says is remembered for a while. Safe for threads."""

    def __init__(
        self, driver: Driver, config: DatabaseConfig, limits: Limits, *, name: str = "", hint: str = ""
    ) -> None:
        """`name` is what people call it; `hint` is what to do, told behind why the server cannot be reached."""
        self.driver, self.config, self.limits = driver, config, limits
        self._name, self._hint = name, hint
        kind: Any = URL.create(driver.dialect).get_dialect()
        self.dialect: Dialect = kind(paramstyle="pyformat")
        self._pool = pool.QueuePool(
            self._connect,  # type: ignore[arg-type]  # a link is as much of a connection as the pool needs
            pool_size=config.pool_size,
            max_overflow=config.max_overflow,
            recycle=_RECYCLE_SECONDS,
            use_lifo=True,
            reset_on_return=None,
        )
        self._turns = threading.BoundedSemaphore(min(limits.at_once, config.pool_size + config.max_overflow))
        self._waiting = 0
        self._lock = threading.Lock()
        self._known: dict[object, tuple[float, Any]] = {}

    def _connect(self) -> _Link:
        config = self.config
        addresses = resolve(config.host, config.port, networks=self.limits.networks, seconds=CONNECT_SECONDS)
        return _Link(self.driver.connect(config, addresses), addresses)

    def close(self) -> None:
        """Close what is not in use; what is in use is closed when it comes back."""
        self._pool.dispose()

    @contextmanager
    def transaction(self, *, foreign: bool = False, stop: Stop = None) -> Iterator["Transaction"]:
        """A transaction that cannot write, undone at its end. `foreign`: with a statement that a person wrote.

        What it does at the server is cancelled there as soon as `stop` says so.
        Raises DatabaseUnreachable, DatabaseTimeout, SourceBusy, QueryCancelled, and what the driver makes of the
        server's errors.
        """
        with self._turn(stop):
            yield from self._transaction(foreign=foreign, stop=stop)

    @contextmanager
    def _turn(self, stop: Stop) -> Iterator[None]:
        """One of the questions that the database may be asked at once."""
        if not self._turns.acquire(blocking=False):
            self._wait_for_turn(stop)
        try:
            yield
        finally:
            self._turns.release()

    def _wait_for_turn(self, stop: Stop) -> None:
        with self._lock:
            if self._waiting >= self.limits.waiting:
                raise SourceBusy.of(self._name)
            self._waiting += 1
        ends = time.monotonic() + BUSY_SECONDS
        try:
            while not self._turns.acquire(timeout=_LOOK_SECONDS):
                if stop is not None and stop():
                    raise QueryCancelled()
                if time.monotonic() >= ends:
                    raise SourceBusy.of(self._name)
        finally:
            with self._lock:
                self._waiting -= 1

    def _transaction(self, *, foreign: bool, stop: Stop) -> Iterator["Transaction"]:
        seconds, held = self.limits.seconds, self._checked_out()
        try:
            with self._clock(held, stop) as clock, self._told(foreign=foreign, clock=clock):
                try:
                    self.driver.begin(self._link(held).raw, seconds)
                except self.driver.errors():
                    if clock.passed or clock.stopped:
                        raise
                    # A connection that lay in the pool may have died there; a fresh one says what is the matter.
                    held.invalidate()
                    held.close()
                    held = None
                    held = self._checked_out()
                    clock.now_beside(self._link(held).raw)
                    self.driver.begin(self._link(held).raw, seconds)
                yield Transaction(self, self._link(held).raw, time.monotonic() + seconds, clock, foreign=foreign)
        finally:
            if held is not None:
                self._give_back(held, foreign=foreign)

    def _clock(self, held: Any, stop: Stop) -> Deadline:
        link = self._link(held)
        return Deadline(self.driver, link.raw, self.config, link.addresses, self.limits.seconds, stop=stop)

    @contextmanager
    def _told(self, *, foreign: bool, clock: Deadline) -> Iterator[None]:
        """The driver's errors as ours."""
        try:
            yield
        except self.driver.errors() as exc:
            if clock.stopped:
                raise QueryCancelled() from exc
            raise self._about(self.driver.translate(exc, foreign=foreign, late=clock.passed)) from exc

    def _give_back(self, held: Any, *, foreign: bool) -> None:
        """Undo everything; a connection that cannot be made as new is thrown away."""
        healthy = False
        with suppress(*self.driver.errors()):
            healthy = self.driver.finish(self._link(held).raw, foreign=foreign)
        if not healthy:
            held.invalidate()
        held.close()

    def _checked_out(self) -> Any:
        try:
            return self._pool.connect()
        except DatabaseUnreachable as exc:
            said = self._without_password(exc.message)
            raise DatabaseUnreachable(f"{said} {self._hint}".strip(), details=exc.details) from exc

    def _without_password(self, text: str) -> str:
        """A server may quote what it was sent."""
        return text.replace(self.config.password, "***") if self.config.password else text

    @staticmethod
    def _link(held: Any) -> _Link:
        link: _Link = held.dbapi_connection
        return link

    def _about(self, error: AppError) -> AppError:
        if isinstance(error, DatabaseTimeout):
            seconds = self.limits.seconds
            unit = "second" if seconds == 1 else "seconds"
            message = f"The database took longer than {seconds:g} {unit} and was stopped. {_NARROW}"
            return DatabaseTimeout(message, details={"seconds": seconds})
        return error

    def collation(self) -> str:
        """See Driver."""

        def look() -> str:
            with self.transaction() as opened:
                return self.driver.collation(opened.raw)

        return str(self.known("collation", look))

    def known(self, key: object, find: Any) -> Any:
        """What `find` says, asked again after some minutes."""
        with self._lock:
            at, value = self._known.get(key, (0.0, None))
        if at and time.monotonic() - at < _KNOWN_SECONDS:
            return value
        value = find()
        with self._lock:
            if len(self._known) > 1000:
                self._known.clear()
            self._known[key] = (time.monotonic(), value)
        return value

    def forget(self) -> None:
        """Ask again for what `known` remembers."""
        with self._lock:
            self._known.clear()


_NARROW = "Narrow the question: fewer rows, a filter, a coarser step of time."


@dataclass(frozen=True, slots=True)
class Transaction:
    """Questions inside one transaction, all before `ends` on the monotonic clock."""

    database: Database
    raw: Any
    ends: float
    clock: Deadline
    foreign: bool = False

    def ask(self, statement: ClauseElement, *, rows: int | None = None, at_once: bool = False) -> Rows:
        """The answer, at most `rows` rows of it; `at_once` when it is short for sure."""
        compiled = statement.compile(dialect=self.database.dialect, compile_kwargs={"render_postcompile": True})
        if rows is not None:
            self.database.driver.cap(self.raw, rows + 1)
        # psycopg2 and pymysql count percent signs when there are parameters, also when there are none of ours.
        cursor = self.database.driver.cursor(
            self.raw, str(compiled), compiled.params or {}, foreign=self.foreign, at_once=at_once
        )
        return self._read(cursor, rows)

    def _read(self, cursor: Any, rows: int | None) -> Rows:
        found: list[tuple[Any, ...]] = []
        # One row first: a batch of rows is as long as the largest so far allows, for memory is bounded in bytes.
        size, largest, whole, batch = 0, _VALUE_BYTES, False, 1
        while not whole and size <= self.database.limits.bytes and (rows is None or len(found) <= rows):
            if self.clock.stopped:
                raise QueryCancelled()
            if time.monotonic() > self.ends:
                raise self.database._about(DatabaseTimeout())
            part = cursor.fetchmany(batch if rows is None else min(batch, rows + 1 - len(found)))
            sizes = [sum(map(_size, row)) for row in part]
            size, largest, whole = size + sum(sizes), max([largest, *sizes]), not part
            batch = max(1, min(_BATCH, self.database.limits.bytes // 4 // largest))
            found += part
        fields = self.database.driver.fields(cursor)
        if whole:
            cursor.close()
        over = rows is not None and len(found) > rows
        return Rows(fields, found[:rows], truncated=over or (not whole and size > self.database.limits.bytes))


def _size(value: object) -> int:
    return len(value) + _VALUE_BYTES if isinstance(value, str | bytes | memoryview) else _VALUE_BYTES


@dataclass(frozen=True, slots=True)
class SqlSource:
    """A table of a database, or what a person's SELECT gives. `revision` names the connection as it is now.

    A question of it is ended as soon as `stop` says so.
    """

    database: Database
    revision: str
    table: TableName | None = None
    sql: str = ""
    stop: Stop = field(default=None, compare=False, repr=False)

    def columns(self) -> dict[str, ColumnType]:
        """Column name → type. Raises NotFound for a table that is not there, InvalidQuery, DatabaseUnreachable, …."""
        return {name: kind.type for name, kind in self.kinds().items()}

    def kinds(self) -> dict[str, Kind]:
        """Column name → what it holds, as the database says."""
        found: dict[str, Kind] = self.database.known(("columns", self.version()), self._kinds)
        return found

    def version(self) -> str:
        """Another one for another connection, table or query; how old an answer may be is the asker's to say."""
        what = self.table.wire() if self.table is not None else self.sql
        return hashlib.sha256(f"{self.revision}\0{what!r}".encode()).hexdigest()

    @property
    def reader(self) -> str:
        """sqlglot's name for the SQL of this database."""
        return self.database.driver.reader

    def collation(self) -> str:
        """The collation by which this database compares text as the program does; empty for its own."""
        return self.database.collation()

    @property
    def foreign(self) -> bool:
        """Whether a person wrote the SQL."""
        return self.table is None

    def relation(self) -> FromClause:
        """What to select from; its columns have the names of `kinds`."""
        names: list[sa.ColumnClause[Any]] = [sa.column(sa.quoted_name(name, quote=True)) for name in self.kinds()]
        return self._from(names)

    def ask(self, statement: ClauseElement, *, at_once: bool = False) -> Rows:
        """The whole answer to `statement`, in a transaction of its own."""
        with self.database.transaction(foreign=self.foreign, stop=self.stop) as opened:
            return opened.ask(statement, at_once=at_once)

    def statement(self) -> Statement:
        """The person's SQL; raises InvalidQuery."""
        return read(self.sql, self.database.driver.reader)

    def _from(self, names: Sequence[sa.ColumnClause[Any]]) -> FromClause:
        if self.table is None:
            return self.statement().clause().columns(*names).subquery("q")
        found = find_table(self.database, self.table)
        return sa.table(
            sa.quoted_name(found.name, quote=True), *names, schema=sa.quoted_name(found.schema_name, quote=True)
        )

    def _kinds(self) -> dict[str, Kind]:
        everything: sa.Select[Any] = sa.select(sa.literal_column("*")).select_from(self._from(()))
        # MariaDB works out a subquery for LIMIT 0, but not for what cannot be true.
        fields = self.ask(everything.where(sa.literal_column("1") == sa.literal_column("0")).limit(0)).fields
        return {field.name: field.kind for field in fields}


def find_table(database: Database, name: TableName) -> catalog.Table:
    """The table of that name as the database writes it. Raises NotFound."""

    def look() -> catalog.Table | None:
        with database.transaction() as opened:
            return catalog.find(opened, database.driver.reader, name)

    found: catalog.Table | None = database.known(("table", name.schema_name, name.name), look)
    if found is None:
        database.forget()
        raise NotFound.of("table")
    return found


__all__ = ["Database", "DatabaseUnreachable", "Limits", "Rows", "SqlSource", "Transaction", "find_table"]
