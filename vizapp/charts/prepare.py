"""One shape of frame for all builders: finite numbers, dates without zones, everything else text."""

import numpy as np
import polars as pl

from vizapp.charts.formats import anything
from vizapp.charts.text import MISSING
from vizapp.schemas.query import Shape

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]

_CALENDARS = (
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    ("january", "february", "march", "april", "may", "june", "july",
     "august", "september", "october", "november", "december"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
)  # fmt: skip


def prepared(frame: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    """The frame of an answer, ready to draw. Tables keep their columns as they are."""
    if shape is Shape.rows:
        return frame
    columns = [measure(frame["y"]).alias("y")]
    if "x" in frame.columns:
        columns.insert(0, axis(frame["x"]).alias("x"))
    if "series" in frame.columns:
        columns.append(labels(frame["series"]).alias("series"))
    return pl.DataFrame(columns)


def without_place(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Without rows whose x is missing, where x is a date or a number, and how many they were."""
    if "x" not in frame.columns or frame["x"].dtype == pl.String:
        return frame, 0
    kept = frame.filter(pl.col("x").is_not_null())
    return kept, frame.height - kept.height


def measure(values: pl.Series) -> pl.Series:
    """Floats with null for everything that is not a finite number."""
    if values.dtype.is_nested() or values.dtype in (pl.Binary, pl.Object):
        return pl.Series(values.name, [None] * len(values), dtype=pl.Float64)
    floats = (
        values.cast(pl.Float64, strict=False)
        if not values.dtype.is_temporal()
        else values.cast(pl.Int64).cast(pl.Float64)
    )
    return floats.set(~floats.is_finite().fill_null(value=False), None)


def axis(values: pl.Series) -> pl.Series:
    """Dates, numbers, or text: what an axis can place."""
    if values.dtype in (pl.Date, pl.Datetime):
        return values.dt.replace_time_zone(None) if isinstance(values.dtype, pl.Datetime) else values
    return measure(values) if values.dtype.is_numeric() else labels(values)


def labels(values: pl.Series) -> pl.Series:
    """Categories as text, null as an em dash."""
    if values.dtype == pl.String:
        return values.fill_null(MISSING)
    return pl.Series(values.name, [anything(value) for value in values.to_list()], dtype=pl.String)


def calendar_order(names: list[str]) -> list[str] | None:
    """Weekdays and months in calendar order when that is what the names are."""
    if len(names) < 2:
        return None
    for calendar in _CALENDARS:
        if all(name.lower() in calendar for name in names):
            return sorted(names, key=lambda name: calendar.index(name.lower()))
    return None


def numbers(values: pl.Series) -> Floats:
    """A float array with NaN for gaps: what plotly carries as base64."""
    return values.cast(pl.Float64).to_numpy()


def instants(values: pl.Series) -> Floats:
    """Dates as milliseconds since 1970, which a date axis of plotly reads: a tenth of the cost of ISO text."""
    return values.cast(pl.Datetime("ms")).to_physical().cast(pl.Float64).to_numpy()
