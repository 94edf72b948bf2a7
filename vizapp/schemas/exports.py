"""What is asked for as a file in the background, and how it stands."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from vizapp.schemas.base import Input, JsonId
from vizapp.schemas.examples import like
from vizapp.schemas.records import Record
from vizapp.schemas.table import printable


class State(StrEnum):
    """How a job stands. It is waited for in the first two."""

    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"


_PATH = (
    "Where in the bucket; what is there already is replaced. `{name}`, `{dashboard}` or `{chart}` is what is exported, "
    "`{date}` and `{time}` when it was asked for in UTC (`2026-11-02`, `093000`), `{format}` what the file's name ends "
    "in: `xlsx`, `csv`, `zip`, `pdf`, `png` or `svg`."
)


class Destination(Input):
    """A place in the object store of a connection."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"connection_id": 3, "path": "reports/{dashboard}/{date}.pdf"}}
    )

    connection_id: Annotated[JsonId, Field(description="One to S3, Azure Blob Storage or Google Cloud Storage.")]
    path: Annotated[str, Field(min_length=1, max_length=1024, description=_PATH), AfterValidator(printable)]


class ExportBody(Input):
    """What to make a file of, and of which format."""

    model_config = ConfigDict(json_schema_extra={"example": {"what": "dashboard", "id": 1, "format": "excel"}})

    what: Literal["chart", "dashboard"]
    id: JsonId
    format: Annotated[str, Field(min_length=1, max_length=20, description="`excel`, `csv`, `pdf` or `image`.")]
    options: Annotated[
        dict[str, Any],
        Field(description="What the format lets one choose, as its own call takes it; a chart's files take `filters`."),
    ] = {}
    destination: Annotated[Destination | None, Field(description="Put the finished file there as well.")] = None


class ExportRecord(Record):
    """An export: `done` parts of `total`, or `message`, which says why it failed.

    `object_id` is the chart or dashboard; `fetched_at` is when the file was first taken, `expires_at` when it goes.
    `destination` is where in a bucket it is put as well, with the names of its path filled in.
    """

    model_config = like("export")

    id: int
    what: str
    object_id: int
    format: str
    title: str
    state: State
    done: int
    total: int
    message: str
    destination: Destination | None
    file_name: str
    file_size: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    fetched_at: datetime | None
    expires_at: datetime | None
