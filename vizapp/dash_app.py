"""The signed-in Dash app: the pages of one table, and callbacks by page."""

from typing import Any

from dash import html
from flask import Flask, g, has_request_context, request

import callbacks
import pages
from vizapp.dash_page import PageDash, make
from vizapp.identity import session_actor


def create(server: Flask) -> PageDash:
    """The app on `server`, with every page and callback."""
    app = make(server)
    app.layout = _layout
    app.plotly_bundle = lambda path: pages.bundle(session_actor(), path)
    callbacks.register_all(app)
    return app


def _layout() -> Any:
    """The whole page for the path of this request; nothing for nobody."""
    if not has_request_context():
        return html.Div()
    actor = session_actor()
    if actor.role is None:
        return html.Div()
    if "/_dash" in request.path:
        # Asked apart from a page, as Dash's own development tools do.
        return html.Div()
    document, g.page_status = pages.frame(actor, request.path, dict(request.args.items()))
    return document
