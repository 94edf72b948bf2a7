"""Every way we know to forge, stretch or reuse a token: all answered 401 with the right code."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask

from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import People
from vizapp.extensions import db, write_tx
from vizapp.models import TokenFamily, User
from vizapp.models.columns import now
from vizapp.security.jwt import Claims, Kind, issue, signing_key
from vizapp.services import tokens

WEEK = timedelta(days=7)


@pytest.fixture
def key(app: Flask) -> bytes:
    return signing_key(app.config["SECRET_KEY"])


@pytest.fixture
def claims(app: Flask, people: People) -> dict[str, Any]:
    """The claims of a good access token of the viewer."""
    with app.app_context():
        pair = tokens.begin(people.viewer, 0)
    return jwt.decode(pair.access, options={"verify_signature": False})


def _me(client: Caller, token: str) -> Any:
    return client.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})


def _refused(client: Caller, token: str, code: str = "AUTH_TOKEN_INVALID") -> None:
    assert_error(_me(client, token), 401, code)


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_the_claims_signed_by_us_are_good(anonymous: Caller, claims: dict, key: bytes) -> None:
    """What the other tests change one thing of."""
    assert _me(anonymous, jwt.encode(claims, key, "HS256")).status_code == 200


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_a_token_without_a_signature_is_refused(anonymous: Caller, claims: dict, key: bytes, algorithm: str) -> None:
    unsigned = f"{_segment({'alg': algorithm, 'typ': 'JWT'})}.{_segment(claims)}."
    signature = jwt.encode(claims, key, "HS256").rpartition(".")[2]
    for token in (unsigned, unsigned + signature, unsigned.rstrip(".")):
        _refused(anonymous, token)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_with_our_key_is_refused(anonymous: Caller, claims: dict, key: bytes, algorithm: str) -> None:
    _refused(anonymous, jwt.encode(claims, key.ljust(64, b"\0"), algorithm))
    forged = f"{_segment({'alg': 'HS256', 'typ': 'JWT'})}.{_segment(claims)}"
    _refused(anonymous, f"{forged}.{jwt.encode(claims, key.ljust(64, b'0'), algorithm).rpartition('.')[2]}")


def test_a_token_signed_with_a_private_key_is_refused(anonymous: Caller, claims: dict) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _refused(anonymous, jwt.encode(claims, private, "RS256"))
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header = _segment({"alg": "RS256", "typ": "JWT"})
    _refused(anonymous, f"{header}.{_segment(claims)}.{base64.urlsafe_b64encode(public[:32]).decode().rstrip('=')}")


def test_the_session_s_key_signs_no_token(app: Flask, anonymous: Caller, claims: dict) -> None:
    for wrong in (app.config["SECRET_KEY"], "0" * 32, signing_key("another secret key")):
        _refused(anonymous, jwt.encode(claims, wrong, "HS256"))
    _refused(anonymous, f"{_segment({'alg': 'HS256', 'typ': 'JWT'})}.{_segment(claims)}.")


@pytest.mark.parametrize("header", [{"kid": "0"}, {"kid": "../../dev/null"}, {"jku": "http://x/"}, {"crit": ["x"]}])
def test_a_header_with_more_than_ours_is_refused(anonymous: Caller, claims: dict, key: bytes, header: dict) -> None:
    _refused(anonymous, jwt.encode(claims, key, "HS256", headers=header))


@pytest.mark.parametrize("claim", ["exp", "iat", "sub", "jti", "typ", "sid", "iss"])
def test_every_claim_is_required(anonymous: Caller, claims: dict, key: bytes, claim: str) -> None:
    del claims[claim]
    _refused(anonymous, jwt.encode(claims, key, "HS256"))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "elsewhere"),
        ("typ", "refresh"),
        ("typ", "id"),
        ("sub", "999999"),
        ("sub", "-1"),
        ("sub", "1 OR 1=1"),
        ("sub", "9" * 400),
        ("sid", "of nobody"),
        ("sid", ["a"]),
        ("jti", 7),
        ("exp", "tomorrow"),
        ("exp", True),
    ],
)
def test_a_claim_of_another_kind_is_refused(
    anonymous: Caller, claims: dict, key: bytes, claim: str, value: object
) -> None:
    assert _me(anonymous, jwt.encode({**claims, claim: value}, key, "HS256")).status_code == 401


def test_a_token_of_somebody_else_s_family_is_refused(
    app: Flask, anonymous: Caller, claims: dict, key: bytes, people: People
) -> None:
    _refused(anonymous, jwt.encode({**claims, "sub": str(people.admin)}, key, "HS256"))


def test_a_token_whose_time_is_over_is_told_so(anonymous: Caller, claims: dict, key: bytes) -> None:
    past = datetime.now(UTC) - timedelta(minutes=1)
    _refused(anonymous, jwt.encode({**claims, "exp": past}, key, "HS256"), "AUTH_TOKEN_EXPIRED")


@pytest.mark.parametrize("ahead", [timedelta(minutes=31), timedelta(days=36500)])
def test_a_token_that_would_last_longer_than_ours_do_is_refused(
    anonymous: Caller, claims: dict, key: bytes, ahead: timedelta
) -> None:
    _refused(anonymous, jwt.encode({**claims, "exp": datetime.now(UTC) + ahead}, key, "HS256"))


def test_a_token_from_the_future_is_refused(anonymous: Caller, claims: dict, key: bytes) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    _refused(anonymous, jwt.encode({**claims, "iat": soon}, key, "HS256"))


def test_the_two_kinds_are_not_taken_for_each_other(app: Flask, anonymous: Caller, people: People) -> None:
    with app.app_context():
        pair = tokens.begin(people.viewer, 0)
    _refused(anonymous, pair.refresh)
    refused = anonymous.post("/api/auth/refresh", json={"refresh_token": pair.access})
    assert_error(refused, 401, "AUTH_TOKEN_INVALID")


def test_an_invented_refresh_token_of_a_family_ends_it(app: Flask, anonymous: Caller, claims: dict, key: bytes) -> None:
    """Only who has the signing key could make one: nothing is believed of the family any more."""
    forged = issue(key, Kind.refresh, Claims(int(claims["sub"]), claims["sid"], "invented"), WEEK)
    refused = anonymous.post("/api/auth/refresh", json={"refresh_token": forged})
    assert_error(refused, 401, "AUTH_TOKEN_INVALID")
    _refused(anonymous, jwt.encode(claims, key, "HS256"))


@pytest.mark.parametrize("change", [{"is_active": False}, {"session_epoch": 5}])
def test_tokens_of_a_user_who_was_deactivated_or_changed_are_refused(
    app: Flask, anonymous: Caller, people: People, change: dict
) -> None:
    with app.app_context(), write_tx() as session:
        user = User(username="leaver", email="l@example.com", password_hash="x", role="viewer")
        session.add(user)
        session.flush()
        user_id = user.id
    with app.app_context():
        pair = tokens.begin(user_id, 0)
    assert _me(anonymous, pair.access).status_code == 200
    with app.app_context(), write_tx() as session:
        for name, value in change.items():
            setattr(session.get_one(User, user_id), name, value)
    _refused(anonymous, pair.access)
    refused = anonymous.post("/api/auth/refresh", json={"refresh_token": pair.refresh})
    assert_error(refused, 401, "AUTH_TOKEN_INVALID")


def test_a_family_whose_time_is_over_renews_nothing_and_is_forgotten(
    app: Flask, anonymous: Caller, people: People
) -> None:
    with app.app_context():
        pair = tokens.begin(people.viewer, 0)
        with write_tx() as session:
            session.query(TokenFamily).one().expires_at = now() - timedelta(seconds=1)
    _refused(anonymous, pair.access)
    assert_error(anonymous.post("/api/auth/refresh", json={"refresh_token": pair.refresh}), 401, "AUTH_TOKEN_INVALID")
    with app.app_context():
        tokens.begin(people.viewer, 0)
        assert db.session.query(TokenFamily).count() == 1


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer ",
        "bearer x",
        "BEARER .",
        "Bearer ..",
        "Bearer a.b.c",
        "Bearer " + "a" * 5000,
        "Bearer " + "[" * 900 + ".x.y",
        "Bearer vz_",
        "Bearer vz_" + "x" * 43,
        "Bearer vz_\u00e9\u00ff",
        "Bearer null",
    ],
)
def test_whatever_stands_behind_bearer_is_invalid_and_no_session_makes_up_for_it(client: Caller, value: str) -> None:
    assert client.get("/api/auth/me").status_code == 200
    assert_error(client.get("/api/auth/me", headers={"Authorization": value}), 401, "AUTH_TOKEN_INVALID")


def test_another_scheme_is_none_of_ours(client: Caller) -> None:
    """A proxy may have asked for a password of its own."""
    headers = {"Authorization": "Basic YTpi"}
    assert client.get("/api/auth/me", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/charts", "/_dash-layout", "/_dash-dependencies", "/password"])
def test_a_bearer_opens_no_page(app: Flask, anonymous: Caller, people: People, path: str) -> None:
    with app.app_context():
        token = tokens.begin(people.admin, 0).access
    headers = {"Authorization": f"Bearer {token}"}
    assert_error(anonymous.get(path, headers=headers), 401, "AUTH_TOKEN_MISSING")
    assert anonymous.post("/_dash-update-component", json={}, headers=headers).status_code == 401


def test_a_bearer_spares_the_csrf_header_and_a_session_does_not(
    client: Caller, anonymous: Caller, app: Flask, people: People
) -> None:
    body = {"name": "a key"}
    assert_error(client.post("/api/auth/keys", json=body), 400, "CSRF_FAILED")
    assert client.post("/api/auth/keys", json=body, headers=client.token()).status_code == 201
    with app.app_context():
        token = tokens.begin(people.viewer, 0).access
    assert anonymous.post("/api/auth/keys", json=body, headers={"Authorization": f"Bearer {token}"}).status_code == 201


def test_what_one_request_proved_does_not_count_for_the_next(context: Flask, anonymous: Caller, people: People) -> None:
    """In one app context, as tests and threads that are reused have it."""
    token = tokens.begin(people.admin, 0).access
    assert _me(anonymous, token).status_code == 200
    assert anonymous.get("/api/auth/me").status_code == 401
    assert anonymous.post("/api/auth/keys", json={"name": "k"}).status_code == 401


def test_renewing_at_the_same_moment_gives_one_pair_at_most(app: Flask, anonymous: Caller, people: People) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with app.app_context():
        pair = tokens.begin(people.viewer, 0)

    def renew(_: int) -> int:
        return app.test_client().post("/api/auth/refresh", json={"refresh_token": pair.refresh}).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(renew, range(4)))
    assert answers == [200, 401, 401, 401]
