# ruff: noqa: DTZ001 - datetimes are stored without a zone, in UTC
"""Types: guessed from a sample, verified on every row, and told with what did not fit."""

import json
from datetime import date, datetime

import polars as pl
import pytest

from vizapp.schemas.base import ColumnType
from vizapp.sources.infer import Typed, infer_types
from vizapp.sources.report import ColumnReport


def one(values: list[str], **kwargs: object) -> tuple[list[object], ColumnReport]:
    """Values and report of a single column called `x`."""
    typed = infer_types(pl.DataFrame({"x": values}), **kwargs)
    return typed.frame["x"].to_list(), typed.columns[0]


@pytest.mark.parametrize(
    ("texts", "values", "kind"),
    [
        (["1", "-2", "+3", "0"], [1, -2, 3, 0], "number"),
        (["1.5", "2", "-0.25", "1e3"], [1.5, 2.0, -0.25, 1000.0], "number"),
        ([" 1", "2 ", "3"], [1, 2, 3], "number"),
        (["1,234", "56,789,012", "7"], [1234, 56789012, 7], "number"),
        (["1,234.5", "0.25"], [1234.5, 0.25], "number"),
        (["1.234,5", "22,75", "3"], [1234.5, 22.75, 3.0], "number"),
        (["1 234,5", "22"], [1234.5, 22.0], "number"),
        (["1\u00a0234", "22"], [1234, 22], "number"),
        (["1'234.50", "22"], [1234.5, 22.0], "number"),
        (["$74.69", "$0.9", "-$3", "$1,200"], [74.69, 0.9, -3.0, 1200.0], "number"),
        (["12 €", "3,50 €"], [12.0, 3.5], "number"),
        (["12.5%", "100%"], [12.5, 100.0], "number"),
        (["(12.50)", "3.00"], [-12.5, 3.0], "number"),
        (["true", "FALSE", "True"], [True, False, True], "boolean"),
        (["yes", "No"], [True, False], "boolean"),
        (["t", "f"], [True, False], "boolean"),
        (["1", "0", "1"], [1, 0, 1], "number"),
        (["t", "t"], ["t", "t"], "string"),
        (["00123", "04567"], ["00123", "04567"], "string"),
        (["9" * 41, "1"], ["9" * 41, "1"], "string"),
        (["1,2,3", "4,5,6"], ["1,2,3", "4,5,6"], "string"),
        (["192.168.1.1", "10.0.0.1"], ["192.168.1.1", "10.0.0.1"], "string"),
        (["192.168.100.200"], ["192.168.100.200"], "string"),
        (["1-2", "3-4"], ["1-2", "3-4"], "string"),
        (["$5", "€6"], ["$5", "€6"], "string"),
        (["2024-01-31", "2023-12-01"], [date(2024, 1, 31), date(2023, 12, 1)], "date"),
        (["2024/01/31", "2023/12/01"], [date(2024, 1, 31), date(2023, 12, 1)], "date"),
        (["01/31/2024", "2/1/2024"], [date(2024, 1, 31), date(2024, 2, 1)], "date"),
        (["31/01/2024", "1/2/2024"], [date(2024, 1, 31), date(2024, 2, 1)], "date"),
        (["31.01.2024", "01.02.2024"], [date(2024, 1, 31), date(2024, 2, 1)], "date"),
        (["31-01-2024", "01-02-2024"], [date(2024, 1, 31), date(2024, 2, 1)], "date"),
        (["1/31/24", "2/1/24"], [date(2024, 1, 31), date(2024, 2, 1)], "date"),
        (["31 Jan 2024", "1 Feb 2024"], [date(2024, 1, 31), date(2024, 2, 1)], "date"),
        (["January 31, 2024", "February 1, 2024"], [date(2024, 1, 31), date(2024, 2, 1)], "date"),
        (["2024-01", "2024-02"], [date(2024, 1, 1), date(2024, 2, 1)], "date"),
        (["2024-01-31T10:11:12Z"], [datetime(2024, 1, 31, 10, 11, 12)], "datetime"),
        (["2024-01-31T10:11:12+02:00"], [datetime(2024, 1, 31, 8, 11, 12)], "datetime"),
        (["2024-01-31 10:11:12.5"], [datetime(2024, 1, 31, 10, 11, 12, 500000)], "datetime"),
        (["31.01.2024 7:08"], [datetime(2024, 1, 31, 7, 8)], "datetime"),
        (["2024-01-31 10:11", "2024-02-01"], [datetime(2024, 1, 31, 10, 11), datetime(2024, 2, 1)], "datetime"),
        (["1/31/2024 3:04 PM", "2/1/2024 12:00 AM"], [datetime(2024, 1, 31, 15, 4), datetime(2024, 2, 1)], "datetime"),
        (["10:20", "11:30"], ["10:20", "11:30"], "string"),
        (["2013", "2014"], [2013, 2014], "number"),
        (["a", "b"], ["a", "b"], "string"),
    ],
)  # fmt: skip
def test_a_column_gets_the_type_a_person_would_give_it(texts: list[str], values: list[object], kind: str) -> None:
    got, report = one(texts)
    assert (report.type, got) == (kind, values)
    assert (report.missing, report.failed) == (0, 0)


@pytest.mark.parametrize("marker", ["", "NA", "N/A", "null", "NULL", "None", "nan", "-", "—", "#N/A", " NA "])
def test_missing_markers_are_missing_in_numbers(marker: str) -> None:
    values, report = one(["1", marker, "3"])
    assert (values, report.missing, report.failed) == ([1, None, 3], 1, 0)


def test_not_finite_numbers_are_missing_and_counted() -> None:
    values, report = one(["NaN", "inf", "-inf", "1e400", "1.5"])
    assert values == [None, None, None, None, 1.5]
    assert report.missing == 4
    assert "3 values are too large or not finite" in report.note


def test_one_bad_value_in_many_becomes_empty_and_is_shown() -> None:
    texts = [str(i) for i in range(1000)]
    texts[700] = "x"
    values, report = one(texts)
    assert report.type == "number"
    assert (report.failed, values[700]) == (1, None)
    assert [(f.row, f.value) for f in report.failed_examples] == [(701, "x")]
    assert "1 of 1,000" in report.note
    assert "row 701" in report.note


def test_many_bad_values_keep_a_column_text() -> None:
    texts = ["x" if i % 50 == 0 else str(i) for i in range(10_000)]
    values, report = one(texts)
    assert (report.type, report.failed, values) == ("string", 0, texts)


def test_bad_values_that_a_sample_misses_still_decide() -> None:
    texts = ["x" if 40_000 < i < 42_000 and i % 5 else str(i) for i in range(60_000)]
    _, report = one(texts)
    assert report.type == "string"
    assert report.note.startswith("Kept as text: 1,600 values")


def test_decimals_after_many_whole_numbers_widen_the_column() -> None:
    texts = [str(i) for i in range(30_000)]
    texts[12_345] = "0.5"
    values, report = one(texts)
    assert (report.type, report.failed, values[12_345], values[1]) == ("number", 0, 0.5, 1.0)


def test_fractions_after_many_whole_seconds_widen_the_column() -> None:
    texts = [f"2024-01-01 10:{i // 60 % 60:02}:{i % 60:02}" for i in range(30_000)]
    texts[12_345] = "2024-01-01 10:00:00.25"
    values, report = one(texts)
    assert (report.type, report.failed) == ("datetime", 0)
    assert values[12_345] == datetime(2024, 1, 1, 10, 0, 0, 250000)


@pytest.mark.parametrize(("answer", "month"), [(None, 1), (False, 1), (True, 2)])
def test_an_undecidable_date_order_is_asked_never_silent(answer: bool | None, month: int) -> None:
    answers = {} if answer is None else {"x": answer}
    values, report = one(["01/02/2024", "03/04/2024"], day_first=answers)
    assert values[0].month == month
    assert report.ambiguous is (answer is None)
    assert bool(report.note) is (answer is None)


def test_one_value_over_twelve_decides_the_order_of_a_large_column() -> None:
    texts = ["01/02/2024"] * 50_000
    texts[31_234] = "13/02/2024"
    values, report = one(texts)
    assert not report.ambiguous
    assert (values[0], report.format, report.failed) == (date(2024, 2, 1), "%d/%m/%Y", 0)


def test_another_column_lends_its_date_order_but_the_question_stays() -> None:
    frame = pl.DataFrame({"a": ["01/02/2024", "02/03/2024"], "b": ["13/02/2024", "01/03/2024"]})
    typed = infer_types(frame)
    assert typed.frame["a"][0] == date(2024, 2, 1)
    assert [c.ambiguous for c in typed.columns] == [True, False]
    assert "another column" in typed.columns[0].note


def test_another_column_settles_what_a_comma_means() -> None:
    typed = infer_types(pl.DataFrame({"a": ["1,234", "5,678"], "b": ["1,5", "22,75"]}))
    assert typed.frame.rows() == [(1.234, 1.5), (5.678, 22.75)]
    alone = infer_types(pl.DataFrame({"a": ["1,234", "5,678"]}))
    assert alone.frame["a"].to_list() == [1234, 5678]
    assert "thousands" in alone.columns[0].note


def test_a_marker_in_text_is_missing_only_when_the_file_uses_it_so() -> None:
    used = infer_types(pl.DataFrame({"n": ["1", "NA"], "t": ["N14228", "NA"]}))
    assert used.frame["t"].to_list() == ["N14228", None]
    assert used.markers == ("NA",)
    other = infer_types(pl.DataFrame({"t": ["alpha", "none"]}))
    assert other.frame["t"].to_list() == ["alpha", "none"]
    assert "“none” (1) is kept as text" in other.columns[0].note


def test_na_among_names_is_missing_and_told() -> None:
    typed = infer_types(pl.DataFrame({"t": ["America/Lima", "NA"]}))
    assert typed.frame["t"].to_list() == ["America/Lima", None]
    assert "“NA” (1) is read as missing" in typed.columns[0].note


def test_namibia_is_a_country() -> None:
    typed = infer_types(pl.DataFrame({"n": ["1", "NA", "3"], "country": ["DE", "NA", "FR"]}))
    assert typed.frame["country"].to_list() == ["DE", "NA", "FR"]
    assert "kept as text" in typed.columns[1].note


@pytest.mark.parametrize(
    ("texts", "wanted", "values"),
    [
        (["1", "0", "x"], ColumnType.boolean, [True, False, None]),
        (["Yes", "nO", "maybe"], ColumnType.boolean, [True, False, None]),
        (["00123", "7"], ColumnType.number, [123, 7]),
        (["1", "x", "y"], ColumnType.number, [1, None, None]),
        (["1", "2"], ColumnType.string, ["1", "2"]),
        (["2024-01-31 10:00", "2024-02-01 11:00"], ColumnType.date, [date(2024, 1, 31), date(2024, 2, 1)]),
        (["2024-01-31", "x"], ColumnType.datetime, [datetime(2024, 1, 31), None]),
        (["a", "b"], ColumnType.date, [None, None]),
        (["a", "b"], ColumnType.datetime, [None, None]),
    ],
)
def test_a_person_may_choose_another_type(texts: list[str], wanted: ColumnType, values: list[object]) -> None:
    got, report = one(texts, overrides={"x": wanted})
    assert (report.type, got) == (wanted, values)
    assert report.failed == values.count(None)


def test_a_column_of_nothing_is_text_without_values() -> None:
    values, report = one(["", "NA", "-"])
    assert (report.type, values, report.missing, report.distinct) == ("string", [None] * 3, 3, 0)
    assert infer_types(pl.DataFrame({"x": ["", "NA", "-"]})).markers == ("-", "NA")
    empty = infer_types(pl.DataFrame({"x": []}, schema={"x": pl.String}))
    assert (empty.columns[0].type, empty.frame.height) == ("string", 0)


def test_a_report_counts_what_would_fit_each_type() -> None:
    _, report = one(["1", "2", "x", "2024-01-01"])
    assert report.fits == {"string": 4, "number": 2, "date": 1, "datetime": 1, "boolean": 0}


def test_a_report_draws_numbers_dates_and_text() -> None:
    frame = pl.DataFrame(
        {"n": ["0", "5", "10", "10"], "d": ["2024-01-01", "2024-01-02", "2024-01-03", ""], "t": ["a", "b", "a", "a"]}
    )
    numbers, dates, words = infer_types(frame).columns
    assert (len(numbers.histogram), sum(numbers.histogram), numbers.histogram[-1]) == (20, 4, 2)
    assert (numbers.low, numbers.high, numbers.distinct) == ("0", "10", 3)
    assert (sum(dates.histogram), dates.low, dates.missing, dates.distinct) == (3, "2024-01-01", 1, 3)
    assert (words.histogram, words.top, words.samples) == ((3, 1), ("a", "b"), ("a", "b"))


@pytest.mark.parametrize(
    "values", [["5"], ["1e308", "-1e308"], ["9007199254740993", "1"], ["1e-320", "0.0"], ["true"], ["2024-01-01"]]
)
def test_a_report_is_valid_json_for_extreme_values(values: list[str]) -> None:
    typed = infer_types(pl.DataFrame({"x": values}))
    wire = json.loads(json.dumps(typed.columns[0].wire(), allow_nan=False))
    assert wire["type"] == typed.columns[0].type.value


def test_decisions_name_every_column_with_type_and_format() -> None:
    typed: Typed = infer_types(pl.DataFrame({"a": ["1"], "b": ["31/01/2024"]}))
    assert typed.decisions == [["a", "number", ""], ["b", "date", "%d/%m/%Y"]]
