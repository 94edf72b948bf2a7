"""Files that people and programs write badly are read as the table they were meant to be."""

from pathlib import Path

import pytest

from tests.unit.sources.sources_pollute import Polluted, single_row, whole_file
from vizapp.sources.csv import Cells, read_cells

WHOLE = list(whole_file())
# The header, the first rows, a row with quotes of its own, and the last one stand for all.
ROWS = list(single_row(only={0, 1, 2, 83}))


def read(polluted: Polluted, folder: Path) -> Cells:
    path = folder / "polluted.csv"
    path.write_bytes(polluted.raw)
    return read_cells(path)


def assert_same_table(cells: Cells, polluted: Polluted) -> None:
    if polluted.header is None:
        assert cells.dialect.header_rows == 0
    else:
        assert cells.frame.columns[: len(polluted.header)] == polluted.header
    width = cells.frame.width
    assert [list(row) for row in cells.frame.iter_rows()] == [row + [""] * (width - len(row)) for row in polluted.rows]


@pytest.mark.parametrize("polluted", WHOLE, ids=lambda p: p.name)
def test_a_file_of_any_kind_is_read_as_its_clean_table(polluted: Polluted, tmp_path: Path) -> None:
    assert_same_table(read(polluted, tmp_path), polluted)


@pytest.mark.parametrize("kind", ["row_more_sep", "row_less_sep", "row_extra_quote", "row_field_delimiter"])
def test_one_odd_row_is_repaired(kind: str, tmp_path: Path) -> None:
    chosen = [polluted for polluted in ROWS if polluted.name.startswith(kind)]
    assert chosen
    for polluted in chosen:
        assert_same_table(read(polluted, tmp_path), polluted)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("preamble", "preamble"),
        ("footnote_undelimited", "footnotes"),
        ("header_multirow_2", "header_rows"),
        ("no_header", "no_header"),
        ("escape_char_missing", "rows_stray_quotes"),
        ("encoding_latin1", "encoding"),
        ("nul", "nul_removed"),
        ("multitable_less", "rows_short"),
        ("multitable_more", "rows_long"),
    ],
)
def test_what_was_repaired_is_told(name: str, code: str, tmp_path: Path) -> None:
    polluted = next(p for p in WHOLE if p.name == name)
    assert code in [note.code for note in read(polluted, tmp_path).notes]


def test_a_repair_names_its_lines(tmp_path: Path) -> None:
    polluted = next(p for p in ROWS if p.name == "row_more_sep_2_3")
    (note,) = read(polluted, tmp_path).notes
    assert (note.code, note.count, note.lines) == ("rows_extra_empty", 1, (3,))
    assert "line 3" in note.text
