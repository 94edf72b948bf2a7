"""The way into charts/: which types there are, whether a config fits one, and the picture it makes.

Called by services/, pages/ and third-party chart types.
"""

from vizapp.charts.check import check
from vizapp.charts.draw import draw
from vizapp.charts.entries import (
    ANY,
    CATEGORIES,
    NUMBERS,
    TEMPORAL,
    ChartType,
    Slot,
    Variant,
    all_types,
    chart,
    describe,
    get,
    thumb_of,
)

__all__ = [
    "ANY",
    "CATEGORIES",
    "NUMBERS",
    "TEMPORAL",
    "ChartType",
    "Slot",
    "Variant",
    "all_types",
    "chart",
    "check",
    "describe",
    "draw",
    "get",
    "thumb_of",
]
