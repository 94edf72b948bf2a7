"""People: signing in and out, passwords, and who is there."""

import secrets

from sqlalchemy import func, or_, select

from vizapp.access import SYSTEM, Actor, Permission, Role, require
from vizapp.errors import BadCredentials, Conflict, InvalidInput, NotFound, StorageFull, Unavailable
from vizapp.extensions import db, write_tx
from vizapp.models import Log, User
from vizapp.models.columns import now
from vizapp.schemas.base import clean_text
from vizapp.schemas.content import AccountInput
from vizapp.schemas.records import Page, UserRecord
from vizapp.security import passwords
from vizapp.services import api_keys, audit, names
from vizapp.services.listing import ordered
from vizapp.services.runtime import runtime


def sign_in(username: str, password: str, *, address: str | None = None) -> tuple[UserRecord, int]:
    """The user and their session epoch; raises BadCredentials, which never says what was wrong."""
    # PostgreSQL refuses texts with NUL; no user name has one.
    user = None if "\x00" in username else db.session.scalar(select(User).where(User.username == username))
    matches = passwords.verify(password, user.password_hash if user else None)
    if user is None or not matches or not user.is_active or _well_known(password):
        _note_failed(username, address)
        raise BadCredentials()
    user_id = user.id
    try:
        with write_tx() as session:
            user = session.get_one(User, user_id)
            user.last_login = now()
            audit.record(session, _self(user, address), "account.sign_in", "user", user_id)
    except (StorageFull, Unavailable):
        # Reading must go on when the disk is full or read-only; only the time of sign-in is lost.
        user = db.session.get_one(User, user_id)
    return UserRecord.model_validate(user), user.session_epoch


def has_signed_in_from(username: str, address: str | None) -> bool:
    """Whether the activity log knows a sign-in of this user from this address."""
    if "\x00" in username:
        return False
    seen = select(Log.id).join(User, User.id == Log.user_id)
    seen = seen.where(User.username == username, Log.action == "account.sign_in", Log.ip_address == address)
    return db.session.scalar(seen.limit(1)) is not None


def _well_known(password: str) -> bool:
    """A data folder that began in development may still have the password that everybody knows."""
    return password == passwords.DEVELOPMENT_PASSWORD and not runtime().config.is_development


def _note_failed(username: str, address: str | None) -> None:
    try:
        with write_tx() as session:
            audit.record(
                session,
                Actor(address=address),
                "account.sign_in_failed",
                "user",
                username=clean_text(username[:50]),
            )
    except (StorageFull, Unavailable):
        return


def _self(user: User, address: str | None = None) -> Actor:
    return Actor(role=Role(user.role), user_id=user.id, name=user.username, address=address)


def session_user(user_id: int, epoch: int) -> UserRecord | None:
    """The user of a session; None when they are gone, inactive, or the session was ended."""
    user = db.session.get(User, user_id)
    if user is None or not user.is_active or user.session_epoch != epoch:
        return None
    return UserRecord.model_validate(user)


def sign_out(actor: Actor) -> None:
    """End every session of this user: a copied cookie is worth nothing afterwards."""
    with write_tx() as session:
        user = session.get(User, actor.user_id)
        if user is not None:
            user.session_epoch += 1
            audit.record(session, actor, "account.sign_out", "user", user.id)


def change_password(actor: Actor, current: str, new: str) -> int:
    """Set the actor's own password; returns the new session epoch (other sessions end).

    Raises InvalidInput naming `current` or `password`.
    """
    require(actor, Permission.ACCOUNT_OWN)
    known = db.session.get_one(User, actor.user_id)
    if not passwords.verify(current, known.password_hash):
        raise InvalidInput.of({"current": "The present password is wrong"})
    if current == new:
        raise InvalidInput.of({"password": "Choose a password that is not the present one"})
    return _set_password(actor, known.id, new, must_change=False)


def reset_password(actor: Actor, username: str, password: str | None = None) -> str:
    """Give a user a new password, generated when not given, to be changed at the next sign-in; their keys end."""
    require(actor, Permission.USER_MANAGE)
    user_id = db.session.scalar(select(User.id).where(User.username == username))
    if user_id is None:
        raise NotFound.of("user")
    chosen = password or secrets.token_urlsafe(12)
    _set_password(actor, user_id, chosen, must_change=True)
    return chosen


def _set_password(actor: Actor, user_id: int, password: str, *, must_change: bool) -> int:
    with write_tx() as session:
        user = session.get_one(User, user_id)
        passwords.check_new(password, username=user.username)
        user.password_hash = passwords.hash_password(password)
        user.must_change_password = must_change
        user.session_epoch += 1
        if must_change:
            api_keys.revoke_all(session, user_id)
        audit.record(session, actor, "account.password_set", "user", user_id)
        return user.session_epoch


def create_user(actor: Actor, account: AccountInput, *, must_change: bool = True) -> UserRecord:
    """A new user; raises Conflict when the name or the address is taken."""
    require(actor, Permission.USER_MANAGE)
    passwords.check_new(account.password, username=account.username)
    return _insert_user(actor, account, must_change=must_change)


def _insert_user(actor: Actor, account: AccountInput, *, must_change: bool) -> UserRecord:
    user = User(
        username=account.username,
        email=account.email,
        role=account.role,
        password_hash=passwords.hash_password(account.password),
        must_change_password=must_change,
    )
    try:
        with write_tx() as session:
            if names.username_taken(session, account.username) or names.email_taken(session, account.email):
                raise Conflict
            session.add(user)
            session.flush()
            audit.record(session, actor, "user.create", "user", user.id, username=account.username, role=account.role)
    except Conflict as exc:
        raise Conflict("This user name or e-mail address is taken.") from exc
    return UserRecord.model_validate(user)


def list_users(actor: Actor, *, search: str = "", sort: str = "", offset: int = 0, limit: int = 50) -> Page[UserRecord]:
    """By name, unless `sort` names another column."""
    require(actor, Permission.USER_READ)
    search = search.replace("\x00", "")
    where = or_(User.username.icontains(search, autoescape=True), User.email.icontains(search, autoescape=True))
    query = select(User).where(where).order_by(*ordered(User, sort or "username"))
    rows = db.session.scalars(query.offset(offset).limit(limit)).all()
    total = db.session.scalar(select(func.count()).select_from(User).where(where)) or 0
    return Page(items=[UserRecord.model_validate(r) for r in rows], total=total, offset=offset, limit=limit)


def first_admin(password: str | None, *, development: bool) -> str | None:
    """Make `admin` when there is nobody yet; returns a generated password to print once, or None.

    In development the password is the well-known one. Either way it must be changed at first sign-in.
    """
    if db.session.scalar(select(func.count()).select_from(User)):
        return None
    generated = None if password or development else secrets.token_urlsafe(12)
    chosen = password or (passwords.DEVELOPMENT_PASSWORD if development else generated) or ""
    if not development:
        passwords.check_new(chosen, username="admin")
    account = AccountInput(username="admin", email="admin@example.com", password=chosen, role=Role.admin)
    try:
        _insert_user(SYSTEM, account, must_change=True)
    except Conflict:
        # Another container was first.
        return None
    return generated
