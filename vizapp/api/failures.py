"""How calls fail, for the OpenAPI document: what all can answer, and what one says of itself.

@charts.put("/api/charts/<id>", responses={200: ChartRecord, **fails(StaleVersion)})
"""

from typing import Any

from vizapp.errors import (
    AppError,
    ConnectionOff,
    DatabaseTimeout,
    DatabaseUnreachable,
    FileTooLarge,
    InsufficientRole,
    InvalidInput,
    MissingField,
    NotFound,
    PermissionDenied,
    QueryFailed,
    SourceBusy,
    StorageFull,
    TokenExpired,
    TokenInvalid,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)

JSON = "application/json"
Error = AppError | type[AppError]
_SCHEMA = {"$ref": "#/components/schemas/ErrorAnswer"}
_CSRF = InvalidInput("The header X-CSRFToken is missing or old: with a session it is needed.")
_CSRF.code = "CSRF_FAILED"
_NOT_JSON = InvalidInput("The body is not valid JSON.")
_TYPE = AppError("Send JSON, with Content-Type: application/json.")
_TYPE.code = "UNSUPPORTED_MEDIA_TYPE"
# component: status, when it comes, what can be said
_ERRORS: dict[str, tuple[str, str, tuple[Error, ...]]] = {
    "BadRequest": ("400", "The body is no JSON, or the CSRF header is missing or old.", (_NOT_JSON, _CSRF)),
    "NotJson": ("400", "The body is no JSON.", (_NOT_JSON,)),
    "Unauthenticated": (
        "401",
        "No token, or one that is wrong, expired or revoked.",
        (Unauthenticated, TokenInvalid, TokenExpired),
    ),
    "Forbidden": (
        "403",
        "The role, the owner or the scope of the key does not allow this.",
        (InsufficientRole, PermissionDenied),
    ),
    "TooLarge": ("413", "The body is over the limit.", (FileTooLarge("The body is over the limit of 1024 kB."),)),
    "WrongType": ("415", "The body is not of the type this call takes.", (_TYPE,)),
    "Invalid": (
        "422",
        "A value does not fit; `details.fields` says which and why.",
        (InvalidInput, MissingField("name is required")),
    ),
    "TooMany": ("429", "Too many calls; `Retry-After` says how many seconds to wait.", (TooManyRequests,)),
    "Failed": (
        "5XX",
        "Something failed on the server: 500. What passes with time: 503, and 507 when the disk is full.",
        (AppError, Unavailable, StorageFull),
    ),
}
# What asking a connected database can come to, besides the question being wrong.
_STATES = (SourceBusy, Unavailable, ConnectionOff)
DATABASE: tuple[Error, ...] = (DatabaseUnreachable, DatabaseTimeout, QueryFailed, *_STATES)
# What stands before an id in a path, where it is not the plural of what is not found.
_KINDS = {"keys": "API key"}
_RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}


def fails(*errors: Error) -> dict[str | int, Any]:
    """Errors of one call besides those all have, for its `responses`."""
    found: dict[str | int, Any] = {}
    for error in errors:
        answer = found.setdefault(error.status, {"description": "", "content": {JSON: {"schema": _SCHEMA}}})
        answer["content"][JSON].setdefault("examples", {}).update(_example(error))
        answer["description"] = " ".join(filter(None, (answer["description"], _message(error))))
    return found


def components() -> dict[str, Any]:
    """What many calls refer to, by name."""
    return {name: _shared(*about) for name, about in _ERRORS.items()}


def _shared(status: str, description: str, errors: tuple[Error, ...]) -> dict[str, Any]:
    examples = {code: example for error in errors for code, example in _example(error).items()}
    headers = {"headers": _RETRY} if status == "429" else {}
    content = {JSON: {"schema": _SCHEMA, "examples": examples}}
    return {"description": description, "content": content, **headers}


def _example(error: Error) -> dict[str, Any]:
    told: dict[str, object] = {"code": error.code, "message": _message(error)}
    if isinstance(error, AppError) and error.details:
        told["details"] = error.details
    told |= {"timestamp": "2026-11-02T09:30:00.000+00:00", "path": "/api/…", "requestId": "4f1c2d3e5a6b47c8"}
    return {error.code: {"value": {"error": told}}}


def _message(error: Error) -> str:
    return error.message if isinstance(error, AppError) else error.default


def add(path: str, method: str, call: dict[str, Any], shared: dict[str, Any]) -> None:
    """Complete the `responses` of a call from the components in `shared`, which grows by what its path cannot find."""
    responses = call["responses"]
    # The library's own description of a body that does not fit.
    if "examples" not in responses.get("422", {}).get("content", {}).get(JSON, {}):
        responses.pop("422", None)
    if "{" in path:
        name = _not_found(path, shared)
        _add(responses, "404", name, shared[name])
    for name in _errors_of(method, call):
        _add(responses, _ERRORS[name][0], name, shared[name])


def _not_found(path: str, shared: dict[str, Any]) -> str:
    """The component for what this path does not find."""
    before = path.partition("/{")[0].rpartition("/")[2]
    error = NotFound.of(_KINDS.get(before, before.removesuffix("s")))
    name = f"{error.code.title().replace('_', '')}"
    shared[name] = _shared("404", "There is no such object.", (error,))
    return name


def _add(responses: dict[str, Any], status: str, name: str, answer: dict[str, Any]) -> None:
    """Refer to the component, or put what it says beside what the call says itself."""
    own = responses.get(status)
    if own is None:
        responses[status] = {"$ref": f"#/components/responses/{name}"}
        return
    examples = {**answer["content"][JSON]["examples"], **own.get("content", {}).get(JSON, {}).get("examples", {})}
    content = {JSON: {"schema": _SCHEMA, "examples": examples}}
    responses[status] = {"description": f"{answer['description']} {own['description']}", "content": content}


def _errors_of(method: str, call: dict[str, Any]) -> list[str]:
    names = ["TooMany", "Failed"]
    is_open = call.get("security") == []
    if not is_open:
        names += ["Unauthenticated", "Forbidden"]
    if method != "get":
        names.append("NotJson" if is_open else "BadRequest")
    if "requestBody" in call:
        names += ["TooLarge", "WrongType"]
    if "requestBody" in call or call.get("parameters"):
        names.append("Invalid")
    return names
