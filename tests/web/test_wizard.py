"""New chart: what each control does to the draft, what is drawn from it, and how it is saved."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from components.ids import Wizard
from pages import wizard, wizard_suggest
from pages.wizard_draft import Draft
from pages.wizard_edits import DEEDS, Edit, apply
from pages.wizard_preview import preview
from tests.conftest import Caller
from tests.factories import People, actor, make_chart, make_dataset
from tests.web.dash_calls import assert_refused_quietly, call
from vizapp.access import Actor
from vizapp.errors import InvalidInput, NotFound, PermissionDenied
from vizapp.schemas.base import ColumnType
from vizapp.schemas.records import DatasetRecord
from vizapp.services import charts, materials
from vizapp.services.origins import Origin

HTML = {"Accept": "text/html"}


@pytest.fixture
def who(context: Flask, people: People) -> Actor:
    return actor(people.editor, "editor")


@pytest.fixture
def sales(who: Actor, tmp_path: Path) -> DatasetRecord:
    return make_dataset(who, tmp_path)


@pytest.fixture
def draft(sales: DatasetRecord) -> Draft:
    return Draft.of_config(wizard_suggest.first(sales), key="k", dataset_id=sales.id)


def do(draft: Draft, data: DatasetRecord, *deeds: tuple[str, str, Any]) -> Draft:
    """The draft after these deeds."""
    edits = [Edit(n=draft.applied + i, do=name, at=at, value=value) for i, (name, at, value) in enumerate(deeds, 1)]
    return apply(draft, edits, data)


def shown(part: Any) -> str:
    return str(part)


def test_the_first_chart_is_the_best_recommendation(draft: Draft) -> None:
    mapping = draft.config.data_mapping
    assert (draft.config.chart_type, mapping.x_axis, mapping.y_axis) == ("line", "day", "amount")


def test_a_column_goes_where_it_is_put_and_leaves_when_removed(draft: Draft, sales: DatasetRecord) -> None:
    with_series = do(draft, sales, ("slot", "series", "region"))
    assert with_series.config.data_mapping.series == "region"
    assert do(with_series, sales, ("slot", "series", "")).config.data_mapping.series is None


def test_a_pressed_column_takes_the_next_free_place_and_a_second_press_takes_it_out(
    draft: Draft, sales: DatasetRecord
) -> None:
    once = do(draft, sales, ("column", "", "region"))
    assert once.config.data_mapping.series == "region"
    assert do(once, sales, ("column", "", "region")).config.data_mapping.series is None


def test_without_a_measure_rows_are_counted(draft: Draft, sales: DatasetRecord) -> None:
    counted = do(draft, sales, ("slot", "yAxis", ""))
    assert counted.config.data_mapping.y_axis is None
    assert counted.config.aggregation is not None
    assert counted.config.aggregation.function == "count"
    back = do(counted, sales, ("slot", "yAxis", "units"))
    assert back.config.aggregation is not None
    assert back.config.aggregation.function == "sum"


def test_an_edit_that_is_in_the_draft_already_is_not_done_twice(draft: Draft, sales: DatasetRecord) -> None:
    edits = [Edit(n=5, do="filter-add", value="region"), Edit(n=6, do="filter-toggle", at="0", value="North")]
    once = apply(draft, edits[:1], sales)
    twice = apply(once, edits, sales)
    assert [item.column for item in twice.filters] == ["region"]
    assert twice.filters[0].value == ["North"]
    assert twice.applied == 6


def test_looking_around_is_no_change(draft: Draft, sales: DatasetRecord) -> None:
    assert do(draft, sales, ("step", "4", None), ("view", "data", None)).changes == 0
    assert do(draft, sales, ("sort", "", "y:desc")).changes == 1


@pytest.mark.parametrize(
    ("key", "type_", "mapping"),
    [
        ("bar/stacked", "bar", {"x_axis": "day", "y_axis": "amount", "series": "region"}),
        ("pie/pie", "pie", {"x_axis": "region", "y_axis": "amount", "series": None}),
        ("scatter/scatter", "scatter", {"x_axis": "day", "y_axis": "amount", "series": "region"}),
        ("kpi", "kpi", {"x_axis": "day", "y_axis": "amount", "series": None}),
        ("table", "table", {"columns": ["day", "region"]}),
    ],
)
def test_another_type_keeps_the_columns_it_can_show(
    draft: Draft, sales: DatasetRecord, key: str, type_: str, mapping: dict[str, object]
) -> None:
    found = do(draft, sales, ("slot", "series", "region"), ("type", key, None))
    assert found.config.chart_type == type_
    assert {name: getattr(found.config.data_mapping, name) for name in mapping} == mapping
    assert charts.problems(actor(1), found.finished(), sales.id) == {}


def test_a_table_turns_back_into_a_chart(draft: Draft, sales: DatasetRecord) -> None:
    found = do(draft, sales, ("type", "table", None), ("measure", "", "#"), ("type", "line/line", None))
    assert (found.config.data_mapping.x_axis, found.config.data_mapping.y_axis) == ("day", "amount")


def test_a_filter_without_its_value_is_told_at_the_filter_and_left_out_meanwhile(
    who: Actor, draft: Draft, sales: DatasetRecord
) -> None:
    found = do(draft, sales, ("filter-add", "", "amount"), ("filter-add", "", "region"), ("filter-toggle", "1", "East"))
    assert wizard.wrong_in(who, found) == {"dataMapping.filters.0.value": "Choose a value"}
    assert [item.column for item in found.finished().data_mapping.filters] == ["region"]


def test_a_wrong_value_is_told_at_its_own_filter_even_behind_an_unfinished_one(
    who: Actor, draft: Draft, sales: DatasetRecord
) -> None:
    found = do(draft, sales, ("filter-add", "", "region"), ("filter-add", "", "day"), ("filter-value", "1", "soon"))
    wrong = wizard.wrong_in(who, found)
    assert "date such as" in wrong["dataMapping.filters.1.value"]
    assert "date such as" in shown(wizard.controls(who, found, sales)[4])


def test_ranges_take_two_values(draft: Draft, sales: DatasetRecord) -> None:
    found = do(draft, sales, ("filter-add", "", "units"), ("filter-operator", "0", "between"))
    assert found.unfinished() == {"dataMapping.filters.0.value": "Fill in both ends"}
    found = do(found, sales, ("filter-end", "0.0", 1), ("filter-end", "0.1", 3))
    assert found.filters[0].value == [1, 3]


@pytest.mark.parametrize(
    ("deed", "at", "value"),
    [
        ("limit", "", 0),
        ("limit", "", "many"),
        ("slot", "xAxis", "no such column"),
        ("type", "pie/none", None),
        ("option", "nothing", "x"),
        ("style", "palette", "rainbow"),
        ("filter-operator", "0", "like"),
        ("filter-add", "", "nothing"),
        ("suggestion", "99", None),
        ("remove", "columns", 7),
        ("grain", "", "decade"),
        ("view", "source", None),
    ],
)
def test_an_edit_that_does_not_fit_changes_nothing_and_says_why(
    draft: Draft, sales: DatasetRecord, deed: str, at: str, value: object
) -> None:
    found = do(draft, sales, (deed, at, value))
    assert found.config == draft.config
    assert found.filters == draft.filters
    assert len(found.wrong) == 1
    assert all(found.wrong.values())


def test_unknown_deeds_are_ignored(draft: Draft, sales: DatasetRecord) -> None:
    assert do(draft, sales, ("__import__", "os", None)) == draft.model_copy(update={"applied": 1})


@pytest.mark.parametrize("deed", sorted(DEEDS))
@pytest.mark.parametrize("value", [None, "", "x", "\x1f", 10**9, -1.5, True, [], ["a", 1]])
def test_no_value_breaks_a_deed(draft: Draft, sales: DatasetRecord, deed: str, value: Any) -> None:
    start = do(draft, sales, ("filter-add", "", "region"), ("type", "table", None))
    for at in ("", "0", "0.1", "xAxis", "measures"):
        found = do(start, sales, (deed, at, value))
        assert Draft.parse(found.wire()) == found


def test_the_preview_names_the_filter_that_emptied_it(who: Actor, draft: Draft, sales: DatasetRecord) -> None:
    empty = do(draft, sales, ("filter-add", "", "amount"), ("filter-value", "0", 1_000_000))
    text = shown(preview(who, empty, sales))
    assert "No rows are left" in text
    assert "Clear “amount”" in text


def test_the_preview_says_what_is_missing(who: Actor, draft: Draft, sales: DatasetRecord) -> None:
    text = shown(preview(who, do(draft, sales, ("slot", "xAxis", "")), sales))
    assert "needs an X axis" in text


def test_the_data_behind_the_preview_is_a_table(who: Actor, draft: Draft, sales: DatasetRecord) -> None:
    text = shown(preview(who, do(draft, sales, ("view", "data", None)), sales))
    assert "Table(" in text
    assert "day, by month" in text


def test_the_page_is_drawn_with_its_first_chart(client: Caller, sales: DatasetRecord) -> None:
    text = client.get(f"/charts/new?dataset={sales.id}", headers=HTML).get_data(as_text=True)
    assert "Recommended" in text
    assert "points" in text


def test_without_data_the_page_asks_for_a_file_or_offers_those_that_are_here(
    client: Caller, sales: DatasetRecord
) -> None:
    text = client.get("/charts/new", headers=HTML).get_data(as_text=True)
    assert "Drop a file, get a chart" in text
    assert f"?dataset={sales.id}" in text


def test_a_viewer_makes_no_charts_and_an_editor_only_edits_their_own(
    who: Actor, people: People, sales: DatasetRecord
) -> None:
    chart = make_chart(who, sales.id)
    with pytest.raises(PermissionDenied):
        wizard.edit(actor(people.other_editor, "editor"), chart_id=chart.id)
    with pytest.raises(NotFound):
        wizard.new(who, query={"dataset": "999999"})


@pytest.mark.parametrize("asked", ["99999999999999999999", "9" * 5000, "0", "-1", "1.5", "x", "٣", str(2**31)])
def test_data_that_cannot_be_is_not_found(client: Caller, who: Actor, sales: DatasetRecord, asked: str) -> None:
    chart = make_chart(who, sales.id)
    for path in ("/charts/new", f"/charts/{chart.id}/edit"):
        answer = client.get(f"{path}?dataset={asked}", headers={"Accept": "text/html"})
        assert answer.status_code in (200, 404)
        assert "There is no such page" in answer.get_data(as_text=True)


def _draft_call(client: Caller, draft: Draft, edits: object) -> Any:
    values = {f"{Wizard.edits}.data": edits, f"{Wizard.draft}.data": draft.wire()}
    return call(client, f"{Wizard.draft}.data", values, changed=f"{Wizard.edits}.data")


def test_an_edit_comes_back_as_the_next_draft(client: Caller, draft: Draft) -> None:
    answer = _draft_call(client, draft, {"edits": [{"n": 7, "do": "slot", "at": "series", "value": "region"}]})
    ((_, found),) = answer.json["response"].items()
    assert found["data"]["config"]["dataMapping"]["series"] == "region"


@pytest.mark.parametrize("edits", ["x", {"edits": "x"}, {"edits": [{"n": 1}]}, {"edits": [], "more": 1}, [1]])
def test_edits_of_another_shape_change_nothing(
    client: Caller, draft: Draft, edits: object, caplog: pytest.LogCaptureFixture
) -> None:
    answer = _draft_call(client, draft, edits)
    assert_refused_quietly(answer, caplog)
    assert "config" not in answer.get_data(as_text=True)


def _save(
    client: Caller, draft: Draft, name: str, changed: str = f"{Wizard.confirm}.n_clicks", current: object = None
) -> Any:
    values = {
        changed: 1,
        f"{Wizard.name}.value": name,
        f"{Wizard.description}.value": "",
        f"{Wizard.draft}.data": draft.wire(),
        f"{Wizard.current}.data": current,
    }
    return call(client, Wizard.stale, values, changed=changed).json["response"]


def test_a_chart_is_saved_under_its_name(client: Caller, who: Actor, draft: Draft) -> None:
    _save(client, draft, "Amounts")
    (saved,) = charts.list_charts(who).items
    assert (saved.name, saved.chart_type) == ("Amounts", "line")


def test_a_chart_without_a_name_is_told_so_at_the_field(client: Caller, who: Actor, draft: Draft) -> None:
    assert "Chart name is required" in str(_save(client, draft, "  "))
    assert charts.list_charts(who).total == 0


def test_an_unfinished_filter_is_not_saved_away(client: Caller, draft: Draft, sales: DatasetRecord) -> None:
    found = do(draft, sales, ("filter-add", "", "amount"))
    assert "Filter on “amount”: Choose a value" in str(_save(client, found, "Amounts"))


def test_a_stale_save_asks_and_every_way_out_keeps_the_work(
    client: Caller, who: Actor, people: People, sales: DatasetRecord
) -> None:
    chart = make_chart(who, sales.id)
    draft = do(Draft.of_chart(chart, "k"), sales, ("sort", "", "x:asc"))
    other = do(Draft.of_chart(chart, "k"), sales, ("title", "", "Theirs"))
    _save(client, other, "Theirs")
    told = _save(client, draft, "Mine")
    assert told[Wizard.stale] == {"is_open": True}
    assert charts.get_chart(who, chart.id).name == "Theirs"
    _save(client, draft, "My copy", f"{Wizard.copy}.n_clicks")
    assert {c.name for c in charts.list_charts(who).items} == {"Theirs", "My copy"}
    overwrite, current = f"{Wizard.overwrite}.n_clicks", told[Wizard.current]["data"]
    third = Draft.of_chart(charts.get_chart(who, chart.id), "k")
    _save(client, third, "A third one's")
    again = _save(client, draft, "Mine", overwrite, current)
    assert again[Wizard.stale] == {"is_open": True}
    assert charts.get_chart(who, chart.id).name == "A third one's"
    _save(client, draft, "Mine", overwrite, again[Wizard.current]["data"])
    assert charts.get_chart(who, chart.id).name == "Mine"


def test_a_forged_draft_reaches_nobody_elses_chart(
    client_for: Any, people: People, who: Actor, sales: DatasetRecord
) -> None:
    chart = make_chart(who, sales.id)
    _save(client_for(people.other_editor), Draft.of_chart(chart, "k"), "Taken")
    _save(client_for(people.viewer), Draft.of_chart(chart, "k"), "Taken")
    assert charts.get_chart(who, chart.id).name == chart.name


def test_a_draft_is_closed() -> None:
    with pytest.raises(InvalidInput):
        Draft.parse({"key": "k", "config": {"chartType": "bar"}, "owner": 1})


def test_a_filter_offers_the_values_of_its_column(who: Actor, sales: DatasetRecord) -> None:
    assert set(materials.values(who, Origin(dataset_id=sales.id), "region")) == {"North", "South", "East"}
    assert len(materials.values(who, Origin(dataset_id=sales.id), "amount", limit=50)) <= 50


def test_another_measure_is_put_together_as_suits_it_unless_a_person_said_how() -> None:
    from pages.wizard_edits import _refit

    class Columns:
        def kind(self, _name: str) -> ColumnType:
            return ColumnType.number

    def after(function: str, before: str, name: str) -> str:
        config = {"chartType": "bar", "aggregation": {"function": function}}
        _refit(config, name, Columns(), before=before)
        return config["aggregation"]["function"]

    assert after("avg", "rating", "revenue") == "sum"
    assert after("sum", "revenue", "rating") == "avg"
    assert after("max", "revenue", "rating") == "max"
