"""Charts, dashboards, and the links that open them to everybody.

`version` of charts and dashboards grows with every change; an update of an older version matches no
row, which SQLAlchemy reports as StaleDataError.
"""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vizapp.extensions import Base
from vizapp.models.accounts import User
from vizapp.models.columns import Edited, Key, Moment, Str50, Str100, UtcDateTime, now
from vizapp.models.data import Dataset

Json = dict[str, object]


class Chart(Edited, Base):
    """A ChartConfig over a dataset or a connection (a table, a SQL query or a file of it)."""

    __tablename__ = "charts"

    name: Mapped[Str100]
    description: Mapped[str] = mapped_column(Text, default="")
    chart_type: Mapped[Str50]
    config: Mapped[Json] = mapped_column(JSON)
    data_source_id: Mapped[int | None] = mapped_column(ForeignKey("connections.id", ondelete="RESTRICT"), index=True)
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey("datasets.id", ondelete="RESTRICT"), index=True)
    query: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column()

    owner: Mapped[User | None] = relationship(lazy="joined", foreign_keys="Chart.created_by")
    dataset: Mapped[Dataset | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Dashboard(Edited, Base):
    """A DashboardLayout; `charts` repeats its items as rows so that the database keeps them whole."""

    __tablename__ = "dashboards"

    name: Mapped[Str100]
    description: Mapped[str] = mapped_column(Text, default="")
    layout: Mapped[Json] = mapped_column(JSON)
    is_public: Mapped[bool] = mapped_column(default=False)
    public_token: Mapped[str | None] = mapped_column(String(100), unique=True)
    public_token_created_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    public_token_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    public_access_count: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column()

    owner: Mapped[User | None] = relationship(lazy="joined", foreign_keys="Dashboard.created_by")
    charts: Mapped[list["DashboardChart"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="DashboardChart.id"
    )

    __mapper_args__ = {"version_id_col": version}


class DashboardChart(Base):
    """A chart on a dashboard, at `position` (x, y, w, h in grid cells)."""

    __tablename__ = "dashboard_charts"
    __table_args__ = (UniqueConstraint("dashboard_id", "chart_id"), {"sqlite_autoincrement": True})  # type: ignore[assignment]

    id: Mapped[Key]
    dashboard_id: Mapped[int] = mapped_column(ForeignKey("dashboards.id", ondelete="CASCADE"))
    chart_id: Mapped[int] = mapped_column(ForeignKey("charts.id", ondelete="CASCADE"), index=True)
    position: Mapped[Json] = mapped_column(JSON)

    chart: Mapped[Chart] = relationship()

    @property
    def chart_type(self) -> str:
        """That of the chart."""
        return self.chart.chart_type


class PublicLink(Base):
    """Every link ever made, by the SHA-256 of its token: a dead one is told from one that never was."""

    __tablename__ = "public_links"

    id: Mapped[Key]
    dashboard_id: Mapped[int | None] = mapped_column(ForeignKey("dashboards.id", ondelete="SET NULL"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[Moment] = mapped_column(default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
