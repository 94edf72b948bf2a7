"""The memory of results: each question is answered once for as long as its data stays the same.

A bounded LRU of bytes in the process, over an optional shared store. Threads that ask the same
question together wait for one of them. Made after the fork, one per process.
"""

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from vizapp.query.fetched import Fetched, decode, encode
from vizapp.schemas.query import Query

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
MiB = 2**20
_FORMAT = "1"  # of the bytes; a shared store may hold those of another release


class StoreFailed(Exception):
    """What a Store raises when it cannot be reached, whatever its library raises."""


class Store(Protocol):
    """A second level that several processes share, such as Redis. Each method may raise StoreFailed."""

    def get(self, key: str) -> bytes | None:
        """The bytes kept under `key`."""
        ...

    def set(self, key: str, value: bytes, seconds: float | None) -> None:
        """Keep `value` for `seconds`, or for good."""
        ...

    def delete(self, key: str) -> None:
        """Forget `key`, known or not."""
        ...


@dataclass(frozen=True, slots=True)
class Key:
    """Where a result is kept, and the version of the data it is true for."""

    digest: str
    version: str

    @classmethod
    def of(cls, version: str, query: Query, scope: str) -> "Key":
        """`scope` separates viewers who may see different rows of the same source."""
        digest = hashlib.sha256()
        for part in (_FORMAT.encode(), version.encode(), query.canonical(), scope.encode()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return cls(digest.hexdigest(), version)


@dataclass(frozen=True, slots=True)
class Found:
    """A result, when it was computed, and whether it was remembered rather than computed now."""

    fetched: Fetched
    as_of: datetime
    cached: bool


@dataclass(frozen=True, slots=True)
class Stats:
    """Counters since the start; `bytes` and `entries` of now."""

    hits: int
    misses: int
    bytes: int
    entries: int


@dataclass(frozen=True, slots=True)
class _Entry:
    data: bytes
    as_of: datetime
    version: str


def _delete(digest: str, store: Store) -> None:
    store.delete(digest)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Results:
    """See the module. `max_bytes` bounds the process, `ttl` the age of an answer (None: no bound)."""

    def __init__(
        self,
        *,
        max_bytes: int = 128 * MiB,
        ttl: timedelta | None = None,
        store: Store | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._max_bytes, self._ttl, self._store, self._now = max_bytes, ttl, store, now
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._flights: dict[str, tuple[str, Future[Found]]] = {}
        self._bytes = self._hits = self._misses = 0
        self._store_works = True

    def get(
        self, key: Key, run: Callable[[], Fetched], *, anew: bool = False, max_age: timedelta | None = None
    ) -> Found:
        """The remembered result of `key`, or that of `run`, which is then remembered; `anew` forgets it first.

        One older than `max_age`, where nothing tells that the data has changed, is as good as forgotten.

        When `run` raises, all who wait for it get the same error, and nothing is remembered.
        """
        if anew:
            with self._lock:
                self._forget(key.digest)
            self._delete_stored([key.digest])
        with self._lock:
            entry = self._fresh(key.digest, max_age)
            waiting = self._flights.get(key.digest) if entry is None else None
            flight = waiting[1] if waiting else Future()
            if entry is None and not waiting:
                self._flights[key.digest] = (key.version, flight)
            self._hits += entry is not None or waiting is not None
        if entry is not None:
            return Found(decode(entry.data)[0], entry.as_of, cached=True)
        if waiting:
            return replace(flight.result(), cached=True)
        return self._lead(key, run, flight, max_age)

    def drop(self, version: str) -> None:
        """Forget all that was computed from this version, also what is being computed now."""
        with self._lock:
            digests = [digest for digest, entry in self._entries.items() if entry.version == version]
            for digest in digests:
                self._forget(digest)
            self._flights = {d: flight for d, flight in self._flights.items() if flight[0] != version}
        self._delete_stored(digests)

    def clear(self) -> None:
        """Forget everything this process remembers or is computing, in the shared store too."""
        with self._lock:
            digests = list(self._entries)
            self._entries.clear()
            self._flights.clear()
            self._bytes = 0
        self._delete_stored(digests)

    def stats(self) -> Stats:
        """Hits and misses so far, bytes and entries now."""
        with self._lock:
            return Stats(self._hits, self._misses, self._bytes, len(self._entries))

    def _lead(self, key: Key, run: Callable[[], Fetched], flight: "Future[Found]", max_age: timedelta | None) -> Found:
        try:
            data, found = self._stored(key.digest, max_age) or self._computed(key.digest, run, max_age)
        except BaseException as exc:
            self._land(key, flight, None)
            flight.set_exception(exc)
            raise
        self._land(key, flight, _Entry(data, found.as_of, key.version))
        with self._lock:
            self._hits += found.cached
            self._misses += not found.cached
        flight.set_result(found)
        return found

    def _computed(self, digest: str, run: Callable[[], Fetched], max_age: timedelta | None) -> tuple[bytes, Found]:
        # The moment before the question is the last one at which the answer is known to be true.
        as_of = self._now()
        fetched = run()
        data = encode(fetched, as_of=as_of)
        ages = [age.total_seconds() for age in (self._ttl, max_age) if age is not None]
        seconds = min(ages, default=None)
        self._on_store(lambda store: store.set(digest, data, seconds))
        return data, Found(fetched, as_of, cached=False)

    def _stored(self, digest: str, max_age: timedelta | None) -> tuple[bytes, Found] | None:
        data = self._on_store(lambda store: store.get(digest))
        if data is None:
            return None
        try:
            fetched, as_of = decode(data)
        except ValueError:
            _log.warning("a stored result cannot be read; it is computed again")
            return None
        return None if self._expired(as_of, max_age) else (data, Found(fetched, as_of, cached=True))

    def _on_store(self, act: Callable[[Store], _T]) -> _T | None:
        """What `act` gives; None without a store or when it fails. Warns once per outage."""
        if self._store is None:
            return None
        try:
            done = act(self._store)
        except (StoreFailed, OSError) as exc:
            if self._store_works:
                _log.warning("the shared store of results does not answer; going on without it: %s", exc)
            self._store_works = False
            return None
        self._store_works = True
        return done

    def _delete_stored(self, digests: Iterable[str]) -> None:
        for digest in digests:
            self._on_store(partial(_delete, digest))

    def _land(self, key: Key, flight: "Future[Found]", entry: _Entry | None) -> None:
        """End a flight; its result is kept unless the flight was dropped meanwhile or the entry is too large."""
        with self._lock:
            if self._flights.get(key.digest, (None, None))[1] is not flight:
                return
            del self._flights[key.digest]
            if entry is None or len(entry.data) > self._max_bytes:
                return
            self._entries[key.digest] = entry
            self._bytes += len(entry.data)
            while self._bytes > self._max_bytes:
                self._forget(next(iter(self._entries)))

    def _fresh(self, digest: str, max_age: timedelta | None) -> _Entry | None:
        entry = self._entries.get(digest)
        if entry is None:
            return None
        if self._expired(entry.as_of, max_age):
            self._forget(digest)
            return None
        self._entries.move_to_end(digest)
        return entry

    def _expired(self, as_of: datetime, max_age: timedelta | None) -> bool:
        return any(age is not None and self._now() - as_of >= age for age in (self._ttl, max_age))

    def _forget(self, digest: str) -> None:
        entry = self._entries.pop(digest, None)
        self._bytes -= len(entry.data) if entry is not None else 0
