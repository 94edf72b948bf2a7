"""Exports that are made in the background: ask, follow, fetch, throw away. Each caller sees their own alone."""

from flask import Response

from vizapp.api.exports import FILE_TYPES, file_answer, send
from vizapp.api.failures import fails
from vizapp.api.wire import Api, ById, FieldsQuery, ListQuery, gone, listed, show, some_of
from vizapp.errors import Conflict, ConnectionOff, NotFound, Unavailable
from vizapp.identity import signed_in
from vizapp.schemas.exports import ExportBody, ExportRecord
from vizapp.services import jobs
from vizapp.services.jobs import MAX_OPEN

bp = Api("background", "Exports that are made in the background, and kept for a day.")
_LIMITS = fails(
    Conflict(f"You have {MAX_OPEN} exports that are not finished. Wait for one, or cancel it."),
    NotFound.of("chart"),
    NotFound.of("dashboard"),
    NotFound.of("connection"),
    Unavailable,
    ConnectionOff,
)
_NOT_AGAIN = Conflict("Only an export that failed or was cancelled can be made again.")
_FILE = file_answer("The file, of the media type of its format.", *FILE_TYPES)


class ExportFields(FieldsQuery):
    """Fields of an export."""

    record = ExportRecord


class ExportList(ListQuery):
    """A list of exports."""

    record = ExportRecord
    sortable = ("created_at", "finished_at", "title", "state")


@bp.post("/api/exports", responses={202: ExportRecord, **_LIMITS})
def start_export(body: ExportBody) -> Response:
    """Have a file made of a chart or a dashboard; the answer is its job, to be asked for until it is finished.

    With `destination` the file is put in a bucket as well, by an editor, with a connection they may use and no key that
    only reads: whole, or what was there stays, and then checked by its size. The job is done when it is there and fails
    with the store's reason when it is not. A job that is cancelled while its file is on the way may leave it there,
    whole.
    """
    return show(jobs.start(signed_in(), body), status=202)


@bp.get("/api/exports", responses={200: listed(ExportRecord)})
def list_exports(query: ExportList) -> Response:
    """One's own exports, newest first."""
    page = jobs.list_exports(signed_in(), **query.part)
    return show(page, fields=query.chosen)


@bp.get("/api/exports/<id>", responses={200: some_of(ExportRecord)})
def get_export(path: ById, query: ExportFields) -> Response:
    """One of one's own exports; another's does not exist. `state` is queued, running, done, failed or cancelled."""
    return show(jobs.get_export(signed_in(), path.id), fields=query.chosen)


@bp.delete("/api/exports/<id>", responses={204: None})
def remove_export(path: ById) -> Response:
    """Forget one of one's own exports with its file; one that is not finished is cancelled."""
    jobs.remove(signed_in(), path.id)
    return gone()


@bp.post(
    "/api/exports/<id>/retry",
    responses={202: ExportRecord, **fails(_NOT_AGAIN, ConnectionOff)},
)
def retry_export(path: ById) -> Response:
    """Make one of one's own exports again that failed or was cancelled."""
    return show(jobs.retry(signed_in(), path.id), status=202)


@bp.get("/api/exports/<id>/file", responses={200: _FILE})
def fetch_export(path: ById) -> Response:
    """The file of one of one's own exports. 404 until it is done, and when it is gone."""
    return send(jobs.open_file(signed_in(), path.id))
