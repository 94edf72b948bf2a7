"""Data: a file straight into a chart, and SQL straight to a database."""

import json

from flask import Response
from flask_openapi3 import FileStorage, validate_request

from vizapp.api.failures import DATABASE, fails
from vizapp.api.formats import asked_format, respond
from vizapp.api.uploads import on_disk, takes_file
from vizapp.api.wire import Api, gone
from vizapp.errors import (
    FileTooLarge,
    InvalidChartConfig,
    InvalidFile,
    InvalidQuery,
    MissingField,
    NotAcceptable,
    NotFound,
    QueryCancelled,
    StaleVersion,
)
from vizapp.extensions import csrf, limiter
from vizapp.identity import signed_in
from vizapp.schemas.answers import AnswerObject
from vizapp.schemas.base import Input
from vizapp.schemas.connection import CancelBody, QueryBody
from vizapp.schemas.uploads import ChartId, ChartQuery, ChartUploadObject, SheetName
from vizapp.services import chart_data, queries, stops

bp = Api("data", "Files into charts, and SQL to databases.")


class UploadForm(Input):
    """A file and the chart it is for."""

    file: FileStorage
    chart_id: ChartId = None
    sheet: SheetName = ""


@bp.post(
    "/api/data/upload-csv",
    responses={
        200: ChartUploadObject,
        **fails(InvalidFile, FileTooLarge, InvalidChartConfig, StaleVersion, NotFound.of("chart")),
    },
)
@csrf.exempt  # type: ignore[untyped-decorator]
@limiter.limit("60 per minute")
@takes_file
@validate_request()  # type: ignore[untyped-decorator, no-untyped-call]
def upload_csv(form: UploadForm, query: ChartQuery) -> Response:
    """Make a file the data of a chart (its owner, or an admin).

    CSV, Excel, Parquet and JSON files are read. A file that cannot be read, or that this chart could not be drawn from,
    is refused with the line or the column, and the chart keeps the data it has. A second upload into the same chart
    renews its data and keeps the column types that were chosen.
    """
    chart_id = form.chart_id or query.chart_id
    if chart_id is None:
        raise MissingField.of({"chart_id": "Say which chart the file is for"})
    with on_disk(form.file) as (path, name):
        done = chart_data.upload(signed_in(), chart_id, path, name, sheet=form.sheet)
    # As written: `jsonify` would sort the columns of the preview.
    return Response(json.dumps(done.wire(), ensure_ascii=False), mimetype="application/json")


@bp.post(
    "/api/data/query",
    responses={
        200: AnswerObject,
        **fails(NotAcceptable, InvalidQuery, QueryCancelled, *DATABASE, NotFound.of("connection")),
    },
)
def ask_connection(body: QueryBody) -> Response:
    """What one SELECT gives, for roles that may use the connection: JSON, CSV, an Arrow stream or Parquet by `Accept`.

    Values come in `params`, for `:name` in the query, and are bound. The database keeps the query from writing and ends
    it after `QUERY_TIMEOUT_SECONDS`. 422 `INVALID_QUERY` says what the database says, with `details.line`.
    """
    kind = asked_format()
    return respond(queries.ask(signed_in(), body), kind)


@bp.post("/api/data/cancel", responses={204: None})
def cancel_query(body: CancelBody) -> Response:
    """Stop one's own query of this name, at the database too; its call answers 409 `QUERY_CANCELLED`.

    Nothing happens when no such query is being answered.
    """
    stops.stop(signed_in(), body.run)
    return gone()
