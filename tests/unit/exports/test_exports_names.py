"""What people call things becomes names of files and worksheets that every program takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vizapp.exports.names import FILE_CHARS, SHEET_CHARS, file_name, file_names, sheet_name, sheet_names

_TITLES = st.lists(st.text(max_size=50), max_size=12)


@given(_TITLES)
def test_names_of_worksheets_are_clean_short_and_none_comes_twice(titles: list[str]) -> None:
    names = sheet_names(titles, "Chart", ["Contents"])
    assert len(names) == len(titles)
    assert len({name.casefold() for name in [*names, "contents"]}) == len(names) + 1
    for name in names:
        assert name
        assert len(name.encode("utf-16-le")) // 2 <= SHEET_CHARS
        assert not set(name) & set("\\/:*?[]\0\x01\n")
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.lower() != "history"


@given(_TITLES)
def test_names_of_files_are_clean_short_and_none_comes_twice(titles: list[str]) -> None:
    names = file_names(titles, "chart")
    assert len({name.casefold() for name in names}) == len(names) == len(titles)
    for name in names:
        assert name
        assert len(name) <= FILE_CHARS
        assert not set(name) & set('\\/:*?"<>|\0\r\n')
        assert name.strip(". ") == name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Sales 2024/25: [all]", "Sales 2024 25 all"),
        ("'quoted'", "quoted"),
        ("History", "History_"),
        ("x" * 40, "x" * 31),
        ("売上 📈", "売上 📈"),
        ("📈" * 20, "📈" * 15),
        ("???", ""),
    ],
)
def test_a_worksheet_is_called_what_its_chart_is_as_far_as_excel_can(title: str, name: str) -> None:
    assert sheet_name(title) == name


def test_the_same_name_again_is_counted() -> None:
    assert sheet_names(["Sales", "SALES", "sales?"], "Chart") == ["Sales", "SALES (2)", "sales (3)"]
    assert file_names(["", "../", "a/b", "A b"], "chart") == ["chart", "chart (2)", "a b", "A b (2)"]
    assert file_name("..\\..\\etc") == "etc"
