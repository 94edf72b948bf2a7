"""Uploaded files as datasets: take in, look at, change types, delete."""

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Unpack

from sqlalchemy import delete, select

from vizapp.access import Actor, Permission, require
from vizapp.errors import Conflict, InvalidInput, StaleVersion
from vizapp.extensions import db, write_tx
from vizapp.models import Chart, CsvData, Dataset
from vizapp.schemas.base import ColumnType
from vizapp.schemas.records import DatasetRecord, Page
from vizapp.services import audit, intake, rows
from vizapp.services.content import Asked, owner_name, page_of
from vizapp.services.intake import Choices, Progress
from vizapp.services.runtime import runtime
from vizapp.sources.store import PART

# A file that was used this long ago is in nobody's hands any more.
REUSE_SECONDS = 60.0


def to_record(row: Dataset) -> DatasetRecord:
    """The row as a plain value."""
    return DatasetRecord.model_validate(row).model_copy(update={"owner_name": owner_name(row.owner)})


def require_create(actor: Actor) -> None:
    """Raise unless `actor` may upload at all: asked before a body is read."""
    require(actor, Permission.DATASET_CREATE)


def upload(
    actor: Actor, path: Path, file_name: str, *, sheet: str = "", progress: Progress | None = None
) -> DatasetRecord:
    """Read the file at `path` and store it as a dataset; `sheet` names one of a workbook. The caller removes `path`.

    Raises InvalidFile or FileTooLarge, naming line or limit, and InvalidInput for a sheet that is not there; nothing
    is stored then.
    """
    require_create(actor)
    chosen = Choices(sheet=sheet)
    read = intake.read(path, file_name, chosen, progress=progress)
    with write_tx() as session:
        row = intake.add(session, actor, read, file_name, chosen)
    return to_record(row)


def change_types(
    actor: Actor, dataset_id: int, types: Mapping[str, str], *, day_first: Mapping[str, bool] | None = None
) -> DatasetRecord:
    """Read the kept original again with these column types; charts see the new types at once."""
    row = rows.to_change(actor, Permission.DATASET_WRITE, rows.dataset, dataset_id)
    seen, before = (row.content_hash, dict(row.overrides)), Choices.of(row)
    chosen = _checked_types(row, types)
    _check_columns(row, day_first or {})
    whole = Choices({**before.types, **chosen}, {**before.days, **(day_first or {})}, before.sheet)
    read = intake.read_again(row.original, row.file_name, whole)
    with write_tx() as session:
        row = rows.to_change(actor, Permission.DATASET_WRITE, rows.dataset, dataset_id)
        if (row.content_hash, dict(row.overrides)) != seen:
            raise StaleVersion("Somebody else changed the types of this file meanwhile. Reload and try again.")
        runtime().results.drop(row.content_hash)
        intake.fill(row, read, whole)
        audit.record(session, actor, "dataset.retype", "dataset", row.id, types={k: str(v) for k, v in chosen.items()})
    sweep_unused(older_than=REUSE_SECONDS)
    return to_record(row)


def _check_columns(row: Dataset, named: Iterable[str]) -> None:
    known = {str(column["name"]) for column in row.columns}
    problems = {name[:200]: f"“{name[:40]}” is not a column" for name in named if name not in known}
    if problems:
        raise InvalidInput.of(problems)


def _checked_types(row: Dataset, types: Mapping[str, str]) -> dict[str, ColumnType]:
    _check_columns(row, types)
    problems = {
        name: f"{kind} is not a type; known: {', '.join(ColumnType)}"
        for name, kind in types.items()
        if kind not in set(ColumnType)
    }
    if problems:
        raise InvalidInput.of(problems)
    return {name: ColumnType(kind) for name, kind in types.items()}


def list_datasets(actor: Actor, *, mine: bool = False, **asked: Unpack[Asked]) -> Page[DatasetRecord]:
    """Changed last first, unless asked for otherwise."""
    require(actor, Permission.DATASET_READ)
    return page_of(Dataset, to_record, owner_id=actor.user_id if mine else None, **asked)


def get_dataset(actor: Actor, dataset_id: int) -> DatasetRecord:
    """Raises NotFound."""
    require(actor, Permission.DATASET_READ)
    return to_record(rows.dataset(dataset_id))


def dependents(actor: Actor, dataset_id: int) -> list[str]:
    """The names of the charts that draw this dataset."""
    require(actor, Permission.DATASET_READ)
    return list(db.session.scalars(select(Chart.name).where(Chart.dataset_id == dataset_id).order_by(Chart.name)))


def delete_dataset(actor: Actor, dataset_id: int) -> None:
    """Raises Conflict while charts use it; files go when no other dataset shares them."""
    with write_tx() as session:
        row = rows.to_change(actor, Permission.DATASET_WRITE, rows.dataset, dataset_id)
        names = dependents(actor, dataset_id)
        if names:
            raise Conflict(f"Charts still use this dataset: {', '.join(names[:5])}.", details={"charts": names})
        audit.record(session, actor, "dataset.delete", "dataset", row.id, name=row.name)
        # Notes of uploads into charts that are drawn from something else by now.
        session.execute(delete(CsvData).where(CsvData.dataset_id == row.id))
        session.delete(row)
    sweep_unused(older_than=REUSE_SECONDS)


def sweep_unused(*, older_than: float) -> int:
    """Remove files that no dataset names and that nobody has used for `older_than` seconds; says how many.

    An upload of the same bytes touches the file before it relies on it, so it is never taken from under it.
    """
    named = set(db.session.scalars(select(Dataset.content_hash))) | set(db.session.scalars(select(Dataset.original)))
    limit, removed = time.time() - older_than, 0
    for path in runtime().dataset_folder.glob("*/*"):
        with suppress(FileNotFoundError):  # another worker sweeps too
            if path.suffix != PART and path.stem not in named and path.stat().st_mtime <= limit:
                path.unlink()
                removed += 1
    return removed
