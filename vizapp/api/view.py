"""What a public link gives: a page to a browser, the dashboard with its numbers to a program that asks for JSON."""

from flask import Response, current_app, request

from vizapp.api.failures import fails
from vizapp.api.wire import Api, show
from vizapp.errors import Gone
from vizapp.identity import public_viewer
from vizapp.schemas.answers import PublicDashboard
from vizapp.schemas.base import Input
from vizapp.services import published, sharing

bp = Api("view", "Dashboards behind public links.")


class ByToken(Input):
    """The token in the path."""

    token: str


@bp.get(
    "/view/dashboard/<token>",
    responses={200: PublicDashboard, **fails(Gone)},
    openapi_extensions={"security": []},
)
def view_dashboard(path: ByToken) -> Response:  # noqa: ARG001 - the guard has read it
    """The dashboard of a public link: JSON for `Accept: application/json`, else the page.

    404 for a link that never was, 410 for one that was revoked or has expired. Each reading is counted, HEAD is none.
    """
    response = _as_json() if _asks_for_json() else current_app.extensions["vizapp_dash"]["public"].index()
    assert isinstance(response, Response)  # noqa: S101 - Dash has no types
    response.vary.add("Accept")
    return response


def _asks_for_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _as_json() -> Response:
    viewer = public_viewer()
    if request.method != "HEAD":
        sharing.count_view(viewer)
    found = published.read(viewer)
    # How long it took, and whether an answer was remembered, is no part of what is read.
    lasting = found.model_dump_json(exclude={"charts": {"__all__": {"data": {"elapsedMs", "cached"}}}})
    return show(found, tagged_by=lasting)
