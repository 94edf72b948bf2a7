"""Files in object stores: what there is, what is in one, and as a dataset of their own."""

import time
from pathlib import PurePosixPath

from vizapp.access import Actor
from vizapp.errors import InvalidFile
from vizapp.query.results import Key
from vizapp.query.run import fetch
from vizapp.schemas.cloud import CloudFile, is_plain
from vizapp.schemas.files import FileRecord, Files
from vizapp.schemas.query import Query
from vizapp.schemas.records import DatasetRecord
from vizapp.services import connections, datasets, stores
from vizapp.services.formats import AnswerData
from vizapp.services.runtime import runtime
from vizapp.sources.cloud.opened import opened
from vizapp.sources.cloud.store import Item
from vizapp.sources.kinds import Kind, kind_of
from vizapp.sources.store import arriving

PREVIEW_ROWS = 100


def files(actor: Actor, connection_id: int, *, prefix: str = "", cursor: str = "", limit: int = 100) -> Files:
    """A page of the files whose keys begin with `prefix`, in the order of their keys.

    Raises NotFound, CloudStorageError.
    """
    config = connections.cloud_of(connections.usable(actor, connection_id))
    with opened(config, stores.bounds()) as store:
        page = store.list(prefix, cursor=cursor, limit=limit)
    return Files(items=[_record(item) for item in page.items], cursor=page.cursor or None)


def _record(item: Item) -> FileRecord:
    try:
        kind = kind_of(item.key).value if is_plain(item.key) else None
    except InvalidFile:
        kind = None
    return FileRecord(key=item.key, size=item.size, modified_at=item.modified, kind=kind)


def preview(actor: Actor, connection_id: int, file: CloudFile, *, rows: int = PREVIEW_ROWS) -> AnswerData:
    """The first rows of a file. Raises NotFound, CloudStorageError, InvalidFile, FileTooLarge."""
    found, started = stores.source(connections.usable(actor, connection_id), file), time.perf_counter()
    query = Query(columns=tuple(found.columns()), limit=rows + 1)
    key = Key.of(found.version(), query, "")
    answer = runtime().results.get(key, lambda unwanted: fetch(found, query, unwanted))
    frame = answer.fetched.frame
    return AnswerData(
        frame=frame.head(rows),
        title=name_of(file),
        truncated=frame.height > rows,
        cached=answer.cached,
        elapsed_ms=(time.perf_counter() - started) * 1000,
        as_of=answer.as_of,
        key=key.digest,
    )


def name_of(file: CloudFile) -> str:
    """The last part of its key."""
    return PurePosixPath(file.key).name


def snapshot(actor: Actor, connection_id: int, file: CloudFile, *, sheet: str = "") -> DatasetRecord:
    """The file as it is now as a dataset, with the limits and the report of an upload.

    Raises NotFound, InsufficientRole, CloudStorageError and what an upload raises; nothing is stored then.
    """
    datasets.require_create(actor)
    row = connections.usable(actor, connection_id)
    with opened(connections.cloud_of(row), stores.bounds()) as store, arriving(runtime().temporary_folder) as path:
        item = store.look(file.key)
        kind = stores.kind_in(store, item, file)
        stores.download(store, item, path)
        return datasets.upload(actor, path, _file_name(file, kind), sheet=sheet)


def _file_name(file: CloudFile, kind: Kind) -> str:
    """With a suffix that says what it is."""
    name = name_of(file)
    try:
        told = kind_of(name)
    except InvalidFile:
        told = None
    return name if told is kind else f"{name}{kind.suffix}"
