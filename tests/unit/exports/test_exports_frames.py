"""An answer leaves as JSON, CSV, Arrow or Parquet; whoever reads it back has the same values."""

import io
import json
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from vizapp.exports.frames import LARGEST, ROWS_AT_ONCE, Format, json_pieces, json_rows, pieces, plain

# Text that no spreadsheet takes for a formula, for cells that come back as they went.
_HARMLESS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12).filter(
    lambda text: text[:1] not in tuple("=+-@\t\r\n＝＋－＠")
)
_MOMENTS = st.datetimes(datetime(1700, 1, 1), datetime(2300, 1, 1))  # noqa: DTZ001 - data without a zone
_COLUMNS = {
    "text": (pl.String, _HARMLESS),
    "whole": (pl.Int64, st.integers(-(2**63), 2**63 - 1)),
    "real": (pl.Float64, st.floats(allow_nan=False, allow_infinity=False)),
    "flag": (pl.Boolean, st.booleans()),
    "day": (pl.Date, st.dates(date(1, 1, 1), date(9999, 12, 31))),
    "moment": (pl.Datetime("us"), _MOMENTS),
    "zoned": (pl.Datetime("us", "UTC"), _MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC))),
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


def sent(frame: pl.DataFrame, kind: Format) -> io.BytesIO:
    return io.BytesIO(b"".join(pieces(frame, kind)))


@settings(deadline=None)
@given(frames())
def test_csv_comes_back_as_it_went(frame: pl.DataFrame) -> None:
    back = pl.read_csv(sent(frame, Format.csv), schema=frame.schema)
    assert_frame_equal(back, frame)


@settings(deadline=None)
@given(frames())
def test_arrow_and_parquet_come_back_as_they_went(frame: pl.DataFrame) -> None:
    assert_frame_equal(pl.read_ipc_stream(sent(frame, Format.arrow)), frame)
    assert_frame_equal(pl.read_parquet(sent(frame, Format.parquet)), frame)


@settings(deadline=None)
@given(frames())
def test_json_holds_every_value_exactly(frame: pl.DataFrame) -> None:
    rows = json.loads(b"".join(json_pieces({}, frame)))["rows"]
    assert [row["text"] for row in rows] == frame["text"].to_list()
    assert [row["flag"] for row in rows] == frame["flag"].to_list()
    assert [row["real"] for row in rows] == frame["real"].to_list()
    assert [None if row["whole"] is None else int(row["whole"]) for row in rows] == frame["whole"].to_list()
    for name, parse in (("day", date), ("moment", datetime), ("zoned", datetime)):
        found = [None if row[name] is None else parse.fromisoformat(row[name]) for row in rows]
        assert found == frame[name].to_list()


@pytest.mark.parametrize("kind", [Format.csv, Format.arrow, Format.parquet])
def test_many_rows_come_in_pieces_and_none_is_lost(kind: Format) -> None:
    frame = pl.DataFrame({"n": range(2 * ROWS_AT_ONCE + 1)}).with_columns(s=pl.format("row {}", "n"))
    parts = list(pieces(frame, kind))
    read = {Format.csv: pl.read_csv, Format.arrow: pl.read_ipc_stream, Format.parquet: pl.read_parquet}[kind]
    assert_frame_equal(read(io.BytesIO(b"".join(parts))), frame)
    assert kind is Format.parquet or len(parts) >= 4


def test_json_comes_in_pieces_after_its_head() -> None:
    frame = pl.DataFrame({"n": range(2 * ROWS_AT_ONCE + 1)})
    parts = list(json_pieces({"rowCount": frame.height}, frame))
    assert len(parts) == 5
    whole = json.loads(b"".join(parts))
    assert whole["rowCount"] == frame.height
    assert [row["n"] for row in whole["rows"]] == frame["n"].to_list()


def test_what_json_has_no_number_for_is_null_or_its_digits() -> None:
    frame = pl.DataFrame(
        {
            "real": [math.nan, math.inf, -math.inf, 0.1, None],
            "whole": [LARGEST, LARGEST + 1, -LARGEST - 1, 0, None],
            "price": pl.Series([Decimal("1.10"), Decimal("5.00"), None, Decimal("0.00"), Decimal("-2.50")]),
            "long": pl.Series([Decimal("12345678901234567890.12"), *[None] * 4]),
        }
    )
    rows = json_rows(frame)
    assert [row["real"] for row in rows] == [None, None, None, 0.1, None]
    assert [row["whole"] for row in rows] == [LARGEST, str(LARGEST + 1), str(-LARGEST - 1), 0, None]
    assert [row["price"] for row in rows] == [1.1, 5, None, 0, -2.5]
    assert rows[0]["long"] == "12345678901234567890.12"
    json.dumps(rows, allow_nan=False)


def test_moments_with_a_zone_are_utc_and_others_have_no_offset() -> None:
    summer = pl.Series([datetime(2024, 7, 1, 12)]).dt.replace_time_zone("Europe/Berlin")  # noqa: DTZ001
    frame = pl.DataFrame({"zoned": summer, "bare": [datetime(2024, 7, 1, 12, 0, 0, 500)]})  # noqa: DTZ001
    assert json_rows(frame) == [{"zoned": "2024-07-01T10:00:00+00:00", "bare": "2024-07-01T12:00:00.000500"}]
    assert b"2024-07-01T10:00:00+00:00" in sent(frame, Format.csv).getvalue()
    assert pl.read_parquet(sent(frame, Format.parquet))["zoned"].dtype == pl.Datetime("us", "UTC")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a"]
)
def test_text_that_a_spreadsheet_would_run_is_kept_from_it(text: str) -> None:
    frame = pl.DataFrame({text: [text], "n": [-1]})
    back = pl.read_csv(sent(frame, Format.csv))
    assert back.columns[0] == f"'{text}"
    assert back.item(0, 0) == f"'{text}"
    assert back.item(0, 1) == -1
    assert json_rows(frame)[0][text] == text


def test_csv_lines_end_as_the_standard_says_and_numbers_that_are_none_are_empty() -> None:
    frame = pl.DataFrame({"a,b": ['say "hi"', "two\nlines", None], "x": [math.nan, -1.5, math.inf]})
    assert sent(frame, Format.csv).getvalue() == b'"a,b",x\r\n"say ""hi""",\r\n"two\nlines",-1.5\r\n,\r\n'


def test_a_missing_value_alone_in_its_row_is_not_an_empty_line() -> None:
    frame = pl.DataFrame({"n": [1, None, 3]})
    assert sent(frame, Format.csv).getvalue() == b'n\r\n1\r\n""\r\n3\r\n'
    assert_frame_equal(pl.read_csv(sent(frame, Format.csv), schema=frame.schema), frame)


def test_a_frame_without_rows_still_has_its_columns() -> None:
    frame = pl.DataFrame(schema={"a": pl.String, "n": pl.Int64})
    assert sent(frame, Format.csv).getvalue() == b"a,n\r\n"
    assert_frame_equal(pl.read_ipc_stream(sent(frame, Format.arrow)), frame)
    assert_frame_equal(pl.read_parquet(sent(frame, Format.parquet)), frame)
    assert json.loads(b"".join(json_pieces({"rowCount": 0}, frame))) == {"rowCount": 0, "rows": []}


def test_what_no_chart_knows_becomes_text_in_every_format() -> None:
    frame = pl.DataFrame(
        {
            "list": [[1, None], None],
            "object": [{"a": 1, "b": date(2024, 1, 31)}, None],
            "bytes": [b"abc", b"\xff"],
            "deep": [[b"\xff"], None],
            "span": [timedelta(days=1, seconds=5), None],
            "clock": [time(1, 2, 3), None],
            "kind": pl.Series(["x", None], dtype=pl.Categorical),
            "none": [None, None],
        }
    )
    first, second = json_rows(frame)
    assert json.loads(str(first["list"])) == [1, None]
    assert json.loads(str(first["object"])) == {"a": 1, "b": "2024-01-31"}
    assert (first["bytes"], second["bytes"]) == ("abc", "/w==")
    assert (first["span"], first["clock"], first["kind"]) == ("P1DT5S", "01:02:03", "x")
    assert [second[name] for name in ("list", "object", "deep", "span", "clock", "kind", "none")] == [None] * 7
    assert set(plain(frame).dtypes) == {pl.String}
    for kind in (Format.csv, Format.arrow, Format.parquet):
        assert sent(frame, kind).getvalue()
