"""A file straight into a chart. It becomes a dataset, or renews the one that an earlier file for this chart made."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from vizapp.access import Actor, Permission, can
from vizapp.charts import registry
from vizapp.errors import StaleVersion
from vizapp.exports.frames import json_rows
from vizapp.extensions import db, write_tx
from vizapp.models import Chart, CsvData, Dataset
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import ChartConfig
from vizapp.services import audit, datasets, intake, rows
from vizapp.services.intake import Choices
from vizapp.services.runtime import runtime
from vizapp.sources.files import Intake

PREVIEW_ROWS = 10


@dataclass(frozen=True, slots=True)
class ChartUpload:
    """What came of an upload into a chart. `preview` are its first rows as JSON values."""

    chart_id: int
    dataset_id: int
    preview: list[dict[str, object]]
    types: dict[str, ColumnType]
    file_name: str
    file_size: int
    uploaded_at: datetime
    row_count: int
    report: dict[str, object]

    def wire(self) -> dict[str, object]:
        """The contract's object."""
        return {
            "preview": self.preview,
            "columns": list(self.types),
            "columnTypes": {name: kind.value for name, kind in self.types.items()},
            "metadata": {
                "fileName": self.file_name,
                "fileSize": self.file_size,
                "uploadedAt": self.uploaded_at.isoformat(),
                "rowCount": self.row_count,
            },
            "report": self.report,
            "chartId": self.chart_id,
            "datasetId": self.dataset_id,
        }


def upload(actor: Actor, chart_id: int, path: Path, file_name: str, *, sheet: str = "") -> ChartUpload:
    """Make the file at `path` the data of a chart. The caller removes `path`.

    A file that cannot be read raises as `datasets.upload` does. A chart that has data keeps it also when it could not
    be drawn from the new file: that raises InvalidChartConfig, naming what is missing. In both cases nothing is stored.
    """
    datasets.require_create(actor)
    rows.to_change(actor, Permission.CHART_WRITE, rows.chart, chart_id)
    earlier = _own_dataset(actor, chart_id)
    renewed, known = (earlier.id, Choices.of(earlier)) if earlier is not None else (None, Choices())
    chosen = replace(known, sheet=sheet)
    read = intake.read(path, file_name, chosen)
    with write_tx() as session:
        chart = rows.to_change(actor, Permission.CHART_WRITE, rows.chart, chart_id)
        _check_drawable(chart, read)
        earlier = _own_dataset(actor, chart_id)
        if (earlier.id if earlier is not None else None) != renewed:
            raise StaleVersion("The data of this chart was changed meanwhile. Try again.")
        if earlier is None:
            row = intake.add(session, actor, read, file_name, chosen)
        else:
            row = earlier
            intake.renew(session, actor, row, read, file_name=file_name, chosen=chosen)
        chart.dataset_id, chart.data_source_id, chart.query = row.id, None, None
        told = _note_upload(session, chart, row)
        audit.record(session, actor, "chart.upload", "chart", chart.id, file=row.file_name, rows=row.row_count)
        done = _done(chart.id, row, told.uploaded_at, read)
    datasets.sweep_unused(older_than=datasets.REUSE_SECONDS)
    return done


def _own_dataset(actor: Actor, chart_id: int) -> Dataset | None:
    """The dataset that an earlier upload into this chart made, while nothing else is drawn from it."""
    chart = rows.chart(chart_id)
    noted = select(CsvData.dataset_id).where(CsvData.chart_id == chart_id)
    row = db.session.get(Dataset, chart.dataset_id) if chart.dataset_id in set(db.session.scalars(noted)) else None
    if row is None or not can(actor, Permission.DATASET_WRITE, row):
        return None
    others = select(Chart.id).where(Chart.dataset_id == row.id, Chart.id != chart_id).limit(1)
    return None if db.session.scalar(others) is not None else row


def _check_drawable(chart: Chart, read: Intake) -> None:
    if chart.dataset_id is not None:
        registry.check(ChartConfig.parse(chart.config), {column.name: column.type for column in read.columns})


def _note_upload(session: Session, chart: Chart, row: Dataset) -> CsvData:
    session.execute(delete(CsvData).where(CsvData.chart_id == chart.id))
    told = CsvData(
        chart_id=chart.id,
        dataset_id=row.id,
        column_types={str(column["name"]): column["type"] for column in row.columns},
        row_count=row.row_count,
        file_name=row.file_name,
        file_size=row.file_size,
        uploaded_at=datetime.now(UTC),
    )
    session.add(told)
    return told


def _done(chart_id: int, row: Dataset, uploaded_at: datetime, read: Intake) -> ChartUpload:
    first = read.source(runtime().dataset_folder).scan().head(PREVIEW_ROWS).collect()
    return ChartUpload(
        chart_id=chart_id,
        dataset_id=row.id,
        preview=json_rows(first),
        types={column.name: column.type for column in read.columns},
        file_name=row.file_name,
        file_size=row.file_size,
        uploaded_at=uploaded_at,
        row_count=row.row_count,
        report=read.report,
    )
