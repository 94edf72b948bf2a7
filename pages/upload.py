"""Drop zones for a file: the large one of an empty list, and that of the wizard's first step."""

from typing import Any

from dash import html

from components.controls import button_link
from components.icons import icon, svg
from components.ids import Upload
from components.states import empty_page
from components.upload import choose_button, hero, upload_zone
from vizapp.charts.thumb import board
from vizapp.services.settings import upload_limits

URL = "/api/datasets"
KINDS = "CSV, Excel, Parquet or JSON"
MIB = 1024 * 1024
_PICTURE = [
    ("kpi", 0, 0, 3, 1),
    ("kpi", 3, 0, 3, 1),
    ("kpi", 6, 0, 3, 1),
    ("kpi", 9, 0, 3, 1),
    ("area", 0, 1, 8, 3),
    ("bar", 8, 1, 4, 3),
]


def zone(content: Any, **more: Any) -> html.Section:
    """A drop zone that makes a dataset and goes on to its review."""
    limits = upload_limits()
    return upload_zone(
        content,
        url=URL,
        id=Upload.zone,
        limit_bytes=limits.file_bytes,
        anywhere=True,
        accept=limits.extensions,
        **more,
    )


def hero_zone(*, may_create: bool) -> Any:
    """What stands where the first dashboard will be."""
    if not may_create:
        return empty_page("There are no dashboards yet", hint="An editor or an administrator can make one.")
    drawing = [
        html.Span(html.B("CSV"), className="hero-file"),
        icon("arrow-right"),
        svg(board(_PICTURE), class_name="hero-board"),
    ]
    limit = upload_limits().file_bytes // MIB
    return zone(
        hero(
            "Drop a file, get a chart",
            "Types are read and a first chart is drawn; you keep what is useful.",
            [choose_button(), button_link("Start with an empty dashboard", "/dashboards/new")],
            small_print=f"{KINDS}, up to {limit} MB. Stays on this server.",
            drawing=drawing,
        ),
        extra="hero",
    )
