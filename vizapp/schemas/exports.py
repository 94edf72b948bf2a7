"""What is asked for as a file in the background, and how it stands."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from vizapp.schemas.base import Input, JsonId
from vizapp.schemas.examples import like
from vizapp.schemas.records import Record


class State(StrEnum):
    """How a job stands. It is waited for in the first two."""

    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"


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


class ExportRecord(Record):
    """An export: `done` parts of `total`, or `message`, which says why it failed.

    `object_id` is the chart or dashboard; `fetched_at` is when the file was first taken, `expires_at` when it goes.
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
    file_name: str
    file_size: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    fetched_at: datetime | None
    expires_at: datetime | None
