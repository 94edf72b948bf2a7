"""JSON lines become columns; a line that is no JSON is named; nested values are told."""

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vizapp.errors import FileTooLarge, InvalidFile
from vizapp.schemas.base import ColumnType
from vizapp.sources import jsonlines
from vizapp.sources.infer import Typed
from vizapp.sources.jsonlines import read_json
from vizapp.sources.limits import FileLimits
from vizapp.sources.settle import settle

_KEYS = st.text(st.characters(categories=["Ll", "Nd"]), min_size=1, max_size=3)


def wrote(text: str | bytes, folder: Path) -> Path:
    path = folder / "x.jsonl"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def typed(text: str, folder: Path, **chosen: ColumnType) -> Typed:
    return settle(read_json(wrote(text, folder)), chosen)


def test_each_member_is_a_column_with_the_type_of_its_values(tmp_path: Path) -> None:
    text = (
        '{"n": 1, "f": 1, "b": true, "s": "x", "day": "2024-01-31", "at": "2024-01-31T12:00:00Z", "zip": "123"}\n'
        "\n"
        '{"n": 2, "f": 2.5, "b": null, "s": "", "day": "2024-02-01", "at": null, "zip": "456", "new": 1}\n'
    )
    found = typed(text, tmp_path)
    kinds = {column.name: column.type.value for column in found.columns}
    assert kinds == {
        "n": "number", "f": "number", "b": "boolean", "s": "string", "day": "date", "at": "datetime", "zip": "string",
        "new": "number",
    }  # fmt: skip
    assert found.frame["f"].to_list() == [1.0, 2.5]
    assert found.frame["new"].to_list() == [None, 1]
    assert found.frame["zip"].to_list() == ["123", "456"]


@settings(deadline=None)
@given(st.lists(st.dictionaries(_KEYS, st.none() | st.integers(-(2**62), 2**62), max_size=4), min_size=1, max_size=8))
def test_every_number_arrives_whatever_the_order_of_members(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict]
) -> None:
    keys = list(dict.fromkeys(key for row in rows for key in row))
    for text in ("\r\n".join(map(json.dumps, rows)), json.dumps(rows), json.dumps(rows, indent=1)):
        path = wrote(text, tmp_path_factory.mktemp("j"))
        if not keys:
            with pytest.raises(InvalidFile):
                read_json(path)
            continue
        frame = read_json(path).frame
        assert frame.columns == keys
        assert frame.rows() == [tuple(row.get(key) for key in keys) for row in rows]


def test_nested_objects_are_dotted_columns_and_lists_json_text_and_both_are_told(tmp_path: Path) -> None:
    table = read_json(wrote('{"a": {"b": {"c": 1}, "tags": ["x", "é"]}, "e": {}}\n{"a": null}\n', tmp_path))
    assert table.frame.to_dicts() == [
        {"a.b.c": 1, "a.tags": '["x", "é"]', "e": "{}", "a": None},
        {"a.b.c": None, "a.tags": None, "e": None, "a": None},
    ]
    assert "JSON text" in table.remarks["a.tags"]
    assert [note.code for note in table.notes] == ["nested"]


def test_what_is_nested_deeper_than_a_few_levels_is_json_text(tmp_path: Path) -> None:
    deep: object = 1
    for _ in range(9):
        deep = {"k": deep}
    (name,) = read_json(wrote(json.dumps(deep), tmp_path)).frame.columns
    assert name == "k.k.k.k.k"


def test_values_of_several_types_are_text_and_told_also_across_the_parts_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n".join(['{"m": 1, "n": 1}', '{"m": "x", "n": 2}', '{"m": true, "n": 2.5}', '{"m": 1.5, "n": null}'])
    for at_once in (1, 2, 3, 100):
        monkeypatch.setattr(jsonlines, "_ROWS_AT_ONCE", at_once)
        table = read_json(wrote(text, tmp_path))
        assert table.frame["m"].to_list() == ["1", "x", "true", "1.5"]
        assert table.frame["n"].to_list() == [1.0, 2.0, 2.5, None]
        assert list(table.remarks) == ["m"]


def test_whole_numbers_too_long_to_be_exact_are_text(tmp_path: Path) -> None:
    found = typed('{"id": 123456789012345678901234567890}\n{"id": 5}\n', tmp_path)
    assert found.frame["id"].to_list() == ["123456789012345678901234567890", "5"]


def test_numbers_that_are_none_are_missing_and_told(tmp_path: Path) -> None:
    found = typed('{"x": NaN}\n{"x": 1e999}\n{"x": 1.5}\n', tmp_path)
    assert found.frame["x"].to_list() == [None, None, 1.5]
    assert "2 values are not finite" in found.columns[0].note


def test_a_type_a_person_chose_wins(tmp_path: Path) -> None:
    text = '{"zip": "123", "day": "2024-01-31"}\n{"zip": "456", "day": "2024-02-01"}\n'
    found = typed(text, tmp_path, zip=ColumnType.number, day=ColumnType.string)
    assert found.frame.schema == {"zip": pl.Int64, "day": pl.String}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "empty"),
        (" \n\t\n", 1, "empty"),
        ('{"a": 1}\n{"a": \n', 2, "not valid JSON"),
        ('{"a": 1}\n\nnull\n', 3, "does not hold an object"),
        ('{\n "a": 1\n}', 1, "Each line must be one whole object"),
        ('{"a": 1} {"a": 2}', 1, "not valid JSON"),
        ("a,b\n1,2\n", 1, "not valid JSON"),
        ('{"a": ' + "9" * 6000 + "}", 1, "not valid JSON"),
        ('{"a": 1}\n' + "[" * 100_000, 2, "not valid JSON"),
        ('{"a":' * 100_000, 1, "not valid JSON"),
        ("[" * 100_000, 1, "not valid JSON"),
        ('[{"a": 1},\n{"a": tru}]', 2, "not valid JSON"),
        ('[{"a": 1},\n{"a": 2},\n]', 3, "not valid JSON"),
        ('[{"a": 1}\n{"a": 2}]', 2, "not valid JSON"),
        ('[{"a": 1},\n{"a": 2}', 2, "not valid JSON"),
        ('[{"a": 1},\n\n2]', 3, "does not hold an object"),
        ('[{"a": 1}]\n{"a": 2}', 1, "follows the array"),
        ("[]", 1, "no values"),
        ("{}\n{}\n", 1, "no values"),
    ],
)
def test_what_cannot_be_read_names_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(InvalidFile, match=words) as caught:
        read_json(wrote(text, tmp_path))
    assert caught.value.details["line"] == line


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"PAR1" + b"\0" * 50, b"<!doctype html>"])
def test_other_files_are_called_by_their_name(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidFile, match=r"This is .*, not a JSON file"):
        read_json(wrote(content, tmp_path))


def test_utf_16_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    text = '{"ä": "ö"}\n{"ä": "ü"}\n'
    for encoding in ("utf-8-sig", "utf-16"):
        assert read_json(wrote(text.encode(encoding), tmp_path)).frame.to_dicts() == [{"ä": "ö"}, {"ä": "ü"}]


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (FileLimits(columns=2), '{"a": 1, "b": 2, "c": 3}\n'),
        (FileLimits(rows=2), '{"a": 1}\n' * 3),
        (FileLimits(cells=5), '{"a": 1, "b": 2}\n' * 3),
        (FileLimits(cell_bytes=10), json.dumps({"a": "x" * 11})),
    ],
)
def test_more_than_a_limit_is_refused(tmp_path: Path, limits: FileLimits, text: str) -> None:
    with pytest.raises(FileTooLarge):
        read_json(wrote(text, tmp_path), limits)


def test_sparse_rows_are_refused_while_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonlines, "_ROWS_AT_ONCE", 10)
    with pytest.raises(FileTooLarge) as caught:
        read_json(wrote('{"a": 1}\n' + "{}\n" * 1000, tmp_path), FileLimits(rows=100))
    assert caught.value.details["size"] == 110
