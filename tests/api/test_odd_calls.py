"""Every call of the document, called oddly: bodies that are none, other types, addresses and parameters of no call."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.api.conftest import Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import People
from vizapp.api.document import complete
from vizapp.schemas.base import MAX_REASONS

JSON = "application/json"
DEEP = "[" * 100_000 + "]" * 100_000
BODIES: dict[str, tuple[bytes, str, set[int]]] = {
    "nothing JSON": (b"{", JSON, {400}),
    "NaN": (b'{"name": NaN}', JSON, {400}),
    "a number beyond all": (b'{"name": 1e999}', JSON, {400}),
    "deep": (f'{{"name": {DEEP}}}'.encode(), JSON, {400}),
    "a list": (b"[]", JSON, {422}),
    "null": (b"null", JSON, {422}),
    "another's bytes": (b"\xff\xfe", JSON, {400}),
    "huge": (b'{"name": "' + b"x" * 2**20 + b'"}', JSON, {413}),
    "many keys": (json.dumps({f"key{n}": n for n in range(10_000)}).encode(), JSON, {422}),
    "a wrong type everywhere": (
        b'{"name": {"a": [1]}, "config": 7, "layout": true, "value": "x", "filters": {}}',
        JSON,
        {422},
    ),
    "plain text": (b"name=a", "text/plain", {415}),
    "a form": (b"name=a", "application/x-www-form-urlencoded", {415}),
    "no type": (b"{}", "", {415}),
}


@pytest.fixture
def admin(bearer: Callable[[int], Headers], people: People) -> Headers:
    return {**bearer(people.admin), "Accept": JSON}


@pytest.fixture
def calls(app: Flask) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, an address and description of each call under /api/ but signing out."""
    found = complete(app.api_doc)["paths"]
    return [
        (method.upper(), re.sub(r"\{\w+\}", "1", path), call)
        for path, item in found.items()
        for method, call in item.items()
        if path.startswith("/api/") and call["operationId"] != "log_out"
    ]


def _takes_json(call: dict[str, Any]) -> bool:
    return JSON in call.get("requestBody", {}).get("content", {})


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_none_is_refused_by_every_call_alike(
    anonymous: Caller, admin: Headers, calls: list[tuple[str, str, dict[str, Any]]], name: str
) -> None:
    body, kind, statuses = BODIES[name]
    tried = 0
    for method, path, call in calls:
        if _takes_json(call):
            response = anonymous.open(path, method=method, data=body, content_type=kind, headers=admin)
            assert response.status_code in statuses, f"{method} {path}: {response.get_data(as_text=True)[:200]}"
            error = assert_error(response, response.status_code)
            assert len(error.get("details", {}).get("fields", {})) <= MAX_REASONS
            tried += 1
    assert tried > 10


def test_a_parameter_that_a_call_does_not_know_is_named_and_of_two_the_first_counts(
    anonymous: Caller, admin: Headers, calls: list[tuple[str, str, dict[str, Any]]]
) -> None:
    lists = [path for method, path, call in calls if method == "GET" and "'limit'" in str(call["parameters"])]
    assert len(lists) > 5
    for path in lists:
        if "connections/1" in path:
            continue  # there is no such connection to have a list
        error = assert_error(anonymous.get(f"{path}?colour=red", headers=admin), 422, "INVALID_INPUT")
        assert "colour" in error["details"]["fields"]
        assert anonymous.get(f"{path}?limit=3&limit=7", headers=admin).get_json()["limit"] == 3
        assert_error(anonymous.get(f"{path}?limit=x&limit=7", headers=admin), 422, "INVALID_INPUT")


def test_head_answers_as_get_does_without_a_body(
    anonymous: Caller, admin: Headers, calls: list[tuple[str, str, dict[str, Any]]]
) -> None:
    for method, path, _ in calls:
        if method == "GET":
            full, head = anonymous.get(path, headers=admin), anonymous.head(path, headers=admin)
            assert head.status_code == full.status_code, path
            assert head.get_data() == b"", path
            assert head.headers.get("ETag") == full.headers.get("ETag"), path


def test_a_slash_at_the_end_is_another_address(
    anonymous: Caller, admin: Headers, calls: list[tuple[str, str, dict[str, Any]]]
) -> None:
    for method, path, _ in calls:
        assert_error(anonymous.open(f"{path}/", method=method, headers=admin), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/*", "text/html", "image/png", "nonsense", "application/json;q=0.1"]
)
def test_whatever_is_accepted_errors_and_objects_are_json(anonymous: Caller, admin: Headers, accept: str) -> None:
    headers = {**admin, "Accept": accept}
    assert anonymous.get("/api/charts", headers=headers).mimetype == JSON
    assert_error(anonymous.get("/api/charts/987654", headers=headers), 404, "CHART_NOT_FOUND")
