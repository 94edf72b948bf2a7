"""The lines of a menu that lead to files.

A chart's are plain links: the browser keeps what comes, or shows the page of an error. A dashboard's take longer: they
are made in the background, and fetched by the page when they are done if it is still open (callbacks/downloads.py).
"""

from collections.abc import Sequence
from typing import Literal

from components.controls import Node, menu_item
from components.downloads import drawer, press
from vizapp.access import Actor
from vizapp.schemas.exports import ExportRecord
from vizapp.services import jobs

_FORMATS = (
    ("PDF", "pdf", "filetype-pdf"),
    ("Excel", "excel", "file-earmark-spreadsheet"),
    ("CSV", "csv", "filetype-csv"),
)


def downloads(what: Literal["chart", "dashboard"], number: int) -> list[Node]:
    """A line for each format in which this chart or dashboard can be had."""
    return [
        menu_item(f"Download {name}", symbol=symbol, data=press(act="start", what=what, id=number, format=kind))
        if what == "dashboard"
        else menu_item(f"Download {name}", href=f"/api/export/{what}/{number}/{kind}", symbol=symbol)
        for name, kind, symbol in _FORMATS
    ]


def mine(actor: Actor) -> Sequence[ExportRecord]:
    """All there are of one user's."""
    return jobs.list_exports(actor, limit=jobs.MAX_KEPT).items


def own_drawer(actor: Actor) -> list[Node]:
    """The drawer as it is now."""
    return drawer(mine(actor))
