"""Each question is answered once, within bounds, and nothing wrong is ever remembered."""

import logging
import threading
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vizapp.query.fetched import Fetched, decode, encode
from vizapp.query.results import Key, Results, StoreFailed
from vizapp.schemas.query import Query

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class MemoryStore:
    """A shared store that can be made to fail."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.seconds: list[float | None] = []
        self.broken: Exception | None = None

    def _check(self) -> None:
        if self.broken:
            raise self.broken

    def get(self, key: str) -> bytes | None:
        self._check()
        return self.kept.get(key)

    def set(self, key: str, value: bytes, seconds: float | None) -> None:
        self._check()
        self.seconds.append(seconds)
        self.kept[key] = value

    def delete(self, key: str) -> None:
        self._check()
        self.kept.pop(key, None)


class Question:
    """Something to run; counts how often it ran."""

    def __init__(self, *values: int, error: Exception | None = None) -> None:
        self.runs = 0
        self.values = values
        self.error = error

    def __call__(self) -> Fetched:
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
    results, question = Results(ttl=timedelta(minutes=5), now=clock), Question(1)
    results.get(key(), question)
    clock.now += timedelta(minutes=4)
    assert results.get(key(), question).cached
    clock.now += timedelta(minutes=1)
    again = results.get(key(), question)
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

    def __call__(self) -> Fetched:
        self.started.set()
        assert self.end.wait(10)
        return super().__call__()


def _release_when_waiting(results: Results, question: SlowQuestion, waiting: int) -> threading.Thread:
    def release() -> None:
        pause = threading.Event()
        for _ in range(1000):
            if results.stats().hits >= waiting:
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
    assert list(store.kept) == [key(version="new").digest]
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
    first = Results(store=store, ttl=timedelta(minutes=5), now=Clock()).get(key(), question)
    other = Results(store=store, now=Clock())
    second = other.get(key(), question)
    assert question.runs == 1
    assert second.cached
    assert second.as_of == first.as_of
    assert store.seconds == [300.0]
    assert (other.stats().hits, other.stats().misses) == (1, 0)


def test_a_stored_answer_that_is_too_old_is_not_used():
    store, question, clock = MemoryStore(), Question(1), Clock()
    Results(store=store, now=clock).get(key(), question)
    clock.now += timedelta(hours=1)
    assert not Results(store=store, ttl=timedelta(minutes=5), now=clock).get(key(), question).cached


@pytest.mark.parametrize("rubbish", [b"", b"\0", b"\0\0\0\2{}rest", b"\xff" * 50, b"\0\0\0\4null" + b"x" * 20])
def test_bytes_that_are_no_answer_are_a_miss(rubbish: bytes, caplog: pytest.LogCaptureFixture):
    store, question = MemoryStore(), Question(1)
    store.kept[key().digest] = rubbish
    assert not Results(store=store).get(key(), question).cached
    assert question.runs == 1
    assert "cannot be read" in caplog.text
    with pytest.raises(ValueError, match="not a result"):
        decode(rubbish)


@pytest.mark.parametrize("error", [StoreFailed("down"), ConnectionError("down"), TimeoutError("down")])
def test_a_store_that_fails_costs_one_warning_an_outage(error: Exception, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING)
    store = MemoryStore()
    results = Results(store=store, max_bytes=0)
    store.broken = error
    for _ in range(3):
        assert not results.get(key(), Question(1)).cached
    results.drop("v1")
    results.clear()
    assert len(caplog.records) == 1
    store.broken = None
    results.get(key(), Question(1))
    store.broken = error
    results.get(key(), Question(1))
    assert len(caplog.records) == 2


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
