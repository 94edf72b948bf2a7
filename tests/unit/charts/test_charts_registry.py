"""The registry knows its types, refuses configs by naming every wrong field, and survives bad plug-ins."""

import logging
from importlib.metadata import EntryPoint

import polars as pl
import pytest
from charts_samples import config

from vizapp.charts import entries
from vizapp.charts.entries import load_plugin
from vizapp.charts.options import NoOptions, fields_of
from vizapp.charts.registry import ANY, Slot, all_types, chart, check, describe, draw, get, thumb_of
from vizapp.charts.thumb import thumbnail
from vizapp.errors import InvalidChartConfig
from vizapp.schemas.base import ColumnType, Strict
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.query import Facts, Shape
from vizapp.schemas.view import Picture

COLUMNS = {
    "city": ColumnType.string, "revenue": ColumnType.number, "day": ColumnType.date, "late": ColumnType.boolean,
    "units": ColumnType.number,
}  # fmt: skip


def fields(made: ChartConfig, columns=COLUMNS) -> dict[str, str]:
    with pytest.raises(InvalidChartConfig) as caught:
        check(made, columns)
    return caught.value.fields


def test_the_types_of_the_contract_are_there() -> None:
    assert {"bar", "line", "pie", "scatter", "area", "kpi", "table"} <= {entry.key for entry in all_types()}


def test_every_type_needs_only_the_small_bundle_and_has_an_icon_and_a_picture() -> None:
    for entry in all_types():
        assert entry.bundle == "basic"
        assert entry.icon
        assert thumbnail(entry.key).startswith("<svg")


def test_an_unknown_type_names_the_known_ones() -> None:
    with pytest.raises(InvalidChartConfig) as caught:
        get("sunburst")
    assert "known: bar, line" in caught.value.fields["chartType"]


def test_a_good_config_passes_with_and_without_columns() -> None:
    check(config("bar"), None)
    check(config("bar"), COLUMNS)


def test_every_wrong_field_is_named_at_once() -> None:
    made = ChartConfig.parse(
        {
            "chartType": "bar",
            "dataMapping": {"yAxis": "gone", "series": "ghost", "filters": [{"column": "nope", "operator": "is_null"}]},
            "options": {"stack": "sideways", "glow": True},
        }
    )
    found = fields(made)
    assert found["dataMapping.xAxis"] == "Bar needs an X axis"
    assert found["dataMapping.yAxis"] == "“gone” is not a column of this data"
    assert {"dataMapping.series", "dataMapping.filters.0.column", "options.stack", "options.glow"} <= found.keys()


def test_sums_need_numbers_and_counts_do_not() -> None:
    assert "sum needs numbers" in fields(config("bar", y="city", aggregation={"function": "sum"}))["dataMapping.yAxis"]
    check(config("bar", y="city", aggregation={"function": "count_distinct"}), COLUMNS)
    check(config("bar", y="city"), COLUMNS)  # without a function, text is counted
    check(config("bar", y=None), COLUMNS)  # rows are counted


def test_grouping_can_fill_the_axis() -> None:
    check(config("bar", x=None, aggregation={"function": "sum", "groupBy": ["city"]}), COLUMNS)
    assert "aggregation.groupBy.0" in fields(config("bar", x=None, aggregation={"groupBy": ["ghost"]}))


def test_a_column_of_the_wrong_type_is_refused_for_its_slot() -> None:
    assert "takes date or datetime" in fields(config("kpi", x="city"))["dataMapping.xAxis"]
    assert "dataMapping.yAxis" in fields(config("scatter", x="units", y="late"))
    assert "dataMapping.yAxis" in fields(config("scatter", x="units", y=None))


def test_a_pie_refuses_what_does_not_add_up() -> None:
    assert "adds up" in fields(config("pie", aggregation={"function": "avg"}))["aggregation.function"]


def test_measures_of_a_table_are_judged_one_by_one() -> None:
    made = ChartConfig.parse(
        {
            "chartType": "table",
            "dataMapping": {"columns": ["city", "x"], "measures": [{"column": "city"}, {"column": "y"}]},
        }
    )
    found = fields(made)
    assert found.keys() == {"dataMapping.columns.1", "dataMapping.measures.0.column", "dataMapping.measures.1.column"}
    check(ChartConfig(chart_type="table"), COLUMNS)


def test_lists_call_a_chart_by_its_variant() -> None:
    assert describe(config("bar")) == "Bar"
    assert describe(config("bar", options={"orientation": "horizontal"})) == "Ranked bar"
    assert describe(config("bar", options={"stack": "percent"})) == "Share bar"
    assert describe(config("kpi", x=None)) == "Number"
    assert thumb_of(config("bar", options={"stack": "stacked"})) == "stack"
    assert thumb_of(config("kpi", x=None)) == "kpi"


def test_options_become_form_fields() -> None:
    found = {field.name: field for field in get("kpi").option_fields()}
    assert found["goodDirection"].kind == "choice"
    assert ("up", "Up") in found["goodDirection"].choices
    assert found["skipLast"].kind == "switch"
    assert found["unit"].kind == "text"
    assert all(field.title and field.description for entry in all_types() for field in entry.option_fields())


def test_an_optional_number_is_a_number_field() -> None:
    class Options(Strict):
        bins: int | None = None

    (field,) = fields_of(Options)
    assert (field.name, field.title, field.kind, field.default) == ("bins", "Bins", "number", None)
    assert fields_of(NoOptions) == ()


def test_a_type_has_named_slots() -> None:
    assert get("bar").slot("xAxis").required
    assert get("bar").slot("zAxis") is None


def build(made: ChartConfig, frame: pl.DataFrame, facts: Facts, theme: object) -> Picture:
    return Picture(summary="mine", kpi=None, figure={"data": [], "layout": {}})


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    all_types()
    monkeypatch.setattr(entries, "_types", dict(entries._types))


@pytest.mark.usefixtures("registered")
def test_a_third_party_type_is_drawn_like_ours() -> None:
    chart("waterfall", label="Waterfall", icon="x", shape=Shape.series, slots=(Slot("xAxis", "X", ANY),))(build)
    assert draw(config("waterfall"), pl.DataFrame({"x": ["a"], "y": [1]}), Facts()).summary == "mine"


@pytest.mark.usefixtures("registered")
def test_a_key_cannot_be_taken_twice() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        chart("bar", label="Bar", icon="x", shape=Shape.series, slots=())(build)


@pytest.mark.usefixtures("registered")
def test_a_bad_plug_in_is_logged_and_leaves_nothing(tmp_path, monkeypatch, caplog) -> None:
    (tmp_path / "bad_chart.py").write_text(
        "from vizapp.charts.registry import chart\nfrom vizapp.schemas.query import Shape\n"
        "chart('half', label='Half', icon='x', shape=Shape.series, slots=())(print)\n1 / 0\n"
    )
    (tmp_path / "good_chart.py").write_text(
        "from vizapp.charts.registry import chart\nfrom vizapp.schemas.query import Shape\n"
        "chart('whole', label='Whole', icon='x', shape=Shape.series, slots=())(print)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with caplog.at_level(logging.ERROR):
        assert not load_plugin(EntryPoint("bad", "bad_chart", entries.GROUP))
        assert not load_plugin(EntryPoint("absent", "no_such_module", entries.GROUP))
    assert [record.args for record in caplog.records] == [("bad",), ("absent",)]
    assert "half" not in {entry.key for entry in all_types()}
    assert load_plugin(EntryPoint("good", "good_chart", entries.GROUP))
    assert get("whole").label == "Whole"


def test_installed_plug_ins_are_found_by_their_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        entries, "entry_points", lambda group: asked.append(group) or [EntryPoint("x", "absent_x", group)]
    )
    entries._load.__wrapped__()
    assert asked == ["vizapp.chart_types"]
