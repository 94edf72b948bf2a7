"""How old what is shown is, asking for it anew, and the cache in the settings."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g

from components.ids import Board, Cache, Charts, PublicBoard
from pages import tiles
from tests.conftest import Caller
from tests.databases import Served, served
from tests.factories import People, actor, make_chart, make_dashboard, make_dataset
from tests.web.dash_calls import call
from vizapp.errors import SourceBusy
from vizapp.schemas.connection import ConnectionInput
from vizapp.schemas.content import ChartInput, LinkInput
from vizapp.services import boards, charts, connections, sharing
from vizapp.services.boards import Drawn
from vizapp.services.runtime import runtime

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served("postgresql") as made:
        made.run("CREATE TABLE sales (region varchar(10), amount int)")
        yield made


@pytest.fixture
def chart(context: Flask, people: People, server: Served) -> int:
    """A chart of a table that just now holds one row of five."""
    runtime().results.clear()
    server.run("DELETE FROM sales", "INSERT INTO sales VALUES ('North', 5)")
    admin = actor(people.admin)
    sent = {"name": "Sales", "type": "postgresql", "config": server.config(server.reader)}
    made = connections.create_connection(admin, ConnectionInput.parse(sent))
    config = {"chartType": "bar", "table": {"name": "sales"}, "dataMapping": {"xAxis": "region", "yAxis": "amount"}}
    return charts.create_chart(
        admin, ChartInput.parse({"name": "By region", "config": config, "dataSourceId": made.id})
    ).id


def ask(client: Caller, path: str, page: str, chart: int, *, refresh: bool, board: int) -> str:
    """What a tile sends when it is to be drawn."""
    vars(g).clear()
    ids = Board if page == "board" else PublicBoard
    body = {
        "output": f'{{"chart":["MATCH"],"el":"body","page":"{page}"}}.children',
        "outputs": {"id": ids.tile("body", chart), "property": "children"},
        "inputs": [{"id": ids.tile("ask", chart), "property": "data", "value": {"round": 1, "refresh": refresh}}],
        "state": [{"id": ids.state, "property": "data", "value": {"dashboard": board, "pending": []}}],
        "changedPropIds": [f'{{"chart":{chart},"el":"ask","page":"{page}"}}.data'],
    }
    headers = {**client.token(), "Referer": f"http://localhost{path}"}
    prefix = "/view" if page == "public" else ""
    answer = client.post(f"{prefix}/_dash-update-component", json=body, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_a_tile_tells_how_old_it_is_and_its_refresh_asks_the_source_for_it_alone(
    client: Caller, people: People, chart: int, server: Served
) -> None:
    board = make_dashboard(actor(people.admin), [chart]).id
    first = ask(client, "", "board", chart, refresh=False, board=board)
    assert "data-as-of" in first
    assert '"el":"refresh"' in first.replace(" ", "")
    server.run("UPDATE sales SET amount = 7")
    before = runtime().results.stats().misses
    assert ask(client, "", "board", chart, refresh=False, board=board) == first
    assert runtime().results.stats().misses == before
    renewed = ask(client, "", "board", chart, refresh=True, board=board)
    assert renewed != first
    assert runtime().results.stats().misses > before


def test_a_link_reads_how_old_the_data_is_and_cannot_make_the_source_be_asked(
    client_for: Callable[[int | None], Caller], people: People, chart: int, server: Served
) -> None:
    admin = actor(people.admin)
    board = make_dashboard(admin, [chart]).id
    path = f"/view/dashboard/{sharing.create_link(admin, board, LinkInput()).token}"
    anonymous = client_for(None)
    page = anonymous.get(path, headers=HTML).get_data(as_text=True)
    assert "Data as of" in page
    first = ask(anonymous, path, "public", chart, refresh=False, board=board)
    assert "data-as-of" in first
    assert "refresh" not in first.lower()
    asked = runtime().results.stats().misses
    assert ask(anonymous, path, "public", chart, refresh=True, board=board) == first
    assert runtime().results.stats().misses == asked


def test_a_tile_whose_source_is_busy_says_so_and_asks_again_by_itself(app: Flask) -> None:
    busy = Drawn(4, "Sales by region", error=SourceBusy.of("Sales"))
    for ids in (Board, PublicBoard):
        content = str(tiles.inner(busy, ids))
        assert "“Sales” is busy" in content
        assert "Interval" in content
        assert "'el': 'again'" in content


def test_a_tile_that_could_not_be_asked_ahead_asks_itself(
    context: Flask, people: People, chart: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = make_dashboard(actor(people.admin), [chart]).id

    def busy(*_args: object, **_more: object) -> None:
        raise SourceBusy.of("Sales")

    monkeypatch.setattr(charts, "execute", busy)
    assert [tile.drawn for tile in boards.view(actor(people.admin), board, budget=5).tiles] == [None]


def test_refresh_on_a_charts_page_asks_anew_and_keeps_the_view(client: Caller, chart: int, server: Served) -> None:
    assert "chart-refresh" in client.get(f"/charts/{chart}", headers=HTML).get_data(as_text=True)
    server.run("UPDATE sales SET amount = 4711")
    pattern = '{"el":"show","page":"charts","value":["ALL"]}.aria-pressed'
    entries = [
        {"id": Charts.show(key), "property": "aria-pressed", "value": "true" if key == "data" else "false"}
        for key in ("chart", "data")
    ]
    values = {f"{Charts.refresh}.n_clicks": 1, f"{Charts.chart}.data": chart}
    changed = f"{Charts.refresh}.n_clicks"
    answer = call(client, f"{Charts.facts}.children", values, changed=changed, patterns={pattern: entries})
    text = answer.get_data(as_text=True)
    assert "4,711" in text
    assert "data-table" in text or "<td" in text or "Td" in text
    assert "Data as of" in text


# --- settings


def press(client: Caller, button: str, **values: object) -> Any:
    vars(g).clear()
    sent = {f"{button}.n_clicks": 1, **{f"{name}.value": value for name, value in values.items()}}
    answer = call(client, Cache.body, sent, changed=f"{button}.n_clicks")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["response"]


def test_the_settings_tell_what_is_remembered_and_empty_it(
    client: Caller, people: People, context: Flask, tmp_path: Path
) -> None:
    owner = actor(people.editor, "editor")
    made = make_chart(owner, make_dataset(owner, tmp_path).id).id
    press(client, Cache.clear)
    for _ in range(4):
        charts.execute(owner, made)
    page = client.get("/settings/cache", headers=HTML).get_data(as_text=True)
    assert "A folder, shared by the processes of this machine" in page
    assert "75% of 4 questions" in page
    assert "1 answers, " in page
    cleared = str(press(client, Cache.clear)[Cache.body])
    assert "0 Bytes of 128.0 MB" in cleared


def test_for_how_long_answers_are_remembered_is_set_there(client: Caller, context: Flask) -> None:
    from vizapp.services import settings

    press(client, Cache.save, **{Cache.ttl: 60, Cache.stale: 2})
    assert (settings.cache_seconds(), settings.cache_stale_factor()) == (60, 2)
    refused = str(press(client, Cache.save, **{Cache.ttl: 10**9, Cache.stale: 2})[Cache.body])
    assert "This must be from 0 to 86400" in refused
    refused = str(press(client, Cache.save, **{Cache.ttl: None, Cache.stale: 2})[Cache.body])
    assert "Enter a whole number" in refused
    assert settings.cache_seconds() == 60


def test_only_admins_open_the_cache_and_empty_it(
    client_for: Callable[[int | None], Caller], people: People, context: Flask
) -> None:
    for person in (people.editor, people.viewer):
        vars(g).clear()
        client = client_for(person)
        assert "cache-clear" not in client.get("/settings/cache", headers=HTML).get_data(as_text=True)
        vars(g).clear()
        answer = call(client, Cache.body, {f"{Cache.clear}.n_clicks": 1}, changed=f"{Cache.clear}.n_clicks")
        assert "Remembered answers" not in answer.get_data(as_text=True)
