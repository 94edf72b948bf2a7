"""What charts, dashboards and datasets have in common: paging, searching, versions."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypedDict, TypeVar, Unpack

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import joinedload, lazyload, load_only, selectinload

from vizapp.errors import StaleVersion
from vizapp.extensions import db
from vizapp.models import Chart, Dashboard, DashboardChart, Dataset, User
from vizapp.schemas.records import ChartRecord, Page
from vizapp.services.listing import ordered

MAX_PAGE = 200


def _owner(model: type[Chart | Dashboard | Dataset]) -> Any:
    return joinedload(model.owner).load_only(User.username)


# What is shown of other tables, in as many queries as there are tables, whatever the number of rows.
PARTS: dict[type, tuple[Any, ...]] = {
    Chart: (joinedload(Chart.dataset).load_only(Dataset.name).lazyload(Dataset.owner), _owner(Chart)),
    Dashboard: (
        _owner(Dashboard),
        selectinload(Dashboard.charts)
        .joinedload(DashboardChart.chart)
        .options(load_only(Chart.chart_type), lazyload(Chart.owner)),
    ),
    Dataset: (_owner(Dataset),),
}
# A list of charts is made of columns: making an object of each row takes longer than all the rest.
_CHARTS = (
    select(
        *(getattr(Chart, name) for name in ChartRecord.model_fields if hasattr(Chart, name)),
        func.coalesce(User.username, "").label("owner_name"),
        func.coalesce(Dataset.name, "").label("dataset_name"),
    )
    .outerjoin(User, User.id == Chart.created_by)
    .outerjoin(Dataset, Dataset.id == Chart.dataset_id)
)
Row = TypeVar("Row", Chart, Dashboard, Dataset)
Item = TypeVar("Item")


class Asked(TypedDict, total=False):
    """Which part of a list is asked for: `search` looks into names, `sort` is a column, with `-` the last first."""

    search: str
    sort: str
    offset: int
    limit: int


def page_of(
    model: type[Row], to_record: Callable[[Any], Item], *, owner_id: int | None = None, **asked: Unpack[Asked]
) -> Page[Item]:
    """A page of records, edited last first unless asked for otherwise; with `owner_id` those of one user.

    `to_record` gets the row, or of charts the columns of their record.
    """
    offset, limit = max(0, asked.get("offset", 0)), min(asked.get("limit", 50), MAX_PAGE)
    search = asked.get("search", "").replace("\x00", "")
    counted, part = _statements(model, asked.get("sort") or "-updated_at", owned=owner_id is not None)
    if search:
        named = model.name.icontains(search, autoescape=True)
        counted, part = counted.where(named), part.where(named)
    given = {"owner": owner_id, "first": offset, "most": limit}
    total = db.session.connection().scalar(counted, given) or 0
    rows = db.session.connection().execute(part, given) if model is Chart else db.session.scalars(part, given)
    return Page(items=[to_record(row) for row in rows], total=total, offset=offset, limit=limit)


@cache  # putting a statement together costs more than running it
def _statements(model: type[Row], sort: str, *, owned: bool) -> tuple[Select[Any], Select[Any]]:
    """How many there are, and the part from `first` on with `most` of them."""
    counted = select(func.count()).select_from(model)
    part = _CHARTS if model is Chart else select(model).options(*PARTS[model])
    if owned:
        own = model.created_by == bindparam("owner")
        counted, part = counted.where(own), part.where(own)
    return counted, part.order_by(*ordered(model, sort)).offset(bindparam("first")).limit(bindparam("most"))


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
