"""Column types and mixins shared by the tables."""

from datetime import UTC, datetime
from typing import Annotated

from sqlalchemy import DateTime, ForeignKey, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: aware UTC in Python, UTC without zone in SQLite, with zone in PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they would silently mean another zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times must carry a zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base class fixes the name
        """Aware UTC, whatever the database returned."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """The present moment, aware, UTC."""
    return datetime.now(UTC)


Key = Annotated[int, mapped_column(primary_key=True)]
Str20 = Annotated[str, mapped_column(String(20))]
Str50 = Annotated[str, mapped_column(String(50))]
Str100 = Annotated[str, mapped_column(String(100))]
Str255 = Annotated[str, mapped_column(String(255))]
Moment = Annotated[datetime, mapped_column(UtcDateTime)]


class Created:
    """`id`, who created the row and when. Content outlives its author: the author becomes null."""

    id: Mapped[Key]
    created_at: Mapped[Moment] = mapped_column(default=now)

    @declared_attr
    def created_by(cls) -> Mapped[int | None]:
        """The owner."""
        return mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)


class Edited(Created):
    """Adds when the row changed last."""

    updated_at: Mapped[Moment] = mapped_column(default=now, onupdate=now)
