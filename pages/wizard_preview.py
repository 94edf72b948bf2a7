"""The right pane: the chart as it will be, what it was made from, and what keeps it from being drawn."""

from collections.abc import Mapping

from dash import html

from components import tile
from components.controls import Node, tag
from components.data_table import data_table
from components.ids import Wizard
from components.kpi import kpi
from components.tile_states import message
from pages import wizard_suggest
from pages.wizard_data import Data, whole_rows
from pages.wizard_draft import Draft
from pages.wizard_parts import entry, press, segments
from vizapp.access import Actor
from vizapp.charts.words import told
from vizapp.errors import AppError, InvalidChartConfig, InvalidQuery
from vizapp.services import answers, charts
from vizapp.services.charts import ChartResult

VIEWS = (("chart", "Chart"), ("data", "Data"))


def preview(actor: Actor, draft: Draft, dataset: Data) -> list[Node]:
    """Tile, foot and notes for the draft as it is."""
    name = title(draft)
    try:
        result = charts.preview(actor, draft.finished(), draft.origin, name)
    except (InvalidChartConfig, InvalidQuery) as exc:
        sentences = list(exc.fields.values())[:3] or [exc.message]
        return [_framed(name, _head(draft, ""), _cannot("Not a chart yet", sentences))]
    except AppError as exc:
        return [_framed(name, _head(draft, ""), _cannot("This cannot be drawn", [exc.message], tone="bad"))]
    if result.picture.empty:
        return [_framed(name, _head(draft, ""), _empty(actor, draft, result))]
    return [
        _framed(
            name, _head(draft, result.picture.subtitle), _body(draft, result, name), kind=tile.kind_of(result.picture)
        ),
        _foot(draft, dataset, result),
        *tile.notes([*result.picture.notes, *_left_out(draft, dataset)]),
    ]


def title(draft: Draft) -> str:
    """The chart's own title, else one made from its columns."""
    return draft.config.styling.title or wizard_suggest.title(draft.config)


def _framed(name: str, head: Node, body: Node, *, kind: tile.Kind = tile.Kind.chart) -> html.Section:
    return tile.frame([head, body], title=name, kind=kind, extra="preview-tile")


def _head(draft: Draft, subtitle: str) -> html.Div:
    words = [
        entry("Chart title", title(draft), "title", class_name="title-edit tile-title", maxlength=200),
        html.P(subtitle or "\N{NO-BREAK SPACE}", className="tile-sub", title=subtitle),
    ]
    return html.Div([html.Div(words, className="grow"), tag("as on a dashboard")], className="tile-head")


def _body(draft: Draft, result: ChartResult, name: str) -> html.Div:
    picture = result.picture
    if draft.view == "data":
        return _scroll(data_table(answers.table_of(result), caption="The data of this chart"), name)
    if picture.table:
        return _scroll(data_table(picture.table, caption=picture.summary), name)
    if picture.kpi:
        return html.Div(
            html.Div(kpi(picture.kpi, title=picture.kpi.label or name), className="kpi-box"), className="tile-body"
        )
    return html.Div(tile.chart(picture, graph_id=Wizard.graph), className="tile-body")


def _scroll(table: Node, name: str) -> html.Div:
    box = html.Div(table, className="table-box", role="region", tabIndex="0", **{"aria-label": name})
    return html.Div(box, className="tile-body")


def _foot(draft: Draft, dataset: Data, result: ChartResult) -> html.Div:
    answer = result.answer
    matched = answer.facts.matched if draft.filters else answer.facts.matched or whole_rows(dataset)
    source = f" from {matched:,} rows" if matched is not None else ""
    unit = "rows" if result.picture.table else "points"
    count = f"1 {unit[:-1]}" if answer.row_count == 1 else f"{answer.row_count:,} {unit}"
    return html.Div(
        [
            html.Span(f"{count}{source}"),
            html.Span("·", **{"aria-hidden": "true"}),
            html.Span("remembered" if answer.cached else f"{answer.elapsed_ms:,.0f} ms"),
            html.Span(className="grow"),
            segments("Show", VIEWS, draft.view, "view"),
        ],
        className="row-flex meta preview-foot",
    )


def _left_out(draft: Draft, dataset: Data) -> list[str]:
    """Rows whose measure is missing do not count in a sum or an average, and it says so."""
    name = draft.config.data_mapping.y_axis
    report: Mapping[str, object] = next((c for c in dataset.columns if c["name"] == name), {})
    gone = sum(int(str(report.get(key, 0))) for key in ("missing", "failed"))
    counted = draft.config.aggregation is not None and draft.config.aggregation.function.value.startswith("count")
    if not gone or counted or draft.filters or whole_rows(dataset) is None:
        return []
    return [
        f"{gone:,} rows have no {name} and are left out." if gone > 1 else f"One row has no {name} and is left out."
    ]


def _cannot(sentence: str, reasons: list[str], *, tone: str = "warn") -> html.Div:
    return message("", symbol="exclamation-circle", tone=tone, sentence=sentence, reason=_lines(reasons))[1]


def _lines(reasons: list[str]) -> list[Node]:
    return [html.Span(text, className="d-block") for text in reasons]


def _empty(actor: Actor, draft: Draft, result: ChartResult) -> html.Div:
    """Names the filter that emptied the chart, and offers to clear it."""
    index = _culprit(actor, draft)
    if index is None:
        reason = " ".join(result.picture.notes) or result.picture.summary
        return _cannot("Nothing to show", [reason])
    item = draft.filters[index]
    clear = press(f"Clear “{item.column}”", "filter-remove", index, class_name="btn btn-secondary")
    words = told(item.column, item.operator, item.value)
    reason = ["The filter ", html.B(words), " leaves nothing here."]
    return message("", symbol="funnel", sentence="No rows are left", reason=reason, actions=[clear])[1]


def _culprit(actor: Actor, draft: Draft) -> int | None:
    """The first filter without which something would be left; the last when it takes several."""
    kept = [index for index, item in enumerate(draft.filters) if item.finished() is not None]
    for index in kept[:5]:
        without = draft.model_copy(update={"filters": [f for i, f in enumerate(draft.filters) if i != index]})
        if not charts.preview(actor, without.finished(), draft.origin).picture.empty:
            return index
    return kept[-1] if len(kept) > 1 else None
