"""What services return: stored objects as closed, plain values, in the contract's column names."""

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from vizapp.schemas.base import ColumnType, Fits
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.dashboard import DashboardLayout, Position
from vizapp.schemas.examples import like

T = TypeVar("T")


class Record(BaseModel):
    """Frozen, read from a row's attributes."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class UserRecord(Record):
    """A user without anything secret."""

    model_config = like("user")

    id: int
    username: str
    email: str
    role: str
    created_at: datetime
    updated_at: datetime
    last_login: datetime | None
    is_active: bool
    must_change_password: bool


class ApiKeyRecord(Record):
    """An API key without its secret; `prefix` is how its text begins."""

    model_config = like("API key")

    id: int
    name: str
    prefix: str
    scope: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class ChartRecord(Record):
    """A chart; `owner_name` is empty when its owner is gone."""

    model_config = like("chart")

    id: int
    name: str
    description: str
    chart_type: str
    config: Annotated[dict[str, object], Fits(ChartConfig)]
    data_source_id: int | None
    dataset_id: int | None
    query: str | None
    created_by: int | None
    created_at: datetime
    updated_at: datetime
    version: int
    owner_name: str = ""
    dataset_name: str = ""


class PlacedChart(Record):
    """A chart on a dashboard, at `position`."""

    chart_id: int
    position: Annotated[dict[str, object], Fits(Position)]
    # For pages, which load what draws it; never sent.
    chart_type: Annotated[str, Field(exclude=True)] = ""


class DashboardRecord(Record):
    """A dashboard; `charts` says what its layout says, and `is_public` that there is a valid link.

    The link itself is for those to see who may change the dashboard.
    """

    model_config = like("dashboard")

    id: int
    name: str
    description: str
    layout: Annotated[dict[str, object], Fits(DashboardLayout)]
    charts: tuple[PlacedChart, ...] = ()
    is_public: bool
    public_access_count: int
    created_by: int | None
    created_at: datetime
    updated_at: datetime
    version: int
    owner_name: str = ""


class LinkRecord(Record):
    """A public link: `path` is the page's path on this server."""

    token: str
    path: str
    created_at: datetime
    expires_at: datetime | None
    access_count: int


class DatasetRecord(Record):
    """An uploaded file as typed columns; `columns` are its column reports."""

    model_config = like("dataset")

    id: int
    name: str
    file_name: str
    file_size: int
    row_count: int
    columns: list[dict[str, object]]
    report: dict[str, object]
    overrides: dict[str, object]
    created_by: int | None
    created_at: datetime
    updated_at: datetime
    owner_name: str = ""

    @property
    def types(self) -> dict[str, ColumnType]:
        """Column name → type, in the file's order."""
        return {str(c["name"]): ColumnType(str(c["type"])) for c in self.columns}


class SettingRecord(Record):
    """A setting with its bounds; `updated_at` is empty while the default holds."""

    model_config = like("setting")

    key: str
    value: int
    description: str
    default: int
    minimum: int
    maximum: int
    updated_by: int | None
    updated_at: datetime | None


class CacheRecord(Record):
    """What is remembered of answers.

    `entries`, `bytes`, `hits` and `misses` are those of all processes together since it was cleared; `process_*` those
    in the memory of the process that says this. `hit_rate` is a share of 1, null before anything was asked. `max_bytes`
    bounds a process and the folder; Redis is bounded by its own `maxmemory`.
    """

    model_config = like("cache")

    kind: Literal["redis", "folder"]
    status: Annotated[
        Literal["ok", "down", "full"], Field(description="Down and full: answers come from the data until it is well.")
    ]
    entries: int
    bytes: int
    hits: int
    misses: int
    hit_rate: float | None
    process_entries: int
    process_bytes: int
    max_bytes: int
    ttl_seconds: int
    stale_factor: int


class LogRecord(Record):
    """One line of the activity log."""

    model_config = like("log")

    id: int
    user_id: int | None
    action: str
    resource_type: str
    resource_id: int | None
    details: dict[str, object]
    ip_address: str | None
    created_at: datetime


class Page(BaseModel, Generic[T]):
    """A part of a list; `total` counts the whole."""

    items: list[T]
    total: int
    offset: int
    limit: int
