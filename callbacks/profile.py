"""One's own API keys: create, show once, revoke after asking."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks.sent import number
from components.feedback import toast
from components.ids import Profile, Shell
from pages import profile
from vizapp.errors import InvalidInput
from vizapp.identity import signed_in
from vizapp.schemas.account import ApiKeyInput
from vizapp.services import api_keys


def register(app: Dash) -> None:
    """Bind to the signed-in app."""
    _creating(app)
    _revoking(app)


def _creating(app: Dash) -> None:
    @app.callback(
        Output(Profile.keys, "children"),
        Output(Profile.made, "children"),
        Output(Profile.form, "children"),
        Input(Profile.create, "n_clicks"),
        State(Profile.name, "value"),
        State(Profile.scope, "value"),
        State(Profile.expiry, "value"),
        prevent_initial_call=True,
    )
    def create(clicks: int | None, name: object, scope: object, expiry: object) -> Any:
        if not clicks:
            return no_update, no_update, no_update
        days = profile.DAYS.get(str(expiry), 0)
        if not str(name or "").strip():
            return no_update, no_update, profile.form(error="Name the key, so that you know it again")
        actor = signed_in()
        try:
            sent = ApiKeyInput.parse({"name": name, "scope": scope, "expires_in_days": days})
        except InvalidInput as exc:
            return no_update, no_update, profile.form(name=str(name), error=exc.message)
        key = api_keys.create_key(actor, sent)
        return profile.key_table(api_keys.list_keys(actor).items), profile.made(key), profile.form()


def _revoking(app: Dash) -> None:
    @app.callback(
        Output(Profile.question, "children"),
        Output(Profile.asked, "data"),
        Input(Profile.revoke(ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def ask(clicks: list[Any]) -> Any:
        if not any(clicks):
            return no_update, no_update
        key_id = number(ctx.triggered_id["key"])
        return profile.question(api_keys.get_key(signed_in(), key_id)), key_id

    @app.callback(Output(Profile.modal, "is_open"), Input(Profile.cancel, "n_clicks"), prevent_initial_call=True)
    def close(_clicks: Any) -> bool:
        return False

    @app.callback(
        Output(Profile.keys, "children", allow_duplicate=True),
        Output(Profile.question, "children", allow_duplicate=True),
        Output(Profile.made, "children", allow_duplicate=True),
        Output(Shell.toasts, "data-toast", allow_duplicate=True),
        Input(Profile.confirmed, "n_clicks"),
        State(Profile.asked, "data"),
        prevent_initial_call=True,
    )
    def revoke(clicks: int | None, key_id: object) -> Any:
        if not clicks:
            return no_update, no_update, no_update, no_update
        actor = signed_in()
        api_keys.revoke_key(actor, number(key_id))
        return profile.key_table(api_keys.list_keys(actor).items), None, None, toast("Key revoked", "good")
