"""Rows by their ids, for services alone: nobody has been asked yet whether the actor may see them."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select, bindparam, select

from vizapp.access import Actor, Permission, require, require_role
from vizapp.errors import NotFound
from vizapp.extensions import db
from vizapp.models import Chart, Dashboard, Dataset
from vizapp.services.content import PARTS
from vizapp.services.runtime import runtime
from vizapp.sources.types import FileSource

Row = TypeVar("Row", Chart, Dashboard, Dataset)
# Put together once: that costs more than running them.
_HASH = select(Dataset.content_hash).where(Dataset.id == bindparam("id"))
_ASKED = (
    select(Chart.name, Chart.config, Chart.dataset_id, Chart.data_source_id, Chart.query, Dataset.content_hash)
    .outerjoin(Dataset, Dataset.id == Chart.dataset_id)
    .where(Chart.id == bindparam("id"))
)


class Question(NamedTuple):
    """What of a chart is needed to ask its question; `content_hash` is its dataset's."""

    name: str
    config: dict[str, object]
    dataset_id: int | None
    data_source_id: int | None
    query: str | None
    content_hash: str | None


def question(chart_id: int) -> Question:
    """Of a stored chart. Raises NotFound."""
    row = db.session.connection().execute(_ASKED, {"id": chart_id}).first()
    if row is None:
        raise NotFound.of("chart")
    return Question(*row)


def chart(chart_id: int) -> Chart:
    """Raises NotFound."""
    return _row(Chart, chart_id)


def dashboard(dashboard_id: int) -> Dashboard:
    """With the types of its charts. Raises NotFound."""
    return _row(Dashboard, dashboard_id)


def dataset(dataset_id: int) -> Dataset:
    """Raises NotFound."""
    return _row(Dataset, dataset_id)


def _row(model: type[Row], row_id: int) -> Row:
    # Not `get`: what a commit has expired would come back piece by piece, a query for each.
    row: Row | None = db.session.scalar(_by_id(model), {"id": row_id})
    if row is None:
        raise NotFound.of(model.__name__.lower())
    return row


@cache
def _by_id(model: type[Row]) -> Select[Any]:
    return select(model).where(model.id == bindparam("id")).options(*PARTS[model])


def to_change(actor: Actor, permission: Permission, load: Callable[[int], Row], row_id: int) -> Row:
    """The row, for who may change it.

    The role is asked before the row: who may change nothing does not learn what there is. Raises NotFound.
    """
    require_role(actor, permission)
    row = load(row_id)
    require(actor, permission, row)
    return row


def source(dataset_id: int) -> FileSource:
    """The data behind a dataset. Raises NotFound."""
    content = db.session.connection().scalar(_HASH, {"id": dataset_id})
    if content is None:
        raise NotFound.of("dataset")
    return stored(content)


def stored(content_hash: str) -> FileSource:
    """The data with this content."""
    return FileSource(runtime().dataset_folder / f"parquet/{content_hash}.parquet", content_hash)


def top_values(dataset_id: int, column: str) -> list[str]:
    """The commonest values of a text column, most frequent first; empty for other columns."""
    report = next((found for found in dataset(dataset_id).columns if found["name"] == column), {})
    top = report.get("top", [])
    return [str(value) for value in top] if isinstance(top, list) else []
