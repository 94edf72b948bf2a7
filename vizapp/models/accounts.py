"""People, and what programs show in their name: token families and API keys."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vizapp.extensions import Base
from vizapp.models.columns import Key, Moment, Str20, Str50, Str100, Str255, UtcDateTime, now


class User(Base):
    """A person who can sign in. `session_epoch` grows to make every earlier session useless."""

    __tablename__ = "users"

    id: Mapped[Key]
    username: Mapped[Str50] = mapped_column(unique=True)
    email: Mapped[Str100] = mapped_column(unique=True)
    password_hash: Mapped[Str255]
    role: Mapped[Str20] = mapped_column(default="viewer")
    created_at: Mapped[Moment] = mapped_column(default=now)
    updated_at: Mapped[Moment] = mapped_column(default=now, onupdate=now)
    last_login: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    session_epoch: Mapped[int] = mapped_column(default=0)


class TokenFamily(Base):
    """One sign-in of a program: its access tokens, and the single refresh token that is good at a time.

    `public_id` is in every token of it, `refresh_hash` is the SHA-256 of the current refresh token's id, `epoch`
    the user's session_epoch when it began. Rows stay until a later sign-in after their end, so that a reused
    token is told from a foreign one.
    """

    __tablename__ = "token_families"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    public_id: Mapped[str] = mapped_column(String(64), unique=True)
    refresh_hash: Mapped[str] = mapped_column(String(64))
    epoch: Mapped[int]
    created_at: Mapped[Moment] = mapped_column(default=now)
    expires_at: Mapped[Moment]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()


class ApiKey(Base):
    """A key for programs, by the SHA-256 of its text; `prefix` is the part that may be shown.

    `role` is its user's when it was made: it never may more, whatever becomes of the user.
    """

    __tablename__ = "api_keys"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[Str100]
    prefix: Mapped[Str20]
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[Str20]
    role: Mapped[Str20]
    created_at: Mapped[Moment] = mapped_column(default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()
