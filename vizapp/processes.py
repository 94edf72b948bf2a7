"""Work that may take all memory, hang or crash is done by a process of its own: it ends, and this one goes on.

`started` runs a module of ours; that module calls `bound` before it touches what it was given.
"""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

# Python, and Rust before it ends the process.
_NO_MEMORY = ("MemoryError", "memory allocation of")
# What pyo3 makes of a panic in Rust; each library has a class of its own for it, which cannot be imported.
_PANIC = "pyo3_runtime.PanicException"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a process may take: seconds by the clock, and bytes of memory beyond those it starts with."""

    seconds: float
    memory_bytes: int


class Fallen(Exception):
    """The process ended without an answer."""


class TookTooLong(Fallen):
    """It was stopped by the clock."""


class TookTooMuch(Fallen):
    """It asked for more memory than it may have."""


class Crashed(Fallen):
    """What it was given made it fall."""


class Worker:
    """A process that was started and answers once."""

    def __init__(self, process: "subprocess.Popen[bytes]", bounds: Bounds) -> None:
        self._process, self._bounds = process, bounds

    def answer(self, sent: bytes = b"") -> bytes:
        """What it writes when it is sent this on its standard input.

        Raises Fallen when the clock, memory or a crash ended it, RuntimeError when that is a mistake of ours.
        """
        try:
            answer, said = self._process.communicate(sent, timeout=self._bounds.seconds)
        except subprocess.TimeoutExpired as exc:
            raise TookTooLong from exc
        if self._process.returncode == 0:
            return answer
        raise _fallen(self._process.returncode, said.decode(errors="replace"))


@contextmanager
def started(module: str, *arguments: str, bounds: Bounds) -> Iterator[Worker]:
    """`python -m module arguments`, without the secrets of this process; it is ended with the block at the latest."""
    where = os.pathsep.join(place or str(Path.cwd()) for place in sys.path)
    process = subprocess.Popen(  # noqa: S603 - our own program with a request of ours
        [sys.executable, "-m", module, *arguments],
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": where},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            yield Worker(process, bounds)
        finally:
            process.kill()


def _fallen(code: int, said: str) -> Exception:
    """Why there is no answer: memory, the clock or a crash tell of what was sent, anything else is our mistake."""
    if code == -signal.SIGXCPU:
        return TookTooLong()
    if code == -signal.SIGKILL or any(words in said for words in _NO_MEMORY):
        return TookTooMuch()
    if code < 0 or _PANIC in said:
        return Crashed()
    return RuntimeError(f"the process ended with {code}: {said[-2000:]}")


def bound(bounds: Bounds) -> None:
    """Hold this process to its bounds; where the system does not tell its size, memory is not bounded."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    seconds = int(bounds.seconds) * (os.cpu_count() or 1) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with suppress(FileNotFoundError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        room = pages * resource.getpagesize() + bounds.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
