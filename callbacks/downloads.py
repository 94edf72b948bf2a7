"""The drawer of downloads: start, follow, cancel, make again, remove. It asks only while something is being made."""

from collections.abc import Mapping
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from callbacks.sent import number
from components import downloads as looks
from components.feedback import toast
from components.ids import Downloads, Shell
from pages.downloads import mine
from vizapp.access import Actor
from vizapp.identity import signed_in
from vizapp.schemas.exports import ExportBody, ExportRecord
from vizapp.schemas.exports import State as Stands
from vizapp.services import jobs


def register(app: Dash) -> None:
    """Bind to the signed-in app."""

    @app.callback(
        Output(Downloads.list, "children"),
        Output(Downloads.badge, "children"),
        Output(Downloads.timer, "disabled"),
        Output(Downloads.followed, "data"),
        Output(Downloads.ready, "data"),
        Output(Shell.toasts, "data-toast", allow_duplicate=True),
        Input(Downloads.pressed, "data"),
        Input(Downloads.timer, "n_intervals"),
        State(Downloads.followed, "data"),
        prevent_initial_call=True,
    )
    def follow(pressed: object, _ticks: object, followed: object) -> Any:
        actor = signed_in()
        told = pressed if ctx.triggered_id == Downloads.pressed and isinstance(pressed, Mapping) else {}
        begun = _act(actor, told)
        return _shown(actor, followed, begun, said=_begun(begun) if told.get("act") == "start" else "")

    app.clientside_callback(
        ClientsideFunction("vizapp", "fetchFiles"), Input(Downloads.ready, "data"), prevent_initial_call=True
    )


def _act(actor: Actor, told: Mapping[str, Any]) -> ExportRecord | None:
    """Do what was pressed; the export that this page waits for from now on."""
    match told.get("act"):
        case "start":
            asked = {name: told.get(name) for name in ("what", "id", "format")}
            return jobs.start(actor, ExportBody.parse(asked))
        case "retry":
            return jobs.retry(actor, number(told.get("id")))
        case "cancel":
            jobs.cancel(actor, number(told.get("id")))
        case "remove":
            jobs.remove(actor, number(told.get("id")))
    return None


def _begun(export: ExportRecord | None) -> str:
    return toast(f"“{export.title}” is being made. It stands under Downloads.") if export else ""


def _shown(actor: Actor, followed: object, begun: ExportRecord | None, *, said: str) -> Any:
    """The drawer as it is now, and what became of those that this page waits for."""
    waited = _ids(followed, "open")
    own = _ids(followed, "mine") | ({begun.id} if begun else set())
    exports = mine(actor)
    still = looks.unfinished(exports)
    ended = [export for export in exports if export.id in waited and export.id not in still]
    fetched = [export.id for export in ended if export.state is Stands.done and export.id in own]
    said = next(filter(None, map(_outcome, ended)), said)
    return (
        looks.lines(exports),
        looks.badge(exports, fetched),
        not still,
        {"open": still, "mine": [export_id for export_id in still if export_id in own]},
        [f"/api/exports/{export_id}/file" for export_id in fetched] or no_update,
        said or no_update,
    )


def _outcome(export: ExportRecord) -> str:
    if export.state is Stands.done:
        return toast(f"Your export is ready: {export.file_name}", "good")
    if export.state is Stands.failed:
        return toast(f"“{export.title}” could not be exported. {export.message}", "bad", seconds=10)
    return ""


def _ids(followed: object, name: str) -> set[int]:
    """Whole numbers of what the browser kept, whatever it sent."""
    found = followed.get(name) if isinstance(followed, Mapping) else None
    return {item for item in found if isinstance(item, int)} if isinstance(found, list) else set()
