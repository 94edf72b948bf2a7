"""Every callback of both apps, called by everybody with forged values: who may not change a thing, changes nothing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from dash import Dash
from flask import Flask
from sqlalchemy import select

from tests.factories import actor, make_chart, make_dashboard, make_dataset
from vizapp.access import Role
from vizapp.extensions import Base, db
from vizapp.schemas.content import LinkInput
from vizapp.schemas.exports import ExportBody
from vizapp.services import jobs, sharing

# Reading leaves traces that are not changes: the log, and the count of views.
UNWATCHED_TABLES = {"logs", "users", "settings"}
UNWATCHED_COLUMNS = {"public_access_count"}


class Content:
    """The editor's things, and values that a forger would send."""

    def __init__(self, people, folder) -> None:
        owner = actor(people.editor, Role.editor)
        self.dataset = make_dataset(owner, folder).id
        self.chart = make_chart(owner, self.dataset).id
        self.other_chart = make_chart(owner, self.dataset, name="Not on it").id
        self.dashboard = make_dashboard(owner, [self.chart]).id
        self.export = jobs.start(owner, ExportBody(what="dashboard", id=self.dashboard, format="csv")).id
        self.token = sharing.create_link(owner, self.dashboard, LinkInput()).token

    def values(self) -> list[Any]:
        """Each is sent in place of every State at once."""
        config = {"chartType": "bar", "dataMapping": {"xAxis": "region"}}
        everything = {
            "dashboard": self.dashboard,
            "chart": self.chart,
            "dataset": self.dataset,
            "id": self.dashboard,
            "version": 1,
            "base": 1,
            "name": "Taken over",
            "description": "",
            "items": [],
            "settings": {},
            "config": config,
            "refresh": True,
            "round": 1,
            "dataset_id": self.dataset,
            "chart_id": self.chart,
            "dashboard_id": self.dashboard,
            "layout": {"items": []},
            "pending": [],
        }
        return [
            everything,
            *({"act": act, "id": self.export} for act in ("cancel", "retry", "remove", "file")),
            self.dashboard,
            self.chart,
            self.dataset,
            "Taken over",
            None,
            [],
            {},
            "<img>",
            -1,
            1e300,
            True,
            [[[]]],
        ]


@pytest.fixture
def content(context, people, tmp_path) -> Content:
    return Content(people, tmp_path)


def _snapshot() -> dict[str, list[tuple]]:
    db.session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in UNWATCHED_TABLES:
            columns = [c for c in table.columns if c.name not in UNWATCHED_COLUMNS]
            found[table.name] = [
                tuple(map(str, row)) for row in db.session.execute(select(*columns).order_by(table.c.id))
            ]
    return found


def _server_callbacks(app: Dash) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((output, entry) for output, entry in app.callback_map.items() if "callback" in entry)


def _given(name: str, chart: int) -> tuple[Any, bool]:
    """The id as a browser sends it, and whether it stands in a list (ALL)."""
    if not name.startswith("{"):
        return name, False
    keys = json.loads(name)
    wild = any(value == ["ALL"] for value in keys.values())
    return {k: chart if isinstance(v, list) else v for k, v in keys.items()}, wild


def _argument(entry: dict[str, str], chart: int, value: Any) -> Any:
    name, wild = _given(entry["id"], chart)
    made = {"id": name, "property": entry["property"], "value": value}
    return [made] if wild else made


def _outputs(output: str, chart: int) -> Any:
    parts = output[2:-2].split("...") if output.startswith("..") else [output]
    made = []
    for part in parts:
        name, _, prop = part.rpartition(".")
        made.append(_argument({"id": name, "property": prop}, chart, None))
    return made if output.startswith("..") else made[0]


def _body(output: str, entry: dict[str, Any], chart: int, value: Any, pressed: int) -> dict[str, Any]:
    inputs = [
        _argument(item, chart, 1 if item["property"] in ("n_clicks", "n_submit") else value) for item in entry["inputs"]
    ]
    name, _ = _given(entry["inputs"][pressed]["id"], chart)
    text = name if isinstance(name, str) else json.dumps(name, sort_keys=True, separators=(",", ":"))
    return {
        "output": output,
        "outputs": _outputs(output, chart) if not entry.get("no_output") else [],
        "inputs": inputs,
        "state": [_argument(item, chart, value) for item in entry["state"]],
        "changedPropIds": [f"{text}.{entry['inputs'][pressed]['property']}"],
    }


def _bodies(app: Dash, content: Content) -> Iterator[dict[str, Any]]:
    for output, entry in _server_callbacks(app):
        for value in content.values():
            for pressed in range(len(entry["inputs"])):
                yield _body(output, entry, content.chart, value, pressed)


@pytest.fixture
def private(app: Flask) -> Dash:
    return app.extensions["vizapp_dash"]["private"]


@pytest.fixture
def public(app: Flask) -> Dash:
    return app.extensions["vizapp_dash"]["public"]


def test_nobody_reaches_a_callback(anonymous, content: Content, private: Dash) -> None:
    headers = anonymous.token()
    for body in _bodies(private, content):
        assert anonymous.post("/_dash-update-component", json=body, headers=headers).status_code == 401


@pytest.mark.parametrize("who", ["viewer", "other_editor"])
def test_who_does_not_own_it_changes_nothing_by_any_callback(
    who: str, client_for, people, content: Content, private: Dash
) -> None:
    client = client_for(getattr(people, who))
    headers = client.token()
    before = _snapshot()
    answered = set()
    for body in _bodies(private, content):
        response = client.post("/_dash-update-component", json=body, headers=headers)
        assert response.status_code in (200, 204), response.get_data(as_text=True)[:300]
        answered.add(body["output"])
    after = _snapshot()
    # An editor may make things of their own; what was there stays as it was.
    kept = {name: [row for row in after[name] if row in rows] for name, rows in before.items()}
    assert kept == before
    if who == "viewer":
        assert after == before
    assert answered == {output for output, _ in _server_callbacks(private)}


def test_a_link_changes_nothing_and_reads_only_its_dashboard(anonymous, content: Content, public: Dash) -> None:
    page = f"http://localhost/view/dashboard/{content.token}"
    assert anonymous.get(f"/view/dashboard/{content.token}", headers={"Accept": "text/html"}).status_code == 200
    headers = {**anonymous.token(), "Referer": page}
    before = _snapshot()
    for body in _bodies(public, content):
        response = anonymous.post("/view/_dash-update-component", json=body, headers=headers)
        assert response.status_code in (200, 204)
    assert _snapshot() == before
    output, entry = next(_server_callbacks(public))
    stranger = _body(output, entry, content.other_chart, {"dashboard": content.dashboard, "refresh": False}, 0)
    text = anonymous.post("/view/_dash-update-component", json=stranger, headers=headers).get_data(as_text=True)
    assert "does not exist" in text
    assert "Not on it" not in text


def test_without_the_link_in_the_referring_address_the_public_app_answers_nothing(
    anonymous, content: Content, public: Dash
) -> None:
    headers = anonymous.token()
    for referer in (
        "",
        "http://evil/view/dashboard/" + content.token,
        "http://localhost/view/dashboard/none",
        "http://localhost/",
    ):
        for body in _bodies(public, content):
            response = anonymous.post(
                "/view/_dash-update-component", json=body, headers={**headers, "Referer": referer}
            )
            assert response.status_code == 404
            break


def test_the_public_app_has_nothing_but_its_tiles(public: Dash) -> None:
    assert all('"page":"public"' in output for output in public.callback_map)


def test_both_apps_refuse_the_other_s_callbacks(client, content: Content, private: Dash) -> None:
    for output, entry in _server_callbacks(private):
        body = _body(output, entry, content.chart, None, 0)
        page = f"http://localhost/view/dashboard/{content.token}"
        response = client.post("/view/_dash-update-component", json=body, headers={**client.token(), "Referer": page})
        assert response.status_code == 422
