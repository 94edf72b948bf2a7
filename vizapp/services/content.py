"""What charts, dashboards and datasets have in common: paging, searching, versions."""

from collections.abc import Callable
from typing import Any, TypedDict, TypeVar, Unpack

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, lazyload, load_only, selectinload

from vizapp.errors import StaleVersion
from vizapp.extensions import db
from vizapp.models import Chart, Dashboard, DashboardChart, Dataset, User
from vizapp.schemas.records import ChartRecord, Page
from vizapp.services.listing import ordered

MAX_PAGE = 200
# What is shown of other tables, in as many queries as there are tables, whatever the number of rows.
PARTS: dict[type, tuple[Any, ...]] = {
    Chart: (joinedload(Chart.dataset).load_only(Dataset.name).lazyload(Dataset.owner),),
    Dashboard: (
        selectinload(Dashboard.charts)
        .joinedload(DashboardChart.chart)
        .options(load_only(Chart.chart_type), lazyload(Chart.owner)),
    ),
    Dataset: (),
}
Row = TypeVar("Row", Chart, Dashboard, Dataset)
Item = TypeVar("Item")


class Asked(TypedDict, total=False):
    """Which part of a list is asked for: `search` looks into names, `sort` is a column, with `-` the last first."""

    search: str
    sort: str
    offset: int
    limit: int


def page_of(
    model: type[Row], to_record: Callable[[Row], Item], *, owner_id: int | None = None, **asked: Unpack[Asked]
) -> Page[Item]:
    """A page of records, edited last first unless asked for otherwise; with `owner_id` those of one user."""
    offset, limit = max(0, asked.get("offset", 0)), min(asked.get("limit", 50), MAX_PAGE)
    search = asked.get("search", "").replace("\x00", "")
    query = select(model).where(model.name.icontains(search, autoescape=True))
    if owner_id is not None:
        query = query.where(model.created_by == owner_id)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = ordered(model, asked.get("sort") or "-updated_at")
    rows = db.session.scalars(query.options(*PARTS[model]).order_by(*order).offset(offset).limit(limit)).all()
    return Page(items=[to_record(row) for row in rows], total=total, offset=offset, limit=limit)


def owner_name(owner: User | None) -> str:
    """The owner's user name, empty when they are gone."""
    return owner.username if owner else ""


def check_version(row: Chart | Dashboard, version: int | None) -> None:
    """Raise StaleVersion when the row changed since the caller read `version` (None: do not check)."""
    if version is not None and row.version != version:
        changed = row.updated_at.isoformat(timespec="seconds")
        raise StaleVersion(details={"current_version": row.version, "updated_at": changed})


def chart_record(row: Chart) -> ChartRecord:
    """A chart's row as a plain value."""
    return ChartRecord.model_validate(row).model_copy(
        update={"owner_name": owner_name(row.owner), "dataset_name": row.dataset.name if row.dataset else ""}
    )
