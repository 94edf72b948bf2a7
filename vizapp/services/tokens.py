"""Sign-ins of programs: a family of short access tokens and one refresh token that changes with each use.

A refresh token that comes a second time was copied by somebody, and nobody can say which of the two is the
thief: the whole family ends (RFC 9700, section 4.14.2).
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session, contains_eager

from vizapp.access import Actor, Permission, Role, require
from vizapp.errors import TokenInvalid
from vizapp.extensions import db, write_tx
from vizapp.models import TokenFamily, User
from vizapp.models.columns import now
from vizapp.schemas.records import UserRecord
from vizapp.security.jwt import Claims, Kind, issue, new_id, read, signing_key
from vizapp.security.tokens import token_hash
from vizapp.services import audit
from vizapp.services.runtime import runtime

# Put together once: every call of the API asks this, and putting it together costs more than running it.
_JOINED = TokenFamily.user_id == User.id
# A family while it and its user are good for anything.
_GOOD = (
    TokenFamily.public_id == bindparam("family"),
    TokenFamily.user_id == bindparam("user"),
    TokenFamily.revoked_at.is_(None),
    TokenFamily.expires_at > bindparam("now"),
    User.is_active,
    User.session_epoch == TokenFamily.epoch,
)
_COLUMNS = [getattr(User, name) for name in UserRecord.model_fields]
_BY_BEARER = select(*_COLUMNS).join_from(TokenFamily, User, _JOINED).where(*_GOOD)
_BY_REFRESH = (
    select(TokenFamily)
    .join(User, _JOINED)
    .where(*_GOOD)
    .options(contains_eager(TokenFamily.user))
    .with_for_update(of=TokenFamily)
)


@dataclass(frozen=True, slots=True)
class Pair:
    """What a program keeps; `expires_in` are the seconds the access token is good for."""

    access: str
    refresh: str
    expires_in: int


def begin(user_id: int, epoch: int) -> Pair:
    """Tokens for a user who has just proved who they are; their families whose time is over are forgotten."""
    family, token_id = new_id(), new_id()
    with write_tx() as session:
        session.execute(delete(TokenFamily).where(TokenFamily.user_id == user_id, TokenFamily.expires_at < now()))
        session.add(
            TokenFamily(
                user_id=user_id,
                public_id=family,
                refresh_hash=token_hash(token_id),
                epoch=epoch,
                expires_at=now() + _refresh_lifetime(),
            )
        )
    return _pair(user_id, family, token_id)


def refresh(text: str, *, address: str | None = None) -> tuple[Pair, UserRecord]:
    """The next pair of the family; raises TokenInvalid or TokenExpired, and ends the family on reuse."""
    claims = read(text, _key(), Kind.refresh, _refresh_lifetime())
    token_id = new_id()
    with write_tx() as session:
        family = _load(session, claims)
        reused = not hmac.compare_digest(family.refresh_hash, token_hash(claims.token_id))
        if reused:
            family.revoked_at = now()
            audit.record(session, _actor(family.user, address), "account.token_reused", "user", family.user_id)
        else:
            family.refresh_hash, family.expires_at = token_hash(token_id), now() + _refresh_lifetime()
        user = UserRecord.model_validate(family.user)
    if reused:
        raise TokenInvalid()
    return _pair(user.id, claims.family, token_id), user


def bearer(text: str) -> tuple[UserRecord, str]:
    """The user of an access token, and its family; raises TokenInvalid or TokenExpired."""
    claims = read(text, _key(), Kind.access, _access_lifetime())
    row = db.session.connection().execute(_BY_BEARER, _of(claims)).first()
    if row is None:
        raise TokenInvalid()
    return UserRecord.model_validate(row), claims.family


def end(actor: Actor, family: str) -> None:
    """Revoke a family: its tokens stop working at once."""
    require(actor, Permission.ACCOUNT_OWN)
    with write_tx() as session:
        found = session.scalar(select(TokenFamily).where(TokenFamily.public_id == family))
        if found is not None and found.revoked_at is None:
            found.revoked_at = now()
            audit.record(session, actor, "account.sign_out", "user", found.user_id)


def _load(session: Session, claims: Claims) -> TokenFamily:
    """The family of a refresh token, kept from others until the end of the transaction; raises TokenInvalid."""
    family: TokenFamily | None = session.scalar(_BY_REFRESH, _of(claims))
    if family is None:
        raise TokenInvalid()
    return family


def _of(claims: Claims) -> dict[str, object]:
    return {"family": claims.family, "user": claims.user_id, "now": now()}


def _pair(user_id: int, family: str, token_id: str) -> Pair:
    access = issue(_key(), Kind.access, Claims(user_id, family, new_id()), _access_lifetime())
    again = issue(_key(), Kind.refresh, Claims(user_id, family, token_id), _refresh_lifetime())
    return Pair(access=access, refresh=again, expires_in=int(_access_lifetime().total_seconds()))


def _actor(user: User, address: str | None) -> Actor:
    return Actor(role=Role(user.role), user_id=user.id, name=user.username, address=address)


def _key() -> bytes:
    return signing_key(runtime().config.secret_key.get_secret_value())


def _access_lifetime() -> timedelta:
    return timedelta(minutes=runtime().config.access_token_expire_minutes)


def _refresh_lifetime() -> timedelta:
    return timedelta(days=runtime().config.refresh_token_expire_days)
