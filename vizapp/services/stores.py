"""Files in object stores as the source of charts, for services alone: nobody has been asked yet who may."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from vizapp.errors import FileTooLarge, InvalidFile
from vizapp.models import Connection
from vizapp.query import remote_engine
from vizapp.schemas.cloud import CloudFile
from vizapp.schemas.connection import CloudConfig
from vizapp.services import connections, intake
from vizapp.services.runtime import runtime
from vizapp.services.settings import upload_limits
from vizapp.sources.cloud.opened import opened
from vizapp.sources.cloud.parquet import RemoteParquet, version_of
from vizapp.sources.cloud.store import Item, Store
from vizapp.sources.cloud.wire import Bounds
from vizapp.sources.kinds import Kind, kind_of
from vizapp.sources.store import storage_errors, workplace
from vizapp.sources.types import FileSource

_PARQUET = b"PAR1"
CloudSource = FileSource | RemoteParquet


def bounds() -> Bounds:
    """What one request to a store may take."""
    config = runtime().config
    return Bounds(seconds=config.query_timeout_seconds, networks=config.database_networks)


def source(row: Connection, file: CloudFile) -> CloudSource:
    """A file as it is now: Parquet is read where it lies, any other is fetched and read once for each content.

    The caller has checked, or will check, who asks. Raises CloudStorageError, InvalidFile and FileTooLarge.
    """
    config, revision = connections.cloud_of(row), f"{row.id}:{row.revision}"
    with opened(config, bounds()) as store:
        item = store.look(file.key)
        kind = kind_in(store, item, file)
        if kind is not Kind.parquet:
            version = version_of(f"{revision}:{kind}", item)
            return runtime().kept.source(version, partial(_read, store, item, kind))
    return _in_place(config, item, revision)


def _in_place(config: CloudConfig, item: Item, revision: str) -> RemoteParquet:
    found = RemoteParquet(config, bounds(), item, revision)
    columns = runtime().kept.columns(found.version(), partial(remote_engine.columns, found))
    return replace(found, schema=columns)


def kind_in(store: Store, item: Item, file: CloudFile) -> Kind:
    """What the file is: as was said, by its name, or by its first bytes. Raises InvalidFile."""
    if file.format is not None:
        return Kind(file.format)
    try:
        return kind_of(file.key)
    except InvalidFile:
        if b"".join(store.read(item, 0, len(_PARQUET))) != _PARQUET:
            raise
        return Kind.parquet


def _read(store: Store, item: Item, kind: Kind, target: Path) -> None:
    """Take the file in as an upload is, and keep what came of it as `target`."""
    with workplace(runtime().temporary_folder) as place:
        path = place / "file"
        download(store, item, path)
        done = intake.read(path, f"file{kind.suffix}", intake.Choices(), folder=place)
        (place / done.parquet_name).replace(target)


def download(store: Store, item: Item, path: Path) -> None:
    """The file to `path`, within the limit of uploads. Raises FileTooLarge, before anything is fetched where it can."""
    limit, size = upload_limits().file_bytes, 0
    _check_size(item.size, limit)
    with storage_errors(), path.open("wb") as out:
        for piece in store.read(item):
            size += len(piece)
            _check_size(size, limit)
            out.write(piece)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        message = f"The file is over the limit of {limit // 2**20} MB. Only Parquet files may be larger."
        raise FileTooLarge(message, details={"limit": limit, "size": size})
