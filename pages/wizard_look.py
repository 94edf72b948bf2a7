"""Appearance: colours, labels, the options of the chart type, words and grid."""

from collections.abc import Mapping

from dash import html

from components.controls import Node, menu
from components.forms import swatches
from components.icons import icon
from pages.wizard_draft import Draft
from pages.wizard_parts import choose, entry, errors, press, segments, switch
from vizapp.charts import registry
from vizapp.charts.options import OptionField
from vizapp.charts.theme import PALETTES
from vizapp.schemas.chart import Palette
from vizapp.schemas.query import Shape

NAMES = {
    Palette.okabe_ito: ("Okabe–Ito", "colour-blind safe"),
    Palette.observable: ("Observable", "ten colours"),
    Palette.tableau: ("Tableau", "ten colours"),
    Palette.contrast: ("High contrast", "eight colours"),
}
_THREE = (("auto", "Auto"), ("on", "On"), ("off", "Off"))
# Choices that fit side by side in the pane.
_SEGMENTS = 4


def look(draft: Draft, wrong: Mapping[str, str]) -> list[Node]:
    """What stands in the fold."""
    kind = registry.get(draft.config.chart_type)
    rows = [*_palette(draft), *(_option(draft, field, wrong) for field in kind.option_fields())]
    rows += _legend(draft)
    rows.append(_subtitle(draft))
    cells = [cell for row in rows for cell in row]
    return [html.Summary("Appearance"), html.Div(cells, className="look")]


def _label(text: str, hint: str = "") -> html.Span:
    return html.Span(text, className="look-label", **({"title": hint} if hint else {}))


def _palette(draft: Draft) -> list[tuple[Node, Node]]:
    if registry.get(draft.config.chart_type).shape in (Shape.rows, Shape.single):
        return []
    now = draft.config.styling.palette or Palette.okabe_ito
    name, note = NAMES[now]
    face = [
        swatches(PALETTES[now]),
        html.Span(name),
        html.Span(className="grow"),
        html.Span(note, className="k"),
        icon("chevron-down"),
    ]
    lines = [
        press(
            [swatches(PALETTES[key]), html.Span(NAMES[key][0]), html.Span(NAMES[key][1], className="meta ms-auto")],
            "style",
            "palette",
            key.value,
            class_name="dropdown-item active" if key is now else "dropdown-item",
            **{"aria-pressed": "true" if key is now else "false"},
        )
        for key in Palette
    ]
    return [(_label("Colours"), menu(face, lines, label=f"Colours: {name}", class_name="chip palette", end=False))]


def _option(draft: Draft, field: OptionField, wrong: Mapping[str, str]) -> tuple[Node, Node]:
    now = draft.config.options.get(field.name, field.default)
    label = _label(field.title, field.description)
    said = errors(wrong, f"option.{field.name}", f"options.{field.name}")
    if field.kind == "switch":
        control: Node = switch(field.description or field.title, bool(now), "option", field.name)
    elif field.kind == "choice" and len(field.choices) <= _SEGMENTS:
        control = segments(field.title, field.choices, str(now), "option", field.name)
    elif field.kind == "choice":
        control = choose(field.title, field.choices, str(now), "option", field.name, class_name="entry")
    else:
        kind = "number" if field.kind == "number" else "text"
        control = entry(field.title, now, "option", field.name, type=kind, wrong=bool(said))
    return label, html.Div([control, *said], className="look-cell")


def _legend(draft: Draft) -> list[tuple[Node, Node]]:
    kind, styling = registry.get(draft.config.chart_type), draft.config.styling
    if kind.shape in (Shape.rows, Shape.single):
        return []
    has_labels = any(field.name == "labels" for field in kind.option_fields())
    rows: list[tuple[Node, Node]] = []
    if not has_labels:
        rows.append((_label("Legend"), segments("Legend", _THREE, _three(styling.show_legend), "style", "showLegend")))
    if kind.key != "pie":
        rows.append((_label("Grid"), segments("Grid lines", _THREE, _three(styling.show_grid), "style", "showGrid")))
    return rows


def _three(value: bool | None) -> str:
    return "auto" if value is None else "on" if value else "off"


def _subtitle(draft: Draft) -> tuple[Node, Node]:
    shown = entry("Subtitle", draft.config.styling.subtitle, "style", "subtitle", placeholder="made from the data")
    return _label("Subtitle"), shown
