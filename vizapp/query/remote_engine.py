"""Answer a Query from a Parquet file in an object store, in a process of its own: the file is a stranger's.

That process has neither the store's keys nor anything of this one's environment. `python -m vizapp.query.remote_engine`
is it: a line with the address and the limits, then the query; without one it tells the columns by an empty answer.
"""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime

import polars as pl

from vizapp.errors import AppError, CloudStorageBusy, ColumnMissing, DatasetDamaged, InvalidFile
from vizapp.processes import bound
from vizapp.query import polars_engine
from vizapp.query.fetched import Fetched, decode, encode
from vizapp.schemas.base import ColumnType
from vizapp.schemas.query import Query
from vizapp.sources.apart import answered, bounds_of
from vizapp.sources.cloud.gateway import require_whole
from vizapp.sources.cloud.parquet import RemoteParquet, ServedParquet
from vizapp.sources.limits import FileLimits
from vizapp.sources.types import type_of

_ERROR = b"{"
_DAMAGED = "This Parquet file is damaged, or uses what cannot be read here."


def columns(source: RemoteParquet) -> dict[str, ColumnType]:
    """Column name → type, from the file's footer. Raises CloudStorageError, InvalidFile, FileTooLarge."""
    return {name: type_of(dtype) for name, dtype in _asked(source, None).frame.schema.items()}


def fetch(source: RemoteParquet, query: Query) -> Fetched:
    """The answer to `query`. Raises the same, and ColumnMissing."""
    return _asked(source, query)


def _asked(source: RemoteParquet, query: Query | None) -> Fetched:
    limits = FileLimits(seconds=source.bounds.seconds)
    with source.served() as gateway:
        head = {"url": gateway.url, "limits": asdict(limits)}
        request = json.dumps(head).encode() + b"\n" + (query.canonical() if query else b"")
        try:
            told = answered(__spec__.name, limits=limits, sent=request)
        except AppError as exc:
            require_whole(gateway)
            if "seconds" in exc.details:
                raise CloudStorageBusy(details=exc.details) from exc
            raise
        if told.startswith(_ERROR):
            require_whole(gateway)
            said = json.loads(told)
            raise ColumnMissing.of(said["columns"]) if said["columns"] else InvalidFile(_DAMAGED)
    return decode(told)[0]


def main(head: bytes, query: bytes) -> bytes:
    """Answer one request; see the module."""
    asked = json.loads(head)
    bound(bounds_of(FileLimits(**{**asked["limits"], "extensions": tuple(asked["limits"]["extensions"])})))
    source = ServedParquet(asked["url"])
    try:
        found = _answered(source, query)
    except ColumnMissing as exc:
        return json.dumps(exc.details).encode()
    except DatasetDamaged:
        return json.dumps({"columns": []}).encode()
    return encode(found, as_of=datetime.now(UTC))


def _answered(source: ServedParquet, query: bytes) -> Fetched:
    if query:
        return polars_engine.fetch(source, Query.read(query))
    with polars_engine.reading():
        return Fetched(pl.DataFrame(schema=source.scan().collect_schema()))


if __name__ == "__main__":
    sys.stdout.buffer.write(main(sys.stdin.buffer.readline(), sys.stdin.buffer.read()))
