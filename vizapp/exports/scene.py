"""What a picture shows: tiles as the pages have them, one alone or a whole dashboard, as HTML for the browser."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from dash import html
from dash.development.base_component import Component

from components import tile_states
from components.board import board, surface
from components.formats import in_utc
from components.shell import page_head
from components.tile import Kind, frame, kind_of, tile_content
from vizapp.charts.theme import Mode
from vizapp.first_paint import markup
from vizapp.schemas.dashboard import DashboardLayout, Position
from vizapp.schemas.view import Picture

# CSS pixels. A dashboard is as wide as the screen it is designed for; a chart has the shape of a slide's half.
BOARD_WIDTH = 1440
_SIZES = {Kind.chart: (960, 540), Kind.kpi: (400, 120), Kind.table: (960, None)}
# Rows of a table that is a picture: who wants more wants the file.
MAX_ROWS = 50


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is made. `scale` pixels make one CSS pixel; `transparent` leaves out the ground."""

    format: Literal["png", "svg"] = "png"
    scale: float = 2.0
    theme: Mode = "light"
    transparent: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """HTML with the plotly JSON of its figures, in their order. Without `height` it is as high as what is in it."""

    markup: str
    figures: tuple[str, ...]
    kind: Literal["tile", "board"]
    width: int
    height: int | None
    look: Look


@dataclass(frozen=True, slots=True)
class Part:
    """A tile of a dashboard: its picture, or what is said in its place."""

    title: str
    position: Position
    picture: Picture | None = None
    problem: str = ""


def chart_scene(
    title: str, picture: Picture, look: Look, *, width: int | None = None, height: int | None = None, note: str = ""
) -> Scene:
    """One chart; `width` and `height` in CSS pixels, `note` is added to what is said under it."""
    shown = _noted(_first_rows(picture), note)
    kind = kind_of(shown)
    wide, high = _SIZES[kind]
    layout = frame(_inside(title, shown, ""), title=title, kind=kind)
    # A table is as high as its rows.
    return _scene(layout, "tile", width or wide, high and (height or high), look)


def board_scene(
    name: str, description: str, layout: DashboardLayout, parts: Sequence[Part], look: Look, *, as_of: datetime | None
) -> Scene:
    """A whole dashboard with its name, as a reader sees it."""
    told = html.Span(f"Data as of {in_utc(as_of)}", className="meta") if as_of else None
    tiles = [_tile(part) for part in parts]
    grid = board(tiles, columns=layout.grid_cols, row_height=layout.row_height)
    content = html.Main(
        [
            page_head(name, actions=told),
            html.P(description, className="ink-2 board-description") if description else None,
            html.Div(grid, className="board-box", style=surface(layout.settings)),
        ],
        className="page",
    )
    return _scene(content, "board", BOARD_WIDTH, None, look)


def _scene(layout: Component, kind: Literal["tile", "board"], width: int, height: int | None, look: Look) -> Scene:
    return Scene(markup(layout), tuple(_figures(layout)), kind, width, height, look)


def _figures(layout: Component) -> list[str]:
    parts: list[Any] = [layout, *layout._traverse()]  # type: ignore[no-untyped-call]
    return [getattr(part, "data-figure") for part in parts if hasattr(part, "data-figure")]


def _tile(part: Part) -> html.Section:
    kind = kind_of(part.picture) if part.picture is not None else Kind.chart
    inside = _inside(part.title, part.picture, part.problem)
    return frame(inside, title=part.title, kind=kind, position=part.position)


def _inside(title: str, picture: Picture | None, problem: str) -> Any:
    if picture is None:
        return tile_states.error(title, sentence=problem)
    if picture.empty:
        return tile_states.empty(title, sentence=picture.summary, reason=" ".join(picture.notes))
    return tile_content(title, picture)


def _first_rows(picture: Picture) -> Picture:
    table = picture.table
    if table is None or len(table.rows) <= MAX_ROWS:
        return picture
    note = f"The first {MAX_ROWS} of {len(table.rows):,} rows."
    short = replace(table, rows=table.rows[:MAX_ROWS], shares=table.shares[:MAX_ROWS])
    return _noted(replace(picture, table=short), note)


def _noted(picture: Picture, note: str) -> Picture:
    return replace(picture, notes=(*picture.notes, note)) if note else picture
