"""The list of dashboards, and what a forged page state may do to a tile."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from components.ids import Board, Dashboards
from pages import dashboards as dashboards_page
from tests.conftest import Caller
from tests.factories import People, actor, make_chart, make_dashboard, make_dataset
from tests.web.dash_calls import assert_refused_quietly, call
from vizapp.access import Actor


@pytest.fixture
def who(context: Flask, people: People) -> Actor:
    return actor(people.editor, "editor")


def test_paging_and_search_go_through_all_dashboards(
    client: Caller, who: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboards_page, "PAGE_SIZE", 2)
    for number in range(3):
        make_dashboard(who, [], name=f"Board {number}")
    assert "1 to 2 of 3" in client.get("/dashboards", headers={"Accept": "text/html"}).get_data(as_text=True)

    def turn(changed: str, value: object, offset: object = 0) -> dict[str, Any]:
        sent = {f"{Dashboards.offset}.data": offset, changed: value}
        return call(client, f"{Dashboards.cards}.children", sent, changed=changed).json["response"]

    second = turn(f"{Dashboards.next}.n_clicks", 1)
    assert second[Dashboards.offset]["data"] == 2
    assert "3 to 3 of 3" in str(second[Dashboards.cards])
    assert "Board 0" in str(second)
    found = turn(f"{Dashboards.search}.value", "board 1", offset=2)
    assert found[Dashboards.offset]["data"] == 0
    assert "Board 1" in str(found)
    assert "Board 2" not in str(found)


def ask_for(client: Caller, chart: int, page: object) -> Any:
    """What a tile sends when it is to be drawn."""
    body = {
        "output": '{"chart":["MATCH"],"el":"body","page":"board"}.children',
        "outputs": {"id": Board.tile("body", chart), "property": "children"},
        "inputs": [{"id": Board.tile("ask", chart), "property": "data", "value": {}}],
        "state": [{"id": Board.state, "property": "data", "value": page}],
        "changedPropIds": [f'{{"chart":{chart},"el":"ask","page":"board"}}.data'],
    }
    return client.post("/_dash-update-component", json=body, headers=client.token())


@pytest.mark.parametrize("page", [None, 1, {"dashboard": True}, {"dashboard": "1"}, {}, {"dashboard": 2**40}])
def test_a_tile_is_drawn_and_a_forged_page_state_draws_none(
    client: Caller, who: Actor, tmp_path: Path, page: object, caplog: pytest.LogCaptureFixture
) -> None:
    chart = make_chart(who, make_dataset(who, tmp_path).id)
    board = make_dashboard(who, [chart.id])
    assert "tile-body" in ask_for(client, chart.id, {"dashboard": board.id}).get_data(as_text=True)
    answer = ask_for(client, chart.id, page)
    assert "tile-body" not in answer.get_data(as_text=True)
    assert_refused_quietly(answer, caplog)


def test_the_title_of_a_document_names_what_it_shows(client: Caller, who: Actor) -> None:
    board = make_dashboard(who, [], name="Sales <2026>")

    def title(path: str) -> str:
        page = client.get(path, headers={"Accept": "text/html"}).get_data(as_text=True)
        return page.partition("<title>")[2].partition("</title>")[0]

    assert title(f"/dashboards/{board.id}") == "Sales &lt;2026&gt; · Vizapp"
    assert title(f"/dashboards/{board.id}/edit") == "Edit Sales &lt;2026&gt; · Vizapp"
    assert title("/dashboards") == "Dashboards · Vizapp"
    assert title("/nope") == "There is no such page · Vizapp"


def test_the_list_shows_all_or_one_s_own_in_the_order_that_is_asked_for(
    client_for: Callable[[int | None], Caller], people: People, who: Actor
) -> None:
    admin = actor(people.admin)
    for owner, name in ((who, "Pears"), (admin, "Apples"), (who, "Cherries")):
        make_dashboard(owner, [], name=name)
    names = ("Apples", "Cherries", "Pears")

    def shown(whose: object, sort: object) -> list[str]:
        sent = {f"{Dashboards.whose}.value": whose, f"{Dashboards.sort}.value": sort}
        answer = call(
            client_for(people.editor), f"{Dashboards.cards}.children", sent, changed=f"{Dashboards.whose}.value"
        )
        text = str(answer.json["response"][Dashboards.cards])
        return sorted((name for name in names if name in text), key=text.index)

    assert shown("all", "name") == ["Apples", "Cherries", "Pears"]
    assert shown("mine", "name") == ["Cherries", "Pears"]
    assert shown("mine", "-created_at") == ["Cherries", "Pears"]
    assert shown(None, ["password_hash"]) == ["Cherries", "Apples", "Pears"]
