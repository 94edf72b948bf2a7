"""Charts and dashboards as pictures, drawn from the answers that pages show, as the pages show them."""

import io
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from vizapp.access import Actor, Permission, require
from vizapp.charts.theme import Mode
from vizapp.charts.words import told
from vizapp.config import MIB
from vizapp.exports.excel import too_large
from vizapp.exports.scene import Look, Part, Scene, board_scene, chart_scene
from vizapp.schemas.base import Input
from vizapp.schemas.chart import Filter
from vizapp.services import boards, charts
from vizapp.services.boards import BoardTile
from vizapp.services.exports import Export
from vizapp.services.runtime import runtime


class Drawn(Input):
    """How a picture is made."""

    format: Annotated[Literal["png", "svg"], Field(description="SVG has the fonts in it and can be drawn over.")] = (
        "png"
    )
    scale: Annotated[float, Field(ge=1, le=4, description="Pixels of a PNG for each pixel of the page.")] = 2.0
    theme: Annotated[Mode, Field(description="As in the pages.")] = "light"
    transparent: Annotated[bool, Field(description="Without a ground, to be laid over something.")] = False

    @property
    def look(self) -> Look:
        """The same for the drawing."""
        return Look(self.format, self.scale, self.theme, self.transparent)


MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml"}
_LATE = "This chart took too long to be in the picture."


def chart_image(actor: Actor, chart_id: int, look: Look, *, filters: Sequence[Filter] = ()) -> Export:
    """A chart as PNG or SVG. Raises what `charts.execute` and Renderer raise, and FileTooLarge."""
    result = charts.execute(actor, chart_id, filters=filters)
    style = result.config.styling
    note = f"Only rows where {'; '.join(told(f.column, f.operator, f.value) for f in filters)}." if filters else ""
    scene = chart_scene(result.title, result.picture, look, width=style.width, height=style.height, note=note)
    return _taken(result.title, scene)


def dashboard_image(actor: Actor, dashboard_id: int, look: Look) -> Export:
    """A whole dashboard as PNG or SVG; a chart that fails has the reason in its place.

    Raises NotFound, PermissionDenied, FileTooLarge and what Renderer raises.
    """
    # A public link reads what it shows; files are for people with an account.
    require(actor, Permission.DASHBOARD_READ)
    view = boards.view(actor, dashboard_id, budget=runtime().config.query_timeout_seconds)
    moments = [
        tile.drawn.result.as_of for tile in view.tiles if tile.drawn is not None and tile.drawn.result is not None
    ]
    scene = board_scene(
        view.record.name,
        view.record.description or "",
        view.layout,
        [_part(tile) for tile in view.tiles],
        look,
        as_of=min(moments, default=None),
    )
    return _taken(view.record.name, scene)


def _part(tile: BoardTile) -> Part:
    if tile.drawn is not None and tile.drawn.result is not None:
        return Part(tile.drawn.title, tile.position, tile.drawn.result.picture)
    failed = tile.drawn.error if tile.drawn is not None else None
    return Part(tile.title, tile.position, problem=failed.message if failed is not None else _LATE)


def _taken(title: str, scene: Scene) -> Export:
    limit = runtime().config.max_export_size_mb * MIB
    data = runtime().renderer.scene(scene)
    if len(data) > limit:
        raise too_large(limit)
    kind = scene.look.format
    return Export(io.BytesIO(data), len(data), title, f".{kind}", MEDIA_TYPES[kind])
