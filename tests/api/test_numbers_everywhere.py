"""A number is the same number wherever it leaves: JSON, CSV, Excel as others read it, paper, and the page."""

import base64
import csv
import io
import math
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pytest
from flask import Flask

from tests.conftest import Caller
from tests.factories import People, actor, make_chart, make_dataset
from tests.paper import Printed
from vizapp.charts.formats import compact
from vizapp.charts.text import MISSING, plain
from vizapp.charts.words import OTHER
from vizapp.schemas.view import Picture, TableView
from vizapp.services import charts

TOWNS = ("Köln", "東京", "Αθήνα", "Ель-Обейд", "-5 °C", 'O\'Hare; "B"', "São Paulo", "Łódź", "القاهرة", "")
KINDS = ("web", "shop", "fax")
ROWS = 180


def cells(row: int) -> list[str]:
    """A row of the file: dates over 15 months, a town that may be missing, numbers of all sizes, some missing."""
    day = date.fromordinal(date(2024, 1, 3).toordinal() + row * 5 // 2)
    amount = (row * 7919 % 100_003) / 100 - 150
    return [
        f"{day}",
        f"{day} {row % 24:02d}:{row * 7 % 60:02d}:00",
        TOWNS[row * row % len(TOWNS)],
        KINDS[row % 3],
        "" if row % 11 == 0 or row % 3 == 2 else f"{amount:.2f}",
        f"{row * 37 % 5000}",
        f"{row % 101}.5%",
        f"€{row * 1234.5:,.2f}",
        f"{row * 997 % 1000 / 1000:.3f}",
    ]


FILE = io.StringIO()
csv.writer(FILE).writerows(
    [["day", "moment", "town", "kind", "amount", "units", "rate", "price", "share"], *map(cells, range(ROWS))]
)
NOBODY = [{"column": "town", "operator": "eq", "value": "Atlantis"}]


def asked(kind: str, function: str | None = None, **more: Any) -> dict[str, Any]:
    """A config; what is no part of it is a part of its mapping."""
    outside = {name: more.pop(name) for name in ("limit", "sort", "options") if name in more}
    found = {"chartType": kind, "dataMapping": more, **outside}
    return found | {"aggregation": {"function": function}} if function else found


def measured(column: str | None, function: str) -> dict[str, str]:
    return {"function": function} | ({"column": column} if column else {})


CASES = {
    "bars of sums": asked("bar", "sum", xAxis="town", yAxis="units"),
    "bars of averages, one of nothing": asked("bar", "avg", xAxis="kind", yAxis="amount"),
    "the first three and Other": asked("bar", "sum", xAxis="town", yAxis="price", limit=3),
    "bars that lie": asked("bar", "median", xAxis="town", yAxis="share", options={"orientation": "horizontal"}),
    "bars in piles": asked("bar", "count", xAxis="town", yAxis="units", series="kind"),
    "bars of shares": asked("bar", "sum", xAxis="kind", yAxis="units", series="town", options={"stack": "percent"}),
    "bars by quarter": asked("bar", "max", xAxis="day", yAxis="amount", timeGrain="quarter"),
    "a line by month": asked("line", "sum", xAxis="day", yAxis="amount", timeGrain="month"),
    "lines by week": asked("line", "avg", xAxis="day", yAxis="rate", series="kind", timeGrain="week"),
    "a line by day": asked("line", "min", xAxis="day", yAxis="share", timeGrain="day"),
    "a line by hour": asked("line", "sum", xAxis="moment", yAxis="units", timeGrain="hour"),
    "an area by year": asked("area", "sum", xAxis="day", yAxis="price", timeGrain="year"),
    "areas in piles": asked("area", "count_distinct", xAxis="day", yAxis="town", series="kind", timeGrain="month"),
    "a ring": asked("pie", "sum", xAxis="town", yAxis="units"),
    "a number": asked("kpi", "sum", xAxis="day", yAxis="price", timeGrain="month"),
    "dots": asked("scatter", xAxis="share", yAxis="price"),
    "rows": asked("table", columns=["day", "town", "amount", "rate", "price"]),
    "groups": asked(
        "table",
        columns=["town"],
        measures=[measured("price", "sum"), measured(None, "count"), measured("amount", "avg")],
    ),
    "months": asked("table", columns=["day", "kind"], measures=[measured("amount", "sum")], timeGrain="month"),
    "nothing": asked("bar", "sum", xAxis="town", yAxis="units", filters=NOBODY),
}  # fmt: skip
Rows = list[dict[str, Any]]


@pytest.mark.parametrize("name", CASES)
def test_every_way_out_has_the_same_numbers(
    name: str, client: Caller, app: Flask, people: People, tmp_path: Path
) -> None:
    with app.app_context():
        who = actor(people.editor)
        data = make_dataset(who, tmp_path, text=FILE.getvalue())
        chart = make_chart(who, data.id, name=name, config=CASES[name]).id
        picture = charts.execute(who, chart).picture
    ran = client.post(f"/api/charts/{chart}/execute", json={}, headers=client.token()).get_json()
    names, rows = ran["columns"], ran["rows"]
    assert bool(rows) is (name != "nothing")
    wanted = [[row[column] for column in names] for row in rows]
    assert_as_csv(client.get(f"/api/export/chart/{chart}/csv").data, names, wanted)
    assert_as_workbook(client.get(f"/api/export/chart/{chart}/excel").data, names, wanted)
    assert_drawn(picture, names, rows, CASES[name])
    if picture.table is not None:
        assert_printed(client.get(f"/api/export/chart/{chart}/pdf").data, picture.table, tmp_path)


def same(found: object, wanted: object) -> bool:
    """Whether a cell of another program is this value of JSON."""
    if wanted is None:
        return found is None or found == "" or found is pd.NaT or (isinstance(found, float) and math.isnan(found))
    if isinstance(wanted, int | float):
        return isinstance(found, int | float) and float(found) == wanted
    if isinstance(found, date):
        return moment(str(wanted)) == moment(found.isoformat())
    return str(found).removeprefix("'") == wanted


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def assert_same(found: list[list[object]], wanted: list[list[object]]) -> None:
    assert len(found) == len(wanted)
    for row, other in zip(found, wanted, strict=True):
        assert all(same(*pair) for pair in zip(row, other, strict=True)), (row, other)


def assert_as_csv(content: bytes, names: list[str], wanted: list[list[object]]) -> None:
    head, *lines = csv.reader(io.StringIO(content.decode(), newline=""))
    assert head == names
    typed = [
        [float(text) if isinstance(value, int | float) else text for text, value in zip(line, row, strict=True)]
        for line, row in zip(lines, wanted, strict=True)
    ]
    assert_same(typed, wanted)


def assert_as_workbook(content: bytes, names: list[str], wanted: list[list[object]]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    head, *lines = book.worksheets[0].values
    assert list(head) == names
    assert_same([list(line) for line in lines if any(cell is not None for cell in line)], wanted)
    sheet = pd.read_excel(io.BytesIO(content), sheet_name=0, keep_default_na=False, na_values=[""])
    assert list(sheet.columns) == names
    assert_same([[cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell for cell in line]
                 for line in sheet.astype(object).to_numpy().tolist()], wanted)  # fmt: skip
    if wanted:
        frame = pl.read_excel(io.BytesIO(content), sheet_id=1, engine="openpyxl")
        assert frame.columns == names
        assert_same([list(line) for line in frame.rows()], wanted)


def assert_printed(content: bytes, view: TableView, folder: Path) -> None:
    lines = [line.split() for line in Printed(content, folder).text().splitlines()]
    for row in (*view.rows, *([view.total] if view.total else [])):
        assert " ".join(row).split() in lines


def assert_drawn(picture: Picture, names: list[str], rows: Rows, config: dict[str, Any]) -> None:
    assert picture.empty is not bool(rows)
    if picture.table is not None:
        assert_tabled(picture.table, rows, names, config)
    elif picture.kpi is not None:
        values = [row[names[-1]] for row in rows]
        assert picture.kpi.spark == tuple(values)
        assert picture.kpi.value == compact(sum(values))
    elif picture.figure is not None:
        assert_in_figure(picture, names, rows, config)


def assert_tabled(view: TableView, rows: Rows, names: list[str], config: dict[str, Any]) -> None:
    for column, name in enumerate(names):
        values, texts = [row[name] for row in rows], [row[column] for row in view.rows]
        if not view.columns[column].numeric:
            continue
        shown = {decimals(text) for text in texts} - {None}
        assert len(shown) == 1
        for value, text in zip(values, texts, strict=True):
            assert text == MISSING if value is None else abs(amount(text) - value) <= rounding(text)
        functions = [measure["function"] for measure in config["dataMapping"].get("measures", [])]
        first = len(names) - len(functions)
        if view.total and functions[column - first] in ("sum", "count"):
            whole = math.fsum(value for value in values if value is not None)
            assert abs(amount(view.total[column]) - whole) <= rounding(view.total[column])
            assert {decimals(view.total[column])} == shown


def amount(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def decimals(text: str) -> int | None:
    return None if text == MISSING else len(text.partition(".")[2])


def rounding(text: str) -> float:
    return 0.5 * 10 ** -(decimals(text) or 0) + 1e-9


def assert_in_figure(picture: Picture, names: list[str], rows: Rows, config: dict[str, Any]) -> None:
    mapping, traces = config["dataMapping"], list(picture.figure["data"])  # type: ignore[index]
    y, x = names[-1], names[0]
    if config["chartType"] == "pie":
        (trace,) = traces
        slices = dict(zip(trace["labels"], numbers(trace["values"]), strict=True))
        rest = slices.pop(OTHER, 0.0)
        sizes = {plain(row[x] or MISSING): row[y] for row in rows}
        assert slices == {name: sizes.pop(name) for name in slices}
        assert rest == pytest.approx(sum(sizes.values()))
        return
    if config["chartType"] == "scatter":
        found = [pair for trace in traces for pair in zip(numbers(trace["x"]), numbers(trace["y"]), strict=True)]
        assert sorted(set(found)) == sorted({(row[x], row[y]) for row in rows if None not in (row[x], row[y])})
        return
    found = {}
    for trace in traces:
        lies = trace.get("orientation") == "h"
        along, values = (trace["y"], trace["x"]) if lies else (trace["x"], trace["y"])
        series = trace["name"] if "series" in mapping else None
        for at, value in zip(places(along), numbers(values), strict=True):
            found[at, series] = value
    wanted = {
        (place(row[x], mapping), plain(row[mapping["series"]] or MISSING) if "series" in mapping else None): row[y]
        for row in rows
    }
    if config.get("options", {}).get("stack") == "percent":
        wholes: dict[object, float] = {}
        for (at, _), value in wanted.items():
            wholes[at] = wholes.get(at, 0) + value
        wanted = {(at, series): value / wholes[at] for (at, series), value in wanted.items()}
    if any(trace.get("orientation") == "h" for trace in traces):
        wanted.pop((OTHER, None), None)  # said in the subtitle: as a bar it would dwarf the others
    assert {key: value for key, value in found.items() if not math.isnan(value)} == {
        key: pytest.approx(value, rel=1e-15) for key, value in wanted.items() if value is not None
    }


def numbers(encoded: Any) -> list[float]:
    """An array as plotly sends it to the browser."""
    if isinstance(encoded, dict):
        return np.frombuffer(base64.b64decode(encoded["bdata"]), encoded["dtype"]).astype(float).tolist()
    return [float(value) for value in encoded]


def places(encoded: Any) -> list[object]:
    return numbers(encoded) if isinstance(encoded, dict) else list(encoded)


def place(value: object, mapping: dict[str, Any]) -> object:
    """Where a value of JSON stands on the axis: milliseconds since 1970, or a name."""
    if "timeGrain" in mapping:
        return moment(str(value)).timestamp() * 1000
    return plain(MISSING if value is None else str(value))
