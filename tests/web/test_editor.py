"""The dashboard editor's answers: the page it makes, what it draws, and how it saves."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from callbacks.editor import Outcome, copied, drawn, saved
from components.ids import Board, Editor
from pages import editor_draft
from pages.dashboard import opened
from pages.editor_panels import picked
from pages.editor_side import listed
from tests.conftest import Caller
from tests.factories import People, actor, make_chart, make_dashboard, make_dataset
from vizapp.access import Actor, Role
from vizapp.errors import InvalidInput, NotFound, PermissionDenied
from vizapp.schemas.content import DashboardInput, LinkInput
from vizapp.schemas.dashboard import DashboardLayout
from vizapp.services import boards, charts, dashboards, sharing

HTML = {"Accept": "text/html"}
KPI = {"chartType": "kpi", "dataMapping": {"yAxis": "amount"}, "aggregation": {"function": "sum"}}


@pytest.fixture
def editor(context: Flask, people: People) -> Actor:
    """Somebody who makes dashboards."""
    return actor(people.editor, Role.editor)


@pytest.fixture
def chart_ids(editor: Actor, tmp_path) -> list[int]:
    """A bar and a big number over one file."""
    dataset = make_dataset(editor, tmp_path).id
    bar = make_chart(editor, dataset)
    number = make_chart(editor, dataset, name="Amount in all", config=KPI)
    return [bar.id, number.id]


def _sent(name: str = "Sales", items: list[dict[str, Any]] | None = None, **where: Any) -> dict[str, Any]:
    layout = {"gridCols": 12, "rowHeight": 100, "items": items or [], "settings": {}}
    draft = {"name": name, "description": "", "layout": layout}
    return {"dashboard": None, "version": None, "draft": draft} | where


def _at(chart_id: int, x: int = 0, y: int = 0, w: int = 6, h: int = 3) -> dict[str, Any]:
    return {"chartId": chart_id, "position": {"x": x, "y": y, "w": w, "h": h}}


def _save(who: Actor, sent: Any, how: str = Editor.save, current: int | None = None) -> Outcome:
    return saved(who, sent, how=how, current=current)


def test_a_new_dashboard_has_a_name_to_fill_and_the_charts_to_choose_from(client: Caller, chart_ids: list[int]) -> None:
    page = client.get("/dashboards/new", headers=HTML).get_data(as_text=True)
    assert "Name this dashboard" in page
    assert "Amount by region" in page
    assert "Search 2 charts" in page


def test_the_editor_opens_with_what_is_stored(
    client: Caller, editor: Actor, people: People, chart_ids: list[int]
) -> None:
    record = make_dashboard(editor, chart_ids, name="Quarter", padding=16)
    page = client.get(f"/dashboards/{record.id}/edit", headers=HTML).get_data(as_text=True)
    assert '"value":"Quarter"' in page
    assert f'"version":{record.version}' in page
    assert '"padding":16' in page


@pytest.mark.parametrize(
    ("who", "allowed"), [("admin", True), ("editor", True), ("other_editor", False), ("viewer", False)]
)
def test_only_those_who_may_write_see_the_editor(
    who: str, allowed: bool, client_for: Callable[..., Caller], editor: Actor, people: People, chart_ids: list[int]
) -> None:
    record = make_dashboard(editor, chart_ids)
    page = client_for(getattr(people, who)).get(f"/dashboards/{record.id}/edit", headers=HTML).get_data(as_text=True)
    assert (Editor.save_words in page.partition('id="vz-dependencies"')[0]) is allowed
    assert ("You cannot open this page" in page) is not allowed


def test_a_viewer_gets_no_form_for_a_new_dashboard(client_for: Callable[..., Caller], people: People) -> None:
    page = client_for(people.viewer).get("/dashboards/new", headers=HTML).get_data(as_text=True)
    assert "You cannot open this page" in page


def test_a_dashboard_that_is_not_there_cannot_be_edited(client: Caller) -> None:
    assert "There is no such" in client.get("/dashboards/999/edit", headers=HTML).get_data(as_text=True)


def test_saving_a_new_dashboard_makes_it_and_tells_its_version(editor: Actor, chart_ids: list[int]) -> None:
    sent = _sent(items=[_at(chart_ids[0]), _at(chart_ids[1], x=6, w=3, h=1)])
    told = _save(editor, sent).data
    found = dashboards.get_dashboard(editor, told["dashboard"])
    assert (told["status"], told["version"], told["sent"]) == ("saved", found.version, sent["draft"])
    assert DashboardLayout.parse(found.layout).wire() == sent["draft"]["layout"]


def test_the_stored_layout_is_the_one_of_the_contract(editor: Actor, chart_ids: list[int]) -> None:
    settings = {"backgroundColor": "#f4f5f6", "padding": 32, "autoRefresh": 60}
    sent = _sent(items=[_at(chart_ids[0])])
    sent["draft"]["layout"]["settings"] = settings
    found = dashboards.get_dashboard(editor, _save(editor, sent).data["dashboard"])
    assert found.layout == {"gridCols": 12, "rowHeight": 100, "items": [_at(chart_ids[0])], "settings": settings}


@pytest.mark.parametrize(("name", "reason"), [("", "is required"), ("   ", "is required"), ("x" * 101, "at most 100")])
def test_a_name_that_is_refused_is_said_at_the_field(editor: Actor, name: str, reason: str) -> None:
    told = _save(editor, _sent(name))
    assert told.name_problem.startswith("Dashboard name")
    assert reason in told.name_problem
    assert told.data == {"status": "refused"}
    assert dashboards.list_dashboards(editor).total == 0


def test_a_stale_save_is_asked_about_and_changes_nothing(editor: Actor) -> None:
    record = make_dashboard(editor, [], name="Theirs")
    dashboards.update_dashboard(editor, record.id, DashboardInput(name="Theirs, later"))
    told = _save(editor, _sent("Mine", dashboard=record.id, version=record.version))
    assert "“Theirs, later” was saved" in told.conflict
    assert told.data == {"status": "stale", "current": dashboards.get_dashboard(editor, record.id).version}
    assert dashboards.get_dashboard(editor, record.id).name == "Theirs, later"


def test_overwriting_takes_the_version_that_was_told_and_no_later_one(editor: Actor) -> None:
    record = make_dashboard(editor, [], name="Theirs")
    later = dashboards.update_dashboard(editor, record.id, DashboardInput(name="Later"))
    mine = _sent("Mine", dashboard=record.id, version=record.version)
    assert _save(editor, mine, Editor.overwrite, later.version).data["status"] == "saved"
    assert dashboards.get_dashboard(editor, record.id).name == "Mine"
    assert _save(editor, mine, Editor.overwrite, later.version).data["status"] == "stale"
    assert _save(editor, mine, Editor.overwrite, None).data["status"] == "stale"


def test_a_copy_leaves_theirs_alone(editor: Actor, chart_ids: list[int]) -> None:
    record = make_dashboard(editor, [], name="Theirs")
    told = _save(editor, _sent("Mine", [_at(chart_ids[0])], dashboard=record.id, version=99), Editor.copy).data
    assert told["status"] == "copied"
    assert dashboards.get_dashboard(editor, told["dashboard"]).name == "Mine (copy)"
    assert dashboards.get_dashboard(editor, record.id).name == "Theirs"


def test_the_name_of_a_copy_stays_within_the_limit() -> None:
    assert copied(DashboardInput(name="x" * 100)).name == "x" * 93 + " (copy)"


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        "draft",
        {"dashboard": 1},
        _sent(dashboard=-1),
        _sent(version=0),
        _sent() | {"owner": 1},
        _sent(items=[_at(1, x=10)]),
        _sent(items=[_at(1), _at(1, y=3)]),
        _sent(items=[_at(1, w=0)]),
    ],
)
def test_what_a_browser_must_not_send_is_refused(editor: Actor, sent: Any) -> None:
    with pytest.raises(InvalidInput):
        _save(editor, sent)
    assert dashboards.list_dashboards(editor).total == 0


def test_a_chart_that_is_gone_is_named_when_saving(editor: Actor) -> None:
    with pytest.raises(InvalidInput, match="chart 4711 does not exist"):
        _save(editor, _sent(items=[_at(4711)]))


@pytest.mark.parametrize("who", ["other_editor", "viewer"])
def test_the_server_asks_again_who_saves(who: str, editor: Actor, people: People) -> None:
    record = make_dashboard(editor, [], name="Theirs")
    role = Role.viewer if who == "viewer" else Role.editor
    with pytest.raises(PermissionDenied):
        _save(actor(getattr(people, who), role), _sent("Mine", dashboard=record.id, version=record.version))
    assert dashboards.get_dashboard(editor, record.id).name == "Theirs"


def test_a_dashboard_deleted_meanwhile_is_said(editor: Actor) -> None:
    with pytest.raises(NotFound):
        _save(editor, _sent(dashboard=4711, version=1))


def test_a_chart_is_drawn_before_it_stands_on_a_dashboard(editor: Actor, chart_ids: list[int]) -> None:
    found = drawn(editor, chart_ids[0])
    assert found.error is None
    assert found.result is not None
    assert found.result.picture.figure is not None


def test_a_chart_that_cannot_be_drawn_says_why_in_its_tile(editor: Actor) -> None:
    found = drawn(editor, 4711)
    assert found.result is None
    assert "does not exist" in (found.error.message if found.error else "")


def test_a_layout_names_only_the_charts_that_still_exist(editor: Actor, chart_ids: list[int]) -> None:
    record = make_dashboard(editor, chart_ids)
    charts.delete_chart(editor, chart_ids[0])
    opened_ = editor_draft.of(boards.view(editor, record.id))
    assert [item["chartId"] for item in opened_.draft["layout"]["items"]] == [chart_ids[1]]


def test_every_tile_has_a_place_and_spare_ones_follow(editor: Actor, chart_ids: list[int]) -> None:
    facts = editor_draft.of(boards.view(editor, make_dashboard(editor, chart_ids).id)).about(editor.user_id)
    assert facts["slots"] == {str(chart_ids[0]): 0, str(chart_ids[1]): 1}
    assert facts["places"] == 2 + editor_draft.SPARE
    assert facts["charts"][str(chart_ids[1])] == {"name": "Amount in all", "kind": "kpi"}


def test_the_list_says_how_many_charts_it_leaves_out(editor: Actor, chart_ids: list[int]) -> None:
    shown = listed(charts.list_charts(editor, limit=1))
    assert shown[-1].children == "1 more: search to find them"
    assert "No chart" in listed(charts.list_charts(editor, search="nothing like it"))[0].children


def test_a_chart_of_a_plug_in_that_is_gone_is_listed_all_the_same(editor: Actor, chart_ids: list[int]) -> None:
    page = charts.list_charts(editor)
    broken = [chart.model_copy(update={"chart_type": "gone", "config": {"chartType": "gone"}}) for chart in page.items]
    assert len(listed(page.model_copy(update={"items": broken}))[0].children) == 2


@pytest.mark.parametrize(
    ("colour", "shown"), [("#abc", "#aabbcc"), ("#0072b2", "#0072b2"), ("steelblue", ""), ("", ""), ("#12", "")]
)
def test_the_colour_picker_gets_what_it_can_show(colour: str, shown: str) -> None:
    assert picked(colour) == shown


def _call(client: Caller, output: str, inputs: list[tuple[Any, str, Any]], state: list[tuple[Any, str, Any]]) -> Any:
    made = [{"id": name, "property": prop, "value": value} for name, prop, value in inputs]
    name, prop, _ = inputs[0]
    key = name if isinstance(name, str) else json.dumps(name, sort_keys=True, separators=(",", ":"))
    target, _, changed = output.rpartition(".")
    body = {
        "output": output,
        "outputs": {"id": json.loads(target) if target.startswith("{") else target, "property": changed},
        "inputs": made,
        "state": [{"id": name, "property": prop, "value": value} for name, prop, value in state],
        "changedPropIds": [f"{key}.{prop}"],
    }
    return client.post("/_dash-update-component", json=body, headers=client.token())


def test_searching_narrows_the_charts(client: Caller, chart_ids: list[int]) -> None:
    found = _call(client, f"{Editor.charts}.children", [(Editor.search, "value", "in all")], [])
    text = found.get_data(as_text=True)
    assert "Amount in all" in text
    assert "Amount by region" not in text


def test_a_tile_asks_for_its_chart(client: Caller, chart_ids: list[int]) -> None:
    def ask(chart: Any) -> str:
        names = {el: Editor.tile(el, chart) for el in ("body", "ask")}
        key = json.dumps({"chart": ["MATCH"], "el": "body", "page": "editor"}, separators=(",", ":"))
        body = {
            "output": f"{key}.children",
            "outputs": {"id": names["body"], "property": "children"},
            "inputs": [{"id": names["ask"], "property": "data", "value": {"round": 1, "refresh": True}}],
            "changedPropIds": [json.dumps(names["ask"], sort_keys=True, separators=(",", ":")) + ".data"],
        }
        answer = client.post("/_dash-update-component", json=body, headers=client.token())
        return answer.get_data(as_text=True)

    assert "Amount by region" in ask(chart_ids[0])
    assert "does not exist" in ask(4711)
    assert "whole number" in ask("1")


def test_deleting_asks_first_and_names_the_public_link(client: Caller, editor: Actor, people: People) -> None:
    record = make_dashboard(editor, [], name="Quarter")
    sharing.create_link(editor, record.id, LinkInput())
    where = [(Board.state, "data", {"dashboard": record.id, "pending": []})]
    text = _call(client, f"{Board.delete_box}.children", [(Board.delete, "n_clicks", 1)], where).get_data(as_text=True)
    assert "Delete “Quarter”?" in json.loads(f'"{text.replace(chr(34), chr(39))}"')
    assert "never opened" in text
    assert dashboards.get_dashboard(editor, record.id).name == "Quarter"


def test_the_views_of_a_link_are_told_in_words() -> None:
    assert [opened(count) for count in (0, 1, 1234)] == ["never opened", "opened once", "opened 1,234 times"]
