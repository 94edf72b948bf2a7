"""Take a file in: bytes → table → types → Parquet, each step apart, nothing left behind."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vizapp.errors import AppError, DatasetDamaged, FileTooLarge, InvalidInput
from vizapp.schemas.base import ColumnType
from vizapp.sources import store
from vizapp.sources.apart import read_apart
from vizapp.sources.csv import read_cells
from vizapp.sources.dialect import Dialect
from vizapp.sources.infer import Typed
from vizapp.sources.kinds import Kind, kind_of
from vizapp.sources.limits import FileLimits
from vizapp.sources.report import ColumnReport
from vizapp.sources.settle import settle
from vizapp.sources.tables import Inferred, Table
from vizapp.sources.types import FileSource

Progress = Callable[[str, float], None]
Cancelled = Callable[[], bool]
# Part of the content hash: a later version that reads the same bytes differently gives a new file.
_READER = 1


class IntakeCancelled(AppError):
    """The person who uploaded the file gave up; nothing was stored."""

    status, code, default = 409, "INTAKE_CANCELLED", "The upload was cancelled."


@dataclass(frozen=True, slots=True)
class Intake:
    """What came of a file.

    `content_hash` names the Parquet file (`parquet_name`), `original_hash` the original
    (`original_name`); `report` is JSON: what was understood, repaired and not parsed.
    """

    content_hash: str
    original_hash: str
    row_count: int
    columns: tuple[ColumnReport, ...]
    report: dict[str, object]
    file_size: int
    kind: Kind = Kind.csv

    @property
    def parquet_name(self) -> str:
        """Relative to the data folder."""
        return f"parquet/{self.content_hash}.parquet"

    @property
    def original_name(self) -> str:
        """Relative to the data folder."""
        return original_name(self.original_hash, self.kind)

    def source(self, folder: Path) -> FileSource:
        """The stored table, ready to be queried."""
        return FileSource(folder / self.parquet_name, self.content_hash)


def original_name(original_hash: str, kind: Kind) -> str:
    """Where an original is kept, relative to the data folder."""
    return f"original/{original_hash}{kind.suffix}"


def take_in(
    path: Path,
    file_name: str,
    *,
    folder: Path,
    limits: FileLimits = FileLimits(),  # noqa: B008 - frozen
    overrides: Mapping[str, ColumnType] | None = None,
    day_first: Mapping[str, bool] | None = None,
    dialect: Dialect | None = None,
    sheet: str = "",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Intake:
    """Read the upload at `path` (called `file_name` by its owner) into `folder`; the upload itself stays.

    `overrides`, `day_first` and `dialect` are a person's corrections, `sheet` their choice in a workbook. `progress`
    hears a stage name and a share of 1; `cancelled` is asked between stages. Raises InvalidFile, FileTooLarge,
    InvalidInput for a sheet that is not there, StorageFull and IntakeCancelled; the folder is then as before.
    """
    kind = kind_of(file_name, limits)
    if sheet and kind is not Kind.excel:
        raise InvalidInput.of({"sheet": "only a workbook has sheets"})
    steps = _Steps(progress, cancelled)
    original_hash, size = _digest(path, limits)
    steps.reached("Reading rows", 0.05)
    table = _table(path, kind, limits, dialect, sheet)
    steps.reached("Finding types", 0.4)
    typed = settle(table, overrides, day_first)
    steps.reached("Storing", 0.75)
    content_hash = _content_hash(original_hash, table, typed)
    target = FileSource(folder / f"parquet/{content_hash}.parquet", content_hash)
    original = folder / original_name(original_hash, kind)
    had_original = original.exists()
    # Touched before they are relied on: who sweeps unused files leaves young ones alone.
    store.touch(target.path)
    store.touch(original)
    store.keep_copy(path, original)
    try:
        if not _is_whole(target):
            store.write_parquet(typed.frame, target.path)
    except BaseException:
        if not had_original:
            original.unlink(missing_ok=True)
        raise
    steps.reached("Done", 1.0)
    report = _report(file_name, size, kind, table, typed) | {"seconds": steps.seconds}
    return Intake(content_hash, original_hash, typed.frame.height, typed.columns, report, size, kind)


def _table(path: Path, kind: Kind, limits: FileLimits, dialect: Dialect | None, sheet: str) -> Table:
    if kind is not Kind.csv:
        return read_apart(path, kind, limits=limits, sheet=sheet)
    cells = read_cells(path, limits=limits, dialect=dialect)
    return Table(cells.frame, cells.dialect.wire(), cells.notes, Inferred.all)


def retype(
    original_hash: str,
    file_name: str,
    *,
    folder: Path,
    limits: FileLimits = FileLimits(),  # noqa: B008 - frozen
    overrides: Mapping[str, ColumnType] | None = None,
    day_first: Mapping[str, bool] | None = None,
    dialect: Dialect | None = None,
    sheet: str = "",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Intake:
    """Read a kept original again with other types or another dialect; raises as `take_in`, or DatasetDamaged."""
    path = folder / original_name(original_hash, kind_of(file_name, limits))
    if not path.is_file():
        raise DatasetDamaged("The original of this dataset is gone, so its types cannot be changed.")
    return take_in(
        path,
        file_name,
        folder=folder,
        limits=limits,
        overrides=overrides,
        day_first=day_first,
        dialect=dialect,
        sheet=sheet,
        progress=progress,
        cancelled=cancelled,
    )


class _Steps:
    """Tells progress, listens for a cancel, keeps the time."""

    def __init__(self, progress: Progress | None, cancelled: Cancelled | None) -> None:
        self._progress, self._cancelled = progress, cancelled
        self._start = time.monotonic()

    def reached(self, stage: str, share: float) -> None:
        """Raise IntakeCancelled when asked to stop, else tell the stage."""
        if share < 1 and self._cancelled is not None and self._cancelled():
            raise IntakeCancelled
        if self._progress is not None:
            self._progress(stage, share)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return round(time.monotonic() - self._start, 3)


def _digest(path: Path, limits: FileLimits) -> tuple[str, int]:
    size = path.stat().st_size
    if size > limits.file_bytes:
        limit = f"{limits.file_bytes / 1024 / 1024:.0f} MB"
        message = f"The file is over the limit of {limit}."
        raise FileTooLarge(message, details={"limit": limits.file_bytes, "size": size})
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), size


def _content_hash(original_hash: str, table: Table, typed: Typed) -> str:
    decisions = [_READER, original_hash, table.written, typed.decisions]
    return hashlib.sha256(json.dumps(decisions, sort_keys=True).encode()).hexdigest()


def _is_whole(source: FileSource) -> bool:
    """Whether the file is there already and readable: the same bytes were taken in before."""
    try:
        source.columns()
    except DatasetDamaged:
        return False
    return True


def _report(file_name: str, size: int, kind: Kind, table: Table, typed: Typed) -> dict[str, object]:
    return {
        "file_name": file_name,
        "file_size": size,
        "format": kind.value,
        "rows": typed.frame.height,
        **({"dialect": table.written} if kind is Kind.csv else table.written),
        "notes": [note.wire() for note in table.notes],
        "missing_markers": list(typed.markers),
        "columns": [column.wire() for column in typed.columns],
    }
