"""Whatever is sent, the answer is in the contract's shape: bodies, addresses, methods, entity tags, limits."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import Account, Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import People
from vizapp.api import wire
from vizapp.app import create_app
from vizapp.config import Config, ConfigError
from vizapp.errors import InvalidInput
from vizapp.extensions import db

JSON = "application/json"


def _log_in(client: Caller, body: bytes | str, content_type: str = JSON) -> Any:
    return client.post("/api/auth/login", data=body, content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "nonsense",
        '{"username": NaN}',
        '{"username": Infinity}',
        '{"username": -Infinity}',
        '{"username": 1e999}',
        '{"username": ' + "9" * 5000 + "}",
        '{"username": ' + "9" * 101 + "}",
        '{"username": ' + "[" * 100_000 + "}",
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        b"\xff\xfe{}",
        b'{"username": "\xe9"}',
        "{'username': 'ann'}",
        '{"username": "ann",}',
    ],
    ids=range(14),
)
def test_what_is_no_json_is_said_to_be_none(anonymous: Caller, body: bytes | str) -> None:
    error = assert_error(_log_in(anonymous, body), 400, "INVALID_INPUT")
    assert "body" in error["message"]


@pytest.mark.parametrize("body", ["[]", "1", '"{}"', "null", "true", '"{\\"username\\": NaN}"'])
def test_what_is_no_object_is_said_to_be_none(anonymous: Caller, body: str) -> None:
    error = assert_error(_log_in(anonymous, body), 422, "INVALID_INPUT")
    assert error["details"]["fields"]["body"] == "must be a JSON object"


@pytest.mark.parametrize("text", ["\\ud800", "a\\udfffb", "\\u0000", '\\\\\\u0000"', "\\\\\\\\\\u0000"])
def test_a_text_that_cannot_be_stored_is_refused(anonymous: Caller, text: str) -> None:
    body = f'{{"username": "{text}", "password": "x"}}'.replace('""', '"')
    assert _log_in(anonymous, body).status_code in (400, 422)


@pytest.mark.parametrize("text", ["\\u00e9", "\\ud83d\\ude00", "\\\\u0000", "\\\\ud800"])
def test_a_text_that_only_looks_odd_is_taken(anonymous: Caller, text: str) -> None:
    assert_error(_log_in(anonymous, f'{{"username": "{text}", "password": "x"}}'), 401, "AUTH_INVALID_CREDENTIALS")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "x"]
)
def test_another_type_of_body_is_unsupported(anonymous: Caller, content_type: str) -> None:
    assert_error(_log_in(anonymous, '{"username": "a"}', content_type), 415, "UNSUPPORTED_MEDIA_TYPE")


def test_more_fields_than_any_body_has_are_refused_at_once(anonymous: Caller) -> None:
    body = json.dumps({f"{number:x}": 1 for number in range(90_000)})
    started = time.process_time()
    for sent in (body, f'{{"username": {body}}}'):
        error = assert_error(_log_in(anonymous, sent), 422, "INVALID_INPUT")
        assert "90,000 fields" in error["details"]["fields"]["body"]
    assert time.process_time() - started < 2


def test_no_body_at_all_is_a_body_that_misses_everything(anonymous: Caller) -> None:
    assert_error(anonymous.post("/api/auth/login"), 422, "INVALID_INPUT")
    assert_error(anonymous.post("/api/auth/login", json={}), 422, "MISSING_REQUIRED_FIELD")


def test_a_body_over_the_limit_is_too_large(anonymous: Caller) -> None:
    error = assert_error(_log_in(anonymous, b'{"username": "' + b"a" * 2**20 + b'"}'), 413, "FILE_TOO_LARGE")
    assert "1024 kB" in error["message"]


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(max_size=50) | JSONS.map(lambda value: json.dumps(value).encode()))
@pytest.mark.parametrize("path", ["/api/auth/login", "/api/auth/refresh", "/api/users", "/api/auth/keys"])
def test_no_body_makes_the_server_fail(app: Flask, people: People, path: str, body: bytes) -> None:
    client: Caller = app.test_client()  # type: ignore[assignment]
    if "/api/auth/l" not in path and "refresh" not in path:
        client.sign_in(people.admin)
    response = client.post(path, data=body, content_type=JSON, headers=client.token())
    assert response.status_code in (400, 401, 422)
    assert response.get_json()["error"]["requestId"] == response.headers["X-Request-ID"]


# --- addresses and methods


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nothing", "/api/users/1/nothing", "/api/auth", "/api/docs/nothing", "/api/v1/charts"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_an_address_that_is_none_is_not_found_in_our_shape(
    anonymous: Caller, ann: Account, bearer: Callable[[int], Headers], path: str, method: str
) -> None:
    headers = {**bearer(ann.id), "Accept": "text/html"}
    assert_error(anonymous.open(path, method=method, headers=headers), 404, "NOT_FOUND")
    assert_error(anonymous.open(path, method=method), 401, "AUTH_TOKEN_MISSING")


def test_an_address_with_an_empty_part_is_none_and_no_page_either(
    anonymous: Caller, ann: Account, bearer: Callable[[int], Headers]
) -> None:
    assert_error(anonymous.get("/api//charts", headers=bearer(ann.id)), 404, "NOT_FOUND")
    assert_error(anonymous.get("/api//charts"), 401, "AUTH_TOKEN_MISSING")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/auth/login", {"POST"}),
        ("PATCH", "/api/users/1", {"GET", "PUT", "DELETE"}),
        ("DELETE", "/api/users", {"GET", "POST"}),
        ("POST", "/api/auth/me", {"GET"}),
        ("TRACE", "/api/users", {"GET", "POST"}),
    ],
)
def test_a_method_that_is_not_answered_names_those_that_are(
    anonymous: Caller, ann: Account, bearer: Callable[[int], Headers], method: str, path: str, allowed: set[str]
) -> None:
    response = anonymous.open(path, method=method, headers=bearer(ann.id))
    assert_error(response, 405, "METHOD_NOT_ALLOWED")
    assert set(response.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("method", ["TRACE", "GET", "PUT", "DELETE"])
def test_a_call_that_is_open_to_all_tells_everybody_which_method_it_has(anonymous: Caller, method: str) -> None:
    response = anonymous.open("/api/auth/login", method=method)
    assert_error(response, 405, "METHOD_NOT_ALLOWED")
    assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/charts", "GET, HEAD, OPTIONS, POST"),
        ("/api/charts/1", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("/api/auth/login", "OPTIONS, POST"),
    ],
)
def test_options_names_what_is_answered_and_nothing_else(
    anonymous: Caller, ann: Account, bearer: Callable[[int], Headers], path: str, allowed: str
) -> None:
    assert anonymous.options(path, headers=bearer(ann.id)).headers["Allow"] == allowed


def test_a_harmless_request_id_comes_back_and_another_is_replaced(anonymous: Caller) -> None:
    assert anonymous.get("/api/auth/me", headers={"X-Request-ID": "job-12345"}).headers["X-Request-ID"] == "job-12345"
    replaced = anonymous.get("/api/auth/me", headers={"X-Request-ID": "<script>alert"}).headers["X-Request-ID"]
    assert len(replaced) == 32


# --- entity tags and versions


def test_fields_choose_what_of_an_object_comes_back(
    anonymous: Caller, ann: Account, bearer: Callable[[int], Headers]
) -> None:
    found = anonymous.get("/api/auth/me?fields=username,id", headers=bearer(ann.id))
    assert found.get_json() == {"id": ann.id, "username": "ann"}


def test_an_object_that_is_known_already_is_not_sent_again(
    anonymous: Caller, ann: Account, bearer: Callable[[int], Headers]
) -> None:
    headers = bearer(ann.id)
    first = anonymous.get("/api/auth/me", headers=headers)
    assert first.headers["ETag"].startswith('W/"')
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(first.vary)
    for known in (first.headers["ETag"], f'"x", {first.headers["ETag"]}', "*"):
        again = anonymous.get("/api/auth/me", headers={**headers, "If-None-Match": known})
        assert (again.status_code, again.get_data(), again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    for other in ('W/"else"', "nonsense", '"'):
        assert anonymous.get("/api/auth/me", headers={**headers, "If-None-Match": other}).status_code == 200


@pytest.mark.parametrize(
    ("header", "sent", "expected"),
    [
        (None, None, None),
        (None, 3, 3),
        ('W/"7-0123456789abcdef01234567"', None, 7),
        ('"7-0123456789abcdef01234567"', None, 7),
        ('W/"7-0123456789abcdef01234567"', 3, 3),
        ("*", None, None),
    ],
)
def test_the_version_an_update_comes_from(
    app: Flask, header: str | None, sent: int | None, expected: int | None
) -> None:
    with app.test_request_context(headers={} if header is None else {"If-Match": header}):
        assert wire.expected_version(sent) == expected


@pytest.mark.parametrize(
    "header",
    [
        'W/"0123456789abcdef01234567"',
        '"7-0123"',
        "7-0123456789abcdef01234567",
        '"7-0123456789abcdef01234567", "b"',
        "seven",
        '""',
        '"-1"',
        '"' + "9" * 30 + '-a"',
        '"\u0664-a"',
    ],
)
@pytest.mark.parametrize("sent", [None, 3])
def test_a_tag_without_a_version_of_ours_is_refused(app: Flask, header: str, sent: int | None) -> None:
    with (
        app.test_request_context(environ_overrides={"HTTP_IF_MATCH": header.encode().decode("latin-1")}),
        pytest.raises(InvalidInput, match="ETag"),
    ):
        wire.expected_version(sent)


def test_a_tag_carries_the_version_it_was_made_from(app: Flask, people: People) -> None:
    from vizapp.models.columns import now
    from vizapp.schemas.records import LinkRecord

    record = LinkRecord(token="t", path="/", created_at=now(), expires_at=None, access_count=0)
    with app.test_request_context():
        tag = wire.show(record, version=12).headers["ETag"]
    with app.test_request_context(headers={"If-Match": tag}):
        assert wire.expected_version() == 12


# --- rates and other sites


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Flask]:
    """An app that lets three calls through, and scripts of one other site."""
    config = Config.load(
        env="development", data_dir=tmp_path, api_rate="3 per minute", allowed_origins="https://intranet.example"
    )
    app = create_app(config)
    app.test_client_class = Caller
    yield app
    app.extensions["vizapp"].pool.shutdown()
    with app.app_context():
        db.engine.dispose()


def test_too_many_calls_of_one_user_or_address_are_told_to_wait(limited: Flask) -> None:
    client: Caller = limited.test_client()  # type: ignore[assignment]
    answers = [client.get("/api/auth/me") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert_error(answers[-1], 429, "RATE_LIMIT_EXCEEDED")
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    with limited.app_context():
        from vizapp.access import SYSTEM
        from vizapp.schemas.content import AccountInput
        from vizapp.services import accounts, tokens

        account = AccountInput(username="ann", email="a@b.c", password="long enough", role="viewer")
        user = accounts.create_user(SYSTEM, account, must_change=False)
        headers = {"Authorization": f"Bearer {tokens.begin(user.id, 0).access}"}
    elsewhere = {"REMOTE_ADDR": "10.1.1.1"}
    by_user = [client.get("/api/auth/me", headers=headers, environ_base=elsewhere).status_code for _ in range(4)]
    assert by_user == [200, 200, 200, 429]
    assert client.get("/login").status_code == 200


def test_who_called_too_often_is_told_how_long_to_wait_from_now_on(
    limited: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: Caller = limited.test_client()  # type: ignore[assignment]
    for _ in range(3):
        client.get("/api/auth/me")
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 40)
    refused = client.get("/api/auth/me")
    assert_error(refused, 429, "RATE_LIMIT_EXCEEDED")
    assert 0 < int(refused.headers["Retry-After"]) <= 21


def _preflight(app: Flask, origin: str, path: str = "/api/users") -> Any:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    return app.test_client().options(path, headers=headers)


def test_a_listed_site_may_call_without_cookies(limited: Flask) -> None:
    answer = _preflight(limited, "https://intranet.example")
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://intranet.example"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    got = limited.test_client().get("/api/auth/me", headers={"Origin": "https://intranet.example"})
    assert got.headers["Access-Control-Allow-Origin"] == "https://intranet.example"
    # CSV, Arrow and Parquet say in headers only that rows were cut off.
    assert {"ETag", "X-Truncated", "X-Row-Count"} <= set(got.headers["Access-Control-Expose-Headers"].split(", "))
    for response in (answer, got):
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert "Origin" in response.headers["Vary"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://intranet.example",
        "https://intranet.example.evil.example",
        "https://intranet.example:8443",
        "https://INTRANET.example",
        "null",
        "*",
        "",
    ],
)
def test_a_site_that_is_not_listed_exactly_is_told_nothing(limited: Flask, origin: str) -> None:
    answer = _preflight(limited, origin)
    assert answer.status_code == 401
    assert not [name for name in answer.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118 - no dict


def test_pages_and_dash_are_never_opened_to_other_sites(limited: Flask) -> None:
    for path in ("/", "/login", "/_dash-layout", "/health", "/view/dashboard/x"):
        headers = {"Origin": "https://intranet.example"}
        with limited.test_client().get(path, headers=headers) as answer:
            assert "Access-Control-Allow-Origin" not in answer.headers


def test_without_a_list_no_site_is_opened_to(anonymous: Caller) -> None:
    answer = anonymous.get("/api/auth/me", headers={"Origin": "https://intranet.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "origins", ["*", "https://*.example", "https://a.example/", "a.example", "https://a.example/path", "null"]
)
def test_a_list_of_origins_that_is_not_exact_stops_the_start(tmp_path: Path, origins: str) -> None:
    with pytest.raises(ConfigError, match="ALLOWED_ORIGINS"):
        Config.load(env="development", data_dir=tmp_path, allowed_origins=origins)
