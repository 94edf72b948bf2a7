"""What schemathesis is told besides the document: whom to spare, and that errors say documented codes."""

import os
from typing import Any

import schemathesis
from schemathesis import CheckContext, HookContext, Response


@schemathesis.hook
def before_call(context: HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Whoever calls does not take their own account away: an admin may, while there is another one."""
    mine = os.environ["FUZZ_USER_ID"]
    given = case.path_parameters or {}
    if case.operation.path == "/api/users/{id}" and case.method != "GET" and str(given.get("id")) == mine:
        given["id"] = int(mine) + 1


@schemathesis.check
def error_code_is_documented(ctx: CheckContext, response: Response, case: schemathesis.Case) -> None:
    """The code of an error is among the examples of its status."""
    if response.status_code < 400 or response.status_code == 405:
        return
    document = case.operation.schema.raw_schema
    found = case.operation.definition.raw["responses"]
    answer = found.get(str(response.status_code)) or found.get(f"{response.status_code // 100}XX")
    if answer is None:
        return  # another check's matter
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    code = response.json()["error"]["code"]
    assert code in answer["content"]["application/json"]["examples"], (
        f"{code} is not documented for {response.status_code}"
    )
