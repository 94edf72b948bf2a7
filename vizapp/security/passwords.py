"""Password hashes by argon2id: 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet, 2024)."""

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vizapp.errors import InvalidInput

DEVELOPMENT_PASSWORD = "admin123"  # noqa: S105 - seeded in development only, refused everywhere else
MIN_LENGTH = 8
MAX_LENGTH = 1024
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _dummy() -> str:
    """Verified when the user name is unknown, so that the answer takes as long as for a known one."""
    return _hasher.hash(secrets.token_urlsafe(16))


def _normal(password: str) -> str:
    # The same letters typed on two keyboards must be the same password (RFC 8265, OpaqueString).
    return unicodedata.normalize("NFC", password)


def check_new(password: str, *, username: str = "") -> None:
    """Raise InvalidInput for field `password` when it is too short, too long or the user's name."""
    problem = ""
    if len(password) < MIN_LENGTH:
        problem = f"Use at least {MIN_LENGTH} characters"
    elif len(password) > MAX_LENGTH:
        problem = f"Use at most {MAX_LENGTH} characters"
    elif "\x00" in password:
        problem = "The character NUL is not allowed"
    elif password == DEVELOPMENT_PASSWORD:
        problem = "Everybody knows this password"
    elif password.casefold() == username.casefold():
        problem = "Do not use your user name"
    if problem:
        raise InvalidInput.of({"password": problem})


def hash_password(password: str) -> str:
    """An argon2id hash with its parameters and salt, about 100 characters."""
    return _hasher.hash(_normal(password))


def verify(password: str, hashed: str | None) -> bool:
    """Whether `password` matches; takes the same time when there is no hash. Never raises."""
    if len(password) > MAX_LENGTH:
        return False
    try:
        return _hasher.verify(hashed or _dummy(), _normal(password)) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False
