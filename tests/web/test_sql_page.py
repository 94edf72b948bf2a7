"""SQL: who gets the page, with which connections, and what it hands to the wizard."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import g

from components.ids import Wizard
from tests.conftest import Caller
from tests.factories import BAR, People, actor
from tests.web.dash_calls import assert_refused_quietly, call
from vizapp.schemas.connection import ConnectionInput
from vizapp.schemas.content import ChartInput
from vizapp.services import charts, connections


def look(client: Caller, path: str) -> Any:
    """The page; under a test's own app context `g` would keep who was signed in before."""
    vars(g).clear()
    return client.get(path, headers={"Accept": "text/html"})


def make(people: People, name: str, *roles: str, **more: Any) -> int:
    sent = {
        "name": name,
        "type": "postgresql",
        "config": {"host": "127.0.0.1", "port": 1},
        "roles": list(roles),
        **more,
    }
    return connections.create_connection(actor(people.admin), ConnectionInput.parse(sent)).id


@pytest.fixture
def lent(context, people: People) -> int:
    return make(people, "Lent to editors", "editor", "viewer")


def test_editors_get_what_is_lent_to_them_and_viewers_nothing(
    client_for: Callable[[int], Caller], people: People, lent: int
) -> None:
    hidden = make(people, "Kept back")
    make(people, "Switched off", "editor", is_active=False)
    text = look(client_for(people.editor), "/sql").get_data(as_text=True)
    assert "Lent to editors" in text
    assert "Kept back" not in text
    assert "Switched off" not in text
    assert look(client_for(people.editor), f"/sql?connection={hidden}").status_code == 404
    assert "Kept back" in look(client_for(people.admin), f"/sql?connection={hidden}").get_data(as_text=True)
    viewed = look(client_for(people.viewer), "/sql")
    assert viewed.status_code == 403
    assert "Lent to editors" not in viewed.get_data(as_text=True)


def test_without_a_connection_the_way_to_one_is_told(
    client_for: Callable[[int], Caller], people: People, context
) -> None:
    assert "No database is lent to you" in look(client_for(people.editor), "/sql").get_data(as_text=True)
    assert "Connect a database" in look(client_for(people.admin), "/sql").get_data(as_text=True)


def test_a_chart_s_query_is_edited_by_who_may_change_the_chart(
    client_for: Callable[[int], Caller], people: People, lent: int
) -> None:
    sent = ChartInput.parse({"name": "Mine", "config": BAR, "dataSourceId": lent, "query": "SELECT 1 AS secret"})
    chart = charts.create_chart(actor(people.editor, "editor"), sent)
    assert "SELECT 1 AS secret" in look(client_for(people.editor), f"/sql?chart={chart.id}").get_data(as_text=True)
    assert look(client_for(people.other_editor), f"/sql?chart={chart.id}").status_code == 403


def test_a_forged_query_for_the_wizard_is_refused(
    client_for: Callable[[int], Caller], people: People, lent: int, caplog: pytest.LogCaptureFixture
) -> None:
    hidden = make(people, "Kept back")
    chart = charts.create_chart(
        actor(people.other_editor, "editor"),
        ChartInput.parse({"name": "Not mine", "config": BAR, "dataSourceId": lent, "query": "SELECT 1"}),
    )
    client = client_for(people.editor)
    for sent, arriving, said in (
        ({"connection_id": hidden, "query": "SELECT 1"}, {"chart": None}, "connection does not exist"),
        ({"connection_id": hidden, "query": "SELECT :v", "params": {"v": 1}}, {}, "connection does not exist"),
        ({"connection_id": lent, "query": "DROP TABLE t"}, {}, "Queries here only read"),
        ({"connection_id": lent, "query": "SELECT 1"}, {"chart": chart.id}, "You may not change this"),
        ({"connection_id": "x"}, {"chart": True}, "must be a whole number"),
        (False, None, "There is no query to draw"),
    ):
        values = {f"{Wizard.brought}.data": sent, f"{Wizard.arriving}.data": arriving}
        answer = call(client, Wizard.arrival, values, changed=f"{Wizard.brought}.data")
        assert_refused_quietly(answer, caplog)
        assert said in json.dumps(answer.get_json()), answer.get_json()
