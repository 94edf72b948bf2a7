"""JSON Web Tokens: HS256 alone, every claim required, nothing of the token believed before its signature."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vizapp.errors import TokenExpired, TokenInvalid

_ALGORITHM = "HS256"
_ISSUER = "vizapp"
_LABEL = b"vizapp/api-tokens/1"
_CLAIMS = ("exp", "iat", "sub", "jti", "typ", "sid", "iss")
# What clocks of machines that share a database may differ by.
_LEEWAY = timedelta(seconds=10)
_MAX_LENGTH = 1024
# Of a user's number.
_MAX_DIGITS = 10
# The one header we write. A token with another (alg none, RS256, a kid to look a key up by) is refused unread.
_HEADER = jwt.encode({}, "0" * 32, _ALGORITHM).partition(".")[0]


class Kind(StrEnum):
    """What a token is for; one kind is never taken for the other."""

    access = "access"
    refresh = "refresh"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says: whose it is, to which family it belongs, and its own id."""

    user_id: int
    family: str
    token_id: str


def signing_key(secret_key: str) -> bytes:
    """A key for tokens alone, derived from SECRET_KEY: a session cookie's signature is none of a token."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_LABEL).derive(secret_key.encode())


def new_id() -> str:
    """128 random bits, for a token or a family."""
    return secrets.token_urlsafe(16)


def issue(key: bytes, kind: Kind, claims: Claims, lifetime: timedelta) -> str:
    """A signed token that is good from now on for `lifetime`."""
    now = datetime.now(UTC)
    payload = {
        "iss": _ISSUER,
        "sub": str(claims.user_id),
        "sid": claims.family,
        "jti": claims.token_id,
        "typ": kind.value,
        "iat": now,
        "exp": now + lifetime,
    }
    return jwt.encode(payload, key, _ALGORITHM)


def read(text: str, key: bytes, kind: Kind, lifetime: timedelta) -> Claims:
    """What a token of this kind says; raises TokenInvalid or TokenExpired.

    One that ends later than a token made now would is refused: no key leak may buy an endless token.
    """
    if len(text) > _MAX_LENGTH or text.partition(".")[0] != _HEADER:
        raise TokenInvalid()
    try:
        payload = jwt.decode(
            text, key, [_ALGORITHM], options={"require": list(_CLAIMS)}, issuer=_ISSUER, leeway=_LEEWAY
        )
    except jwt.ExpiredSignatureError as exc:
        raise TokenExpired() from exc
    except jwt.InvalidTokenError as exc:
        raise TokenInvalid() from exc
    texts, end = [payload[name] for name in ("sub", "sid", "jti", "typ")], payload["exp"]
    if not (all(isinstance(value, str) for value in texts) and isinstance(end, int)):
        raise TokenInvalid()
    if not (payload["sub"].isdecimal() and len(payload["sub"]) <= _MAX_DIGITS):
        raise TokenInvalid()
    if payload["typ"] != kind.value or end > (datetime.now(UTC) + lifetime + _LEEWAY).timestamp():
        raise TokenInvalid()
    return Claims(user_id=int(payload["sub"]), family=payload["sid"], token_id=payload["jti"])
