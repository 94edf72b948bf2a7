"""Saving: name and description, and the way out when somebody else saved meanwhile."""

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import html

from components.controls import Node, button
from components.forms import field_error, text_field, textarea_field
from components.ids import Wizard
from pages.wizard_draft import Draft
from pages.wizard_parts import does
from pages.wizard_preview import title


def form(draft: Draft, wrong: Mapping[str, str] | None = None) -> list[Node]:
    """The fields, each with what is wrong with it."""
    said = dict(wrong or {})
    name = text_field(
        "Name",
        id=Wizard.name,
        value=title(draft)[:100] if draft.name is None else draft.name,
        error=said.pop("name", ""),
        required=True,
    )
    words = textarea_field(
        "Description",
        id=Wizard.description,
        value=draft.description,
        error=said.pop("description", ""),
        help="Optional",
    )
    rest = [field_error(text) for text in dict.fromkeys(said.values())]
    return [html.Div(name, **does("name")), html.Div(words, **does("description")), *rest]


def dialog(draft: Draft) -> dbc.Modal:
    """Asks for a name."""
    return dbc.Modal(
        [
            dbc.ModalHeader(html.H2("Save chart", className="tile-title", id="wizard-dialog-title"), close_button=True),
            dbc.ModalBody(form(draft), id=Wizard.form, className="save-form"),
            dbc.ModalFooter(
                [
                    html.Button("Back", type="button", className="btn btn-link", **does("step", 3)),
                    button("Save chart", id=Wizard.confirm, kind="primary", data={"data-hotkey": "save"}),
                ]
            ),
        ],
        id=Wizard.dialog,
        is_open=False,
        centered=True,
        labelledby="wizard-dialog-title",
    )


def stale_dialog(draft: Draft) -> dbc.Modal:
    """Somebody else saved first: nothing is lost whichever way is taken."""
    return dbc.Modal(
        [
            dbc.ModalHeader(
                html.H2("Somebody else saved this chart", className="tile-title", id="wizard-stale-title"),
                close_button=True,
            ),
            dbc.ModalBody(
                html.P("It changed after you opened it. Keep both, put yours in its place, or look at theirs first.")
            ),
            dbc.ModalFooter(
                [
                    html.A(
                        "Reload",
                        href=f"/charts/{draft.chart_id}/edit",
                        className="btn btn-link",
                        **{"data-forget": "true"},
                    ),
                    button("Overwrite", id=Wizard.overwrite),
                    button("Save as a copy", id=Wizard.copy, kind="primary"),
                ]
            ),
        ],
        id=Wizard.stale,
        is_open=False,
        centered=True,
        labelledby="wizard-stale-title",
    )
