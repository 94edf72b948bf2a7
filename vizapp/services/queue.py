"""The queue between who asks for a job and the workers that run them: a file in the data folder, or Redis.

It carries ids, as JSON; the rows of the table `jobs` are the truth. What it loses, workers find there.
"""

import hashlib
import json
import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from huey.api import Huey, crontab
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import RedisStorage, SqliteStorage
from redis import RedisError

from vizapp.config import Config

# What a queue that is away raises, by whichever store holds it.
AWAY = (sqlite3.Error, OSError, RedisError)
_MOMENTS = ("eta", "expires", "expires_resolved")
_log = logging.getLogger(__name__)


class JsonSerializer(Serializer):  # type: ignore[misc]  # huey has no types
    """Messages as JSON objects; huey's own way is pickle, which runs whatever it reads."""

    def _serialize(self, data: object) -> bytes:
        """Raises TypeError for what JSON does not have."""
        told = {"message": data._asdict()} if isinstance(data, Message) else {"value": data}
        return json.dumps(told, default=_moment).encode()

    def _deserialize(self, data: bytes) -> object:
        """Raises ValueError or TypeError for what this class did not write."""
        told = json.loads(data)
        if "message" not in told:
            return told["value"]
        message = Message(**told["message"])
        moments = {name: datetime.fromisoformat(text) for name in _MOMENTS if (text := getattr(message, name))}
        return message._replace(args=tuple(message.args), **moments)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not sent through the queue")


class Queue:
    """`send` puts a job in; a worker says by `serve` what is done with those that come out."""

    def __init__(self, huey: Huey) -> None:
        self.huey = huey
        self._send = huey.task(name="run_job")(self._run)
        huey.periodic_task(crontab(minute="*/10"), name="tidy_up")(self._tidy_up)

    def send(self, job_id: int) -> bool:
        """Whether it could be put in. If not, a worker finds the row later."""
        try:
            self._send(job_id)
        except AWAY as exc:
            _log.warning("the queue of jobs cannot be reached", extra={"why": type(exc).__name__})
            return False
        return True

    def waiting(self) -> int | None:
        """How many are in it; None when it cannot be reached."""
        try:
            return int(self.huey.storage.queue_size())
        except AWAY:
            return None

    def serve(self, run: Callable[[int], None], tidy_up: Callable[[], None]) -> None:
        """What a worker does with a job, and what every ten minutes."""
        self._run_with, self._tidy_with = run, tidy_up

    def _run(self, job_id: int) -> None:
        self._run_with(job_id)

    def _tidy_up(self) -> None:
        self._tidy_with()


def open_queue(config: Config, deployment: str) -> Queue:
    """The queue of this deployment: several may share one Redis."""
    name = f"vizapp{hashlib.sha256(deployment.encode()).hexdigest()[:16]}"
    common = {"results": False, "serializer": JsonSerializer()}
    if config.redis_url is None:
        file = config.data_dir / "queue.db"
        huey = Huey(name, storage_class=SqliteStorage, filename=str(file), cache_mb=1, create_tables=False, **common)
        # A start must not fail for it: reading goes on when the disk is full or read-only.
        with suppress(*AWAY):
            file.touch(mode=0o600)
            huey.storage.initialize_schema()
        return Queue(huey)
    # Who asks for a job does not wait long for a Redis that is away.
    url = config.redis_url.get_secret_value()
    return Queue(Huey(name, storage_class=RedisStorage, url=_patient(url), **common))


def _patient(url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}socket_connect_timeout=2&socket_timeout=5"
