"""Connections by the API, against real servers: made, tested, browsed, asked, and charts on them."""

import io
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from tests.api.conftest import Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.databases import Served, served
from tests.factories import People
from vizapp.schemas.connection import MASK

BODY = {"name": "Sales", "type": "postgresql", "config": {"host": "127.0.0.1", "port": 1, "password": "S3CR3T"}}


@pytest.fixture
def admin(bearer: Any, people: People) -> Headers:
    return bearer(people.admin)


@pytest.fixture
def editor(bearer: Any, people: People) -> Headers:
    return bearer(people.editor)


@pytest.fixture
def viewer(bearer: Any, people: People) -> Headers:
    return bearer(people.viewer)


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    """Ten sales, a view of them and an empty table."""
    with served(request.param) as made:
        values = ", ".join(f"({n}, '{'NS'[n % 2]}', {n}.10, DATE '2026-01-{n + 1:02d}')" for n in range(10))
        made.run(
            "CREATE TABLE sales (id int, region varchar(10), amount decimal(12,2), sold_on date)",
            f"INSERT INTO sales VALUES {values}",
            "CREATE VIEW north AS SELECT * FROM sales WHERE region = 'N'",
            "CREATE TABLE nothing (id int)",
        )
        yield made


@pytest.fixture
def connection(anonymous: Caller, admin: Headers, server: Served) -> int:
    """One to the server, for editors."""
    body = {"name": "Shop", "type": server.kind, "config": server.config(server.reader)}
    response = anonymous.post("/api/connections", json=body, headers=admin)
    assert response.status_code == 201, response.get_data(as_text=True)
    return response.get_json()["id"]


def _chart(connection: int, **more: Any) -> dict[str, Any]:
    config = {"x": "region", "y": "amount", **more.pop("config", {})}
    return {"name": "By region", "chart_type": "bar", "config": config, "data_source_id": connection, **more}


# --- the objects


def test_a_connection_is_made_read_changed_and_removed(anonymous: Caller, admin: Headers) -> None:
    made = anonymous.post("/api/connections", json=BODY, headers=admin)
    assert made.status_code == 201
    record = made.get_json()
    assert (record["name"], record["type"], record["roles"]) == ("Sales", "postgresql", ["editor"])
    assert record["config"]["password"] == MASK
    path = f"/api/connections/{record['id']}"
    assert anonymous.get(path, headers=admin).get_json() == record
    changed = anonymous.put(path, json={"name": "Shop", "config": record["config"]}, headers=admin).get_json()
    assert (changed["name"], changed["config"]) == ("Shop", record["config"])
    assert anonymous.get("/api/connections?fields=name", headers=admin).get_json()["items"] == [{"name": "Shop"}]
    assert anonymous.delete(path, headers=admin).status_code == 204
    assert_error(anonymous.get(path, headers=admin), 404, "CONNECTION_NOT_FOUND")


def test_the_password_is_in_no_answer(anonymous: Caller, admin: Headers) -> None:
    made = anonymous.post("/api/connections", json=BODY, headers=admin)
    path = f"/api/connections/{made.get_json()['id']}"
    answers = [made, anonymous.get(path, headers=admin), anonymous.get("/api/connections", headers=admin)]
    answers += [anonymous.post(f"{path}/test", headers=admin), anonymous.get(f"{path}/tables", headers=admin)]
    answers += [anonymous.put(path, json={"config": {**BODY["config"], "port": "x"}}, headers=admin)]
    assert not any("S3CR3T" in answer.get_data(as_text=True) for answer in answers)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**BODY, "type": "sqlite+pysqlite"}, "type"),
        ({**BODY, "config": {"host": "h?sslmode=disable&options=-c"}}, "config.host"),
        ({**BODY, "config": {"host": "h", "localInfile": True}}, "config.localInfile"),
        ({**BODY, "config": {}}, "config.host"),
        ({**BODY, "roles": ["king"]}, "roles.0"),
        ({**BODY, "name": ""}, "name"),
    ],
)
def test_a_wrong_field_is_named(anonymous: Caller, admin: Headers, body: dict[str, Any], field: str) -> None:
    error = assert_error(anonymous.post("/api/connections", json=body, headers=admin), 422)
    assert field in error["details"]["fields"]


def test_a_test_says_what_is_wrong_and_how_long_it_took(anonymous: Caller, admin: Headers, connection: int) -> None:
    good = anonymous.post(f"/api/connections/{connection}/test", headers=admin).get_json()
    assert (good["ok"], good["details"]["warnings"]) == (True, [])
    assert good["elapsedMs"] > 0
    closed = anonymous.post("/api/connections", json=BODY, headers=admin).get_json()["id"]
    bad = anonymous.post(f"/api/connections/{closed}/test", headers=admin).get_json()
    assert (bad["ok"], bad["details"]["step"]) == (False, "port")


# --- tables


def test_tables_columns_and_rows_can_be_looked_at(
    anonymous: Caller, editor: Headers, connection: int, server: Served
) -> None:
    path = f"/api/connections/{connection}"
    tables = anonymous.get(f"{path}/tables", headers=editor).get_json()
    assert [(table["name"], table["kind"]) for table in tables["items"]] == [
        ("north", "view"), ("nothing", "table"), ("sales", "table"),
    ]  # fmt: skip
    assert anonymous.get(f"{path}/tables?search=nor&sort=-name", headers=editor).get_json()["total"] == 1
    schema = tables["items"][0]["schema_name"]
    found = anonymous.get(f"{path}/columns?table=sales&schema_name={schema}", headers=editor).get_json()["items"]
    assert [(column["name"], column["type"]) for column in found] == [
        ("id", "number"), ("region", "string"), ("amount", "number"), ("sold_on", "date"),
    ]  # fmt: skip
    assert "12,2" in found[2]["database_type"]
    rows = anonymous.get(f"{path}/preview?table=sales&limit=3", headers=editor).get_json()
    assert (rows["rowCount"], rows["truncated"], rows["columnTypes"]["sold_on"]) == (3, True, "date")
    empty = anonymous.get(f"{path}/preview?table=nothing", headers=editor).get_json()
    assert (empty["rows"], empty["columns"]) == ([], ["id"])


def test_rows_of_a_table_that_are_known_are_not_sent_again_until_they_are_asked_anew(
    anonymous: Caller, admin: Headers, editor: Headers, connection: int
) -> None:
    path = f"/api/connections/{connection}/preview?table=sales&limit=3"
    first = anonymous.get(path, headers=editor)
    known = {**editor, "If-None-Match": first.headers["ETag"]}
    again = anonymous.get(path, headers=known)
    assert (again.status_code, again.get_data(), again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert anonymous.put("/api/settings/cache_ttl_seconds", json={"value": 0}, headers=admin).status_code == 200
    anew = anonymous.get(path, headers=known)
    assert anew.status_code == 200
    assert anew.headers["ETag"] != first.headers["ETag"]


def test_foreign_keys_are_told_from_both_ends(
    anonymous: Caller, editor: Headers, connection: int, server: Served
) -> None:
    server.run(
        "CREATE TABLE IF NOT EXISTS shops (land int, id int, PRIMARY KEY (land, id))",
        "CREATE TABLE IF NOT EXISTS staff (land int, shop int, FOREIGN KEY (land, shop) REFERENCES shops (land, id))",
    )
    path = f"/api/connections/{connection}/relations"
    for table in ("shops", "staff"):
        (found,) = anonymous.get(f"{path}?table={table}", headers=editor).get_json()["items"]
        assert (found["name"], found["columns"]) == ("staff", ["land", "shop"])
        assert (found["other_name"], found["other_columns"]) == ("shops", ["land", "id"])
    server.run("DROP TABLE staff", "DROP TABLE shops")
    assert anonymous.get(f"{path}?table=sales", headers=editor).get_json()["items"] == []


@pytest.mark.parametrize("name", ["gone", '"; DROP TABLE sales; --', "pg_shadow", "user"])
def test_a_table_that_is_not_listed_is_not_found(
    anonymous: Caller, editor: Headers, connection: int, name: str
) -> None:
    for call in ("columns", "preview"):
        response = anonymous.get(f"/api/connections/{connection}/{call}", query_string={"table": name}, headers=editor)
        assert_error(response, 404, "TABLE_NOT_FOUND")


# --- queries


def _ask(client: Caller, headers: Headers, connection: int, query: str, **more: Any) -> Any:
    body = {"connection_id": connection, "query": query, **more}
    return client.post("/api/data/query", json=body, headers=headers)


def test_a_query_is_answered_in_its_own_order_with_bound_values(
    anonymous: Caller, editor: Headers, connection: int
) -> None:
    query = "SELECT id, amount, ':least' AS text FROM sales WHERE amount >= :least ORDER BY id DESC; -- all"
    found = _ask(anonymous, editor, connection, query, params={"least": 7}).get_json()
    assert found["columns"] == ["id", "amount", "text"]
    assert [row["id"] for row in found["rows"]] == [9, 8, 7]
    assert found["rows"][0] == {"id": 9, "amount": 9.1, "text": ":least"}
    assert (found["rowCount"], found["truncated"], found["cached"]) == (3, False, False)
    assert found["columnTypes"] == {"id": "number", "amount": "number", "text": "string"}
    assert _ask(anonymous, editor, connection, query, params={"least": 7}).get_json()["cached"] is True
    assert _ask(anonymous, editor, connection, query, params={"least": 8}).get_json()["cached"] is False


def test_a_query_comes_in_every_format_and_is_cut_at_its_limit(
    anonymous: Caller, editor: Headers, connection: int
) -> None:
    headers = {**editor, "Accept": "text/csv"}
    response = _ask(anonymous, headers, connection, "SELECT id FROM sales ORDER BY id", limit=2)
    assert response.headers["X-Truncated"] == "true"
    assert pl.read_csv(io.BytesIO(response.data))["id"].to_list() == [0, 1]
    exact = _ask(anonymous, editor, connection, "SELECT id FROM sales", limit=10).get_json()
    assert (exact["rowCount"], exact["truncated"]) == (10, False)


def test_columns_that_share_a_name_get_names_of_their_own(anonymous: Caller, editor: Headers, connection: int) -> None:
    query = "SELECT a.id, b.id, 1 + 1, NULL FROM sales a JOIN sales b ON a.id = b.id ORDER BY a.id"
    found = _ask(anonymous, editor, connection, query).get_json()
    assert found["columns"][:2] == ["id", "id_2"]
    assert len(set(found["columns"])) == 4


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("", "Write a query"),
        ("-- nothing", "Write a query"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("DELETE FROM sales", "only read"),
        ("WITH x AS (DELETE FROM sales RETURNING *) SELECT * FROM x", "only read"),
        ("SELECT pg_sleep(60)", "pg_sleep"),
        ("SELECT sleep(60)", "sleep"),
        ("SELECT nope FROM sales", "nope"),
        ("SELECT * FROM", "The database says"),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000, "levels deep"),
    ],
)
def test_a_query_that_cannot_be_is_refused_in_words(
    anonymous: Caller, editor: Headers, connection: int, query: str, word: str
) -> None:
    error = assert_error(_ask(anonymous, editor, connection, query), 422, "INVALID_QUERY")
    assert word in error["message"]


def test_a_parameter_too_many_is_named(anonymous: Caller, editor: Headers, connection: int) -> None:
    error = assert_error(_ask(anonymous, editor, connection, "SELECT 1", params={"a": 1}), 422, "INVALID_QUERY")
    assert "params.a" in error["details"]["fields"]


def test_roles_that_it_is_not_lent_to_ask_nothing(
    anonymous: Caller, admin: Headers, viewer: Headers, connection: int
) -> None:
    path = f"/api/connections/{connection}"
    refused = [_ask(anonymous, viewer, connection, "SELECT 1"), anonymous.get(f"{path}/tables", headers=viewer)]
    for response in refused:
        assert_error(response, 404, "CONNECTION_NOT_FOUND")
    anonymous.put(path, json={"roles": ["viewer"]}, headers=admin)
    assert _ask(anonymous, viewer, connection, "SELECT 1 AS a").get_json()["rows"] == [{"a": 1}]


def test_a_server_that_is_away_is_a_warning_in_the_log_without_a_trace(
    anonymous: Caller, admin: Headers, caplog: pytest.LogCaptureFixture
) -> None:
    made = anonymous.post("/api/connections", json=BODY, headers=admin).get_json()["id"]
    assert_error(_ask(anonymous, admin, made, "SELECT 1"), 502, "EXTERNAL_DB_CONNECTION_FAILED")
    [told] = [record for record in caplog.records if record.name == "vizapp.api.errors"]
    assert (told.levelname, told.exc_info) == ("WARNING", None)


def test_a_server_that_is_away_and_a_connection_switched_off(anonymous: Caller, admin: Headers) -> None:
    made = anonymous.post("/api/connections", json=BODY, headers=admin).get_json()["id"]
    error = assert_error(_ask(anonymous, admin, made, "SELECT 1"), 502, "EXTERNAL_DB_CONNECTION_FAILED")
    assert "test" in error["message"].lower()
    assert "S3CR3T" not in str(error)
    anonymous.put(f"/api/connections/{made}", json={"is_active": False}, headers=admin)
    assert_error(_ask(anonymous, admin, made, "SELECT 1"), 409, "CONNECTION_SWITCHED_OFF")


def test_a_number_is_no_yes_or_no(anonymous: Caller, admin: Headers) -> None:
    made = anonymous.post("/api/connections", json=BODY, headers=admin).get_json()["id"]
    error = assert_error(
        anonymous.put(f"/api/connections/{made}", json={"is_active": 0}, headers=admin), 422, "INVALID_INPUT"
    )
    assert "is_active" in error["details"]["fields"]


# --- charts


@pytest.mark.parametrize(
    "data",
    [
        {"config": {"table": "sales"}},
        {"config": {"table": {"name": "sales"}}},
        {"query": "SELECT region, amount FROM sales"},
        {"query": "SELECT * FROM sales -- all;"},
    ],
)
def test_a_chart_asks_a_table_or_a_query(
    anonymous: Caller, editor: Headers, viewer: Headers, connection: int, data: dict[str, Any]
) -> None:
    made = anonymous.post("/api/charts", json=_chart(connection, **data), headers=editor)
    assert made.status_code == 201, made.get_data(as_text=True)
    path = f"/api/charts/{made.get_json()['id']}/execute"
    found = anonymous.post(path, headers=viewer).get_json()
    assert found["rows"] == [{"region": "S", "amount": 25.5}, {"region": "N", "amount": 20.5}]
    assert found["cached"] is False
    assert anonymous.post(path, headers=viewer).get_json()["cached"] is True
    filtered = {"filters": [{"column": "region", "operator": "eq", "value": "N"}]}
    assert anonymous.post(path, json=filtered, headers=viewer).get_json()["rowCount"] == 1


def test_what_is_remembered_is_forgotten_when_the_connection_changes(
    anonymous: Caller, admin: Headers, editor: Headers, connection: int
) -> None:
    body = _chart(connection, config={"table": "sales"})
    path = f"/api/charts/{anonymous.post('/api/charts', json=body, headers=editor).get_json()['id']}/execute"

    def cached() -> bool:
        return anonymous.post(path, headers=editor).get_json()["cached"]

    assert [cached(), cached()] == [False, True]
    anonymous.put(f"/api/connections/{connection}", json={"name": "Other"}, headers=admin)
    assert [cached(), cached()] == [False, True]
    anonymous.put("/api/settings/cache_ttl_seconds", json={"value": 0}, headers=admin)
    assert [cached(), cached()] == [False, False]
    anonymous.put("/api/settings/cache_ttl_seconds", json={"value": None}, headers=admin)


def test_a_filter_on_what_a_chart_does_not_show_needs_the_connection(
    anonymous: Caller, editor: Headers, viewer: Headers, connection: int
) -> None:
    body = _chart(connection, config={"table": "sales"})
    path = f"/api/charts/{anonymous.post('/api/charts', json=body, headers=editor).get_json()['id']}/execute"
    for column in ("id", "amount"):  # what is summed up is not shown row by row
        hidden = {"filters": [{"column": column, "operator": "lt", "value": 3}]}
        assert anonymous.post(path, json=hidden, headers=editor).status_code == 200
        assert_error(anonymous.post(path, json=hidden, headers=viewer), 403, "PERMISSION_DENIED")


def test_what_a_chart_filters_by_cannot_be_found_out_by_filters(
    anonymous: Caller, editor: Headers, viewer: Headers, connection: int
) -> None:
    kept = {"column": "id", "operator": "ne", "value": 3}
    mapping = {"xAxis": "region", "yAxis": "amount", "filters": [kept]}
    config = {"chartType": "bar", "table": "sales", "dataMapping": mapping, "aggregation": {"function": "sum"}}
    body = {"name": "Secret", "data_source_id": connection, "config": config}
    made = anonymous.post("/api/charts", json=body, headers=editor)
    path = f"/api/charts/{made.get_json()['id']}/execute"
    asked = {"filters": [{"column": "id", "operator": "eq", "value": 2}]}
    assert anonymous.post(path, json=asked, headers=editor).status_code == 200
    assert_error(anonymous.post(path, json=asked, headers=viewer), 403, "PERMISSION_DENIED")


def _shared(caller: Caller, chart_id: int, headers: Headers) -> Any:
    place = {"chart_id": chart_id, "position": {"x": 0, "y": 0, "w": 4, "h": 3}}
    board = caller.post("/api/dashboards", json={"name": "Out", "charts": [place]}, headers=headers).get_json()
    return caller.post(f"/api/dashboards/{board['id']}/share", json={}, headers=headers)


def test_what_a_database_says_is_for_those_who_may_use_it(
    anonymous: Caller, editor: Headers, viewer: Headers, connection: int, server: Served
) -> None:
    server.run("CREATE TABLE fleeting (region varchar(10), amount int)", "INSERT INTO fleeting VALUES ('N', 1)")
    body = _chart(connection, query="SELECT region, amount FROM fleeting")
    chart_id = anonymous.post("/api/charts", json=body, headers=editor).get_json()["id"]
    link = _shared(anonymous, chart_id, editor).get_json()["url"]
    server.run("DROP TABLE fleeting")
    path = f"/api/charts/{chart_id}/execute"
    assert "fleeting" in anonymous.post(path, json={"refresh": True}, headers=editor).get_data(as_text=True)
    again = {"refresh": True}
    told = anonymous.post(path, json=again, headers=viewer)
    assert told.status_code >= 400
    assert "fleeting" not in told.get_data(as_text=True)
    public = anonymous.get("/view" + link.partition("/view")[2], headers={"Accept": "application/json"})
    assert "fleeting" not in public.get_data(as_text=True)


def test_only_who_may_use_a_connection_publishes_what_it_shows(
    anonymous: Caller, admin: Headers, editor: Headers, connection: int
) -> None:
    body = _chart(connection, config={"table": "sales"})
    chart_id = anonymous.post("/api/charts", json=body, headers=admin).get_json()["id"]
    link = _shared(anonymous, chart_id, editor)
    assert link.status_code == 201
    anonymous.put(f"/api/connections/{connection}", json={"roles": []}, headers=admin)
    assert_error(_shared(anonymous, chart_id, editor), 403, "PERMISSION_DENIED")
    assert _shared(anonymous, chart_id, admin).status_code == 201
    empty = anonymous.post("/api/dashboards", json={"name": "Empty"}, headers=editor).get_json()
    path = f"/api/dashboards/{empty['id']}"
    anonymous.post(f"{path}/share", json={}, headers=editor)
    place = {"chart_id": chart_id, "position": {"x": 0, "y": 0, "w": 4, "h": 3}}
    assert_error(anonymous.put(path, json={"charts": [place]}, headers=editor), 403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        ({"config": {"table": "gone"}}, "INVALID_CHART_CONFIG", "config.table"),
        ({"config": {"table": "sales", "y": "profit"}}, "INVALID_CHART_CONFIG", "config.dataMapping.yAxis"),
        ({"query": "SELECT region FROM sales"}, "INVALID_CHART_CONFIG", "config.dataMapping.yAxis"),
        ({"query": "DROP TABLE sales"}, "INVALID_QUERY", None),
        ({"query": 'SELECT U&"\\0070g_notify"(region, region) AS region FROM sales'}, "INVALID_QUERY", None),
    ],
)
def test_a_chart_that_cannot_be_drawn_is_not_saved(
    anonymous: Caller, editor: Headers, connection: int, data: dict[str, Any], code: str, field: str | None
) -> None:
    error = assert_error(anonymous.post("/api/charts", json=_chart(connection, **data), headers=editor), 422, code)
    assert field is None or field in error["details"]["fields"]
    assert anonymous.get("/api/charts", headers=editor).get_json()["total"] == 0


def test_a_chart_is_kept_while_its_database_is_away_and_says_so(anonymous: Caller, admin: Headers) -> None:
    made = anonymous.post("/api/connections", json=BODY, headers=admin).get_json()["id"]
    chart = anonymous.post("/api/charts", json=_chart(made, config={"table": "sales"}), headers=admin)
    assert chart.status_code == 201
    response = anonymous.post(f"/api/charts/{chart.get_json()['id']}/execute", headers=admin)
    assert_error(response, 502, "EXTERNAL_DB_CONNECTION_FAILED")
    assert_error(anonymous.delete(f"/api/connections/{made}", headers=admin), 409, "CONFLICT")


def test_a_chart_without_table_and_query_says_what_it_needs(
    anonymous: Caller, editor: Headers, connection: int
) -> None:
    made = anonymous.post("/api/charts", json=_chart(connection), headers=editor).get_json()
    response = anonymous.post(f"/api/charts/{made['id']}/execute", headers=editor)
    assert "query" in assert_error(response, 422, "MISSING_REQUIRED_FIELD")["details"]["fields"]


def test_who_may_not_use_a_connection_makes_no_chart_on_it(
    anonymous: Caller, admin: Headers, editor: Headers, connection: int
) -> None:
    anonymous.put(f"/api/connections/{connection}", json={"roles": []}, headers=admin)
    body = _chart(connection, config={"table": "sales"})
    hidden = assert_error(anonymous.post("/api/charts", json=body, headers=editor), 422, "INVALID_INPUT")
    body["data_source_id"] = 2**31 - 1
    missing = assert_error(anonymous.post("/api/charts", json=body, headers=editor), 422, "INVALID_INPUT")
    assert (hidden["message"], hidden["details"]) == (missing["message"], missing["details"])
