"""Accounts as admins manage them: reading, changing and removing users."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from vizapp.access import Actor, Permission, Role, can, require
from vizapp.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from vizapp.extensions import db, write_tx
from vizapp.models import User
from vizapp.schemas.account import UserChanges
from vizapp.schemas.records import UserRecord
from vizapp.security import passwords
from vizapp.services import api_keys, audit, jobs, names

# What anybody may change of their own account.
OWN_FIELDS = frozenset({"email"})
_ENDS = ("role", "is_active")


def get_user(actor: Actor, user_id: int) -> UserRecord:
    """Oneself, or anybody for who manages users; raises NotFound.

    Somebody else's number is refused whether or not it exists.
    """
    require(actor, Permission.ACCOUNT_READ if user_id == actor.user_id else Permission.USER_READ)
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound.of("user")
    return UserRecord.model_validate(user)


def update_user(actor: Actor, user_id: int, sent: UserChanges) -> UserRecord:
    """Change what was sent. A new role, password or state ends the user's sessions and tokens at once.

    A new password and a deactivation revoke their API keys too.

    Raises NotFound, PermissionDenied, InvalidInput, or Conflict: an address that is taken, the last active admin.
    """
    changes = sent.model_dump(exclude_none=True)
    _require_change(actor, user_id, frozenset(changes))
    if "password" in changes and user_id == actor.user_id:
        raise InvalidInput.of({"password": "Your own password is changed with the present one"})
    with write_tx() as session:
        user = _load(session, user_id)
        _keep_an_admin(session, user, changes)
        _change(session, user, changes)
        # A password is in no log, a new one least of all.
        told = {name: value for name, value in changes.items() if name != "password"}
        audit.record(session, actor, "user.update", "user", user_id, changed=sorted(changes), **told)
    return UserRecord.model_validate(user)


def _require_change(actor: Actor, user_id: int, names: frozenset[str]) -> None:
    require(actor, Permission.ACCOUNT_OWN if user_id == actor.user_id else Permission.USER_MANAGE)
    if not (names <= OWN_FIELDS or can(actor, Permission.USER_MANAGE)):
        raise PermissionDenied(f"Only an admin changes {', '.join(sorted(names - OWN_FIELDS))}.")


def delete_user(actor: Actor, user_id: int) -> None:
    """Remove an account with its tokens, keys and exports. Charts, dashboards and datasets stay, without an owner.

    Raises NotFound, or Conflict for oneself and for the last active admin.
    """
    require(actor, Permission.USER_MANAGE)
    if user_id == actor.user_id:
        raise Conflict("You cannot delete your own account. Another admin can.")
    with write_tx() as session:
        user = _load(session, user_id)
        _keep_an_admin(session, user, {"is_active": False})
        audit.record(session, actor, "user.delete", "user", user_id, username=user.username, role=user.role)
        files = jobs.stored_by(session, user_id)
        session.delete(user)
    jobs.forget_files(files)


def _load(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound.of("user")
    return user


def _keep_an_admin(session: Session, user: User, changes: Mapping[str, object]) -> None:
    """Raise Conflict when nobody could manage the server afterwards."""
    if changes.get("role", Role.admin) == Role.admin and changes.get("is_active", True):
        return
    # Locked, so that two admins cannot take each other's role in the same moment.
    admins = select(User.id).where(User.role == Role.admin, User.is_active.is_(True)).with_for_update()
    if set(session.scalars(admins)) == {user.id}:
        raise Conflict("This is the last active admin. Make somebody else an admin first.")


def _change(session: Session, user: User, changes: Mapping[str, Any]) -> None:
    email = changes.get("email", user.email)
    if email != user.email and names.email_taken(session, email, besides=user.id):
        raise Conflict("This e-mail address is taken.")
    ends = "password" in changes or any(getattr(user, name) != changes.get(name, getattr(user, name)) for name in _ENDS)
    for name in changes.keys() - {"password"}:
        setattr(user, name, changes[name])
    if "password" in changes:
        passwords.check_new(changes["password"], username=user.username)
        user.password_hash = passwords.hash_password(changes["password"])
        user.must_change_password = True
    if "password" in changes or not user.is_active:
        api_keys.revoke_all(session, user.id)
    if ends:
        user.session_epoch += 1
