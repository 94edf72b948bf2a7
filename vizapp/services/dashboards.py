"""Dashboards: list, read, save, delete."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from vizapp.access import Actor, Permission, require, require_dashboard
from vizapp.errors import InvalidInput
from vizapp.extensions import db, write_tx
from vizapp.models import Chart, Dashboard, DashboardChart
from vizapp.models.columns import now
from vizapp.schemas.content import DashboardInput
from vizapp.schemas.dashboard import DashboardLayout, Position
from vizapp.schemas.records import ChartRecord, DashboardRecord, Page
from vizapp.services import audit, connections, rows
from vizapp.services.content import PARTS, Asked, chart_record, check_version, owner_name, page_of


@dataclass(frozen=True, slots=True)
class Tile:
    """A chart and where it stands."""

    chart: ChartRecord
    position: Position


def to_record(row: Dashboard) -> DashboardRecord:
    """The row as a plain value; `is_public` only while its link is valid."""
    expired = row.public_token_expires_at is not None and row.public_token_expires_at <= now()
    record = DashboardRecord.model_validate(row)
    placed = {chart.chart_id: chart for chart in record.charts}
    layout = _without_deleted(record.layout, placed.keys())
    fields = {
        "owner_name": owner_name(row.owner),
        "is_public": row.is_public and not expired,
        "layout": layout.wire(),
        "charts": tuple(placed[item.chart_id] for item in layout.items),
    }
    return record.model_copy(update=fields)


def _without_deleted(layout: Mapping[str, object], left: Set[int]) -> DashboardLayout:
    """The layout without tiles whose chart is gone: a deleted chart leaves its rows, not the JSON."""
    found = DashboardLayout.parse(layout)
    return found.model_copy(update={"items": [item for item in found.items if item.chart_id in left]})


def list_dashboards(actor: Actor, *, mine: bool = False, **asked: Unpack[Asked]) -> Page[DashboardRecord]:
    """Edited last first, unless asked for otherwise."""
    require(actor, Permission.DASHBOARD_READ)
    return page_of(Dashboard, to_record, owner_id=actor.user_id if mine else None, **asked)


def get_dashboard(actor: Actor, dashboard_id: int) -> DashboardRecord:
    """Raises NotFound."""
    require_dashboard(actor, dashboard_id)
    return to_record(rows.dashboard(dashboard_id))


def tiles(actor: Actor, dashboard_id: int) -> list[Tile]:
    """The charts of a dashboard in reading order (top to bottom, left to right)."""
    require_dashboard(actor, dashboard_id)
    placed = {link.chart_id: Position.model_validate(link.position) for link in rows.dashboard(dashboard_id).charts}
    charts = db.session.scalars(select(Chart).where(Chart.id.in_(placed)).options(*PARTS[Chart]))
    found = [Tile(chart_record(chart), placed[chart.id]) for chart in charts]
    return sorted(found, key=lambda tile: (tile.position.y, tile.position.x))


def create_dashboard(actor: Actor, sent: DashboardInput) -> DashboardRecord:
    """Raises InvalidInput when the layout names charts that do not exist."""
    require(actor, Permission.DASHBOARD_CREATE)
    with write_tx() as session:
        row = Dashboard(created_by=actor.user_id, name=sent.name, description=sent.description, layout={})
        _place(session, row, sent.layout)
        session.add(row)
        session.flush()
        audit.record(session, actor, "dashboard.create", "dashboard", row.id, name=row.name)
    return to_record(rows.dashboard(row.id))


def update_dashboard(
    actor: Actor, dashboard_id: int, sent: DashboardInput, *, version: int | None = None
) -> DashboardRecord:
    """Save the whole dashboard; raises StaleVersion when somebody else saved after `version`."""
    with write_tx() as session:
        row = rows.to_change(actor, Permission.DASHBOARD_WRITE, rows.dashboard, dashboard_id)
        check_version(row, version)
        if row.is_public:
            added = {item.chart_id for item in sent.layout.items} - {placed.chart_id for placed in row.charts}
            connections.require_publishing(actor, session, added)
        # First what asks the database: a question between two changes would save the one before it, as a version.
        _place(session, row, sent.layout)
        row.name, row.description = sent.name, sent.description
        # A moved tile changes only its own row: the dashboard's version must still grow.
        row.updated_at = now()
        audit.record(session, actor, "dashboard.update", "dashboard", row.id)
    return to_record(rows.dashboard(dashboard_id))


def delete_dashboard(actor: Actor, dashboard_id: int) -> None:
    """The charts on it stay; its public link stops working."""
    with write_tx() as session:
        row = rows.to_change(actor, Permission.DASHBOARD_WRITE, rows.dashboard, dashboard_id)
        audit.record(session, actor, "dashboard.delete", "dashboard", row.id, name=row.name)
        session.delete(row)


def _place(session: Session, row: Dashboard, layout: DashboardLayout) -> None:
    wanted: Mapping[int, Position] = {item.chart_id: item.position for item in layout.items}
    _check_charts(session, list(wanted))
    row.layout = layout.wire()
    kept = {link.chart_id: link for link in row.charts if link.chart_id in wanted}
    for chart_id, position in wanted.items():
        if chart_id in kept:
            kept[chart_id].position = position.wire()
        else:
            kept[chart_id] = DashboardChart(chart_id=chart_id, position=position.wire())
    row.charts = [kept[chart_id] for chart_id in wanted]


def _check_charts(session: Session, chart_ids: Sequence[int]) -> None:
    known = set(session.scalars(select(Chart.id).where(Chart.id.in_(chart_ids))))
    missing = [(index, chart_id) for index, chart_id in enumerate(chart_ids) if chart_id not in known]
    if missing:
        raise InvalidInput.of(
            {f"layout.items.{i}.chartId": f"chart {chart_id} does not exist" for i, chart_id in missing}
        )
