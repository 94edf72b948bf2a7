"""Rows by their ids, for services alone: nobody has been asked yet whether the actor may see them."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from vizapp.access import Actor, Permission, require, require_role
from vizapp.errors import NotFound
from vizapp.extensions import db
from vizapp.models import Chart, Dashboard, Dataset
from vizapp.services.content import PARTS
from vizapp.services.runtime import runtime
from vizapp.sources.types import FileSource

Row = TypeVar("Row", Chart, Dashboard, Dataset)
# Who loads a chart wants its data next.
_PARTS: dict[type, tuple[Any, ...]] = {**PARTS, Chart: (joinedload(Chart.dataset),)}


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
    row = db.session.scalar(select(model).where(model.id == row_id).options(*_PARTS[model]))
    if row is None:
        raise NotFound.of(model.__name__.lower())
    return row


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
    content = dataset(dataset_id).content_hash
    return FileSource(runtime().dataset_folder / f"parquet/{content}.parquet", content)


def top_values(dataset_id: int, column: str) -> list[str]:
    """The commonest values of a text column, most frequent first; empty for other columns."""
    report = next((found for found in dataset(dataset_id).columns if found["name"] == column), {})
    top = report.get("top", [])
    return [str(value) for value in top] if isinstance(top, list) else []
