"""What the program needs of a kind of database server; each kind is one module that fills this in."""

import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from types import TracebackType
from typing import Any, Protocol, Self

from vizapp.errors import AppError
from vizapp.schemas.connection import DatabaseConfig
from vizapp.sources.sql_types import Field

CONNECT_SECONDS = 5.0
# Between the server's own limit and ours, which comes when the server does not keep its.
GRACE_SECONDS = 1.0
# How often somebody's wish to stop is looked for.
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Standing:
    """What the account behind a connection is and may; `warnings` are sentences for an admin."""

    server: str
    encrypted: bool
    warnings: tuple[str, ...]


class Driver(Protocol):
    """How one kind of server is spoken to. Raw connections and cursors are those of its Python driver."""

    @property
    def dialect(self) -> str:
        """SQLAlchemy's name for it, such as `postgresql+psycopg2`."""
        ...

    @property
    def reader(self) -> str:
        """sqlglot's name for its SQL."""
        ...

    def connect(self, config: DatabaseConfig, addresses: Sequence[str]) -> Any:
        """A raw connection to the first address that answers. Raises AppError saying which step failed."""
        ...

    def begin(self, raw: Any, seconds: float) -> None:
        """Begin a transaction that cannot write and in which no statement runs for longer than `seconds`."""
        ...

    def cursor(self, raw: Any, statement: str, params: Any, *, foreign: bool, at_once: bool = False) -> Any:
        """A cursor at the first row of the answer, which stays at the server; with `at_once` all of it comes.

        With `foreign` a person wrote the statement, or a part of it: raises InvalidQuery unless it is a single one.
        """
        ...

    def fields(self, cursor: Any) -> list[Field]:
        """Names and kinds of the columns of the answer."""
        ...

    def cap(self, raw: Any, rows: int) -> None:
        """Let the server stop after so many rows where it can; nobody reads more."""
        ...

    def finish(self, raw: Any, *, foreign: bool) -> bool:
        """Undo everything and leave the connection as new; False when it has to be thrown away."""
        ...

    def cancel(self, raw: Any, config: DatabaseConfig, addresses: Sequence[str]) -> None:
        """End what the connection is doing, at the server; called from another thread."""
        ...

    def hang_up(self, raw: Any) -> None:
        """Close the way to the server from another thread, so that whoever waits for it wakes up."""
        ...

    def translate(self, exc: Exception, *, foreign: bool, late: bool) -> AppError:
        """The driver's error for the person who asked; `late` when our own clock had run out."""
        ...

    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""
        ...

    def collation(self, raw: Any) -> str:
        """The collation that compares text as the program does, or lowers its case so; empty for the server's own."""
        ...

    def standing(self, raw: Any) -> Standing:
        """What the account is; in a transaction."""
        ...


class Deadline:
    """A clock beside a question: cancels it at the server when it runs out, and hangs up when that does not help.

    It does the same as soon as `stop` says so; `passed` and `stopped` tell which of the two it was.
    """

    def __init__(
        self,
        driver: Driver,
        raw: Any,
        config: DatabaseConfig,
        addresses: Sequence[str],
        seconds: float,
        *,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        self.passed = self.stopped = False
        self._stop = stop
        self._driver, self._raw, self._where = driver, raw, (config, addresses)
        self._seconds, self._over = seconds, Event()

    def now_beside(self, raw: Any) -> None:
        """Watch another connection, with the time that is left."""
        self._raw = raw

    def _watch(self) -> None:
        if self._ended():
            return
        # Beside: a server that hangs does not answer to a cancellation either.
        Thread(target=self._cancel, daemon=True, name="cancel").start()
        if not self._over.wait(GRACE_SECONDS):
            self._driver.hang_up(self._raw)

    def _ended(self) -> bool:
        """Wait until the question is answered, its time has passed or it is to stop."""
        ends = time.monotonic() + self._seconds + GRACE_SECONDS
        if self._stop is None:
            self.passed = not self._over.wait(self._seconds + GRACE_SECONDS)
            return not self.passed
        while not self._over.wait(min(_LOOK_SECONDS, max(0.0, ends - time.monotonic()))):
            self.stopped, self.passed = self._stop(), time.monotonic() >= ends
            if self.stopped or self.passed:
                return False
        return True

    def _cancel(self) -> None:
        with suppress(AppError, *self._driver.errors()):
            self._driver.cancel(self._raw, *self._where)

    def __enter__(self) -> Self:
        Thread(target=self._watch, daemon=True, name="deadline").start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _exc: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._over.set()


def shut(descriptor: int) -> None:
    """End both directions of a socket that somebody else owns and may be waiting on."""
    with suppress(OSError), socket.socket(fileno=socket.dup(descriptor)) as twin:
        twin.shutdown(socket.SHUT_RDWR)
