"""Exports in the background, as programs ask for them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.api.conftest import Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import People, actor, make_chart, make_dashboard, make_dataset
from vizapp.access import Role, Scope
from vizapp.schemas.account import ApiKeyInput
from vizapp.services import api_keys
from vizapp.services.job_runs import Runner


@pytest.fixture
def board(app: Flask, people: People, tmp_path: Path) -> int:
    with app.app_context():
        who = actor(people.editor, Role.editor)
        chart = make_chart(who, make_dataset(who, tmp_path).id)
        return make_dashboard(who, [chart.id], name='Umsatz 📈 ..\\ "x" ' + "länger " * 10).id


def test_a_program_asks_waits_fetches_and_throws_away(
    app: Flask, anonymous: Caller, bearer: Callable[[int], Headers], people: People, board: int
) -> None:
    headers = bearer(people.viewer)
    asked = {"what": "dashboard", "id": board, "format": "excel"}
    begun = anonymous.post("/api/exports", json=asked, headers=headers)
    assert begun.status_code == 202
    job = begun.get_json()
    assert (job["state"], job["what"], job["object_id"], job["format"]) == ("queued", "dashboard", board, "excel")
    where = f"/api/exports/{job['id']}"
    assert_error(anonymous.get(f"{where}/file", headers=headers), 404, "EXPORT_NOT_FOUND")
    assert_error(anonymous.post(f"{where}/retry", headers=headers), 409, "CONFLICT")
    Runner(app).run(job["id"])
    done = anonymous.get(f"{where}?fields=state,done,total,file_size", headers=headers).get_json()
    assert (done["state"], done["done"], done["total"]) == ("done", 1, 1)
    with anonymous.get(f"{where}/file", headers=headers) as file:
        assert len(file.data) == done["file_size"]
        named = file.headers["Content-Disposition"]
    assert named.isascii()
    assert named.count('"') == 2
    assert "%F0%9F%93%88" in named
    assert "\\" not in named
    listed = anonymous.get("/api/exports?sort=-title&search=umsatz", headers=headers).get_json()
    assert [item["id"] for item in listed["items"]] == [job["id"]]
    assert anonymous.delete(where, headers=headers).status_code == 204
    assert_error(anonymous.get(where, headers=headers), 404, "EXPORT_NOT_FOUND")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"what": "user"}, "what"),
        ({"id": "1"}, "id"),
        ({"format": "docx"}, "format"),
        ({"options": {"filters": []}}, "options.filters"),
        ({"options": {"paper": "A9"}, "format": "pdf"}, "options.paper"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_request_names_the_field(
    anonymous: Caller, bearer: Callable[[int], Headers], people: People, board: int, change: dict, field: str
) -> None:
    asked = {"what": "dashboard", "id": board, "format": "excel", **change}
    answer = anonymous.post("/api/exports", json=asked, headers=bearer(people.editor))
    assert field in assert_error(answer, 422)["details"]["fields"]


def test_a_key_to_read_may_have_files_made_and_they_are_its_user_s(
    app: Flask, anonymous: Caller, bearer: Callable[[int], Headers], people: People, board: int
) -> None:
    with app.app_context():
        made = api_keys.create_key(actor(people.editor, Role.editor), ApiKeyInput(name="k", scope=Scope.read))
    asked = {"what": "dashboard", "id": board, "format": "csv"}
    begun = anonymous.post("/api/exports", json=asked, headers={"Authorization": f"Bearer {made.key}"})
    assert begun.status_code == 202
    Runner(app).run(begun.get_json()["id"])
    found = anonymous.get(f"/api/exports/{begun.get_json()['id']}", headers=bearer(people.editor)).get_json()
    assert found["state"] == "done"


def test_a_session_without_its_csrf_header_starts_nothing(client: Caller, board: int) -> None:
    asked = {"what": "dashboard", "id": board, "format": "csv"}
    assert_error(client.post("/api/exports", json=asked), 400, "CSRF_FAILED")
    assert client.get("/api/exports").get_json()["total"] == 0


def test_a_public_link_has_nothing_made(app: Flask, anonymous: Caller, people: People, board: int) -> None:
    from vizapp.schemas.content import LinkInput
    from vizapp.services import sharing

    with app.app_context():
        token = sharing.create_link(actor(people.editor, Role.editor), board, LinkInput()).token
    asked = {"what": "dashboard", "id": board, "format": "csv"}
    page = {"Referer": f"http://localhost/view/dashboard/{token}"}
    assert_error(anonymous.post("/api/exports", json=asked, headers=page), 401, "AUTH_TOKEN_MISSING")
    assert_error(anonymous.get(f"/view/dashboard/{token}/file"), 404)
