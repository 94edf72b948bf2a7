"""Arranging a dashboard. The draft is edited in the browser (assets/editor.js); here it is drawn and saved."""

from dataclasses import dataclass
from typing import Any

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from callbacks.sent import number
from components.formats import ago
from components.forms import field_error
from components.ids import Editor
from pages.editor_draft import Sent
from pages.editor_side import SHOWN, listed
from pages.tiles import inner
from vizapp.access import Actor
from vizapp.errors import AppError, InvalidInput, StaleVersion
from vizapp.identity import signed_in
from vizapp.schemas.content import DashboardInput
from vizapp.schemas.records import DashboardRecord
from vizapp.services import charts, dashboards
from vizapp.services.boards import Drawn

NAMESPACE = "vizapp_editor"
_NAME_LENGTH = 100


def register(app: Dash) -> None:
    """Bind to the signed-in app."""
    _edit_in_browser(app)
    _paint_in_browser(app)

    @app.callback(
        Output(Editor.charts, "children"),
        Input(Editor.search, "value"),
        prevent_initial_call=True,
    )
    def narrow(text: str | None) -> Any:
        actor = signed_in()
        return listed(charts.list_charts(actor, search=str(text or "")[:100], limit=SHOWN))

    @app.callback(
        Output(Editor.tile("body", MATCH), "children"),
        Input(Editor.tile("ask", MATCH), "data"),
        prevent_initial_call=True,
    )
    def draw(asked: Any) -> Any:
        if not (isinstance(asked, dict) and isinstance(ctx.triggered_id, dict)):
            return no_update
        chart_id = number(ctx.triggered_id["chart"], "chart")
        return inner(drawn(signed_in(), chart_id, refresh=asked.get("refresh") is True), Editor)

    @app.callback(
        Output(Editor.outcome, "data"),
        Output(Editor.name_error, "children"),
        Output(Editor.conflict, "is_open"),
        Output(Editor.conflict_text, "children"),
        Input(Editor.save, "n_clicks"),
        Input(Editor.overwrite, "n_clicks"),
        Input(Editor.copy, "n_clicks"),
        State(Editor.state, "data"),
        State(Editor.outcome, "data"),
        running=[(Output(Editor.save, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def save(_save: Any, _overwrite: Any, _copy: Any, sent: Any, last: Any) -> Any:
        found = saved(signed_in(), sent, how=ctx.triggered_id, current=_current(last))
        problem = field_error(found.name_problem) if found.name_problem else None
        return found.data, problem, bool(found.conflict), found.conflict


def _edit_in_browser(app: Dash) -> None:
    """What the user does becomes one more state of the draft; nothing is returned, the stores are written."""
    fields = (Editor.name, Editor.description, Editor.own_background, Editor.background, Editor.padding)
    handlers = {
        "arrange": [Input(Editor.grid, "layout")],
        "fill": [Input(name, "value") for name in (*fields, Editor.auto_refresh)],
        "press": [Input(name, "n_clicks") for name in (Editor.undo, Editor.redo, Editor.discard)],
        "answer": [Input(name, "n_clicks") for name in (Editor.restore, Editor.forget, Editor.theirs)],
        "settle": [Input(Editor.outcome, "data")],
        "again": [Input(Editor.tile("retry", ALL), "n_clicks")],
    }
    for name, inputs in handlers.items():
        app.clientside_callback(ClientsideFunction(NAMESPACE, name), *inputs, prevent_initial_call=True)


def _paint_in_browser(app: Dash) -> None:
    """How far the draft is from what is saved, what can be undone, and which charts are placed."""
    stores = [Input(Editor.state, "data"), Input(Editor.history, "data")]
    app.clientside_callback(
        ClientsideFunction(NAMESPACE, "paint"),
        Output(Editor.save_state, "data-unsaved"),
        Output(Editor.save_words, "children"),
        Output(Editor.save_dot, "className"),
        *[Output(name, prop) for name in (Editor.undo, Editor.redo) for prop in ("disabled", "aria-label", "title")],
        Output(Editor.discard, "disabled"),
        Output(Editor.canvas, "style"),
        *stores,
    )
    app.clientside_callback(
        ClientsideFunction(NAMESPACE, "tick"),
        Output(Editor.side_item(ALL), "className"),
        Output(Editor.tile("add", ALL), "aria-label"),
        Output(Editor.tile("add", ALL), "title"),
        Input(Editor.state, "data"),
        Input(Editor.charts, "children"),
        State(Editor.side_item(ALL), "id"),
        State(Editor.side_item(ALL), "title"),
    )


def drawn(actor: Actor, chart_id: int, *, refresh: bool = False) -> Drawn:
    """A chart that may not stand on the dashboard yet; an error takes its place in the tile."""
    name = "Chart"
    try:
        name = charts.get_chart(actor, chart_id).name
        result = charts.execute(actor, chart_id, refresh=refresh)
    except AppError as exc:
        return Drawn(chart_id, name, error=exc)
    return Drawn(chart_id, result.title, result=result)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a save: the data for the browser, or what has to be said first."""

    data: Any = no_update
    name_problem: str = ""
    conflict: str = ""


def saved(actor: Actor, sent: Any, *, how: str, current: int | None) -> Outcome:
    """Save what the browser sent. `how`: the id of the button; `current`: the version it may overwrite."""
    try:
        wanted = Sent.parse(sent)
        if how == Editor.copy:
            record = dashboards.create_dashboard(actor, copied(wanted.draft))
        elif wanted.dashboard is None:
            record = dashboards.create_dashboard(actor, wanted.draft)
        else:
            version = current if how == Editor.overwrite and current else wanted.version
            record = dashboards.update_dashboard(actor, wanted.dashboard, wanted.draft, version=version)
    except StaleVersion as exc:
        return _stale(actor, exc, sent)
    except InvalidInput as exc:
        return _refused(exc)
    return Outcome(_done(record, wanted, sent, copy=how == Editor.copy))


def copied(draft: DashboardInput) -> DashboardInput:
    """The same under a name that tells it is a copy."""
    ending = " (copy)"
    return draft.model_copy(update={"name": draft.name[: _NAME_LENGTH - len(ending)].rstrip() + ending})


def _done(record: DashboardRecord, wanted: Sent, sent: Any, *, copy: bool) -> dict[str, Any]:
    return {
        "status": "copied" if copy else "saved",
        "dashboard": record.id,
        "version": record.version,
        "draft": wanted.draft.wire(),
        "sent": sent["draft"],
    }


def _stale(actor: Actor, exc: StaleVersion, sent: Any) -> Outcome:
    found = dashboards.get_dashboard(actor, int(sent["dashboard"]))
    when = f"“{found.name}” was saved {ago(found.updated_at)}, after you began to edit it."
    data = {"status": "stale", "current": exc.details["current_version"]}
    return Outcome(data, conflict=f"{when} Nothing is lost: choose how to go on.")


def _refused(exc: InvalidInput) -> Outcome:
    about_name = exc.fields.get("draft.name")
    if about_name is None:
        raise exc
    reason = about_name.rpartition(": ")[2].removeprefix("Value error, ").replace("String should", "should")
    return Outcome({"status": "refused"}, name_problem=f"Dashboard name {reason}")


def _current(last: Any) -> int | None:
    found = last.get("current") if isinstance(last, dict) else None
    return found if isinstance(found, int) else None
