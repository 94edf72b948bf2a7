"""Logs: one JSON object a line on stderr, with the request's id and without secrets."""

import logging
import re
import time
import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

from vizapp.config import Config

_access = logging.getLogger("vizapp.access")
_SECRET = re.compile(
    r"(?i)(password|passwd|secret|token|authorization|cookie|api[_-]?key|connectionstring)"
    r"(['\"]?\s*[:=]\s*)(?:bearer\s+)?(?:\"[^\"]*\"?|'[^']*'?|[^\s,;&}]+)"
)
_URL_PASSWORD = re.compile(r"(://[^:/@\s]+:)[^@\s]+@")
# An API key or an access token, wherever it stands.
_BEARER = re.compile(r"\bvz_[\w-]{20,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_VIEW_TOKEN = re.compile(r"(?i)(/+view/+dashboard/+)[^?\s\"]+")


def scrub(text: str) -> str:
    """`text` with the values of passwords, tokens and keys replaced by `***`."""
    text = _BEARER.sub("***", _SECRET.sub(r"\1\2***", text))
    return _VIEW_TOKEN.sub(r"\1***", _URL_PASSWORD.sub(r"\1***@", text))


def _scrubbed(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        # Beside its name, as it would be written: a secret is told by what it is called.
        return {key: _member(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_scrubbed(item) for item in value]
    return scrub(str(value))


def _member(name: str, value: object) -> object:
    return "***" if _is_secret(name) else _scrubbed(value)


@lru_cache
def _is_secret(name: str) -> bool:
    return _SECRET.search(f"{name}=x") is not None


class _Line(JsonFormatter):
    def format(self, record: logging.LogRecord) -> str:
        if has_request_context():
            record.requestId = request_id()
        return str(super().format(record))

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """The fields as they are written: scrubbed as values, so that what is written stays JSON."""
        return {name: _member(name, value) for name, value in super().process_log_record(log_data).items()}


def formatter() -> logging.Formatter:
    """Makes one JSON object of a record, in one line, without secrets."""
    names = {"asctime": "time", "levelname": "level"}
    return _Line("{asctime}{levelname}{name}{message}", style="{", rename_fields=names)


def configure(config: Config) -> None:
    """Send everything to stderr as JSON lines; safe to call again."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(config.log_level)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    # A full disk or a closed stderr must not take requests down with it.
    logging.raiseExceptions = False


def request_id() -> str:
    """The id of this request: the caller's `X-Request-ID` when it is harmless, else a new one."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if re.fullmatch(r"[\w.-]{8,64}", given) else uuid.uuid4().hex
    return str(g.request_id)


def init_app(app: Flask) -> None:
    """Give each answer its request id and write one access line for it."""

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _finish(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id()
        if not request.path.startswith(("/assets/", "/_dash-component-suites/", "/health")):
            milliseconds = round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1)
            facts = {"method": request.method, "path": request.path, "status": response.status_code, "ms": milliseconds}
            _access.info("request", extra=facts)
        return response
