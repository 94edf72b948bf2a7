"""A table of formatted cells: bars for the first measure, em dashes for nothing, a total where it is true."""

import polars as pl
from pydantic import Field

from vizapp.charts.entries import NUMBERS, Slot, chart
from vizapp.charts.formats import alike, decimals, fixed, full, moment
from vizapp.charts.options import parse_options
from vizapp.charts.prepare import labels, measure
from vizapp.charts.text import MISSING, clip, listed, tidy
from vizapp.charts.theme import Theme
from vizapp.charts.words import ADDITIVE, OTHER, human
from vizapp.schemas.base import ColumnType, Strict
from vizapp.schemas.chart import Aggregate, ChartConfig
from vizapp.schemas.query import Facts, Shape
from vizapp.schemas.view import Column, Picture, TableView

MAX_ROWS = 500
# A cell is one line; the whole text is in the export.
CELL_CHARS = 200


class TableOptions(Strict):
    """What a table adds to its cells."""

    bars: bool = Field(True, title="Bars", description="Draw the first measure as bars in its cells")
    total: bool = Field(True, title="Total", description="A last row that adds up what can be added")


@chart(
    "table",
    label="Table",
    icon="table",
    shape=Shape.rows,
    slots=(
        Slot("columns", "Columns", many=True, hint="Shown as they are, or grouped when there are measures"),
        Slot("measures", "Measures", NUMBERS, measure=True, many=True, hint="Numbers for each group"),
    ),
    options=TableOptions,
    max_x=MAX_ROWS,
    max_points=MAX_ROWS,
)
def table(config: ChartConfig, frame: pl.DataFrame, facts: Facts, theme: Theme) -> Picture:  # noqa: ARG001 - a builder's signature
    """Rows as text, numbers in full and on the right."""
    options = parse_options(TableOptions, config.options)
    shown = frame.head(MAX_ROWS)
    first = frame.width - len(_functions(config))
    barred = first if options.bars and _can_bar(shown, first) else None
    columns = tuple(
        Column(tidy(name), numeric=_is_number(dtype), bar=index == barred, optional=index > 3)
        for index, (name, dtype) in enumerate(shown.schema.items())
    )
    view = TableView(
        columns=columns,
        rows=_rows(shown, facts, first),
        shares=_shares(shown, barred),
        total=_total(config, frame, facts, first) if options.total else None,
    )
    return Picture(table=view, subtitle=_subtitle(config, frame, facts), summary=_summary(view), notes=_notes(frame))


def _functions(config: ChartConfig) -> list[Aggregate]:
    """The functions of the measure columns, which stand last; none when rows are shown as they are."""
    measures = config.data_mapping.measures
    return [item.function for item in measures] or ([config.aggregation.function] if config.aggregation else [])


def _can_bar(frame: pl.DataFrame, first: int) -> bool:
    return 0 <= first < frame.width and _is_number(frame.dtypes[first])


def _is_number(dtype: pl.DataType) -> bool:
    return dtype.is_numeric()


def _rows(frame: pl.DataFrame, facts: Facts, first: int) -> tuple[tuple[str, ...], ...]:
    kinds = dict(facts.types)
    texts = [
        _texts(frame[name], facts, kinds.get(name), is_group=index < first, aggregated=first < frame.width)
        for index, name in enumerate(frame.columns)
    ]
    return tuple(zip(*texts, strict=True)) if texts else ()


def _texts(values: pl.Series, facts: Facts, kind: ColumnType | None, *, is_group: bool, aggregated: bool) -> list[str]:
    if values.dtype.is_numeric():
        return alike(values.to_list())
    if values.dtype in (pl.Date, pl.Datetime):
        grain = facts.grain if is_group and aggregated and kind is not ColumnType.string else None
        return [moment(value, grain) for value in values.to_list()]
    return [clip(tidy(text), CELL_CHARS) for text in labels(values).to_list()]


def _shares(frame: pl.DataFrame, barred: int | None) -> tuple[tuple[float | None, ...], ...]:
    """The bar's length per cell; Other and negative values have none, so that the scale stays true."""
    if barred is None:
        return ()
    values = measure(frame.to_series(barred)).to_list()
    rest = [str(value) == OTHER for value in frame.to_series(0).to_list()] if barred else [False] * len(values)
    top = max((v for v, other in zip(values, rest, strict=True) if v is not None and not other), default=0.0)
    found = [
        v / top if v is not None and v >= 0 and top > 0 and not other else None
        for v, other in zip(values, rest, strict=True)
    ]
    return tuple(tuple(share if index == barred else None for index in range(frame.width)) for share in found)


def _total(config: ChartConfig, frame: pl.DataFrame, facts: Facts, first: int) -> tuple[str, ...] | None:
    """Sums and counts over all groups, with the decimals of their column; only when every group is here."""
    adds = [function in ADDITIVE for function in _functions(config)]
    if not (first > 0 and any(adds)) or frame.height < 2 or facts.truncated:
        return None
    sums = [_sum(frame.to_series(first + i)) if add else MISSING for i, add in enumerate(adds)]
    return (f"All {full(frame.height)}", *("" for _ in range(first - 1)), *sums)


def _sum(column: pl.Series) -> str:
    return fixed(measure(column).sum(), decimals(column.head(MAX_ROWS).to_list()))


def _subtitle(config: ChartConfig, frame: pl.DataFrame, facts: Facts) -> str:
    if config.styling.subtitle is not None:
        return config.styling.subtitle
    known = facts.matched if not _functions(config) else facts.x_total
    if known is not None and known > min(frame.height, MAX_ROWS):
        return f"{full(min(frame.height, MAX_ROWS))} of {full(known)} rows"
    groups = [human(name) for name in config.data_mapping.columns[:3]]
    return f"{full(frame.height)} {'row' if frame.height == 1 else 'rows'}" + (
        f", by {listed(groups)}" if groups and _functions(config) else ""
    )


def _summary(view: TableView) -> str:
    names = [column.name for column in view.columns[:6]]
    return f"Table of {full(len(view.rows))} {'row' if len(view.rows) == 1 else 'rows'} with {listed(names)}."


def _notes(frame: pl.DataFrame) -> tuple[str, ...]:
    if frame.height <= MAX_ROWS:
        return ()
    return (f"The first {MAX_ROWS} of {full(frame.height)} rows are shown; an export has them all.",)
