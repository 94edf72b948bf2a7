"""The second level of the memory of results, which all processes share: what is asked of it, and living without it."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_DOWN = "the shared store of results does not answer; going on without it"
_FULL = "the shared store of results takes nothing more; it is read"
# How often whoever waits for another process looks whether the answer is still wanted.
_SLICE = 0.5
# For how long a store that failed is left alone: each try costs its time-out.
PAUSE_SECONDS = 10.0


class StoreFailed(Exception):
    """What a Store raises when it cannot be reached, whatever its library raises."""


class StoreFull(StoreFailed):
    """A Store that takes nothing more; what it holds can be read."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a store holds, and how often it had what was asked, over all processes since it was cleared."""

    entries: int = 0
    bytes: int = 0
    hits: int = 0
    misses: int = 0


class Store(Protocol):
    """A second level that several processes share, such as Redis. Each method may raise StoreFailed or OSError."""

    def get(self, key: str) -> bytes | None:
        """The bytes kept under `key`."""
        ...

    def set(self, key: str, value: bytes, seconds: float | None) -> None:
        """Keep `value` for `seconds`, or as long as there is room. Raises StoreFull."""
        ...

    def drop(self, prefix: str) -> None:
        """Forget every key that begins so."""
        ...

    def clear(self) -> None:
        """Forget everything, counters too."""
        ...

    def hold(self, key: str, seconds: float) -> Callable[[], None] | None:
        """Keep other processes from holding `key` until what is returned is called.

        None when another one held it for all of `seconds`.
        """
        ...

    def count(self, hits: int, misses: int) -> None:
        """Add to the counters."""
        ...

    def usage(self) -> Usage:
        """What is there now."""
        ...


class _Circuit:
    """Open for a while after a failure; says so once, until it works again."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.works = True
        self._now, self._again = now, 0.0
        self._lock = threading.Lock()

    def lets_pass(self) -> bool:
        """Whether to try; while it does not work, one at a time after each pause."""
        with self._lock:
            if self.works:
                return True
            if self._now() < self._again:
                return False
            self._again = self._now() + PAUSE_SECONDS
            return True

    def failed(self, message: str, cause: BaseException) -> None:
        """Note a failure."""
        with self._lock:
            told, self.works, self._again = not self.works, False, self._now() + PAUSE_SECONDS
        if not told:
            _log.warning("%s: %s", message, cause)

    def worked(self) -> None:
        """Note a success."""
        with self._lock:
            told, self.works = not self.works, True
        if told:
            _log.info("the shared store of results works again")


class Shared:
    """A store that may be missing, away, slow or full: then nothing is found, nothing kept, and a warning is logged."""

    def __init__(self, store: Store | None, *, now: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._reading, self._writing = _Circuit(now), _Circuit(now)

    @property
    def is_there(self) -> bool:
        """Whether answers are found and kept in it, as far as is known."""
        return self._store is not None and self._reading.works

    @property
    def trouble(self) -> str:
        """`down`, `full`, or nothing."""
        if not self._reading.works:
            return "down"
        return "" if self._writing.works else "full"

    def get(self, key: str) -> bytes | None:
        """See Store."""
        return self._read(lambda store: store.get(key))

    def set(self, key: str, value: bytes, seconds: float | None) -> None:
        """See Store."""

        def act(store: Store) -> bool:
            store.set(key, value, seconds)
            return True

        if self._write(act, otherwise=False):
            self._writing.worked()

    def drop(self, prefix: str) -> None:
        """See Store."""
        self._read(lambda store: store.drop(prefix))

    def clear(self) -> None:
        """See Store."""
        self._read(lambda store: store.clear())

    def count(self, hits: int, misses: int) -> None:
        """See Store."""
        self._write(lambda store: store.count(hits, misses), otherwise=None)

    def usage(self) -> Usage:
        """See Store; asks also where the last try failed, for whoever looks wants to know."""
        return self._read(lambda store: store.usage(), at_once=True) or Usage()

    def hold(self, key: str, seconds: float, *, wanted: Callable[[], bool]) -> Callable[[], None] | None:
        """See Store. Where the store does not answer, everybody holds the key; `wanted` ends the wait."""
        ends = time.monotonic() + seconds
        while self.is_there and self._writing.works:
            release = self._write(lambda store: store.hold(key, min(_SLICE, seconds)), otherwise=None)
            if release is not None:
                return partial(self._release, release)
            if time.monotonic() >= ends or not wanted():
                return None
        return _nothing

    def _release(self, let_go: Callable[[], None]) -> None:
        self._write(lambda _store: let_go(), otherwise=None)

    def _read(self, act: Callable[[Store], _T], *, at_once: bool = False) -> _T | None:
        """What `act` gives; None without a store, or when it fails."""
        if self._store is None or not (at_once or self._reading.lets_pass()):
            return None
        try:
            done = act(self._store)
        except (StoreFailed, OSError) as exc:
            self._reading.failed(_DOWN, exc)
            return None
        self._reading.worked()
        return done

    def _write(self, act: Callable[[Store], _T], *, otherwise: _T) -> _T:
        """The same for what changes the store; where it cannot be read, that is not tried."""
        if self._store is None or not (self._reading.works and self._writing.lets_pass()):
            return otherwise
        try:
            return act(self._store)
        except StoreFull as exc:
            self._writing.failed(_FULL, exc)
        except (StoreFailed, OSError) as exc:
            self._reading.failed(_DOWN, exc)
        return otherwise


def _nothing() -> None:
    """Nothing is held."""
