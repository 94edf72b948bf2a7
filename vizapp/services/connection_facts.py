"""What is known about connections besides themselves: how much is made from them, and how their last test went."""

from collections.abc import Collection, Mapping

from sqlalchemy import func, select

from vizapp.access import Actor, Permission, require
from vizapp.extensions import db
from vizapp.models import Chart, Connection, DashboardChart, Log
from vizapp.schemas.connection import ConnectionFacts, LastTest

_TEST = "connection.test"


def facts(actor: Actor, ids: Collection[int]) -> dict[int, ConnectionFacts]:
    """Those of each of these connections, for admins."""
    require(actor, Permission.CONNECTION_MANAGE)
    charts, dashboards, tests = _charts(ids), _dashboards(ids), _tests(ids)
    return {
        key: ConnectionFacts(charts=charts.get(key, 0), dashboards=dashboards.get(key, 0), tested=tests.get(key))
        for key in ids
    }


def _charts(ids: Collection[int]) -> Mapping[int, int]:
    source = Chart.data_source_id
    found = db.session.execute(select(source, func.count()).where(source.in_(ids)).group_by(source))
    return {int(key): count for key, count in found if key is not None}


def _dashboards(ids: Collection[int]) -> Mapping[int, int]:
    source, boards = Chart.data_source_id, func.count(DashboardChart.dashboard_id.distinct())
    joined = select(source, boards).join(DashboardChart, DashboardChart.chart_id == Chart.id)
    found = db.session.execute(joined.where(source.in_(ids)).group_by(source))
    return {int(key): count for key, count in found if key is not None}


def _tests(ids: Collection[int]) -> dict[int, LastTest]:
    """The last test of each, unless the connection was changed since."""
    last = (
        select(func.max(Log.id))
        .where(Log.action == _TEST, Log.resource_type == "connection", Log.resource_id.in_(ids))
        .group_by(Log.resource_id)
    )
    query = select(Log, Connection.updated_at).join(Connection, Connection.id == Log.resource_id)
    return {
        row.resource_id: LastTest(
            ok=row.details.get("ok") is True,
            elapsed_ms=_number(row.details.get("ms")),
            step=_text(row.details.get("step")),
            at=row.created_at,
        )
        for row, changed in db.session.execute(query.where(Log.id.in_(last)))
        if row.resource_id is not None and row.created_at >= changed
    }


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
