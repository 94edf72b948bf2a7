"""Where data comes from: uploaded datasets and connections. Rows of data are never stored here."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vizapp.extensions import Base
from vizapp.models.accounts import User
from vizapp.models.columns import Edited, Key, Moment, Str50, Str100, UtcDateTime, now

Json = dict[str, object]


class Connection(Edited, Base):
    """A database or object store; `config` is encrypted as a whole.

    `roles` may use it, besides admins. `revision` changes with whatever makes other data of it.
    """

    __tablename__ = "connections"

    name: Mapped[Str100]
    type: Mapped[Str50]
    config: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(default=True)
    roles: Mapped[list[str]] = mapped_column(JSON, default=lambda: ["editor"])
    revision: Mapped[str] = mapped_column(String(32))

    owner: Mapped[User | None] = relationship(lazy="joined", foreign_keys="Connection.created_by")


class Dataset(Edited, Base):
    """An uploaded file: a Parquet file of the data folder, named by `content_hash`.

    `columns` are the column reports in order, `report` what was understood of the file, `overrides`
    the types and readings a person chose, `original` the name of the kept upload.
    """

    __tablename__ = "datasets"

    name: Mapped[Str100]
    file_name: Mapped[str] = mapped_column(String(255))
    file_size: Mapped[int] = mapped_column(BigInteger)
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    original: Mapped[str] = mapped_column(String(100))
    row_count: Mapped[int] = mapped_column(BigInteger)
    columns: Mapped[list[Json]] = mapped_column(JSON)
    report: Mapped[Json] = mapped_column(JSON)
    overrides: Mapped[Json] = mapped_column(JSON, default=dict)

    owner: Mapped[User | None] = relationship(lazy="joined", foreign_keys="Dataset.created_by")


class CsvData(Base):
    """The upload behind one chart: which dataset, with which types, from which file."""

    __tablename__ = "csv_data"

    id: Mapped[Key]
    chart_id: Mapped[int] = mapped_column(ForeignKey("charts.id", ondelete="CASCADE"), index=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id", ondelete="RESTRICT"), index=True)
    column_types: Mapped[Json] = mapped_column(JSON)
    row_count: Mapped[int] = mapped_column(BigInteger)
    file_name: Mapped[str] = mapped_column(String(255))
    file_size: Mapped[int] = mapped_column(BigInteger)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[Moment] = mapped_column(default=now)
