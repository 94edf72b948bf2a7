"""Charts and dashboards as files to keep: Excel workbooks, CSV and PDF.

A person's browser comes here from a menu, so what goes wrong is a page to it (api/errors.py), JSON to a program.
"""

from collections.abc import Iterator
from typing import IO, Annotated, Any

from flask import Response
from pydantic import Field, Json

from vizapp.api.failures import DATABASE, fails
from vizapp.api.formats import attachment
from vizapp.api.wire import Api, ById
from vizapp.errors import (
    ColumnMissing,
    DatasetDamaged,
    FileTooLarge,
    InvalidQuery,
    RendererBusy,
    RendererFailed,
    RendererMissing,
    RendererTimeout,
    ReportFailed,
)
from vizapp.exports.excel import MEDIA_TYPE
from vizapp.exports.frames import Format
from vizapp.exports.pdf import MEDIA_TYPE as PDF
from vizapp.identity import signed_in
from vizapp.schemas.base import Input
from vizapp.schemas.chart import MAX_FILTERS, Filter
from vizapp.services import exports, pictures, reports
from vizapp.services.exports import ZIP, Export
from vizapp.services.pictures import Drawn
from vizapp.services.reports import OnPaper

bp = Api("exports", "Charts and dashboards as files.")
_PIECE = 256 * 1024
_TOO_LARGE = FileTooLarge("This export is over the limit of 50 MB. Filter the data, or export charts one by one.")
_NOT_DRAWN = (RendererMissing, RendererBusy, RendererFailed, RendererTimeout)
_NOT_PRINTED = (ReportFailed, RendererBusy, RendererFailed, RendererTimeout)
_NOT_ANSWERED = (_TOO_LARGE, InvalidQuery, ColumnMissing, DatasetDamaged, *DATABASE)
_CHART_FAILS = fails(*_NOT_ANSWERED)


class ExportQuery(Input):
    """What to leave out of the rows."""

    filters: Annotated[
        Json[Annotated[list[Filter], Field(max_length=MAX_FILTERS)]],
        Field(description="Conditions on the chart's data as JSON, as running a chart takes them."),
    ] = []


class DrawnChart(Drawn, ExportQuery):
    """The same of a chart whose rows may be filtered."""


class ChartPaper(OnPaper, ExportQuery):
    """The paper, and what to leave out of the rows."""


FILE_TYPES = (MEDIA_TYPE, Format.csv.value, ZIP, PDF, *pictures.MEDIA_TYPES.values())


def file_answer(description: str, *media_types: str) -> dict[str, Any]:
    """How an answer that is a file, of one of these types, is documented."""
    return {
        "description": description,
        "headers": {"Content-Disposition": {"description": "The file's name.", "schema": {"type": "string"}}},
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in media_types},
    }


_ROWS = file_answer("CSV in UTF-8.", Format.csv.value)
_ROWS["headers"]["X-Truncated"] = {"description": "Whether rows were cut off.", "schema": {"type": "boolean"}}
_PICTURE = file_answer("A picture.", *pictures.MEDIA_TYPES.values())


@bp.get(
    "/api/export/chart/<id>/image",
    responses={200: _PICTURE, **fails(*_NOT_ANSWERED, *_NOT_DRAWN)},
)
def export_chart_image(path: ById, query: DrawnChart) -> Response:
    """A chart as a picture, as the pages show it: title, legend and notes too; numbers and tables as well.

    A table has its first 50 rows. 503 `SERVICE_UNAVAILABLE` without Chromium on the server or with too many pictures
    in the making, 504 `EXPORT_TIMEOUT` over `EXPORT_TIMEOUT_SECONDS`.
    """
    return send(pictures.chart_image(signed_in(), path.id, query.look, filters=query.filters))


@bp.get("/api/export/dashboard/<id>/image", responses={200: _PICTURE, **fails(_TOO_LARGE, *_NOT_DRAWN)})
def export_dashboard_image(path: ById, query: Drawn) -> Response:
    """A whole dashboard as a picture, 1440 pixels wide times `scale`: its name, and every tile in its place.

    A chart that cannot be drawn has the reason in its place. 422 for a picture of over 16,384 pixels, which a smaller
    `scale` helps; 503 and 504 as for charts.
    """
    return send(pictures.dashboard_image(signed_in(), path.id, query.look))


@bp.get("/api/export/chart/<id>/excel", responses={200: file_answer("An Excel workbook.", MEDIA_TYPE), **_CHART_FAILS})
def export_chart_excel(path: ById, query: ExportQuery) -> Response:
    """The numbers of a chart as an Excel workbook, with Excel's own chart where it has the type.

    What Excel has no value for, such as days before March 1900, is text, and a second sheet says so. 413
    `FILE_TOO_LARGE` over `MAX_EXPORT_SIZE_MB`.
    """
    return send(exports.chart_excel(signed_in(), path.id, filters=query.filters))


@bp.get("/api/export/chart/<id>/csv", responses={200: _ROWS, **_CHART_FAILS})
def export_chart_csv(path: ById, query: ExportQuery) -> Response:
    """The numbers of a chart as a CSV file, the same that running it gives. 413 over `MAX_EXPORT_SIZE_MB`.

    At most `max_query_results` rows; the header `X-Truncated` tells that there were more.
    """
    made = exports.chart_csv(signed_in(), path.id, filters=query.filters)
    response = send(made)
    response.headers["X-Truncated"] = "true" if made.truncated else "false"
    return response


@bp.get(
    "/api/export/dashboard/<id>/excel",
    responses={200: file_answer("An Excel workbook.", MEDIA_TYPE), **fails(_TOO_LARGE)},
)
def export_dashboard_excel(path: ById) -> Response:
    """A workbook with a sheet for each chart of a dashboard, and a list of them with links in front.

    A chart that cannot be drawn has a sheet that says why. 413 `FILE_TOO_LARGE` over `MAX_EXPORT_SIZE_MB`.
    """
    return send(exports.dashboard_excel(signed_in(), path.id))


@bp.get(
    "/api/export/dashboard/<id>/csv",
    responses={200: file_answer("A ZIP archive of CSV files.", ZIP), **fails(_TOO_LARGE)},
)
def export_dashboard_csv(path: ById) -> Response:
    """A ZIP archive with a CSV file for each chart of a dashboard.

    `notes.txt` in it, if there is one, tells which charts could not be drawn and which rows were cut off. 413
    `FILE_TOO_LARGE` over `MAX_EXPORT_SIZE_MB`.
    """
    return send(exports.dashboard_csv(signed_in(), path.id))


@bp.get(
    "/api/export/chart/<id>/pdf",
    responses={
        200: file_answer("A PDF file.", PDF),
        **fails(*_NOT_ANSWERED, *_NOT_PRINTED),
    },
)
def export_chart_pdf(path: ById, query: ChartPaper) -> Response:
    """A chart as a report for print: what it shows, from when, with which filters.

    Where the server has no Chromium the chart is a table, and the report says so. 413 over `MAX_EXPORT_SIZE_MB`.
    """
    return send(reports.chart_pdf(signed_in(), path.id, filters=query.filters, sheet=query.sheet))


@bp.get(
    "/api/export/dashboard/<id>/pdf",
    responses={200: file_answer("A PDF file.", PDF), **fails(_TOO_LARGE, *_NOT_PRINTED)},
)
def export_dashboard_pdf(path: ById, query: OnPaper) -> Response:
    """A dashboard as a report for print: a cover with contents, then its charts, numbers and tables in reading order.

    A chart that cannot be drawn has the reason in its place. Where the server has no Chromium, charts are tables, and
    the cover says so. 413 over `MAX_EXPORT_SIZE_MB`.
    """
    return send(reports.dashboard_pdf(signed_in(), path.id, sheet=query.sheet))


def send(export: Export) -> Response:
    """A file that was made, as a download of its name."""
    # What fits into one piece needs no file that is held open for a slow reader.
    if export.size <= _PIECE:
        with export.file:
            response = Response(export.file.read(), mimetype=export.media_type)
    else:
        response = Response(_pieces(export.file), mimetype=export.media_type)
        response.call_on_close(export.file.close)
        response.content_length = export.size
    response.headers["Content-Disposition"] = attachment(export.title, export.suffix)
    return response


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
