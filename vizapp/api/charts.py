"""Charts: made, changed, removed, and run."""

from flask import Response

from vizapp.api.failures import DATABASE, fails
from vizapp.api.formats import asked_format, respond
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
from vizapp.errors import ColumnMissing, DatasetDamaged, InvalidChartConfig, InvalidQuery, NotAcceptable, StaleVersion
from vizapp.identity import signed_in
from vizapp.schemas.answers import AnswerObject
from vizapp.schemas.bodies import ChartBody, ChartChanges, ExecuteBody
from vizapp.schemas.records import ChartRecord
from vizapp.services import changes, charts
from vizapp.services.formats import of_chart

bp = Api("charts", "Charts, and the numbers they show.")
_Chart = linked(ChartRecord, "get_chart", "update_chart", "delete_chart", "execute_chart")


class ChartFields(FieldsQuery):
    """Fields of a chart."""

    record = ChartRecord


class ChartList(ListQuery):
    """A list of charts, edited last first."""

    record = ChartRecord
    sortable = ("name", "chart_type", "created_at", "updated_at")

    mine: bool = False


@bp.get("/api/charts", responses={200: listed(ChartRecord)})
def list_charts(query: ChartList) -> Response:
    """All charts, or with `mine` one's own."""
    return show(charts.list_charts(signed_in(), mine=query.mine, **query.part), fields=query.chosen)


@bp.post("/api/charts", responses={201: _Chart, **fails(InvalidChartConfig)})
def create_chart(body: ChartBody) -> Response:
    """A new chart (editor).

    `config` is a ChartConfig or, in short, `{"x": "month", "y": "revenue"}`; it is stored in the long form. 422
    `INVALID_CHART_CONFIG` names each wrong field of it; nothing is stored then.
    """
    return show(changes.create_chart(signed_in(), body), status=201)


@bp.get("/api/charts/<id>", responses={200: some_of(ChartRecord)})
def get_chart(path: ById, query: ChartFields) -> Response:
    """One chart. Everybody who is signed in reads every chart."""
    found = charts.get_chart(signed_in(), path.id)
    return show(found, fields=query.chosen, version=found.version)


@bp.put("/api/charts/<id>", responses={200: _Chart, **fails(StaleVersion, InvalidChartConfig)})
def update_chart(path: ById, body: ChartChanges) -> Response:
    """Replace what is sent and keep the rest (its owner, or an admin).

    409 `STALE_VERSION` with `current_version` when somebody saved after the `version` that was sent. Without one the
    change is put on what is stored now.
    """
    return show(changes.change_chart(signed_in(), path.id, body, version=expected_version(body.version)))


@bp.delete("/api/charts/<id>", responses={204: None})
def delete_chart(path: ById) -> Response:
    """Remove a chart, also from its dashboards (its owner, or an admin)."""
    charts.delete_chart(signed_in(), path.id)
    return gone()


@bp.post(
    "/api/charts/<id>/execute",
    responses={
        200: AnswerObject,
        **fails(NotAcceptable, InvalidChartConfig, InvalidQuery, ColumnMissing, DatasetDamaged, *DATABASE),
    },
)
def execute_chart(path: ById, body: ExecuteBody) -> Response:
    """The numbers of a chart, as JSON, CSV, an Arrow stream or Parquet by `Accept`.

    At most `max_query_results` rows; `truncated` (or the header `X-Truncated`) tells that there were more. A chart
    without data, a column that is gone and a filter that does not fit are 422.
    """
    kind = asked_format()
    result = charts.numbers(signed_in(), path.id, filters=body.filters, refresh=body.refresh)
    return respond(of_chart(result), kind)
