"""Chart types in the middle pane: recommendations with reasons, then every type."""

from typing import Any

from dash import html

from components.controls import Node
from components.icons import svg
from pages import wizard_suggest, wizard_types
from pages.wizard_data import Data
from pages.wizard_draft import Draft
from pages.wizard_parts import press
from vizapp.charts import registry
from vizapp.charts.thumb import thumbnail


def types(draft: Draft, dataset: Data) -> list[Node]:
    """Recommended, with what they go by, and the tiles of all types."""
    count = len(wizard_suggest.chosen(draft.config))
    basis = f"from {count} chosen column{'' if count == 1 else 's'}" if count else "from the columns"
    found = wizard_suggest.suggestions(dataset, draft)
    head = html.H2(["Recommended", html.Span(basis, className="meta")], className="pane-head")
    return [
        *([head, _reasons(draft, found)] if found else [html.H2("Chart type", className="pane-head")]),
        _grid(draft, dataset),
    ]


def _reasons(draft: Draft, found: list[Any]) -> html.Div:
    tiles = [
        press(
            [
                svg(thumbnail(registry.thumb_of(item.config)), class_name="reason-pic"),
                html.Span([html.Strong(item.title), html.Span(item.reason, className="meta")]),
            ],
            "suggestion",
            index,
            class_name="reason-tile is-on" if (on := same(item.config, draft)) else "reason-tile",
            **{"aria-pressed": "true" if on else "false"},
        )
        for index, item in enumerate(found)
    ]
    return html.Div(tiles, className="reasons", role="group", **{"aria-label": "Recommended"})


def same(config: Any, draft: Draft) -> bool:
    """Whether the draft shows just this recommendation, however it is styled."""
    now = draft.config
    return (
        config.chart_type == now.chart_type
        and config.data_mapping == now.data_mapping
        and config.options == now.options
        and (config.aggregation or None) == (now.aggregation or None)
    )


def _grid(draft: Draft, dataset: Data) -> html.Div:
    refused = wizard_suggest.refusals(dataset, draft)
    tiles = [_tile(tile, draft, refused.get(tile.chart_type, "")) for tile in wizard_types.tiles()]
    return html.Div(tiles, className="types", role="group", **{"aria-label": "Chart type"})


def _tile(tile: wizard_types.TypeTile, draft: Draft, refused: str) -> html.Button:
    on = wizard_types.is_on(tile, draft.config)
    refused = "" if on else refused
    why = [html.Span(f"not now: {refused}", className="visually-hidden")] if refused else []
    names = ["type-tile", *(["is-on"] if on else []), *(["is-off"] if refused else [])]
    off = {"aria-disabled": "true", "title": refused} if refused else {}
    return press(
        [svg(thumbnail(tile.thumb), class_name="type-pic"), tile.label, *why],
        "refused" if refused else "type",
        tile.key,
        class_name=" ".join(names),
        **{"aria-pressed": "true" if on else "false"},
        **off,
    )
