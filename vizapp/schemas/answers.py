"""What the API answers that is no stored object: data, a public link, a dashboard behind one."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field
from pydantic.alias_generators import to_camel

from vizapp.schemas.base import ColumnType, Fits
from vizapp.schemas.dashboard import DashboardLayout
from vizapp.schemas.examples import like

_BYTES = {"schema": {"type": "string", "format": "binary"}}
_ROW_FORMATS = {
    "text/csv": {"schema": {"type": "string"}},
    "application/vnd.apache.arrow.stream": _BYTES,
    "application/vnd.apache.parquet": _BYTES,
}
_HEADERS = {
    "X-Row-Count": {"description": "As `rowCount`.", "schema": {"type": "integer"}},
    "X-Truncated": {"description": "As `truncated`.", "schema": {"type": "boolean"}},
    "X-Data-As-Of": {"description": "As `dataAsOf`.", "schema": {"type": "string", "format": "date-time"}},
}


class AnswerObject(BaseModel):
    """The rows of a chart, a table or a query.

    Rows are objects, under the names in `columns`. `truncated` tells that the cap on rows cut them.
    """

    model_config = like(
        "answer", alias_generator=to_camel, openapi_extra={"content": _ROW_FORMATS, "headers": _HEADERS}
    )

    columns: list[str]
    rows: list[dict[str, Any]]
    column_types: dict[str, ColumnType]
    row_count: int
    truncated: bool
    cached: Annotated[bool, Field(description="Whether the answer was remembered.")]
    elapsed_ms: float
    data_as_of: datetime
    message: Annotated[str, Field(description="Only when there are no rows: what to do about it.")] = ""


class LinkObject(BaseModel):
    """A public link: who has it reads this one dashboard, without signing in, until it expires or is revoked."""

    model_config = like("link")

    token: str
    url: str
    expires_at: datetime | None
    created_at: datetime
    access_count: int


class Problem(BaseModel):
    """What keeps one chart from being shown; those beside it are."""

    code: str
    message: str


class PublicChart(BaseModel):
    """A chart of a public dashboard: its numbers, or else what is wrong with it."""

    chart_id: int
    title: str
    type: str
    data: Annotated[dict[str, object], Fits(AnswerObject)] | None = None
    error: Problem | None = None


class PublicDashboard(BaseModel):
    """A dashboard as everybody with its link may read it; charts in reading order."""

    model_config = like("public dashboard", openapi_extra={"content": {"text/html": {"schema": {"type": "string"}}}})

    name: str
    description: str
    layout: Annotated[dict[str, object], Fits(DashboardLayout)]
    charts: list[PublicChart]
