"""Properties: what csv.writer writes is read back, and no bytes make anything but two errors."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vizapp.errors import FileTooLarge, InvalidFile
from vizapp.sources.csv import read_cells
from vizapp.sources.files import take_in
from vizapp.sources.infer import infer_types
from vizapp.sources.limits import FileLimits

RELAXED = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

words = st.text(st.sampled_from("abcXYZéλ -_.#()+"), min_size=1, max_size=12)
awkward = st.sampled_from(["a, b", 'say "hi"', "two\nlines", "x;y", "p|q", "", "it is", "5% off"])
numbers = st.one_of(st.integers(-(10**9), 10**9).map(str), st.decimals(-1000, 1000, places=2).map(str))
dates = st.dates().map(str)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """A header and rows: a number first, so that the header can be told from the data."""
    rest = draw(st.lists(st.sampled_from([words, awkward, numbers, dates]), min_size=1, max_size=4))
    kinds = [st.integers(0, 10**6).map(str), *rest]
    rows = draw(st.lists(st.tuples(*kinds), min_size=4, max_size=25))
    return [[f"name {chr(97 + index)}" for index in range(len(kinds))], *map(list, rows)]


@RELAXED
@given(
    table=tables(),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC, csv.QUOTE_MINIMAL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_writer_writes_is_read_back(
    table: list[list[str]], delimiter: str, end: str, quoting: int, encoding: str, tmp_path: Path
) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(table)
    path = tmp_path / "written.csv"
    path.write_bytes(buffer.getvalue().encode(encoding))
    cells = read_cells(path)
    assert [cells.frame.columns, *map(list, cells.frame.iter_rows())] == table


@RELAXED
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(st.sampled_from("ab1,2;\"'\n\r\t |\\.-/:% $é\x00NA"), max_size=200).map(str.encode),
        st.text(max_size=100).map(lambda text: text.encode("utf-16", errors="replace")),
    )
)
def test_no_bytes_make_anything_but_two_errors(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    try:
        cells = read_cells(path, limits=FileLimits(columns=50, cell_bytes=10_000))
    except (InvalidFile, FileTooLarge):
        return
    typed = infer_types(cells.frame)
    assert typed.frame.height == cells.frame.height
    assert len(set(typed.frame.columns)) == typed.frame.width
    json.dumps([column.wire() for column in typed.columns], allow_nan=False)


@RELAXED
@given(
    values=st.lists(
        st.one_of(
            numbers, dates, words, st.sampled_from(["", "NA", "yes", "no", "1e400", "00", "$5", "1,5", "31/12/2024"])
        ),
        min_size=1,
        max_size=60,
    )
)
def test_every_value_is_kept_missing_or_counted(values: list[str], tmp_path: Path) -> None:
    path = tmp_path / "column.csv"
    path.write_text("n,x\n" + "".join(f'{i},"{value}"\n' for i, value in enumerate(values)))
    intake = take_in(path, "column.csv", folder=tmp_path / "data")
    column = intake.columns[-1]
    frame = intake.source(tmp_path / "data").scan().collect()
    assert frame[column.name].null_count() == column.missing + column.failed
    assert column.failed <= 0.01 * len(values)
    assert column.fits[column.type] == len(values) - column.missing - column.failed


def test_a_table_as_wide_as_allowed_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{i}" for i in range(500)) + "\n" + (",".join("1" * 500) + "\n") * 200)
    assert read_cells(path).frame.shape == (200, 500)


@pytest.mark.parametrize("mark", ["^", "~", "§", "\x1f", "::", "\\t"])
def test_rare_separators_are_found(mark: str, tmp_path: Path) -> None:
    path = tmp_path / "rare.csv"
    path.write_text(
        "\n".join(
            mark.join(row) for row in [["day", "n", "what"], *[[f"2024-01-{i:02}", str(i), "x"] for i in range(1, 9)]]
        )
    )
    assert read_cells(path).frame.columns == ["day", "n", "what"]
