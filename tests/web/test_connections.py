"""Settings, Connections: what the form stores, what a test tells, and who gets that far."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import g

from tests.conftest import Caller
from tests.databases import PASSWORD, Served, served
from tests.factories import BAR, People, actor
from tests.web.dash_calls import assert_refused_quietly, call
from vizapp.extensions import db
from vizapp.models import Connection
from vizapp.schemas.connection import MASK, ConnectionInput
from vizapp.schemas.content import ChartInput
from vizapp.services import charts, connections

FORM: dict[str, Any] = {
    "name": "Shop", "type": "postgresql", "host": "127.0.0.1", "port": "1", "database": "shop", "user": "reader",
    "password": "S3CR3T", "tls": "off", "certificate": "", "pool": 5, "overflow": 5, "cache": "", "roles": ["editor"],
    "active": True,
}  # fmt: skip


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    with served(request.param) as made:
        made.run("CREATE TABLE sales (region varchar(10), amount int)")
        yield made


@pytest.fixture
def connection(context, people: People) -> int:
    return make(people).id


def make(people: People, **more: Any) -> Any:
    config = {"host": "127.0.0.1", "port": 1, "user": "reader", "password": "S3CR3T", **more}
    sent = {"name": "Sales", "type": "postgresql", "config": config}
    return connections.create_connection(actor(people.admin), ConnectionInput.parse(sent))


def look(client: Caller, path: str) -> Any:
    """The page; under a test's own app context `g` would keep who was signed in before."""
    vars(g).clear()
    return client.get(path, headers={"Accept": "text/html"})


def press(client: Caller, button: str, known: int | None = None, *, output: str = "", **filled: Any) -> Any:
    """Press a button of the form; the answer by component."""
    values = {f"connection-{name}.value": value for name, value in {**FORM, **filled}.items()}
    values |= {"connection-id.data": known, "connection-run.data": "run", f"connection-{button}.n_clicks": 1}
    outputs = {"save": "connection-fields", "test": "connection-outcome", "delete": "connection-question"}
    response = call(client, output or outputs.get(button, "location"), values, changed=f"connection-{button}.n_clicks")
    assert response.status_code in (200, 204), response.get_data(as_text=True)
    return response.get_json()["response"] if response.status_code == 200 else {}


def test_only_admins_see_settings_in_the_menu_and_open_them(
    client_for: Callable[[int], Caller], people: People, connection: int
) -> None:
    for path in ("/settings", "/settings/connections/new", f"/settings/connections/{connection}"):
        for who in (people.viewer, people.editor):
            refused = look(client_for(who), path)
            assert refused.status_code == 403
            assert '"/settings"' not in refused.get_data(as_text=True)
        assert look(client_for(people.admin), path).status_code == 200


def test_the_list_says_where_it_leads_and_the_page_never_has_the_password(client: Caller, connection: int) -> None:
    text = look(client, f"/settings/connections/{connection}").get_data(as_text=True)
    assert "127.0.0.1:1" in text
    assert "Not tested" in text
    assert MASK in text
    assert "S3CR3T" not in text


def test_a_connection_is_made_by_the_form(client: Caller, context) -> None:
    went = press(client, "save", output="connection-fields")
    record = connections.list_connections(actor(1)).items[0]
    assert went["location"]["pathname"] == f"/settings/connections/{record.id}"
    assert (record.name, record.roles, record.config["port"]) == ("Shop", ["editor"], 1)


def test_an_untouched_password_stays_and_a_new_one_replaces_it(client: Caller, connection: int, context) -> None:
    press(client, "save", connection, password="", roles=[], active=False)
    row = connections.load(connection)
    assert connections.open_config(row).password == "S3CR3T"
    assert (row.name, row.roles, row.is_active) == ("Shop", [], False)
    press(client, "save", connection, password="another")
    db.session.expire_all()
    assert connections.open_config(connections.load(connection)).password == "another"


@pytest.mark.parametrize(
    ("filled", "words"),
    [
        ({"name": " "}, "Name the connection"),
        ({"host": ""}, "Say which server"),
        ({"host": "h?sslmode=disable"}, "Must be a name such as db.example.com"),
        ({"port": "99999"}, "Input should be less than or equal to 65535"),
        ({"pool": 500}, "Input should be less than or equal to 50"),
        ({"tls": "verify", "certificate": "none"}, "Must be a certificate in PEM form"),
        ({"type": "sqlite"}, "sqlite"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(client: Caller, context, filled: dict[str, Any], words: str) -> None:
    answer = press(client, "save", **filled)
    assert words in str(answer["connection-fields"]["children"])
    assert db.session.query(Connection).count() == 0


def test_how_long_answers_are_remembered_is_kept_and_changed(client: Caller, people: People, context) -> None:
    connection = make(people, cacheSeconds=60).id
    text = look(client, f"/settings/connections/{connection}").get_data(as_text=True)
    assert '"id":"connection-cache"' in text.replace(" ", "")
    press(client, "save", connection, password="", cache=0)
    assert connections.open_config(connections.load(connection)).cache_seconds == 0
    press(client, "save", connection, password="", cache="")
    db.session.expire_all()
    assert connections.open_config(connections.load(connection)).cache_seconds is None


def test_a_stored_password_is_not_sent_to_another_server(client: Caller, connection: int) -> None:
    answer = press(client, "save", connection, host="elsewhere.example", password="")
    assert "Enter the password again" in str(answer["connection-fields"]["children"])
    answer = press(client, "test", connection, host="elsewhere.example", password="")
    assert "Enter the password again" in str(answer["connection-fields"]["children"])


def test_a_test_shows_each_step_up_to_the_one_that_failed(client: Caller, context, server: Served) -> None:
    config = server.config(server.reader)
    good = {"type": server.kind, **{key: config[key] for key in ("host", "port", "database", "user", "password")}}
    told = str(press(client, "test", **good)["connection-outcome"]["children"])
    assert "Connected in" in told
    assert told.count("'aria-label': 'passed'") == 6
    for wrong, said, passed in (
        ({"host": "nowhere.invalid"}, "Name not found", 0),
        ({"host": "169.254.169.254"}, "Address not allowed", 1),
        ({"port": "1"}, "No answer", 2),
        ({"user": "vizapp_nobody"}, "Password refused", 3),
    ):
        told = str(press(client, "test", **{**good, **wrong})["connection-outcome"]["children"])
        assert said in told
        assert told.count("'aria-label': 'passed'") == passed
        assert PASSWORD not in told


def test_the_list_tells_how_the_last_test_went_until_the_connection_changes(client: Caller, connection: int) -> None:
    press(client, "test", connection, name="Sales", host="127.0.0.1", database="", password="")
    assert "No answer" in look(client, "/settings").get_data(as_text=True)
    press(client, "save", connection, password="")
    assert "Not tested" in look(client, "/settings").get_data(as_text=True)


def test_a_test_can_be_stopped(client_for: Callable[[int], Caller], people: People, context, monkeypatch) -> None:
    began, seen = threading.Event(), threading.Event()

    def slow(*_args: Any, **_more: Any) -> list[str]:
        began.set()
        seen.wait(30)
        return []

    monkeypatch.setattr("vizapp.sources.sql.resolve", slow)
    told: list[str] = []
    client = client_for(people.admin)
    client.token()

    def test() -> None:
        told.append(str(press(client, "test", host="slow.example")["connection-outcome"]["children"]))

    waiting = threading.Thread(target=test)
    waiting.start()
    assert began.wait(30)
    values = {"connection-stop.n_clicks": 1, "connection-run.data": "run", "connection-test.n_clicks": 1}
    before = time.monotonic()
    stopped = call(client_for(people.editor), "connection-stopping", values, changed="connection-stop.n_clicks")
    assert stopped.status_code == 200
    assert waiting.is_alive()
    call(client_for(people.admin), "connection-stopping", values, changed="connection-stop.n_clicks")
    waiting.join(30)
    seen.set()
    assert "Cancelled" in told[0]
    assert time.monotonic() - before < 10


def test_deleting_names_the_charts_that_would_lose_their_data(client: Caller, people: People, connection: int) -> None:
    sent = ChartInput.parse({"name": "By region", "config": BAR, "dataSourceId": connection, "query": "SELECT 1"})
    chart = charts.create_chart(actor(people.admin), sent)
    asked = str(press(client, "delete", connection)["connection-question"]["children"])
    assert "By region" in asked
    assert "connection-confirmed" not in asked
    charts.delete_chart(actor(people.admin), chart.id)
    assert "connection-confirmed" in str(press(client, "delete", connection)["connection-question"]["children"])
    assert press(client, "confirmed", connection)["location"]["pathname"] == "/settings/connections"
    assert db.session.get(Connection, connection) is None


@pytest.mark.parametrize("who", ["editor", "viewer"])
def test_a_forged_call_of_the_form_changes_tests_and_tells_nothing(
    who: str, client_for: Callable[[int], Caller], people: People, connection: int, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_for(getattr(people, who))
    values = {f"connection-{name}.value": value for name, value in FORM.items()} | {"connection-id.data": connection}
    for button, output in (
        ("save", "connection-fields"),
        ("test", "connection-outcome"),
        ("delete", "connection-question"),
        ("confirmed", "location"),
    ):
        answer = call(
            client, output, {**values, f"connection-{button}.n_clicks": 1}, changed=f"connection-{button}.n_clicks"
        )
        assert_refused_quietly(answer, caplog)
        assert "S3CR3T" not in answer.get_data(as_text=True)
    db.session.expire_all()
    assert connections.load(connection).name == "Sales"


def test_an_object_store_is_listed_and_shown_without_its_secret(client: Caller, people: People, context: Any) -> None:
    config = {"bucket": "sales", "accessKeyId": "a", "secretAccessKey": "S3CR3T"}
    sent = ConnectionInput(name="Lake", type="s3", config=config)
    made = connections.create_connection(actor(people.admin), sent)
    for path in ("/settings/connections", f"/settings/connections/{made.id}"):
        page = look(client, path).get_data(as_text=True)
        assert "Lake" in page
        assert "S3CR3T" not in page
    assert "REST API" in page
