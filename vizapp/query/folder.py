"""A shared store in a folder, for the processes of one machine: a file for each answer, within a bound of bytes.

Nothing in it is needed: what is damaged is a miss, and a start of the server empties it (`clear`).
"""

import errno
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from vizapp.query.store import StoreFull, Usage

_POLL_SECONDS = 0.05
# Locks of questions that nobody asks any more.
_LOCK_SECONDS = 3600
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_DAY = 86_400


class FolderStore:
    """See Store. What is older in use goes when there is more than `max_bytes`; a file's time is when it expires."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._answers, self._locks, self._tally = folder / "answers", folder / "locks", folder / "tally"
        self._max_bytes = max_bytes
        # A look at the whole folder for each eighth of it that this process has written.
        self._step = max(1, max_bytes // 8)
        self._written = self._step

    def get(self, key: str) -> bytes | None:
        """See Store."""
        path = self._answers / key
        try:
            with path.open("rb") as file:
                expires = os.fstat(file.fileno()).st_mtime
                if expires < time.time():
                    return None
                os.utime(file.fileno(), (time.time(), expires))
                return file.read()
        except FileNotFoundError:
            return None

    def set(self, key: str, value: bytes, seconds: float | None) -> None:
        """See Store."""
        if len(value) > self._step:
            return
        try:
            self._write(key, value, seconds)
        except OSError as exc:
            if exc.errno in _FULL:
                raise StoreFull(str(exc)) from exc
            raise
        self._written += len(value)
        if self._written > self._step:
            self._written = 0
            self._sweep()

    def _write(self, key: str, value: bytes, seconds: float | None) -> None:
        self._make(self._answers)
        arriving = self._answers / f".{secrets.token_hex(8)}"
        try:
            arriving.write_bytes(value)
            now = time.time()
            os.utime(arriving, (now, now + (seconds or _DAY)))
            arriving.replace(self._answers / key)
        except OSError:
            arriving.unlink(missing_ok=True)
            raise

    @staticmethod
    def _make(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def drop(self, prefix: str) -> None:
        """See Store."""
        for path in self._answers.glob(f"{prefix}*"):
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        """See Store."""
        for folder in (self._answers, self._tally):
            for path in folder.glob("*"):
                path.unlink(missing_ok=True)

    def hold(self, key: str, seconds: float) -> Callable[[], None] | None:
        """See Store. The operating system lets go of what a process held that died."""
        self._make(self._locks)
        lock = FileLock(self._locks / key, thread_local=False)
        try:
            lock.acquire(timeout=seconds, poll_interval=_POLL_SECONDS)
        except Timeout:
            return None
        return lock.release

    def count(self, hits: int, misses: int) -> None:
        """A byte for each, which processes can append at the same time."""
        self._make(self._tally)
        for name, number in (("hits", hits), ("misses", misses)):
            with (self._tally / name).open("ab") as file:
                file.write(b"." * number)

    def usage(self) -> Usage:
        """See Store."""
        sizes = [size for _, _, size in self._found()]
        hits, misses = (_size(self._tally / name) for name in ("hits", "misses"))
        return Usage(len(sizes), sum(sizes), hits, misses)

    def _found(self) -> list[tuple[float, Path, int]]:
        """When each answer was used last, where it is and its bytes; those that have expired are removed."""
        found, now = [], time.time()
        if not self._answers.is_dir():
            return []
        for entry in os.scandir(self._answers):
            with suppress(FileNotFoundError):
                told = entry.stat()
                if told.st_mtime < now and not entry.name.startswith("."):
                    Path(entry.path).unlink(missing_ok=True)
                else:
                    found.append((told.st_atime, Path(entry.path), told.st_size))
        return found

    def _sweep(self) -> None:
        """Make room for what the processes write until they look again."""
        found = sorted(self._found())
        over = sum(size for *_, size in found) - self._max_bytes * 3 // 4
        for _, path, size in found:
            if over <= 0:
                break
            path.unlink(missing_ok=True)
            over -= size
        for path in self._locks.glob("*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - _LOCK_SECONDS:
                    path.unlink()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
