"""A workbook's sheet becomes a table: header found, cells keep what they are, the rest of the workbook is told."""

import contextlib
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbooks import packed, parts, sheet_xml, workbook
from vizapp.errors import FileTooLarge, InvalidFile, InvalidInput
from vizapp.schemas.base import ColumnType
from vizapp.sources.limits import FileLimits
from vizapp.sources.settle import settle
from vizapp.sources.tables import Table
from vizapp.sources.workbook import read_workbook

NOON = datetime(2024, 1, 31, 12)  # noqa: DTZ001 - Excel knows no zones
DAY = date(2024, 1, 31)
PLAIN = [["name", "amount"], ["a", 1], ["b", 2]]


def wrote(content: bytes, folder: Path) -> Path:
    path = folder / "x.xlsx"
    path.write_bytes(content)
    return path


def read(rows: list, folder: Path) -> Table:
    return read_workbook(wrote(workbook({"Sheet1": rows}), folder))


def test_cells_keep_what_they_are(tmp_path: Path) -> None:
    rows = [
        ["name", "whole", "real", "day", "at", "ok", "code", "money"],
        ["ü", 1, 1.5, DAY, NOON, True, "007", "€ 1,234.50"],
        [None, 2, 1e-7, None, datetime(2024, 1, 1), False, "008", "€ 2.00"],  # noqa: DTZ001
        ["c", -3, 1e20, DAY, None, None, "9", None],
    ]
    typed = settle(read(rows, tmp_path))
    assert {column.name: column.type.value for column in typed.columns} == {
        "name": "string", "whole": "number", "real": "number", "day": "date", "at": "datetime", "ok": "boolean",
        "code": "string", "money": "number",
    }  # fmt: skip
    assert typed.frame.row(0) == ("ü", 1, 1.5, DAY, NOON, True, "007", 1234.5)
    assert typed.frame.row(1) == (None, 2, 1e-7, None, datetime(2024, 1, 1), False, "008", 2.0)  # noqa: DTZ001
    assert typed.frame["real"].to_list() == [1.5, 1e-7, 1e20]
    assert typed.frame["ok"].to_list() == [True, False, None]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-(2**53), 2**53), st.floats(-1e300, 1e300)), min_size=1, max_size=6))
def test_numbers_arrive_exactly(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, float]]) -> None:
    table = read([["whole", "real"], *rows], tmp_path_factory.mktemp("x"))
    assert table.frame["whole"].to_list() == [float(whole) for whole, _ in rows]
    assert table.frame["real"].to_list() == [real for _, real in rows]


def test_titles_blank_rows_and_footnotes_are_left_out_and_told(tmp_path: Path) -> None:
    rows = [["Report 2024"], [], ["day", "city", "amount"], [DAY, "Rome", 1], [DAY, "Oslo", 2], [], ["Source: us"]]
    table = read(rows, tmp_path)
    assert table.frame.to_dicts() == [
        {"day": DAY, "city": "Rome", "amount": 1},
        {"day": DAY, "city": "Oslo", "amount": 2},
    ]
    assert (table.written["header_rows"], table.written["first_row"]) == (1, 4)
    assert {note.code for note in table.notes} == {"preamble", "footnotes"}


def test_a_table_that_begins_elsewhere_than_at_the_top_left_is_found(tmp_path: Path) -> None:
    rows = [[], [], [None, None, "city", "amount"], [None, None, "Rome", 1.5], [None, None, "Oslo", 2]]
    assert read(rows, tmp_path).frame.to_dicts() == [{"city": "Rome", "amount": 1.5}, {"city": "Oslo", "amount": 2.0}]


def test_columns_without_name_and_values_are_dropped_and_others_named(tmp_path: Path) -> None:
    table = read([["a", None, "a", None], [1, None, 2, 3], [4, None, 5, 6]], tmp_path)
    assert table.frame.columns == ["a", "a_2", "column_3"]
    assert {"hollow_columns", "names_doubled", "names_empty"} <= {note.code for note in table.notes}


def test_rows_of_values_alone_have_numbered_columns(tmp_path: Path) -> None:
    table = read([[DAY, 1.5], [DAY, 2.5]], tmp_path)
    assert table.frame.columns == ["column_1", "column_2"]
    assert table.frame.height == 2


def test_a_header_without_rows_is_a_table_without_rows(tmp_path: Path) -> None:
    table = read([["a", "b"]], tmp_path)
    assert (table.frame.columns, table.frame.height) == (["a", "b"], 0)


def test_the_first_sheet_that_holds_something_is_read_or_the_one_that_is_named(tmp_path: Path) -> None:
    path = wrote(workbook({"Empty": [], "Sales & co": PLAIN, "Other": [["x"], [5], [6]]}), tmp_path)
    first = read_workbook(path)
    assert first.frame.columns == ["name", "amount"]
    assert first.written["sheet"] == "Sales & co"
    assert first.written["sheets"] == ["Empty", "Sales & co", "Other"]
    (note,) = first.notes
    assert note.text == "Read from the sheet “Sales & co”. 2 other sheets were not: “Empty”, “Other”."
    assert read_workbook(path, sheet="Other").frame["x"].to_list() == [5, 6]
    with pytest.raises(InvalidFile, match="“Empty” is empty"):
        read_workbook(path, sheet="Empty")
    with pytest.raises(InvalidInput) as caught:
        read_workbook(path, sheet="Nope")
    assert "“Sales & co”" in caught.value.fields["sheet"]


def test_merged_cells_are_told(tmp_path: Path) -> None:
    xml = sheet_xml(PLAIN, extra='<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>')
    table = read_workbook(wrote(packed(parts({"One": xml})), tmp_path))
    assert [note.code for note in table.notes] == ["merged_cells"]


def test_a_type_a_person_chose_is_read_from_the_cells(tmp_path: Path) -> None:
    table = read([["n", "day"], [1, DAY], [2, DAY]], tmp_path)
    typed = settle(table, {"n": ColumnType.string, "day": ColumnType.datetime})
    assert typed.frame["n"].to_list() == ["1", "2"]
    assert typed.columns[1].type == "datetime"
    assert typed.columns[1].failed == 0


def test_what_is_no_workbook_is_refused_with_the_reason(tmp_path: Path) -> None:
    whole = workbook({"One": PLAIN})
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    for content, words in (
        (b"", "empty"),
        (b"a,b\n1,2\n", "not an Excel workbook"),
        (whole[: len(whole) // 2], "damaged"),
        (packed({"a.txt": "hello"}), "ZIP archive"),
        (packed({**parts({"One": sheet_xml(PLAIN)}), "xl/vbaProject.bin": b"x"}), "macros"),
        (packed({**parts({"One": "<worksheet><row"}), "xl/workbook.xml": "<workbook"}), "damaged"),
        (old + b"\0" * 600, "before 2007"),
        (old + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
        (workbook({"One": []}), "empty"),
    ):
        with pytest.raises(InvalidFile, match=words):
            read_workbook(wrote(content, tmp_path))


def test_entities_and_links_to_elsewhere_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    xml = sheet_xml([["a", "b"], ["x", 1]]).replace(
        "<worksheet", f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]><worksheet', 1
    )
    path = wrote(packed(parts({"One": xml.replace(">x<", ">&e;<")})), tmp_path)
    with contextlib.suppress(InvalidFile):
        assert "secret" not in str(read_workbook(path).frame.rows())


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = parts({"One": sheet_xml(PLAIN)})
    many = packed({**files, **{f"{i}": "" for i in range(10_001)}})
    bomb = wrote(packed({**files, "xl/junk.xml": b"\0" * 30_000_000}), tmp_path)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(FileTooLarge, match="200 times") as caught:
        read_workbook(bomb)
    assert int(caught.value.details["size"]) > 30_000_000
    with pytest.raises(FileTooLarge, match="at most 10 MB"):
        read_workbook(bomb, FileLimits(unpacked_bytes=10 * 1024 * 1024))
    with pytest.raises(FileTooLarge, match="parts"):
        read_workbook(wrote(many, tmp_path))


@pytest.mark.parametrize("limits", [FileLimits(rows=2), FileLimits(columns=1), FileLimits(cells=5)])
def test_more_than_a_limit_is_refused(tmp_path: Path, limits: FileLimits) -> None:
    with pytest.raises(FileTooLarge):
        read_workbook(wrote(workbook({"One": PLAIN}), tmp_path), limits)
