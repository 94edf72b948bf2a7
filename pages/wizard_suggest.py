"""Which charts suit the data: recommendations with their reasons, and why a type does not suit."""

from collections.abc import Mapping
from typing import Any

from pages.wizard_data import Data
from pages.wizard_draft import Draft
from vizapp.charts import recommend
from vizapp.charts.recommend import ColumnProfile, Recommendation
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import ChartConfig

SHOWN = 3


def first(dataset: Data) -> ChartConfig:
    """What is drawn before anybody chose anything: the best recommendation, else the rows as they are."""
    found = recommend.recommend(_profile(dataset))
    if found:
        return found[0].config
    return ChartConfig.parse({"chartType": "table", "dataMapping": {"columns": list(dataset.types)[:10]}})


def suggestions(dataset: Data, draft: Draft) -> list[Recommendation]:
    """At most three, the best first, from the columns that are in use."""
    return recommend.recommend(_profile(dataset), chosen(draft.config))[:SHOWN]


def chosen(config: ChartConfig) -> list[str]:
    """The columns a config shows, each once."""
    mapping = config.data_mapping
    names = [mapping.x_axis, mapping.y_axis, mapping.series, *mapping.columns, *(m.column for m in mapping.measures)]
    return list(dict.fromkeys(name for name in names if name))


def refusals(dataset: Data, draft: Draft) -> Mapping[str, str]:
    """Chart type → why it does not suit what is chosen."""
    return recommend.refusals(draft.finished(), _profile(dataset))


def title(config: ChartConfig) -> str:
    """A name that says measure and dimension."""
    return recommend.suggest_title(config)[:100]


def _profile(dataset: Data) -> list[ColumnProfile]:
    return [_column(column, dataset.row_count) for column in dataset.columns]


def _column(report: Mapping[str, Any], rows: int) -> ColumnProfile:
    return ColumnProfile(
        name=str(report["name"]),
        type=ColumnType(report["type"]),
        distinct=int(report.get("distinct", 0)),
        missing=int(report.get("missing", 0)) + int(report.get("failed", 0)),
        rows=rows,
        sample=tuple(str(value) for value in report.get("samples", ())),
    )
