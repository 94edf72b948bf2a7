"""Encryption at rest: Fernet with keys derived from ENCRYPTION_MASTER_KEY and a salt of the deployment."""

import base64
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

# OWASP Password Storage Cheat Sheet (2023): 600,000 iterations for PBKDF2-HMAC-SHA256.
_ITERATIONS = 600_000
_CANARY = b"vizapp"


class WrongKey(Exception):
    """What was encrypted was encrypted with another key."""


def new_salt() -> str:
    """16 random bytes as hex, made once per deployment."""
    return secrets.token_hex(16)


class Box:
    """Encrypts small texts, such as connection configs: seals with the master key, opens what `former` ones sealed."""

    def __init__(self, master_key: str, salt: str, *former: str) -> None:
        self._fernet = MultiFernet([_fernet(key, salt) for key in (master_key, *former)])

    def seal(self, plain: bytes) -> str:
        """Encrypted and authenticated, as text."""
        return self._fernet.encrypt(plain).decode()

    def open(self, sealed: str) -> bytes:
        """The plain bytes; raises WrongKey."""
        try:
            return self._fernet.decrypt(sealed.encode())
        except InvalidToken as exc:
            raise WrongKey() from exc

    def canary(self) -> str:
        """A sealed constant to keep beside the data: `check` tells later whether the key is still the same."""
        return self.seal(_CANARY)

    def check(self, canary: str) -> None:
        """Raise WrongKey when `canary` was sealed with another key."""
        if self.open(canary) != _CANARY:
            raise WrongKey()


def _fernet(master_key: str, salt: str) -> Fernet:
    kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=bytes.fromhex(salt), iterations=_ITERATIONS)
    return Fernet(base64.urlsafe_b64encode(kdf.derive(master_key.encode())))
