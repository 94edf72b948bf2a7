"""Whether a user name or an e-mail address is free: what looks alike to people counts as the same."""

import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from vizapp.models import User


def fold(text: str) -> str:
    """`text` without what people overlook: case, and the forms that Unicode has of one character."""
    return unicodedata.normalize("NFKC", text).casefold()


def username_taken(session: Session, username: str) -> bool:
    """Whether somebody has this name, however it is written."""
    return fold(username) in map(fold, session.scalars(select(User.username)))


def email_taken(session: Session, email: str, *, besides: int | None = None) -> bool:
    """Whether somebody has this address, however it is written; `besides` is the user who may."""
    others = select(User.email) if besides is None else select(User.email).where(User.id != besides)
    return fold(email) in map(fold, session.scalars(others))
