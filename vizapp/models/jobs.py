"""Work that is done in the background, and the files it leaves."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vizapp.extensions import Base
from vizapp.models.accounts import User
from vizapp.models.columns import Key, Moment, Str20, Str100, Str255, UtcDateTime, now

Json = dict[str, object]


class Job(Base):
    """A job, from the moment it is asked for until its file is forgotten. The queue carries nothing but its id.

    `role` and `scope` are those of who asked: the job never may more. `run` names the one attempt that may write
    here; `seen_at` is when that attempt, or before it the queue, was last heard of. `stored_name` is its file in the
    folder of exports, `file_name` what people call it.
    """

    __tablename__ = "jobs"

    id: Mapped[Key]
    kind: Mapped[Str20]
    title: Mapped[Str100]
    parameters: Mapped[Json] = mapped_column(JSON)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[Str20]
    scope: Mapped[str | None] = mapped_column(String(20))
    address: Mapped[str | None] = mapped_column(String(45))
    state: Mapped[Str20] = mapped_column(default="queued", index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(Text, default="")
    run: Mapped[str] = mapped_column(String(32), default="")
    file_name: Mapped[Str255] = mapped_column(default="")
    stored_name: Mapped[Str100] = mapped_column(default="")
    media_type: Mapped[Str100] = mapped_column(default="")
    file_size: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[Moment] = mapped_column(default=now)
    seen_at: Mapped[Moment] = mapped_column(default=now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    owner: Mapped[User | None] = relationship()
