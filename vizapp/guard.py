"""Default deny, before any route: without a session only what is listed here answers.

The API takes a bearer instead of the session; pages and Dash never do.

Also refuses malformed bodies of Dash's one POST endpoint, which Dash itself answers with 500.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from dash import Dash
from dash.exceptions import DependencyException
from flask import Flask, g, redirect, request
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from vizapp.api import unknown
from vizapp.api.errors import answer, wants_page
from vizapp.errors import InvalidInput, PermissionDenied, Unauthenticated
from vizapp.extensions import limiter
from vizapp.identity import current_record, forget_caller, identify_caller
from vizapp.security.urls import address
from vizapp.services import sharing
from vizapp.services.runtime import runtime

# Endpoints of anonymous visitors. Everything not named needs a session; tests walk url_map.
OPEN_ENDPOINTS = frozenset(
    {
        "signin.show",
        "signin.sign_in",
        "health.alive",
        "health.ready",
        "static",
        "auth.log_in",
        "auth.refresh_tokens",
        "docs.page",
        "docs.document",
        "docs.static",
        "docs.swagger",
    }
)
# Front-end code without any data in it.
OPEN_PREFIXES = ("/_dash-component-suites/", "/view/_dash-component-suites/", "/assets/", "/view/assets/")
PUBLIC_PREFIX = "/view/"
API_PREFIX = "/api/"
# Dash's own routes for "any other address": they answer with a page, also below an open prefix.
_PAGES = frozenset({"/<path:path>", "/view/<path:path>"})
# Of one address: a page with fifty tiles that ask for themselves, several times a minute.
PUBLIC_RATE = "600 per minute"
_WITHOUT_PASSWORD_CHANGE = frozenset(
    {
        "signin.show_password",
        "signin.change_password",
        "signin.sign_out",
        "auth.change_password",
        "auth.get_me",
        "auth.log_out",
    }
)
_UPDATE = "_dash-update-component"


def init_app(app: Flask, private: Dash, public: Dash) -> None:
    """Put the guard before every other handler."""
    app.extensions["vizapp_dash"] = {"private": private, "public": public}

    def check() -> Response | None:
        refused = None
        forget_caller()
        if request.path.startswith(PUBLIC_PREFIX):
            _let_viewer_in()
        elif request.path.startswith(API_PREFIX):
            _let_caller_in()
        else:
            refused = _private()
        if refused is None and request.path.endswith(_UPDATE):
            check_update(private if request.path == f"/{_UPDATE}" else public, _json())
        return refused

    app.before_request_funcs.setdefault(None, []).insert(0, check)

    @app.errorhandler(DependencyException)
    def unknown_file(error: DependencyException) -> Response:  # noqa: ARG001 - Flask passes it
        return answer(404, "NOT_FOUND", "This does not exist.")


def _private() -> Response | None:
    if request.endpoint in OPEN_ENDPOINTS or (
        request.path.startswith(OPEN_PREFIXES) and request.endpoint not in _PAGES
    ):
        return None
    user = current_record()
    if user is None:
        if wants_page():
            return redirect(address("/login", target=request.full_path.rstrip("?")))
        raise Unauthenticated("Your session has ended. Please sign in again.")
    if user.must_change_password and request.endpoint not in _WITHOUT_PASSWORD_CHANGE:
        if wants_page():
            return redirect(address("/password", target=request.full_path.rstrip("?")))
        raise Unauthenticated("Change your password first.")
    return None


def _let_caller_in() -> None:
    """The bearer of an API call, or the session it came with; counted by user, and by address while unknown."""
    if request.endpoint in OPEN_ENDPOINTS or not OPEN_ENDPOINTS.isdisjoint(unknown.instead()):
        _count_call()
        return
    try:
        caller = identify_caller()
    except Unauthenticated:
        _count_call()
        raise
    _count_call(f"user:{caller.user.id}")
    if request.endpoint in _PAGES:
        # `/api//charts`: no call, and no page for a bearer either.
        raise NotFound
    if caller.user.must_change_password and request.endpoint not in _WITHOUT_PASSWORD_CHANGE:
        raise PermissionDenied("Change your password first: POST /api/auth/password.")


def _count_call(who: str = "") -> None:
    g.counted_as = who or f"address:{get_remote_address()}"
    _check_rate()


@limiter.shared_limit(lambda: runtime().config.api_rate, "api", key_func=lambda: str(g.counted_as))
def _check_rate() -> None:
    """Nothing, unless this caller has called too often."""


def _let_viewer_in() -> None:
    """The viewer of a public page: the link is in the path, or for Dash's calls in the referring path."""
    if request.path.startswith(OPEN_PREFIXES) and request.endpoint not in _PAGES:
        return
    token = _token(request.path) or _token(_referring_path())
    with limiter.limit(PUBLIC_RATE, key_func=get_remote_address, scope="public"):
        g.viewer = sharing.open_link(token, address=request.remote_addr)


def _token(path: str) -> str:
    rest = path.removeprefix(sharing.VIEW_PREFIX)
    return "" if rest == path or "/" in rest else rest


def _referring_path() -> str:
    parts = urlsplit(request.headers.get("Referer", ""))
    return parts.path if parts.netloc == request.host else ""


def _json() -> object:
    try:
        return request.get_json()
    except RecursionError as exc:
        raise BadRequest("The body is nested too deeply.") from exc


def check_update(app: Dash, body: object) -> None:
    """Raise InvalidInput unless `body` calls a callback of `app` with the arguments it declares."""
    if not isinstance(body, Mapping):
        raise InvalidInput("The body must be an object.")
    output = body.get("output")
    callback = app.callback_map.get(output) if isinstance(output, str) else None
    # What runs in the browser is in the map as well, without a function to call.
    if callback is None or "callback" not in callback:
        raise InvalidInput("This page is out of date. Reload it.")
    for part in ("inputs", "state"):
        _check_arguments(part, callback.get(part, []), body.get(part) or [])
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(item, str) for item in changed):
        raise InvalidInput("changedPropIds must be a list of texts.")
    _check_outputs(str(output), body.get("outputs"), callback.get("no_output"))


def _check_arguments(part: str, declared: list[dict[str, Any]], sent: object) -> None:
    if not isinstance(sent, list) or len(sent) != len(declared):
        raise InvalidInput(f"{part} must have {len(declared)} entries.")
    for want, got in zip(declared, sent, strict=True):
        wildcard = str(want["id"]).startswith("{")
        entries = got if wildcard and isinstance(got, list) else [got]
        for entry in entries:
            _check_entry(part, want, entry, wildcard=wildcard)


def _check_entry(part: str, want: Mapping[str, Any], entry: object, *, wildcard: bool) -> None:
    if not isinstance(entry, Mapping) or entry.get("property") != want["property"]:
        raise InvalidInput(f"{part} does not match this callback.")
    found = entry.get("id")
    if wildcard:
        fits = isinstance(found, Mapping) and found.keys() == json.loads(want["id"]).keys()
    else:
        fits = found == want["id"]
    if not fits:
        raise InvalidInput(f"{part} does not match this callback.")


def _check_outputs(output: str, sent: object, without: object) -> None:
    """The outputs that the callback's name lists: `a.b`, or `..a.b...c.d..` for several."""
    if without:
        return
    several = output.startswith("..")
    declared = output[2:-2].split("...") if several else [output]
    given = sent if several else [sent]
    if not isinstance(given, list) or len(given) != len(declared):
        raise InvalidInput("outputs does not match this callback.")
    for name, item in zip(declared, given, strict=True):
        found, _, prop = name.rpartition(".")
        # A second callback of one output is told by "@" and a hash behind the property.
        want = {"id": found, "property": prop}
        for entry in item if isinstance(item, list) else [item]:
            _check_entry("outputs", want, entry, wildcard=found.startswith("{"))
