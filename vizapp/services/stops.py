"""Stopping a question that is being answered: whoever asked it leaves a flag, which the process that answers looks for.

A flag is an empty file in the data folder, which all processes share. Its name holds who asked, so nobody stops what
another one asked.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vizapp.access import Actor, Permission, require
from vizapp.services.runtime import runtime

# Flags that came too late lie there until then.
_KEPT_SECONDS = 600


def stop(actor: Actor, run: str) -> None:
    """Stop the actor's own question of this name, wherever it is answered; nothing happens when there is none."""
    require(actor, Permission.CONNECTION_READ)
    _sweep()
    _flag(actor, run).touch()


@contextmanager
def watched(actor: Actor, run: str) -> Iterator[Callable[[], bool]]:
    """Tells whether `actor` has stopped `run`; without a name nobody can."""
    if not run:
        yield _never
        return
    flag = _flag(actor, run)
    try:
        yield flag.exists
    finally:
        flag.unlink(missing_ok=True)


def _never() -> bool:
    return False


def _flag(actor: Actor, run: str) -> Path:
    name = hashlib.sha256(f"{actor.user_id}:{run}".encode()).hexdigest()
    return runtime().stop_folder / name


def _sweep() -> None:
    before = time.time() - _KEPT_SECONDS
    for path in runtime().stop_folder.iterdir():
        with suppress(FileNotFoundError):  # whoever was stopped takes its flag away
            if path.stat().st_mtime < before:
                path.unlink()
