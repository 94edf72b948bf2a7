"""The editor's grid: a row of places, each holding a tile or nothing yet.

A place that holds a removed tile or none has no size. Places are never taken away, because a grid whose list of
children changes draws every chart anew.
"""

from typing import Any

import dash_snap_grid as dsg
from dash import dcc, html

from components.controls import icon_button, icon_link
from components.ids import Editor
from components.tile import Kind, frame, kind_of_type
from components.tile_states import skeleton
from pages.editor_draft import Opened
from pages.tiles import inner
from vizapp.services.boards import BoardTile

GAP = 16
# Stand for a chart in the templates of which assets/editor.js makes new tiles.
_CHART, _NAME = "{chart}", "{name}"


def grid(opened: Opened, places: int) -> dsg.Grid:
    """The grid with every tile of the dashboard and `places` places in all."""
    free = range(len(opened.tiles), places)
    tiles = [_place(number, [_placed(item)]) for number, item in enumerate(opened.tiles)]
    return dsg.Grid(
        [*tiles, *[_place(number, []) for number in free]],
        id=Editor.grid,
        layout=[_cells(number, item) for number, item in enumerate(opened.tiles)] + [_nowhere(n) for n in free],
        cols=opened.columns,
        rowHeight=int(opened.draft["layout"]["rowHeight"]),
        margin=[GAP, GAP],
        containerPadding=[0, 0],
        compactType="vertical",
        draggableHandle=".tile-head, .kpi",
        draggableCancel=".tile-bar, .tile a, .tile button",
        resizeHandles=["s", "w", "e", "n", "sw", "nw", "se", "ne"],
        isDroppable=True,
    )


def templates() -> dict[str, Any]:
    """One unfilled tile of each kind: the look of a chart that was dropped and is still being asked for."""
    return {kind.value: _tile(skeleton(_NAME, kind=kind), _CHART, _NAME, kind) for kind in Kind}


def _place(number: int, children: list[Any]) -> html.Div:
    return html.Div(children, id=Editor.slot(number), className="slot" if children else "slot is-free")


def _placed(item: BoardTile) -> html.Section:
    kind = kind_of_type(item.chart_type)
    inside = inner(item.drawn, Editor) if item.drawn is not None else skeleton(item.chart_name, kind=kind)
    return _tile(inside, item.chart_id, item.chart_name, kind)


def _tile(inside: Any, chart: int | str, name: str, kind: Kind) -> html.Section:
    section = frame(
        [
            html.Div(inside, id=Editor.tile("body", chart), className="tile-inner"),
            dcc.Store(id=Editor.tile("ask", chart)),
            _bar(chart, name),
        ],
        title=name,
        kind=kind,
    )
    section.tabIndex = "0"
    setattr(section, "data-chart", str(chart))
    setattr(section, "aria-describedby", Editor.keys)
    return section


def _bar(chart: int | str, name: str) -> html.Div:
    return html.Div(
        [
            icon_link("pencil", f"Edit chart “{name}”", f"/charts/{chart}/edit"),
            icon_button("trash", f"Remove “{name}” from the dashboard", data={"data-remove": str(chart)}),
        ],
        className="tile-bar",
        role="toolbar",
        **{"aria-label": f"Tile “{name}”"},
    )


def _cells(number: int, item: BoardTile) -> dict[str, Any]:
    return {"i": Editor.slot(number), **item.position.wire()}


def _nowhere(number: int) -> dict[str, Any]:
    return {"i": Editor.slot(number), "x": 0, "y": 0, "w": 0, "h": 0, "static": True}
