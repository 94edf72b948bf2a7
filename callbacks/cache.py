"""The cache in the settings: emptying it, and for how long answers are remembered."""

from typing import Any

from dash import Dash, Input, Output, State, no_update

from components.feedback import toast
from components.ids import Cache, Shell
from pages import cache as cache_page
from vizapp.errors import InvalidInput
from vizapp.identity import signed_in
from vizapp.services import cache, settings


def register(app: Dash) -> None:
    """Bind to the signed-in app."""

    @app.callback(
        Output(Cache.body, "children"),
        Output(Shell.toasts, "data-toast", allow_duplicate=True),
        Input(Cache.clear, "n_clicks"),
        prevent_initial_call=True,
    )
    def clear(clicks: Any) -> Any:
        if not clicks:
            return no_update, no_update
        actor = signed_in()
        cache.clear(actor)
        return cache_page.body(cache.state(actor)), toast("The cache is empty", "good")

    @app.callback(
        Output(Cache.body, "children", allow_duplicate=True),
        Output(Shell.toasts, "data-toast", allow_duplicate=True),
        Input(Cache.save, "n_clicks"),
        State(Cache.ttl, "value"),
        State(Cache.stale, "value"),
        prevent_initial_call=True,
    )
    def save(clicks: Any, ttl: Any, stale: Any) -> Any:
        if not clicks:
            return no_update, no_update
        actor, chosen = signed_in(), {Cache.ttl: ttl, Cache.stale: stale}
        state = cache.state(actor)
        sent = {settings.CACHE_TTL: (ttl, state.ttl_seconds), settings.CACHE_STALE: (stale, state.stale_factor)}
        wrong = {key: "Enter a whole number." for key, (value, _) in sent.items() if not _is_whole(value)}
        if wrong:
            return cache_page.body(state, wrong, chosen), no_update
        try:
            settings.change_settings(actor, {key: value for key, (value, known) in sent.items() if value != known})
        except InvalidInput as exc:
            said = {key: why.replace(key, "This", 1) for key, why in exc.fields.items()}
            return cache_page.body(state, said, chosen), no_update
        return cache_page.body(cache.state(actor)), toast("Settings saved", "good")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
