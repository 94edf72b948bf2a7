"""Settings and the activity log."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from vizapp.extensions import Base
from vizapp.models.columns import Key, Str50, Str100, UtcDateTime, now


class Setting(Base):
    """One setting an admin can change while the program runs."""

    __tablename__ = "settings"

    id: Mapped[Key]
    key: Mapped[Str100] = mapped_column(unique=True)
    value: Mapped[object] = mapped_column(JSON)
    description: Mapped[str] = mapped_column(Text, default="")
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)


class Log(Base):
    """Who did what, appended in the transaction that did it."""

    __tablename__ = "logs"

    id: Mapped[Key]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    action: Mapped[Str100]
    resource_type: Mapped[Str50] = mapped_column(default="")
    resource_id: Mapped[int | None]
    details: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    ip_address: Mapped[str | None] = mapped_column(String(45))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
