"""One's own API keys: made, shown once, ended; never anybody else's."""

from typing import Any

import pytest
from flask import Flask

from components.ids import Profile
from tests.conftest import Caller
from tests.factories import People, actor
from tests.web.dash_calls import assert_refused_quietly, call
from vizapp.access import Actor
from vizapp.schemas.account import ApiKeyInput
from vizapp.services import api_keys


@pytest.fixture
def who(context: Flask, people: People) -> Actor:
    return actor(people.admin)


def create(client: Caller, name: object, scope: object = "read", expiry: object = "90") -> Any:
    sent = {
        f"{Profile.create}.n_clicks": 1,
        f"{Profile.name}.value": name,
        f"{Profile.scope}.value": scope,
        f"{Profile.expiry}.value": expiry,
    }
    return call(client, f"{Profile.made}.children", sent, changed=f"{Profile.create}.n_clicks")


def test_a_key_is_shown_once_and_signs_a_program_in(client: Caller, anonymous: Caller, who: Actor) -> None:
    answer = create(client, "nightly report").json["response"]
    text = next(part for part in str(answer[Profile.made]).split("'") if part.startswith("vz_"))
    found = anonymous.get("/api/auth/me", headers={"Authorization": f"Bearer {text}"})
    assert found.json["username"] == "admin"
    page = client.get("/profile", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "nightly report" in page
    assert text not in page


@pytest.mark.parametrize(("name", "told"), [("", "Name the key"), (None, "Name the key"), ("a\u202eb", "control")])
def test_a_key_without_a_proper_name_is_not_made(client: Caller, who: Actor, name: object, told: str) -> None:
    answer = create(client, name).json["response"]
    assert told in str(answer[Profile.form])
    assert api_keys.list_keys(who).total == 0


@pytest.mark.parametrize(("scope", "expiry"), [("admin", "90"), (["read"], "90"), ("read", "0"), ("read", "1e9")])
def test_a_forged_scope_or_expiry_makes_no_key(client: Caller, who: Actor, scope: object, expiry: object) -> None:
    create(client, "forged", scope, expiry)
    assert api_keys.list_keys(who).total == 0


def revoke(client: Caller, key_id: object) -> Any:
    sent = {f"{Profile.confirmed}.n_clicks": 1, f"{Profile.asked}.data": key_id}
    return call(client, f"{Profile.question}.children", sent, changed=f"{Profile.confirmed}.n_clicks")


def test_a_revoked_key_is_worth_nothing(client: Caller, anonymous: Caller, who: Actor) -> None:
    key = api_keys.create_key(who, ApiKeyInput(name="old"))
    assert "Key revoked" in str(revoke(client, key.id).json)
    assert anonymous.get("/api/auth/me", headers={"Authorization": f"Bearer {key.key}"}).status_code == 401


@pytest.mark.parametrize("forged", [None, True, "1", 2**40, {"id": 1}])
def test_a_forged_key_ends_none(client: Caller, who: Actor, forged: object, caplog: pytest.LogCaptureFixture) -> None:
    api_keys.create_key(who, ApiKeyInput(name="kept"))
    assert_refused_quietly(revoke(client, forged), caplog)
    assert api_keys.list_keys(who).total == 1


def test_nobody_ends_the_key_of_somebody_else(client: Caller, context: Flask, people: People) -> None:
    editor = actor(people.editor, "editor")
    key = api_keys.create_key(editor, ApiKeyInput(name="hers"))
    revoke(client, key.id)
    assert api_keys.list_keys(editor).total == 1
    assert "hers" not in client.get("/profile", headers={"Accept": "text/html"}).get_data(as_text=True)
