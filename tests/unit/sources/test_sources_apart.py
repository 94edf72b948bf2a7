"""Foreign formats are read by another process: what happens to it happens to one upload only."""

import json
import signal
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbooks import packed, parts, sheet_xml, workbook
from vizapp.errors import FileTooLarge, InvalidFile, InvalidInput, StorageFull
from vizapp.schemas.base import ColumnType
from vizapp.sources.apart import read_apart
from vizapp.sources.files import retype, take_in
from vizapp.sources.kinds import Kind
from vizapp.sources.limits import FileLimits
from vizapp.sources.settle import settle

SHEETS = {"One": [["city", "day"], ["Rome", date(2024, 1, 31)], ["Oslo", None]], "Two": [["n"], [1], [2]]}


class _Ended:
    def __init__(self, returncode: int, answer: bytes, said: bytes) -> None:
        self.returncode, self._streams = returncode, (answer, said)

    def communicate(self, *_: object, **__: object) -> tuple[bytes, bytes]:
        return self._streams

    def kill(self) -> None: ...

    def __enter__(self) -> "_Ended":
        return self

    def __exit__(self, *_: object) -> None: ...


def ended(code: int, answer: bytes = b"", *, said: bytes = b"") -> Callable[..., _Ended]:
    """In place of starting a process: one that has ended with this."""
    return lambda *_, **__: _Ended(code, answer, said)


@pytest.fixture
def workbook_file(tmp_path: Path) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(workbook(SHEETS))
    return path


def test_a_table_comes_back_whole_and_nothing_stays_beside_the_file(workbook_file: Path) -> None:
    table = read_apart(workbook_file, Kind.excel, limits=FileLimits())
    assert table.frame.to_dicts() == [{"city": "Rome", "day": date(2024, 1, 31)}, {"city": "Oslo", "day": None}]
    assert table.written["sheet"] == "One"
    assert [note.code for note in table.notes] == ["sheets"]
    assert list(workbook_file.parent.iterdir()) == [workbook_file]


def test_errors_come_back_as_they_were(workbook_file: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_apart(workbook_file, Kind.excel, limits=FileLimits(), sheet="Nope")
    assert list(caught.value.fields) == ["sheet"]
    with pytest.raises(FileTooLarge) as large:
        read_apart(workbook_file, Kind.excel, limits=FileLimits(rows=1))
    assert large.value.details["limit"] == 1
    with pytest.raises(InvalidFile):
        read_apart(workbook_file, Kind.parquet, limits=FileLimits())


def test_a_sheet_that_would_take_all_memory_is_refused(tmp_path: Path) -> None:
    corner = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    path = tmp_path / "bomb"
    path.write_bytes(packed(parts({"One": sheet_xml(SHEETS["Two"]).replace("</sheetData>", corner)})))
    assert path.stat().st_size < 5_000
    with pytest.raises(FileTooLarge, match="memory"):
        read_apart(path, Kind.excel, limits=FileLimits())
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_that_takes_too_long_is_stopped(workbook_file: Path) -> None:
    with pytest.raises(InvalidFile, match="stopped after"):
        read_apart(workbook_file, Kind.excel, limits=FileLimits(seconds=0.01))
    assert list(workbook_file.parent.iterdir()) == [workbook_file]


@pytest.mark.parametrize(
    ("code", "said", "error"),
    [
        (-signal.SIGABRT, b"memory allocation of 2305843009213693944 bytes failed", FileTooLarge),
        (1, b"MemoryError", FileTooLarge),
        (-signal.SIGKILL, b"", FileTooLarge),
        (-signal.SIGSEGV, b"", InvalidFile),
        (-signal.SIGXCPU, b"", InvalidFile),
    ],
)
def test_a_reader_that_falls_is_the_files_fault(
    workbook_file: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: bytes, error: type[Exception]
) -> None:
    monkeypatch.setattr(subprocess, "Popen", ended(code, said=said))
    with pytest.raises(error):
        read_apart(workbook_file, Kind.excel, limits=FileLimits())


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_damaged_parquet_gives_a_table_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    # Some of these end the reading process: polars asks for more memory than there is on this earth.
    path = tmp_path_factory.mktemp("p") / "x.parquet"
    pl.DataFrame({"a": range(50), "s": ["x", "y"] * 25}).write_parquet(path)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(4, len(content) - 9), min_size=1, max_size=3)):
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        assert settle(read_apart(path, Kind.parquet, limits=FileLimits())).frame.height >= 0
    except (InvalidFile, FileTooLarge) as exc:
        json.dumps(exc.details)


def test_a_mistake_of_ours_is_not_blamed_on_the_file(workbook_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", ended(1, said=b"Traceback: NameError"))
    with pytest.raises(RuntimeError, match="NameError"):
        read_apart(workbook_file, Kind.excel, limits=FileLimits())


def test_a_full_disk_is_told(workbook_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = b'{"error": "StorageFull", "message": "full", "details": {}}'
    monkeypatch.setattr(subprocess, "Popen", ended(0, answer))
    with pytest.raises(StorageFull):
        read_apart(workbook_file, Kind.excel, limits=FileLimits())


def test_no_secret_of_this_process_goes_along(workbook_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}
    start = subprocess.Popen
    monkeypatch.setenv("SECRET_KEY", "hidden")
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **how: seen.update(how) or start(*args, **how))
    read_apart(workbook_file, Kind.excel, limits=FileLimits())
    assert set(seen["env"]) == {"PATH", "PYTHONPATH"}


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet", "a.jsonl", "a.ndjson", "a.json"])
def test_every_kind_is_taken_in_kept_and_can_be_read_again_with_other_types(tmp_path: Path, name: str) -> None:
    upload, folder = tmp_path / "upload", tmp_path / "data"
    frame = pl.DataFrame({"city": ["Rome", "Oslo"], "n": [1, 2]})
    match name.rpartition(".")[2]:
        case "xlsx":
            upload.write_bytes(workbook({"One": [["city", "n"], *frame.rows()]}))
        case "parquet":
            frame.write_parquet(upload)
        case "json":
            upload.write_text('[{"city": "Rome", "n": 1}, {"city": "Oslo", "n": 2}]')
        case _:
            frame.write_ndjson(upload)
    intake = take_in(upload, name, folder=folder)
    kept = folder / intake.original_name
    assert kept.read_bytes() == upload.read_bytes()
    assert intake.source(folder).scan().collect().to_dicts() == frame.to_dicts()
    again = retype(intake.original_hash, name, folder=folder, overrides={"n": ColumnType.string})
    assert again.source(folder).columns() == {"city": "string", "n": "string"}
    assert again.content_hash != intake.content_hash
    assert retype(intake.original_hash, name, folder=folder).content_hash == intake.content_hash
    assert len(list(folder.rglob("*.*"))) == 3


def test_another_sheet_of_the_same_workbook_is_another_table(workbook_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    one, two = (take_in(workbook_file, "a.xlsx", folder=folder, sheet=name) for name in ("One", "Two"))
    assert one.original_hash == two.original_hash
    assert one.content_hash != two.content_hash
    assert (one.report["sheet"], two.report["sheet"]) == ("One", "Two")
    assert one.report["format"] == "excel"


def test_only_a_workbook_has_sheets(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InvalidInput) as caught:
        take_in(path, "a.csv", folder=tmp_path / "data", sheet="One")
    assert list(caught.value.fields) == ["sheet"]
