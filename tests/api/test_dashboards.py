"""Dashboards over HTTP: what stands on them, who saved last, links, and what everybody may read by one."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from tests.api.conftest import Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import People, actor, make_chart, make_dashboard, make_dataset
from vizapp.access import Role
from vizapp.extensions import db, write_tx
from vizapp.models import Chart, Dashboard, PublicLink
from vizapp.models.columns import now
from vizapp.schemas.records import DashboardRecord

AT = {"x": 0, "y": 0, "w": 6, "h": 3}
JSON = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def editor(bearer: Callable[[int], Headers], people: People) -> Headers:
    return bearer(people.editor)


@pytest.fixture
def chart_ids(app: Flask, people: People, tmp_path: Path) -> list[int]:
    with app.app_context():
        who = actor(people.editor, Role.editor)
        dataset = make_dataset(who, tmp_path, name="secret plans.csv")
        return [make_chart(who, dataset.id, name=f"Chart {number}").id for number in range(3)]


@pytest.fixture
def board(app: Flask, people: People, chart_ids: list[int]) -> DashboardRecord:
    with app.app_context():
        return make_dashboard(actor(people.editor, Role.editor), chart_ids, padding=12)


@pytest.fixture
def token(anonymous: Caller, editor: Headers, board: DashboardRecord) -> str:
    return anonymous.post(f"/api/dashboards/{board.id}/share", headers=editor).get_json()["token"]


def _placed(*chart_ids: int) -> list[dict]:
    return [{"chart_id": chart_id, "position": {**AT, "y": 3 * row}} for row, chart_id in enumerate(chart_ids)]


# --- the way of a program


def test_a_program_makes_a_chart_puts_it_on_a_dashboard_and_reads_it_back(anonymous: Caller, account) -> None:
    ann = account()
    login = anonymous.post("/api/auth/login", json={"username": ann.username, "password": ann.password})
    headers = {"Authorization": f"Bearer {login.get_json()['access_token']}"}
    chart = {"name": "Revenue", "chart_type": "bar", "config": {"x": "month", "y": "revenue"}}
    chart_id = anonymous.post("/api/charts", json=chart, headers=headers).get_json()["id"]
    made = anonymous.post("/api/dashboards", json={"name": "Sales", "layout": {"rows": []}}, headers=headers)
    assert made.status_code == 201
    path = f"/api/dashboards/{made.get_json()['id']}"
    sent = {"charts": [{"chart_id": chart_id, "position": AT}]}
    assert anonymous.put(path, json=sent, headers=headers).status_code == 200
    found = anonymous.get(path, headers=headers).get_json()
    assert found["charts"] == sent["charts"]
    assert found["layout"]["items"] == [{"chartId": chart_id, "position": AT}]
    assert (found["layout"]["gridCols"], found["layout"]["rowHeight"]) == (12, 100)


# --- make and change


def test_charts_come_back_in_the_order_they_were_sent(anonymous: Caller, editor: Headers, board, chart_ids) -> None:
    a, b, c = chart_ids
    sent = {"charts": _placed(c, a)}
    saved = anonymous.put(f"/api/dashboards/{board.id}", json=sent, headers=editor).get_json()
    assert saved["charts"] == sent["charts"]
    assert anonymous.get(f"/api/charts/{b}", headers=editor).status_code == 200


def test_a_change_keeps_what_was_not_sent(anonymous: Caller, editor: Headers, board, chart_ids) -> None:
    path = f"/api/dashboards/{board.id}"
    named = anonymous.put(path, json={"name": "New"}, headers=editor).get_json()
    assert (named["name"], named["layout"]) == ("New", board.layout)
    fewer = anonymous.put(path, json={"charts": _placed(chart_ids[0])}, headers=editor).get_json()
    assert fewer["layout"]["settings"] == {"padding": 12}
    assert fewer["version"] == board.version + 2


def test_with_both_the_charts_stand_on_the_layout_s_grid(anonymous: Caller, editor: Headers, chart_ids) -> None:
    body = {
        "name": "D",
        "layout": {"gridCols": 24},
        "charts": [{"chart_id": chart_ids[0], "position": {**AT, "w": 24}}],
    }
    made = anonymous.post("/api/dashboards", json=body, headers=editor).get_json()
    assert (made["layout"]["gridCols"], made["charts"]) == (24, body["charts"])


def test_a_deleted_chart_leaves_the_dashboard_and_its_layout(anonymous: Caller, editor, board, chart_ids) -> None:
    anonymous.delete(f"/api/charts/{chart_ids[1]}", headers=editor)
    found = anonymous.get(f"/api/dashboards/{board.id}", headers=editor).get_json()
    assert [placed["chart_id"] for placed in found["charts"]] == [chart_ids[0], chart_ids[2]]
    assert [item["chartId"] for item in found["layout"]["items"]] == [chart_ids[0], chart_ids[2]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"charts": [{"chart_id": 987654, "position": AT}]}, "charts.0.chart_id"),
        ({"charts": [{"chart_id": "a", "position": AT}]}, "charts.0.chart_id"),
        ({"charts": [{"chart_id": 1, "position": {**AT, "x": -1}}]}, "charts.0.position.x"),
        ({"charts": [{"chart_id": 1, "position": {**AT, "x": 9}}]}, "charts"),
        ({"charts": [{"chart_id": 1, "position": AT}] * 2}, "charts"),
        ({"layout": {"items": [{"chartId": 987654, "position": AT}]}}, "layout.items.0.chartId"),
        ({"layout": {"gridCols": 99}}, "layout.gridCols"),
        ({"layout": {"settings": {"backgroundColor": "url(x)"}}}, "layout.settings.backgroundColor"),
        ({"layout": []}, "layout"),
        ({"name": ""}, "name"),
        ({"colour": 1}, "colour"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_saved(anonymous: Caller, editor, board, body: dict, field: str) -> None:
    path = f"/api/dashboards/{board.id}"
    error = assert_error(anonymous.put(path, json=body, headers=editor), 422, "INVALID_INPUT")
    assert list(error["details"]["fields"]) == [field]
    assert_error(anonymous.post("/api/dashboards", json={"name": "D", **body}, headers=editor), 422)
    assert anonymous.get(path, headers=editor).get_json()["version"] == board.version


@pytest.mark.parametrize("by_header", [True, False])
def test_the_later_of_two_saves_is_told_the_current_version(anonymous: Caller, editor, board, by_header: bool) -> None:
    path = f"/api/dashboards/{board.id}"
    read = anonymous.get(f"{path}?fields=id,version", headers=editor)
    assert anonymous.put(path, json={"name": "First"}, headers=editor).status_code == 200
    body = {"charts": []} if by_header else {"charts": [], "version": read.get_json()["version"]}
    headers = {**editor, "If-Match": read.headers["ETag"]} if by_header else editor
    error = assert_error(anonymous.put(path, json=body, headers=headers), 409, "STALE_VERSION")
    assert error["details"]["current_version"] == board.version + 1
    assert len(anonymous.get(path, headers=editor).get_json()["charts"]) == 3


def test_who_may_not_change_is_told_why_and_a_viewer_not_what_there_is(
    anonymous: Caller, bearer, people, board
) -> None:
    viewer, other = bearer(people.viewer), bearer(people.other_editor)
    for dashboard_id in (board.id, 987654):
        path = f"/api/dashboards/{dashboard_id}"
        assert_error(anonymous.put(path, json={"name": "Mine"}, headers=viewer), 403, "INSUFFICIENT_ROLE")
        for method, where in (("DELETE", path), ("GET", f"{path}/share"), ("POST", f"{path}/share")):
            assert_error(anonymous.open(where, method=method, headers=viewer), 403, "INSUFFICIENT_ROLE")
        missing = dashboard_id == 987654
        status, code = (404, "DASHBOARD_NOT_FOUND") if missing else (403, "PERMISSION_DENIED")
        for method, where in (("DELETE", path), ("GET", f"{path}/share"), ("DELETE", f"{path}/share")):
            assert_error(anonymous.open(where, method=method, headers=other), status, code)
        assert_error(anonymous.put(path, json={"name": "Mine"}, headers=other), status, code)
        assert_error(anonymous.get(path), 401, "AUTH_TOKEN_MISSING")
    assert_error(anonymous.post("/api/dashboards", json={"name": "D"}, headers=viewer), 403, "INSUFFICIENT_ROLE")
    assert anonymous.get(f"/api/dashboards/{board.id}", headers=viewer).get_json()["name"] == "Sales"


# --- lists


def test_a_list_is_sorted_searched_paged_and_cut_to_fields(app, anonymous: Caller, bearer, people, chart_ids) -> None:
    with app.app_context():
        for owner, name in ((people.editor, "b"), (people.other_editor, "a"), (people.editor, "c")):
            make_dashboard(actor(owner, Role.editor), chart_ids, name=name)
    headers = bearer(people.editor)

    def names(query: str) -> list[str]:
        items = anonymous.get(f"/api/dashboards?{query}", headers=headers).get_json()["items"]
        return [item["name"] for item in items]

    assert names("") == ["c", "a", "b"]
    assert names("sort=-name&limit=2") == ["c", "b"]
    assert names("search=B") == ["b"]
    assert names("mine=true&sort=created_at") == ["b", "c"]
    body = anonymous.get("/api/dashboards?fields=name,charts&offset=2", headers=headers).get_json()
    assert (body["total"], [*body["items"][0]]) == (3, ["name", "charts"])
    assert [*body["items"][0]["charts"][0]] == ["chart_id", "position"]
    assert_error(anonymous.get("/api/dashboards?sort=layout", headers=headers), 422, "INVALID_INPUT")


def test_the_number_of_statements_does_not_grow(app, anonymous: Caller, editor: Headers, people, chart_ids) -> None:
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    def counted(path: str) -> int:
        seen.clear()
        assert anonymous.get(path, headers=editor).status_code == 200
        return len(seen)

    with app.app_context():
        engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        one = make_dashboard(actor(people.editor), chart_ids[:1]).id
        lists = [counted("/api/dashboards")]
        many = make_dashboard(actor(people.admin), chart_ids).id
        lists.append(counted("/api/dashboards"))
        single = [counted(f"/api/dashboards/{one}"), counted(f"/api/dashboards/{many}")]
        event.remove(engine, "before_cursor_execute", note)
    assert lists[0] == lists[1] <= 6
    assert single[0] == single[1] <= 5


def test_what_has_not_changed_is_not_sent_again(anonymous: Caller, editor: Headers, board) -> None:
    path = f"/api/dashboards/{board.id}"
    again = {**editor, "If-None-Match": anonymous.get(path, headers=editor).headers["ETag"]}
    assert anonymous.get(path, headers=again).status_code == 304
    anonymous.put(path, json={"description": "New"}, headers=editor)
    assert anonymous.get(path, headers=again).status_code == 200


# --- links


def test_a_link_begins_with_the_public_address_whatever_host_a_request_names(
    app: Flask, anonymous: Caller, editor: Headers, board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions["vizapp"].config.__dict__, "public_url", "https://vizapp.example")
    path = f"/api/dashboards/{board.id}/share"
    link = anonymous.post(path, headers={**editor, "Host": "evil.example"}).get_json()
    assert link["url"] == f"https://vizapp.example/view/dashboard/{link['token']}"


def test_a_link_is_made_read_replaced_and_revoked(anonymous: Caller, editor: Headers, board) -> None:
    path = f"/api/dashboards/{board.id}/share"
    assert_error(anonymous.get(path, headers=editor), 404, "PUBLIC_LINK_NOT_FOUND")
    response = anonymous.post(path, json={"expires_in_days": 7}, headers=editor)
    link = response.get_json()
    assert response.status_code == 201
    assert link["url"] == f"http://localhost/view/dashboard/{link['token']}"
    lasts = datetime.fromisoformat(link["expires_at"]) - datetime.fromisoformat(link["created_at"])
    assert lasts == timedelta(days=7)
    assert anonymous.get(path, headers=editor).get_json() == link
    second = anonymous.post(path, headers=editor).get_json()
    assert second["expires_at"] is None
    assert_error(anonymous.get(f"/view/dashboard/{link['token']}", headers=JSON), 410, "LINK_GONE")
    assert anonymous.delete(path, headers=editor).status_code == 204
    assert anonymous.delete(path, headers=editor).status_code == 204
    assert_error(anonymous.get(f"/view/dashboard/{second['token']}", headers=JSON), 410, "LINK_GONE")


@pytest.mark.parametrize("days", [0, -1, 3651, "soon", 1.5])
def test_a_link_ends_within_ten_years(anonymous: Caller, editor: Headers, board, days: object) -> None:
    path = f"/api/dashboards/{board.id}/share"
    error = assert_error(anonymous.post(path, json={"expires_in_days": days}, headers=editor), 422, "INVALID_INPUT")
    assert "expires_in_days" in error["details"]["fields"]


def test_the_token_is_in_no_answer_but_that_of_its_link(anonymous: Caller, editor: Headers, board, token) -> None:
    for path in (f"/api/dashboards/{board.id}", "/api/dashboards"):
        response = anonymous.get(path, headers=editor)
        assert token not in response.get_data(as_text=True)
        assert response.status_code == 200
    assert anonymous.get(f"/api/dashboards/{board.id}", headers=editor).get_json()["is_public"] is True


# --- what everybody may read


def test_a_program_with_the_link_reads_the_dashboard_with_its_numbers(
    anonymous: Caller, editor: Headers, board, chart_ids, token
) -> None:
    response = anonymous.get(f"/view/dashboard/{token}", headers=JSON)
    assert response.status_code == 200
    assert "Accept" in response.headers["Vary"]
    body = response.get_json()
    assert set(body) == {"name", "description", "layout", "charts"}
    assert (body["name"], body["layout"]) == (board.name, board.layout)
    assert [chart["title"] for chart in body["charts"]] == ["Chart 0", "Chart 1", "Chart 2"]
    executed = anonymous.post(f"/api/charts/{chart_ids[0]}/execute", headers=editor).get_json()
    shown = body["charts"][0]
    assert (shown["type"], shown["error"], set(shown["data"])) == ("bar", None, set(executed))
    assert {**shown["data"], "cached": 0, "elapsedMs": 0} == {**executed, "cached": 0, "elapsedMs": 0}


def test_nothing_behind_the_dashboard_is_told(app, anonymous: Caller, chart_ids, token) -> None:
    with app.app_context(), write_tx() as session:
        session.get_one(Chart, chart_ids[0]).query = "SELECT inner FROM plans"
    text = anonymous.get(f"/view/dashboard/{token}", headers=JSON).get_data(as_text=True)
    for inside in ("example.com", "SELECT inner", "secret plans", "dataset_id", "created_by", "owner", "dataMapping"):
        assert inside not in text


def test_a_broken_chart_leaves_its_neighbours_their_numbers(app, anonymous: Caller, chart_ids, token) -> None:
    gone = {"chartType": "bar", "dataMapping": {"xAxis": "planet", "yAxis": "amount"}}
    with app.app_context(), write_tx() as session:
        session.get_one(Chart, chart_ids[1]).config = gone
    charts = anonymous.get(f"/view/dashboard/{token}", headers=JSON).get_json()["charts"]
    assert [chart["data"] is None for chart in charts] == [False, True, False]
    assert charts[1]["error"]["code"] == "COLUMN_MISSING"


@pytest.mark.parametrize("headers", [BROWSER, {}, {"Accept": "*/*"}, {"Accept": "text/html, application/json;q=0.9"}])
def test_whoever_does_not_ask_for_json_gets_the_page(anonymous: Caller, token, headers: dict) -> None:
    response = anonymous.get(f"/view/dashboard/{token}", headers=headers)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert "Accept" in response.headers["Vary"]


def test_each_reading_is_counted_and_makes_no_save_stale(anonymous: Caller, editor: Headers, board, token) -> None:
    for headers in (JSON, JSON, BROWSER):
        anonymous.get(f"/view/dashboard/{token}", headers=headers)
    found = anonymous.get(f"/api/dashboards/{board.id}", headers=editor).get_json()
    assert (found["public_access_count"], found["version"]) == (3, board.version)


def test_a_link_that_never_was_is_404_and_one_that_has_expired_410(app, anonymous: Caller, board, token) -> None:
    assert_error(anonymous.get("/view/dashboard/never", headers=JSON), 404, "DASHBOARD_NOT_FOUND")
    with app.app_context(), write_tx() as session:
        past = now() - timedelta(seconds=1)
        session.query(PublicLink).update({"expires_at": past})
        session.query(Dashboard).update({"public_token_expires_at": past})
    assert_error(anonymous.get(f"/view/dashboard/{token}", headers=JSON), 410, "LINK_GONE")


def test_a_link_opens_no_other_call(anonymous: Caller, chart_ids, board, token) -> None:
    headers = {"Referer": f"http://localhost/view/dashboard/{token}"}
    for path in (f"/api/dashboards/{board.id}", f"/api/charts/{chart_ids[0]}", "/api/datasets"):
        assert anonymous.get(path, headers=headers).status_code in (401, 404)
        assert_error(anonymous.get(path, headers={"Authorization": f"Bearer {token}"}), 401, "AUTH_TOKEN_INVALID")


@pytest.mark.parametrize("wrong", [True, "1"])
def test_what_only_looks_like_a_number_is_none(anonymous: Caller, editor: Headers, board, wrong: object) -> None:
    for body in (
        {"charts": [{"chart_id": wrong, "position": AT}]},
        {"charts": [{"chart_id": 1, "position": {**AT, "w": wrong}}]},
        {"layout": {"settings": {"padding": wrong}}},
        {"version": wrong},
    ):
        assert_error(anonymous.put(f"/api/dashboards/{board.id}", json=body, headers=editor), 422, "INVALID_INPUT")


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_a_body_that_does_not_tell_its_size_is_refused_whole(
    anonymous: Caller, editor: Headers, content_type: str
) -> None:
    def send(size: int) -> TestResponse:
        body = b'{"name":"trunc"}'.ljust(size)
        terminated = {"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(body)}
        headers = {**editor, "Transfer-Encoding": "chunked", "Content-Type": content_type}
        return anonymous.post("/api/dashboards", headers=headers, environ_overrides=terminated)

    before = anonymous.get("/api/dashboards", headers=editor).get_json()["total"]
    for size in (2**20 + 1, 2 * 2**20):
        error = assert_error(send(size), 413, "FILE_TOO_LARGE")
        assert "1024 kB" in error["message"]
    assert anonymous.get("/api/dashboards", headers=editor).get_json()["total"] == before
    assert send(2**20).status_code == (201 if content_type == "application/json" else 415)


def test_asking_for_the_head_of_a_public_link_counts_no_view(
    anonymous: Caller, editor: Headers, board: DashboardRecord, token: str
) -> None:
    for headers in (JSON, BROWSER):
        assert anonymous.head(f"/view/dashboard/{token}", headers=headers).status_code == 200
    found = anonymous.get(f"/api/dashboards/{board.id}", headers=editor).get_json()
    assert found["public_access_count"] == 0


def test_a_public_dashboard_that_has_not_changed_is_304_by_its_own_tag(
    anonymous: Caller, app: Flask, chart_ids: list[int], token: str
) -> None:
    tag = anonymous.get(f"/view/dashboard/{token}", headers=JSON).headers["ETag"]
    again = {**JSON, "If-None-Match": tag}
    assert anonymous.get(f"/view/dashboard/{token}", headers=again).status_code == 304
    with app.app_context(), write_tx() as session:
        session.get_one(Chart, chart_ids[0]).name = "Another name"
    assert anonymous.get(f"/view/dashboard/{token}", headers=again).status_code == 200


@pytest.mark.parametrize("headers", [JSON, BROWSER])
def test_a_public_dashboard_names_no_user_and_tiles_by_their_title(
    anonymous: Caller, app: Flask, chart_ids: list[int], token: str, headers: dict[str, str]
) -> None:
    with app.app_context(), write_tx() as session:
        for chart_id, gone in zip(chart_ids, (False, True, False), strict=True):
            chart = session.get_one(Chart, chart_id)
            mapping = {"xAxis": "planet"} if gone else {}
            styling = {**chart.config.get("styling", {}), "title": f"Shown {chart_id}"}
            parts = {**chart.config["dataMapping"], **mapping}
            chart.config, chart.name = {**chart.config, "styling": styling, "dataMapping": parts}, "Inner name"
    text = anonymous.get(f"/view/dashboard/{token}", headers=headers).get_data(as_text=True)
    assert "Inner name" not in text
    assert "Shared by" not in text
    assert '"editor"' not in text
    assert all(f"Shown {chart_id}" in text for chart_id in chart_ids)


@pytest.mark.parametrize("seconds", [1, 9, -1])
def test_a_dashboard_refreshes_by_itself_every_ten_seconds_at_most(
    anonymous: Caller, editor: Headers, seconds: int
) -> None:
    def create(every: int) -> TestResponse:
        sent = {"name": "board", "layout": {"settings": {"autoRefresh": every}}}
        return anonymous.post("/api/dashboards", json=sent, headers=editor)

    assert "layout.settings.autoRefresh" in assert_error(create(seconds), 422)["details"]["fields"]
    assert [create(every).status_code for every in (0, 10)] == [201, 201]


def test_a_stored_dashboard_that_refreshed_more_often_does_so_every_ten_seconds(
    app: Flask, anonymous: Caller, editor: Headers, board: DashboardRecord
) -> None:
    with app.app_context(), write_tx() as session:
        row = session.get_one(Dashboard, board.id)
        row.layout = {**row.layout, "settings": {"autoRefresh": 3}}
    changed = anonymous.put(f"/api/dashboards/{board.id}", json={"name": "another"}, headers=editor)
    assert changed.status_code == 200
    assert changed.get_json()["layout"]["settings"]["autoRefresh"] == 10
