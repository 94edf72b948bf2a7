"""Tokens of public links: 256 random bits in the URL, their SHA-256 in the database."""

import hashlib
import secrets


def new_token() -> str:
    """43 URL-safe characters nobody can guess."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What a token is looked up by: equality on a hash gives no timing to work with."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
