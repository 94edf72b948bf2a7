"""What uploading into a chart takes and answers."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from vizapp.schemas.base import ColumnType, Id, Input
from vizapp.schemas.examples import like
from vizapp.schemas.records import DatasetRecord

ChartId = Annotated[Id | None, Field(description="The chart, as a form field or in the query.")]
# A form's values arrive parsed as JSON where they can be: a sheet called 2024 is a number then.
SheetName = Annotated[str, BeforeValidator(str), Field(max_length=200, description="The sheet of a workbook to read.")]


class ChartQuery(Input):
    """The chart in the query string."""

    chart_id: ChartId = None


class DatasetUpload(DatasetRecord):
    """A new dataset; `location` is the page to review it on."""

    model_config = like("new dataset")

    location: str


class UploadedFile(BaseModel):
    """The file an upload brought."""

    model_config = ConfigDict(alias_generator=to_camel)

    file_name: str
    file_size: int
    uploaded_at: datetime
    row_count: int


class ChartUploadObject(BaseModel):
    """What came of a file: its first ten rows, its columns, and in `report` what was understood, repaired and lost."""

    model_config = like("upload", alias_generator=to_camel)

    preview: list[dict[str, Any]]
    columns: list[str]
    column_types: dict[str, ColumnType]
    metadata: UploadedFile
    report: dict[str, Any]
    chart_id: int
    dataset_id: int
