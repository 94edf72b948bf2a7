"""Review of one upload: what was understood of the file, column by column, and the types to change."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from components.controls import Node, button, button_link, menu, tag
from components.formats import ago, size
from components.icons import icon, svg
from components.ids import Upload
from components.shell import page, page_head
from components.wells import type_icon
from vizapp.access import Actor, Permission, can
from vizapp.charts.thumb import histogram
from vizapp.schemas.base import ColumnType
from vizapp.schemas.records import DatasetRecord
from vizapp.services import datasets

NAMES = {
    ColumnType.number: "Number",
    ColumnType.string: "Text",
    ColumnType.date: "Date",
    ColumnType.datetime: "Date and time",
    ColumnType.boolean: "Yes / no",
}
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space", "": "none"}
_FORMATS = {"excel": "Excel", "parquet": "Parquet", "json": "JSON"}
_HEADS = (("Column", ""), ("Type", ""), ("Distribution", ""), ("Missing", "num"), ("Distinct", "num"))
Report = Mapping[str, Any]


def layout(actor: Actor, *, dataset_id: int, query: Mapping[str, str] | None = None) -> Any:  # noqa: ARG001 - a page's signature
    """The page; raises NotFound."""
    item = datasets.get_dataset(actor, dataset_id)
    new = (
        [button_link("New chart", f"/charts/new?dataset={item.id}", kind="primary", symbol="bar-chart")]
        if can(actor, Permission.CHART_CREATE)
        else []
    )
    by = f" by {item.owner_name}" if item.owner_name else ""
    return page(
        [
            dcc.Store(id=Upload.dataset, data=item.id),
            page_head(
                f"Review {item.name}",
                beside=tag(size(item.file_size)),
                actions=[html.Span(f"Uploaded {ago(item.created_at)}{by}", className="meta hide-phone"), *new],
                sticky=True,
            ),
            html.Div(review(actor, item), id=Upload.review),
        ]
    )


def review(actor: Actor, item: DatasetRecord) -> list[Node]:
    """The report and the table of columns."""
    may_change = can(actor, Permission.DATASET_WRITE, item)
    return [
        _report(item),
        *_repairs(item),
        html.Section(_table(item, may_change=may_change), className="card review-card"),
    ]


def _report(item: DatasetRecord) -> html.Section:
    report = item.report
    seconds = report.get("seconds")
    took = f", understood in {seconds:.1f} s" if isinstance(seconds, int | float) else ""
    shape = f"{_many(item.row_count, 'row')}, {_many(len(item.columns), 'column')}"
    facts = [fact for name, value in _written(item) for fact in (html.Span(name, className="meta"), _fact(value))]
    return html.Section(
        [
            icon("check-circle-fill"),
            html.Span([html.B(shape, className="strong"), took]),
            html.Span(className="grow"),
            html.Span(facts, className="report-facts"),
        ],
        className="card report",
        role="status",
    )


def _fact(value: str) -> html.Span:
    return html.Span(value, className="chip chip-sm is-fact")


def _written(item: DatasetRecord) -> list[tuple[str, str]]:
    """How the file is written: name and value of each fact."""
    markers = item.report.get("missing_markers")
    shown = [str(text) for text in markers if str(text)] if isinstance(markers, list) else []
    missing = ("Missing is", ", ".join([*shown[:4], "empty"]))
    found = item.report.get("dialect")
    if not isinstance(found, Mapping):
        kind = str(item.report.get("format", ""))
        facts = [("Format", _FORMATS.get(kind, kind)), ("Sheet", str(item.report.get("sheet", "")))]
        header = [("Header", _header(item.report))] if "header_rows" in item.report else []
        return [*(fact for fact in facts if fact[1]), *header, *([missing] if shown else [])]
    delimiter = str(found.get("delimiter", ","))
    return [
        ("Separator", _DELIMITERS.get(delimiter, delimiter)),
        ("Encoding", str(found.get("encoding", "utf-8")).upper()),
        ("Header", _header(found)),
        missing,
    ]


def _header(written: Report) -> str:
    rows, first = int(written.get("header_rows", 1)), int(written.get("first_row", 2))
    return "none" if not rows else f"row {first - 1}" if rows == 1 else f"rows {first - rows} to {first - 1}"


def _repairs(item: DatasetRecord) -> list[Node]:
    """What was mended while reading, one sentence each."""
    notes = item.report.get("notes")
    told = (
        [str(note["text"]) for note in notes if isinstance(note, Mapping) and note.get("text")]
        if isinstance(notes, list)
        else []
    )
    if not told:
        return []
    lines = [html.Li([icon("exclamation-circle"), html.Span(text)], className="note") for text in told]
    return [html.Ul(lines, className="card repairs", **{"aria-label": "Repairs"})]


def _table(item: DatasetRecord, *, may_change: bool) -> html.Table:
    chosen = item.overrides.get("day_first")
    days = chosen if isinstance(chosen, Mapping) else {}
    heads = [html.Th(name, scope="col", className=kind) for name, kind in _HEADS]
    return html.Table(
        [
            html.Caption("Columns", className="visually-hidden"),
            html.Thead(html.Tr([*heads, html.Th("Sample and notes", scope="col")])),
            html.Tbody(
                [
                    _row(column, item.row_count, may_change=may_change, answered=str(column["name"]) in days)
                    for column in item.columns
                ]
            ),
        ],
        className="list review-table",
    )


def _row(column: Report, rows: int, *, may_change: bool, answered: bool) -> html.Tr:
    kind = ColumnType(str(column["type"]))
    missing = int(column.get("missing", 0)) + int(column.get("failed", 0))
    name = str(column["name"])
    return html.Tr(
        [
            html.Th(html.Span(name, className="clip", title=name), scope="row", className="name"),
            html.Td(_type_menu(column, kind, rows) if may_change else _type_face(kind)),
            html.Td(_picture(column, kind)),
            html.Td(_share(missing, rows), className="num"),
            html.Td(f"{int(column.get('distinct', 0)):,}", className="num"),
            html.Td(_notes(column, kind, rows, may_change=may_change, answered=answered)),
        ]
    )


def _picture(column: Report, kind: ColumnType) -> Node:
    counts = [float(count) for count in column.get("histogram", [])]
    top = [str(text) for text in column.get("top", [])]
    low, high = column.get("low", ""), column.get("high", "")
    label = f"From {low} to {high}" if low != "" else f"Most frequent: {', '.join(top[:3])}" if top else "No values"
    return svg(histogram(counts, muted=kind in (ColumnType.string, ColumnType.boolean)), label=label, class_name="hist")


def _share(missing: int, rows: int) -> Node:
    if not missing:
        return html.Span("none", className="ink-2")
    share = missing / rows if rows else 0
    return html.Span("under 0.1%" if share < 0.001 else f"{share:.1%}", title=f"{missing:,} of {rows:,}")


def _type_face(kind: ColumnType) -> html.Span:
    return html.Span([type_icon(kind.value), NAMES[kind]], className="type-pick is-still")


def _type_menu(column: Report, kind: ColumnType, rows: int) -> html.Details:
    name = str(column["name"])
    fits = column.get("fits", {})
    lines = [
        _type_line(name, other, _fit(fits, other, rows - int(column.get("missing", 0))), on=other is kind)
        for other in NAMES
    ]
    face = [type_icon(kind.value), NAMES[kind], icon("chevron-down")]
    return menu(
        face, lines, label=f"Type of {name}: {NAMES[kind]}", class_name="type-pick", panel_class="type-menu", end=False
    )


def _type_line(name: str, kind: ColumnType, fit: str, *, on: bool) -> html.Button:
    return html.Button(
        [type_icon(kind.value), html.Span(NAMES[kind], className="grow"), html.Span(fit, className="meta")],
        id=Upload.choice("type", name, kind.value),
        type="button",
        className="dropdown-item active" if on else "dropdown-item",
        **{"aria-pressed": "true" if on else "false"},
    )


def _fit(fits: Report, kind: ColumnType, values: int) -> str:
    """How many values would fit this type; counts of other types than the chosen one are estimates."""
    if kind is ColumnType.string:
        return "all values fit"
    count = fits.get(kind.value)
    if count is None:
        return ""
    if not count:
        return "no value fits"
    return "all values fit" if count >= values else f"{_floor(count / values)} fit"


def _floor(share: float) -> str:
    percent = int(share * 1000) / 10
    return "under 0.1%" if percent < 0.1 else f"{percent:g}%"


def _notes(column: Report, kind: ColumnType, rows: int, *, may_change: bool, answered: bool) -> list[Node]:
    samples = ", ".join(str(value) for value in column.get("samples", []))
    lines: list[Node] = [html.Div(samples or "—", className="clip sample", title=samples)]
    failed = int(column.get("failed", 0))
    if failed:
        first = [f"“{f['value']}” (row {int(f['row']):,})" for f in column.get("failed_examples", [])[:3]]
        what = {ColumnType.number: "a number", ColumnType.boolean: "yes or no"}.get(kind, "a date")
        text = f"{failed:,} of {rows:,} not {what} → missing: {', '.join(first)}"
        lines.append(_note(text, warn=True))
    if column.get("ambiguous") or answered:
        lines.append(_which_day(column, may_change=may_change))
    # The sentences above say the same, with more of it.
    if column.get("note") and not (failed or column.get("ambiguous")):
        lines.append(_note(str(column["note"])))
    if int(column.get("distinct", 0)) == 1:
        lines.append(_note("one value only: left out of charts"))
    return lines


def _note(text: str, *, warn: bool = False) -> html.Div:
    parts: list[Node] = [icon("exclamation-circle")] if warn else []
    return html.Div([*parts, html.Span(text)], className="note")


def _which_day(column: Report, *, may_change: bool) -> html.Div:
    """Day or month first: no value tells, so a person must."""
    name = str(column["name"])
    day_first = str(column.get("format", "")).lstrip("-").startswith("%d")
    asked = html.Span("Is 01/02/2024 1 February or 2 January?")
    if not may_change:
        return html.Div([icon("question-circle", tone="warn"), asked], className="note")
    choices = [
        button(
            text,
            id=Upload.choice("day", name, value),
            extra="btn-sm is-on" if (value == "day") == day_first else "btn-sm",
        )
        for value, text in (("day", "1 February"), ("month", "2 January"))
    ]
    return html.Div([icon("question-circle", tone="warn"), asked, *choices], className="note which-day", role="group")


def _many(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
