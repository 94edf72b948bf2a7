"""Taking a file in: whole or not at all, same bytes same file, damage and full disks are told."""

import errno
import json
import os
import time
from pathlib import Path

import polars as pl
import pytest

from vizapp.errors import DatasetDamaged, FileTooLarge, InvalidFile, StorageFull
from vizapp.schemas.base import ColumnType
from vizapp.sources import store
from vizapp.sources.files import Intake, IntakeCancelled, retype, take_in
from vizapp.sources.limits import FileLimits
from vizapp.sources.types import FileSource

TEXT = "id,day,price,ok,zip\n1,2024-01-31,1.5,yes,00123\n2,2024-02-01,NA,no,04567\n"


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    path = tmp_path / "upload.tmp"
    path.write_text(TEXT)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def stored(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_file_becomes_parquet_and_its_original_is_kept(upload: Path, folder: Path) -> None:
    intake = take_in(upload, "sales.csv", folder=folder)
    assert stored(folder) == sorted([intake.parquet_name, intake.original_name])
    assert (folder / intake.original_name).read_text() == TEXT
    assert upload.exists()
    assert (intake.row_count, intake.file_size) == (2, len(TEXT))
    source = intake.source(folder)
    assert source.columns() == {"id": "number", "day": "date", "price": "number", "ok": "boolean", "zip": "string"}
    assert source.version() == intake.content_hash
    assert source.scan().select(pl.col("price").sum()).collect().item() == 1.5


def test_the_report_is_json_and_tells_what_was_understood(upload: Path, folder: Path) -> None:
    report = json.loads(json.dumps(take_in(upload, "sales.csv", folder=folder).report, allow_nan=False))
    assert report["file_name"] == "sales.csv"
    assert report["rows"] == 2
    assert report["dialect"]["delimiter"] == ","
    assert report["missing_markers"] == ["NA"]
    assert [c["type"] for c in report["columns"]] == ["number", "date", "number", "boolean", "string"]


def test_the_same_bytes_with_the_same_types_are_one_file(upload: Path, folder: Path) -> None:
    first, second = (take_in(upload, name, folder=folder) for name in ("a.csv", "b.txt"))
    assert first.content_hash == second.content_hash
    assert len(stored(folder)) == 2


def test_a_damaged_file_of_the_same_content_is_written_anew(upload: Path, folder: Path) -> None:
    intake = take_in(upload, "a.csv", folder=folder)
    (folder / intake.parquet_name).write_bytes(b"PAR1 torn")
    assert take_in(upload, "a.csv", folder=folder).source(folder).scan().collect().height == 2


def test_types_can_be_changed_later_from_the_original(upload: Path, folder: Path) -> None:
    intake = take_in(upload, "a.csv", folder=folder)
    upload.unlink()
    changed = retype(intake.original_hash, "a.csv", folder=folder, overrides={"zip": ColumnType.number})
    assert changed.content_hash != intake.content_hash
    assert changed.source(folder).columns()["zip"] == "number"
    assert intake.source(folder).columns()["zip"] == "string"
    with pytest.raises(DatasetDamaged):
        retype("0" * 64, "a.csv", folder=folder)


def test_the_answer_on_day_and_month_makes_another_file(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "x"
    path.write_text("d,n\n01/02/2024,1\n03/04/2024,2\n")
    asked = take_in(path, "x.csv", folder=folder)
    answered = take_in(path, "x.csv", folder=folder, day_first={"d": True})
    assert asked.columns[0].ambiguous
    assert not answered.columns[0].ambiguous
    assert asked.content_hash != answered.content_hash


@pytest.mark.parametrize("name", ["a", "a.csv.exe", "a.csv.", ".csv", "a.feather", ""])
def test_other_extensions_are_refused(name: str, upload: Path, folder: Path) -> None:
    with pytest.raises(InvalidFile) as caught:
        take_in(upload, name, folder=folder)
    assert ".csv" in caught.value.message
    assert not folder.exists()


@pytest.mark.parametrize("name", ["a.xls", "a.XLSM", "a.xlsb", "a.ods", "a.zip", "a.csv.gz"])
def test_near_kinds_are_refused_with_a_way_out(name: str, upload: Path, folder: Path) -> None:
    with pytest.raises(InvalidFile, match=r"[Ss]ave it as \.xlsx|Upload the file that is inside"):
        take_in(upload, name, folder=folder)


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet", "a.jsonl", "a.json"])
def test_a_file_that_is_not_what_its_name_says_is_refused(name: str, upload: Path, folder: Path) -> None:
    with pytest.raises(InvalidFile):
        take_in(upload, name, folder=folder)
    assert not folder.exists()


def test_a_file_over_the_limit_is_refused_unread(upload: Path, folder: Path) -> None:
    with pytest.raises(FileTooLarge) as caught:
        take_in(upload, "a.csv", folder=folder, limits=FileLimits(file_bytes=10))
    assert caught.value.details == {"limit": 10, "size": len(TEXT)}
    assert not folder.exists()


def test_progress_is_told_and_a_cancel_leaves_nothing(upload: Path, folder: Path) -> None:
    seen: list[tuple[str, float]] = []
    take_in(upload, "a.csv", folder=folder, progress=lambda stage, share: seen.append((stage, share)))
    assert [share for _, share in seen] == sorted(share for _, share in seen)
    assert seen[-1] == ("Done", 1.0)
    calls = iter([False, False, True])
    with pytest.raises(IntakeCancelled):
        take_in(upload, "a.csv", folder=folder / "other", cancelled=lambda: next(calls))
    assert not (folder / "other").exists()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_full_disk_is_told_and_leaves_nothing(
    code: int, upload: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: pl.DataFrame, file: Path, **kwargs: object) -> None:
        Path(file).write_bytes(b"half")
        raise pl.exceptions.ComputeError(f"parquet: underlying IO error: no (os error {code})")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", refuse)
    with pytest.raises(StorageFull):
        take_in(upload, "a.csv", folder=folder)
    assert stored(folder) == []


def test_a_full_disk_while_the_original_is_copied_is_told(
    upload: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(store.shutil, "copyfile", refuse)
    with pytest.raises(StorageFull):
        take_in(upload, "a.csv", folder=folder)
    assert stored(folder) == []


def test_other_errors_of_the_disk_are_not_called_full(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), store.storage_errors():
        raise PermissionError(errno.EACCES, "no")
    with pytest.raises(pl.exceptions.ComputeError), store.storage_errors():
        raise pl.exceptions.ComputeError("something else")


def test_sweep_removes_only_old_unfinished_files(upload: Path, folder: Path) -> None:
    take_in(upload, "a.csv", folder=folder)
    kept = stored(folder)
    old, new = folder / "parquet" / "a.part", folder / "original" / "b.part"
    old.write_bytes(b"")
    new.write_bytes(b"")
    os.utime(old, (time.time() - 7200,) * 2)
    assert store.sweep(folder, older_than=3600) == 1
    assert stored(folder) == sorted([*kept, "original/b.part"])
    assert store.sweep(folder / "nowhere", older_than=0) == 0


def test_a_missing_or_torn_file_is_a_damaged_dataset(upload: Path, folder: Path) -> None:
    intake: Intake = take_in(upload, "a.csv", folder=folder)
    source = intake.source(folder)
    whole = source.path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"PAR1"):
        source.path.write_bytes(content)
        with pytest.raises(DatasetDamaged):
            source.scan()
    source.path.unlink()
    with pytest.raises(DatasetDamaged):
        source.columns()


def test_a_path_with_wildcards_is_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a[1]*.parquet"
    pl.DataFrame({"x": [1]}).write_parquet(path)
    assert FileSource(path, "h").scan().collect().height == 1


def test_row_groups_carry_statistics_for_skipping(tmp_path: Path, folder: Path) -> None:
    store.write_parquet(pl.DataFrame({"n": range(600_000)}), folder / "n.parquet")
    assert pl.scan_parquet(folder / "n.parquet").filter(pl.col("n") > 599_998).collect().height == 1
    assert stored(folder) == ["n.parquet"]
