"""Callbacks by page: unpack, call a service, pack. `register(app)` binds a module's callbacks to one app."""

from dash import Dash

from callbacks import (
    board,
    browse,
    cache,
    charts,
    connections,
    dashboards,
    datasets,
    downloads,
    editor,
    profile,
    wizard,
)


def register_all(app: Dash) -> None:
    """Every callback of the signed-in app."""
    for module in (board, browse, cache, charts, connections, dashboards, datasets, downloads, editor, profile, wizard):
        module.register(app)
