"""A dashboard with all its numbers, for the programs of those who have its link: nothing of what is behind it."""

from vizapp.access import Actor
from vizapp.errors import AppError, Unavailable
from vizapp.schemas.answers import Problem, PublicChart, PublicDashboard
from vizapp.services import boards
from vizapp.services.boards import BoardTile
from vizapp.services.formats import of_chart
from vizapp.services.runtime import runtime


def read(viewer: Actor) -> PublicDashboard:
    """The one dashboard of this viewer. A chart that fails, or is not ready in time, has the reason in its place."""
    view = boards.view(viewer, viewer.dashboard_id or 0, budget=runtime().config.query_timeout_seconds)
    record = view.record
    return PublicDashboard(
        name=record.name, description=record.description, layout=record.layout, charts=[*map(_chart, view.tiles)]
    )


def _chart(tile: BoardTile) -> PublicChart:
    drawn = tile.drawn
    if drawn is not None and drawn.result is not None:
        data = of_chart(drawn.result).wire()
        return PublicChart(chart_id=tile.chart_id, title=drawn.title, type=tile.chart_type, data=data)
    error: AppError | None = drawn.error if drawn is not None else Unavailable("This chart takes too long just now.")
    problem = Problem(code=(error or AppError()).code, message=(error or AppError()).message)
    return PublicChart(chart_id=tile.chart_id, title=tile.title, type=tile.chart_type, error=problem)
