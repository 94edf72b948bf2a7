"""Redis as the shared store of results, by way of Flask-Caching's backend, which here takes bytes as they are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import redis
from cachelib.serializers import RedisSerializer
from flask_caching.backends.rediscache import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import LockError, OutOfMemoryError, ReadOnlyError
from redis.lock import Lock
from redis.retry import Retry

from vizapp.query.store import StoreFailed, StoreFull, Usage

# An answer from memory has to be quicker than asking again: a slow Redis is as good as none.
TIMEOUT_SECONDS = 0.5
_POLL_SECONDS = 0.05
_BATCH = 1000
# What one answer may take of a memory that many share.
MAX_BYTES = 16 * 2**20
_DAY = 86_400


class _Verbatim(RedisSerializer):
    """cachelib's serializer pickles; ours are bytes, see vizapp/query/fetched.py."""

    def dumps(self, value: Any, protocol: int = 0) -> bytes:  # noqa: ARG002 - the base class asks so
        """As it is."""
        return bytes(value)

    def loads(self, value: bytes | None) -> bytes | None:
        """As it is."""
        return value


class _Bytes(RedisCache):
    serializer = _Verbatim()


def client_of(url: str) -> "redis.Redis":
    """A client that gives up soon and tries nothing twice."""
    return redis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


class RedisStore:
    """See vizapp.query.store.Store. `prefix` keeps apart what shares a Redis; `lease` seconds end a dead one's hold."""

    def __init__(self, client: "redis.Redis", prefix: str, lease: float) -> None:
        self._client, self._prefix, self._lease = client, prefix, lease
        self._cache = _Bytes(host=client, key_prefix=f"{prefix}answer:", default_timeout=_DAY)

    def get(self, key: str) -> bytes | None:
        """See Store."""
        with _told():
            found: bytes | None = self._cache.get(key)
            return found

    def set(self, key: str, value: bytes, seconds: float | None) -> None:
        """See Store."""
        if len(value) <= MAX_BYTES:
            with _told():
                self._cache.set(key, value, timeout=None if seconds is None else max(1, round(seconds)))

    def drop(self, prefix: str) -> None:
        """See Store."""
        with _told():
            self._unlink(prefix)

    def clear(self) -> None:
        """See Store."""
        with _told():
            self._unlink("")
            self._client.delete(f"{self._prefix}tally")

    def _unlink(self, beginning: str) -> None:
        for names in self._names(beginning):
            self._client.unlink(*names)

    def _names(self, beginning: str = "") -> Iterator[list[bytes | str]]:
        """The names of all answers whose key begins so, in parts, while others are served."""
        cursor = 0
        while True:
            cursor, names = self._client.scan(cursor, match=f"{self._prefix}answer:{beginning}*", count=_BATCH)
            if names:
                yield names
            if not cursor:
                return

    def hold(self, key: str, seconds: float) -> Callable[[], None] | None:
        """See Store."""
        name = f"{self._prefix}lock:{key}"
        lock = Lock(self._client, name, timeout=self._lease, sleep=_POLL_SECONDS, thread_local=False)
        with _told():
            if not lock.acquire(blocking_timeout=seconds):
                return None

        def release() -> None:
            with _told():
                lock.release()

        return release

    def count(self, hits: int, misses: int) -> None:
        """See Store."""
        with _told():
            line = self._client.pipeline(transaction=False)
            line.hincrby(f"{self._prefix}tally", "hits", hits)
            line.hincrby(f"{self._prefix}tally", "misses", misses)
            line.execute()

    def usage(self) -> Usage:
        """See Store."""
        entries = size = 0
        with _told():
            for names in self._names():
                line = self._client.pipeline(transaction=False)
                for name in names:
                    line.strlen(name)
                entries, size = entries + len(names), size + sum(line.execute())
            hits, misses = self._client.hmget(f"{self._prefix}tally", "hits", "misses")
        return Usage(entries, size, int(hits or 0), int(misses or 0))


@contextmanager
def _told() -> Iterator[None]:
    """The client's errors as the store's."""
    try:
        yield
    except LockError:
        # The lease was over before the question was: somebody else may hold it by now.
        return
    except (OutOfMemoryError, ReadOnlyError) as exc:
        raise StoreFull(str(exc)) from exc
    except redis.RedisError as exc:
        raise StoreFailed(str(exc)) from exc
