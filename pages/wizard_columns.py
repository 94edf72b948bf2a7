"""The left pane: which data, and its columns."""

from typing import Any

from dash import html

from components.controls import Node, link, menu, menu_item, search
from components.formats import in_utc
from components.icons import icon
from components.ids import Wizard
from components.upload import choose_button, upload_zone
from components.wells import type_icon
from pages.upload import URL
from pages.wizard_data import Data
from pages.wizard_draft import Draft
from pages.wizard_parts import press
from pages.wizard_suggest import chosen
from vizapp.access import Actor
from vizapp.schemas.records import DatasetRecord
from vizapp.services import connections, datasets
from vizapp.services.materials import Material
from vizapp.services.settings import upload_limits

OFFERED = 12


def pane(actor: Actor, draft: Draft, dataset: Data, listed: Node) -> html.Section:
    """Data: the source, the search, the columns."""
    return html.Section(
        [
            html.H2("Data", className="pane-head"),
            upload_zone(
                source(actor, draft, dataset),
                url=URL,
                limit_bytes=upload_limits().file_bytes,
                store=Wizard.uploaded,
                anywhere=True,
                accept=upload_limits().extensions,
                extra="source-zone",
                label="Data of this chart",
            ),
            _facts(dataset) if isinstance(dataset, DatasetRecord) else _place(dataset),
            search("Search columns", id=Wizard.search, placeholder=_count(len(dataset.columns))),
            html.Div(listed, id=Wizard.columns),
        ],
        className="pane pane-data",
        id="wizard-step-1",
        tabIndex="-1",
        **{"aria-label": "Data"},
    )


def _facts(dataset: DatasetRecord) -> html.P:
    review = link("Review types", f"/datasets/{dataset.id}", class_name="quiet-link")
    facts = [f"{dataset.row_count:,} rows · ", review]
    return html.P(facts, className="meta source-facts", title=f"Uploaded {in_utc(dataset.created_at)}")


def _place(data: Material) -> html.P:
    """ "about 336,776 rows · Warehouse, public"."""
    about = [] if data.estimate is None else [f"about {data.estimate:,} rows"]
    schema = data.table.schema_name if data.table is not None else None
    return html.P(
        " · ".join([*about, ", ".join(filter(None, (data.connection_name, schema)))]), className="meta source-facts"
    )


def source(actor: Actor, draft: Draft, dataset: Data) -> Any:
    """The data in use; its menu offers other files, other tables and a new file."""
    symbol = "filetype-csv" if isinstance(dataset, DatasetRecord) else "table" if dataset.table else "code-slash"
    face = [icon(symbol), html.Span(dataset.name, className="grow clip text-start"), icon("chevron-down")]
    others = [item for item in datasets.list_datasets(actor, limit=OFFERED).items if item.id != draft.dataset_id]
    here = f"/charts/{draft.chart_id}/edit" if draft.chart_id else "/charts/new"
    lines: list[Node] = [
        menu_item(item.name, href=f"{here}?dataset={item.id}", symbol="filetype-csv", meta=f"{item.row_count:,} rows")
        for item in others
    ]
    if isinstance(dataset, Material) and dataset.table is None:
        back = f"/sql?chart={draft.chart_id}" if draft.chart_id else f"/sql?connection={dataset.connection_id}"
        lines.insert(0, menu_item("Edit the SQL", href=back, symbol="code-slash"))
    lines += [
        menu_item(f"Tables of {item.name}", href=f"{here}?connection={item.id}", symbol="database")
        for item in connections.list_connections(actor, limit=OFFERED).items
        if item.is_active and item.has_tables
    ]
    lines.append(html.Div(choose_button("Upload another file", kind="link"), className="menu-foot"))
    return menu(face, lines, label=f"Data: {dataset.name}", class_name="chip source", end=False)


def columns(draft: Draft, dataset: Data) -> html.Ul:
    """Those in use first, then as in the file. A press or a drag puts one into the chart."""
    used = [name for name in chosen(draft.config) if name in dataset.types]
    by_name = {str(column["name"]): column for column in dataset.columns}
    rest = [name for name in by_name if name not in used]
    items = [_item(name, by_name[name], used=name in used) for name in [*used, *rest]]
    return html.Ul(items, className="cols", **{"aria-label": "Columns"})


def _item(name: str, report: dict[str, object], *, used: bool) -> html.Li:
    parts = [
        type_icon(str(report["type"])),
        html.Span(name, className="clip"),
        _told(report),
    ]
    button = press(
        parts,
        "column",
        "",
        name,
        class_name="col-item is-used" if used else "col-item",
        title=name,
        draggable="true",
        **{"data-drag": name, "aria-pressed": "true" if used else "false"},
    )
    return html.Li(button, key=name)


def _told(report: dict[str, object]) -> html.Span:
    """How many different values a file's column has; of a table's, which has more than were looked at, its type."""
    if (words := report.get("database_type")) is not None:
        return html.Span(str(words), className="meta clip", title=str(words))
    return html.Span(f"{report.get('distinct', 0):,}", className="meta", title="Different values")


def _count(number: int) -> str:
    return "1 column" if number == 1 else f"{number} columns"
