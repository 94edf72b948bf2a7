"""What the editor keeps in the page: the draft, where it came from, and the facts that draw it.

The draft has one home, the store `Editor.state`: assets/editor.js writes whatever the user does to it, saving reads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from components.tile import kind_of_type
from vizapp.schemas.base import Strict
from vizapp.schemas.content import DashboardInput, Id
from vizapp.schemas.dashboard import DashboardLayout, LayoutItem
from vizapp.schemas.records import DashboardRecord
from vizapp.services.boards import BoardTile, BoardView

# Places kept free in the grid: filling one draws one tile, a longer list of places would draw all of them anew.
SPARE = 40


class Sent(Strict):
    """What the browser sends to be saved; `version` is the one the draft began from."""

    dashboard: Id | None = None
    version: Annotated[int, Field(ge=1)] | None = None
    draft: DashboardInput


@dataclass(frozen=True, slots=True)
class Opened:
    """The dashboard that is being arranged; `record` None: a new one."""

    draft: dict[str, Any]
    record: DashboardRecord | None = None
    tiles: Sequence[BoardTile] = field(default_factory=tuple)

    @property
    def columns(self) -> int:
        """Columns of the grid."""
        return int(self.draft["layout"]["gridCols"])

    @property
    def state(self) -> dict[str, Any]:
        """The value of `Editor.state`: the JSON of `Sent`."""
        if self.record is None:
            return {"dashboard": None, "version": None, "draft": self.draft}
        return {"dashboard": self.record.id, "version": self.record.version, "draft": self.draft}

    def about(self, user_id: int | None) -> dict[str, Any]:
        """What assets/editor.js must know about the charts on the grid, and whose drafts this browser may keep."""
        shown = {str(t.chart_id): {"name": t.chart_name, "kind": kind_of_type(t.chart_type)} for t in self.tiles}
        slots = {str(tile.chart_id): number for number, tile in enumerate(self.tiles)}
        pending = [tile.chart_id for tile in self.tiles if tile.drawn is None]
        return {"user": user_id, "charts": shown, "slots": slots, "places": len(slots) + SPARE, "pending": pending}


def blank() -> Opened:
    """A dashboard without a name and without charts."""
    return Opened({"name": "", "description": "", "layout": DashboardLayout().wire()})


def of(view: BoardView) -> Opened:
    """A stored dashboard. Where its tiles stand is told by the tiles: a chart may have been deleted since."""
    items = [LayoutItem(chart_id=tile.chart_id, position=tile.position) for tile in view.tiles]
    layout = view.layout.model_copy(update={"items": items}).wire()
    draft = {"name": view.record.name, "description": view.record.description, "layout": layout}
    return Opened(draft, view.record, view.tiles)
