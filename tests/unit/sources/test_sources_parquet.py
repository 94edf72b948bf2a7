"""Parquet keeps its own types, mapped to ours; what has no chart becomes text and is told; bad files are refused."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from vizapp.errors import FileTooLarge, InvalidFile
from vizapp.schemas.base import ColumnType
from vizapp.sources.limits import FileLimits
from vizapp.sources.parquet import read_parquet
from vizapp.sources.settle import settle


def wrote(frame: pl.DataFrame, folder: Path) -> Path:
    path = folder / "x.parquet"
    frame.write_parquet(path)
    return path


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.characters(exclude_categories=["Cs"])),
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.floats(allow_nan=False, allow_infinity=False),
            st.none() | st.booleans(),
            st.none() | st.dates(),
            st.none() | st.datetimes(),
        ),
        max_size=6,
    )
)
def test_plain_columns_come_in_as_they_are(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple]) -> None:
    schema = {
        "s": pl.String, "n": pl.Int64, "f": pl.Float64, "b": pl.Boolean, "d": pl.Date, "t": pl.Datetime("us"),
    }  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    typed = settle(read_parquet(wrote(frame, tmp_path_factory.mktemp("p"))))
    assert_frame_equal(typed.frame, frame)
    assert [column.missing for column in typed.columns] == [column.null_count() for column in frame]
    assert [column.type for column in typed.columns] == ["string", "number", "number", "boolean", "date", "datetime"]


@pytest.mark.parametrize(
    ("values", "wanted", "kind", "told"),
    [
        (pl.Series([1, 2], dtype=pl.Int8), [1, 2], "number", ""),
        (pl.Series([1, None], dtype=pl.UInt64), [1, None], "number", ""),
        (pl.Series([2**64 - 1, None], dtype=pl.UInt64), [str(2**64 - 1), None], "string", "too long"),
        (pl.Series([0.5, None], dtype=pl.Float32), [0.5, None], "number", ""),
        (pl.Series([float("nan"), float("-inf"), 1.0]), [None, None, 1.0], "number", "2 values are not finite"),
        (pl.Series([Decimal("1.00"), Decimal("2.00")]), [1, 2], "number", ""),
        (pl.Series([Decimal("1.50"), None], dtype=pl.Decimal(12, 2)), [1.5, None], "number", ""),
        (pl.Series([Decimal("1.5")], dtype=pl.Decimal(38, 1)), [1.5], "number", "15 digits"),
        (pl.Series(["x", None], dtype=pl.Categorical), ["x", None], "string", ""),
        (pl.Series(["x", "y"], dtype=pl.Enum(["x", "y"])), ["x", "y"], "string", ""),
        (pl.Series([None, None]), [None, None], "string", ""),
        (pl.Series([[1, None], None]), ["[1,null]", None], "string", "Lists are kept as JSON"),
        (pl.Series([{"a": "x"}]), ['{"a":"x"}'], "string", "Objects are kept as JSON"),
        (pl.Series([b"abc", b"\xff"]), ["abc", "/w=="], "string", "Bytes are kept as text"),
        (pl.Series([timedelta(hours=26)]), ["P1DT2H"], "string", "Durations are kept"),
        (pl.Series([time(9, 30)]), ["09:30:00"], "string", "Times of day"),
        (
            pl.Series([datetime(2024, 7, 1, 12)]).dt.replace_time_zone("Europe/Berlin"),  # noqa: DTZ001
            [datetime(2024, 7, 1, 10)],  # noqa: DTZ001
            "datetime",
            "converted to UTC",
        ),
        (
            pl.Series([4_000_000, 0], dtype=pl.Int32).cast(pl.Date),
            [None, date(1970, 1, 1)],
            "date",
            "1 value is beyond",
        ),
    ],
)
def test_other_types_are_mapped_and_told(tmp_path: Path, values: pl.Series, wanted: list, kind: str, told: str) -> None:
    typed = settle(read_parquet(wrote(values.alias("c").to_frame(), tmp_path)))
    assert typed.frame["c"].to_list() == wanted
    (column,) = typed.columns
    assert column.type == kind
    assert told in column.note
    assert bool(told) == bool(column.note)


def test_a_type_a_person_chose_is_read_from_the_values_and_misfits_are_counted(tmp_path: Path) -> None:
    frame = pl.DataFrame({"code": [7, 12], "day": ["01/02/2024", "x"], "on": [True, False], "t": [1.5, None]})
    chosen = {"code": ColumnType.string, "day": ColumnType.date, "on": ColumnType.number}
    typed = settle(read_parquet(wrote(frame, tmp_path)), chosen, {"day": True})
    assert typed.frame.to_dict(as_series=False) == {
        "code": ["7", "12"], "day": [date(2024, 2, 1), None], "on": [None, None], "t": [1.5, None],
    }  # fmt: skip
    assert [column.failed for column in typed.columns] == [0, 1, 2, 0]
    assert list(typed.frame.columns) == frame.columns


def test_texts_of_a_parquet_file_are_not_guessed_at(tmp_path: Path) -> None:
    frame = pl.DataFrame({"s": ["1", "2"], "d": ["2024-01-01", "NA"]})
    assert_frame_equal(settle(read_parquet(wrote(frame, tmp_path))).frame, frame)


def test_names_are_made_harmless(tmp_path: Path) -> None:
    frame = pl.DataFrame({"__proto__": [1], "a\u202eb": [2], "": [3]})
    table = read_parquet(wrote(frame, tmp_path))
    assert table.frame.columns == ["column __proto__", "ab", "column_3"]
    assert {note.code for note in table.notes} == {"names_cleaned", "names_reserved", "names_empty"}


def test_what_is_no_parquet_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = wrote(pl.DataFrame({"a": range(1000)}), tmp_path)
    whole = path.read_bytes()
    for content, words in (
        (b"", "empty"),
        (b"a,b\n1,2\n", "not a Parquet file"),
        (whole[:-10], "cut off"),
        (whole[: len(whole) // 2] + b"PAR1", "damaged"),
        (whole[:8] + b"\0" * 200 + whole[208:], "damaged"),
        (b"PAR1" + b"\xff" * 100 + b"PAR1", "damaged"),
        (b"PARE" + b"\0" * 20 + b"PARE", "encrypted"),
    ):
        path.write_bytes(content)
        with pytest.raises(InvalidFile, match=words):
            read_parquet(path)


@pytest.mark.parametrize("limits", [FileLimits(rows=9), FileLimits(columns=1), FileLimits(cells=19)])
def test_more_than_a_limit_is_refused_before_it_is_read(
    tmp_path: Path, limits: FileLimits, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wrote(pl.DataFrame({"a": range(10), "b": range(10)}), tmp_path)
    with pytest.raises(FileTooLarge) as caught:
        read_parquet(path, limits)
    assert caught.value.details["size"] == int(caught.value.details["limit"]) + 1


def test_long_texts_are_refused_one_by_one_and_together(tmp_path: Path) -> None:
    path = wrote(pl.DataFrame({"ok": ["x"] * 3, "long": ["a", "b" * 100, None]}), tmp_path)
    with pytest.raises(FileTooLarge, match="“long”, row 2"):
        read_parquet(path, FileLimits(cell_bytes=50))
    # A text that rows share is small in the file and in memory, and large once it is written out.
    path = wrote(pl.DataFrame({"s": pl.repeat("x" * 1000, 10_000, eager=True)}), tmp_path)
    assert path.stat().st_size < 10_000
    with pytest.raises(FileTooLarge, match="texts"):
        read_parquet(path, FileLimits(unpacked_bytes=9_000_000))
