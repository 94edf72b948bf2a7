"""Questions under way: who asks what is being asked already waits for that answer, as long as they are there."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import Generic, TypeVar

from vizapp.errors import QueryCancelled, SourceBusy

_T = TypeVar("_T")
Wanted = Callable[[], bool]
# How often who waits looks whether anybody is still there to be answered.
_LOOK_SECONDS = 0.25


def always() -> bool:
    """Somebody is there as long as it takes."""
    return True


class Flight(Generic[_T]):
    """One question being answered, from one version of the data, and those who want the answer."""

    def __init__(self, version: str, wanted: Wanted) -> None:
        self.version, self.begun = version, time.monotonic()
        self._outcome: Future[_T] = Future()
        self._present = [wanted]

    def unwanted(self) -> bool:
        """Whether all who asked have left; what answers may stop then."""
        return not any(is_there() for is_there in tuple(self._present))

    def land(self, outcome: _T) -> None:
        """Everybody gets this."""
        self._outcome.set_result(outcome)

    def crash(self, error: BaseException) -> None:
        """Everybody gets this error."""
        self._outcome.set_exception(error)

    def over(self, wanted: Wanted) -> None:
        """Wait for its end, however it ends. Raises QueryCancelled."""
        while not wait((self._outcome,), timeout=_LOOK_SECONDS).done:
            if not wanted():
                raise QueryCancelled()

    def wait(self, wanted: Wanted, seconds: float | None) -> _T:
        """The answer, or the error of the question.

        Raises QueryCancelled when who waits has left, and SourceBusy after `seconds`.
        """
        self._present.append(wanted)
        try:
            waited = 0.0
            while not wait((self._outcome,), timeout=_LOOK_SECONDS).done:
                waited += _LOOK_SECONDS
                if not wanted():
                    raise QueryCancelled()
                if seconds is not None and waited >= seconds:
                    raise SourceBusy()
            return self._outcome.result()
        finally:
            self._present.remove(wanted)


class Flights(Generic[_T]):
    """Those of a process; at most `patient` threads wait to the end, the others for `hasty_seconds`."""

    def __init__(self, patient: int, hasty_seconds: float) -> None:
        self._patient, self._hasty_seconds = patient, hasty_seconds
        self._lock = threading.Lock()
        self._flying: dict[str, Flight[_T]] = {}
        self._waiting = 0

    def board(self, digest: str, version: str, wanted: Wanted) -> tuple[Flight[_T], bool]:
        """The flight of this question, and whether it has just been made: who made it has to fly it."""
        with self._lock:
            known = self._flying.get(digest)
            if known is not None:
                return known, False
            made: Flight[_T] = Flight(version, wanted)
            self._flying[digest] = made
            return made, True

    def join(self, flight: Flight[_T], wanted: Wanted) -> _T:
        """Wait for it; see Flight.wait."""
        with self.queue() as seconds:
            return flight.wait(wanted, seconds)

    @contextmanager
    def queue(self) -> Iterator[float | None]:
        """While a thread waits for what another one asks, here or in another process: for so long, None to the end."""
        with self._lock:
            self._waiting += 1
            seconds = None if self._waiting <= self._patient else self._hasty_seconds
        try:
            yield seconds
        finally:
            with self._lock:
                self._waiting -= 1

    @property
    def waiting(self) -> int:
        """How many threads wait for what another one asks."""
        return self._waiting

    def end(self, digest: str, flight: Flight[_T]) -> bool:
        """Take it off the list; False when it was dropped meanwhile, so that nobody may remember its answer."""
        with self._lock:
            known = self._flying.get(digest) is flight
            if known:
                del self._flying[digest]
            return known

    def drop(self, version: str) -> None:
        """What is being computed from this version answers those who wait, and nobody later."""
        with self._lock:
            self._flying = {digest: flight for digest, flight in self._flying.items() if flight.version != version}

    def clear(self) -> None:
        """The same for all."""
        with self._lock:
            self._flying.clear()
