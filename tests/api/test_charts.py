"""Charts over HTTP: made by short config, changed in part, run in any format, and each refusal by its code."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from flask import Flask
from sqlalchemy import event

from tests.api.conftest import Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import SALES, People, actor, make_chart, make_dataset
from vizapp.access import Role
from vizapp.extensions import db
from vizapp.schemas.records import ChartRecord, DatasetRecord

SHORT = {"name": "Revenue", "chart_type": "line", "config": {"x": "day", "y": "amount"}}


@pytest.fixture
def editor(bearer: Callable[[int], Headers], people: People) -> Headers:
    return bearer(people.editor)


@pytest.fixture
def viewer(bearer: Callable[[int], Headers], people: People) -> Headers:
    return bearer(people.viewer)


@pytest.fixture
def dataset(app: Flask, people: People, tmp_path: Path) -> DatasetRecord:
    with app.app_context():
        return make_dataset(actor(people.editor, Role.editor), tmp_path)


@pytest.fixture
def chart(app: Flask, people: People, dataset: DatasetRecord) -> ChartRecord:
    with app.app_context():
        return make_chart(actor(people.editor, Role.editor), dataset.id)


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Every SQL statement from here on."""
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


# --- make


def test_a_short_config_is_stored_in_the_long_form(anonymous: Caller, editor: Headers, dataset) -> None:
    response = anonymous.post("/api/charts", json={**SHORT, "dataset_id": dataset.id}, headers=editor)
    assert response.status_code == 201
    made = response.get_json()
    assert made["chart_type"] == made["config"]["chartType"] == "line"
    assert made["config"]["dataMapping"]["xAxis"] == "day"
    assert made["config"]["dataMapping"]["yAxis"] == "amount"
    assert anonymous.get(f"/api/charts/{made['id']}", headers=editor).get_json() == made


def test_a_chart_may_be_made_before_its_data(anonymous: Caller, editor: Headers) -> None:
    made = anonymous.post("/api/charts", json={"name": "A", "config": {"x": "a", "y": "b"}}, headers=editor).get_json()
    assert (made["chart_type"], made["dataset_id"], made["query"]) == ("bar", None, None)
    error = assert_error(
        anonymous.post(f"/api/charts/{made['id']}/execute", headers=editor), 422, "MISSING_REQUIRED_FIELD"
    )
    assert "no data yet" in error["message"]


def test_without_a_token_nothing_is_made(anonymous: Caller) -> None:
    assert_error(anonymous.post("/api/charts", json=SHORT), 401, "AUTH_TOKEN_MISSING")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({**SHORT, "chart_type": "hologram"}, "INVALID_CHART_CONFIG", "chart_type"),
        ({"name": "A", "config": {"chartType": "hologram"}}, "INVALID_CHART_CONFIG", "config.chartType"),
        ({"name": "A", "config": {"dataMapping": {}}}, "INVALID_CHART_CONFIG", "config.chartType"),
        ({**SHORT, "config": {"chartType": "bar", "x": "a", "y": "b"}}, "INVALID_CHART_CONFIG", "chart_type"),
        ({**SHORT, "config": {"x": 7, "y": "b"}}, "INVALID_CHART_CONFIG", "config.dataMapping.xAxis"),
        ({**SHORT, "config": {"x": "a", "y": "b", "colour": 1}}, "INVALID_CHART_CONFIG", "config.colour"),
        ({**SHORT, "config": "bar"}, "INVALID_INPUT", "config"),
        ({**SHORT, "name": " "}, "INVALID_INPUT", "name"),
        ({**SHORT, "name": "x" * 101}, "INVALID_INPUT", "name"),
        ({**SHORT, "owner": 1}, "INVALID_INPUT", "owner"),
        ({**SHORT, "dataset_id": 987654}, "INVALID_INPUT", "dataset_id"),
        ({**SHORT, "data_source_id": 987654}, "INVALID_INPUT", "data_source_id"),
        ({"config": {"x": "a", "y": "b"}}, "MISSING_REQUIRED_FIELD", "name"),
        ({"name": "A"}, "MISSING_REQUIRED_FIELD", "config"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(
    anonymous: Caller, editor: Headers, body: dict, code: str, field: str
) -> None:
    error = assert_error(anonymous.post("/api/charts", json=body, headers=editor), 422, code)
    assert field in error["details"]["fields"]
    assert anonymous.get("/api/charts", headers=editor).get_json()["total"] == 0


def test_a_column_that_is_not_in_the_data_is_named_by_its_place(anonymous: Caller, editor: Headers, dataset) -> None:
    body = {**SHORT, "config": {"x": "day", "y": "profit"}, "dataset_id": dataset.id}
    error = assert_error(anonymous.post("/api/charts", json=body, headers=editor), 422, "INVALID_CHART_CONFIG")
    assert list(error["details"]["fields"]) == ["config.dataMapping.yAxis"]


# --- change


def test_a_change_replaces_what_is_sent_and_keeps_the_rest(anonymous: Caller, editor: Headers, chart) -> None:
    path = f"/api/charts/{chart.id}"
    assert anonymous.put(path, json={"description": "By region"}, headers=editor).status_code == 200
    changed = anonymous.put(path, json={"config": {"x": "product", "y": "units"}}, headers=editor).get_json()
    assert (changed["name"], changed["description"]) == (chart.name, "By region")
    assert (changed["chart_type"], changed["dataset_id"]) == ("bar", chart.dataset_id)
    assert changed["config"]["dataMapping"]["xAxis"] == "product"
    assert changed["version"] == chart.version + 2


def test_another_type_keeps_the_mapping_and_drops_the_options_of_the_former(
    anonymous: Caller, editor: Headers, chart
) -> None:
    config = {**chart.config, "options": {"orientation": "horizontal"}}
    assert anonymous.put(f"/api/charts/{chart.id}", json={"config": config}, headers=editor).status_code == 200
    same = anonymous.put(f"/api/charts/{chart.id}", json={"chart_type": "bar"}, headers=editor).get_json()
    assert same["config"]["options"] == {"orientation": "horizontal"}
    changed = anonymous.put(f"/api/charts/{chart.id}", json={"chart_type": "pie"}, headers=editor).get_json()
    assert changed["chart_type"] == changed["config"]["chartType"] == "pie"
    assert changed["config"]["dataMapping"] == chart.config["dataMapping"]
    assert changed["config"]["options"] == {}


def test_null_takes_the_data_away_and_means_nothing_for_a_name(anonymous: Caller, editor: Headers, chart) -> None:
    changed = anonymous.put(f"/api/charts/{chart.id}", json={"dataset_id": None, "name": None}, headers=editor)
    assert (changed.get_json()["dataset_id"], changed.get_json()["name"]) == (None, chart.name)


def test_a_version_before_the_first_is_a_version_too(anonymous: Caller, editor: Headers, chart) -> None:
    headers = {**editor, "If-Match": f'W/"0-{"0" * 24}"'}
    assert_error(anonymous.put(f"/api/charts/{chart.id}", json={"name": "A"}, headers=headers), 409, "STALE_VERSION")


@pytest.mark.parametrize("by_header", [True, False])
def test_the_later_of_two_saves_is_told_the_current_version(
    anonymous: Caller, editor: Headers, chart, by_header: bool
) -> None:
    path = f"/api/charts/{chart.id}"
    read = anonymous.get(path, headers=editor)
    assert anonymous.put(path, json={"name": "First"}, headers=editor).status_code == 200
    body = {"name": "Second"} if by_header else {"name": "Second", "version": read.get_json()["version"]}
    headers = {**editor, "If-Match": read.headers["ETag"]} if by_header else editor
    error = assert_error(anonymous.put(path, json=body, headers=headers), 409, "STALE_VERSION")
    assert error["details"]["current_version"] == chart.version + 1
    assert anonymous.get(path, headers=editor).get_json()["name"] == "First"
    again = {"name": "Second", "version": error["details"]["current_version"]}
    assert anonymous.put(path, json=again, headers=editor).get_json()["name"] == "Second"


def test_a_deleted_chart_is_gone(anonymous: Caller, editor: Headers, chart) -> None:
    path = f"/api/charts/{chart.id}"
    assert anonymous.delete(path, headers=editor).status_code == 204
    assert_error(anonymous.get(path, headers=editor), 404, "CHART_NOT_FOUND")
    assert_error(anonymous.delete(path, headers=editor), 404, "CHART_NOT_FOUND")


# --- who may


def test_a_viewer_learns_nothing_from_a_refusal(anonymous: Caller, viewer: Headers, chart) -> None:
    for chart_id in (chart.id, 987654):
        path = f"/api/charts/{chart_id}"
        assert_error(anonymous.put(path, json={"name": "Mine"}, headers=viewer), 403, "INSUFFICIENT_ROLE")
        assert_error(anonymous.delete(path, headers=viewer), 403, "INSUFFICIENT_ROLE")
    assert_error(anonymous.post("/api/charts", json=SHORT, headers=viewer), 403, "INSUFFICIENT_ROLE")


def test_another_s_chart_is_read_and_not_changed(anonymous: Caller, bearer, people: People, chart) -> None:
    other, path = bearer(people.other_editor), f"/api/charts/{chart.id}"
    assert anonymous.get(path, headers=other).status_code == 200
    assert anonymous.post(f"{path}/execute", headers=other).status_code == 200
    assert_error(anonymous.put(path, json={"name": "Mine"}, headers=other), 403, "PERMISSION_DENIED")
    assert_error(anonymous.delete(path, headers=other), 403, "PERMISSION_DENIED")
    assert_error(anonymous.put("/api/charts/987654", json={"name": "Mine"}, headers=other), 404, "CHART_NOT_FOUND")
    assert anonymous.put(path, json={"name": "Ours"}, headers=bearer(people.admin)).status_code == 200


# --- lists


def test_a_list_is_sorted_searched_paged_and_cut_to_fields(
    app: Flask, anonymous: Caller, bearer, people: People, dataset
) -> None:
    with app.app_context():
        for owner, name in ((people.editor, "b 100%"), (people.other_editor, "a"), (people.editor, "c")):
            make_chart(actor(owner, Role.editor), dataset.id, name=name)
    headers = bearer(people.editor)

    def names(query: str) -> list[str]:
        body = anonymous.get(f"/api/charts?{query}", headers=headers).get_json()
        return [item["name"] for item in body["items"]]

    assert names("") == ["c", "a", "b 100%"]
    assert names("sort=name") == ["a", "b 100%", "c"]
    assert names("sort=-name&limit=1&offset=1") == ["b 100%"]
    assert names("search=100%25") == ["b 100%"]
    assert names("mine=true&sort=name") == ["b 100%", "c"]
    body = anonymous.get("/api/charts?fields=id,name&limit=1", headers=headers).get_json()
    assert (body["total"], body["limit"], [*body["items"][0]]) == (3, 1, ["id", "name"])


@pytest.mark.parametrize("query", ["sort=config", "sort=-id", "limit=201", "limit=0", "offset=-1", "fields=password"])
def test_a_list_that_cannot_be_is_refused(anonymous: Caller, editor: Headers, query: str) -> None:
    assert_error(anonymous.get(f"/api/charts?{query}", headers=editor), 422, "INVALID_INPUT")


def test_a_list_takes_the_same_few_statements_whatever_its_length(
    app: Flask, anonymous: Caller, editor: Headers, people: People, dataset, statements: list[str]
) -> None:
    counted = []
    for _ in range(2):
        with app.app_context():
            for owner in (people.editor, people.other_editor, people.admin):
                make_chart(actor(owner), dataset.id)
        statements.clear()
        assert anonymous.get("/api/charts", headers=editor).status_code == 200
        counted.append(len(statements))
    assert counted[0] == counted[1] <= 5, statements


def test_what_has_not_changed_is_not_sent_again(anonymous: Caller, editor: Headers, chart) -> None:
    for path in (f"/api/charts/{chart.id}", "/api/charts"):
        first = anonymous.get(path, headers=editor)
        again = {**editor, "If-None-Match": first.headers["ETag"]}
        assert anonymous.get(path, headers=again).status_code == 304
        anonymous.put(f"/api/charts/{chart.id}", json={"name": f"New at {path}"}, headers=editor)
        assert anonymous.get(path, headers=again).status_code == 200


# --- run


def _wanted() -> pl.DataFrame:
    frame = pl.read_csv(io.StringIO(SALES))
    return frame.group_by("region").agg(pl.col("amount").sum()).sort("region")


@pytest.mark.parametrize("kind", ["application/json", "text/csv", "application/vnd.apache.parquet"])
def test_the_numbers_are_those_of_polars_in_every_format(anonymous: Caller, editor: Headers, chart, kind: str) -> None:
    response = anonymous.post(f"/api/charts/{chart.id}/execute", headers={**editor, "Accept": kind})
    assert (response.status_code, response.mimetype) == (200, kind)
    if kind == "application/json":
        body = response.get_json()
        assert body["columnTypes"] == {"region": "string", "amount": "number"}
        assert (body["rowCount"], body["truncated"], body["columns"]) == (3, False, ["region", "amount"])
        found = pl.DataFrame(body["rows"])
    else:
        read = pl.read_csv if kind == "text/csv" else pl.read_parquet
        found = read(io.BytesIO(response.data))
    assert dict(found.iter_rows()) == pytest.approx(dict(_wanted().iter_rows()))


def test_filters_of_a_call_come_on_top(anonymous: Caller, editor: Headers, chart) -> None:
    body = {"filters": [{"column": "region", "operator": "eq", "value": "North"}]}
    rows = anonymous.post(f"/api/charts/{chart.id}/execute", json=body, headers=editor).get_json()["rows"]
    assert [row["region"] for row in rows] == ["North"]


def test_an_empty_answer_says_what_to_do(anonymous: Caller, editor: Headers, chart) -> None:
    body = {"filters": [{"column": "region", "operator": "eq", "value": "Nowhere"}]}
    answer = anonymous.post(f"/api/charts/{chart.id}/execute", json=body, headers=editor).get_json()
    assert (answer["rows"], answer["rowCount"]) == ([], 0)
    assert "filter" in answer["message"]


def test_an_answer_is_remembered_until_it_is_asked_anew(anonymous: Caller, editor: Headers, chart) -> None:
    path = f"/api/charts/{chart.id}/execute"
    said = [
        anonymous.post(path, json=body, headers=editor).get_json()["cached"] for body in ({}, {}, {"refresh": True})
    ]
    assert said == [False, True, False]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"filters": [{"column": "planet", "operator": "eq", "value": "x"}]}, "COLUMN_MISSING"),
        ({"filters": [{"column": "amount", "operator": "gt", "value": "much"}]}, "INVALID_QUERY"),
        ({"filters": [{"column": "region", "operator": "like", "value": "x"}]}, "INVALID_INPUT"),
        ({"filters": [{"column": "region", "operator": "eq"}]}, "INVALID_INPUT"),
        ({"refresh": "perhaps"}, "INVALID_INPUT"),
        ({"limit": 5}, "INVALID_INPUT"),
    ],
)
def test_a_run_that_cannot_be_is_refused(anonymous: Caller, editor: Headers, chart, body: dict, code: str) -> None:
    assert_error(anonymous.post(f"/api/charts/{chart.id}/execute", json=body, headers=editor), 422, code)


def test_a_run_in_no_known_format_and_of_no_chart(anonymous: Caller, editor: Headers, chart) -> None:
    path = f"/api/charts/{chart.id}/execute"
    assert_error(anonymous.post(path, headers={**editor, "Accept": "image/png"}), 406, "NOT_ACCEPTABLE")
    assert_error(anonymous.post("/api/charts/987654/execute", headers=editor), 404, "CHART_NOT_FOUND")
