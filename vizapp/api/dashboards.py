"""Dashboards and their public links."""

from flask import Response, request

from vizapp.api.failures import fails
from vizapp.api.links import linked
from vizapp.api.wire import (
    Api,
    ById,
    FieldsQuery,
    ListQuery,
    expected_version,
    gone,
    listed,
    show,
    some_of,
)
from vizapp.errors import NotFound, StaleVersion
from vizapp.identity import signed_in
from vizapp.schemas.answers import LinkObject
from vizapp.schemas.bodies import DashboardBody, DashboardChanges, ShareBody
from vizapp.schemas.content import LinkInput
from vizapp.schemas.records import DashboardRecord, LinkRecord
from vizapp.services import changes, dashboards, sharing
from vizapp.services.runtime import runtime

bp = Api("dashboards", "Dashboards, and the links that open them to everybody.")
_Dashboard = linked(
    DashboardRecord, "get_dashboard", "update_dashboard", "delete_dashboard", "share_dashboard", "unshare_dashboard"
)


class DashboardFields(FieldsQuery):
    """Fields of a dashboard."""

    record = DashboardRecord


class DashboardList(ListQuery):
    """A list of dashboards, edited last first."""

    record = DashboardRecord
    sortable = ("name", "created_at", "updated_at")

    mine: bool = False


@bp.get("/api/dashboards", responses={200: listed(DashboardRecord)})
def list_dashboards(query: DashboardList) -> Response:
    """All dashboards, or with `mine` one's own."""
    return show(dashboards.list_dashboards(signed_in(), mine=query.mine, **query.part), fields=query.chosen)


@bp.post("/api/dashboards", responses={201: _Dashboard})
def create_dashboard(body: DashboardBody) -> Response:
    """A new dashboard (editor). What stands on it is said by `charts`, or by the items of `layout`."""
    return show(changes.create_dashboard(signed_in(), body), status=201)


@bp.get("/api/dashboards/<id>", responses={200: some_of(DashboardRecord)})
def get_dashboard(path: ById, query: DashboardFields) -> Response:
    """One dashboard. Everybody who is signed in reads every dashboard."""
    found = dashboards.get_dashboard(signed_in(), path.id)
    return show(found, fields=query.chosen, version=found.version)


@bp.put("/api/dashboards/<id>", responses={200: _Dashboard, **fails(StaleVersion)})
def update_dashboard(path: ById, body: DashboardChanges) -> Response:
    """Replace what is sent and keep the rest (its owner, or an admin).

    409 `STALE_VERSION` with `current_version` when somebody saved after the `version` that was sent. Without one the
    change is put on what is stored now.
    """
    return show(changes.change_dashboard(signed_in(), path.id, body, version=expected_version(body.version)))


@bp.delete("/api/dashboards/<id>", responses={204: None})
def delete_dashboard(path: ById) -> Response:
    """Remove a dashboard; its charts stay, its public link answers 410 (its owner, or an admin)."""
    dashboards.delete_dashboard(signed_in(), path.id)
    return gone()


@bp.get("/api/dashboards/<id>/share", responses={200: LinkObject, **fails(NotFound.of("public link"))})
def get_share(path: ById) -> Response:
    """The valid public link (the dashboard's owner, or an admin); 404 `PUBLIC_LINK_NOT_FOUND` when there is none."""
    link = sharing.current_link(signed_in(), path.id)
    if link is None:
        raise NotFound.of("public link")
    return show(_link(link))


@bp.post("/api/dashboards/<id>/share", responses={201: LinkObject})
def share_dashboard(path: ById, body: ShareBody) -> Response:
    """A new public link (the dashboard's owner, or an admin). One that existed before stops working."""
    link = sharing.create_link(signed_in(), path.id, LinkInput(expires_in_days=body.expires_in_days))
    return show(_link(link), status=201)


@bp.delete("/api/dashboards/<id>/share", responses={204: None})
def unshare_dashboard(path: ById) -> Response:
    """Revoke the public link, which answers 410 from now on; nothing happens when there is none."""
    sharing.revoke_link(signed_in(), path.id)
    return gone()


def _link(link: LinkRecord) -> LinkObject:
    origin = runtime().config.public_url or request.host_url.rstrip("/")
    return LinkObject(**link.model_dump(), url=origin + link.path)
