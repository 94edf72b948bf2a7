"""The memory of results: each question is answered once for as long as its data stays the same.

Answers are kept in the process, and in a store that all processes share where there is one. Answers from data that
does not say when it changes have an age: they are looked up in the shared store first, so that all processes show the
same, and one that is a little too old is shown at once and renewed behind. Who asks what is being asked already, in
this process or another, waits for that answer. Made after the fork, one per process.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from vizapp import __version__
from vizapp.errors import AppError, QueryCancelled, SourceBusy
from vizapp.query.fetched import Fetched, decode, encode
from vizapp.query.flights import Flight, Flights, Wanted, always
from vizapp.query.memory import Entry, Memory
from vizapp.query.store import Shared, Store, Usage
from vizapp.schemas.query import Query

_log = logging.getLogger(__name__)
MiB = 2**20
# Another release may answer differently, or write other bytes.
_FORMAT = f"2 {__version__}"
# Threads that renew what was shown though it was too old, and seconds before one that failed is tried again.
_RENEWERS, _RETRY_SECONDS = 2, 30.0
# For how long one process waits while another asks the same; beyond, it asks itself.
_OTHERS_SECONDS = 60.0
# For how long who may not wait to the end waits, see Flights.
_HASTY_SECONDS = 3.0
_KEPT_SECONDS = 86_400.0
# Hits and misses that are told to the shared store at once.
_TOLD_TOGETHER = 50

# What answers a question; it may stop when what it is given says that nobody wants the answer any more.
Run = Callable[[Wanted], Fetched]


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

    @property
    def place(self) -> str:
        """Its name in a shared store: all of a version begin alike."""
        return f"{_prefix(self.version)}{self.digest}"


def _prefix(version: str) -> str:
    return f"{hashlib.sha256(version.encode()).hexdigest()[:16]}-"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a question may be answered.

    `anew`: not from what is remembered. `max_age`: how old an answer may be where nothing tells that the data has
    changed; 0 remembers none. `stale`: one younger than this is given, and renewed behind. `wanted`: whether whoever
    asked is still there.
    """

    anew: bool = False
    max_age: timedelta | None = None
    stale: timedelta | None = None
    wanted: Wanted = always

    @property
    def remembers(self) -> bool:
        """Whether the answer is of use to anybody later."""
        return self.max_age is None or self.max_age > timedelta()

    @property
    def seconds(self) -> float:
        """For how long a store needs to keep the answer."""
        ages = [age.total_seconds() for age in (self.max_age, self.stale) if age is not None]
        return max(ages, default=_KEPT_SECONDS)


ANY = Terms()


@dataclass(frozen=True, slots=True)
class Found:
    """A result, when it was computed, and whether it was remembered rather than computed now."""

    fetched: Fetched
    as_of: datetime
    cached: bool


@dataclass(frozen=True, slots=True)
class Stats:
    """Counters of this process since the start; `bytes` and `entries` in its memory now; `shared` over all processes.

    `trouble` of the shared store: down, full, or nothing. `waiting` threads wait for what another one asks.
    """

    hits: int
    misses: int
    bytes: int
    entries: int
    shared: Usage = field(default_factory=Usage)
    trouble: str = ""
    waiting: int = 0


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Results:
    """See the module. `max_bytes` bounds the process; `secret` seals what is stored; `patient` see Flights."""

    def __init__(
        self,
        *,
        max_bytes: int = 128 * MiB,
        store: Store | None = None,
        secret: bytes = b"",
        patient: int = 1000,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._memory, self._shared, self._secret, self._now = Memory(max_bytes), Shared(store), secret, now
        self._flights: Flights[Found] = Flights(patient, _HASTY_SECONDS)
        self._behind = ThreadPoolExecutor(_RENEWERS, "renew")
        self._lock = threading.Lock()
        self._hits = self._misses = 0
        self._untold = [0, 0]
        self._garbage_told = False
        self._failed: dict[str, float] = {}

    def get(self, key: Key, run: Run, terms: Terms = ANY) -> Found:
        """The remembered result of `key`, or that of `run`, which is then remembered.

        When `run` raises, all who wait for it get the same error, and nothing is remembered or forgotten. Raises
        QueryCancelled when who asked has left, and SourceBusy when too many wait.
        """
        since = time.monotonic()
        found = None if terms.anew else self._remembered(key, run, terms)
        while found is None:
            flight, is_mine = self._flights.board(key.digest, key.version, terms.wanted)
            if is_mine:
                found = self._fly(key, run, terms, flight)
                self._counted(hit=found.cached)
                return found
            if terms.anew and flight.begun < since:
                # What it brings may be older than what this one has seen change.
                flight.over(terms.wanted)
                continue
            try:
                found = replace(self._flights.join(flight, terms.wanted), cached=True)
            except QueryCancelled:
                # Whoever led has left; who is still here leads now.
                if not terms.wanted():
                    raise
        self._counted(hit=True)
        return found

    def drop(self, version: str) -> None:
        """Forget all that was computed from this version, also what is being computed now."""
        self._memory.drop(version)
        self._flights.drop(version)
        self._shared.drop(_prefix(version))

    def clear(self) -> None:
        """Forget everything this process remembers or is computing, and the shared store."""
        self._memory.clear()
        self._flights.clear()
        with self._lock:
            self._untold = [0, 0]
            self._failed.clear()
        self._shared.clear()

    def stats(self) -> Stats:
        """See Stats. Asks the shared store."""
        self._tell()
        shared = self._shared.usage()
        entries, size = self._memory.size()
        with self._lock:
            return Stats(self._hits, self._misses, size, entries, shared, self._shared.trouble, self._flights.waiting)

    @property
    def trouble(self) -> str:
        """What is known to be the matter with the shared store: down, full, or nothing."""
        return self._shared.trouble

    # --- what is remembered

    def _remembered(self, key: Key, run: Run, terms: Terms) -> Found | None:
        found = self._looked_up(key, terms) if terms.remembers else None
        if found is None or self._is_young(found, terms.max_age):
            return found
        if terms.stale is None or not self._is_young(found, terms.stale):
            return None
        self._renew(key, run, terms)
        return found

    def _looked_up(self, key: Key, terms: Terms) -> Found | None:
        """What is kept, however old. What has an age is one and the same for all processes while they can share it."""
        own = terms.max_age is None or not self._shared.is_there
        found = self._in_memory(key) if own else None
        if found is None:
            found = self._in_store(key)
        if found is None and not own and not self._shared.is_there:
            found = self._in_memory(key)
        return found

    def _in_memory(self, key: Key) -> Found | None:
        entry = self._memory.get(key.digest)
        return None if entry is None else Found(decode(entry.data, secret=self._secret)[0], entry.as_of, cached=True)

    def _in_store(self, key: Key) -> Found | None:
        data = self._shared.get(key.place)
        if data is None:
            return None
        try:
            fetched, as_of = decode(data, secret=self._secret)
        except ValueError:
            if not self._garbage_told:
                _log.warning("a stored result cannot be read; it is computed again, as is each that comes after it")
            self._garbage_told = True
            return None
        self._garbage_told = False
        self._memory.put(key.digest, Entry(data, as_of, key.version))
        return Found(fetched, as_of, cached=True)

    def _is_young(self, found: Found, age: timedelta | None) -> bool:
        return age is None or self._now() - found.as_of < age

    # --- what is computed

    def _fly(self, key: Key, run: Run, terms: Terms, flight: Flight[Found]) -> Found:
        since = self._now()
        try:
            found = self._asked(key, run, terms, flight, since)
        except BaseException as exc:
            self._flights.end(key.digest, flight)
            flight.crash(exc)
            raise
        flight.land(found)
        return found

    def _asked(self, key: Key, run: Run, terms: Terms, flight: Flight[Found], since: datetime) -> Found:
        """The answer, from another process that has just asked the same or from the source; it is kept."""
        if not terms.remembers:
            found, _ = self._computed(run, flight)
            self._flights.end(key.digest, flight)
            return found
        with self._alone(key, flight):
            told = self._in_store(key)
            if told is not None and (told.as_of >= since if terms.anew else self._is_young(told, terms.max_age)):
                self._flights.end(key.digest, flight)
                return told
            found, data = self._computed(run, flight)
            if self._flights.end(key.digest, flight):
                self._memory.put(key.digest, Entry(data, found.as_of, key.version))
                self._shared.set(key.place, data, terms.seconds)
        return found

    @contextmanager
    def _alone(self, key: Key, flight: Flight[Found]) -> Iterator[None]:
        """One process at a time, as long as this one may wait. Raises SourceBusy."""
        with self._flights.queue() as hasty:
            seconds = _OTHERS_SECONDS if hasty is None else hasty
            release = self._shared.hold(key.place, seconds, wanted=lambda: not flight.unwanted())
        if release is None and hasty is not None:
            raise SourceBusy()
        try:
            yield
        finally:
            if release is not None:
                release()

    def _computed(self, run: Run, flight: Flight[Found]) -> tuple[Found, bytes]:
        # The moment before the question is the last one at which the answer is known to be true.
        as_of = self._now()
        fetched = run(flight.unwanted)
        return Found(fetched, as_of, cached=False), encode(fetched, as_of=as_of, secret=self._secret)

    def _renew(self, key: Key, run: Run, terms: Terms) -> None:
        """Ask behind, unless that is being done, or has just failed."""
        with self._lock:
            if time.monotonic() - self._failed.get(key.digest, -_RETRY_SECONDS) < _RETRY_SECONDS:
                return
        flight, is_mine = self._flights.board(key.digest, key.version, always)
        if is_mine:
            behind = replace(terms, wanted=always)
            self._behind.submit(self._fly, key, run, behind, flight).add_done_callback(partial(self._renewed, key))

    def _renewed(self, key: Key, outcome: "Future[Found]") -> None:
        error = outcome.exception()
        with self._lock:
            if len(self._failed) > 1000:
                self._failed.clear()
            if error is None:
                self._failed.pop(key.digest, None)
                return
            self._failed[key.digest] = time.monotonic()
        known = isinstance(error, AppError)
        _log.warning("an answer could not be renewed: %s", error, exc_info=None if known else error)

    # --- counters

    def _counted(self, *, hit: bool) -> None:
        with self._lock:
            self._hits, self._misses = self._hits + hit, self._misses + (not hit)
            self._untold[not hit] += 1
            enough = sum(self._untold) >= _TOLD_TOGETHER
        if enough:
            self._tell()

    def _tell(self) -> None:
        with self._lock:
            (hits, misses), self._untold = self._untold, [0, 0]
        if hits or misses:
            self._shared.count(hits, misses)
