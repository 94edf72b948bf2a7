"""The border to HTTP: every failure as the contract's one error shape, or as a page for a browser.

One of the few places that catch `Exception`: nothing that happens inside may show a stack trace.
"""

import logging
import math
import time
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Flask, Response, jsonify, redirect, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as BaseResponse

from vizapp.errors import AppError, Unauthenticated
from vizapp.extensions import limiter
from vizapp.logs import request_id
from vizapp.security.urls import address

_log = logging.getLogger(__name__)
_CODES = {
    400: "INVALID_INPUT",
    401: "AUTH_TOKEN_MISSING",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    410: "GONE",
    413: "FILE_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "INVALID_INPUT",
    429: "RATE_LIMIT_EXCEEDED",
    503: "SERVICE_UNAVAILABLE",
}
_FILES = "/api/export/"
_TITLES = {
    403: "You may not see this",
    404: "This page does not exist",
    410: "This link is no longer valid",
    413: "This is too large",
    429: "Too many tries",
    503: "This is not available just now",
    504: "This took too long",
}


def body(code: str, message: str, details: dict[str, object] | None = None) -> dict[str, object]:
    """The contract's error object."""
    error: dict[str, object] = {"code": code, "message": message}
    if details:
        error["details"] = details
    error |= {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "path": request.path,
        "requestId": request_id(),
    }
    return {"error": error}


def wants_page() -> bool:
    """A person's browser navigating, not a program and not Dash's own calls; menus navigate to files of the API."""
    for_programs = request.path.startswith("/api/") and not request.path.startswith(_FILES)
    if request.method != "GET" or for_programs or "/_dash" in request.path:
        return False
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def answer(status: int, code: str, message: str, details: dict[str, object] | None = None) -> Response:
    """The error as a page or as JSON, whichever the caller reads."""
    if wants_page():
        title = _TITLES.get(status, "Something went wrong")
        html = render_template("error.html", title=title, message=message, status=status, request_id=request_id())
        response = Response(html, status=status, mimetype="text/html")
    else:
        response = jsonify(body(code, message, details))
        response.status_code = status
    if status == HTTPStatus.UNAUTHORIZED and request.path.startswith("/api/"):
        response.headers["WWW-Authenticate"] = "Bearer"
    retry = (details or {}).get("retry_after")
    if retry is not None:
        response.headers["Retry-After"] = str(retry)
    return response


# Somebody else's server that is away, slow or busy: no fault of ours that a trace would explain.
_ELSEWHERE = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)


def init_app(app: Flask) -> None:
    """Register the handlers."""

    @app.errorhandler(AppError)
    def _ours(error: AppError) -> BaseResponse:
        if isinstance(error, Unauthenticated) and wants_page():
            return redirect(address("/login", target=request.full_path.rstrip("?")))
        if error.status in _ELSEWHERE:
            _log.warning("%s: %s", error.code, error.message)
        elif error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("%s", error.code, exc_info=error)
        return answer(error.status, error.code, error.message, error.details)

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> BaseResponse:
        return answer(400, "CSRF_FAILED", "This page is out of date. Reload it and try again.")

    @app.errorhandler(RateLimitExceeded)
    def _limited(_error: RateLimitExceeded) -> BaseResponse:
        met = limiter.current_limit
        seconds = max(1, math.ceil(met.reset_at - time.time())) if met else 60
        return answer(429, "RATE_LIMIT_EXCEEDED", f"Too many tries. Wait {seconds} seconds.", {"retry_after": seconds})

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> BaseResponse:
        status = error.code or 500
        if error.response is not None or status < HTTPStatus.BAD_REQUEST:
            return error.get_response()
        message = "This does not exist." if status == HTTPStatus.NOT_FOUND else error.description or error.name
        limit = request.max_content_length
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and limit:
            message = f"The body is over the limit of {limit // 1024} kB."
        response = answer(status, _CODES.get(status, "INTERNAL_SERVER_ERROR"), message)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return response

    @app.errorhandler(OperationalError)
    def _database(error: OperationalError) -> BaseResponse:
        _log.error("database", exc_info=error)
        return answer(503, "SERVICE_UNAVAILABLE", "The database is not available just now. Please try again.")

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> BaseResponse:
        _log.error("unexpected", exc_info=error)
        return answer(500, "INTERNAL_SERVER_ERROR", "Something went wrong on our side. Please try again.")
