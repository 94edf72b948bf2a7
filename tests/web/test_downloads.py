"""The drawer of downloads, called as the browser does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Caller
from tests.factories import People, actor, make_chart, make_dashboard, make_dataset
from tests.web.dash_calls import assert_refused_quietly, call
from vizapp.access import Role
from vizapp.extensions import write_tx
from vizapp.models import Job
from vizapp.services.job_runs import Runner

OUTPUT = "downloads-list.children"


@pytest.fixture
def board(app: Flask, people: People, tmp_path: Path) -> int:
    with app.app_context():
        who = actor(people.editor, Role.editor)
        return make_dashboard(who, [make_chart(who, make_dataset(who, tmp_path).id).id], name="Sales").id


@pytest.fixture
def viewer(client_for: Callable[[int | None], Caller], people: People) -> Caller:
    return client_for(people.viewer)


def press(client: Caller, what: object, followed: object = None) -> dict[str, Any]:
    values = {"downloads-pressed.data": what, "downloads-followed.data": followed}
    answer = call(client, OUTPUT, values, changed="downloads-pressed.data")
    assert answer.status_code == 200
    return answer.get_json()["response"]


def tick(client: Caller, followed: object) -> dict[str, Any]:
    values = {"downloads-timer.n_intervals": 1, "downloads-followed.data": followed}
    return call(client, OUTPUT, values, changed="downloads-timer.n_intervals").get_json()["response"]


def test_what_is_started_is_followed_until_it_is_ready_and_then_fetched_by_its_page(
    viewer: Caller, board: int, app: Flask
) -> None:
    begun = press(viewer, {"act": "start", "what": "dashboard", "id": board, "format": "excel"})
    assert begun["downloads-timer"] == {"disabled": False}
    followed = begun["downloads-followed"]["data"]
    (job_id,) = followed["open"]
    assert followed["mine"] == [job_id]
    assert "is being made" in begun["toasts"]["data-toast"]
    waiting = tick(viewer, followed)
    assert waiting["downloads-followed"]["data"] == followed
    assert "Waiting" in str(waiting["downloads-list"])
    Runner(app).run(job_id)
    ready = tick(viewer, followed)
    assert ready["downloads-timer"] == {"disabled": True}
    assert ready["downloads-ready"]["data"] == [f"/api/exports/{job_id}/file"]
    assert "Your export is ready: Sales.xlsx" in ready["toasts"]["data-toast"]
    assert ready["downloads-badge"]["children"] == []
    file = viewer.get(f"/api/exports/{job_id}/file")
    assert file.headers["Content-Disposition"].startswith('attachment; filename="Sales.xlsx"')
    file.close()


def test_a_file_that_is_in_a_bucket_as_well_says_where(viewer: Caller, board: int, app: Flask) -> None:
    begun = press(viewer, {"act": "start", "what": "dashboard", "id": board, "format": "csv"})
    (job_id,) = begun["downloads-followed"]["data"]["open"]
    Runner(app).run(job_id)
    assert "bucket" not in str(tick(viewer, begun["downloads-followed"]["data"])["downloads-list"])
    with app.app_context(), write_tx() as session:
        row = session.get_one(Job, job_id)
        row.parameters = {**row.parameters, "destination": {"connection_id": 3, "path": "reports/Sales.zip"}}
    shown = tick(viewer, begun["downloads-followed"]["data"])["downloads-list"]
    assert "Also in a bucket: reports/Sales.zip" in str(shown)


def test_another_page_is_told_but_does_not_fetch(viewer: Caller, board: int, app: Flask) -> None:
    begun = press(viewer, {"act": "start", "what": "dashboard", "id": board, "format": "csv"})
    (job_id,) = begun["downloads-followed"]["data"]["open"]
    Runner(app).run(job_id)
    told = tick(viewer, {"open": [job_id], "mine": []})
    assert "downloads-ready" not in told
    assert "ready" in told["toasts"]["data-toast"]
    assert "badge-count" in str(told["downloads-badge"])
    page = viewer.get("/charts", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert ": 1 ready" in page


def test_cancel_again_and_remove(viewer: Caller, board: int, app: Flask) -> None:
    begun = press(viewer, {"act": "start", "what": "dashboard", "id": board, "format": "csv"})
    followed = begun["downloads-followed"]["data"]
    (job_id,) = followed["open"]
    cancelled = press(viewer, {"act": "cancel", "id": job_id}, followed)
    assert cancelled["downloads-timer"] == {"disabled": True}
    assert "Cancelled" in str(cancelled["downloads-list"])
    again = press(viewer, {"act": "retry", "id": job_id})
    assert again["downloads-followed"]["data"] == {"open": [job_id], "mine": [job_id]}
    with app.app_context(), write_tx() as session:
        row = session.get_one(Job, job_id)
        row.state, row.message = "failed", "Too large by 3 MB."
    failed = tick(viewer, followed)
    assert "Too large by 3 MB." in str(failed["downloads-list"])
    assert "Too large by 3 MB." in failed["toasts"]["data-toast"]
    gone = press(viewer, {"act": "remove", "id": job_id})
    assert "appear here" in str(gone["downloads-list"])


def test_another_s_export_is_as_one_that_is_not_there(
    viewer: Caller, client: Caller, board: int, caplog: pytest.LogCaptureFixture
) -> None:
    begun = press(viewer, {"act": "start", "what": "dashboard", "id": board, "format": "csv"})
    (job_id,) = begun["downloads-followed"]["data"]["open"]
    for act in ("cancel", "retry", "remove"):
        answer = call(
            client, OUTPUT, {"downloads-pressed.data": {"act": act, "id": job_id}}, changed="downloads-pressed.data"
        )
        assert "does not exist" in answer.get_data(as_text=True)
    assert "appear here" in str(press(client, {"act": "file", "id": job_id})["downloads-list"])


@pytest.mark.parametrize(
    "sent",
    [None, [], "start", {"act": []}, {"act": "start"}, {"act": "start", "what": "user", "id": 1, "format": "csv"},
     {"act": "cancel", "id": "1"}, {"act": "remove", "id": True}],
)  # fmt: skip
def test_whatever_is_sent_surprises_nobody(viewer: Caller, sent: object, caplog: pytest.LogCaptureFixture) -> None:
    for followed in (None, [], {"open": 3, "mine": [[], "x"]}):
        values = {"downloads-pressed.data": sent, "downloads-followed.data": followed}
        assert_refused_quietly(call(viewer, OUTPUT, values, changed="downloads-pressed.data"), caplog)
