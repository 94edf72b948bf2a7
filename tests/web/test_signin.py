"""Signing in and out, as a browser does it."""

import re
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Caller
from vizapp.extensions import write_tx
from vizapp.models import Log, User
from vizapp.security.passwords import hash_password

PASSWORD = "correct horse battery"
HTML = {"Accept": "text/html"}


@pytest.fixture
def ada(app: Flask) -> int:
    """A user who can sign in by password."""
    with app.app_context(), write_tx() as session:
        user = User(username="ada", email="ada@example.com", password_hash=hash_password(PASSWORD), role="editor")
        session.add(user)
        session.flush()
        return user.id


def _sign_in(client: Caller, username: str, password: str, target: str = "") -> object:
    query = {"next": target} if target else {}
    data = {"username": username, "password": password, "csrf_token": client.token()["X-CSRFToken"]}
    return client.post("/login", data=data, query_string=query, headers=HTML)


def test_the_right_password_leads_to_the_dashboards(anonymous: Caller, ada: int) -> None:
    assert _sign_in(anonymous, "ada", PASSWORD).location == "/"
    assert anonymous.get("/_dash-layout").status_code == 200


def _without_token(answer: Any) -> str:
    """The page without the one thing that changes by the second."""
    return re.sub(r'(name="[^"]*csrf[^"]*"[^>]*value=")[^"]*', r"\1", answer.get_data(as_text=True))


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(anonymous: Caller, ada: int) -> None:
    wrong, unknown = _sign_in(anonymous, "ada", "no"), _sign_in(anonymous, "nobody", "no")
    assert wrong.status_code == unknown.status_code == 401
    assert "User name or password is wrong" in wrong.get_data(as_text=True)
    assert _without_token(wrong).replace("ada", "nobody") == _without_token(unknown)


@pytest.mark.parametrize("username", ["", " ", "a" * 5000, "' or 1=1 --", "ada\x00", "\U0001f600"])
@pytest.mark.parametrize("password", ["", "x" * 100_000, "\x00"])
def test_odd_names_and_passwords_are_just_wrong(anonymous: Caller, username: str, password: str) -> None:
    assert _sign_in(anonymous, username, password).status_code == 401


@pytest.mark.parametrize(
    "target",
    [
        "////evil",
        "/\t/evil",
        " //evil",
        "/\\evil",
        "https:evil",
        "javascript:1",
        "\x00//e",
        "/\r\nX: y",
        "//evil",
        "https://evil/",
    ],
)
def test_next_never_leads_to_another_host(anonymous: Caller, ada: int, target: str) -> None:
    response = _sign_in(anonymous, "ada", PASSWORD, target)
    assert response.status_code == 302
    assert response.location == "/"


def test_next_leads_back_to_where_one_was(anonymous: Caller, ada: int) -> None:
    assert _sign_in(anonymous, "ada", PASSWORD, "/dashboards/3?theme=dark").location == "/dashboards/3?theme=dark"


def test_what_was_planted_in_the_session_before_is_gone_after(anonymous: Caller, ada: int) -> None:
    with anonymous.session_transaction() as session:
        session["planted"] = "yes"
    _sign_in(anonymous, "ada", PASSWORD)
    with anonymous.session_transaction() as session:
        assert "planted" not in session


def test_a_copied_cookie_is_worth_nothing_after_signing_out(app: Flask, anonymous: Caller, ada: int) -> None:
    _sign_in(anonymous, "ada", PASSWORD)
    copied = anonymous.get_cookie("session").value
    assert anonymous.post("/logout", headers=anonymous.token()).location == "/login"
    thief = app.test_client()
    thief.set_cookie("session", copied)
    assert thief.get("/_dash-layout").status_code == 401


def test_signing_in_and_failing_are_in_the_activity_log(app: Flask, anonymous: Caller, ada: int) -> None:
    _sign_in(anonymous, "ada", "no")
    _sign_in(anonymous, "ada", PASSWORD)
    with app.app_context():
        from vizapp.extensions import db

        actions = [row.action for row in db.session.query(Log).order_by(Log.id)]
    assert actions == ["account.sign_in_failed", "account.sign_in"]


def test_a_password_can_be_changed_and_other_sessions_end(app: Flask, anonymous: Caller, client_for, ada: int) -> None:
    other = client_for(ada)
    _sign_in(anonymous, "ada", PASSWORD)
    new = "another long password"
    data = {"current": PASSWORD, "password": new, "again": new, "csrf_token": anonymous.token()["X-CSRFToken"]}
    assert anonymous.post("/password", data=data, headers=HTML).status_code == 302
    assert anonymous.get("/_dash-layout").status_code == 200
    assert other.get("/_dash-layout").status_code == 401
    assert _sign_in(client_for(None), "ada", PASSWORD).status_code == 401
    assert _sign_in(client_for(None), "ada", new).status_code == 302


@pytest.mark.parametrize(
    ("current", "new", "again", "said"),
    [
        ("wrong", "long enough 1", "long enough 1", "The present password is wrong"),
        (PASSWORD, "short", "short", "Use at least 8 characters"),
        (PASSWORD, "long enough 1", "long enough 2", "The two do not match"),
        (PASSWORD, PASSWORD, PASSWORD, "Choose a password that is not the present one"),
        (PASSWORD, "y" * 2000, "y" * 2000, "Use at most 1024 characters"),
    ],
)
def test_a_bad_new_password_is_refused_at_its_field(anonymous: Caller, ada: int, current, new, again, said) -> None:
    _sign_in(anonymous, "ada", PASSWORD)
    data = {"current": current, "password": new, "again": again, "csrf_token": anonymous.token()["X-CSRFToken"]}
    response = anonymous.post("/password", data=data, headers=HTML)
    assert response.status_code == 422
    assert said in response.get_data(as_text=True)


def test_too_many_tries_are_answered_429_with_a_waiting_time(tmp_path) -> None:
    from vizapp.app import create_app
    from vizapp.config import Config
    from vizapp.extensions import db

    app = create_app(Config.load(env="development", data_dir=tmp_path, signin_rate="3 per minute"))
    app.test_client_class = Caller
    client: Caller = app.test_client()  # type: ignore[assignment]
    answers = [_sign_in(client, "ada", "no") for _ in range(4)]
    assert [a.status_code for a in answers] == [401, 401, 401, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    spoofed = client.post(
        "/login", data={"csrf_token": client.token()["X-CSRFToken"]}, headers={**HTML, "X-Forwarded-For": "10.1.1.1"}
    )
    assert spoofed.status_code == 429
    app.extensions["vizapp"].pool.shutdown()
    with app.app_context():
        db.engine.dispose()
