"""Reading text cells: names, dialects, limits, and errors that say where."""

import time
from contextlib import suppress
from pathlib import Path

import pytest

from vizapp.errors import FileTooLarge, InvalidFile
from vizapp.sources.csv import Cells, read_cells
from vizapp.sources.dialect import Dialect
from vizapp.sources.limits import FileLimits


def read(content: str | bytes, folder: Path, **kwargs: object) -> Cells:
    path = folder / "given.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_cells(path, **kwargs)


def rows(cells: Cells) -> list[list[str]]:
    return [list(row) for row in cells.frame.iter_rows()]


def codes(cells: Cells) -> list[str]:
    return [note.code for note in cells.notes]


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n\r\n  \n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="empty"):
        read(content, tmp_path)


def test_a_header_without_rows_is_a_table_of_none(tmp_path: Path) -> None:
    cells = read("a,b,c\n", tmp_path)
    assert cells.frame.columns == ["a", "b", "c"]
    assert cells.frame.height == 0


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert read("\ufeffa,b\n1,2\n", tmp_path).frame.columns == ["a", "b"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("text", ["name,n\nJosé,1\nZoë,2\n", "имя;счёт\nИван;1\nПётр;2\n"])
def test_wide_and_marked_encodings_are_read(text: str, encoding: str, tmp_path: Path) -> None:
    cells = read(text.encode(encoding), tmp_path)
    lines = [line.replace(";", ",").split(",") for line in text.split()]
    assert [cells.frame.columns, *rows(cells)] == lines


def test_a_utf16_file_without_bom_is_read(tmp_path: Path) -> None:
    cells = read("a,b\n1,é\n3,4\n".encode("utf-16-be"), tmp_path)
    assert rows(cells) == [["1", "é"], ["3", "4"]]
    assert cells.dialect.encoding == "utf-16-be"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("name,city\nJosé,Málaga\nAna,Orléans\n", "cp1252"),
        ("price,note\n5 €,“soft”\n6 €,–\n", "cp1252"),
        ("имя;город\n" + "Иван;Москва\nПётр;Казань\n" * 10, "cp1251"),
        ("名前,都市\n" + "田中,東京\n鈴木,大阪\n" * 20, "shift_jis"),
    ],
)
def test_code_pages_are_recognised_and_told(text: str, encoding: str, tmp_path: Path) -> None:
    cells = read(text.encode(encoding), tmp_path)
    assert "\n".join(";".join(row) for row in rows(cells)) == "\n".join(text.strip().replace(",", ";").split("\n")[1:])
    assert codes(cells) == ["encoding"]


def test_a_few_broken_characters_do_not_make_utf8_another_encoding(tmp_path: Path) -> None:
    content = ("name,n\n" + "Zoë,1\n" * 50).encode() + b"Jos\xe9,2\n"
    cells = read(content, tmp_path)
    assert rows(cells)[0] == ["Zoë", "1"]
    assert codes(cells) == ["broken_characters"]
    assert cells.notes[0].lines == (52,)


def test_nul_is_removed_and_counted(tmp_path: Path) -> None:
    cells = read(b"a,b\n1,x\x00y\n2,z\n", tmp_path)
    assert rows(cells) == [["1", "xy"], ["2", "z"]]
    assert cells.notes[0].lines == (2,)


def test_a_long_row_keeps_its_cells_in_extra_columns(tmp_path: Path) -> None:
    cells = read("a,b\n1,2\n3,4,5\n6,7\n", tmp_path)
    assert cells.frame.columns == ["a", "b", "column_3"]
    assert rows(cells)[1] == ["3", "4", "5"]
    assert cells.notes[0].lines == (3,)


def test_empty_cells_at_the_end_of_a_row_are_dropped(tmp_path: Path) -> None:
    cells = read("a,b\n1,2\n3,4,,\n6,7\n", tmp_path)
    assert rows(cells) == [["1", "2"], ["3", "4"], ["6", "7"]]
    assert codes(cells) == ["rows_extra_empty"]


def test_a_sentence_full_of_commas_makes_no_hundreds_of_columns(tmp_path: Path) -> None:
    cells = read("a,b\n" + "1,2\n" * 20 + ",".join("x" * 90) + "\n", tmp_path)
    assert cells.frame.width <= 12
    assert rows(cells)[-1][-1].count("x") > 70


def test_short_rows_are_padded_and_counted(tmp_path: Path) -> None:
    cells = read("a,b\n1,2\n3\n4\n", tmp_path)
    assert rows(cells) == [["1", "2"], ["3", ""], ["4", ""]]
    assert (cells.notes[0].code, cells.notes[0].count, cells.notes[0].lines) == ("rows_short", 2, (3, 4))


def test_short_rows_far_beyond_the_sample_are_told_too(tmp_path: Path) -> None:
    body = "11111111,22222222,33333333\n" * 40_000
    cells = read("a,b,c\n" + body + "1,2\n" + body, tmp_path)
    assert cells.frame.height == 80_001
    assert cells.notes[0].lines == (40_002,)


def test_short_rows_beside_quoted_cells_are_told_too(tmp_path: Path) -> None:
    body = '1,"x, y",\n' * 60_000
    cells = read("a,b,c\n" + body + '1,"x"\n' + body, tmp_path)
    assert cells.frame.height == 120_001
    assert cells.notes[0].lines == (60_002,)


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("a,a,a", ["a", "a_2", "a_3"]),
        ("a,a,a_2", ["a", "a_3", "a_2"]),
        ("a,,", ["a", "column_2", "column_3"]),
        ("__proto__,constructor,toString", ["column __proto__", "column constructor", "column toString"]),
        ('a\u202eb,"c\nd",e\u200bf', ["ab", "c d", "ef"]),
        ("<script>alert(1)</script>,b,c", ["<script>alert(1)</script>", "b", "c"]),
    ],
)
def test_names_become_clean_unique_and_harmless(header: str, names: list[str], tmp_path: Path) -> None:
    cells = read(header + "\n1,2,3\n4,5,6\n", tmp_path)
    assert cells.frame.columns == names
    assert bool(cells.notes) == (names != header.split(","))


def test_a_quote_never_closed_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile) as caught:
        read('a,b\n1,"2\n3,4\n5,6\n', tmp_path)
    assert caught.value.details["line"] == 2


def test_a_quote_never_closed_is_found_far_down(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile) as caught:
        read("a,b\n" + "1,2\n" * 200_000 + '3,"4\n' + "5,6\n" * 10, tmp_path)
    assert caught.value.details["line"] == 200_002


def test_lines_that_end_in_cr_alone_are_lines(tmp_path: Path) -> None:
    cells = read(b"a,b\r1,2\r3,4\r", tmp_path)
    assert rows(cells) == [["1", "2"], ["3", "4"]]
    assert cells.dialect.line_end == "\r"


def test_mixed_line_ends_are_lines_and_told(tmp_path: Path) -> None:
    cells = read(b"a,b\r\n1,2\n3,4\r5,6\r\n", tmp_path)
    assert rows(cells) == [["1", "2"], ["3", "4"], ["5", "6"]]
    assert codes(cells) == ["line_ends"]


def test_a_line_break_within_quotes_belongs_to_its_cell(tmp_path: Path) -> None:
    cells = read('a,b\n1,"x\ny"\n2,z\n', tmp_path)
    assert rows(cells) == [["1", "x\ny"], ["2", "z"]]


def test_blank_lines_between_rows_are_no_rows(tmp_path: Path) -> None:
    assert rows(read("a,b\n1,2\n\n3,4\n\n\n", tmp_path)) == [["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"x" * 100, "PNG"),
        (b"PK\x03\x04aaaa", "Excel"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"MZ\x90\x00\x03\x00", "program"),
        (b"\x7fELF\x02\x01", "program"),
        (b"SQLite format 3\x00", "SQLite"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
        (b"<!DOCTYPE html>\n<html>", "web page"),
        (bytes(range(256)) * 20, "binary"),
        (b"\x00\x01\x02\x03" * 50, "binary"),
    ],
)
def test_a_file_in_disguise_is_refused_by_its_bytes(content: bytes, kind: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=kind):
        read(content, tmp_path)


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    line = ",".join(f"c{i}" for i in range(501)) + "\n"
    with pytest.raises(FileTooLarge) as caught:
        read(line * 3, tmp_path)
    assert caught.value.details == {"limit": 500, "size": 501}


@pytest.mark.parametrize("cell", ["x" * 2_000_000, '"' + "x" * 2_000_000 + '"', '"' + ("y" * 99 + "\n") * 20_000 + '"'])
def test_a_cell_over_a_megabyte_is_refused(cell: str, tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge) as caught:
        read("a,b\n" + "1,2\n" * 2_000 + f"1,{cell}\n3,4\n", tmp_path)
    assert caught.value.details["line"] == 2_002
    assert caught.value.details["limit"] == 1024 * 1024


def test_too_many_bytes_and_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge) as caught:
        read("a,b\n1,2\n", tmp_path, limits=FileLimits(file_bytes=5))
    assert caught.value.details == {"limit": 5, "size": 8}
    with pytest.raises(FileTooLarge):
        read("a,b\n1,2\n3,4\n", tmp_path, limits=FileLimits(rows=1))


@pytest.mark.parametrize(
    ("text", "names", "first"),
    [
        ("name\nSmith, John\nDoe, Jane\nRoe, Bob\n", ["name"], ["Smith, John"]),
        ("full name\nJohn Smith\nMary Jones\nBob Stone\n", ["full name"], ["John Smith"]),
        ("t\n10:20\n11:30\n", ["t"], ["10:20"]),
        ("5\n6\n7\n", ["column_1"], ["5"]),
        ("sep=;\na;b\n1;2\n", ["a", "b"], ["1", "2"]),
        ("a||b||c\n1||2||3\n4||5||6\n", ["a", "b", "c"], ["1", "2", "3"]),
        ('a, b, c\n1, 2, 3\n4, "x, y", 6\n', ["a", "b", "c"], ["1", "2", "3"]),
        ("a b c\n1 2 3\n4 5 6\n", ["a", "b", "c"], ["1", "2", "3"]),
        ("1,2,3\n4,5,6\n", ["column_1", "column_2", "column_3"], ["1", "2", "3"]),
        ("country,2019,2020,2021\nFR,1,2,3\nDE,4,5,6\n", ["country", "2019", "2020", "2021"], ["FR", "1", "2", "3"]),
        ("name,city\nAnn,Rome\nBob,Oslo\n", ["name", "city"], ["Ann", "Rome"]),
        ("# made by X\n# in 2024\na,b\n1,2\n3,4\n", ["a", "b"], ["1", "2"]),
        ("Sales\nMade 2024-01-01\n\nyear,qty,eur\n2020,1,2\n2021,3,4\n", ["year", "qty", "eur"], ["2020", "1", "2"]),
        ("a,b,\n1,2,\n3,4,\n", ["a", "b"], ["1", "2"]),
        ('a,b\n1,"say \\"hi\\", ok"\n2,"z"\n', ["a", "b"], ["1", 'say "hi", ok']),
        ('a\tb\n1\tsay "hi"\n2\tx\n', ["a", "b"], ["1", 'say "hi"']),
    ],
)  # fmt: skip
def test_the_table_is_found_as_a_person_would_see_it(
    text: str, names: list[str], first: list[str], tmp_path: Path
) -> None:
    cells = read(text, tmp_path)
    assert cells.frame.columns == names
    assert rows(cells)[0] == first


def test_groups_over_names_are_joined_with_them(tmp_path: Path) -> None:
    cells = read(",2020,,2021,\nwho,qty,eur,qty,eur\nx,1,2,3,4\ny,5,6,7,8\n", tmp_path)
    assert cells.frame.columns == ["who", "2020 qty", "2020 eur", "2021 qty", "2021 eur"]
    assert rows(cells)[0] == ["x", "1", "2", "3", "4"]


def test_a_footnote_below_the_table_is_left_out_and_told(tmp_path: Path) -> None:
    cells = read("year,qty,eur\n2020,1,2\n2021,3,4\n\nSource: our shop\n", tmp_path)
    assert rows(cells) == [["2020", "1", "2"], ["2021", "3", "4"]]
    assert cells.notes[0].lines == (5,)


def test_a_person_may_choose_another_dialect(tmp_path: Path) -> None:
    cells = read("a,b;c\n1,2;3\n", tmp_path, dialect=Dialect(delimiter=";", header_rows=0))
    assert rows(cells) == [["a,b", "c"], ["1,2", "3"]]
    with pytest.raises(InvalidFile, match="UTF-8"):
        read(b"a,b\n1,\xe9\n", tmp_path, dialect=Dialect(encoding="utf-8"))
    with pytest.raises(InvalidFile, match="not an encoding"):
        read("a,b\n1,2\n", tmp_path, dialect=Dialect(encoding="klingon"))


def test_every_line_of_a_large_mixed_file_is_kept(tmp_path: Path) -> None:
    lines = [f'{i},"text, with {i}",{i * 2}' if i % 3 else f'{i},5" pipe {i},{i * 2}' for i in range(60_000)]
    cells = read("id,what,n\n" + "\n".join(lines) + "\n", tmp_path)
    assert cells.frame.height == 60_000
    assert rows(cells)[59_997] == ["59997", '5" pipe 59997', "119994"]


def test_a_run_of_spaces_costs_no_more_than_its_length(tmp_path: Path) -> None:
    started = time.process_time()
    path = tmp_path / "spaces.csv"
    path.write_bytes(b"a,b\n1," + b" " * 300_000 + b"x\n2,3\n")
    assert read_cells(path).frame.height == 2
    marks = tmp_path / "marks.csv"
    marks.write_bytes(b"a,b\n" + b",'x" * 60_000 + b"\n1,2\n")
    with suppress(InvalidFile, FileTooLarge):
        read_cells(marks)
    # Quadratic patterns took a minute; the limit is far from both.
    assert time.process_time() - started < 20


def test_reading_irregular_lines_ends_in_time_and_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 10 + b'"n,2\n' * 50_000)
    with pytest.raises(InvalidFile) as caught:
        read_cells(path, limits=FileLimits(seconds=0))
    assert caught.value.details["line"] >= 11


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('""' * 250_000, id="doubled quotes"),
        pytest.param('"' + "x," * 250_000, id="separators after a quote that stays open"),
        pytest.param('"' + "x" * 5_000_000, id="a quote that stays open"),
        pytest.param('1,"' + "\\" * 500_000, id="backslashes"),
    ],
)
def test_one_long_odd_line_takes_no_square_of_its_length(line: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("a,b\n1,2\n" + line + "\n")
    started = time.process_time()
    with suppress(InvalidFile, FileTooLarge):
        read_cells(path)
    assert time.process_time() - started < 10


def test_a_backslash_that_is_escaped_escapes_no_quote(tmp_path: Path) -> None:
    lines = [r'1,"say \"yes\""', r'2,"a \"b\""', r'3,"ends in \\"', r'4,"c \"d\""'] * 5
    cells = read("n,text\n" + "\n".join(lines) + "\n", tmp_path)
    assert rows(cells)[2] == ["3", "ends in \\"]
    assert cells.frame.height == 20
