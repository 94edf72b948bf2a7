"""A file straight into a chart: it becomes the chart's data, or nothing changes at all."""

from pathlib import Path

import pytest

from tests.factories import BAR, SALES, make_chart, make_dataset
from tests.workbooks import workbook
from vizapp.access import ANONYMOUS, Actor
from vizapp.errors import (
    InsufficientRole,
    InvalidChartConfig,
    InvalidFile,
    NotFound,
    PermissionDenied,
    StaleVersion,
    Unauthenticated,
)
from vizapp.extensions import db
from vizapp.models import CsvData
from vizapp.services import chart_data, charts, datasets
from vizapp.services.chart_data import ChartUpload
from vizapp.services.formats import of_chart


def put(who: Actor, chart_id: int, folder: Path, text: str | bytes = SALES, name: str = "sales.csv") -> ChartUpload:
    path = folder / "upload"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return chart_data.upload(who, chart_id, path, name)


def numbers(who: Actor, chart_id: int) -> dict[object, object]:
    return {row["region"]: row["amount"] for row in of_chart(charts.execute(who, chart_id)).wire()["rows"]}


def test_a_chart_without_data_is_drawn_from_the_file(editor: Actor, tmp_path: Path) -> None:
    chart = make_chart(editor, None)
    done = put(editor, chart.id, tmp_path)
    assert charts.get_chart(editor, chart.id).dataset_id == done.dataset_id
    assert len(numbers(editor, chart.id)) == 3
    wire = done.wire()
    assert wire["columns"] == ["day", "region", "product", "amount", "units"]
    assert wire["columnTypes"]["day"] == "date"
    assert len(wire["preview"]) == 10
    assert wire["preview"][0] == {"day": "2025-01-01", "region": "North", "product": "Pen", "amount": 0, "units": 0}
    metadata = wire["metadata"]
    assert (metadata["fileName"], metadata["fileSize"], metadata["rowCount"]) == ("sales.csv", len(SALES), 240)
    assert metadata["uploadedAt"].endswith("+00:00")
    (row,) = db.session.query(CsvData).all()
    assert (row.chart_id, row.dataset_id, row.column_types) == (chart.id, done.dataset_id, wire["columnTypes"])


def test_a_second_file_renews_the_data_and_keeps_the_types_that_were_chosen(editor: Actor, tmp_path: Path) -> None:
    chart = make_chart(editor, None)
    first = put(editor, chart.id, tmp_path)
    datasets.change_types(editor, first.dataset_id, {"units": "string"})
    second = put(editor, chart.id, tmp_path, "region,amount,units\nNorth,7,1\n", "new.csv")
    assert second.dataset_id == first.dataset_id
    assert second.types["units"] == "string"
    assert numbers(editor, chart.id) == {"North": 7}
    assert datasets.get_dataset(editor, first.dataset_id).name == "new.csv"
    assert datasets.list_datasets(editor).total == 1
    assert db.session.query(CsvData).count() == 1


def test_data_that_other_charts_show_is_left_alone(editor: Actor, dataset, tmp_path: Path) -> None:
    chart, other = make_chart(editor, dataset.id), make_chart(editor, dataset.id)
    before = numbers(editor, other.id)
    done = put(editor, chart.id, tmp_path, "region,amount\nNorth,7\n")
    assert done.dataset_id != dataset.id
    shared = make_chart(editor, done.dataset_id)
    again = put(editor, chart.id, tmp_path, "region,amount\nNorth,8\n")
    assert again.dataset_id != done.dataset_id
    assert numbers(editor, chart.id) == {"North": 8}
    assert numbers(editor, shared.id) == {"North": 7}
    assert numbers(editor, other.id) == before


@pytest.mark.parametrize(
    ("content", "name", "error"),
    [
        ("", "empty.csv", InvalidFile),
        (b"PK\x03\x04" + b"\0" * 50, "a.xlsx", InvalidFile),
        ("a,b\n1,2\n", "a.exe", InvalidFile),
        ("place,amount\nNorth,7\n", "other.csv", InvalidChartConfig),
        ("region,amount\nNorth,many\n", "words.csv", InvalidChartConfig),
    ],
)
def test_a_bad_file_never_harms_what_the_chart_shows(
    editor: Actor, tmp_path: Path, content: str | bytes, name: str, error: type[Exception]
) -> None:
    chart = make_chart(editor, None)
    done = put(editor, chart.id, tmp_path)
    before = (numbers(editor, chart.id), charts.get_chart(editor, chart.id))
    with pytest.raises(error):
        put(editor, chart.id, tmp_path, content, name)
    assert (numbers(editor, chart.id), charts.get_chart(editor, chart.id)) == before
    assert datasets.get_dataset(editor, done.dataset_id).row_count == 240


def test_what_is_missing_is_named_at_its_field(editor: Actor, dataset, tmp_path: Path) -> None:
    chart = make_chart(editor, dataset.id)
    with pytest.raises(InvalidChartConfig) as caught:
        put(editor, chart.id, tmp_path, "region,total\nNorth,7\n")
    assert "dataMapping.yAxis" in caught.value.fields


def test_a_chart_without_data_takes_any_file(editor: Actor, tmp_path: Path) -> None:
    chart = make_chart(editor, None, config=BAR)
    assert put(editor, chart.id, tmp_path, "place,total\nNorth,7\n").row_count == 1


def test_a_workbooks_sheet_is_read_for_a_chart(editor: Actor, tmp_path: Path) -> None:
    chart = make_chart(editor, None)
    path = tmp_path / "upload"
    path.write_bytes(workbook({"Cover": [["x"]], "Data": [["region", "amount"], ["North", 7]]}))
    done = chart_data.upload(editor, chart.id, path, "book.xlsx", sheet="Data")
    assert done.report["sheet"] == "Data"
    assert numbers(editor, chart.id) == {"North": 7}


def test_who_may_upload_into_a_chart(admin, editor, other, viewer, tmp_path: Path) -> None:
    chart = make_chart(editor, None)
    refused = ((other, PermissionDenied), (viewer, InsufficientRole), (ANONYMOUS, Unauthenticated))
    for stranger, error in refused:
        with pytest.raises(error):
            put(stranger, chart.id, tmp_path)
    with pytest.raises(NotFound):
        put(editor, chart.id + 1, tmp_path)
    assert put(admin, chart.id, tmp_path).row_count == 240
    assert datasets.list_datasets(admin).total == 1


def test_the_later_of_two_uploads_into_one_chart_is_told(editor: Actor, tmp_path: Path, monkeypatch) -> None:
    chart = make_chart(editor, None)
    slow = chart_data.intake.read

    def meanwhile(*args: object, **how: object) -> object:
        monkeypatch.setattr(chart_data.intake, "read", slow)
        put(editor, chart.id, tmp_path)
        return slow(*args, **how)

    monkeypatch.setattr(chart_data.intake, "read", meanwhile)
    with pytest.raises(StaleVersion):
        put(editor, chart.id, tmp_path)
    assert datasets.list_datasets(editor).total == 1


def test_a_dataset_can_go_when_its_chart_shows_something_else(editor: Actor, dataset, tmp_path: Path) -> None:
    chart = make_chart(editor, None)
    done = put(editor, chart.id, tmp_path)
    make_dataset(editor, tmp_path)
    charts.delete_chart(editor, chart.id)
    datasets.delete_dataset(editor, done.dataset_id)
    assert db.session.query(CsvData).count() == 0
