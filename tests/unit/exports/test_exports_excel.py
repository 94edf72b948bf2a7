"""A workbook holds the frame: read back by two programs it has the same values, as numbers, dates and text."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from vizapp.errors import FileTooLarge
from vizapp.exports import excel
from vizapp.exports.excel import CONTENTS, NOTES, Sheet, write
from vizapp.exports.plots import Kind, Pile, Plot

_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12).filter(
    lambda text: text[:1] not in tuple("=+-@＝＋－＠")
)
_SAFE = 2**53 - 1
_MOMENTS = st.datetimes(datetime(1900, 3, 1), datetime(2300, 1, 1)).map(  # noqa: DTZ001 - Excel knows no zones
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
_COLUMNS = {
    "text": (pl.String, _TEXT),
    "whole": (pl.Int64, st.integers(-_SAFE, _SAFE)),
    "real": (pl.Float64, st.floats(allow_nan=False, allow_infinity=False)),
    "flag": (pl.Boolean, st.booleans()),
    "day": (pl.Date, st.dates(date(1900, 3, 1), date(9999, 12, 31))),
    "moment": (pl.Datetime("us"), _MOMENTS),
}


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    height = draw(st.integers(0, 8))
    return pl.DataFrame(
        {
            name: pl.Series(draw(st.lists(st.none() | values, min_size=height, max_size=height)), dtype=dtype)
            for name, (dtype, values) in _COLUMNS.items()
        }
    )


def made(folder: Path, *sheets: Sheet, contents: str = "", limit: int = 2**24) -> io.BytesIO:
    for old in folder.glob("*"):
        old.unlink()
    path = write(sheets, [sheet.title for sheet in sheets], folder, limit=limit, contents=contents)
    assert [found.name for found in folder.iterdir()] == [path.name], "nothing else is left"
    return io.BytesIO(path.read_bytes())


def opened(folder: Path, *sheets: Sheet, contents: str = "") -> openpyxl.Workbook:
    return openpyxl.load_workbook(made(folder, *sheets, contents=contents))


def rows(folder: Path, frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """The cells below the names."""
    return list(opened(folder, Sheet("t", frame)).worksheets[0].iter_rows(min_row=2, values_only=True))


def as_cell(value: object) -> object:
    """What openpyxl reads for a value: days as moments, no empty text."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - Excel knows no zones
    return None if value == "" and isinstance(value, str) else value


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("books")


@settings(deadline=None, max_examples=60)
@given(frames())
def test_a_workbook_holds_the_values_of_the_frame(shared_folder: Path, frame: pl.DataFrame) -> None:
    back = rows(shared_folder, frame)
    read = [tuple(unescape(cell) if isinstance(cell, str) else cell for cell in row) for row in back]
    wanted = [tuple(as_cell(value) for value in row) for row in frame.iter_rows()]
    # Rows at the end that hold nothing are not in a worksheet.
    assert read == wanted[: len(read)]
    assert {cell for row in wanted[len(read) :] for cell in row} <= {None}
    for row, told in zip(back, frame.iter_rows(), strict=False):
        assert [isinstance(cell, bool) for cell in row] == [isinstance(value, bool) for value in told]


@settings(deadline=None, max_examples=40)
@given(frames())
def test_another_program_reads_the_same_values_and_types(shared_folder: Path, frame: pl.DataFrame) -> None:
    book = made(shared_folder, Sheet("t", frame))
    # Without types it would guess those of columns that hold nothing, and turn huge numbers into whole ones.
    back = pl.read_excel(book, schema_overrides=frame.schema | {"moment": pl.Datetime("ms")}, drop_empty_rows=False)
    assert back.columns == frame.columns
    for name in frame.columns:
        told = [None if value == "" else value for value in frame[name].to_list()]
        read = [None if value == "" else value for value in back[name].to_list()]
        # Rows at the end that hold nothing are not in a worksheet.
        assert read == told[: len(read)]
        assert not any(value is not None for value in told[len(read) :])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "＝1", "\x01=1", "#N/A", "#REF!"])
def test_text_that_a_spreadsheet_would_run_stays_text(tmp_path: Path, text: str) -> None:
    frame = pl.DataFrame({text: [text], "n": [-1]})
    sheet = opened(tmp_path, Sheet(text, frame), contents=text).worksheets[1]
    shown = text.replace("\x01", "")
    marked = shown if shown.startswith("#") else f"'{shown}"
    assert (sheet["A1"].value, sheet["A2"].value, sheet["B2"].value) == (marked, marked, -1)
    assert (sheet["A1"].data_type, sheet["A2"].data_type, sheet["B2"].data_type) == ("s", "s", "n")
    with zipfile.ZipFile(made(tmp_path, Sheet(text, frame), contents=text)) as book:
        assert not any(b"<f>" in book.read(name) for name in book.namelist() if "worksheets" in name)


def test_what_xml_cannot_hold_is_left_out_and_what_reads_as_an_escape_is_kept(tmp_path: Path) -> None:
    frame = pl.DataFrame({"t": ["a\0b\x0bc\x1fd\uffff", "_x0041_", "one\r\ntwo\rthree", "tab\there"]})
    found = rows(tmp_path, frame)
    assert found == [("abcd",), ("_x005F_x0041_",), ("one\ntwo\nthree",), ("tab\there",)]
    assert pl.read_excel(made(tmp_path, Sheet("t", frame)))["t"].to_list()[1] == "_x0041_"


def test_what_excel_has_no_value_for_is_text_or_empty_and_told(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "day": [date(1899, 12, 31), date(1900, 2, 28), date(1900, 3, 1)],
            "moment": [datetime(1850, 1, 1, 12), None, datetime(2024, 1, 1, 12)],  # noqa: DTZ001
            "whole": [2**53, -(2**63), 7],
            "real": [float("nan"), float("inf"), -1.5],
            "price": pl.Series([Decimal("12345678901234567890.12"), Decimal("1.10"), None]),
            "long": ["x" * 40_000, "😀" * 20_000, "short"],
        }
    )
    book = opened(tmp_path, Sheet("t", frame))
    found = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in found] == ["1899-12-31", "1900-02-28", datetime(1900, 3, 1)]  # noqa: DTZ001
    assert [row[1] for row in found] == ["1850-01-01T12:00:00", None, datetime(2024, 1, 1, 12)]  # noqa: DTZ001
    assert [row[2] for row in found] == [str(2**53), str(-(2**63)), 7]
    assert [row[3] for row in found] == [None, None, -1.5]
    assert [row[4] for row in found] == ["12345678901234567890.12", 1.1, None]
    assert [len(str(row[5]).encode("utf-16-le")) // 2 for row in found] == [32_767, 32_766, 5]
    notes = [row[0] for row in book[NOTES].iter_rows(min_row=2, values_only=True)]
    assert [note.partition(":")[0] for note in notes] == frame.columns


def test_moments_with_a_zone_are_utc_and_that_is_told(tmp_path: Path) -> None:
    frame = pl.DataFrame({"at": [datetime(2024, 7, 1, 12, tzinfo=UTC)]}).with_columns(
        pl.col("at").dt.convert_time_zone("Europe/Berlin")
    )
    book = opened(tmp_path, Sheet("t", frame))
    assert book.worksheets[0]["A2"].value == datetime(2024, 7, 1, 12)  # noqa: DTZ001
    assert book[NOTES]["A2"].value == "at: times are in UTC."


def test_names_of_columns_are_bold_stay_in_sight_and_can_be_filtered(tmp_path: Path) -> None:
    frame = pl.DataFrame({"name": ["a" * 30, "b"], "amount": [1234, 5], "rate": [0.5, 1234.5]})
    sheet = opened(tmp_path, Sheet("t", frame, measures=frozenset({"amount", "rate"}))).active
    assert all(cell.font.bold for cell in sheet[1])
    assert not any(cell.font.bold for cell in sheet[2])
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:C3"
    assert sheet.column_dimensions["A"].width > sheet.column_dimensions["B"].width >= len("amount")
    assert (sheet["B2"].number_format, sheet["C2"].number_format) == ("#,##0", "#,##0.00")


def test_yes_and_no_are_written_so_that_other_programs_show_them(tmp_path: Path) -> None:
    sheet = opened(tmp_path, Sheet("t", pl.DataFrame({"late": [True, False, None], "n": [1, 2, 3]}))).active
    assert [sheet[f"A{row}"].value for row in (2, 3, 4)] == [True, False, None]
    assert sheet["A2"].number_format == '"TRUE";"TRUE";"FALSE"'
    assert sheet["B2"].number_format == "General"


def test_letters_have_one_font(tmp_path: Path) -> None:
    book = opened(tmp_path, Sheet("t", pl.DataFrame({"n": [1]}), notes=("a note",)), contents="All")
    fonts = {(cell.font.name, cell.font.sz) for sheet in book for row in sheet for cell in row if cell.value}
    assert fonts == {("Calibri", 11.0), ("Calibri", 14.0)}


@pytest.mark.parametrize(("columns", "fitted"), [(3, True), (80, False)])
def test_a_sheet_is_printed_across_one_page_with_its_names_on_each(tmp_path: Path, columns: int, fitted: bool) -> None:
    sheet = opened(tmp_path, Sheet("t", pl.DataFrame({f"c{i}": [i] for i in range(columns)}))).active
    assert sheet.page_setup.orientation == "landscape"
    assert bool(sheet.sheet_properties.pageSetUpPr.fitToPage) is fitted
    assert sheet.print_title_rows == "$1:$1"
    if fitted:
        assert sheet.page_setup.fitToHeight == 0


def test_the_axes_of_bars_stay_at_the_edge(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": ["a", "b"], "y": [-1.0, 2.0]})
    (chart,) = opened(tmp_path, Sheet("t", frame, plot=Plot(Kind.bar, "x", "y", flat=True))).active._charts
    assert (chart.x_axis.tickLblPos, chart.y_axis.crosses) == ("low", "max")


def test_a_column_can_have_a_format_of_its_own(tmp_path: Path) -> None:
    frame = pl.DataFrame({"share": [0.25], "day": [date(2024, 1, 1)], "year": [2024]})
    sheet = opened(tmp_path, Sheet("t", frame, formats={"share": "0.0%", "day": "mmm yyyy"})).active
    assert [cell.number_format for cell in sheet[2]] == ["0.0%", "mmm yyyy", "General"]
    assert sheet["A2"].value == 0.25


def test_nothing_to_show_is_names_alone(tmp_path: Path) -> None:
    frame = pl.DataFrame(schema={"a": pl.String, "n": pl.Int64, "d": pl.Date})
    book = opened(tmp_path, Sheet("t", frame, plot=Plot(Kind.bar, "a", "n")), Sheet("none", pl.DataFrame()))
    assert list(book.worksheets[0].values) == [("a", "n", "d")]
    assert book.sheetnames == ["t", "none"]


def test_the_list_of_contents_links_to_each_sheet_and_tells_what_went_wrong(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1, 2]})
    sheets = (Sheet("Bob's: 1/2", frame, notes=("Only the first rows.",)), Sheet("Broken", error="The file is gone."))
    book = opened(tmp_path, *sheets, contents="Sales")
    assert book.sheetnames == [CONTENTS, "Bob's 1 2", "Broken"]
    front = book[CONTENTS]
    assert front["A1"].value == "Sales"
    assert [cell.value for cell in front[3]] == ["Bob's: 1/2", 2, "Only the first rows."]
    assert [front[f"A{row}"].hyperlink.location for row in (3, 4)] == ["'Bob''s 1 2'!A1", "'Broken'!A1"]
    assert "The file is gone." in front["C4"].value
    assert "The file is gone." in book["Broken"]["A2"].value


@pytest.mark.parametrize("series", ["", "s"])
@pytest.mark.parametrize("kind", list(Kind))
def test_excels_own_chart_stands_beside_the_data(tmp_path: Path, kind: Kind, series: str) -> None:
    frame = pl.DataFrame({"x": [1, 1, 2], "s": ["a", "b", "a"], "y": [1.5, 2.5, 3.5]})
    plot = Plot(kind, "x", "y", series, pile=Pile.stacked, colours={"b": "#0072b2", "a": "#e69f00"})
    book = opened(tmp_path, Sheet("t", frame, plot=plot))
    (chart,) = book["t"]._charts
    assert chart.anchor._from.col == frame.width + 1
    assert len(chart.series) == (2 if series else 1)
    assert list(book["t"].values)[1:] == frame.rows()
    if series:
        assert book["Chart data"].sheet_state == "hidden"
        names, *values = book["Chart data"].values
        assert names == ("x", "b", "a")
        wanted = [(1, None, 1.5), (1, 2.5, None), (2, None, 3.5)] if kind is Kind.scatter else None
        assert values == (wanted or [(1, 2.5, 1.5), (2, None, 3.5)])


def test_more_points_than_excel_draws_have_no_chart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel.plots, "MAX_POINTS", 2)
    frame = pl.DataFrame({"x": [1, 2, 3], "y": [1, 2, 3]})
    assert not opened(tmp_path, Sheet("t", frame, plot=Plot(Kind.line, "x", "y"))).active._charts


def test_rows_beyond_what_excel_holds_are_left_out_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "MAX_ROWS", 3)
    book = opened(tmp_path, Sheet("t", pl.DataFrame({"n": range(5)})))
    assert [row[0] for row in book.worksheets[0].values] == ["n", 0, 1, 2]
    assert "2 more are left out" in book[NOTES]["A2"].value


@pytest.mark.parametrize("limit", [10, 5_000])
def test_a_workbook_over_the_limit_is_refused_by_its_size(tmp_path: Path, limit: int) -> None:
    frame = pl.DataFrame({"n": range(8_000)})
    with pytest.raises(FileTooLarge, match="over the limit"):
        write([Sheet("t", frame)], ["t"], tmp_path, limit=limit)
