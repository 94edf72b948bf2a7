"""New chart from a database: its tables are browsed, one becomes a chart; nobody gets at what was not lent to them."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import g

from components.ids import Browse, Wizard
from tests.conftest import Caller
from tests.databases import Served, served
from tests.factories import People, actor
from tests.web.dash_calls import assert_refused_quietly, call
from vizapp.schemas.connection import ConnectionInput
from vizapp.services import charts, connections

ODD = 'Ünï "quoted" ta`blé'
TABLES = 120


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    """Sales, a table with an odd name, an empty one, and many more."""
    with served(request.param) as made:
        quoted = (
            f'"{ODD.replace(chr(34), chr(34) * 2)}"' if made.kind == "postgresql" else f"`{ODD.replace('`', '``')}`"
        )
        values = ", ".join(f"(DATE '2026-{1 + n % 9:02d}-01', '{'NSE'[n % 3]}', {n}.50)" for n in range(60))
        made.run(
            "CREATE TABLE sales (sold_on date, region varchar(10), amount decimal(12,2))",
            f"INSERT INTO sales VALUES {values}",
            f"CREATE TABLE {quoted} (id int)",
            "CREATE TABLE nothing (id int)",
            *(f"CREATE TABLE many_{n:03d} (id int)" for n in range(TABLES)),
        )
        yield made


def lend(people: People, kind: str, config: dict[str, Any], roles: tuple[str, ...] = ("editor",)) -> int:
    sent = {"name": "Shop", "type": kind, "config": config, "roles": list(roles)}
    return connections.create_connection(actor(people.admin), ConnectionInput.parse(sent)).id


@pytest.fixture
def connection(context, people: People, server: Served) -> int:
    return lend(people, server.kind, server.config(server.reader))


@pytest.fixture
def away(context, people: People) -> int:
    return lend(people, "postgresql", {"host": "127.0.0.1", "port": 1})


@pytest.fixture
def editor(client_for: Callable[[int], Caller], people: People) -> Caller:
    return client_for(people.editor)


def look(client: Caller, path: str) -> Any:
    """The page; under a test's own app context `g` would keep who was signed in before."""
    vars(g).clear()
    return client.get(path, headers={"Accept": "text/html"})


def schema(server: Served) -> str:
    return "public" if server.kind == "postgresql" else server.database


def address(server: Served, connection: int, table: str = "sales") -> str:
    return f"/charts/new?{urlencode({'connection': connection, 'schema': schema(server), 'table': table})}"


def choose(client: Caller, server: Served, connection: int, table: str, here: str = "/charts/new") -> Any:
    name = Browse.table(schema(server), table)
    text = json.dumps(name, sort_keys=True, separators=(",", ":"))
    pattern = json.dumps(Browse.table(["ALL"], ["ALL"]), sort_keys=True, separators=(",", ":"))
    return call(
        client,
        Browse.detail,
        {f"{Browse.connection}.data": connection, f"{Browse.here}.data": here},
        changed=f"{text}.n_clicks",
        patterns={f"{pattern}.n_clicks": [{"id": name, "property": "n_clicks", "value": 1}]},
    )


def turn(client: Caller, connection: int, **sent: Any) -> Any:
    values = {f"{Browse.search}.value": sent.get("search", ""), f"{Browse.offset}.data": sent.get("offset", 0)}
    values |= {f"{Browse.connection}.data": connection, f"{Browse.next}.n_clicks": sent.get("next")}
    changed = f"{Browse.next}.n_clicks" if sent.get("next") else f"{Browse.search}.value"
    return call(client, Browse.list, values, changed=changed)


def draft_of(client: Caller, path: str) -> dict[str, Any]:
    """The draft that the page begins with."""
    text = look(client, path).get_data(as_text=True)
    layout = json.loads(text.partition('id="vz-layout">')[2].partition("</script>")[0])
    return next(found for found in _stores(layout) if found["id"] == Wizard.start)["data"]


def _stores(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for part in node:
            yield from _stores(part)
    elif isinstance(node, dict):
        if node.get("type") == "Store":
            yield node["props"]
        yield from _stores(node.get("props", {}).get("children"))


def test_only_what_is_lent_to_ones_role_is_offered(editor: Caller, people: People, connection: int, client_for) -> None:
    hidden = lend(people, "mysql", {"host": "127.0.0.1", "port": 1}, roles=())
    text = look(editor, "/charts/new").get_data(as_text=True)
    assert f'?connection={connection}"' in text
    assert f'?connection={hidden}"' not in text
    assert look(editor, f"/charts/new?connection={hidden}").status_code == 404
    assert look(client_for(people.viewer), f"/charts/new?connection={connection}").status_code == 403
    assert look(editor, "/charts/new?connection=99999").status_code == 404


def test_tables_are_searched_and_turned_page_by_page(editor: Caller, connection: int) -> None:
    text = look(editor, f"/charts/new?connection={connection}").get_data(as_text=True)
    assert f"1 to 50 of {TABLES + 3}" in text
    second = turn(editor, connection, next=1).get_data(as_text=True)
    assert "51 to 100" in second
    found = turn(editor, connection, search="MANY_11", offset=50).get_data(as_text=True)
    assert "1 to 10 of 10" in found
    assert "No table is called like" in turn(editor, connection, search="no such").get_data(as_text=True)


def test_a_table_shows_its_columns_and_first_rows_before_it_is_used(
    editor: Caller, server: Served, connection: int
) -> None:
    text = choose(editor, server, connection, "sales").get_data(as_text=True)
    assert "Use this table" in text
    assert "1 Jan 2026" in text
    assert "3 columns" in text
    assert "It has no rows" in choose(editor, server, connection, "nothing").get_data(as_text=True)
    odd = choose(editor, server, connection, ODD).get_data(as_text=True)
    assert urlencode({"table": ODD}) in odd
    assert look(editor, address(server, connection, ODD)).status_code == 200
    assert "This table cannot be read" in choose(editor, server, connection, "gone").get_data(as_text=True)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)  # elsewhere the reader is granted the whole database
def test_a_table_whose_columns_may_not_all_be_read_says_so(
    editor: Caller, people: People, server: Served, connection: int
) -> None:
    server.run(
        "CREATE TABLE IF NOT EXISTS halves (open int, secret int)",
        f"REVOKE ALL ON halves FROM {server.reader}",
        f"GRANT SELECT (open) ON halves TO {server.reader}",
    )
    text = choose(editor, server, connection, "halves").get_data(as_text=True)
    assert "may not read this table" in text
    assert "Use this table" not in text


def test_a_table_becomes_a_chart_that_is_saved_opened_and_changed(
    editor: Caller, people: People, server: Served, connection: int, client_for
) -> None:
    draft = draft_of(editor, address(server, connection))
    assert (draft["connectionId"], draft["config"]["table"]["name"]) == (connection, "sales")
    assert draft["config"]["chartType"] == "line"
    values = {f"{Wizard.confirm}.n_clicks": 1, f"{Wizard.name}.value": "Sales", f"{Wizard.draft}.data": draft}
    saved = call(editor, Wizard.saved, values, changed=f"{Wizard.confirm}.n_clicks").get_json()
    path = saved["response"][Wizard.saved]["data"]
    chart = charts.get_chart(actor(people.editor, "editor"), int(path.rpartition("/")[2]))
    assert (chart.data_source_id, chart.dataset_id, chart.query) == (connection, None, None)
    assert chart.config["table"] == {"name": "sales", "schema": schema(server)}
    assert f"Shop, {schema(server)}.sales" in look(editor, path).get_data(as_text=True)
    assert f"Shop, {schema(server)}.sales" in look(editor, "/charts").get_data(as_text=True)
    viewed = look(client_for(people.viewer), path).get_data(as_text=True)
    assert "A database" in viewed
    assert "Shop" not in viewed
    assert draft_of(editor, f"{path}/edit")["config"]["table"]["name"] == "sales"
    moved = draft_of(editor, f"{path}/edit?{address(server, connection, 'nothing').partition('?')[2]}")
    assert (moved["config"]["table"]["name"], moved["changes"]) == ("nothing", 1)


def test_filters_offer_values_and_recommendations_keep_the_table(
    editor: Caller, server: Served, connection: int
) -> None:
    draft = draft_of(editor, address(server, connection))

    def edit(stored: dict[str, Any], *deeds: tuple[str, str, Any]) -> dict[str, Any]:
        edits = [{"n": i, "do": do, "at": at, "value": value} for i, (do, at, value) in enumerate(deeds, 1)]
        sent = {f"{Wizard.edits}.data": {"edits": edits}, f"{Wizard.draft}.data": stored}
        return call(editor, Wizard.draft, sent, changed=f"{Wizard.edits}.data").get_json()["response"][Wizard.draft][
            "data"
        ]

    changed = edit(draft, ("suggestion", "1", None), ("filter-add", "", "region"), ("type", "bar/bar", None))
    assert changed["config"]["table"]["name"] == "sales"
    sent = {f"{Wizard.draft}.data": changed}
    drawn = call(editor, "wizard-step-3", sent, changed=f"{Wizard.draft}.data").get_data(as_text=True)
    assert all(f'"data-value":"{value}"' in drawn for value in "NSE")


def test_a_forged_draft_of_another_connection_is_refused(
    editor: Caller, people: People, server: Served, connection: int, caplog: pytest.LogCaptureFixture
) -> None:
    hidden = lend(people, server.kind, server.config(server.reader), roles=())
    for forged in (
        {**draft_of(editor, address(server, connection)), "connectionId": hidden},
        {**draft_of(editor, address(server, connection)), "connectionId": hidden, "query": "SELECT 1 AS amount"},
    ):
        for output, values, changed in (
            (Wizard.preview, {}, f"{Wizard.draft}.data"),
            (
                Wizard.saved,
                {f"{Wizard.confirm}.n_clicks": 1, f"{Wizard.name}.value": "x"},
                f"{Wizard.confirm}.n_clicks",
            ),
            (Wizard.draft, {f"{Wizard.edits}.data": {"edits": [{"n": 1, "do": "swap"}]}}, f"{Wizard.edits}.data"),
        ):
            answer = call(editor, output, {f"{Wizard.draft}.data": forged, **values}, changed=changed)
            assert_refused_quietly(answer, caplog)
            assert "connection does not exist" in answer.get_data(as_text=True)
    assert "connection does not exist" in choose(editor, server, hidden, "sales").get_data(as_text=True)
    assert "connection does not exist" in turn(editor, hidden, search="a").get_data(as_text=True)
    assert charts.list_charts(actor(people.admin)).total == 0


def test_a_database_that_is_away_is_a_state_with_a_way_on(editor: Caller, away: int) -> None:
    text = look(editor, f"/charts/new?connection={away}").get_data(as_text=True)
    assert "The tables cannot be listed" in text
    assert "Try again" in text
    assert look(editor, f"/charts/new?connection={away}&schema=a&table=b").status_code == 502
