"""Files of object stores, as they are listed."""

from datetime import datetime

from vizapp.schemas.base import Strict
from vizapp.schemas.cloud import FileFormat
from vizapp.schemas.examples import like
from vizapp.schemas.records import Record


class FileRecord(Record):
    """A file of an object store; `kind` is null for what cannot be read as a table."""

    model_config = like("file")

    key: str
    size: int
    modified_at: datetime | None
    kind: FileFormat | None


class Files(Strict):
    """A page of files, in the order of their keys; `cursor` asks for the next page and is null at the end."""

    model_config = like("files", serialize_by_alias=True)

    items: list[FileRecord]
    cursor: str | None
