"""The public Dash app at /view/: one dashboard, read-only, behind a link. No private page or callback exists in it."""

from typing import Any

from dash import html
from flask import Flask, has_request_context, request

import callbacks.public as public_callbacks
import pages.public as public_page
from vizapp.dash_page import PageDash, make
from vizapp.identity import public_viewer
from vizapp.services import sharing
from vizapp.services.boards import bundle_for


def create(server: Flask) -> PageDash:
    """The app on `server`, with its own callbacks only."""
    app = make(server, routes_pathname_prefix="/view/", requests_pathname_prefix="/view/")
    app.layout = _layout
    app.plotly_bundle = lambda _path: bundle_for(public_viewer())
    public_callbacks.register(app)
    return app


def _layout() -> Any:
    if not has_request_context() or not request.path.startswith(sharing.VIEW_PREFIX):
        # Dash asks once at its start, for nobody.
        return html.Div()
    viewer = public_viewer()
    if request.method != "HEAD":
        sharing.count_view(viewer)
    return public_page.layout(viewer)
