"""A chart's answer as data: the names of the data, told caps, and an ETag that changes with what is sent."""

import json
from pathlib import Path

import polars as pl
import pytest

from tests.factories import BAR, make_chart, make_dataset
from vizapp.access import Actor
from vizapp.errors import ColumnMissing, InvalidQuery
from vizapp.exports.frames import Format
from vizapp.schemas.chart import Filter
from vizapp.services import charts, formats
from vizapp.services.runtime import runtime


def data_of(who: Actor, dataset_id: int, config: dict[str, object], **how: object) -> formats.AnswerData:
    chart = make_chart(who, dataset_id, config=config)
    return formats.of_chart(charts.execute(who, chart.id, **how))


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (BAR, ["region", "amount"]),
        ({"chartType": "bar", "dataMapping": {"xAxis": "day", "yAxis": "amount", "series": "region"}}, None),
        ({"chartType": "bar", "dataMapping": {"xAxis": "region"}}, ["region", "count"]),
        (
            {
                "chartType": "bar",
                "dataMapping": {"xAxis": "region", "yAxis": "region"},
                "aggregation": {"function": "count_distinct"},
            },
            ["region", "count_distinct_region"],
        ),
        ({"chartType": "bar", "dataMapping": {"xAxis": "units", "yAxis": "units"}}, ["units", "units_2"]),
        (
            {"chartType": "scatter", "dataMapping": {"xAxis": "units", "yAxis": "amount", "series": "region"}},
            ["units", "amount", "region"],
        ),
        ({"chartType": "scatter", "dataMapping": {"xAxis": "units", "yAxis": "units"}}, ["units", "units_2"]),
        ({"chartType": "table", "dataMapping": {"columns": ["day", "units"]}}, ["day", "units"]),
    ],
)
def test_columns_have_the_names_of_the_data(editor: Actor, dataset, config, names) -> None:
    data = data_of(editor, dataset.id, config)
    head = data.head()
    assert head["columns"] == (names or ["day", "region", "amount"])
    assert list(head["columnTypes"]) == head["columns"]
    assert data.frame.columns == head["columns"]


def test_the_object_is_the_one_of_the_contract(editor: Actor, dataset) -> None:
    wire = data_of(editor, dataset.id, BAR).wire()
    assert list(wire) == [
        "columns", "columnTypes", "rowCount", "truncated", "cached", "elapsedMs", "dataAsOf", "rows",
    ]  # fmt: skip
    assert wire["columnTypes"] == {"region": "string", "amount": "number"}
    assert wire["rowCount"] == len(wire["rows"]) == 3
    assert wire["truncated"] is False
    assert set(wire["rows"][0]) == {"region", "amount"}
    assert str(wire["dataAsOf"]).endswith("+00:00")
    json.dumps(wire, allow_nan=False)


def test_every_format_has_the_same_rows(editor: Actor, dataset) -> None:
    data = data_of(editor, dataset.id, BAR)
    whole = json.loads(b"".join(data.pieces(Format.json)))
    assert whole == data.wire()
    for kind, read in (
        (Format.csv, pl.read_csv),
        (Format.arrow, pl.read_ipc_stream),
        (Format.parquet, pl.read_parquet),
    ):
        assert read(b"".join(data.pieces(kind))).to_dicts() == whole["rows"]


def test_no_rows_are_told_in_words(editor: Actor, dataset) -> None:
    nowhere = Filter(column="region", operator="eq", value="Nowhere")
    wire = data_of(editor, dataset.id, BAR, filters=[nowhere]).wire()
    assert (wire["rows"], wire["rowCount"]) == ([], 0)
    assert wire["message"]
    assert wire["columns"] == ["region", "amount"]


def test_the_cap_on_rows_holds_and_is_told(editor: Actor, dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    capped = runtime().config.model_copy(update={"max_query_results": 10})
    shared = runtime()
    monkeypatch.setattr(type(shared), "config", capped, raising=False)
    data = data_of(editor, dataset.id, {"chartType": "table", "dataMapping": {"columns": ["day", "units"]}})
    assert (data.frame.height, data.head()["truncated"]) == (10, True)


def test_a_filter_on_a_column_that_is_not_there_is_named(editor: Actor, dataset) -> None:
    for column, error in (("colour", ColumnMissing), ("day", InvalidQuery)):
        wrong = Filter(column=column, operator="contains", value="x")
        with pytest.raises(error, match=column) as caught:
            data_of(editor, dataset.id, BAR, filters=[wrong])
        assert caught.value.status == 422


def test_the_tag_stays_with_the_rows_and_changes_with_format_names_and_data(editor: Actor, tmp_path: Path) -> None:
    first = make_dataset(editor, tmp_path, text="a,b,c\n1,2,x\n3,4,y\n")
    other = make_dataset(editor, tmp_path, text="a,b,c\n1,2,x\n3,5,y\n")

    def scatter(series: str | None) -> dict[str, object]:
        return {"chartType": "scatter", "dataMapping": {"xAxis": "a", "yAxis": "b", "series": series}}

    again = [data_of(editor, first.id, scatter(None)).tag(Format.csv) for _ in range(2)]
    assert again[0] == again[1]
    others = [
        data_of(editor, first.id, scatter(None)).tag(Format.json),
        data_of(editor, first.id, scatter("a")).tag(Format.csv),
        data_of(editor, other.id, scatter(None)).tag(Format.csv),
    ]
    assert len({again[0], *others}) == 4
