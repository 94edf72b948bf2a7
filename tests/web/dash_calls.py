"""Calling a Dash callback as the browser does: by its output, with the values of its inputs and state."""

import json
import logging
from typing import Any

import pytest
from flask import g, has_app_context
from werkzeug.test import TestResponse

from tests.conftest import Caller


def assert_refused_quietly(answer: TestResponse, caplog: pytest.LogCaptureFixture) -> None:
    """The callback ran, and what it was sent did not take it by surprise: else an error would be logged."""
    assert answer.status_code in (200, 204), answer.get_data(as_text=True)
    failed = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert not failed, [record.getMessage() for record in failed]


def name_of(part: dict[str, Any]) -> str:
    """`wizard-draft.data`; dict ids as sorted JSON."""
    return f"{part['id']}.{part['property']}"


def call(
    client: Caller, output: str, values: dict[str, Any], *, changed: str, patterns: dict[str, list[Any]] | None = None
) -> TestResponse:
    """POST to the callback whose output contains `output` and that listens to `changed`.

    `values` maps `id.property` to a value; `patterns` maps the name of a pattern-matched input to its entries.
    """
    if has_app_context():
        # Under a test's own app context `g` outlives the request, and with it who was signed in before.
        vars(g).clear()
    known = json.loads(client.get("/_dash-dependencies").data)
    trigger = changed.rpartition(".")[0] if patterns else ""
    found = next(
        item
        for item in known
        if output in item["output"]
        and not item.get("clientside_function")
        and any(changed in (name_of(part), trigger) or name_of(part) in (patterns or {}) for part in item["inputs"])
    )

    def filled(parts: list[dict[str, Any]]) -> list[Any]:
        return [
            (patterns or {}).get(name_of(p), []) if p["id"].startswith("{") else {**p, "value": values.get(name_of(p))}
            for p in parts
        ]

    body = {
        "output": found["output"],
        "outputs": _outputs(found["output"], patterns or {}),
        "inputs": filled(found["inputs"]),
        "state": filled(found.get("state", [])),
        "changedPropIds": [changed],
    }
    return client.post("/_dash-update-component", json=body, headers=client.token())


def _outputs(output: str, patterns: dict[str, list[Any]]) -> Any:
    """The outputs as the renderer spells them out; patterns by what they match."""
    parts = output.strip(".").split("...") if output.startswith("..") else [output]
    spelled = []
    for part in parts:
        name, _, prop = part.rpartition(".")
        if name.startswith("{"):
            matched = next(iter(patterns.values()), [])
            spelled.append([{"id": item["id"], "property": prop} for item in matched])
        else:
            spelled.append({"id": name, "property": prop})
    return spelled if output.startswith("..") else spelled[0]
