"""Checks that many tests share."""

from datetime import datetime

from werkzeug.test import TestResponse


def assert_error(response: TestResponse, status: int, code: str | None = None) -> dict:
    """The contract's one error shape, with this status and code; returns the error."""
    assert response.status_code == status, response.get_data(as_text=True)[:500]
    body = response.get_json()
    assert set(body) == {"error"}
    error = body["error"]
    assert {"code", "message", "timestamp", "path", "requestId"} <= set(error) <= {
        "code", "message", "details", "timestamp", "path", "requestId",
    }  # fmt: skip
    datetime.fromisoformat(error["timestamp"])
    assert response.headers["X-Request-ID"] == error["requestId"]
    assert "Traceback" not in error["message"]
    if code is not None:
        assert error["code"] == code
    return error
