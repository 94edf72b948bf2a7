"""One dashboard, looked at: tiles, public link, deleting."""

from typing import Any

from dash import Dash, Input, Output, State, no_update

from callbacks import tiles
from callbacks.sent import entry, number
from components.feedback import toast
from components.ids import Board, Share, Shell
from pages import share
from pages.dashboard import deletion
from vizapp.identity import signed_in
from vizapp.schemas.content import LinkInput
from vizapp.services import dashboards, sharing


def register(app: Dash) -> None:
    """Bind to the signed-in app."""
    tiles.register(app, Board, signed_in)

    @app.callback(
        Output(Share.body, "children"),
        Input(Share.create, "n_clicks"),
        State(Share.dashboard, "data"),
        State(Share.expiry, "value"),
        prevent_initial_call=True,
    )
    def create(clicks: int | None, dashboard_id: object, expiry: object) -> Any:
        if not clicks:
            return no_update
        days = None if expiry == share.NEVER else expiry
        link = sharing.create_link(signed_in(), number(dashboard_id), LinkInput.parse({"expiresInDays": days}))
        return share.body(link, new=True)

    _revoking(app)

    @app.callback(
        Output(Board.delete_box, "children"),
        Input(Board.delete, "n_clicks"),
        State(Board.state, "data"),
        prevent_initial_call=True,
    )
    def ask(clicks: int | None, page: object) -> Any:
        if not clicks:
            return no_update
        actor, dashboard_id = signed_in(), entry(page, "dashboard")
        return deletion(dashboards.get_dashboard(actor, dashboard_id), sharing.current_link(actor, dashboard_id))

    @app.callback(
        Output(Board.delete_modal, "is_open"), Input(Board.delete_cancel, "n_clicks"), prevent_initial_call=True
    )
    def keep(clicks: int | None) -> Any:
        return no_update if not clicks else False

    @app.callback(
        Output(Shell.location, "href", allow_duplicate=True),
        Input(Board.delete_confirmed, "n_clicks"),
        State(Board.state, "data"),
        prevent_initial_call=True,
    )
    def delete(clicks: int | None, page: object) -> Any:
        if not clicks:
            return no_update
        dashboards.delete_dashboard(signed_in(), entry(page, "dashboard"))
        return "/dashboards"


def _revoking(app: Dash) -> None:
    @app.callback(
        Output(Share.question, "children"),
        Input(Share.revoke, "n_clicks"),
        State(Share.dashboard, "data"),
        prevent_initial_call=True,
    )
    def ask(clicks: int | None, dashboard_id: object) -> Any:
        link = sharing.current_link(signed_in(), number(dashboard_id)) if clicks else None
        return share.question(link) if link else no_update

    @app.callback(Output(Share.modal, "is_open"), Input(Share.cancel, "n_clicks"), prevent_initial_call=True)
    def close(_clicks: Any) -> bool:
        return False

    @app.callback(
        Output(Share.body, "children", allow_duplicate=True),
        Output(Share.question, "children", allow_duplicate=True),
        Output(Shell.toasts, "data-toast", allow_duplicate=True),
        Input(Share.confirmed, "n_clicks"),
        State(Share.dashboard, "data"),
        prevent_initial_call=True,
    )
    def revoke(clicks: int | None, dashboard_id: object) -> Any:
        if not clicks:
            return no_update, no_update, no_update
        sharing.revoke_link(signed_in(), number(dashboard_id))
        return share.body(None), None, toast("Link revoked", "good")
