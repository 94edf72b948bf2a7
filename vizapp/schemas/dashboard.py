"""DashboardLayout: the grid a dashboard is. Stored as JSON on the dashboard, camelCase."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from vizapp.errors import InvalidInput
from vizapp.schemas.base import WHOLE, JsonId, Strict
from vizapp.schemas.chart import Colour

GRID_COLUMNS = 12
MAX_TILES = 500

# More often, a page left open asks for more than anybody sees.
LEAST_REFRESH = 10

Cells = Annotated[int, Field(ge=1, le=1000), WHOLE]


def _seldom(value: int) -> int:
    if 0 < value < LEAST_REFRESH:
        raise ValueError(f"must be at least {LEAST_REFRESH} seconds, or 0 for off")
    return value


Refresh = Annotated[
    int,
    Field(ge=0, le=86_400, json_schema_extra={"not": {"minimum": 1, "maximum": LEAST_REFRESH - 1}}),
    WHOLE,
    AfterValidator(_seldom),
]


class Position(Strict):
    """Cells from the top left corner of the grid."""

    x: Annotated[int, Field(ge=0, le=99), WHOLE]
    y: Annotated[int, Field(ge=0, le=100_000), WHOLE]
    w: Annotated[int, Field(ge=1, le=100), WHOLE]
    h: Cells
    min_w: Cells | None = None
    min_h: Cells | None = None
    max_w: Cells | None = None
    max_h: Cells | None = None
    static: bool | None = None


class LayoutItem(Strict):
    """A chart at a place."""

    chart_id: JsonId
    position: Position


class LayoutSettings(Strict):
    """The page around the tiles; `autoRefresh` in seconds, 10 at least; 0 is off."""

    background_color: Colour | None = None
    padding: Annotated[int, Field(ge=0, le=96), WHOLE] | None = None
    auto_refresh: Refresh | None = None


class DashboardLayout(Strict):
    """The grid. Items fit its columns and name each chart once."""

    grid_cols: Annotated[int, Field(ge=1, le=24), WHOLE] = GRID_COLUMNS
    row_height: Annotated[int, Field(ge=20, le=400), WHOLE] = 100
    items: Annotated[list[LayoutItem], Field(max_length=MAX_TILES)] = []
    settings: LayoutSettings = LayoutSettings()

    @classmethod
    def parse(cls, data: object, *, error: type[InvalidInput] = InvalidInput) -> Self:
        """As stored: one of before there was a least time between two refreshes keeps that time now."""
        return super().parse(_refreshed_seldom(data), error=error)

    @model_validator(mode="before")
    @classmethod
    def _foreign_is_empty(cls, data: object) -> object:
        foreign = isinstance(data, Mapping) and "items" not in data and bool(data.keys() - _OWN_KEYS)
        return {} if foreign else data

    @model_validator(mode="after")
    def _fits(self) -> Self:
        seen: set[int] = set()
        for index, item in enumerate(self.items):
            place = item.position
            if place.x + place.w > self.grid_cols:
                raise ValueError(f"items.{index}.position: reaches past column {self.grid_cols}")
            if item.chart_id in seen:
                raise ValueError(f"items.{index}.chartId: chart {item.chart_id} is on the grid twice")
            seen.add(item.chart_id)
        return self


_OWN_KEYS = frozenset({"gridCols", "rowHeight", "items", "settings", "grid_cols", "row_height"})


def _refreshed_seldom(data: object) -> object:
    settings = data.get("settings") if isinstance(data, Mapping) else None
    seconds = settings.get("autoRefresh") if isinstance(settings, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(settings, Mapping) or type(seconds) is not int:
        return data
    return {**data, "settings": {**settings, "autoRefresh": LEAST_REFRESH}} if 0 < seconds < LEAST_REFRESH else data
