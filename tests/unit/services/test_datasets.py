"""Uploads become datasets; a bad one leaves nothing; types can be changed afterwards."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.factories import make_chart, make_dataset
from tests.workbooks import workbook
from vizapp.access import ANONYMOUS, Actor
from vizapp.errors import (
    Conflict,
    DatasetDamaged,
    FileTooLarge,
    InsufficientRole,
    InvalidFile,
    InvalidInput,
    NotFound,
    PermissionDenied,
    StaleVersion,
    StorageFull,
    Unauthenticated,
    Unavailable,
)
from vizapp.extensions import write_tx
from vizapp.models import Setting
from vizapp.schemas.base import ColumnType
from vizapp.services import charts, datasets, intake, rows, settings, setup
from vizapp.services.runtime import runtime
from vizapp.sources.store import arriving, workplace


def _files() -> set[str]:
    return {str(p.relative_to(runtime().dataset_folder)) for p in runtime().dataset_folder.rglob("*") if p.is_file()}


def test_an_upload_knows_its_columns_and_rows(dataset) -> None:
    assert dataset.row_count == 240
    assert dataset.types == {
        "day": ColumnType.date,
        "region": ColumnType.string,
        "product": ColumnType.string,
        "amount": ColumnType.number,
        "units": ColumnType.number,
    }
    assert dataset.owner_name == "editor"
    assert rows.source(dataset.id).columns() == dataset.types


@pytest.mark.parametrize(
    ("text", "error"), [("", InvalidFile), ("\n\n", InvalidFile), ("\x89PNG\r\n\x1a\n" + "\x00" * 40, InvalidFile)]
)
def test_a_bad_file_leaves_nothing(editor: Actor, tmp_path: Path, text: str, error: type[Exception]) -> None:
    before = _files()
    with pytest.raises(error):
        make_dataset(editor, tmp_path, text=text)
    assert _files() == before
    assert datasets.list_datasets(editor).total == 0


def test_the_size_limit_is_a_setting(editor: Actor, tmp_path: Path) -> None:
    with write_tx() as session:
        session.add(Setting(key=settings.MAX_UPLOAD_MB, value=1))
    try:
        with pytest.raises(FileTooLarge) as caught:
            make_dataset(editor, tmp_path, text="a,b\n" + "1234567,12345\n" * 100_000)
        assert caught.value.details["limit"] == 1024 * 1024
    finally:
        with write_tx() as session:
            session.query(Setting).filter_by(key=settings.MAX_UPLOAD_MB).delete()


def test_a_full_disk_is_said_and_leaves_nothing(editor: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _files()

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        make_dataset(editor, tmp_path, text="a,b\n7,8\n")
    monkeypatch.undo()
    assert _files() == before


def test_who_may_upload_change_and_delete(admin, editor, other, viewer, dataset, tmp_path: Path) -> None:
    with pytest.raises(InsufficientRole):
        make_dataset(viewer, tmp_path)
    with pytest.raises(Unauthenticated):
        make_dataset(ANONYMOUS, tmp_path)
    with pytest.raises(Unauthenticated):
        datasets.get_dataset(ANONYMOUS, dataset.id)
    for stranger, error in ((other, PermissionDenied), (viewer, InsufficientRole)):
        with pytest.raises(error):
            datasets.change_types(stranger, dataset.id, {"units": "string"})
        with pytest.raises(error):
            datasets.delete_dataset(stranger, dataset.id)
    assert datasets.get_dataset(viewer, dataset.id).row_count == 240
    datasets.delete_dataset(admin, dataset.id)
    with pytest.raises(NotFound):
        datasets.get_dataset(admin, dataset.id)


def test_a_type_can_be_changed_and_changed_back(editor: Actor, dataset) -> None:
    changed = datasets.change_types(editor, dataset.id, {"units": "string"})
    assert changed.types["units"] is ColumnType.string
    again = datasets.change_types(editor, dataset.id, {"region": "number"})
    assert again.types["units"] is ColumnType.string
    assert again.types["region"] is ColumnType.number
    report = next(c for c in again.columns if c["name"] == "region")
    assert report["failed"] == 240
    back = datasets.change_types(editor, dataset.id, {"units": "number", "region": "string"})
    assert back.types == dataset.types


@pytest.mark.parametrize("types", [{"nothing": "string"}, {"units": "money"}])
def test_a_wrong_column_or_type_is_named(editor: Actor, dataset, types: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        datasets.change_types(editor, dataset.id, types)
    assert set(caught.value.fields) == set(types)


def test_a_dataset_in_use_is_not_deleted_and_the_charts_are_named(editor: Actor, dataset) -> None:
    chart = make_chart(editor, dataset.id)
    with pytest.raises(Conflict, match=chart.name):
        datasets.delete_dataset(editor, dataset.id)
    charts.delete_chart(editor, chart.id)
    datasets.delete_dataset(editor, dataset.id)


def test_files_go_with_the_last_dataset_that_shares_them(editor: Actor, dataset, tmp_path: Path) -> None:
    twin = make_dataset(editor, tmp_path)
    shared = _files()
    datasets.delete_dataset(editor, dataset.id)
    datasets.sweep_unused(older_than=0)
    assert rows.source(twin.id).columns() == twin.types
    datasets.delete_dataset(editor, twin.id)
    assert datasets.sweep_unused(older_than=0) == 2
    assert not _files() & shared


def test_a_file_that_was_used_just_now_is_not_taken_from_under_an_upload(editor: Actor, dataset) -> None:
    datasets.delete_dataset(editor, dataset.id)
    assert datasets.sweep_unused(older_than=60) == 0
    assert datasets.sweep_unused(older_than=0) == 2


def test_the_file_of_former_types_goes_too(editor: Actor, dataset) -> None:
    datasets.change_types(editor, dataset.id, {"units": "string"})
    assert datasets.sweep_unused(older_than=0) == 1
    assert rows.source(dataset.id).columns()["units"] is ColumnType.string


def test_an_upload_whose_row_cannot_be_stored_leaves_no_file(editor: Actor, tmp_path: Path, monkeypatch) -> None:
    datasets.sweep_unused(older_than=0)
    monkeypatch.setattr(intake.audit, "record", lambda *_a, **_k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make_dataset(editor, tmp_path)
    assert datasets.sweep_unused(older_than=0) == 2


def test_the_later_of_two_people_who_change_types_is_told(editor: Actor, admin: Actor, dataset, monkeypatch) -> None:
    slow = intake.retype

    def meanwhile(*args: object, **kwargs: object) -> object:
        monkeypatch.setattr(intake, "retype", slow)
        datasets.change_types(admin, dataset.id, {"region": "string", "units": "string"})
        return slow(*args, **kwargs)

    monkeypatch.setattr(intake, "retype", meanwhile)
    with pytest.raises(StaleVersion):
        datasets.change_types(editor, dataset.id, {"amount": "string"})
    assert datasets.get_dataset(editor, dataset.id).types["units"] is ColumnType.string


def test_the_order_of_days_is_for_columns_that_exist(editor: Actor, dataset) -> None:
    with pytest.raises(InvalidInput):
        datasets.change_types(editor, dataset.id, {}, day_first={"x" * 1_000_000: True})


def test_a_workbooks_sheet_is_remembered_and_its_original_swept(editor: Actor, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(workbook({"One": [["a"], [1]], "Two": [["b"], [2]]}))
    record = datasets.upload(editor, path, "book.xlsx", sheet="Two")
    for kind in ("string", "number"):
        record = datasets.change_types(editor, record.id, {"b": kind})
        assert record.types == {"b": kind}
    assert any(name.endswith(".xlsx") for name in _files())
    with pytest.raises(InvalidInput):
        datasets.upload(editor, path, "book.xlsx", sheet="Three")
    datasets.delete_dataset(editor, record.id)
    datasets.sweep_unused(older_than=0)
    assert not any(name.endswith(".xlsx") for name in _files())


def test_a_very_long_file_name_keeps_what_the_file_is(editor: Actor, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(workbook({"One": [["a"], [1]]}))
    record = datasets.upload(editor, path, "x" * 300 + ".xlsx")
    assert len(record.file_name) == 255
    assert datasets.change_types(editor, record.id, {"a": "string"}).types == {"a": "string"}


def test_only_a_few_files_are_read_at_once(editor: Actor, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(intake, "_WAIT_SECONDS", 0.01)
    places = runtime().readers
    assert places.acquire()
    assert places.acquire()
    try:
        with pytest.raises(Unavailable):
            make_dataset(editor, tmp_path)
    finally:
        places.release()
        places.release()


def test_a_damaged_file_is_said_and_only_breaks_its_own_charts(editor: Actor, dataset) -> None:
    chart = make_chart(editor, dataset.id)
    stored = rows.source(dataset.id).path
    stored.write_bytes(b"rubbish")
    try:
        with pytest.raises(DatasetDamaged):
            charts.execute(editor, chart.id)
    finally:
        stored.unlink()


def test_what_a_killed_upload_left_is_swept_at_the_next_start(context) -> None:
    folder = runtime().temporary_folder
    code = (
        "import os, sys; from pathlib import Path; from vizapp.sources.store import arriving\n"
        "with arriving(Path(sys.argv[1])) as path:\n"
        " path.write_text('x'); os.utime(path, (0, 0)); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, check=False)
    (killed,) = folder.iterdir()
    with arriving(folder) as held:
        os.utime(held, (0, 0))
        setup.sweep()
        assert not killed.exists()
        assert held.exists(), "somebody still writes to it"
    assert list(folder.iterdir()) == []


def test_what_a_killed_export_left_is_swept_at_the_next_start(context) -> None:
    folder = runtime().temporary_folder
    code = (
        "import os, sys; from pathlib import Path; from vizapp.sources.store import workplace\n"
        "with workplace(Path(sys.argv[1])) as place:\n"
        " (place / 'part').write_text('x'); os.utime(place, (0, 0)); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, check=False)
    (killed,) = folder.iterdir()
    with workplace(folder) as held:
        (held / "part").write_text("x")
        os.utime(held, (0, 0))
        setup.sweep()
        assert not killed.exists()
        assert (held / "part").exists(), "somebody still writes to it"
    assert list(folder.iterdir()) == []
