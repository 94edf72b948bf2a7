"""Foreign formats are read by a process of their own: one that meets a hostile file may take all the memory it is
given, or crash, and only that upload fails.

`python -m vizapp.sources.apart` is that process: the request comes as JSON in its argument, the answer as JSON on its
standard output and the table as an Arrow file.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from vizapp.errors import AppError, FileTooLarge, InvalidFile, InvalidInput, StorageFull
from vizapp.sources.jsonlines import read_json
from vizapp.sources.kinds import Kind
from vizapp.sources.limits import FileLimits
from vizapp.sources.notes import Note
from vizapp.sources.parquet import read_parquet
from vizapp.sources.store import arriving, storage_errors
from vizapp.sources.tables import Inferred, Table
from vizapp.sources.workbook import read_workbook

_KINDS: tuple[type[AppError], ...] = (InvalidFile, FileTooLarge, InvalidInput, StorageFull)
# Python, and Rust before it ends the process.
_NO_MEMORY = ("MemoryError", "memory allocation of")
# What pyo3 makes of a panic in Rust; each library has a class of its own for it, which cannot be imported.
_PANIC = "pyo3_runtime.PanicException"
_ERRORS = {kind.__name__: kind for kind in _KINDS}
_READERS: dict[Kind, Callable[[Path, FileLimits, str], Table]] = {
    Kind.parquet: lambda path, limits, _: read_parquet(path, limits),
    Kind.json: lambda path, limits, _: read_json(path, limits),
    Kind.excel: read_workbook,
}


def read_apart(path: Path, kind: Kind, *, limits: FileLimits, sheet: str = "") -> Table:
    """The table in the file at `path`; raises what its reader raises, and FileTooLarge when it takes too much.

    A file beside `path` is written meanwhile.
    """
    with arriving(path.parent) as out:
        asked: dict[str, object] = {
            "path": str(path),
            "out": str(out),
            "kind": kind,
            "sheet": sheet,
            "limits": asdict(limits),
        }
        told = _answer(asked, limits)
        if "error" in told:
            raise _ERRORS[str(told["error"])](str(told["message"]), details=told["details"])
        with storage_errors():
            frame = pl.read_ipc(out)
    notes = tuple(Note(n["code"], n["text"], n["count"], tuple(n["lines"])) for n in told["notes"])
    return Table(frame, told["written"], notes, Inferred(told["inferred"]), told["remarks"])


def _answer(asked: Mapping[str, object], limits: FileLimits) -> dict[str, Any]:
    # Our own program with a request of ours; no secret of this process goes along.
    where = os.pathsep.join(place or str(Path.cwd()) for place in sys.path)
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", __spec__.name, json.dumps(asked)],
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": where},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise _stopped(limits) from exc
    try:
        return dict(json.loads(done.stdout))
    except ValueError as exc:
        raise _fallen(done, limits) from exc


def _fallen(done: "subprocess.CompletedProcess[bytes]", limits: FileLimits) -> Exception:
    """Why there is no answer: memory, the clock or a crash tell of the file, anything else is our mistake."""
    said = done.stderr.decode(errors="replace")
    if done.returncode == -signal.SIGXCPU:
        return _stopped(limits)
    if done.returncode == -signal.SIGKILL or any(words in said for words in _NO_MEMORY):
        most = f"{limits.memory_bytes / 1024 / 1024:,.0f} MB"
        message = f"Reading this file would take more than {most} of memory. It may be damaged."
        return FileTooLarge(message, details={"limit": limits.memory_bytes})
    if done.returncode < 0 or _PANIC in said:
        return InvalidFile("This file is damaged: reading it fails.")
    return RuntimeError(f"the reader ended with {done.returncode}: {said[-2000:]}")


def _stopped(limits: FileLimits) -> InvalidFile:
    message = f"Reading stopped after {limits.seconds:.0f} seconds."
    return InvalidFile(message, details={"seconds": limits.seconds})


def main(argument: str) -> None:
    """Answer one request; see the module."""
    asked = json.loads(argument)
    limits = FileLimits(**{**asked["limits"], "extensions": tuple(asked["limits"]["extensions"])})
    _bound(limits)
    try:
        table = _READERS[Kind(asked["kind"])](Path(asked["path"]), limits, asked["sheet"])
        with storage_errors():
            table.frame.write_ipc(asked["out"], compression="uncompressed")
        told = _told(table)
    except _KINDS as exc:
        told = {"error": type(exc).__name__, "message": exc.message, "details": exc.details}
    sys.stdout.write(json.dumps(told))


def _told(table: Table) -> dict[str, object]:
    return {
        "written": table.written,
        "notes": [note.wire() for note in table.notes],
        "inferred": table.inferred,
        "remarks": dict(table.remarks),
    }


def _bound(limits: FileLimits) -> None:
    """What this process may take beyond what it has by now; where the system does not tell, there is no bound."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    seconds = int(limits.seconds) * (os.cpu_count() or 1) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with suppress(FileNotFoundError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        room = pages * resource.getpagesize() + limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (room, room))


if __name__ == "__main__":
    main(sys.argv[1])
