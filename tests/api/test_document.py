"""The OpenAPI document is valid, whole, and the same thing as what is served."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from jsonschema_rs import Draft202012Validator, ValidationError

from scripts import api_docs
from tests.conftest import Caller
from vizapp import guard
from vizapp.api.document import complete
from vizapp.charts import registry

# Plain routes: Swagger's files, and addresses that are none.
UNDESCRIBED = {"docs.page", "docs.document", "docs.static", "docs.swagger", "unknown.refuse"}

# The one call that is not under /api/: its address is what people send each other.
PUBLIC = "view.view_dashboard"


@pytest.fixture
def document(anonymous: Caller) -> dict[str, Any]:
    response = anonymous.get("/api/docs/openapi.json")
    assert response.status_code == 200
    return response.get_json()


@pytest.fixture
def calls(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(method.upper(), path): call for path, item in document["paths"].items() for method, call in item.items()}


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()
    broken = {**document, "info": {}}
    with pytest.raises(ValidationError):
        schemathesis.openapi.from_dict(broken).validate()


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', str(document).replace("'", '"'))):
        found: Any = document
        for part in reference.split("/"):
            found = found[part]


def test_every_call_under_api_is_described(app: Flask, calls: dict[tuple[str, str], Any]) -> None:
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if (rule.rule.startswith(guard.API_PREFIX) and rule.endpoint not in UNDESCRIBED) or rule.endpoint == PUBLIC
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert set(calls) == served


def test_every_call_says_what_it_does_and_how_it_fails(calls: dict[tuple[str, str], dict[str, Any]]) -> None:
    for (method, path), call in calls.items():
        assert re.fullmatch(r"[a-z][a-z_]+", call["operationId"]), path
        assert call["summary"].endswith((".", ")")), path
        assert len(call["tags"]) == 1, path
        assert call["description"].endswith((".", ")")), path
        assert "<br" not in call["description"], path
        assert {"429", "5XX"} <= set(call["responses"]), path
        # A public link is no token: whoever has none of them is told that there is no such dashboard.
        assert ("401" in call["responses"]) is (call["operationId"] != "view_dashboard"), path
        if "{" in path:
            assert {"404", "422"} <= set(call["responses"]), path
        if "requestBody" in call:
            assert {"400", "413", "415", "422"} <= set(call["responses"]), path
        if method == "GET":
            assert "304" in call["responses"] or "application/json" not in str(call["responses"]["200"]), path


def test_every_body_and_answer_is_of_a_type_that_is_one(calls: dict[tuple[str, str], dict[str, Any]]) -> None:
    for place, call in calls.items():
        for holder in [call.get("requestBody", {}), *call["responses"].values()]:
            for kind in holder.get("content", {}):
                assert re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", kind), f"{place}: {kind}"


def test_a_file_that_was_made_in_the_background_may_be_of_each_type(calls: dict[tuple[str, str], Any]) -> None:
    told = calls["GET", "/api/exports/{id}/file"]["responses"]["200"]["content"]
    for (method, path), call in calls.items():
        if method == "GET" and path.startswith("/api/export/"):
            assert set(call["responses"]["200"]["content"]) <= set(told), path


def _resolved(document: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in found:
        found = document["components"][found["$ref"].split("/")[2]][found["$ref"].split("/")[3]]
    return found


def _validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": document["components"]}, validate_formats=True)


def test_every_body_and_answer_has_an_example_that_fits_its_schema(
    document: dict[str, Any], calls: dict[tuple[str, str], Any]
) -> None:
    for place, call in calls.items():
        good = [_resolved(document, answer) for status, answer in call["responses"].items() if status in ("200", "201")]
        for holder in [*filter(None, [call.get("requestBody")]), *good]:
            media = holder["content"].get("application/json")
            if media is None:
                continue
            schema = _resolved(document, media["schema"])
            assert "example" in schema, f"{place}: {schema.get('title')} has no example"
            _validator(document, schema).validate(schema["example"])


def _whole_numbers(schema: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        if schema.get("type") == "integer":
            yield place, schema
        for name, part in schema.items():
            yield from _whole_numbers(part, f"{place}.{name}" if place else name)
    elif isinstance(schema, list):
        for part in schema:
            yield from _whole_numbers(part, place)


@pytest.mark.parametrize(
    "body", ["ApiKeyInput", "ChartChanges", "DashboardLayout", "LayoutSettings", "Placed", "Position", "ShareBody"]
)
def test_whole_numbers_of_bodies_tell_their_bounds(document: dict[str, Any], body: str) -> None:
    found = dict(_whole_numbers(document["components"]["schemas"][body]["properties"]))
    assert found
    for place, schema in found.items():
        assert {"minimum", "maximum"} <= schema.keys(), place


def test_the_types_of_charts_are_told_with_their_columns_and_options(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    names = [kind.key for kind in registry.all_types()]
    for body in ("ChartBody", "ChartChanges"):
        assert schemas[body]["properties"]["chart_type"]["anyOf"][0]["enum"] == names
    long = schemas["LongConfig"]
    assert "* `bar`: `xAxis`, `yAxis` (number), `series` if wanted" in long["description"]
    validator = _validator(document, long)
    config = {"dataMapping": {"xAxis": "month", "yAxis": "revenue"}}
    for options in ({}, {"stack": "percent"}, {"goodDirection": "up", "unit": "€"}):
        validator.validate({**config, "options": options})
    with pytest.raises(ValidationError):
        validator.validate({**config, "options": {"horizontal": True}})


def test_running_and_exporting_a_chart_tell_how_a_database_fails(calls: dict[tuple[str, str], dict[str, Any]]) -> None:
    asking = [("POST", "/api/charts/{id}/execute"), ("POST", "/api/data/query")]
    asking += [("GET", f"/api/export/chart/{{id}}/{kind}") for kind in ("csv", "excel", "image", "pdf")]
    for place in asking:
        assert {"500", "502", "503", "504"} <= set(calls[place]["responses"]), place


def test_every_error_carries_its_codes_each_with_an_example_in_the_one_shape(
    document: dict[str, Any], calls: dict[tuple[str, str], Any]
) -> None:
    validator = _validator(document, {"$ref": "#/components/schemas/ErrorAnswer"})
    for place, call in calls.items():
        for status, answer in call["responses"].items():
            if status >= "4":
                examples = _resolved(document, answer)["content"]["application/json"].get("examples", {})
                assert examples, f"{place} {status} names no code: see vizapp/api/failures.py"
                for code, example in examples.items():
                    validator.validate(example["value"])
                    assert example["value"]["error"]["code"] == code


def test_a_code_that_calls_share_is_told_by_each(calls: dict[tuple[str, str], Any], document: dict[str, Any]) -> None:
    for (_, path), call in calls.items():
        if "/{id}" in path:
            codes = _resolved(document, call["responses"]["404"])["content"]["application/json"]["examples"]
            kind = path.partition("/{id}")[0].rpartition("/")[2].removesuffix("s").upper()
            assert {"API_KEY" if kind == "KEY" else kind} <= {code.removesuffix("_NOT_FOUND") for code in codes}, path


def test_the_reference_says_what_the_document_says(app: Flask) -> None:
    written = api_docs.TARGET.read_text(encoding="utf-8")
    assert written == api_docs.Reference(complete(app.api_doc)).text(), "run `make docs`"


def test_operations_have_names_of_their_own(calls: dict[tuple[str, str], dict[str, Any]]) -> None:
    names = [call["operationId"] for call in calls.values()]
    assert len(names) == len(set(names))


def test_only_open_calls_are_described_as_open(app: Flask, calls: dict[tuple[str, str], dict[str, Any]]) -> None:
    open_calls = {call["operationId"] for call in calls.values() if call.get("security") == []}
    open_endpoints = {name.partition(".")[2] for name in guard.OPEN_ENDPOINTS if name.startswith("auth.")}
    assert open_endpoints == {"log_in", "refresh_tokens"}
    assert open_calls == {*open_endpoints, PUBLIC.partition(".")[2]}


def test_completing_leaves_what_was_collected_alone(app: Flask) -> None:
    before = str(app.api_doc)
    assert complete(app.api_doc) == complete(app.api_doc)
    assert str(app.api_doc) == before


def test_the_page_has_no_inline_script_and_its_files_are_served(anonymous: Caller) -> None:
    for address in ("/api/docs", "/api/docs/"):
        page = anonymous.get(address, headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert "unsafe-eval" not in page.headers["Content-Security-Policy"]
    text = page.get_data(as_text=True)
    assert not re.findall(r"<script(?![^>]*\bsrc=)", text)
    for source in re.findall(r'(?:src|href)="(/[^"]+)"', text):
        with anonymous.get(source) as response:
            assert response.status_code == 200, source
