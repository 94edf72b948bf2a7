"""API keys: made and revoked by their user, shown once, and looked up by every request that carries one."""

from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from vizapp.access import Actor, Permission, Role, Scope, lesser, require
from vizapp.errors import Conflict, NotFound, StorageFull, TokenExpired, TokenInvalid, Unavailable
from vizapp.extensions import db, write_tx
from vizapp.models import ApiKey
from vizapp.models.columns import now
from vizapp.schemas.account import ApiKeyInput, NewApiKey
from vizapp.schemas.records import ApiKeyRecord, Page, UserRecord
from vizapp.security.tokens import new_token, token_hash
from vizapp.services import audit
from vizapp.services.listing import ordered
from vizapp.services.runtime import runtime

PREFIX = "vz_"
MAX_KEYS = 50
_SHOWN = len(PREFIX) + 6
_USE_NOTED_EVERY = timedelta(minutes=1)


def list_keys(
    actor: Actor, *, search: str = "", sort: str = "", offset: int = 0, limit: int = MAX_KEYS
) -> Page[ApiKeyRecord]:
    """The actor's own keys that are not revoked, newest first."""
    require(actor, Permission.ACCOUNT_OWN)
    query = select(ApiKey).where(ApiKey.user_id == actor.user_id, ApiKey.revoked_at.is_(None))
    query = query.where(ApiKey.name.icontains(search.replace("\x00", ""), autoescape=True))
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.session.scalars(query.order_by(*ordered(ApiKey, sort or "-created_at")).offset(offset).limit(limit))
    return Page(items=[ApiKeyRecord.model_validate(r) for r in rows], total=total, offset=offset, limit=limit)


def get_key(actor: Actor, key_id: int) -> ApiKeyRecord:
    """One of the actor's own; raises NotFound, also for somebody else's."""
    require(actor, Permission.ACCOUNT_OWN)
    return ApiKeyRecord.model_validate(_own(actor, db.session.get(ApiKey, key_id)))


def _own(actor: Actor, row: ApiKey | None) -> ApiKey:
    if row is None or row.user_id != actor.user_id or row.revoked_at is not None:
        raise NotFound.of("API key")
    return row


def create_key(actor: Actor, sent: ApiKeyInput) -> NewApiKey:
    """A key of the actor's own, its text shown only here; raises Conflict when there are MAX_KEYS already."""
    require(actor, Permission.ACCOUNT_OWN)
    text = PREFIX + new_token()
    row = ApiKey(
        user_id=actor.user_id,
        name=sent.name,
        prefix=text[:_SHOWN],
        key_hash=token_hash(text),
        scope=sent.scope,
        role=actor.role,
        expires_at=None if sent.expires_in_days is None else now() + timedelta(days=sent.expires_in_days),
    )
    with write_tx() as session:
        kept = select(func.count()).where(ApiKey.user_id == actor.user_id, ApiKey.revoked_at.is_(None))
        if (session.scalar(kept) or 0) >= MAX_KEYS:
            raise Conflict(f"You have {MAX_KEYS} API keys already. Revoke one first.")
        session.add(row)
        session.flush()
        audit.record(session, actor, "api_key.create", "api_key", row.id, name=row.name, scope=row.scope)
    return NewApiKey(**ApiKeyRecord.model_validate(row).model_dump(), key=text)


def revoke_key(actor: Actor, key_id: int) -> None:
    """The key stops working at once; raises NotFound, also for somebody else's."""
    require(actor, Permission.ACCOUNT_OWN)
    with write_tx() as session:
        row = _own(actor, session.get(ApiKey, key_id))
        row.revoked_at = now()
        audit.record(session, actor, "api_key.revoke", "api_key", row.id, name=row.name)


def revoke_all(session: Session, user_id: int) -> None:
    """All keys of a user, in the transaction that takes the account from whoever has it."""
    kept = (ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    session.execute(update(ApiKey).where(*kept).values(revoked_at=now()))


def bearer(text: str) -> tuple[UserRecord, Role, Scope]:
    """The user a key speaks for, in what role and what for; raises TokenInvalid or TokenExpired.

    The role is the user's, and never more than theirs was when they made the key.
    """
    query = select(ApiKey).options(joinedload(ApiKey.user, innerjoin=True)).where(ApiKey.key_hash == token_hash(text))
    row = db.session.scalar(query)
    if row is None or row.revoked_at is not None or not row.user.is_active:
        raise TokenInvalid("This API key is not valid.")
    if row.expires_at is not None and row.expires_at <= now():
        raise TokenExpired("This API key has expired.")
    if _is_old(row.last_used_at):
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        # Beside the request: it must not wait for a lock that it does not need.
        runtime().pool.submit(_note_use, app, row.id)
    return UserRecord.model_validate(row.user), lesser(Role(row.role), Role(row.user.role)), Scope(row.scope)


def _is_old(moment: datetime | None) -> bool:
    return moment is None or moment < now() - _USE_NOTED_EVERY


def _note_use(app: Flask, key_id: int) -> None:
    with app.app_context():
        last = db.session.scalar(select(ApiKey.last_used_at).where(ApiKey.id == key_id))
        if not _is_old(last):
            return
        try:
            with write_tx() as session:
                row = session.get(ApiKey, key_id)
                if row is not None:
                    row.last_used_at = now()
        except (StorageFull, Unavailable):
            return
