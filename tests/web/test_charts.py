"""The list of charts, one chart, and what can be done with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from components.ids import Charts
from pages import chart as chart_page
from pages import charts as charts_page
from tests.conftest import Caller
from tests.factories import BAR, People, actor, make_chart, make_dashboard, make_dataset
from tests.web.dash_calls import assert_refused_quietly, call
from vizapp.access import Actor
from vizapp.errors import Conflict, NotFound, PermissionDenied
from vizapp.schemas.content import DashboardInput
from vizapp.schemas.dashboard import DashboardLayout
from vizapp.schemas.records import ChartRecord
from vizapp.services import answers, charts, dashboards, placing

HTML = {"Accept": "text/html"}


@pytest.fixture
def who(context: Flask, people: People) -> Actor:
    return actor(people.editor, "editor")


@pytest.fixture
def chart(who: Actor, tmp_path: Path) -> ChartRecord:
    return make_chart(who, make_dataset(who, tmp_path).id)


def places(dashboard_id: int) -> list[tuple[int, int, int, int]]:
    layout = DashboardLayout.parse(dashboards.get_dashboard(actor(1), dashboard_id).layout)
    return [(p.x, p.y, p.w, p.h) for p in (item.position for item in layout.items)]


def test_the_list_names_type_data_and_use(client: Caller, who: Actor, chart: ChartRecord) -> None:
    make_dashboard(who, [chart.id])
    text = client.get("/charts", headers=HTML).get_data(as_text=True)
    for words in ("Amount by region", "sales.csv", "1 dashboard", "1 to 1 of 1"):
        assert words in text


def test_a_list_without_charts_invites_to_make_one(client: Caller) -> None:
    assert "There are no charts yet" in client.get("/charts", headers=HTML).get_data(as_text=True)


def test_search_and_paging_go_through_all_charts(client: Caller, who: Actor, chart: ChartRecord) -> None:
    for number in range(charts_page.PAGE_SIZE + 3):
        make_chart(who, chart.dataset_id, name=f"Copy {number:02d}")

    def turn(changed: str, **values: Any) -> dict[str, Any]:
        sent = {f"{Charts.offset}.data": 0, changed: 1, **values}
        return call(client, f"{Charts.list}.children", sent, changed=changed).json["response"]

    second = turn(f"{Charts.next}.n_clicks")
    assert second[Charts.offset]["data"] == charts_page.PAGE_SIZE
    assert "Copy 00" in str(second)
    named = turn(f"{Charts.search}.value", **{f"{Charts.search}.value": "copy 07"})
    assert "Copy 07" in str(named)
    assert "Copy 08" not in str(named)
    assert "No chart fits" in str(turn(f"{Charts.search}.value", **{f"{Charts.search}.value": "%"}))


def test_a_chart_shows_its_picture_and_its_facts(client: Caller, who: Actor, chart: ChartRecord) -> None:
    make_dashboard(who, [chart.id], name="Quarter")
    text = client.get(f"/charts/{chart.id}", headers=HTML).get_data(as_text=True)
    for words in ("sum of amount", "sales.csv", "Quarter", "3 shown, from 240", "Add to dashboard", "Delete chart"):
        assert words in text


def test_a_viewer_is_offered_nothing_to_change(
    client_for: Callable[[int], Caller], people: People, chart: ChartRecord
) -> None:
    text = client_for(people.viewer).get(f"/charts/{chart.id}", headers=HTML).get_data(as_text=True)
    assert "Amount by region" in text
    assert "Download Excel" in text
    assert "Download CSV" in text
    for words in ("Delete chart", "Add to dashboard", "/edit"):
        assert words not in text


def test_a_chart_whose_data_lost_a_column_says_which(who: Actor, tmp_path: Path) -> None:
    other = make_dataset(who, tmp_path, text="region,units\nNorth,1\nSouth,2\n", name="other.csv")
    found = charts.get_chart(who, make_chart(who, None, config=BAR).id)
    assert "no data yet" in str(chart_page.body(found, chart_page.drawn(who, found), "chart"))
    assert other.row_count == 2


def test_the_data_of_a_chart_has_readable_names(who: Actor, chart: ChartRecord) -> None:
    table = answers.table_of(charts.execute(who, chart.id))
    assert [column.name for column in table.columns] == ["region", "Total amount"]
    assert {row[0] for row in table.rows} == {"North", "South", "East"}


def test_the_switch_shows_the_data(client: Caller, chart: ChartRecord) -> None:
    entries = [
        {"id": Charts.show(key), "property": "n_clicks", "value": 1 if key == "data" else None}
        for key in ("chart", "data")
    ]
    pattern = '{"el":"show","page":"charts","value":["ALL"]}.n_clicks'
    changed = '{"el":"show","page":"charts","value":"data"}.n_clicks'
    values = {f"{Charts.chart}.data": chart.id}
    answer = call(client, f"{Charts.body}.children", values, changed=changed, patterns={pattern: entries})
    assert "Total amount" in answer.get_data(as_text=True)


def test_a_chart_is_added_below_what_is_there(who: Actor, chart: ChartRecord) -> None:
    more = [make_chart(who, chart.dataset_id, name=f"More {i}").id for i in range(3)]
    board = dashboards.create_dashboard(who, DashboardInput(name="Quarter"))
    for chart_id in (chart.id, *more):
        placing.append(who, board.id, chart_id)
    assert places(board.id) == [(0, 0, 6, 3), (6, 0, 6, 3), (0, 3, 6, 3), (6, 3, 6, 3)]
    with pytest.raises(Conflict):
        placing.append(who, board.id, chart.id)


def test_a_chart_is_added_only_to_dashboards_one_may_change(who: Actor, people: People, chart: ChartRecord) -> None:
    board = make_dashboard(actor(people.other_editor, "editor"), [])
    with pytest.raises(PermissionDenied):
        placing.append(who, board.id, chart.id)


def test_a_new_dashboard_begins_with_the_chart(who: Actor, chart: ChartRecord) -> None:
    board = placing.start(who, DashboardInput(name="Fresh"), chart.id)
    assert places(board.id) == [(0, 0, 6, 3)]


def test_deleting_takes_the_chart_away(client: Caller, who: Actor, chart: ChartRecord) -> None:
    changed = f"{Charts.confirmed}.n_clicks"
    call(client, "location", {changed: 1, f"{Charts.chart}.data": chart.id}, changed=changed)
    with pytest.raises(NotFound):
        charts.get_chart(who, chart.id)


@pytest.mark.parametrize("sent", [None, "1", True, -1, [1], 2**40])
def test_a_forged_id_deletes_nothing(
    client: Caller, who: Actor, chart: ChartRecord, sent: object, caplog: pytest.LogCaptureFixture
) -> None:
    changed = f"{Charts.confirmed}.n_clicks"
    answer = call(client, "location", {changed: 1, f"{Charts.chart}.data": sent}, changed=changed)
    assert_refused_quietly(answer, caplog)
    assert charts.get_chart(who, chart.id).name == chart.name
