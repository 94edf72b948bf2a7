"""The OpenAPI document: what flask-openapi3 collects from the models, and what is the same for every call.

The library knows a call's parameters, body and good answers. Who may call, which errors there can be and how
things are named is one rule for all of them, written here once.
"""

from copy import deepcopy
from typing import Any

from vizapp import __version__
from vizapp.api import chart_types, failures
from vizapp.api.failures import JSON
from vizapp.api.wire import VERSIONED_TAG, ErrorAnswer

DESCRIPTION = """\
Everything the pages can do, for programs.

**Signing in.** `POST /api/auth/login` gives an access token (for `expires_in` seconds) and a refresh token (for seven
days unless set otherwise); send the first as `Authorization: Bearer …`. Or make an API key and send that. Scripts of
the pages may use their session instead, with the header `X-CSRFToken` on every call that changes something.

**Lists** take `offset` and `limit` (at most 200), `search`, `sort` (a column; with `-` before it the last come first)
and `fields`; `total` counts all there are. What is edited meanwhile moves in most orders: `sort=created_at` reads a
list page by page without missing any. Of a parameter that comes twice the first counts; one that a list does not know,
or a field of a body, is 422.

**Who may.** "(editor)" stands for editors and admins, "(admin)" for admins alone.

**Reading again.** What is read carries an `ETag`; sent back in `If-None-Match`, an unchanged answer is an empty 304.

**Saving over.** With a chart or a dashboard send the `version` that was read, or its `ETag` in `If-Match`: when
somebody saved meanwhile the answer is 409 `STALE_VERSION` with the current version, and nothing is lost. Other things
have no version: the last save holds.

**Errors** all have one shape, `{"error": {"code", "message", "details", …}}`; `code` is for programs, `message` for
people, and `details.fields` tells for each wrong value what is wrong with it. `requestId` is also in the header
`X-Request-ID` and in the server's log. 429 and some 503 carry `Retry-After`, in seconds.

**Is it up?** `GET /health` is 200 while the server answers, `GET /health/ready` while it can serve, else 503, with each
part; nobody has to sign in for them.
"""

_ETAG = {"ETag": {"description": "For If-None-Match and If-Match.", "schema": {"type": "string"}}}
_METHODS = ("get", "post", "put", "patch", "delete")
_PARAMETERS = {
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of what the caller has; anything else is as if it were absent.",
        "schema": {"type": "string"},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag of what was changed; the same as `version` in the body.",
        "schema": {"type": "string", "pattern": rf"^(\*|{VERSIONED_TAG})?$"},
    },
}
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An access token or an API key."},
    "session": {"type": "apiKey", "in": "cookie", "name": "session", "description": "The session of the pages."},
}


def complete(collected: dict[str, Any]) -> dict[str, Any]:
    """The whole document, from what the library collected."""
    document = deepcopy(collected)
    document["info"] = {"title": "Vizapp", "version": __version__, "description": DESCRIPTION}
    document["security"] = [{name: []} for name in _SECURITY]
    components = document["components"]
    components["securitySchemes"] = _SECURITY
    components["responses"] = failures.components()
    components["parameters"] = _PARAMETERS
    schemas: dict[str, Any] = components["schemas"]
    schemas.pop("ValidationErrorModel", None)
    schemas |= _schemas()
    chart_types.tell(schemas)
    for name in [name for name in schemas if name.startswith("Page_")]:
        schemas[name]["example"] = _list_of(schemas[name], schemas)
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                _complete_call(path, method, item[method], components)
    return document


def _schemas() -> dict[str, Any]:
    made = ErrorAnswer.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    parts: dict[str, Any] = made.pop("$defs")
    return {"ErrorAnswer": made, **parts}


def _list_of(page: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """An example of a list with one item in it."""
    item = page["properties"]["items"]["items"]["$ref"].rpartition("/")[2]
    return {"items": [schemas[item]["example"]], "total": 1, "offset": 0, "limit": 50}


def _complete_call(path: str, method: str, call: dict[str, Any], components: dict[str, Any]) -> None:
    responses = call.setdefault("responses", {})
    call["description"] = _prose(call)
    failures.add(path, method, call, components["responses"])
    parameters = call.setdefault("parameters", [])
    if method == "get" and JSON in responses.get("200", {}).get("content", {}):
        responses["200"]["headers"] = _ETAG
        responses["304"] = {"description": "The caller has this already.", "headers": _ETAG}
        parameters.append({"$ref": "#/components/parameters/IfNoneMatch"})
    if method in ("put", "patch") and _takes_version(call, components["schemas"]):
        parameters.append({"$ref": "#/components/parameters/IfMatch"})
    call["responses"] = dict(sorted(responses.items()))


def _prose(call: dict[str, Any]) -> str:
    """The library's text has the line breaks of the code; a call that is said in one line is described by it."""
    text = str(call.get("description") or call["summary"])
    return " ".join(text.replace("<br/>", "\n").split())


def _takes_version(call: dict[str, Any], schemas: dict[str, Any]) -> bool:
    media = call.get("requestBody", {}).get("content", {}).get(JSON, {})
    name = media.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return "version" in schemas.get(name, {}).get("properties", {})
