"""The inside of a tile that is one big number."""

from dash import html

from components.controls import Node
from components.icons import svg
from components.sparks import spark
from vizapp.schemas.view import KpiView, Tone


def kpi(view: KpiView, *, title: Node | str = "") -> html.Div:
    """Label, value with its unit, the change, and the history at the right."""
    value: list[Node] = [view.value]
    if view.unit:
        value.append(html.Small(view.unit))
    return html.Div(
        [
            html.H2(title or view.label, className="kpi-label", title=view.label),
            html.Div(value, className="kpi-value"),
            _change(view),
            svg(spark(view.spark), class_name="kpi-spark"),
        ],
        className="kpi" if _drawn(view) else "kpi is-bare",
    )


def _change(view: KpiView) -> html.Div:
    tone = "" if view.tone is Tone.neutral else view.tone.value
    parts: list[Node] = []
    if view.delta:
        parts.append(html.B(view.delta))
    if view.versus:
        parts.append(html.Span(f" {view.versus}", className="vs"))
    return html.Div(parts, className=f"kpi-delta {tone}".strip())


def _drawn(view: KpiView) -> bool:
    return bool(spark(view.spark))
