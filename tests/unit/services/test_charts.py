"""Charts are saved only when they can be drawn, and drawn the same for everybody."""

import polars as pl
import pytest

from tests.factories import BAR, make_chart, make_dashboard
from vizapp.access import ANONYMOUS, Actor
from vizapp.errors import (
    ColumnMissing,
    InsufficientRole,
    InvalidChartConfig,
    InvalidInput,
    MissingField,
    NotFound,
    PermissionDenied,
    StaleVersion,
    Unauthenticated,
)
from vizapp.schemas.chart import ChartConfig, Filter
from vizapp.schemas.content import ChartInput
from vizapp.services import charts, datasets, rows


def _input(dataset_id: int | None, name: str = "Renamed", config: object = BAR) -> ChartInput:
    return ChartInput(name=name, config=ChartConfig.parse(config), dataset_id=dataset_id)


def test_the_numbers_are_polars_own(editor: Actor, dataset) -> None:
    chart = make_chart(editor, dataset.id)
    result = charts.execute(editor, chart.id)
    wanted = rows.source(dataset.id).scan().group_by("region").agg(pl.col("amount").sum()).collect()
    found = {row["x"]: row["y"] for row in result.answer.frame.to_dicts()}
    assert found == pytest.approx(dict(wanted.iter_rows()))
    assert result.picture.figure is not None
    assert result.title == chart.name


def test_the_same_question_is_answered_from_memory_until_a_refresh(editor: Actor, dataset) -> None:
    chart = make_chart(editor, dataset.id)
    assert not charts.execute(editor, chart.id).answer.cached
    assert charts.execute(editor, chart.id).answer.cached
    assert not charts.execute(editor, chart.id, refresh=True).answer.cached


def test_filters_given_with_the_call_narrow_the_answer(editor: Actor, dataset) -> None:
    chart = make_chart(editor, dataset.id)
    only = [Filter.parse({"column": "region", "operator": "eq", "value": "North"})]
    assert charts.execute(editor, chart.id, filters=only).answer.frame["x"].to_list() == ["North"]


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"chartType": "nope", "dataMapping": {"xAxis": "region"}}, "chartType"),
        ({"chartType": "bar", "dataMapping": {"yAxis": "amount"}}, "dataMapping.xAxis"),
        ({"chartType": "bar", "dataMapping": {"xAxis": "gone", "yAxis": "amount"}}, "dataMapping.xAxis"),
        (
            {
                "chartType": "pie",
                "dataMapping": {"xAxis": "region", "yAxis": "amount"},
                "aggregation": {"function": "avg"},
            },
            "aggregation.function",
        ),
        (
            {"chartType": "bar", "dataMapping": {"xAxis": "region", "yAxis": "amount"}, "options": {"nope": 1}},
            "options.nope",
        ),
    ],
)
def test_a_config_that_cannot_be_drawn_is_refused_by_field_before_anything_is_saved(
    editor, dataset, config, field
) -> None:
    with pytest.raises(InvalidChartConfig) as caught:
        charts.create_chart(editor, _input(dataset.id, config=config))
    assert field in caught.value.fields
    assert charts.list_charts(editor).total == 0


def test_data_that_does_not_exist_is_named(editor: Actor) -> None:
    with pytest.raises(InvalidInput) as caught:
        charts.create_chart(editor, _input(999))
    assert set(caught.value.fields) == {"dataset_id"}
    with pytest.raises(InvalidInput):
        charts.create_chart(editor, ChartInput(name="c", config=ChartConfig.parse(BAR), data_source_id=1))


def test_a_chart_without_data_can_be_kept_and_says_what_it_needs(editor: Actor) -> None:
    chart = charts.create_chart(editor, _input(None))
    with pytest.raises(MissingField, match="no data yet"):
        charts.execute(editor, chart.id)


def test_who_may_change_and_delete(admin, editor, other, viewer, dataset) -> None:
    chart = make_chart(editor, dataset.id)
    for stranger, error in ((other, PermissionDenied), (viewer, InsufficientRole), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(error):
            charts.update_chart(stranger, chart.id, _input(dataset.id))
        with pytest.raises(error):
            charts.delete_chart(stranger, chart.id)
    with pytest.raises(InsufficientRole):
        make_chart(viewer, dataset.id)
    assert charts.get_chart(viewer, chart.id).name == chart.name
    assert charts.update_chart(admin, chart.id, _input(dataset.id)).name == "Renamed"
    charts.delete_chart(editor, chart.id)
    with pytest.raises(NotFound):
        charts.get_chart(editor, chart.id)


def test_the_later_of_two_saves_is_told(editor, admin, dataset) -> None:
    chart = make_chart(editor, dataset.id)
    first = charts.update_chart(editor, chart.id, _input(dataset.id, "First"), version=chart.version)
    assert first.version == chart.version + 1
    with pytest.raises(StaleVersion) as caught:
        charts.update_chart(admin, chart.id, _input(dataset.id, "Second"), version=chart.version)
    assert caught.value.details["current_version"] == first.version
    assert charts.get_chart(editor, chart.id).name == "First"


def test_deleting_a_chart_takes_it_off_its_dashboards_and_they_are_named_before(editor, dataset) -> None:
    chart = make_chart(editor, dataset.id)
    make_dashboard(editor, [chart.id], name="Weekly")
    assert charts.dependents(editor, chart.id) == ["Weekly"]
    charts.delete_chart(editor, chart.id)


def test_a_preview_is_drawn_and_not_stored(editor: Actor, viewer: Actor, dataset) -> None:
    result = charts.preview(editor, ChartConfig.parse(BAR), dataset.id, "Try")
    assert result.picture.figure is not None
    assert charts.list_charts(viewer).total == 0
    with pytest.raises(InvalidChartConfig):
        charts.preview(editor, ChartConfig.parse({"chartType": "bar"}), dataset.id)
    with pytest.raises(Unauthenticated):
        charts.preview(ANONYMOUS, ChartConfig.parse(BAR), dataset.id)


def test_a_column_that_a_new_type_took_away_is_a_named_state(editor: Actor, dataset) -> None:
    chart = make_chart(editor, dataset.id)
    datasets.change_types(editor, dataset.id, {"amount": "string"})
    with pytest.raises((ColumnMissing, InvalidChartConfig)):
        charts.execute(editor, chart.id)


def test_lists_are_searched_and_paged(editor, other, dataset) -> None:
    for number in range(5):
        make_chart(editor if number % 2 else other, dataset.id, name=f"Chart {number} 100%")
    assert charts.list_charts(editor, search="100%").total == 5
    assert charts.list_charts(editor, search="chart 3").items[0].name == "Chart 3 100%"
    assert charts.list_charts(editor, search="_").total == 0
    assert charts.list_charts(editor, mine=True).total == 2
    page = charts.list_charts(editor, offset=2, limit=2)
    assert [c.name for c in page.items] == ["Chart 2 100%", "Chart 1 100%"]
    assert page.total == 5
