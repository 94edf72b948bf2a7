"""People are made, listed and given passwords by admins; the first admin is made once."""

import pytest

from vizapp.access import SYSTEM, Actor
from vizapp.errors import BadCredentials, Conflict, InsufficientRole, InvalidInput, NotFound
from vizapp.extensions import db, write_tx
from vizapp.models import User
from vizapp.schemas.content import AccountInput
from vizapp.services import accounts, audit


def _account(name: str = "grace", **more: str) -> AccountInput:
    return AccountInput.parse({"username": name, "email": f"{name}@example.com", "password": "long enough", **more})


def test_a_new_user_signs_in_and_must_change_the_password(admin: Actor) -> None:
    made = accounts.create_user(admin, _account(role="editor"))
    assert (made.role, made.must_change_password) == ("editor", True)
    user, epoch = accounts.sign_in("grace", "long enough")
    assert user.id == made.id
    assert accounts.session_user(user.id, epoch) is not None
    assert accounts.session_user(user.id, epoch + 1) is None
    assert accounts.session_user(987654, 0) is None


def test_nobody_but_an_admin_manages_users(editor: Actor, viewer: Actor) -> None:
    for who in (editor, viewer):
        for attempt in (
            lambda who: accounts.create_user(who, _account()),
            accounts.list_users,
            lambda who: accounts.reset_password(who, "admin"),
            audit.list_log,
        ):
            with pytest.raises(InsufficientRole):
                attempt(who)


def test_a_name_or_address_that_is_taken_is_a_conflict(admin: Actor) -> None:
    accounts.create_user(admin, _account())
    with pytest.raises(Conflict):
        accounts.create_user(admin, _account())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "a b"}, "username"),
        ({"email": "nothing"}, "email"),
        ({"role": "root"}, "role"),
        ({"password": "short"}, "password"),
    ],
)
def test_a_bad_account_is_refused_by_field(admin: Actor, change: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        accounts.create_user(
            admin,
            _account(**change)
            if "username" not in change
            else AccountInput.parse({**_account().wire(), "password": "long enough", **change}),
        )
    assert field in caught.value.fields


def test_an_inactive_user_cannot_sign_in(admin: Actor) -> None:
    made = accounts.create_user(admin, _account())
    with write_tx() as session:
        session.get_one(User, made.id).is_active = False
    with pytest.raises(BadCredentials):
        accounts.sign_in("grace", "long enough")


def test_a_reset_ends_sessions_and_makes_a_password_when_none_is_given(admin: Actor) -> None:
    made = accounts.create_user(admin, _account())
    password = accounts.reset_password(admin, "grace")
    assert accounts.session_user(made.id, 0) is None
    assert accounts.sign_in("grace", password)[0].must_change_password
    with pytest.raises(NotFound):
        accounts.reset_password(admin, "nobody")


def test_users_are_searched_by_name_and_address(admin: Actor) -> None:
    found = accounts.list_users(admin, search="other_ed")
    assert [u.username for u in found.items] == ["other_editor"]
    assert not hasattr(found.items[0], "password_hash")


def test_the_first_admin_is_made_only_when_there_is_nobody(context) -> None:
    assert accounts.first_admin(None, development=False) is None
    assert db.session.query(User).filter_by(email="admin@example.com", username="admin").count() == 1


def test_the_log_says_who_did_what(admin: Actor) -> None:
    accounts.create_user(admin, _account())
    latest = audit.list_log(admin).items[0]
    assert (latest.action, latest.user_id, latest.details["username"]) == ("user.create", admin.user_id, "grace")


def test_a_change_that_fails_leaves_no_line_in_the_log(admin: Actor) -> None:
    accounts.create_user(admin, _account())
    before = audit.list_log(admin).total
    with pytest.raises(Conflict):
        accounts.create_user(SYSTEM, _account())
    assert audit.list_log(admin).total == before
