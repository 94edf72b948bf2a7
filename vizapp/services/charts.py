"""Charts: list, read, save, delete; and the one way a chart becomes a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Unpack

from sqlalchemy import func, select

from vizapp.access import Actor, Permission, require, require_dashboard
from vizapp.charts import registry
from vizapp.charts.theme import palette_of
from vizapp.errors import (
    CloudStorageError,
    ColumnMissing,
    DatabaseTimeout,
    DatabaseUnreachable,
    InvalidChartConfig,
    InvalidInput,
    InvalidQuery,
    NotFound,
    QueryFailed,
    Unavailable,
)
from vizapp.extensions import db, write_tx
from vizapp.models import Chart, Dashboard, DashboardChart
from vizapp.query.plan import Caps, plan
from vizapp.query.run import Answer, answer
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import ChartConfig, Filter
from vizapp.schemas.content import ChartInput
from vizapp.schemas.records import ChartRecord, Page
from vizapp.schemas.view import Picture
from vizapp.services import audit, rows, settings
from vizapp.services.content import Asked, chart_record, check_version, page_of
from vizapp.services.origins import Origin, of_chart, terms
from vizapp.services.runtime import runtime


@dataclass(frozen=True, slots=True)
class ChartNumbers:
    """A chart's answer, not drawn: what programs read."""

    title: str
    config: ChartConfig
    answer: Answer

    @property
    def as_of(self) -> datetime:
        """When the answer was computed."""
        return self.answer.as_of


@dataclass(frozen=True, slots=True)
class ChartResult(ChartNumbers):
    """A chart's answer and its picture: what every page and export is made from."""

    picture: Picture


def list_charts(actor: Actor, *, mine: bool = False, **asked: Unpack[Asked]) -> Page[ChartRecord]:
    """Edited last first, unless asked for otherwise."""
    require(actor, Permission.CHART_READ)
    return page_of(Chart, ChartRecord.model_validate, owner_id=actor.user_id if mine else None, **asked)


def get_chart(actor: Actor, chart_id: int) -> ChartRecord:
    """Raises NotFound."""
    require(actor, Permission.CHART_READ)
    return chart_record(rows.chart(chart_id))


def get_chart_to_edit(actor: Actor, chart_id: int) -> ChartRecord:
    """The chart, for those who may change it. Raises NotFound and PermissionDenied."""
    return chart_record(rows.to_change(actor, Permission.CHART_WRITE, rows.chart, chart_id))


def create_chart(actor: Actor, sent: ChartInput) -> ChartRecord:
    """Raises InvalidChartConfig naming each wrong field; nothing is stored then."""
    require(actor, Permission.CHART_CREATE)
    _check(actor, sent)
    with write_tx() as session:
        row = Chart(created_by=actor.user_id, chart_type=sent.config.chart_type, config={}, name=sent.name)
        _fill(row, sent)
        session.add(row)
        session.flush()
        audit.record(session, actor, "chart.create", "chart", row.id, name=row.name)
    return chart_record(row)


def update_chart(actor: Actor, chart_id: int, sent: ChartInput, *, version: int | None = None) -> ChartRecord:
    """Save the whole chart; raises StaleVersion when somebody else saved after `version`."""
    rows.to_change(actor, Permission.CHART_WRITE, rows.chart, chart_id)
    _check(actor, sent)
    with write_tx() as session:
        row = rows.to_change(actor, Permission.CHART_WRITE, rows.chart, chart_id)
        check_version(row, version)
        _fill(row, sent)
        audit.record(session, actor, "chart.update", "chart", row.id)
    return chart_record(row)


def _fill(row: Chart, sent: ChartInput) -> None:
    row.name, row.description = sent.name, sent.description
    row.chart_type, row.config = sent.config.chart_type, sent.config.wire()
    row.dataset_id, row.data_source_id, row.query = sent.dataset_id, sent.data_source_id, sent.query


def _check(actor: Actor, sent: ChartInput) -> None:
    """Raise unless the chart can be drawn; a database that is away just now keeps nobody from saving."""
    origin = Origin(sent.dataset_id, sent.data_source_id, sent.query, sent.config.table, file=sent.config.file)
    try:
        origin.require_use(actor)
        columns = origin.source().columns() if origin.is_known else None
    except NotFound as exc:
        raise _no_such_data(sent, exc) from exc
    except CloudStorageError as exc:
        if exc.details.get("step") == "file":
            raise InvalidChartConfig.of({"file": exc.message}) from exc
        columns = None
    except (DatabaseUnreachable, DatabaseTimeout, Unavailable):
        columns = None
    registry.check(sent.config, columns)


def _no_such_data(sent: ChartInput, exc: NotFound) -> InvalidInput:
    if exc.code == "TABLE_NOT_FOUND":
        return InvalidChartConfig.of({"table": "The connection has no such table, or its account may not read it."})
    if sent.data_source_id is not None:
        return InvalidInput.of({"data_source_id": "this connection does not exist, or your role may not use it"})
    return InvalidInput.of({"dataset_id": f"dataset {sent.dataset_id} does not exist"})


def dependents(actor: Actor, chart_id: int) -> list[str]:
    """The names of the dashboards this chart is on."""
    require(actor, Permission.CHART_READ)
    return list(
        db.session.scalars(
            select(Dashboard.name)
            .join(DashboardChart, DashboardChart.dashboard_id == Dashboard.id)
            .where(DashboardChart.chart_id == chart_id)
            .order_by(Dashboard.name)
        )
    )


def placed_on(actor: Actor, chart_id: int) -> list[tuple[int, str]]:
    """Id and name of each dashboard this chart is on."""
    require(actor, Permission.CHART_READ)
    found = db.session.execute(
        select(Dashboard.id, Dashboard.name)
        .join(DashboardChart, DashboardChart.dashboard_id == Dashboard.id)
        .where(DashboardChart.chart_id == chart_id)
        .order_by(Dashboard.name)
    )
    return [(row.id, row.name) for row in found]


def usage(actor: Actor, chart_ids: Sequence[int]) -> dict[int, int]:
    """On how many dashboards each of these charts is; those on none are absent."""
    require(actor, Permission.CHART_READ)
    counted = (
        select(DashboardChart.chart_id, func.count())
        .where(DashboardChart.chart_id.in_(chart_ids))
        .group_by(DashboardChart.chart_id)
    )
    return {row.chart_id: row[1] for row in db.session.execute(counted)}


def delete_chart(actor: Actor, chart_id: int) -> None:
    """It disappears from its dashboards too; their layouts close the gap when they are next saved."""
    with write_tx() as session:
        row = rows.to_change(actor, Permission.CHART_WRITE, rows.chart, chart_id)
        audit.record(session, actor, "chart.delete", "chart", row.id, name=row.name)
        session.delete(row)


def execute(
    actor: Actor,
    chart_id: int,
    *,
    dashboard_id: int | None = None,
    filters: Sequence[Filter] = (),
    refresh: bool = False,
) -> ChartResult:
    """Ask the chart's question and draw the answer.

    On a dashboard the chart must stand on it: that is what a public viewer may read.
    """
    if dashboard_id is None:
        require(actor, Permission.CHART_READ)
    else:
        require_dashboard(actor, dashboard_id)
        _require_on(dashboard_id, chart_id)
    found, origin = _asked(actor, chart_id, filters, alone=dashboard_id is None, refresh=refresh)
    return _drawn(found, origin)


def numbers(actor: Actor, chart_id: int, *, filters: Sequence[Filter] = (), refresh: bool = False) -> ChartNumbers:
    """Ask the chart's question. Raises what `execute` raises, which draws the answer as well."""
    require(actor, Permission.CHART_READ)
    return _asked(actor, chart_id, filters, alone=True, refresh=refresh)[0]


def _asked(
    actor: Actor, chart_id: int, filters: Sequence[Filter], *, alone: bool, refresh: bool
) -> tuple[ChartNumbers, Origin]:
    """The answer to a stored chart's question; `alone` is a chart that stands on no dashboard here."""
    row = rows.question(chart_id)
    config = ChartConfig.parse(row.config)
    origin = of_chart(row, config)
    if filters and alone:
        origin.require_filters(actor, config, filters)
    # A link reads; only people with an account may make the server compute what it knows.
    try:
        return _ask(actor, config, origin, row.name, filters, refresh=refresh and not actor.is_public), origin
    except (InvalidQuery, QueryFailed, DatabaseUnreachable, DatabaseTimeout, CloudStorageError, Unavailable) as exc:
        if origin.is_open_to(actor):
            raise
        # What a database says may quote its data, or name its place.
        raise type(exc)() from exc


def _require_on(dashboard_id: int, chart_id: int) -> None:
    on_it = select(DashboardChart.id).where(
        DashboardChart.dashboard_id == dashboard_id, DashboardChart.chart_id == chart_id
    )
    if db.session.scalar(on_it) is None:
        raise NotFound.of("chart")


def preview(actor: Actor, config: ChartConfig, data: int | Origin, title: str = "") -> ChartResult:
    """The picture a config would make of a dataset or another origin, without storing anything."""
    origin = _origin(data)
    origin.require_use(actor)
    registry.check(config, origin.source().columns())
    return _drawn(_ask(actor, config, origin, title, ()), origin)


def columns(actor: Actor, origin: Origin) -> dict[str, ColumnType]:
    """Column name → type, of what a chart would be made of."""
    origin.require_use(actor)
    return origin.source().columns()


def problems(actor: Actor, config: ChartConfig, data: int | Origin) -> dict[str, str]:
    """What keeps this config from being drawn, by the path of the field; empty when nothing does. Asks no data."""
    known = columns(actor, _origin(data))
    found: dict[str, str] = {}
    try:
        registry.check(config, known)
    except InvalidChartConfig as exc:
        found = exc.fields
    try:
        plan(config, registry.get(config.chart_type).shape, known, limit=1)
    except InvalidChartConfig as exc:
        found = {**exc.fields, **found}
    except ColumnMissing:
        # the check above has named the column at its field
        return found
    return found


def _origin(data: int | Origin) -> Origin:
    return Origin(dataset_id=data) if isinstance(data, int) else data


def _ask(
    actor: Actor, config: ChartConfig, origin: Origin, title: str, filters: Sequence[Filter], *, refresh: bool = False
) -> ChartNumbers:
    kind, source = registry.get(config.chart_type), origin.source()
    found = answer(
        source,
        config,
        kind.shape,
        extra=filters,
        limit=min(settings.max_query_results(), kind.max_points),
        results=runtime().results,
        terms=terms(actor, source, config, refresh=refresh),
        caps=Caps(x=kind.max_x, series=kind.max_series - 1, fold_x=kind.additive),
    )
    return ChartNumbers(config.styling.title or title, config, found)


def _drawn(asked: ChartNumbers, origin: Origin) -> ChartResult:
    config, found, today = asked.config, asked.answer, datetime.now(UTC).date()
    colours = _colours(config, origin)
    picture = registry.draw(config, found.frame, found.facts, fallback_title=asked.title, colours=colours, today=today)
    return ChartResult(asked.title, config, found, picture)


def _colours(config: ChartConfig, origin: Origin) -> dict[str, str]:
    """A colour for the commonest values of the coloured column: the same in every chart of this dataset."""
    mapping = config.data_mapping
    column = mapping.series or mapping.x_axis
    if column is None or origin.dataset_id is None:
        return {}
    return dict(zip(rows.top_values(origin.dataset_id, column), palette_of(config), strict=False))
