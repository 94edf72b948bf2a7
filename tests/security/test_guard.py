"""Nobody gets anything private, by any address."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.asserts import assert_error
from tests.conftest import Caller
from vizapp import guard

PRIVATE = [
    "/",
    "/charts",
    "/dashboards/1",
    "/datasets/1",
    "/search?text=a",
    "/_dash-layout",
    "/_dash-dependencies",
    "/_reload-hash",
]
ODD = [
    "//",
    "//charts",
    "/charts/",
    "/CHARTS",
    "/_DASH-LAYOUT",
    "/_dash-layout/",
    "//_dash-layout",
    "/./_dash-layout",
    "/assets/../_dash-layout",
    "/assets/..%2f_dash-layout",
    "/view/../_dash-layout",
    "/%5fdash-layout",
    "/login/../charts",
    "/health/..",
    "/_dash-component-suites/../_dash-layout",
    "/api/../_dash-layout",
    "/api/docs/swagger/../../../_dash-layout",
    "/api/docs/swagger/..%2f..%2f__init__.py",
    "/api/docs/files/..%2fdocs.py",
    "/anything/at/all",
]


@pytest.mark.parametrize("path", PRIVATE + ODD)
def test_an_anonymous_program_gets_no_private_answer(anonymous: Caller, path: str) -> None:
    response = anonymous.get(path)
    text = response.get_data(as_text=True)
    assert response.status_code in (301, 302, 308, 401, 404)
    assert '"props"' not in text
    assert "inputs" not in text


@pytest.mark.parametrize("path", ["/charts", "/dashboards/1?theme=dark"])
def test_an_anonymous_browser_is_sent_to_sign_in_and_back(anonymous: Caller, path: str) -> None:
    response = anonymous.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 302
    assert parse_qs(urlsplit(response.location).query) == {"next": [path]}


def test_every_route_is_behind_the_guard_or_listed_as_open(app: Flask, anonymous: Caller) -> None:
    """A new route that is open by mistake answers something else than 401 here."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in guard.OPEN_ENDPOINTS or rule.rule.startswith((*guard.OPEN_PREFIXES, guard.PUBLIC_PREFIX)):
            continue
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            response = anonymous.open(path, method=method)
            assert response.status_code in (400, 401), f"{method} {rule.rule} answers {response.status_code}"


def test_public_addresses_without_a_link_answer_404(app: Flask, anonymous: Caller) -> None:
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(guard.PUBLIC_PREFIX) or rule.rule.startswith(guard.OPEN_PREFIXES):
            continue
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        assert anonymous.get(path).status_code in (404, 405), rule.rule


def test_a_session_of_a_deactivated_or_changed_user_is_worth_nothing(app: Flask, people, client_for) -> None:
    from vizapp.extensions import write_tx
    from vizapp.models import User

    client = client_for(people.viewer)
    assert client.get("/_dash-layout").status_code == 200
    for column, bad, good in (("is_active", False, True), ("session_epoch", 1, 0)):
        with app.app_context(), write_tx() as session:
            setattr(session.get_one(User, people.viewer), column, bad)
        assert_error(client.get("/_dash-layout"), 401)
        with app.app_context(), write_tx() as session:
            setattr(session.get_one(User, people.viewer), column, good)
    assert client_for(people.viewer).get("/_dash-layout").status_code == 200


@pytest.mark.parametrize("cookie", ["", "garbage", "eyJfdXNlcl9pZCI6IjEuMCJ9.aaaa.bbbb"])
def test_a_forged_session_cookie_is_nobody(anonymous: Caller, cookie: str) -> None:
    anonymous.set_cookie("session", cookie)
    assert_error(anonymous.get("/_dash-layout"), 401)


def test_an_old_session_ends(client_for, people) -> None:
    client = client_for(people.viewer)
    with client.session_transaction() as session:
        session["since"] -= 13 * 3600
    assert_error(client.get("/_dash-layout"), 401)


def test_a_first_password_must_be_changed_before_anything_else(app: Flask, people, client_for) -> None:
    from vizapp.extensions import write_tx
    from vizapp.models import User

    with app.app_context(), write_tx() as session:
        session.get_one(User, people.viewer).must_change_password = True
    client = client_for(people.viewer)
    try:
        assert client.get("/charts", headers={"Accept": "text/html"}).location.startswith("/password")
        assert_error(client.get("/_dash-layout"), 401)
        assert client.get("/password", headers={"Accept": "text/html"}).status_code == 200
    finally:
        with app.app_context(), write_tx() as session:
            session.get_one(User, people.viewer).must_change_password = False


@pytest.mark.parametrize("path", ["/login", "/health", "/", "/assets/theme.js", "/view/dashboard/none", "/nothing"])
def test_every_answer_carries_the_security_headers(anonymous: Caller, path: str) -> None:
    with anonymous.get(path, headers={"Accept": "text/html"}) as response:
        headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    if not path.startswith("/assets/"):
        policy = headers["Content-Security-Policy"]
        assert "unsafe-eval" not in policy
        assert "script-src 'self';" in policy
        assert headers["Cache-Control"] == "no-store"


def test_no_page_has_an_inline_script(client: Caller) -> None:
    html = client.get("/", headers={"Accept": "text/html"}).get_data(as_text=True)
    for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", html, re.S):
        assert 'type="application/json"' in attributes or not body.strip(), attributes


def test_data_cannot_end_the_script_element_that_carries_the_layout(client: Caller, context, people, tmp_path) -> None:
    from tests.factories import actor, make_dashboard

    made = make_dashboard(actor(people.admin), [], name="</script><script>alert(1)</script>")
    html = client.get(f"/dashboards/{made.id}", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "<script>alert(1)" not in html


@pytest.mark.parametrize("path", ["/x%0a", "/x%0d%0aSet-Cookie:a=b", "/search?text=R%26D&x=1"])
def test_whatever_the_address_the_way_to_sign_in_keeps_it_whole(anonymous: Caller, path: str) -> None:
    response = anonymous.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 302
    assert response.location.startswith("/login?next=%2F")
    assert "Set-Cookie" not in response.headers.get("Location", "").replace("Set-Cookie%3A", "")


@pytest.mark.parametrize(
    ("path", "status"), [("/nope", 404), ("/charts/999", 404), ("/dashboards/1/edit", 404), ("/charts", 200)]
)
def test_a_page_answers_with_the_status_of_what_it_shows(client: Caller, path: str, status: int) -> None:
    assert client.get(path, headers={"Accept": "text/html"}).status_code == status


def test_a_viewer_is_refused_the_pages_that_make_things(client_for, people) -> None:
    client = client_for(people.viewer)
    for path in ("/charts/new", "/dashboards/new"):
        assert client.get(path, headers={"Accept": "text/html"}).status_code == 403


def test_one_address_cannot_ask_public_pages_without_end(anonymous: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PUBLIC_RATE", "3 per minute")
    answers = [anonymous.get("/view/dashboard/none").status_code for _ in range(5)]
    assert answers == [404, 404, 404, 429, 429]
