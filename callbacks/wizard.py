"""New chart: one callback takes the edits, two draw what the draft says, one saves."""

from collections.abc import Sequence
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from callbacks.sent import number
from components.feedback import toast
from components.ids import Shell, Wizard
from pages import wizard, wizard_edits, wizard_preview, wizard_query, wizard_save
from pages.wizard_data import Data, load
from pages.wizard_draft import SAVE, Draft
from vizapp.access import Actor
from vizapp.errors import AppError, InvalidInput, StaleVersion
from vizapp.identity import signed_in
from vizapp.schemas.connection import QueryBody
from vizapp.schemas.content import ChartInput
from vizapp.services import charts

NAMESPACE = "vizapp"


def register(app: Dash) -> None:
    """Bind to the signed-in app."""
    _browser(app)
    _drawing(app)
    _saving(app)
    _arriving(app)


def _browser(app: Dash) -> None:
    """What needs no server: the draft that survives a reload, drops, the guard of unsaved changes."""
    for name, output, source in (
        ("wizardStart", Output(Wizard.draft, "data"), Input(Wizard.start, "data")),
        ("wizardKeep", Output(Wizard.quiet, "data"), Input(Wizard.draft, "data")),
        ("wizardDropped", Output(Wizard.quiet, "data", allow_duplicate=True), Input(Wizard.dropped, "data")),
        ("wizardUploaded", Output(Wizard.quiet, "data", allow_duplicate=True), Input(Wizard.uploaded, "data")),
        ("go", Output(Wizard.quiet, "data", allow_duplicate=True), Input(Wizard.saved, "data")),
        ("wizardClosed", Output(Wizard.quiet, "data", allow_duplicate=True), Input(Wizard.dialog, "is_open")),
    ):
        alone = name in ("wizardStart", "wizardKeep")
        app.clientside_callback(ClientsideFunction(NAMESPACE, name), output, source, prevent_initial_call=not alone)


def _drawing(app: Dash) -> None:
    @app.callback(
        Output(Wizard.draft, "data", allow_duplicate=True),
        Input(Wizard.edits, "data"),
        State(Wizard.draft, "data"),
        prevent_initial_call=True,
    )
    def edit(sent: Any, stored: Any) -> Any:
        if not sent:
            return no_update
        _actor, draft, dataset = _unpack(stored)
        return wizard_edits.apply(draft, wizard_edits.Edits.parse(sent).edits, dataset).wire()

    @app.callback(
        Output(Wizard.steps, "children"),
        Output(Wizard.unsaved, "children"),
        Output(Wizard.columns, "children"),
        *[Output(part, "children") for part in Wizard.parts],
        Output(Wizard.dialog, "is_open"),
        Output(Wizard.form, "children"),
        Output(Wizard.drawn, "data"),
        Input(Wizard.draft, "data"),
        State(Wizard.drawn, "data"),
        prevent_initial_call=True,
    )
    def redraw(stored: Any, drawn: Any) -> Any:
        if not stored:
            return (no_update,) * 9
        actor, draft, dataset = _unpack(stored)
        whole = wizard.controls(actor, draft, dataset)
        prints = [wizard.print_of(part) for part in whole]
        asked = draft.asked == draft.applied
        form = wizard_save.form(draft) if asked else no_update
        # Between opening and closing it is the browser's: a late answer must not open it again.
        is_open = True if asked else no_update if draft.step == SAVE else False
        return *_changed(whole, prints, drawn), is_open, form, prints

    @app.callback(Output(Wizard.preview, "children"), Input(Wizard.draft, "data"), prevent_initial_call=True)
    def preview(stored: Any) -> Any:
        return wizard_preview.preview(*_unpack(stored)) if stored else no_update


def _arriving(app: Dash) -> None:
    """A query from the SQL page: the browser has kept it, and is asked for it."""
    app.clientside_callback(
        ClientsideFunction(NAMESPACE, "wizardBrought"), Output(Wizard.brought, "data"), Input(Wizard.arriving, "data")
    )

    @app.callback(
        Output(Wizard.arrival, "children"),
        Input(Wizard.brought, "data"),
        State(Wizard.arriving, "data"),
        prevent_initial_call=True,
    )
    def arrive(sent: Any, arriving: Any) -> Any:
        actor = signed_in()
        if not sent:
            return wizard_query.nothing_brought()
        chart = arriving.get("chart") if isinstance(arriving, dict) else None
        try:
            return wizard.of_query(actor, None if chart is None else number(chart, "chart"), QueryBody.parse(sent))
        except AppError as exc:
            return wizard_query.refused(exc.message)


def _changed(whole: Sequence[Any], prints: list[str], drawn: Any) -> list[Any]:
    """Only the parts that differ from what is there: drawing is what takes the browser's time."""
    there = drawn if isinstance(drawn, list) and len(drawn) == len(prints) else [""] * len(prints)
    return [no_update if old == new else part for part, old, new in zip(whole, there, prints, strict=True)]


def _saving(app: Dash) -> None:
    @app.callback(
        Output(Wizard.saved, "data"),
        Output(Shell.toasts, "data-toast", allow_duplicate=True),
        Output(Wizard.draft, "data", allow_duplicate=True),
        Output(Wizard.form, "children", allow_duplicate=True),
        Output(Wizard.stale, "is_open"),
        Output(Wizard.current, "data"),
        Input(Wizard.confirm, "n_clicks"),
        Input(Wizard.name, "n_submit"),
        Input(Wizard.overwrite, "n_clicks"),
        Input(Wizard.copy, "n_clicks"),
        State(Wizard.name, "value"),
        State(Wizard.description, "value"),
        State(Wizard.draft, "data"),
        State(Wizard.current, "data"),
        prevent_initial_call=True,
    )
    def save(*sent: Any) -> Any:
        *pressed, name, description, stored, current = sent
        if not any(pressed):
            return (no_update,) * 6
        actor, draft, _dataset = _unpack(stored)
        try:
            chart_id = _save(actor, draft, name, description, current)
        except StaleVersion as exc:
            return *(no_update,) * 4, True, exc.details["current_version"]
        except InvalidInput as exc:
            typed = draft.model_copy(
                update={"name": str(name or "")[:500], "description": str(description or "")[:5000]}
            )
            return *(no_update,) * 3, wizard_save.form(typed, exc.fields or {"": exc.message}), False, no_update
        return f"/charts/{chart_id}", toast("Chart saved", "good"), None, no_update, False, None


def _save(actor: Actor, draft: Draft, name: Any, description: Any, current: Any) -> int:
    """A new chart, or the one that is being changed; “Save as a copy” makes a new one of it.

    `current`: the version that was told to be there; “Overwrite” takes its place, and that of no later one.
    """
    if not str(name or "").strip():
        raise InvalidInput.of({"name": "Chart name is required"})
    unfinished = draft.unfinished()
    if unfinished:
        columns = {path: draft.filters[int(path.split(".")[2])].column for path in unfinished}
        raise InvalidInput.of({path: f"Filter on “{columns[path]}”: {why}" for path, why in unfinished.items()})
    fields = {
        "name": name,
        "description": description or "",
        "config": draft.finished().wire(),
        "datasetId": draft.dataset_id,
        "dataSourceId": draft.connection_id,
        "query": draft.query,
    }
    sent = ChartInput.parse(fields)
    if draft.chart_id is None or ctx.triggered_id == Wizard.copy:
        return charts.create_chart(actor, sent).id
    told = ctx.triggered_id == Wizard.overwrite and current is not None
    version = number(current, "version") if told else draft.version
    return charts.update_chart(actor, draft.chart_id, sent, version=version).id


def _unpack(stored: Any) -> tuple[Actor, Draft, Data]:
    """Who asks, the draft they sent, and its data; raises InvalidInput, and what `load` raises."""
    actor = signed_in()
    draft = Draft.parse(stored)
    return actor, draft, load(actor, draft.origin)
