"""ColumnReport: what was understood of one column, and the picture of its values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from vizapp.schemas.base import ColumnType

BINS = 20
# Enough rows for the shape of a distribution; the whole column would cost more than reading it.
_PICTURE_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Failure:
    """A value that did not fit its column's type: `row` counts data rows from 1."""

    row: int
    value: str


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """One column after intake.

    `missing` counts empty values and missing markers, `failed` values that became null because they
    do not fit `type`; `fits` says how many values would fit each type (exact for the chosen one,
    estimated from a sample for the others); `histogram` holds 20 counts from `low` to `high`, or the
    counts of the `top` values of a text or boolean column (from at most 50,000 rows).
    """

    name: str
    type: ColumnType
    missing: int = 0
    distinct: int = 0
    failed: int = 0
    failed_examples: tuple[Failure, ...] = ()
    samples: tuple[str, ...] = ()
    format: str = ""
    ambiguous: bool = False
    note: str = ""
    fits: Mapping[ColumnType, int] = field(default_factory=dict)
    histogram: tuple[int, ...] = ()
    top: tuple[str, ...] = ()
    low: str = ""
    high: str = ""

    def wire(self) -> dict[str, object]:
        """Plain JSON data, snake_case."""
        return {
            "name": self.name,
            "type": self.type.value,
            "missing": self.missing,
            "distinct": self.distinct,
            "failed": self.failed,
            "failed_examples": [{"row": f.row, "value": f.value} for f in self.failed_examples],
            "samples": list(self.samples),
            "format": self.format,
            "ambiguous": self.ambiguous,
            "note": self.note,
            "fits": {kind.value: count for kind, count in self.fits.items()},
            "histogram": list(self.histogram),
            "top": list(self.top),
            "low": self.low,
            "high": self.high,
        }


@dataclass(frozen=True, slots=True)
class Picture:
    """The distribution part of a report."""

    histogram: tuple[int, ...] = ()
    top: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    samples: tuple[str, ...] = ()


def picture(column: pl.Series) -> Picture:
    """Histogram, extremes and first distinct values of a typed column."""
    step = -(-len(column) // _PICTURE_ROWS) or 1
    values = (column.gather_every(step) if step > 1 else column).drop_nulls()
    if values.is_empty():
        return Picture()
    samples = tuple(_shown(value) for value in _first_distinct(column))
    if column.dtype in (pl.String, pl.Boolean):
        counts = values.value_counts(sort=True).head(BINS)
        top = tuple(_shown(value) for value in counts[:, 0])
        return Picture(tuple(counts[:, 1].to_list()), top, samples=samples)
    low, high = column.min(), column.max()
    numbers = values.to_physical().to_numpy().astype(np.float64)
    bounds = pl.Series([low, high], dtype=column.dtype).to_physical().to_numpy().astype(np.float64)
    return Picture(_binned(numbers, bounds), (), _shown(low), _shown(high), samples)


def _binned(numbers: npt.NDArray[np.float64], bounds: npt.NDArray[np.float64]) -> tuple[int, ...]:
    """Counts in bins of equal width. Halves are compared, because a full span may exceed a float."""
    low, high = float(bounds[0]) / 2, float(bounds[1]) / 2
    share = (numbers / 2 - low) / (high - low) if high > low else np.zeros(len(numbers))
    places = np.clip(np.nan_to_num(share * BINS), 0, BINS - 1).astype(np.int64)
    return tuple(int(count) for count in np.bincount(places, minlength=BINS))


def _first_distinct(column: pl.Series, count: int = 4) -> list[object]:
    return column.head(1000).drop_nulls().unique(maintain_order=True).head(count).to_list() or (
        column.drop_nulls().head(1).to_list()
    )


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f"{value:.15g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 100 else text[:99] + "…"
