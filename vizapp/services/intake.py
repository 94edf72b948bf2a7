"""Files into datasets, for services alone: nobody has been asked yet whether the actor may."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from vizapp.access import Actor
from vizapp.errors import Unavailable
from vizapp.models import Dataset
from vizapp.schemas.base import ColumnType, clean_text
from vizapp.services import audit
from vizapp.services.runtime import runtime
from vizapp.services.settings import upload_limits
from vizapp.sources.files import Intake, retype, take_in

Progress = Callable[[str, float], None]
_WAIT_SECONDS = 30.0
_FILE_NAME = 255


@dataclass(frozen=True, slots=True)
class Choices:
    """What people chose for a file: the types of columns, the order of their days and months, a workbook's sheet."""

    types: Mapping[str, ColumnType] = field(default_factory=dict)
    days: Mapping[str, bool] = field(default_factory=dict)
    sheet: str = ""

    @classmethod
    def of(cls, row: Dataset) -> "Choices":
        """Those stored with a dataset."""
        types, days = row.overrides.get("types", {}), row.overrides.get("day_first", {})
        return cls(
            {str(k): ColumnType(str(v)) for k, v in types.items()} if isinstance(types, Mapping) else {},
            {str(k): bool(v) for k, v in days.items()} if isinstance(days, Mapping) else {},
            str(row.overrides.get("sheet", "")),
        )

    def stored(self) -> dict[str, object]:
        """As `Dataset.overrides` holds them."""
        made: dict[str, object] = {"types": {k: v.value for k, v in self.types.items()}, "day_first": dict(self.days)}
        if self.sheet:
            made["sheet"] = self.sheet
        return {name: value for name, value in made.items() if value}


def read(
    path: Path, file_name: str, chosen: Choices, *, progress: Progress | None = None, folder: Path | None = None
) -> Intake:
    """The file at `path` in the data folder, without a dataset that names it yet. Raises as `take_in`.

    What comes of it goes to `folder`, where datasets are unless said otherwise.
    """
    with _a_reader():
        return take_in(
            path,
            file_name,
            folder=folder or runtime().dataset_folder,
            limits=upload_limits(),
            overrides=chosen.types,
            day_first=chosen.days,
            sheet=chosen.sheet,
            progress=progress,
        )


def read_again(original_hash: str, file_name: str, chosen: Choices) -> Intake:
    """A kept original with other choices. Raises as `retype`."""
    with _a_reader():
        return retype(
            original_hash,
            file_name,
            folder=runtime().dataset_folder,
            limits=upload_limits(),
            overrides=chosen.types,
            day_first=chosen.days,
            sheet=chosen.sheet,
        )


@contextmanager
def _a_reader() -> Iterator[None]:
    """One of the few places to read files at: reading takes a core and much memory, and pages want to be served."""
    places = runtime().readers
    if not places.acquire(timeout=_WAIT_SECONDS):
        raise Unavailable("Many files are being read just now. Please try again in a minute.")
    try:
        yield
    finally:
        places.release()


def add(session: Session, actor: Actor, intake: Intake, file_name: str, chosen: Choices) -> Dataset:
    """A dataset of a file that was read, in the caller's transaction."""
    row = Dataset(created_by=actor.user_id)
    _name(row, file_name)
    fill(row, intake, chosen)
    session.add(row)
    session.flush()
    audit.record(session, actor, "dataset.create", "dataset", row.id, file=row.file_name, rows=row.row_count)
    return row


def renew(session: Session, actor: Actor, row: Dataset, intake: Intake, *, file_name: str, chosen: Choices) -> None:
    """Give a dataset the content of another file, in the caller's transaction."""
    runtime().results.drop(row.content_hash)
    _name(row, file_name)
    fill(row, intake, chosen)
    audit.record(session, actor, "dataset.renew", "dataset", row.id, file=row.file_name, rows=row.row_count)


def _name(row: Dataset, file_name: str) -> None:
    """File names are at most as long as their column; what the file is stays at the end."""
    row.name = (clean_text(Path(file_name).name) or "Upload")[:100]
    name = Path(clean_text(file_name))
    row.file_name = f"{name.stem[: _FILE_NAME - len(name.suffix)]}{name.suffix}"


def fill(row: Dataset, intake: Intake, chosen: Choices) -> None:
    """What came of a file, into its row."""
    row.content_hash, row.original = intake.content_hash, intake.original_hash
    row.row_count, row.file_size = intake.row_count, intake.file_size
    row.columns = [column.wire() for column in intake.columns]
    row.report, row.overrides = intake.report, chosen.stored()
