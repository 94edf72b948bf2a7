"""The lines of a menu that lead to files. Plain links: the browser keeps what comes, or shows the page of an error."""

from typing import Literal

from components.controls import Node, menu_item

_FORMATS = (
    ("PDF", "pdf", "filetype-pdf"),
    ("Excel", "excel", "file-earmark-spreadsheet"),
    ("CSV", "csv", "filetype-csv"),
)


def downloads(what: Literal["chart", "dashboard"], number: int) -> list[Node]:
    """A line for each format in which this chart or dashboard can be had."""
    return [
        menu_item(f"Download {name}", href=f"/api/export/{what}/{number}/{kind}", symbol=symbol)
        for name, kind, symbol in _FORMATS
    ]
