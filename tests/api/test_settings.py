"""Settings over HTTP: a closed list, each within its bounds, each with an effect, each change in the log."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.api.conftest import Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import People, actor, make_chart, make_dataset, multipart
from vizapp.access import Role
from vizapp.config import MIB


@pytest.fixture
def admin(bearer: Callable[[int], Headers], people: People) -> Headers:
    return bearer(people.admin)


def _put(client: Caller, headers: Headers, key: str, value: object) -> dict:
    response = client.put(f"/api/settings/{key}", json={"value": value}, headers=headers)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def test_every_setting_is_listed_with_its_bounds_and_its_default(anonymous: Caller, admin: Headers) -> None:
    body = anonymous.get("/api/settings", headers=admin).get_json()
    assert [item["key"] for item in body["items"]] == [
        "cache_stale_factor",
        "cache_ttl_seconds",
        "max_query_results",
        "max_upload_mb",
    ]
    upload = body["items"][3]
    assert (upload["value"], upload["default"], upload["minimum"], upload["maximum"]) == (50, 50, 1, 10_000)
    assert upload["description"]
    assert upload["updated_at"] is None


def test_what_else_is_in_the_table_is_no_setting(anonymous: Caller, admin: Headers) -> None:
    for key in ("encryption.salt", "nothing", "MAX_UPLOAD_MB"):
        assert_error(anonymous.get(f"/api/settings/{key}", headers=admin), 404, "SETTING_NOT_FOUND")
        response = anonymous.put(f"/api/settings/{key}", json={"value": 1}, headers=admin)
        assert_error(response, 404, "SETTING_NOT_FOUND")


def test_a_change_says_who_made_it_and_null_goes_back(anonymous: Caller, admin: Headers, people: People) -> None:
    changed = _put(anonymous, admin, "max_upload_mb", 100)
    assert (changed["value"], changed["updated_by"]) == (100, people.admin)
    assert anonymous.get("/api/settings/max_upload_mb", headers=admin).get_json() == changed
    back = _put(anonymous, admin, "max_upload_mb", None)
    assert (back["value"], back["updated_at"]) == (50, None)


@pytest.mark.parametrize("value", [0, -1, 10_001, "100", 1.5, True, [], 10**50])
def test_a_value_that_cannot_be_is_refused(anonymous: Caller, admin: Headers, value: object) -> None:
    path = "/api/settings/max_upload_mb"
    error = assert_error(anonymous.put(path, json={"value": value}, headers=admin), 422, "INVALID_INPUT")
    assert "value" in error["details"]["fields"]
    if isinstance(value, int) and not isinstance(value, bool):
        assert "from 1 to 10000" in error["message"]
    assert anonymous.get(path, headers=admin).get_json()["value"] == 50


def test_of_several_all_are_stored_or_none(anonymous: Caller, admin: Headers) -> None:
    for bad in ({"max_upload_mb": 0}, {"nothing": 1}, {"encryption.salt": 1}):
        error = assert_error(anonymous.put("/api/settings", json={"max_query_results": 7, **bad}, headers=admin), 422)
        assert list(error["details"]["fields"]) == list(bad)
    assert anonymous.get("/api/settings/max_query_results", headers=admin).get_json()["value"] == 10_000
    body = anonymous.put("/api/settings", json={"max_query_results": 7, "max_upload_mb": 8}, headers=admin).get_json()
    assert [item["value"] for item in body["items"]] == [4, 300, 7, 8]


def test_a_change_is_in_the_log_with_old_and_new(anonymous: Caller, admin: Headers, people: People) -> None:
    _put(anonymous, admin, "max_upload_mb", 100)
    _put(anonymous, admin, "max_upload_mb", 200)
    lines = anonymous.get("/api/logs?search=setting.update&resource_type=setting", headers=admin).get_json()["items"]
    assert [line["details"] for line in lines] == [
        {"key": "max_upload_mb", "old": 100, "new": 200},
        {"key": "max_upload_mb", "old": None, "new": 100},
    ]
    assert {line["user_id"] for line in lines} == {people.admin}
    assert anonymous.get(f"/api/logs?user_id={people.viewer}", headers=admin).get_json()["total"] == 0


def test_the_cap_on_rows_holds_at_once_and_is_told(
    app: Flask, anonymous: Caller, admin: Headers, people: People, tmp_path: Path
) -> None:
    rows = {"chartType": "table", "dataMapping": {"columns": ["day", "amount"]}}
    with app.app_context():
        who = actor(people.editor, Role.editor)
        chart = make_chart(who, make_dataset(who, tmp_path).id, config=rows)
    path = f"/api/charts/{chart.id}/execute"
    whole = anonymous.post(path, headers=admin).get_json()
    assert (whole["rowCount"], whole["truncated"]) == (240, False)
    _put(anonymous, admin, "max_query_results", 100)
    cut = anonymous.post(path, headers=admin)
    assert (cut.get_json()["rowCount"], cut.get_json()["truncated"], cut.headers["X-Truncated"]) == (100, True, "true")


def test_the_cap_on_uploads_holds_at_once(anonymous: Caller, admin: Headers) -> None:
    content = b"a,b\n" + b"1,2\n" * (MIB // 3)
    _put(anonymous, admin, "max_upload_mb", 1)
    error = assert_error(
        anonymous.post("/api/datasets", headers=admin, **multipart(content, "a.csv")), 413, "FILE_TOO_LARGE"
    )
    assert error["details"]["limit"] == MIB


def test_only_admins_read_and_change_settings_and_the_log(anonymous: Caller, bearer, people: People) -> None:
    for user_id in (people.editor, people.viewer):
        headers = bearer(user_id)
        for method, path in (
            ("GET", "/api/settings"),
            ("GET", "/api/settings/max_upload_mb"),
            ("GET", "/api/settings/nothing"),
            ("GET", "/api/logs"),
        ):
            assert_error(anonymous.open(path, method=method, headers=headers), 403, "INSUFFICIENT_ROLE")
        for path, body in (("/api/settings", {"nothing": 1}), ("/api/settings/nothing", {"value": 1})):
            assert_error(anonymous.put(path, json=body, headers=headers), 403, "INSUFFICIENT_ROLE")
    assert_error(anonymous.get("/api/settings"), 401, "AUTH_TOKEN_MISSING")


# --- the memory of results


@pytest.fixture
def chart_id(app: Flask, people: People, tmp_path: Path) -> int:
    owner = actor(people.editor, Role.editor)
    with app.app_context():
        return make_chart(owner, make_dataset(owner, tmp_path).id).id


def test_the_memory_of_results_tells_how_it_does_and_is_emptied(
    anonymous: Caller, admin: Headers, chart_id: int
) -> None:
    assert anonymous.delete("/api/cache", headers=admin).status_code == 204
    for cached in (False, True, True, True):
        answer = anonymous.post(f"/api/charts/{chart_id}/execute", json={}, headers=admin).get_json()
        assert answer["cached"] is cached
    told = anonymous.get("/api/cache", headers=admin).get_json()
    assert (told["kind"], told["status"]) == ("folder", "ok")
    assert (told["hits"], told["misses"], told["hit_rate"]) == (3, 1, 0.75)
    assert told["entries"] == told["process_entries"] == 1
    assert 0 < told["bytes"] < told["max_bytes"]
    assert anonymous.delete("/api/cache", headers=admin).status_code == 204
    told = anonymous.get("/api/cache", headers=admin).get_json()
    assert (told["entries"], told["process_entries"], told["hit_rate"]) == (0, 0, None)
    log = anonymous.get("/api/logs?search=cache", headers=admin).get_json()["items"]
    assert [line["action"] for line in log] == ["cache.clear", "cache.clear"]
    answer = anonymous.post(f"/api/charts/{chart_id}/execute", json={}, headers=admin).get_json()
    assert answer["cached"] is False
