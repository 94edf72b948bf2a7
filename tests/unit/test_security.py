"""Passwords, encryption, tokens, redirects and logs."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vizapp.errors import InvalidInput
from vizapp.logs import formatter, scrub
from vizapp.security import passwords
from vizapp.security.crypto import Box, WrongKey, new_salt
from vizapp.security.tokens import new_token, token_hash
from vizapp.security.urls import safe_next


def test_a_hash_is_argon2id_and_verifies_only_its_password() -> None:
    hashed = passwords.hash_password("correct horse")
    assert hashed.startswith("$argon2id$")
    assert passwords.verify("correct horse", hashed)
    assert not passwords.verify("Correct horse", hashed)
    assert not passwords.verify("correct horse", None)
    assert not passwords.verify("correct horse", "not a hash")


def test_the_same_letters_typed_on_two_keyboards_are_the_same_password() -> None:
    assert passwords.verify("cafe\u0301 au lait", passwords.hash_password("caf\u00e9 au lait"))


def test_a_long_password_is_not_cut() -> None:
    hashed = passwords.hash_password("a" * 100)
    assert not passwords.verify("a" * 73, hashed)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025, "1234567\x00", "ada.lovelace"])
def test_a_weak_new_password_is_refused_with_a_reason(password: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        passwords.check_new(password, username="Ada.Lovelace")
    assert set(caught.value.fields) == {"password"}


def test_a_box_opens_only_with_its_key_and_salt() -> None:
    salt = new_salt()
    box = Box("k" * 40, salt)
    sealed = box.seal(b"secret")
    assert "secret" not in sealed
    assert Box("k" * 40, salt).open(sealed) == b"secret"
    box.check(box.canary())
    for other in (Box("x" * 40, salt), Box("k" * 40, new_salt())):
        with pytest.raises(WrongKey):
            other.check(box.canary())


def test_tokens_are_long_and_unlike() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert len(new_token()) == 43
    assert token_hash("a") != token_hash("b")
    assert len(token_hash("\ud800")) == 64


@pytest.mark.parametrize("target", [None, "", "evil", "//evil", "/\\evil", "/a b", "/a\\b", "http://h/", "/\x7f"])
def test_a_target_that_may_leave_this_site_becomes_the_start_page(target: str | None) -> None:
    assert safe_next(target) == "/"


@pytest.mark.parametrize("target", ["/", "/charts", "/dashboards/1?a=b#c", "/a//b", "/%2f%2fevil"])
def test_a_path_of_this_site_is_kept(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "text",
    [
        "password=S3CR3T",
        '{"password": "S3CR3T"}',
        "Authorization: Bearer S3CR3T",
        "postgresql://u:S3CR3T@host/db",
        "token='S3CR3T'",
        "api_key: S3CR3T",
        "GET /view/dashboard/S3CR3T HTTP",
        "GET /view/dashboard/../S3CR3T HTTP",
        "cookie=S3CR3T; path=/",
        "GET /view//dashboard/S3CR3T",
        "GET //VIEW/dashboard///S3CR3T?a=b",
        'GET /token=abc"S3CR3T',
        "refused vz_S3CR3Taaaaaaaaaaaaaaaaaaaaaaaa",
        "refused eyJhbGciOiJIUzI1NiJ9.S3CR3T.S3CR3T",
    ],
)
def test_secrets_are_blanked_in_logs(text: str) -> None:
    assert "S3CR3T" not in scrub(text)


def _line(message: str, **extra: object) -> str:

    record = logging.getLogger("test").makeRecord("test", logging.INFO, "f", 1, message, (), None, extra=extra)
    return formatter().format(record)


@given(st.text() | st.text("abtoken=:'\"\\\\ {},/\n").map(lambda text: f"/token={text}"), st.text())
def test_every_line_of_the_log_is_json(path: str, message: str) -> None:
    found = json.loads(_line(message, path=path, details={"sent": [path]}))
    assert found["path"] == scrub(path)
    assert found["details"] == {"sent": [scrub(path)]}


def test_a_secret_is_blanked_by_its_name_too() -> None:
    line = _line("x", token="S3CR3T", sent={"password": "S3CR3T", "deep": [{"api_key": "S3CR3T"}]})
    assert "S3CR3T" not in line
