"""Each question is answered once, within bounds, and nothing wrong is ever remembered."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vizapp.errors import QueryCancelled, SourceBusy
from vizapp.query import flights
from vizapp.query import results as results_module
from vizapp.query import store as store_module
from vizapp.query.fetched import Fetched, decode, encode
from vizapp.query.flights import Wanted
from vizapp.query.results import Key, Results, Terms
from vizapp.query.store import StoreFailed, StoreFull, Usage
from vizapp.schemas.query import Query

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
AGED = Terms(max_age=timedelta(minutes=5))


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class MemoryStore:
    """A shared store that can be made to fail, and notes for how long things are kept."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.seconds: list[float | None] = []
        self.held: set[str] = set()
        self.counted = [0, 0]
        self.broken: Exception | None = None
        self.full = False
        self.tries = 0

    def _check(self) -> None:
        self.tries += 1
        if self.broken:
            raise self.broken

    def get(self, key: str) -> bytes | None:
        self._check()
        return self.kept.get(key)

    def set(self, key: str, value: bytes, seconds: float | None) -> None:
        self._check()
        if self.full:
            raise StoreFull("no room")
        self.seconds.append(seconds)
        self.kept[key] = value

    def drop(self, prefix: str) -> None:
        self._check()
        self.kept = {key: value for key, value in self.kept.items() if not key.startswith(prefix)}

    def clear(self) -> None:
        self._check()
        self.kept.clear()

    def hold(self, key: str, seconds: float) -> Callable[[], None] | None:
        self._check()
        pause = threading.Event()
        for _ in range(int(seconds / 0.01)):
            if key not in self.held:
                self.held.add(key)
                return lambda: self.held.discard(key)
            pause.wait(0.01)
        return None

    def count(self, hits: int, misses: int) -> None:
        self._check()
        self.counted = [self.counted[0] + hits, self.counted[1] + misses]

    def usage(self) -> Usage:
        self._check()
        return Usage(len(self.kept), sum(map(len, self.kept.values())), *self.counted)


class Question:
    """Something to run; counts how often it ran."""

    def __init__(self, *values: int, error: Exception | None = None) -> None:
        self.runs = 0
        self.values = values
        self.error = error

    def __call__(self, _unwanted: Wanted = lambda: False) -> Fetched:
        self.runs += 1
        if self.error:
            raise self.error
        return Fetched(pl.DataFrame({"y": list(self.values)}, schema={"y": pl.Int64}), {"x": 3}, 7)


def key(name: str = "a", version: str = "v1") -> Key:
    return Key.of(version, Query(columns=(name,)), "")


def test_the_second_time_the_answer_is_remembered():
    results, question = Results(), Question(1, 2)
    first, second = results.get(key(), question), results.get(key(), question)
    assert question.runs == 1
    assert (first.cached, second.cached) == (False, True)
    assert first.as_of == second.as_of
    assert_frame_equal(first.fetched.frame, second.fetched.frame)
    assert second.fetched.distinct == {"x": 3}
    assert second.fetched.matched == 7
    stats = results.stats()
    assert (stats.hits, stats.misses, stats.entries) == (1, 1, 1)
    assert stats.bytes > 0


def test_version_query_and_scope_each_make_another_key():
    query = Query(columns=("a",))
    keys = [
        Key.of("v", query, ""),
        Key.of("w", query, ""),
        Key.of("v", Query(columns=("b",)), ""),
        Key.of("v", query, "s"),
    ]
    assert len({item.digest for item in keys}) == 4
    assert Key.of("v", query, "") == keys[0]


def test_parts_of_a_key_cannot_run_into_each_other():
    text = Query().canonical().decode()
    assert Key.of("", Query(), text).digest != Key.of(text, Query(), "").digest


def test_the_least_recently_used_answer_gives_way():
    size = len(encode(Question(1)(), as_of=NOW))
    results = Results(max_bytes=2 * size + size // 2, now=Clock())
    questions = {name: Question(1) for name in "abc"}
    for name in "abacab":
        results.get(key(name), questions[name])
    assert {name: question.runs for name, question in questions.items()} == {"a": 1, "b": 2, "c": 1}
    assert results.stats().entries == 2
    assert results.stats().bytes == 2 * size


def test_an_answer_larger_than_the_memory_is_given_but_not_kept():
    results, question = Results(max_bytes=10), Question(1)
    for _ in range(2):
        assert not results.get(key(), question).cached
    assert question.runs == 2
    assert results.stats().bytes == 0


def test_an_answer_expires():
    clock = Clock()
    results, question = Results(now=clock), Question(1)
    results.get(key(), question, AGED)
    clock.now += timedelta(minutes=4)
    assert results.get(key(), question, AGED).cached
    clock.now += timedelta(minutes=1)
    again = results.get(key(), question, AGED)
    assert not again.cached
    assert again.as_of == clock.now
    assert results.stats().entries == 1


def test_a_failure_is_raised_and_not_remembered():
    results, question = Results(), Question(error=ValueError("no"))
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            results.get(key(), question)
    assert question.runs == 2
    assert results.stats().entries == 0


def together(count: int, act) -> list:
    """What `act` gives or raises in `count` threads."""
    outcomes: list = []

    def run() -> None:
        try:
            outcomes.append(act())
        except ValueError as exc:
            outcomes.append(exc)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return outcomes


class SlowQuestion(Question):
    """Runs until it is told to end."""

    def __init__(self, *values: int, error: Exception | None = None) -> None:
        super().__init__(*values, error=error)
        self.started, self.end = threading.Event(), threading.Event()

    def __call__(self, unwanted: Wanted = lambda: False) -> Fetched:
        self.started.set()
        assert self.end.wait(10)
        return super().__call__()


def _release_when_waiting(results: Results, question: SlowQuestion, waiting: int) -> threading.Thread:
    def release() -> None:
        pause = threading.Event()
        for _ in range(1000):
            if results.stats().waiting >= waiting:
                break
            pause.wait(0.005)
        question.end.set()

    thread = threading.Thread(target=release)
    thread.start()
    return thread


def test_identical_questions_that_arrive_together_run_once():
    results, question = Results(), SlowQuestion(1)
    releasing = _release_when_waiting(results, question, 7)
    found = together(8, lambda: results.get(key(), question))
    releasing.join(10)
    assert question.runs == 1
    assert sorted(item.cached for item in found) == [False] + [True] * 7
    assert results.stats().misses == 1


def test_a_failure_reaches_all_who_wait_for_it():
    results, question = Results(), SlowQuestion(error=ValueError("no"))
    releasing = _release_when_waiting(results, question, 4)
    found = together(5, lambda: results.get(key(), question))
    releasing.join(10)
    assert question.runs == 1
    assert [str(item) for item in found] == ["no"] * 5


def test_different_questions_do_not_wait_for_each_other():
    results, slow = Results(), SlowQuestion(1)
    thread = threading.Thread(target=lambda: results.get(key("slow"), slow))
    thread.start()
    assert slow.started.wait(10)
    assert not results.get(key("fast"), Question(2)).cached
    slow.end.set()
    thread.join(10)


def test_dropping_a_version_forgets_its_answers_only():
    store = MemoryStore()
    results, old, new = Results(store=store), Question(1), Question(2)
    results.get(key(version="old"), old)
    results.get(key(version="new"), new)
    results.drop("old")
    assert list(store.kept) == [key(version="new").place]
    results.get(key(version="old"), old)
    results.get(key(version="new"), new)
    assert (old.runs, new.runs) == (2, 1)


@pytest.mark.parametrize("forget", [lambda results: results.drop("v1"), lambda results: results.clear()])
def test_what_is_being_computed_while_it_is_dropped_is_given_but_not_kept(forget):
    results, question = Results(), SlowQuestion(1)
    found: list = []
    thread = threading.Thread(target=lambda: found.append(results.get(key(), question)))
    thread.start()
    assert question.started.wait(10)
    forget(results)
    question.end.set()
    thread.join(10)
    assert len(found) == 1
    assert results.stats().entries == 0


def test_clearing_forgets_everything_in_the_shared_store_too():
    store = MemoryStore()
    results, question = Results(store=store), Question(1)
    results.get(key(), question)
    results.clear()
    assert store.kept == {}
    assert results.stats().bytes == 0
    results.get(key(), question)
    assert question.runs == 2


def test_processes_share_answers_through_the_store():
    store, question = MemoryStore(), Question(1)
    first = Results(store=store, now=Clock()).get(key(), question, AGED)
    other = Results(store=store, now=Clock())
    second = other.get(key(), question, AGED)
    assert question.runs == 1
    assert second.cached
    assert second.as_of == first.as_of
    assert store.seconds == [300.0]
    assert (other.stats().hits, other.stats().misses) == (1, 0)


def test_a_stored_answer_that_is_too_old_is_not_used():
    store, question, clock = MemoryStore(), Question(1), Clock()
    Results(store=store, now=clock).get(key(), question)
    clock.now += timedelta(hours=1)
    assert not Results(store=store, now=clock).get(key(), question, AGED).cached


@pytest.mark.parametrize("rubbish", [b"", b"\0", b"\0\0\0\2{}rest", b"\xff" * 50, b"\0\0\0\4null" + b"x" * 20])
def test_bytes_that_are_no_answer_are_a_miss(rubbish: bytes, caplog: pytest.LogCaptureFixture):
    store, question = MemoryStore(), Question(1)
    store.kept[key().place] = rubbish
    assert not Results(store=store).get(key(), question).cached
    assert question.runs == 1
    assert "cannot be read" in caplog.text
    with pytest.raises(ValueError, match="not a result"):
        decode(rubbish)


@pytest.mark.parametrize("error", [StoreFailed("down"), ConnectionError("down"), TimeoutError("down")])
def test_a_store_that_fails_costs_one_warning_an_outage(
    error: Exception, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    caplog.set_level(logging.WARNING)
    store = MemoryStore()
    results = Results(store=store, max_bytes=0)
    store.broken = error
    for _ in range(3):
        assert not results.get(key(), Question(1)).cached
    results.drop("v1")
    results.clear()
    assert len(caplog.records) == 1
    monkeypatch.setattr(store_module, "PAUSE_SECONDS", 0)
    results = Results(store=store, max_bytes=0)
    for broken in (error, error, None, None, error, error):
        store.broken = broken
        results.get(key(), Question(1))
    assert len(caplog.records) == 3


def test_bytes_hold_every_type_and_emptiness():
    frame = pl.DataFrame(
        {
            "t": ["ä", None],
            "n": [1, None],
            "f": [0.5, None],
            "b": [True, None],
            "m": [NOW, None],
            "d": [NOW.date(), None],
        }
    )
    for some in (frame, frame.clear()):
        fetched, as_of = decode(encode(Fetched(some, {}, None), as_of=NOW))
        assert_frame_equal(fetched.frame, some)
        assert as_of == NOW
        assert fetched.matched is None


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether it comes true within some seconds."""
    pause = threading.Event()
    return any(is_so() or pause.wait(0.01) for _ in range(1000))


# --- anew


def test_asked_anew_the_data_is_asked_and_what_was_remembered_stays_when_that_fails():
    results, question = Results(store=MemoryStore()), Question(1)
    results.get(key(), question)
    assert not results.get(key(), question, Terms(anew=True)).cached
    assert question.runs == 2
    with pytest.raises(ValueError, match="no"):
        results.get(key(), Question(error=ValueError("no")), Terms(anew=True))
    assert results.get(key(), question).cached


def test_who_asks_anew_does_not_get_what_was_asked_before():
    results, early, late = Results(), SlowQuestion(1), Question(2)
    leading = threading.Thread(target=lambda: results.get(key(), early))
    leading.start()
    assert early.started.wait(10)
    found: list = []
    asking = [
        threading.Thread(target=lambda: found.append(results.get(key(), late, Terms(anew=True)))) for _ in range(3)
    ]
    for thread in asking:
        thread.start()
    early.end.set()
    for thread in [leading, *asking]:
        thread.join(10)
    assert [item.fetched.frame["y"].to_list() for item in found] == [[2]] * 3


# --- a little too old

STALE = Terms(max_age=timedelta(minutes=5), stale=timedelta(minutes=20))


def test_an_answer_a_little_too_old_is_given_at_once_and_renewed_behind():
    clock, store = Clock(), MemoryStore()
    results, old, new = Results(store=store, now=clock), Question(1), SlowQuestion(2)
    results.get(key(), old, STALE)
    assert store.seconds == [1200.0]
    clock.now += timedelta(minutes=6)
    for _ in range(3):
        found = results.get(key(), new, STALE)
        assert (found.cached, found.as_of, found.fetched.frame["y"].to_list()) == (True, NOW, [1])
    new.end.set()
    assert eventually(lambda: results.get(key(), new, STALE).as_of == clock.now)
    assert new.runs == 1
    clock.now += timedelta(minutes=20)
    assert not results.get(key(), old, STALE).cached


def test_an_answer_that_cannot_be_renewed_is_given_on_and_not_tried_at_once_again(caplog: pytest.LogCaptureFixture):
    clock = Clock()
    results, broken = Results(now=clock), Question(error=QueryCancelled("away"))
    results.get(key(), Question(1), STALE)
    clock.now += timedelta(minutes=6)
    assert results.get(key(), broken, STALE).cached
    assert eventually(lambda: "away" in caplog.text)
    assert results.get(key(), broken, STALE).cached
    assert broken.runs == 1


def test_without_an_age_nothing_is_remembered_and_nothing_is_stored():
    store, question = MemoryStore(), Question(1)
    results, none = Results(store=store), Terms(max_age=timedelta(), stale=timedelta())
    for _ in range(2):
        assert not results.get(key(), question, none).cached
    assert question.runs == 2
    assert store.kept == {}


# --- several processes


def test_processes_that_ask_the_same_at_once_ask_once():
    store, question = MemoryStore(), SlowQuestion(1)
    processes = [Results(store=store) for _ in range(3)]
    found: list = []
    threads = [
        threading.Thread(target=lambda one=one: found.append(one.get(key(), question, AGED))) for one in processes
    ]
    for thread in threads:
        thread.start()
    assert question.started.wait(10)
    question.end.set()
    for thread in threads:
        thread.join(10)
    assert question.runs == 1
    assert sorted(item.cached for item in found) == [False, True, True]
    assert store.held == set()


def test_what_has_an_age_is_the_same_in_all_processes():
    store, clock = MemoryStore(), Clock()
    one, other = Results(store=store, now=clock), Results(store=store, now=clock)
    for process in (one, other):
        process.get(key(), Question(1), AGED)
    clock.now += timedelta(minutes=1)
    one.get(key(), Question(2), Terms(anew=True, max_age=AGED.max_age))
    assert other.get(key(), Question(3), AGED).fetched.frame["y"].to_list() == [2]


def test_processes_count_together():
    store = MemoryStore()
    one, other = Results(store=store), Results(store=store)
    one.get(key(), Question(1), AGED)
    for _ in range(3):
        other.get(key(), Question(1), AGED)
    one.stats()
    shared = other.stats().shared
    assert (shared.hits, shared.misses, shared.entries) == (3, 1, 1)


def test_while_the_store_is_down_the_process_remembers_for_itself():
    store, question = MemoryStore(), Question(1)
    results = Results(store=store)
    store.broken = StoreFailed("down")
    assert [results.get(key(), question, AGED).cached for _ in range(3)] == [False, True, True]
    assert results.trouble == "down"
    tries = store.tries
    results.get(key(), question, AGED)
    assert store.tries == tries  # each costs a time-out


def test_a_store_that_is_full_is_read_and_warns_once(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING)
    store, question = MemoryStore(), Question(1)
    Results(store=store).get(key("known"), question, AGED)
    store.full = True
    results = Results(store=store, max_bytes=0)
    for name in "abc":
        assert not results.get(key(name), Question(1), AGED).cached
    assert results.get(key("known"), question, AGED).cached
    assert results.trouble == "full"
    assert len(caplog.records) == 1


def test_an_answer_that_others_have_put_there_is_a_miss():
    store = MemoryStore()
    Results(store=store, secret=b"another").get(key(), Question(1))
    assert Results(store=store, secret=b"ours").get(key(), Question(2)).fetched.frame["y"].to_list() == [2]


# --- who has left


class LongQuestion(Question):
    """Runs until nobody wants the answer, or it is told to end."""

    def __init__(self) -> None:
        super().__init__(1)
        self.started, self.end = threading.Event(), threading.Event()

    def __call__(self, unwanted: Wanted = lambda: False) -> Fetched:
        self.started.set()
        if eventually(lambda: unwanted() or self.end.is_set()) and not self.end.is_set():
            raise QueryCancelled()
        return super().__call__()


def test_a_question_is_ended_when_the_last_who_wants_its_answer_has_left():
    results, question, present = Results(), LongQuestion(), [True, True]
    outcomes: list = []

    def ask(number: int) -> None:
        try:
            outcomes.append(results.get(key(), question, Terms(wanted=lambda: present[number])))
        except QueryCancelled:
            outcomes.append("left")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
    threads[0].start()
    assert question.started.wait(10)
    threads[1].start()
    assert eventually(lambda: results.stats().waiting == 1)
    present[0] = False
    assert not question.end.wait(0.1)
    assert outcomes == []
    present[1] = False
    for thread in threads:
        thread.join(10)
    assert outcomes == ["left", "left"]
    assert results.stats().entries == 0


def test_who_stays_when_the_one_who_asked_first_has_left_gets_the_answer():
    results, stays = Results(), Question(7)
    gone = threading.Event()
    started = threading.Event()

    def leave(_unwanted: Wanted) -> Fetched:
        started.set()
        assert gone.wait(10)
        raise QueryCancelled()

    def lead() -> None:
        with pytest.raises(QueryCancelled):
            results.get(key(), leave)

    leading = threading.Thread(target=lead)
    leading.start()
    assert started.wait(10)
    found: list = []
    joining = threading.Thread(target=lambda: found.append(results.get(key(), stays)))
    joining.start()
    assert eventually(lambda: results.stats().waiting == 1)
    gone.set()
    for thread in (leading, joining):
        thread.join(10)
    assert found[0].fetched.frame["y"].to_list() == [7]


def test_who_may_not_wait_to_the_end_is_told_that_the_source_is_busy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(results_module, "_HASTY_SECONDS", 0.05)
    monkeypatch.setattr(flights, "_LOOK_SECONDS", 0.05)
    results, question = Results(patient=0), SlowQuestion(1)
    leading = threading.Thread(target=lambda: results.get(key(), question))
    leading.start()
    assert question.started.wait(10)
    with pytest.raises(SourceBusy):
        results.get(key(), Question(2))
    question.end.set()
    leading.join(10)


def test_who_may_not_wait_for_another_process_to_the_end_is_told_so_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(results_module, "_HASTY_SECONDS", 0.05)
    store, question = MemoryStore(), Question(1)
    elsewhere = store.hold(key().place, 1)
    results = Results(store=store, patient=0)
    with pytest.raises(SourceBusy):
        results.get(key(), question, AGED)
    assert question.runs == 0
    assert elsewhere is not None
    elsewhere()
    assert not results.get(key(), question, AGED).cached
