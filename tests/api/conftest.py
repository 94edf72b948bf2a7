"""Programs that call the API: a user who can sign in by password, and bearers of everybody."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from vizapp.extensions import db, write_tx
from vizapp.models import User
from vizapp.security.passwords import hash_password
from vizapp.services import tokens

PASSWORD = "correct horse battery"
Headers = dict[str, str]


@dataclass(frozen=True)
class Account:
    """A user made for one test."""

    id: int
    username: str
    password: str = PASSWORD


@pytest.fixture
def account(app: Flask) -> Callable[..., Account]:
    """Make a user who can sign in with PASSWORD."""

    def make(username: str = "ann", role: str = "editor", **columns: object) -> Account:
        with app.app_context(), write_tx() as session:
            user = User(
                username=username,
                email=f"{username}@example.com",
                password_hash=hash_password(PASSWORD),
                role=role,
                **columns,
            )
            session.add(user)
            session.flush()
            return Account(user.id, username)

    return make


@pytest.fixture
def ann(account: Callable[..., Account]) -> Account:
    """An editor."""
    return account()


@pytest.fixture
def bearer(app: Flask) -> Callable[[int], Headers]:
    """The header of a user who has just signed in."""

    def make(user_id: int) -> Headers:
        with app.app_context():
            epoch = db.session.get_one(User, user_id).session_epoch
            return {"Authorization": f"Bearer {tokens.begin(user_id, epoch).access}"}

    return make
