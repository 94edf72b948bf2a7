"""Charts, dashboards and datasets as programs change them: a part of them, on what is stored."""

from vizapp.access import Actor, Permission, require
from vizapp.errors import InvalidChartConfig, InvalidInput
from vizapp.extensions import write_tx
from vizapp.schemas.bodies import (
    ChartBody,
    ChartChanges,
    DashboardBody,
    DashboardChanges,
    DatasetChanges,
    in_charts,
    in_config,
)
from vizapp.schemas.records import ChartRecord, DashboardRecord, DatasetRecord
from vizapp.services import audit, charts, dashboards, datasets, rows


def create_chart(actor: Actor, sent: ChartBody) -> ChartRecord:
    """Raises InvalidChartConfig or InvalidInput, naming each wrong field of the body; nothing is stored then."""
    require(actor, Permission.CHART_CREATE)
    whole = sent.whole()
    try:
        return charts.create_chart(actor, whole)
    except InvalidChartConfig as exc:
        raise in_config(exc, sent.chart_type) from exc


def change_chart(actor: Actor, chart_id: int, sent: ChartChanges, *, version: int | None = None) -> ChartRecord:
    """Replace what was sent. Raises StaleVersion when somebody saved after `version`, or in this very moment."""
    rows.to_change(actor, Permission.CHART_WRITE, rows.chart, chart_id)
    stored = charts.get_chart(actor, chart_id)
    whole = sent.onto(stored)
    try:
        expected = stored.version if version is None else version
        return charts.update_chart(actor, chart_id, whole, version=expected)
    except InvalidChartConfig as exc:
        raise in_config(exc, sent.chart_type) from exc


def create_dashboard(actor: Actor, sent: DashboardBody) -> DashboardRecord:
    """Raises InvalidInput naming each wrong field of the body."""
    require(actor, Permission.DASHBOARD_CREATE)
    whole = sent.whole()
    try:
        return dashboards.create_dashboard(actor, whole)
    except InvalidInput as exc:
        raise (exc if sent.charts is None else in_charts(exc)) from exc


def change_dashboard(
    actor: Actor, dashboard_id: int, sent: DashboardChanges, *, version: int | None = None
) -> DashboardRecord:
    """Replace what was sent. Raises StaleVersion when somebody saved after `version`, or in this very moment."""
    rows.to_change(actor, Permission.DASHBOARD_WRITE, rows.dashboard, dashboard_id)
    stored = dashboards.get_dashboard(actor, dashboard_id)
    whole = sent.onto(stored)
    try:
        expected = stored.version if version is None else version
        return dashboards.update_dashboard(actor, dashboard_id, whole, version=expected)
    except InvalidInput as exc:
        raise (exc if sent.charts is None else in_charts(exc)) from exc


def change_dataset(actor: Actor, dataset_id: int, sent: DatasetChanges) -> DatasetRecord:
    """Give columns other types, then the dataset another name; raises InvalidInput naming unknown columns."""
    rows.to_change(actor, Permission.DATASET_WRITE, rows.dataset, dataset_id)
    if sent.types or sent.day_first:
        datasets.change_types(actor, dataset_id, sent.types or {}, day_first=sent.day_first)
    if sent.name is not None:
        _rename(actor, dataset_id, sent.name)
    return datasets.get_dataset(actor, dataset_id)


def _rename(actor: Actor, dataset_id: int, name: str) -> None:
    with write_tx() as session:
        row = rows.to_change(actor, Permission.DATASET_WRITE, rows.dataset, dataset_id)
        audit.record(session, actor, "dataset.rename", "dataset", row.id, old=row.name, new=name)
        row.name = name
