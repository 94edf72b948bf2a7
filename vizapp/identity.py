"""Who is asking: the signed-in user of a Flask request as an Actor, for pages, callbacks and API alike.

Pages and Dash know sessions alone. The API takes a bearer (an access token or an API key) as well, which the
guard reads there and nowhere else.
"""

import math
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from flask import g, request, session
from flask_login import UserMixin, current_user, login_user, logout_user
from limits import parse

from vizapp.access import ANONYMOUS, Actor, Role, stays
from vizapp.errors import BadCredentials, TooManyRequests, Unauthenticated
from vizapp.extensions import limiter, login_manager
from vizapp.schemas.records import UserRecord
from vizapp.security.tokens import token_hash
from vizapp.services import accounts, api_keys, tokens
from vizapp.services.runtime import runtime

_SINCE = "since"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls the API; `family` is that of their access token, empty for a session or an API key."""

    user: UserRecord
    actor: Actor
    family: str = ""


class SessionUser(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """What flask-login keeps: the user and the epoch in which the session began."""

    def __init__(self, user: UserRecord, epoch: int) -> None:
        self.user = user
        self.epoch = epoch

    def get_id(self) -> str:
        """`<user id>.<epoch>`: a session of an ended epoch finds nobody."""
        return f"{self.user.id}.{self.epoch}"


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load(session_id: str) -> SessionUser | None:
    user_id, _, epoch = session_id.partition(".")
    if not (user_id.isdecimal() and epoch.isdecimal()) or _too_old():
        return None
    user = accounts.session_user(int(user_id), int(epoch))
    return SessionUser(user, int(epoch)) if user else None


def _too_old() -> bool:
    since = session.get(_SINCE)
    if not isinstance(since, int):
        return True
    age = datetime.now(UTC) - datetime.fromtimestamp(since, UTC)
    return not timedelta(minutes=-5) < age < timedelta(hours=runtime().config.session_hours)


def prove(username: str, password: str) -> tuple[UserRecord, int]:
    """`accounts.sign_in` for pages and API, with a limit on failed tries for one name from anywhere.

    Who guesses slowly from many addresses is stopped by it. An address from which this user has signed in before is
    counted for itself, so that strangers do not lock them out. Raises BadCredentials or TooManyRequests, for names that
    nobody has as well.
    """
    rate = parse(runtime().config.signin_name_rate)
    key: tuple[str, ...] = ("signin", token_hash(username))
    if accounts.has_signed_in_from(username, request.remote_addr):
        key = (*key, str(request.remote_addr))
    if not limiter.limiter.test(rate, *key):
        left = limiter.limiter.get_window_stats(rate, *key).reset_time - time.time()
        raise TooManyRequests(details={"retry_after": max(1, math.ceil(left))})
    try:
        return accounts.sign_in(username, password, address=request.remote_addr)
    except BadCredentials:
        limiter.limiter.hit(rate, *key)
        raise


def begin_session(user: UserRecord, epoch: int) -> None:
    """Sign this browser in. What was in the session before is dropped (session fixation)."""
    session.clear()
    session[_SINCE] = int(datetime.now(UTC).timestamp())
    login_user(SessionUser(user, epoch))


def end_session() -> None:
    """Sign this browser out, and every copy of its cookie."""
    accounts.sign_out(session_actor())
    logout_user()
    session.clear()


def session_actor() -> Actor:
    """The signed-in user; ANONYMOUS when nobody is."""
    user = current_record()
    if user is None:
        return ANONYMOUS
    return _actor(user)


def _actor(user: UserRecord) -> Actor:
    return Actor(
        role=Role(user.role), user_id=user.id, name=user.username, address=request.remote_addr, waits=_waiting()
    )


def _waiting() -> Callable[[], bool]:
    """Whether the client of this request is still connected, where server and system can tell."""
    connection = request.environ.get("gunicorn.socket")
    if not isinstance(connection, socket.socket) or not hasattr(select, "POLLRDHUP"):
        return stays
    return partial(_is_connected, connection)


def _is_connected(connection: socket.socket) -> bool:
    number = connection.fileno()
    if number < 0:
        return False
    # One of its own: threads ask at the same time, which a poll object refuses.
    hung_up = select.poll()
    hung_up.register(number, select.POLLRDHUP)
    return not hung_up.poll(0)


def current_record() -> UserRecord | None:
    """The signed-in user's record."""
    found = current_user._get_current_object()
    return found.user if isinstance(found, SessionUser) else None


def forget_caller() -> None:
    """Begin a request: whatever spoke for the one before does not for this one."""
    g.pop("caller", None)
    g.by_bearer = False


def identify_caller() -> Caller:
    """Who calls the API, for the rest of the request; raises Unauthenticated.

    A bearer that is no good is not made up for by a session that came along.
    """
    found = _bearer()
    g.by_bearer = found is not None
    if found is None:
        user = current_record()
        if user is None:
            raise Unauthenticated("Please sign in: this needs an access token or an API key.")
        found = Caller(user, _actor(user))
    g.caller = found
    return found


def _bearer() -> Caller | None:
    """The bearer's user; None when the request has none."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    text = text.strip()
    if text.startswith(api_keys.PREFIX):
        user, role, scope = api_keys.bearer(text)
        return Caller(user, replace(_actor(user), role=role, scope=scope))
    user, family = tokens.bearer(text)
    return Caller(user, _actor(user), family)


def caller() -> Caller:
    """Who calls the API; raises Unauthenticated."""
    found = g.get("caller")
    if not isinstance(found, Caller):
        raise Unauthenticated()
    return found


def signed_in() -> Actor:
    """The user of a session, or of the bearer of an API call; raises Unauthenticated."""
    found = g.get("caller")
    actor = found.actor if isinstance(found, Caller) else session_actor()
    if actor.role is None:
        raise Unauthenticated()
    return actor


def public_viewer() -> Actor:
    """The viewer that the link of this request makes; set by the guard of the public app."""
    viewer = g.get("viewer")
    if not isinstance(viewer, Actor):
        raise Unauthenticated()
    return replace(viewer, waits=_waiting())
