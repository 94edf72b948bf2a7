"""Admins manage users; everybody reads themselves and keeps their own e-mail address."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.api.conftest import PASSWORD, Account, Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import People, actor, make_dashboard
from vizapp.access import Role
from vizapp.extensions import db
from vizapp.models import Dashboard, Log

EVE = {"username": "eve", "email": "eve@example.com", "password": PASSWORD, "role": "editor"}


@pytest.fixture
def admin(people: People, bearer: Callable[[int], Headers]) -> Headers:
    return bearer(people.admin)


def _last_log(app: Flask) -> Log:
    with app.app_context():
        found: Log = db.session.query(Log).order_by(Log.id.desc()).first()
        return found


def test_an_admin_makes_a_user_who_signs_in_and_must_change_the_password(
    app: Flask, anonymous: Caller, admin: Headers
) -> None:
    response = anonymous.post("/api/users", json=EVE, headers=admin)
    assert response.status_code == 201
    made = response.get_json()
    assert (made["username"], made["role"], made["is_active"], made["must_change_password"]) == (
        "eve", "editor", True, True,
    )  # fmt: skip
    assert "password" not in made
    assert "password_hash" not in made
    assert _last_log(app).action == "user.create"
    assert anonymous.post("/api/auth/login", json={"username": "eve", "password": PASSWORD}).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "a b"}, "username"),
        ({"email": "nothing"}, "email"),
        ({"role": "root"}, "role"),
        ({"password": "short"}, "password"),
        ({"is_active": False}, "is_active"),
    ],
)
def test_a_bad_user_is_refused_by_field(anonymous: Caller, admin: Headers, change: dict, field: str) -> None:
    error = assert_error(anonymous.post("/api/users", json={**EVE, **change}, headers=admin), 422, "INVALID_INPUT")
    assert field in error["details"]["fields"]


@pytest.mark.parametrize("same", ["username", "email"])
def test_a_name_or_address_that_is_taken_is_a_conflict(anonymous: Caller, admin: Headers, same: str) -> None:
    anonymous.post("/api/users", json=EVE, headers=admin)
    other = {**EVE, "username": "eva", "email": "eva@example.com", same: EVE[same]}
    assert_error(anonymous.post("/api/users", json=other, headers=admin), 409, "CONFLICT")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"username": "Eve"}, 409),
        ({"username": "EVE"}, 409),
        ({"email": "EVE@example.com"}, 409),
        ({"email": "\uff45ve@example.com"}, 409),
        ({"username": "\u0435ve"}, 422),
        ({"username": "\uff45ve"}, 422),
        ({"username": "ev\u00e9"}, 422),
    ],
)
def test_nobody_gets_a_name_or_address_that_looks_like_another_s(
    anonymous: Caller, admin: Headers, changes: dict, status: int
) -> None:
    anonymous.post("/api/users", json=EVE, headers=admin)
    other = {**EVE, "username": "eva", "email": "eva@example.com", **changes}
    assert_error(anonymous.post("/api/users", json=other, headers=admin), status)
    if "email" in changes:
        made = anonymous.post("/api/users", json={**other, "email": "eva@example.com"}, headers=admin).get_json()
        changed = anonymous.put(f"/api/users/{made['id']}", json={"email": changes["email"]}, headers=admin)
        assert_error(changed, 409, "CONFLICT")


def test_a_name_of_before_signs_in_and_guards_its_look_alikes(
    anonymous: Caller, admin: Headers, account: Callable[..., Account]
) -> None:
    for name in ("j\u00fcrgen", "\ufb01x"):
        account(name)
        assert anonymous.post("/api/auth/login", json={"username": name, "password": PASSWORD}).status_code == 200
    other = {**EVE, "username": "Fix"}
    assert_error(anonymous.post("/api/users", json=other, headers=admin), 409, "CONFLICT")


def test_trying_addresses_to_learn_who_is_here_ends_after_a_few(
    anonymous: Caller, ann: Account, account: Callable[..., Account], bearer: Callable[[int], Headers], admin: Headers
) -> None:
    hers = bearer(ann.id)
    said = [
        anonymous.put(f"/api/users/{number}", json={"email": "admin@example.com"}, headers=hers).status_code
        for number in [str(ann.id)] * 4 + [f"0{ann.id}"] * 2
    ]
    assert said == [409] * 5 + [429]
    bob = account("bob")
    changed = anonymous.put(f"/api/users/{bob.id}", json={"email": "bob@elsewhere.example"}, headers=bearer(bob.id))
    assert changed.status_code == 200
    for number in range(6):
        body = {"email": f"ann{number}@example.com"}
        assert anonymous.put(f"/api/users/{ann.id}", json=body, headers=admin).status_code == 200


def test_one_s_own_address_can_be_written_otherwise(
    anonymous: Caller, ann: Account, bearer: Callable[[int], Headers]
) -> None:
    response = anonymous.put(f"/api/users/{ann.id}", json={"email": "Ann@Example.com"}, headers=bearer(ann.id))
    assert response.get_json()["email"] == "Ann@Example.com"


def test_the_list_is_paged_searched_sorted_and_cut_to_fields(anonymous: Caller, admin: Headers) -> None:
    page = anonymous.get("/api/users?limit=2&offset=1", headers=admin).get_json()
    assert (page["total"], page["offset"], page["limit"], len(page["items"])) == (4, 1, 2, 2)
    found = anonymous.get("/api/users?search=other_ed&fields=id,username", headers=admin).get_json()
    assert [set(item) for item in found["items"]] == [{"id", "username"}]
    for sort, backwards in (("username", False), ("-username", True)):
        names = [
            item["username"] for item in anonymous.get(f"/api/users?sort={sort}", headers=admin).get_json()["items"]
        ]
        assert names == sorted(names, reverse=backwards)
        assert len(names) == 4


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("fields=id,secret", "fields", "secret"),
        ("fields=password_hash", "fields", "password_hash"),
        ("sort=password_hash", "sort", "password_hash"),
        ("limit=201", "limit", "200"),
        ("limit=0", "limit", "1"),
        ("offset=-1", "offset", "0"),
        ("limit=many", "limit", "integer"),
        ("ofset=2", "ofset", "not known"),
    ],
)
def test_what_a_list_does_not_know_is_named(
    anonymous: Caller, admin: Headers, query: str, field: str, said: str
) -> None:
    error = assert_error(anonymous.get(f"/api/users?{query}", headers=admin), 422, "INVALID_INPUT")
    assert said in error["details"]["fields"][field]


def test_a_list_that_is_known_already_is_not_sent_again(anonymous: Caller, admin: Headers) -> None:
    first = anonymous.get("/api/users", headers=admin)
    again = anonymous.get("/api/users", headers={**admin, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    anonymous.post("/api/users", json=EVE, headers=admin)
    changed = anonymous.get("/api/users", headers={**admin, "If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_one_reads_oneself_and_nobody_else_whether_they_exist_or_not(
    anonymous: Caller, ann: Account, bearer: Callable[[int], Headers], people: People
) -> None:
    assert anonymous.get(f"/api/users/{ann.id}", headers=bearer(ann.id)).get_json()["username"] == "ann"
    said = set()
    for user_id in (people.admin, 987654):
        for method, body in (("GET", None), ("PUT", {"email": "x@y.z"}), ("DELETE", None)):
            response = anonymous.open(f"/api/users/{user_id}", method=method, json=body, headers=bearer(ann.id))
            said.add(assert_error(response, 403, "INSUFFICIENT_ROLE")["message"])
    assert len(said) == 1


def test_an_admin_is_told_that_a_user_does_not_exist(anonymous: Caller, admin: Headers) -> None:
    for method, body in (("GET", None), ("PUT", {"role": "viewer"}), ("DELETE", None)):
        response = anonymous.open("/api/users/987654", method=method, json=body, headers=admin)
        assert_error(response, 404, "USER_NOT_FOUND")


@pytest.mark.parametrize("user_id", ["abc", "0", "-1", "2147483648", "9" * 400, "1%00", "%F0%9F%98%80"])
def test_an_impossible_number_in_the_address_is_refused(anonymous: Caller, admin: Headers, user_id: str) -> None:
    error = assert_error(anonymous.get(f"/api/users/{user_id}", headers=admin), 422, "INVALID_INPUT")
    assert "id" in error["details"]["fields"]


def test_one_keeps_only_one_s_own_address(anonymous: Caller, ann: Account, bearer: Callable[[int], Headers]) -> None:
    headers, path = bearer(ann.id), f"/api/users/{ann.id}"
    changed = anonymous.put(path, json={"email": "ann@elsewhere.example"}, headers=headers)
    assert changed.get_json()["email"] == "ann@elsewhere.example"
    for body in ({"role": "admin"}, {"is_active": True}, {"password": PASSWORD}, {"email": "a@b.c", "role": "editor"}):
        assert_error(anonymous.put(path, json=body, headers=headers), 403, "PERMISSION_DENIED")
    assert_error(anonymous.put(path, json={"email": "admin@example.com"}, headers=headers), 409, "CONFLICT")


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"is_active": False}, {"password": "a new long password"}])
def test_a_new_role_state_or_password_ends_tokens_and_sessions_at_once(
    app: Flask, anonymous: Caller, ann: Account, admin: Headers, bearer, client_for, change: dict
) -> None:
    hers, browser = bearer(ann.id), client_for(ann.id)
    assert browser.get("/api/auth/me").status_code == 200
    assert anonymous.put(f"/api/users/{ann.id}", json=change, headers=admin).status_code == 200
    assert_error(anonymous.get("/api/auth/me", headers=hers), 401, "AUTH_TOKEN_INVALID")
    assert_error(browser.get("/api/auth/me"), 401, "AUTH_TOKEN_MISSING")
    line = _last_log(app)
    assert (line.action, line.resource_id, line.details["changed"]) == ("user.update", ann.id, list(change))
    assert "a new long password" not in str(line.details)


def test_the_same_role_again_ends_nothing(anonymous: Caller, ann: Account, admin: Headers, bearer) -> None:
    hers = bearer(ann.id)
    anonymous.put(f"/api/users/{ann.id}", json={"role": "editor", "email": "ann2@example.com"}, headers=admin)
    assert anonymous.get("/api/auth/me", headers=hers).status_code == 200


@pytest.mark.parametrize("change", [{"role": "editor"}, {"is_active": False}])
def test_the_last_active_admin_stays_one(
    anonymous: Caller, account: Callable[..., Account], people: People, admin: Headers, bearer, change: dict
) -> None:
    assert_error(anonymous.put(f"/api/users/{people.admin}", json=change, headers=admin), 409, "CONFLICT")
    second = account("second", "admin")
    assert anonymous.put(f"/api/users/{second.id}", json=change, headers=admin).status_code == 200


def test_an_admin_s_own_password_needs_the_present_one(anonymous: Caller, people: People, admin: Headers) -> None:
    response = anonymous.put(f"/api/users/{people.admin}", json={"password": "a new long password"}, headers=admin)
    assert "password" in assert_error(response, 422)["details"]["fields"]


def test_who_is_deleted_leaves_what_they_made_without_an_owner(
    app: Flask, anonymous: Caller, ann: Account, admin: Headers, bearer
) -> None:
    hers = bearer(ann.id)
    key = anonymous.post("/api/auth/keys", json={"name": "k"}, headers=hers).get_json()["key"]
    with app.app_context():
        made = make_dashboard(actor(ann.id, Role.editor), []).id
    assert anonymous.delete(f"/api/users/{ann.id}", headers=admin).status_code == 204
    with app.app_context():
        assert db.session.get_one(Dashboard, made).created_by is None
    for headers in (hers, {"Authorization": f"Bearer {key}"}):
        assert_error(anonymous.get("/api/auth/me", headers=headers), 401, "AUTH_TOKEN_INVALID")
    assert (_last_log(app).action, _last_log(app).details["username"]) == ("user.delete", "ann")


def test_nobody_deletes_themselves_or_the_last_admin(anonymous: Caller, people: People, admin: Headers) -> None:
    assert_error(anonymous.delete(f"/api/users/{people.admin}", headers=admin), 409, "CONFLICT")


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_who_is_no_admin_lists_and_makes_nobody(anonymous: Caller, people: People, bearer, role: str) -> None:
    headers = bearer(getattr(people, role))
    assert_error(anonymous.get("/api/users", headers=headers), 403, "INSUFFICIENT_ROLE")
    assert_error(anonymous.post("/api/users", json=EVE, headers=headers), 403, "INSUFFICIENT_ROLE")
