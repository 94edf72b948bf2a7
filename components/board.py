"""The grid of a dashboard, looked at: stored places stay as stored; on a phone one column in reading order."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from dash import html

from components.controls import Node, given
from components.ids import Id
from vizapp.schemas.dashboard import GRID_COLUMNS, LayoutItem, LayoutSettings, Position

T = TypeVar("T", bound=LayoutItem)


def board(
    tiles: Sequence[Node],
    *,
    columns: int = GRID_COLUMNS,
    row_height: int = 100,
    id: Id | None = None,
    label: str = "Charts",
) -> html.Div:
    """A dashboard. Give the tiles in `reading_order`; each carries its own place."""
    size = {"--cols": columns, "--row": row_height}
    return html.Div(
        list(tiles), className="board is-placed", style=size, role="group", **given(id=id), **{"aria-label": label}
    )


def place(position: Position) -> dict[str, Any]:
    """The style of a tile at this place: where it begins and how many cells it covers."""
    return {"--x": position.x + 1, "--y": position.y + 1, "--w": position.w, "--h": position.h}


def surface(settings: LayoutSettings) -> dict[str, Any]:
    """The style of the box around a dashboard: its own background and padding."""
    style: dict[str, Any] = {}
    if settings.background_color:
        style["--board-bg"] = settings.background_color
    if settings.padding is not None:
        style["--board-pad"] = settings.padding
    return style


def reading_order(items: Iterable[T]) -> list[T]:
    """From the top left, line by line: the order for the Tab key, screen readers and phones."""
    return sorted(items, key=lambda item: (item.position.y, item.position.x))
