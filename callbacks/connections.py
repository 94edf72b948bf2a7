"""Connections in the settings: save, test and stop a test, delete after asking."""

from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, Output, State, no_update

from callbacks.sent import number
from components.feedback import toast
from components.ids import Connections, Shell
from pages import connection_form, connection_test
from pages import connections as connections_page
from vizapp.access import Actor
from vizapp.errors import InvalidInput
from vizapp.identity import signed_in
from vizapp.schemas.connection import ConnectionChanges, ConnectionInput, ConnectionRecord
from vizapp.services import connections, stops

_STATES = [State(getattr(Connections, name), "value") for name in connection_form.FIELDS]


def register(app: Dash) -> None:
    """Bind to the signed-in app."""
    _filling(app)
    _saving(app)
    _testing(app)
    _deleting(app)


def _filling(app: Dash) -> None:
    @app.callback(Output(Connections.port, "placeholder"), Input(Connections.type, "value"), prevent_initial_call=True)
    def usual_port(kind: object) -> str:
        return connection_form.PORTS.get(str(kind), "")


def _saving(app: Dash) -> None:
    @app.callback(
        Output(Shell.location, "pathname", allow_duplicate=True),
        Output(Connections.fields, "children"),
        Output(Shell.toasts, "data-toast", allow_duplicate=True),
        Input(Connections.save, "n_clicks"),
        State(Connections.id, "data"),
        *_STATES,
        prevent_initial_call=True,
    )
    def save(clicks: Any, known: Any, *filled: Any) -> Any:
        if not clicks:
            return no_update, no_update, no_update
        actor = signed_in()
        record = _record(actor, known)
        shown = _shown(filled)
        try:
            saved = _save(actor, record, shown)
        except InvalidInput as exc:
            return no_update, _refused(shown, record, exc), no_update
        return f"/settings/connections/{saved.id}", no_update, toast("Connection saved", "good")


def _save(actor: Actor, record: ConnectionRecord | None, shown: connection_form.Values) -> ConnectionRecord:
    missing = connection_form.missing(shown)
    if missing:
        raise InvalidInput.of({{"host": "config.host"}.get(key, key): words for key, words in missing.items()})
    sent = connection_form.sent(shown, stored=_has_secret(record))
    if record is None:
        return connections.create_connection(actor, ConnectionInput.parse(sent))
    del sent["type"]
    return connections.update_connection(actor, record.id, ConnectionChanges.parse(sent))


def _refused(shown: connection_form.Values, record: ConnectionRecord | None, exc: InvalidInput) -> Any:
    reasons = exc.fields or {"": exc.message}
    return connection_form.fields_of(shown, record, connection_form.wrong(reasons))


def _testing(app: Dash) -> None:
    @app.callback(
        Output(Connections.outcome, "children"),
        Output(Connections.fields, "children", allow_duplicate=True),
        Output(Connections.stopping, "children"),
        Input(Connections.test, "n_clicks"),
        State(Connections.id, "data"),
        State(Connections.run, "data"),
        *_STATES,
        running=[
            (Output(Connections.busy, "hidden"), False, True),
            (Output(Connections.test, "disabled"), True, False),
            (Output(Connections.outcome, "hidden"), True, False),
        ],
        prevent_initial_call=True,
    )
    def test(clicks: Any, known: Any, run: Any, *filled: Any) -> Any:
        if not clicks:
            return no_update, no_update, no_update
        actor = signed_in()
        record = _record(actor, known)
        shown = _shown(filled)
        sent = connection_form.sent(shown, stored=_has_secret(record))
        try:
            if words := connection_form.missing(shown).get("host"):
                raise InvalidInput.of({"config.host": words})
            result = connections.try_config(
                actor,
                str(sent["type"]),
                sent["config"],
                connection_id=record.id if record else None,
                run=_name(run, clicks),
            )
        except InvalidInput as exc:
            return None, _refused(shown, record, exc), ""
        whole = connection_test.outcome(result, ssl=bool(sent["config"]["ssl"]))
        return whole, connection_form.fields_of(shown, record), ""

    @app.callback(
        Output(Connections.stopping, "children", allow_duplicate=True),
        Input(Connections.stop, "n_clicks"),
        State(Connections.run, "data"),
        State(Connections.test, "n_clicks"),
        prevent_initial_call=True,
    )
    def stop(clicks: Any, run: Any, test: Any) -> Any:
        if not clicks:
            return no_update
        stops.stop(signed_in(), _name(run, test))
        return "Cancelling …"


def _deleting(app: Dash) -> None:
    @app.callback(
        Output(Connections.question, "children"),
        Input(Connections.delete, "n_clicks"),
        State(Connections.id, "data"),
        prevent_initial_call=True,
    )
    def ask(clicks: Any, known: Any) -> Any:
        if not clicks:
            return no_update
        actor, wanted = signed_in(), number(known)
        names = connections.dependents(actor, wanted)
        return connections_page.question(connections.get_connection(actor, wanted), names)

    @app.callback(
        Output(Connections.modal, "is_open"), Input(Connections.cancel, "n_clicks"), prevent_initial_call=True
    )
    def close(clicks: Any) -> Any:
        return False if clicks else no_update

    @app.callback(
        Output(Shell.location, "pathname", allow_duplicate=True),
        Output(Shell.toasts, "data-toast", allow_duplicate=True),
        Input(Connections.confirmed, "n_clicks"),
        State(Connections.id, "data"),
        prevent_initial_call=True,
    )
    def delete(clicks: Any, known: Any) -> Any:
        if not clicks:
            return no_update, no_update
        connections.delete_connection(signed_in(), number(known))
        return connections_page.HERE, toast("Connection deleted", "good")


def _record(actor: Actor, known: object) -> ConnectionRecord | None:
    """The connection that the form is of; None for a new one."""
    return None if known is None else connections.get_connection(actor, number(known))


def _shown(filled: Sequence[Any]) -> connection_form.Values:
    return dict(zip(connection_form.FIELDS, filled, strict=True))


def _has_secret(record: ConnectionRecord | None) -> bool:
    return bool(record and (record.config or {}).get("password"))


def _name(run: object, clicks: object) -> str:
    """What one test is called, so that it can be stopped and no other."""
    return f"{str(run)[:64]}:{str(clicks)[:20]}"
