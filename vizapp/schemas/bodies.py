"""What programs send to make, change, run and share charts and dashboards, in the column names of the contract.

A change carries only what is to change. `onto` puts it on what is stored and gives the whole, which is checked and
saved as the pages save it.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from vizapp.errors import InvalidChartConfig, InvalidInput
from vizapp.schemas.base import WHOLE, ColumnName, ColumnType, Description, Fits, Input, JsonId, Name, Whole
from vizapp.schemas.chart import MAX_FILTERS, ChartConfig, Filter
from vizapp.schemas.content import ChartInput, DashboardInput
from vizapp.schemas.dashboard import MAX_TILES, DashboardLayout, Position
from vizapp.schemas.records import ChartRecord, DashboardRecord

_CHART: dict[str, Any] = {
    "name": "Revenue by month",
    "chart_type": "bar",
    "config": {"x": "month", "y": "revenue"},
    "dataset_id": 4,
}
# The most columns a file can have, see vizapp/sources/limits.py.
_FILE_COLUMNS = 500
_PLACED: dict[str, Any] = {"chart_id": 1, "position": {"x": 0, "y": 0, "w": 6, "h": 3}}


class LongConfig(ChartConfig):
    """A ChartConfig whose type may be said by `chart_type` beside it."""

    chart_type: Annotated[str, Field(max_length=50)] = ""


class ShortConfig(BaseModel):
    """A chart in short: the columns of the x and the y axis, and the one that makes the series.

    What else a long one has may stand beside them. It is a bar chart unless said otherwise.
    """

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["x"]}, {"required": ["y"]}]})

    x: ColumnName | None = None
    y: ColumnName | None = None
    series: ColumnName | None = None


# Kept as it came: what is wrong in it is told by another code than the rest of the body.
ConfigJson = Annotated[dict[str, Any], Fits(LongConfig | ShortConfig)]
TypeName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=50,
        description="The same as `chartType` of the config, which may then be left out.",
        json_schema_extra={"example": "bar"},
    ),
]
Sql = Annotated[str, Field(max_length=20_000)]
Version = Annotated[
    int, Field(ge=1, le=2**31 - 1, description="The version this change was made from; or If-Match."), WHOLE
]


class ChartBody(Input):
    """A new chart. Its data is a dataset or a connection; without any it cannot be executed yet."""

    model_config = ConfigDict(json_schema_extra={"example": _CHART})

    name: Name
    description: Description = ""
    chart_type: TypeName | None = None
    config: ConfigJson
    dataset_id: JsonId | None = None
    data_source_id: JsonId | None = None
    query: Sql | None = None

    def whole(self) -> ChartInput:
        """The chart this makes; raises InvalidChartConfig or InvalidInput."""
        config = _config(self.config, self.chart_type, self.chart_type)
        return ChartInput.parse({**self.model_dump(exclude={"chart_type"}), "config": config})


class ChartChanges(Input):
    """What is to change of a chart; what is left out stays, and `config` is replaced as a whole.

    Another `chart_type` alone keeps the config but for its `options`, which belong to one type. `null` takes
    `dataset_id`, `data_source_id` and `query` away, and means nothing elsewhere.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Revenue", "version": 1}})

    name: Name | None = None
    description: Description | None = None
    chart_type: TypeName | None = None
    config: ConfigJson | None = None
    dataset_id: JsonId | None = None
    data_source_id: JsonId | None = None
    query: Sql | None = None
    version: Version | None = None

    def onto(self, stored: ChartRecord) -> ChartInput:
        """The whole chart with these changes; raises InvalidChartConfig or InvalidInput."""
        config: object = stored.config
        if self.config is not None:
            config = _config(self.config, self.chart_type, stored.chart_type)
        elif self.chart_type not in (None, stored.chart_type):
            # Options belong to one type.
            config = _config({**stored.config, "chartType": self.chart_type, "options": {}}, self.chart_type, None)
        kept = _merged(self, stored, ("name", "description"))
        data = _merged(self, stored, ("dataset_id", "data_source_id", "query"), clear=True)
        return ChartInput.parse({**kept, **data, "config": config})


def _config(sent: Mapping[str, Any], chart_type: str | None, otherwise: str | None) -> ChartConfig:
    named = sent.get("chartType")
    if chart_type is not None and named not in (None, chart_type):
        raise InvalidChartConfig.of({"chart_type": f"is {chart_type}, but config.chartType is {str(named)[:50]}"})
    kind = {"chartType": chart_type or otherwise} if chart_type or otherwise else {}
    try:
        return ChartConfig.parse({**kind, **sent}, error=InvalidChartConfig)
    except InvalidChartConfig as exc:
        raise in_config(exc) from exc


def in_config(error: InvalidChartConfig, chart_type: str | None = None) -> InvalidChartConfig:
    """The same error with fields named by their place in the body; the type's is where it was sent."""
    names = {"chartType": "chart_type" if chart_type else "config.chartType", "body": "config"}
    return InvalidChartConfig.of({names.get(path, f"config.{path}"): why for path, why in error.fields.items()})


def _merged(changes: BaseModel, stored: BaseModel, names: tuple[str, ...], *, clear: bool = False) -> dict[str, object]:
    """What was sent, else what is stored; with `clear` a null counts as sent."""
    given = {name: getattr(changes, name) for name in names if name in changes.model_fields_set}
    kept = {name: value for name, value in given.items() if clear or value is not None}
    return {name: kept.get(name, getattr(stored, name)) for name in names}


class Placed(Input):
    """A chart and where it is to stand."""

    chart_id: JsonId
    position: Position


Placing = Annotated[list[Placed], Field(max_length=MAX_TILES, description="Takes the place of the layout's items.")]


class DashboardBody(Input):
    """A new dashboard. `{"rows": []}` and other foreign layouts mean an empty grid."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Sales", "charts": [_PLACED]}})

    name: Name
    description: Description = ""
    layout: DashboardLayout = DashboardLayout()
    charts: Placing | None = None

    def whole(self) -> DashboardInput:
        """The dashboard this makes; raises InvalidInput."""
        layout = self.layout if self.charts is None else _placed(self.layout, self.charts)
        return DashboardInput(name=self.name, description=self.description, layout=layout)


class DashboardChanges(Input):
    """What is to change of a dashboard; what is left out, or null, stays. `charts` and `layout` are replaced whole.

    With `charts` alone the grid's columns, row height and settings stay; with both, `charts` is what stands on it.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"charts": [_PLACED], "version": 1}})

    name: Name | None = None
    description: Description | None = None
    layout: DashboardLayout | None = None
    charts: Placing | None = None
    version: Version | None = None

    def onto(self, stored: DashboardRecord) -> DashboardInput:
        """The whole dashboard with these changes; raises InvalidInput."""
        layout = self.layout or DashboardLayout.parse(stored.layout)
        if self.charts is not None:
            layout = _placed(layout, self.charts)
        return DashboardInput.parse({**_merged(self, stored, ("name", "description")), "layout": layout})


def _placed(layout: DashboardLayout, charts: list[Placed]) -> DashboardLayout:
    items = [{"chartId": placed.chart_id, "position": placed.position} for placed in charts]
    try:
        return DashboardLayout.parse({**layout.wire(), "items": items})
    except InvalidInput as exc:
        raise in_charts(exc) from exc


def in_charts(error: InvalidInput) -> InvalidInput:
    """The same error about the layout's items, in the names that `charts` has."""
    said = {path.removeprefix("layout."): why for path, why in error.fields.items()}
    names = {"body": "charts"}
    return InvalidInput.of({names.get(path, _as_charts(path)): _as_charts(why) for path, why in said.items()})


def _as_charts(text: str) -> str:
    return text.replace("items.", "charts.").replace("chartId", "chart_id")


class DatasetChanges(Input):
    """What is to change of a dataset.

    `types` gives columns another type (`{"zip": "string"}`), the rest keep theirs; `day_first` says of a column of
    dates whether `03/04` is the third of April.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Orders"}})

    name: Name | None = None
    types: Annotated[dict[ColumnName, ColumnType], Field(max_length=_FILE_COLUMNS)] | None = None
    day_first: Annotated[dict[ColumnName, StrictBool], Field(max_length=_FILE_COLUMNS)] | None = None


class _Optional(Input):
    """A body that may be left out, when all of it has defaults."""

    # Read by flask-openapi3.
    model_config = ConfigDict(openapi_extra={"required": False})  # type: ignore[typeddict-unknown-key]

    @model_validator(mode="before")
    @classmethod
    def _nothing_sent(cls, data: object) -> object:
        return {} if data is None else data


class ShareBody(_Optional):
    """How long a link is to be good: until revoked when nothing is said."""

    model_config = ConfigDict(json_schema_extra={"example": {"expires_in_days": 30}})

    expires_in_days: Annotated[int, Field(ge=1, le=3650), WHOLE] | None = None


class ExecuteBody(_Optional):
    """How to run a chart; may be left out."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"filters": [{"column": "region", "operator": "eq", "value": "North"}]}}
    )

    filters: Annotated[
        list[Filter], Field(max_length=MAX_FILTERS, description="Conditions besides those of the chart.")
    ] = []
    refresh: Annotated[StrictBool, Field(description="Compute again what is remembered.")] = False


class SettingBody(Input):
    """The new value of a setting."""

    model_config = ConfigDict(json_schema_extra={"example": {"value": 100}})

    value: Whole | None = Field(description="`null` goes back to the default.")
