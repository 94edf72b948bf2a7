"""Answers as data: the names and types a script wants, and the bytes of each format it can ask for."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from vizapp.charts import registry
from vizapp.exports.frames import Format, json_pieces, json_rows, pieces, plain
from vizapp.schemas.chart import Aggregate
from vizapp.schemas.query import Measure, Shape
from vizapp.services.charts import ChartNumbers
from vizapp.sources.types import type_of

EMPTY = "No rows match. Widen the filters, or look whether the data holds anything."
_COUNTS = (Aggregate.count, Aggregate.count_distinct)


@dataclass(frozen=True, slots=True)
class AnswerData:
    """An answer as rows under names that are unique and stay the same from one call to the next.

    `truncated` tells that the cap on rows cut it; `key` names the question and the data, see `Answer`.
    """

    frame: pl.DataFrame
    title: str
    truncated: bool
    cached: bool
    elapsed_ms: float
    as_of: datetime
    key: str

    def head(self) -> dict[str, object]:
        """Everything but the rows, in the contract's names."""
        frame = plain(self.frame.head(0))
        told: dict[str, object] = {
            "columns": frame.columns,
            "columnTypes": {name: type_of(dtype).value for name, dtype in frame.schema.items()},
            "rowCount": self.frame.height,
            "truncated": self.truncated,
            "cached": self.cached,
            "elapsedMs": round(self.elapsed_ms, 1),
            "dataAsOf": self.as_of.isoformat(),
        }
        return told if self.frame.height else told | {"message": EMPTY}

    def wire(self) -> dict[str, object]:
        """The contract's object, rows included."""
        return self.head() | {"rows": json_rows(self.frame)}

    def pieces(self, kind: Format) -> Iterator[bytes]:
        """The answer in that format, piece by piece; only JSON says more than the rows."""
        return json_pieces(self.head(), self.frame) if kind is Format.json else pieces(self.frame, kind)

    def tag(self, kind: Format) -> str:
        """The same text for the same answer in the same format: an ETag without its quotes.

        What a database holds is not in `key`, so an answer that was asked anew is another one.
        """
        parts = [self.key, self.as_of.isoformat(), kind.name, *self.frame.columns]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def of_chart(result: ChartNumbers) -> AnswerData:
    """What a chart shows, under the names of its data's columns."""
    found = result.answer
    return AnswerData(
        frame=found.frame.rename(_names(result)),
        title=result.title,
        truncated=found.truncated,
        cached=found.cached,
        elapsed_ms=found.elapsed_ms,
        as_of=found.as_of,
        key=found.key,
    )


def _names(result: ChartNumbers) -> dict[str, str]:
    """The frame's names → those of the data; tables have their own already."""
    shape, query = registry.get(result.config.chart_type).shape, result.answer.query
    if shape is Shape.rows:
        return {}
    if shape is Shape.points:
        mapping = result.config.data_mapping
        meant = {"x": mapping.x_axis, "y": mapping.y_axis, "series": mapping.series}
    else:
        meant = {group.name: group.column for group in query.groups}
        meant |= {measure.name: _measured(measure) for measure in query.measures}
    names: dict[str, str] = {}
    for column in result.answer.frame.columns:
        names[column] = _free(meant.get(column) or column, set(names.values()))
    return names


def _measured(measure: Measure) -> str:
    """The column's name where the number is in its unit, else what was counted: `count`, `count_customer`."""
    if measure.column is None:
        return "count"
    return f"{measure.function}_{measure.column}" if measure.function in _COUNTS else measure.column


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
