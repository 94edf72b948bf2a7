"""The draft of a chart: everything the wizard knows, in one closed value that travels in one dcc.Store.

It comes back from the browser with every call, so it is parsed, never trusted.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field

from vizapp.errors import InvalidInput
from vizapp.schemas.base import ColumnName, Strict
from vizapp.schemas.chart import MAX_FILTERS, ChartConfig, Filter, Operator, Scalar
from vizapp.schemas.content import Id
from vizapp.schemas.records import ChartRecord
from vizapp.services.origins import Origin

STEPS = ("Data", "Chart type", "Mapping", "Appearance", "Save")
TYPE, MAPPING, LOOK, SAVE = 2, 3, 4, 5
FILTERS = "dataMapping.filters"


class DraftFilter(Strict):
    """A filter while it is being made: it may not have its value yet."""

    column: ColumnName
    operator: Operator = Operator.eq
    value: Scalar | Annotated[list[Scalar], Field(max_length=1000)] | None = None

    def finished(self) -> Filter | None:
        """The filter, when its value fits its operator."""
        if self.value in ("", []):
            return None
        try:
            return Filter.parse(self.wire())
        except InvalidInput:
            return None


class Draft(Strict):
    """`config` never holds filters, they are in `filters`; `wrong` are entries that were refused, by field.

    Its data is a dataset, or what `query` or the table of the config is in a connection.

    `applied` numbers the last edit in it, `asked` the one that opened the saving dialogue, `changes`
    counts those since the draft began. `name` is None until somebody typed one.
    """

    key: Annotated[str, Field(max_length=80)]
    dataset_id: Id | None = None
    connection_id: Id | None = None
    query: Annotated[str, Field(max_length=20_000)] | None = None
    chart_id: Id | None = None
    version: Annotated[int, Field(ge=1)] | None = None
    config: ChartConfig
    filters: Annotated[list[DraftFilter], Field(max_length=MAX_FILTERS)] = []
    name: Annotated[str, Field(max_length=500)] | None = None
    description: Annotated[str, Field(max_length=5000)] = ""
    step: Annotated[int, Field(ge=1, le=len(STEPS))] = MAPPING
    view: Literal["chart", "data"] = "chart"
    applied: Annotated[int, Field(ge=0)] = 0
    asked: Annotated[int, Field(ge=0)] = 0
    changes: Annotated[int, Field(ge=0)] = 0
    wrong: Annotated[dict[str, str], Field(max_length=20)] = {}

    @classmethod
    def of_config(cls, config: ChartConfig, **more: Any) -> Self:
        """A draft of `config`, its filters moved to where they may be unfinished."""
        filters = [DraftFilter.parse(item.wire()) for item in config.data_mapping.filters]
        return cls(config=_with_filters(config, []), filters=filters, **more)

    @classmethod
    def of_chart(cls, chart: ChartRecord, key: str) -> Self:
        """A draft that changes a saved chart."""
        config = ChartConfig.parse(chart.config)
        known = {"chart_id": chart.id, "version": chart.version, "dataset_id": chart.dataset_id}
        known |= {"connection_id": chart.data_source_id, "query": chart.query}
        return cls.of_config(config, key=key, name=chart.name, description=chart.description, **known)

    @property
    def origin(self) -> Origin:
        """Where its data is."""
        return Origin(self.dataset_id, self.connection_id, self.query, self.config.table, file=self.config.file)

    def moved(self, to: Origin) -> Self:
        """The same chart of other data."""
        config = self.config.model_copy(update={"table": to.table})
        place = {"dataset_id": to.dataset_id, "connection_id": to.connection_id, "query": to.query}
        return self.model_copy(update={**place, "config": config})

    def finished(self) -> ChartConfig:
        """The config with the filters that have their values."""
        return _with_filters(self.config, [found for item in self.filters if (found := item.finished())])

    def unfinished(self) -> dict[str, str]:
        """A sentence for each filter that still lacks its value, by path."""
        return {
            f"{FILTERS}.{index}.value": "Fill in both ends" if item.operator is Operator.between else "Choose a value"
            for index, item in enumerate(self.filters)
            if item.finished() is None
        }

    def place_of(self, path: str) -> str:
        """A path into `finished()` as a path into this draft: unfinished filters are not counted there."""
        rest = path.removeprefix(f"{FILTERS}.")
        number, _, field = rest.partition(".")
        if rest == path or not number.isdecimal():
            return path
        kept = [index for index, item in enumerate(self.filters) if item.finished() is not None]
        return f"{FILTERS}.{kept[int(number)]}.{field}" if int(number) < len(kept) else path


def _with_filters(config: ChartConfig, filters: list[Filter]) -> ChartConfig:
    mapping = config.data_mapping.model_copy(update={"filters": filters})
    return config.model_copy(update={"data_mapping": mapping})
