"""A memory of results that is away, slow, full or full of rubbish: the data is asked, and one warning is logged."""

import logging
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import redis

from tests.conftest import free_port, needs
from vizapp.query import store as store_module
from vizapp.query.fetched import Fetched
from vizapp.query.folder import FolderStore
from vizapp.query.results import Key, Results, Terms
from vizapp.query.store import Store
from vizapp.schemas.query import Query
from vizapp.services import redis_answers
from vizapp.services.redis_answers import RedisStore, client_of

AGED = Terms(max_age=timedelta(minutes=5))


class Source:
    """Counts how often it is asked."""

    def __init__(self, rows: int = 10) -> None:
        self.asked, self.rows = 0, rows

    def __call__(self, _unwanted: object) -> Fetched:
        self.asked += 1
        return Fetched(pl.DataFrame({"y": range(self.rows)}))


class OwnRedis:
    """A Redis server of one test, that can be stopped, started and held up."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port, self._folder, self._options = free_port(), folder, options
        self.start()

    def start(self) -> None:
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", *self._options]
        self._process = subprocess.Popen(
            ["redis-server", *words], cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
        raise AssertionError("the Redis server did not start")

    @property
    def client(self) -> "redis.Redis":
        return client_of(f"redis://127.0.0.1:{self.port}/0")

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGCONT)
        self._process.kill()
        self._process.wait(10)


@contextmanager
def own_redis(folder: Path, *options: str) -> Iterator[OwnRedis]:
    needs("redis-server", present=shutil.which("redis-server") is not None)
    made = OwnRedis(folder, *options)
    try:
        yield made
    finally:
        made.kill()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnRedis]:
    with own_redis(tmp_path) as made:
        yield made


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that failed is tried again at once."""
    monkeypatch.setattr(store_module, "PAUSE_SECONDS", 0)


def results_on(store: Store) -> Results:
    """A process that keeps nothing itself."""
    return Results(store=store, max_bytes=0, secret=b"secret")


def on_redis(server: OwnRedis) -> Results:
    return results_on(RedisStore(server.client, "test:", 10))


def key(name: str = "a", version: str = "v") -> Key:
    return Key.of(version, Query(columns=(name,)), "")


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.usefixtures("no_pause")
def test_a_redis_that_is_killed_between_calls_is_a_miss_and_one_warning(
    server: OwnRedis, caplog: pytest.LogCaptureFixture
) -> None:
    results, source = on_redis(server), Source()
    assert [results.get(key(), source, AGED).cached for _ in range(2)] == [False, True]
    server.kill()
    assert [results.get(key(), source, AGED).cached for _ in range(3)] == [False] * 3
    assert len(warnings(caplog)) == 1
    assert "does not answer" in warnings(caplog)[0]
    assert results.trouble == "down"
    server.start()
    assert [results.get(key(), source, AGED).cached for _ in range(2)] == [False, True]
    assert results.trouble == ""


def test_a_redis_that_hangs_costs_one_time_out_and_is_then_left_alone(
    server: OwnRedis, caplog: pytest.LogCaptureFixture
) -> None:
    results, source = on_redis(server), Source()
    results.get(key(), source, AGED)
    server.signal(signal.SIGSTOP)
    started = time.monotonic()
    assert [results.get(key(), source, AGED).cached for _ in range(20)] == [False] * 20
    assert time.monotonic() - started < 3 * redis_answers.TIMEOUT_SECONDS
    assert len(warnings(caplog)) == 1


@pytest.mark.usefixtures("no_pause")
def test_a_redis_without_memory_is_a_miss_and_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with own_redis(tmp_path, "--maxmemory", "1mb", "--maxmemory-policy", "noeviction") as server:
        admin = server.client
        with suppress(redis.exceptions.OutOfMemoryError):
            for number in range(1000):
                admin.set(f"filler {number}", b"x" * 10_000)
        results, source = on_redis(server), Source()
        assert [results.get(key(name), source, AGED).cached for name in "abcabc"] == [False] * 6
        assert len(warnings(caplog)) == 1
        assert "takes nothing more" in warnings(caplog)[0]
        assert results.trouble == "full"
        admin.config_set("maxmemory", "0")
        results.get(key(), source, AGED)
        assert results.get(key(), source, AGED).cached
        assert results.trouble == ""


@pytest.mark.parametrize("rubbish", [b"", b"rubbish", b"\x80\x04cos\nsystem\n(S'true'\ntR.", b"VZA2" + b"\0" * 500])
def test_rubbish_in_redis_is_a_miss_and_one_warning(
    server: OwnRedis, rubbish: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    results, source = on_redis(server), Source()
    results.get(key(), source, AGED)
    client = server.client
    names = client.keys("test:answer:*")
    assert len(names) == 1
    client.set(names[0], rubbish)
    assert not results.get(key(), source, AGED).cached
    assert len(warnings(caplog)) == 1
    assert results.get(key(), source, AGED).cached


def test_a_damaged_bit_is_a_miss(server: OwnRedis) -> None:
    results, source = on_redis(server), Source()
    results.get(key(), source, AGED)
    client = server.client
    name = client.keys("test:answer:*")[0]
    good = bytes(client.get(name))
    for place in range(0, len(good), max(1, len(good) // 40)):
        client.set(name, good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        assert not results.get(key(), source, AGED).cached


def test_a_value_of_another_kind_in_redis_is_a_miss(server: OwnRedis) -> None:
    results, source = on_redis(server), Source()
    results.get(key(), source, AGED)
    client = server.client
    name = client.keys("test:answer:*")[0]
    client.delete(name)
    client.lpush(name, "a")
    assert not results.get(key(), source, AGED).cached


def test_a_process_that_died_while_it_asked_does_not_stop_the_others(server: OwnRedis) -> None:
    dead = RedisStore(server.client, "test:", 0.3)
    assert dead.hold(key().place, 0) is not None
    assert not on_redis(server).get(key(), Source(), AGED).cached


# --- both stores


@pytest.fixture(params=["redis", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "folder":
        yield FolderStore(tmp_path / "cache", 1_000_000)
        return
    with own_redis(tmp_path) as server:
        yield RedisStore(server.client, "test:", 10)


def test_a_store_keeps_finds_counts_and_forgets(store: Store) -> None:
    assert store.get("v1-a") is None
    store.set("v1-a", b"one", 100)
    store.set("v2-a", b"three", None)
    store.set("v1-a", b"two", 100)
    assert (store.get("v1-a"), store.get("v2-a")) == (b"two", b"three")
    store.count(2, 1)
    store.count(1, 0)
    told = store.usage()
    assert (told.entries, told.bytes, told.hits, told.misses) == (2, 8, 3, 1)
    store.drop("v1-")
    assert (store.get("v1-a"), store.get("v2-a")) == (None, b"three")
    store.clear()
    told = store.usage()
    assert (told.entries, told.bytes, told.hits, told.misses) == (0, 0, 0, 0)


def test_a_store_forgets_what_has_expired(store: Store) -> None:
    store.set("a", b"x", 1)
    deadline = time.monotonic() + 10
    while store.get("a") is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert store.usage().entries == 0


def test_one_at_a_time_holds_a_key(store: Store) -> None:
    let_go = store.hold("a", 1)
    assert let_go is not None
    assert store.hold("a", 0.1) is None
    assert store.hold("b", 0.1) is not None
    threading.Timer(0.2, let_go).start()
    assert store.hold("a", 10) is not None


# --- the folder


def test_the_folder_stays_within_its_bytes_and_keeps_what_was_used_last(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, 100_000)
    store.set("used", b"x" * 5_000, 100)
    for number in range(100):
        store.set(f"n{number}", b"x" * 5_000, 100)
        assert store.get("used") is not None
        assert store.usage().bytes <= 100_000
    assert store.get("n99") is not None
    assert store.get("n0") is None


def test_an_answer_larger_than_an_eighth_of_the_folder_is_not_kept(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, 8_000)
    store.set("a", b"x" * 1_001, 100)
    assert store.get("a") is None


def test_a_folder_that_cannot_be_written_is_a_miss_and_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file stands in the way")
    results, source = results_on(FolderStore(tmp_path / "cache", 1_000_000)), Source()
    assert [results.get(key(), source, AGED).cached for _ in range(3)] == [False] * 3
    assert len(warnings(caplog)) == 1


def test_nobody_else_reads_the_folder(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "cache", 1_000_000)
    store.set("a", b"x", 100)
    kept = tmp_path / "cache" / "answers"
    assert oct(kept.stat().st_mode & 0o777) == "0o700"
    assert os.listdir(kept) == ["a"]
