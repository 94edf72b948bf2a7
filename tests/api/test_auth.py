"""Programs sign in, renew, sign out, change their password, and make API keys."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.api.conftest import PASSWORD, Account, Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from vizapp.access import SYSTEM
from vizapp.extensions import db, write_tx
from vizapp.models import ApiKey, Log, TokenFamily, User
from vizapp.models.columns import now
from vizapp.services import accounts, api_keys

NEW = "another long password"


def _log_in(client: Caller, account: Account, password: str = PASSWORD) -> dict[str, Any]:
    response = client.post("/api/auth/login", json={"username": account.username, "password": password})
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def _by(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def _me(client: Caller, token: str) -> Any:
    return client.get("/api/auth/me", headers=_by(token))


def _actions(app: Flask) -> list[str]:
    with app.app_context():
        return [row.action for row in db.session.query(Log).order_by(Log.id)]


def test_a_password_gives_tokens_that_say_who_one_is(app: Flask, anonymous: Caller, ann: Account) -> None:
    answer = _log_in(anonymous, ann)
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 1800)
    assert answer["user"]["username"] == "ann"
    assert "password" not in str(answer["user"].keys() - {"must_change_password"})
    me = _me(anonymous, answer["access_token"]).get_json()
    assert (me["id"], me["role"]) == (ann.id, "editor")
    assert _actions(app) == ["account.sign_in"]


def test_a_wrong_password_an_unknown_name_and_a_deactivated_user_are_answered_alike(
    anonymous: Caller, ann: Account, account: Callable[..., Account]
) -> None:
    account("gone", is_active=False)
    said = set()
    for username, password in (("ann", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)):
        response = anonymous.post("/api/auth/login", json={"username": username, "password": password})
        said.add(assert_error(response, 401, "AUTH_INVALID_CREDENTIALS")["message"])
        assert response.headers["WWW-Authenticate"] == "Bearer"
    assert len(said) == 1


def test_signing_in_begins_no_session(anonymous: Caller, ann: Account) -> None:
    _log_in(anonymous, ann)
    assert_error(anonymous.get("/api/auth/me"), 401, "AUTH_TOKEN_MISSING")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"username": "ann"}, "MISSING_REQUIRED_FIELD", "password"),
        ({}, "MISSING_REQUIRED_FIELD", "username"),
        ({"username": 1, "password": "x"}, "INVALID_INPUT", "username"),
        ({"username": "ann", "password": "x" * 1025}, "INVALID_INPUT", "password"),
        ({"username": "ann", "password": "x", "remember": True}, "INVALID_INPUT", "remember"),
    ],
)
def test_a_body_that_does_not_fit_names_its_field(anonymous: Caller, body: object, code: str, field: str) -> None:
    error = assert_error(anonymous.post("/api/auth/login", json=body), 422, code)
    assert field in error["details"]["fields"]


def test_a_renewed_pair_works_and_the_family_goes_on(app: Flask, anonymous: Caller, ann: Account) -> None:
    first = _log_in(anonymous, ann)
    second = anonymous.post("/api/auth/refresh", json={"refresh_token": first["refresh_token"]}).get_json()
    assert second["refresh_token"] != first["refresh_token"]
    assert _me(anonymous, second["access_token"]).status_code == 200
    assert _me(anonymous, first["access_token"]).status_code == 200
    with app.app_context():
        assert db.session.query(TokenFamily).filter_by(user_id=ann.id).count() == 1


def test_a_refresh_token_that_comes_twice_ends_the_whole_sign_in(app: Flask, anonymous: Caller, ann: Account) -> None:
    first, other = _log_in(anonymous, ann), _log_in(anonymous, ann)
    second = anonymous.post("/api/auth/refresh", json={"refresh_token": first["refresh_token"]}).get_json()
    for token in (first["refresh_token"], second["refresh_token"]):
        response = anonymous.post("/api/auth/refresh", json={"refresh_token": token})
        assert_error(response, 401, "AUTH_TOKEN_INVALID")
    for token in (first["access_token"], second["access_token"]):
        assert_error(_me(anonymous, token), 401, "AUTH_TOKEN_INVALID")
    assert _me(anonymous, other["access_token"]).status_code == 200
    assert _actions(app).count("account.token_reused") == 1


def test_signing_out_ends_this_sign_in_at_once_and_no_other(app: Flask, anonymous: Caller, ann: Account) -> None:
    mine, other = _log_in(anonymous, ann), _log_in(anonymous, ann)
    assert anonymous.post("/api/auth/logout", headers=_by(mine["access_token"])).status_code == 204
    assert_error(_me(anonymous, mine["access_token"]), 401, "AUTH_TOKEN_INVALID")
    refused = anonymous.post("/api/auth/refresh", json={"refresh_token": mine["refresh_token"]})
    assert_error(refused, 401, "AUTH_TOKEN_INVALID")
    assert _me(anonymous, other["access_token"]).status_code == 200
    assert _actions(app)[-1] == "account.sign_out"


def test_signing_out_with_a_session_ends_the_session(client_for: Callable[[int | None], Caller], ann: Account) -> None:
    client = client_for(ann.id)
    assert client.post("/api/auth/logout", headers=client.token()).status_code == 204
    assert_error(client.get("/api/auth/me"), 401, "AUTH_TOKEN_MISSING")


def test_a_new_password_gives_new_tokens_and_ends_all_others(anonymous: Caller, ann: Account, client_for) -> None:
    before, browser = _log_in(anonymous, ann), client_for(ann.id)
    response = anonymous.post(
        "/api/auth/password", json={"current": PASSWORD, "password": NEW}, headers=_by(before["access_token"])
    )
    assert response.status_code == 200
    assert _me(anonymous, response.get_json()["access_token"]).status_code == 200
    assert_error(_me(anonymous, before["access_token"]), 401, "AUTH_TOKEN_INVALID")
    assert_error(
        anonymous.post("/api/auth/refresh", json={"refresh_token": before["refresh_token"]}), 401, "AUTH_TOKEN_INVALID"
    )
    assert_error(browser.get("/api/auth/me"), 401, "AUTH_TOKEN_MISSING")
    assert _log_in(anonymous, ann, NEW)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"current": "wrong", "password": NEW}, "current"),
        ({"current": PASSWORD, "password": "short"}, "password"),
        ({"current": PASSWORD, "password": PASSWORD}, "password"),
        ({"current": PASSWORD}, "password"),
    ],
)
def test_a_bad_new_password_is_refused_at_its_field(
    anonymous: Caller, ann: Account, bearer: Callable[[int], Headers], body: object, field: str
) -> None:
    response = anonymous.post("/api/auth/password", json=body, headers=bearer(ann.id))
    assert field in assert_error(response, 422)["details"]["fields"]


def test_who_must_change_the_password_can_do_only_that(anonymous: Caller, account: Callable[..., Account]) -> None:
    new = account("newcomer", must_change_password=True)
    answer = _log_in(anonymous, new)
    assert answer["user"]["must_change_password"] is True
    headers = _by(answer["access_token"])
    assert_error(anonymous.get("/api/auth/keys", headers=headers), 403, "PERMISSION_DENIED")
    assert_error(anonymous.get(f"/api/users/{new.id}", headers=headers), 403, "PERMISSION_DENIED")
    changed = anonymous.post("/api/auth/password", json={"current": PASSWORD, "password": NEW}, headers=headers)
    assert changed.get_json()["user"]["must_change_password"] is False
    assert anonymous.get("/api/auth/keys", headers=_by(changed.get_json()["access_token"])).status_code == 200


# --- API keys


def _make_key(client: Caller, headers: Headers, **body: object) -> dict[str, Any]:
    response = client.post("/api/auth/keys", json={"name": "nightly", **body}, headers=headers)
    assert response.status_code == 201, response.get_data(as_text=True)
    return response.get_json()


def test_a_key_is_shown_once_and_stored_as_a_hash(app: Flask, anonymous: Caller, ann: Account, bearer) -> None:
    made = _make_key(anonymous, bearer(ann.id))
    assert re.fullmatch(r"vz_[\w-]{43}", made["key"])
    assert made["key"].startswith(made["prefix"])
    listed = anonymous.get("/api/auth/keys", headers=bearer(ann.id)).get_json()
    assert [(key["id"], key["name"], key["scope"]) for key in listed["items"]] == [(made["id"], "nightly", "read")]
    assert made["key"] not in str(listed)
    with app.app_context():
        row = db.session.get_one(ApiKey, made["id"])
        assert made["key"] not in [str(value) for value in vars(row).values()]
    assert _actions(app) == ["api_key.create"]


def test_a_key_speaks_for_its_user_and_its_use_is_noted(app: Flask, anonymous: Caller, ann: Account, bearer) -> None:
    made = _make_key(anonymous, bearer(ann.id))
    assert made["last_used_at"] is None
    assert _me(anonymous, made["key"]).get_json()["id"] == ann.id
    assert _last_used(app, made["id"]) is not None


def _last_used(app: Flask, key_id: int) -> Any:
    pool = app.extensions["vizapp"].pool
    # Behind everything that is waiting there, on each of its threads.
    for waiting in [pool.submit(lambda: None) for _ in range(20)]:
        waiting.result(10)
    for _ in range(200):
        with app.app_context():
            found = db.session.get_one(ApiKey, key_id).last_used_at
        if found is not None:
            return found
    return None


def test_the_use_of_a_key_is_noted_at_most_once_a_minute(app: Flask, anonymous: Caller, ann: Account, bearer) -> None:
    made = _make_key(anonymous, bearer(ann.id))
    for age, stays in ((timedelta(seconds=30), True), (timedelta(seconds=90), False)):
        moment = now() - age
        with app.app_context(), write_tx() as session:
            session.get_one(ApiKey, made["id"]).last_used_at = moment
        assert _me(anonymous, made["key"]).status_code == 200
        app.extensions["vizapp"].pool.submit(lambda: None).result(10)
        with app.app_context():
            # In this very thread, so that nothing has to be waited for: it decides by the same rule.
            api_keys._note_use(app, made["id"])
            db.session.rollback()
            assert (db.session.get_one(ApiKey, made["id"]).last_used_at == moment) is stays


def test_reading_goes_on_when_the_use_of_a_key_cannot_be_noted(
    app: Flask, anonymous: Caller, ann: Account, bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vizapp.errors import StorageFull

    made = _make_key(anonymous, bearer(ann.id))

    def full() -> None:
        raise StorageFull()

    monkeypatch.setattr(api_keys, "write_tx", full)
    assert _me(anonymous, made["key"]).status_code == 200
    api_keys._note_use(app, made["id"])


def test_a_key_that_reads_changes_nothing(anonymous: Caller, account: Callable[..., Account], bearer) -> None:
    admin = account("root", "admin")
    headers = _by(_make_key(anonymous, bearer(admin.id))["key"])
    assert anonymous.get("/api/users", headers=headers).status_code == 200
    body = {"username": "eve", "email": "eve@example.com", "password": PASSWORD}
    assert_error(anonymous.post("/api/users", json=body, headers=headers), 403, "PERMISSION_DENIED")
    assert_error(anonymous.put(f"/api/users/{admin.id}", json={"email": "e@x.y"}, headers=headers), 403)


@pytest.mark.parametrize("scope", ["read", "write"])
def test_no_key_touches_the_account_or_makes_keys(anonymous: Caller, ann: Account, bearer, scope: str) -> None:
    made = _make_key(anonymous, bearer(ann.id), scope=scope)
    headers = _by(made["key"])
    for answer in (
        anonymous.post("/api/auth/keys", json={"name": "child"}, headers=headers),
        anonymous.get("/api/auth/keys", headers=headers),
        anonymous.delete(f"/api/auth/keys/{made['id']}", headers=headers),
        anonymous.post("/api/auth/password", json={"current": PASSWORD, "password": NEW}, headers=headers),
        anonymous.put(f"/api/users/{ann.id}", json={"email": "e@x.y"}, headers=headers),
        anonymous.post("/api/auth/logout", headers=headers),
    ):
        assert_error(answer, 403, "PERMISSION_DENIED")


@pytest.mark.parametrize("scope", ["read", "write"])
def test_no_key_of_an_admin_manages_users_settings_or_its_own_account(
    anonymous: Caller, account: Callable[..., Account], people, bearer, scope: str
) -> None:
    admin = account("root", "admin")
    headers = _by(_make_key(anonymous, bearer(admin.id), scope=scope)["key"])
    assert anonymous.get("/api/users", headers=headers).status_code == 200
    eve = {"username": "eve", "email": "eve@example.com", "password": PASSWORD, "role": "admin"}
    for method, path, body in (
        ("POST", "/api/users", eve),
        ("PUT", f"/api/users/{people.admin}", {"password": NEW}),
        ("PUT", f"/api/users/{people.editor}", {"role": "admin"}),
        ("PUT", f"/api/users/{admin.id}", {"email": "e@x.y"}),
        ("DELETE", f"/api/users/{people.viewer}", None),
        ("PUT", "/api/settings", {"max_upload_mb": 60}),
        ("PUT", "/api/settings/max_upload_mb", {"value": 60}),
    ):
        answer = anonymous.open(path, method=method, json=body, headers=headers)
        assert_error(answer, 403, "PERMISSION_DENIED")


def test_a_revoked_key_stops_at_once(anonymous: Caller, ann: Account, bearer) -> None:
    made = _make_key(anonymous, bearer(ann.id))
    assert anonymous.delete(f"/api/auth/keys/{made['id']}", headers=bearer(ann.id)).status_code == 204
    assert_error(_me(anonymous, made["key"]), 401, "AUTH_TOKEN_INVALID")
    assert anonymous.get("/api/auth/keys", headers=bearer(ann.id)).get_json()["total"] == 0


def test_somebody_else_s_key_and_none_at_all_are_answered_alike(
    anonymous: Caller, ann: Account, bearer, people
) -> None:
    made = _make_key(anonymous, bearer(ann.id))
    said = set()
    for key_id in (made["id"], 987654):
        response = anonymous.delete(f"/api/auth/keys/{key_id}", headers=bearer(people.admin))
        said.add(assert_error(response, 404, "API_KEY_NOT_FOUND")["message"])
    assert len(said) == 1


def test_a_key_ends_when_its_time_is_over(app: Flask, anonymous: Caller, ann: Account, bearer) -> None:
    made = _make_key(anonymous, bearer(ann.id), expires_in_days=1)
    with app.app_context(), write_tx() as session:
        session.get_one(ApiKey, made["id"]).expires_at = now() - timedelta(seconds=1)
    assert_error(_me(anonymous, made["key"]), 401, "AUTH_TOKEN_EXPIRED")


def test_a_key_of_a_deactivated_user_is_worth_nothing(app: Flask, anonymous: Caller, ann: Account, bearer) -> None:
    made = _make_key(anonymous, bearer(ann.id))
    with app.app_context(), write_tx() as session:
        session.get_one(User, ann.id).is_active = False
    assert_error(_me(anonymous, made["key"]), 401, "AUTH_TOKEN_INVALID")


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": NEW}])
def test_deactivating_a_user_or_setting_their_password_revokes_their_keys_for_good(
    anonymous: Caller, ann: Account, people, bearer, change: dict
) -> None:
    made, admin = _make_key(anonymous, bearer(ann.id)), bearer(people.admin)
    assert anonymous.put(f"/api/users/{ann.id}", json={"email": "e@x.y"}, headers=admin).status_code == 200
    assert _me(anonymous, made["key"]).status_code == 200
    assert anonymous.put(f"/api/users/{ann.id}", json=change, headers=admin).status_code == 200
    assert anonymous.put(f"/api/users/{ann.id}", json={"is_active": True}, headers=admin).status_code == 200
    assert_error(_me(anonymous, made["key"]), 401, "AUTH_TOKEN_INVALID")


def test_a_password_reset_on_the_command_line_revokes_keys_and_one_s_own_change_does_not(
    app: Flask, anonymous: Caller, ann: Account, bearer
) -> None:
    made = _make_key(anonymous, bearer(ann.id))
    own = {"current": PASSWORD, "password": NEW}
    assert anonymous.post("/api/auth/password", json=own, headers=bearer(ann.id)).status_code == 200
    assert _me(anonymous, made["key"]).status_code == 200
    with app.app_context():
        accounts.reset_password(SYSTEM, "ann")
    assert_error(_me(anonymous, made["key"]), 401, "AUTH_TOKEN_INVALID")


def test_a_key_never_may_more_than_its_user_might_when_it_was_made(
    app: Flask, anonymous: Caller, account: Callable[..., Account], bearer
) -> None:
    vic = account("vic", "viewer")
    headers = _by(_make_key(anonymous, bearer(vic.id), scope="write")["key"])
    _become(app, vic, "admin")
    assert_error(anonymous.post("/api/dashboards", json={"name": "B"}, headers=headers), 403, "INSUFFICIENT_ROLE")
    assert_error(anonymous.get("/api/users", headers=headers), 403, "INSUFFICIENT_ROLE")
    greater = _by(_make_key(anonymous, bearer(vic.id), scope="write")["key"])
    assert anonymous.get("/api/users", headers=greater).status_code == 200
    _become(app, vic, "viewer")
    assert_error(anonymous.get("/api/users", headers=greater), 403, "INSUFFICIENT_ROLE")


def _become(app: Flask, who: Account, role: str) -> None:
    with app.app_context(), write_tx() as session:
        session.get_one(User, who.id).role = role


def test_there_is_an_end_to_keys(anonymous: Caller, ann: Account, bearer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "MAX_KEYS", 2)
    headers = bearer(ann.id)
    for _ in range(2):
        _make_key(anonymous, headers)
    assert_error(anonymous.post("/api/auth/keys", json={"name": "one more"}, headers=headers), 409, "CONFLICT")


def test_slow_guessing_from_many_addresses_is_stopped_by_name(
    app: Flask, anonymous: Caller, ann: Account, account: Callable[..., Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = account("bob")
    monkeypatch.setitem(app.extensions["vizapp"].config.__dict__, "signin_name_rate", "3 per 5 minutes")
    response = _guess(anonymous, 4)
    assert_error(response, 429, "RATE_LIMIT_EXCEEDED")
    assert 0 < int(response.headers["Retry-After"]) <= 300
    right = {"username": "ann", "password": PASSWORD}
    assert anonymous.post("/api/auth/login", json=right).status_code == 429
    page = anonymous.post("/login", data=right, headers={**anonymous.token(), "Accept": "text/html"})
    assert page.status_code == 429
    assert _log_in(anonymous, other)


def _guess(client: Caller, times: int) -> Any:
    """Wrong passwords for ann, each from another address; the last answer."""
    for number in range(times):
        response = client.post(
            "/api/auth/login",
            json={"username": "ann", "password": "guess"},
            environ_base={"REMOTE_ADDR": f"10.0.0.{number}"},
        )
    return response


def test_strangers_do_not_lock_somebody_out_where_they_have_signed_in_before(
    app: Flask, anonymous: Caller, ann: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, cafe = {"REMOTE_ADDR": "10.1.0.1"}, {"REMOTE_ADDR": "10.1.0.2"}
    right = {"username": "ann", "password": PASSWORD}
    assert anonymous.post("/api/auth/login", json=right, environ_base=home).status_code == 200
    monkeypatch.setitem(app.extensions["vizapp"].config.__dict__, "signin_name_rate", "3 per 4 minutes")
    assert _guess(anonymous, 4).status_code == 429
    assert anonymous.post("/api/auth/login", json=right, environ_base=cafe).status_code == 429
    assert anonymous.post("/api/auth/login", json=right, environ_base=home).status_code == 200
    html = {**anonymous.token(), "Accept": "text/html"}
    assert anonymous.post("/login", data=right, headers=html, environ_base=home).status_code == 302


def test_guessing_from_an_address_of_the_user_s_own_has_an_end_too(
    app: Flask, anonymous: Caller, ann: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _log_in(anonymous, ann)
    monkeypatch.setitem(app.extensions["vizapp"].config.__dict__, "signin_name_rate", "3 per 3 minutes")
    wrong = {"username": "ann", "password": "guess"}
    answers = [anonymous.post("/api/auth/login", json=wrong).status_code for _ in range(4)]
    assert answers == [401, 401, 401, 429]


def test_the_log_of_failed_sign_ins_shows_names_as_they_are_written(app: Flask, anonymous: Caller) -> None:
    sent = {"username": "ann\n2026 admin\u202emoc", "password": "wrong"}
    assert_error(anonymous.post("/api/auth/login", json=sent), 401, "AUTH_INVALID_CREDENTIALS")
    with app.app_context():
        noted = db.session.query(Log).filter_by(action="account.sign_in_failed").one()
        assert noted.details == {"username": "ann2026 adminmoc"}
