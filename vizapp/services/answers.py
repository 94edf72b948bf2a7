"""The answer behind a picture as a table: what the Data tab shows, and what screen readers can walk through."""

from vizapp.charts.formats import anything, full, moment
from vizapp.charts.text import clip, tidy
from vizapp.charts.words import human, measure
from vizapp.schemas.chart import Grain
from vizapp.schemas.view import Column, TableView
from vizapp.services.charts import ChartResult
from vizapp.services.formats import AnswerData

MAX_ROWS = 500
_CELL_CHARS = 200


def table_of(result: ChartResult, *, rows: int = MAX_ROWS) -> TableView:
    """The first `rows` rows of the answer under readable names, cells as text."""
    frame = result.answer.frame.head(rows)
    names = {"x": _axis(result), "series": human(result.config.data_mapping.series or "series"), "y": _value(result)}
    grain = result.answer.facts.grain
    kinds = frame.schema.items()
    columns = tuple(Column(tidy(names.get(name, name)), numeric=kind.is_numeric()) for name, kind in kinds)
    texts = [
        [_text(value, numeric=kind.is_numeric(), grain=grain if kind.is_temporal() else None) for value in frame[name]]
        for name, kind in kinds
    ]
    return TableView(columns=columns, rows=tuple(zip(*texts, strict=True)))


def preview_of(data: AnswerData, *, rows: int = MAX_ROWS) -> TableView:
    """The first `rows` rows of an answer under its own names, cells as text."""
    frame = data.frame.head(rows)
    kinds = frame.schema.items()
    columns = tuple(Column(tidy(name), numeric=kind.is_numeric()) for name, kind in kinds)
    texts = [[_text(value, numeric=kind.is_numeric(), grain=None) for value in frame[name]] for name, kind in kinds]
    return TableView(columns=columns, rows=tuple(zip(*texts, strict=True)))


def _axis(result: ChartResult) -> str:
    name = human(result.config.data_mapping.x_axis or "x")
    grain = result.answer.facts.grain
    return f"{name}, by {grain.value}" if grain else name


def _value(result: ChartResult) -> str:
    raw = not result.answer.query.is_aggregate and result.config.data_mapping.y_axis
    return human(str(raw)) if raw else measure(result.config)


def _text(value: object, *, numeric: bool, grain: Grain | None) -> str:
    if numeric:
        return full(value)
    return moment(value, grain) if grain is not None else clip(tidy(anything(value)), _CELL_CHARS)
