"""Whatever is posted to Dash's one endpoint, the answer is a 4xx in the error shape."""

import copy
import json

import pytest
from flask import Flask

from tests.asserts import assert_error
from tests.conftest import Caller

UPDATE = "/_dash-update-component"
DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '"x"',
        "1",
        "NaN",
        '{"output": null}',
        '{"output": "nothing.children"}',
        '{"output": []}',
        DEEP,
        '{"output": "editor-charts.children", "inputs": 1}',
        '{"output": "editor-charts.children", "inputs": [null, null]}',
    ],
)
@pytest.mark.parametrize("prefix", ["", "/view"])
def test_a_malformed_body_is_refused(client: Caller, body: str, prefix: str) -> None:
    response = client.post(prefix + UPDATE, data=body, content_type="application/json", headers=client.token())
    assert 400 <= response.status_code < 500
    assert_error(response, response.status_code)


def test_a_body_of_ten_megabytes_is_refused(client: Caller) -> None:
    body = json.dumps({"output": "x" * 10_000_000})
    response = client.post(UPDATE, data=body, content_type="application/json", headers=client.token())
    assert_error(response, 413)


def test_another_content_type_is_refused(client: Caller) -> None:
    response = client.post(UPDATE, data="{}", content_type="text/plain", headers=client.token())
    assert_error(response, 415)


def test_a_post_without_the_csrf_header_is_refused(client: Caller) -> None:
    assert_error(client.post(UPDATE, json=_call("editor-charts.children")), 400, "CSRF_FAILED")


def _call(output: str, text: str = "") -> dict:
    return {
        "output": output,
        "outputs": {"id": "editor-charts", "property": "children"},
        "inputs": [{"id": "editor-search", "property": "value", "value": text}],
        "changedPropIds": ["editor-search.value"],
    }


def test_a_well_formed_call_is_answered(client: Caller) -> None:
    response = client.post(UPDATE, json=_call("editor-charts.children", "nothing"), headers=client.token())
    assert response.status_code == 200
    assert "editor-charts" in response.get_data(as_text=True)


def test_nobody_gets_an_answer_to_a_well_formed_call(anonymous: Caller) -> None:
    response = anonymous.post(UPDATE, json=_call("editor-charts.children"), headers=anonymous.token())
    assert_error(response, 401)


@pytest.mark.parametrize("change", ["drop input", "other id", "other property", "other outputs", "bad changed"])
def test_a_call_that_differs_from_the_callback_is_refused(client: Caller, change: str) -> None:
    body = copy.deepcopy(_call("editor-charts.children"))
    if change == "drop input":
        body["inputs"].pop()
    elif change == "other id":
        body["inputs"][0]["id"] = "else"
    elif change == "other property":
        body["inputs"][0]["property"] = "children"
    elif change == "other outputs":
        body["outputs"] = {"id": 1}
    else:
        body["changedPropIds"] = {"a": 1}
    assert_error(client.post(UPDATE, json=body, headers=client.token()), 422)


def test_the_public_app_knows_no_private_callback(app: Flask) -> None:
    public = next(rule for rule in app.url_map.iter_rules() if rule.rule == "/view/_dash-update-component")
    assert public is not None
    from vizapp import guard  # noqa: F401

    private_outputs = {"editor-charts.children", "share-body.children"}
    for output in private_outputs:
        client = app.test_client()
        response = client.post("/view" + UPDATE, json={"output": output})
        assert response.status_code in (400, 404)
