"""The lines of a menu that lead to files.

A chart's, and pictures, are plain links: the browser keeps what comes, or shows the page of an error. Those that take a
second or two carry `data-making`: assets/making.js fetches them and tells that they are being made. Other files of a
dashboard take longer: they are made in the background, and fetched by the page when they are done if it is still open
(callbacks/downloads.py).
"""

from collections.abc import Sequence
from typing import Literal

from components.controls import Node, menu_item
from components.downloads import drawer, press
from vizapp.access import Actor
from vizapp.schemas.exports import ExportRecord
from vizapp.services import jobs

_What = Literal["chart", "dashboard"]
_DRAWING = {"data-making": "Drawing the picture", "data-themed": "true"}
_PRINTING = {"data-making": "Printing the report"}
_PICTURES = (("PNG", "png", "file-earmark-image"), ("SVG", "svg", "filetype-svg"))
_FORMATS = (
    ("PDF", "pdf", "filetype-pdf", _PRINTING),
    ("Excel", "excel", "file-earmark-spreadsheet", None),
    ("CSV", "csv", "filetype-csv", None),
)


def downloads(what: _What, number: int) -> list[Node]:
    """A line for each format in which this chart or dashboard can be had."""
    pictures = [
        menu_item(f"Download {name} image", href=_picture(what, number, kind), symbol=symbol, data=_DRAWING)
        for name, kind, symbol in _PICTURES
    ]
    files = [
        menu_item(f"Download {name}", symbol=symbol, data=press(act="start", what=what, id=number, format=kind))
        if what == "dashboard"
        else menu_item(f"Download {name}", href=f"/api/export/{what}/{number}/{kind}", symbol=symbol, data=data)
        for name, kind, symbol, data in _FORMATS
    ]
    return [*pictures, *files]


def shared(number: int) -> list[Node]:
    """What of a dashboard can be handed on as a file."""
    made = (
        ("PDF report", "pdf", "filetype-pdf", "whole tables"),
        ("Excel workbook", "excel", "file-earmark-spreadsheet", "one sheet a chart"),
    )
    picture = menu_item(
        "PNG image",
        href=_picture("dashboard", number, "png"),
        symbol="file-earmark-image",
        meta="this view, 2880 px wide",
        data=_DRAWING,
    )
    files = [
        menu_item(name, symbol=symbol, meta=meta, data=press(act="start", what="dashboard", id=number, format=kind))
        for name, kind, symbol, meta in made
    ]
    return [picture, *files]


def mine(actor: Actor) -> Sequence[ExportRecord]:
    """All there are of one user's."""
    return jobs.list_exports(actor, limit=jobs.MAX_KEPT).items


def own_drawer(actor: Actor) -> list[Node]:
    """The drawer as it is now."""
    return drawer(mine(actor))


def _picture(what: _What, number: int, kind: str) -> str:
    return f"/api/export/{what}/{number}/image?format={kind}"
