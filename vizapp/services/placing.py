"""Putting a chart on a dashboard from elsewhere: at the bottom, where nothing has to move."""

from vizapp.access import Actor
from vizapp.errors import Conflict
from vizapp.schemas.content import DashboardInput
from vizapp.schemas.dashboard import GRID_COLUMNS, DashboardLayout, LayoutItem, Position
from vizapp.schemas.records import ChartRecord, DashboardRecord
from vizapp.services import charts, dashboards

# Columns of twelve and rows: a number is a strip, charts and tables stand two abreast.
_SIZES = {"kpi": (3, 1), "table": (6, 4)}
_CHART = (6, 3)


def size_of(chart_type: str) -> tuple[int, int]:
    """Columns and rows of a new tile, on a grid of twelve columns."""
    return _SIZES.get(chart_type, _CHART)


def append(actor: Actor, dashboard_id: int, chart_id: int) -> DashboardRecord:
    """The chart as the last tile; raises Conflict when it is there already."""
    record = dashboards.get_dashboard(actor, dashboard_id)
    layout = DashboardLayout.parse(record.layout)
    chart = charts.get_chart(actor, chart_id)
    if any(item.chart_id == chart_id for item in layout.items):
        raise Conflict(f"“{chart.name}” is already on “{record.name}”.")
    sent = DashboardInput(name=record.name, description=record.description, layout=_with(layout, chart))
    return dashboards.update_dashboard(actor, dashboard_id, sent, version=record.version)


def start(actor: Actor, sent: DashboardInput, chart_id: int) -> DashboardRecord:
    """A new dashboard with this one chart."""
    layout = _with(sent.layout, charts.get_chart(actor, chart_id))
    return dashboards.create_dashboard(actor, sent.model_copy(update={"layout": layout}))


def _with(layout: DashboardLayout, chart: ChartRecord) -> DashboardLayout:
    width, height = size_of(chart.chart_type)
    width = max(1, round(width * layout.grid_cols / GRID_COLUMNS))
    bottom = max((item.position.y + item.position.h for item in layout.items), default=0)
    position = _beside(layout, bottom, width, height) or Position(x=0, y=bottom, w=width, h=height)
    items = [*layout.items, LayoutItem(chart_id=chart.id, position=position)]
    return layout.model_copy(update={"items": items})


def _beside(layout: DashboardLayout, bottom: int, width: int, height: int) -> Position | None:
    """Room at the right of the last row, when it is as high as what is to come."""
    last = [item.position for item in layout.items if item.position.y + item.position.h == bottom]
    right = max((place.x + place.w for place in last), default=0)
    top = bottom - height
    clear = all(p.x + p.w <= right or p.y + p.h <= top for p in (item.position for item in layout.items))
    if last and top >= 0 and clear and right + width <= layout.grid_cols and all(p.h == height for p in last):
        return Position(x=right, y=top, w=width, h=height)
    return None
