"""Foreign formats are read by a process of their own: one that meets a hostile file may take all the memory it is
given, or crash, and only that upload fails.

`python -m vizapp.sources.apart` is that process: the request comes as JSON in its argument, the answer as JSON on its
standard output and the table as an Arrow file.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import polars as pl

from vizapp.errors import AppError, FileTooLarge, InvalidFile, InvalidInput, StorageFull
from vizapp.processes import Bounds, Crashed, TookTooLong, TookTooMuch, bound, started
from vizapp.sources.jsonlines import read_json
from vizapp.sources.kinds import Kind
from vizapp.sources.limits import FileLimits
from vizapp.sources.notes import Note
from vizapp.sources.parquet import read_parquet
from vizapp.sources.store import arriving, storage_errors
from vizapp.sources.tables import Inferred, Table
from vizapp.sources.workbook import read_workbook

_KINDS: tuple[type[AppError], ...] = (InvalidFile, FileTooLarge, InvalidInput, StorageFull)
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
        told = json.loads(answered(__spec__.name, json.dumps(asked), limits=limits))
        if "error" in told:
            raise _ERRORS[str(told["error"])](str(told["message"]), details=told["details"])
        with storage_errors():
            frame = pl.read_ipc(out)
    notes = tuple(Note(n["code"], n["text"], n["count"], tuple(n["lines"])) for n in told["notes"])
    return Table(frame, told["written"], notes, Inferred(told["inferred"]), told["remarks"])


def answered(module: str, *arguments: str, limits: FileLimits, sent: bytes = b"") -> bytes:
    """What a process that reads a file says: memory, the clock and a crash tell of the file.

    Raises InvalidFile, with `seconds` in its details when the clock ended it, and FileTooLarge.
    """
    try:
        with started(module, *arguments, bounds=bounds_of(limits)) as reader:
            return reader.answer(sent)
    except TookTooLong as exc:
        message = f"Reading stopped after {limits.seconds:.0f} seconds."
        raise InvalidFile(message, details={"seconds": limits.seconds}) from exc
    except TookTooMuch as exc:
        most = f"{limits.memory_bytes / 1024 / 1024:,.0f} MB"
        message = f"Reading this file would take more than {most} of memory. It may be damaged."
        raise FileTooLarge(message, details={"limit": limits.memory_bytes}) from exc
    except Crashed as exc:
        raise InvalidFile("This file is damaged: reading it fails.") from exc


def bounds_of(limits: FileLimits) -> Bounds:
    """What a process that reads a file within these limits may take."""
    return Bounds(limits.seconds, limits.memory_bytes)


def main(argument: str) -> None:
    """Answer one request; see the module."""
    asked = json.loads(argument)
    limits = FileLimits(**{**asked["limits"], "extensions": tuple(asked["limits"]["extensions"])})
    bound(bounds_of(limits))
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


if __name__ == "__main__":
    main(sys.argv[1])
