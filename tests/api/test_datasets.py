"""Datasets over HTTP: read with their report, renamed, given other types, and kept while charts need them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from tests.api.conftest import Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import People, actor, make_chart, make_dataset
from vizapp.access import Role
from vizapp.extensions import db
from vizapp.schemas.records import DatasetRecord


@pytest.fixture
def editor(bearer: Callable[[int], Headers], people: People) -> Headers:
    return bearer(people.editor)


@pytest.fixture
def upload(app: Flask, tmp_path: Path) -> Callable[..., DatasetRecord]:
    """Make a dataset of a user's."""

    def make(owner: int, name: str = "sales.csv") -> DatasetRecord:
        with app.app_context():
            return make_dataset(actor(owner, Role.editor), tmp_path, name=name)

    return make


@pytest.fixture
def dataset(upload: Callable[..., DatasetRecord], people: People) -> DatasetRecord:
    return upload(people.editor)


def test_a_dataset_is_read_with_its_columns_and_its_report(anonymous: Caller, editor: Headers, dataset) -> None:
    found = anonymous.get(f"/api/datasets/{dataset.id}", headers=editor).get_json()
    types = {column["name"]: column["type"] for column in found["columns"]}
    assert types == {"day": "date", "region": "string", "product": "string", "amount": "number", "units": "number"}
    assert (found["row_count"], found["file_name"], found["report"]) == (240, "sales.csv", dataset.report)
    inside = {"content_hash", "original"} & set(found)
    assert not inside, "names of files on the server"


def test_other_types_are_read_and_charts_see_them(
    app: Flask, anonymous: Caller, editor: Headers, people: People, dataset
) -> None:
    with app.app_context():
        chart = make_chart(actor(people.editor), dataset.id)
    path = f"/api/datasets/{dataset.id}"
    changed = anonymous.put(path, json={"types": {"units": "string"}}, headers=editor).get_json()
    assert {column["name"]: column["type"] for column in changed["columns"]}["units"] == "string"
    assert (changed["name"], changed["overrides"]["types"]) == (dataset.name, {"units": "string"})
    answer = anonymous.post(f"/api/charts/{chart.id}/execute", headers=editor).get_json()
    assert answer["cached"] is False


def test_a_new_name_changes_the_name_alone(anonymous: Caller, editor: Headers, dataset) -> None:
    path = f"/api/datasets/{dataset.id}"
    changed = anonymous.put(path, json={"name": "Orders"}, headers=editor).get_json()
    assert (changed["name"], changed["file_name"], changed["columns"]) == ("Orders", "sales.csv", dataset.columns)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"types": {"planet": "string"}}, "planet"),
        ({"types": {"units": "colour"}}, "types.units"),
        ({"types": ["units"]}, "types"),
        ({"day_first": {"planet": True}}, "planet"),
        ({"name": " "}, "name"),
        ({"columns": []}, "columns"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_changes(anonymous: Caller, editor, dataset, body: dict, field: str) -> None:
    path = f"/api/datasets/{dataset.id}"
    error = assert_error(anonymous.put(path, json={"name": "New", **body}, headers=editor), 422, "INVALID_INPUT")
    assert list(error["details"]["fields"]) == [field]
    assert anonymous.get(path, headers=editor).get_json()["name"] == dataset.name


def test_a_dataset_stays_while_charts_use_it(app: Flask, anonymous: Caller, editor, people: People, dataset) -> None:
    with app.app_context():
        chart = make_chart(actor(people.editor), dataset.id, name="Needs it")
    path = f"/api/datasets/{dataset.id}"
    error = assert_error(anonymous.delete(path, headers=editor), 409, "CONFLICT")
    assert error["details"]["charts"] == ["Needs it"]
    assert anonymous.delete(f"/api/charts/{chart.id}", headers=editor).status_code == 204
    assert anonymous.delete(path, headers=editor).status_code == 204
    assert_error(anonymous.get(path, headers=editor), 404, "DATASET_NOT_FOUND")


def test_who_may_not_change_is_told_why_and_a_viewer_not_what_there_is(anonymous, bearer, people, dataset) -> None:
    viewer, other = bearer(people.viewer), bearer(people.other_editor)
    for dataset_id in (dataset.id, 987654):
        path = f"/api/datasets/{dataset_id}"
        assert_error(anonymous.put(path, json={"name": "Mine"}, headers=viewer), 403, "INSUFFICIENT_ROLE")
        assert_error(anonymous.delete(path, headers=viewer), 403, "INSUFFICIENT_ROLE")
        status, code = (404, "DATASET_NOT_FOUND") if dataset_id == 987654 else (403, "PERMISSION_DENIED")
        assert_error(anonymous.put(path, json={"types": {}}, headers=other), status, code)
        assert_error(anonymous.delete(path, headers=other), status, code)
    assert anonymous.get(f"/api/datasets/{dataset.id}", headers=viewer).status_code == 200
    assert_error(anonymous.get(f"/api/datasets/{dataset.id}"), 401, "AUTH_TOKEN_MISSING")


def test_a_list_is_sorted_searched_and_cut_to_fields(anonymous: Caller, editor: Headers, upload, people) -> None:
    for owner, name in ((people.editor, "b.csv"), (people.other_editor, "a.csv"), (people.editor, "c.csv")):
        upload(owner, name)

    def names(query: str) -> list[str]:
        items = anonymous.get(f"/api/datasets?{query}", headers=editor).get_json()["items"]
        return [item["name"] for item in items]

    assert names("") == ["c.csv", "a.csv", "b.csv"]
    assert names("sort=name&limit=2") == ["a.csv", "b.csv"]
    assert names("search=C.") == ["c.csv"]
    assert names("mine=true&sort=-name") == ["c.csv", "b.csv"]
    body = anonymous.get("/api/datasets?fields=id,row_count&limit=1", headers=editor).get_json()
    assert (body["total"], [*body["items"][0]]) == (3, ["id", "row_count"])
    assert_error(anonymous.get("/api/datasets?sort=content_hash", headers=editor), 422, "INVALID_INPUT")


def test_a_list_takes_the_same_few_statements_whatever_its_length(app, anonymous, editor, upload, people) -> None:
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    counted = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    for owner in (people.editor, people.other_editor):
        upload(owner)
        seen.clear()
        assert anonymous.get("/api/datasets", headers=editor).status_code == 200
        counted.append(len(seen))
    with app.app_context():
        event.remove(db.engine, "before_cursor_execute", note)
    assert counted[0] == counted[1] <= 4, seen


def test_what_has_not_changed_is_not_sent_again(anonymous: Caller, editor: Headers, dataset) -> None:
    path = f"/api/datasets/{dataset.id}"
    again = {**editor, "If-None-Match": anonymous.get(path, headers=editor).headers["ETag"]}
    assert anonymous.get(path, headers=again).status_code == 304
    anonymous.put(path, json={"name": "Orders"}, headers=editor)
    assert anonymous.get(path, headers=again).status_code == 200
