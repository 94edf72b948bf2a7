"""Settle the types of a table: what the file says, what its texts turn out to be, what a person chose."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from vizapp.schemas.base import ColumnType
from vizapp.sources.infer import Typed, distinct_counts, infer_types
from vizapp.sources.plain import as_text
from vizapp.sources.report import ColumnReport, picture
from vizapp.sources.tables import Inferred, Table
from vizapp.sources.types import named, type_of

_TIMES = (ColumnType.date, ColumnType.datetime)


def settle(
    table: Table, overrides: Mapping[str, ColumnType] | None = None, day_first: Mapping[str, bool] | None = None
) -> Typed:
    """Typed columns and a report on each.

    A column that a person gave another type than the file's is read again from its values as text, so that what
    does not fit is counted as it is for CSV.
    """
    chosen, given = overrides or {}, {name: type_of(dtype) for name, dtype in table.frame.schema.items()}
    texts = [name for name, kind in given.items() if _is_open(table, kind) or chosen.get(name, kind) is not kind]
    read = _read(table, texts, chosen, day_first)
    reports = {column.name: column for column in read.columns}
    stay = table.frame.select(named(name) for name in given if name not in reports)
    distinct = distinct_counts(stay) if stay.width else {}
    reports |= {column.name: _as_it_is(column, given[column.name], distinct[column.name]) for column in stay}
    frame = pl.DataFrame([read.frame[name] if name in read.frame.columns else stay[name] for name in given])
    return Typed(frame, tuple(_remarked(reports[name], table) for name in given), read.markers)


def _is_open(table: Table, kind: ColumnType) -> bool:
    return kind is ColumnType.string and table.inferred is not Inferred.nothing


def _read(
    table: Table, names: list[str], chosen: Mapping[str, ColumnType], day_first: Mapping[str, bool] | None
) -> Typed:
    """These columns from their text. Where only dates are looked for, other types are taken back."""
    if not names:
        return Typed(pl.DataFrame(), ())
    frame = pl.DataFrame([_text(table.frame[name]) for name in names])
    found = infer_types(frame, chosen, day_first)
    if table.inferred is Inferred.all:
        return found
    taken = {c.name: ColumnType.string for c in found.columns if c.name not in chosen and c.type not in _TIMES}
    if all(column.type is ColumnType.string for column in found.columns if column.name in taken):
        return found
    return infer_types(frame, {**taken, **chosen}, day_first)


def _text(column: pl.Series) -> pl.Series:
    text = column if column.dtype == pl.String else as_text(column)
    return text.fill_null("")


def _as_it_is(column: pl.Series, kind: ColumnType, distinct: int) -> ColumnReport:
    shown, missing = picture(column), column.null_count()
    return ColumnReport(
        column.name,
        kind,
        missing,
        distinct - (1 if missing else 0),
        samples=shown.samples,
        fits={kind: len(column) - missing, ColumnType.string: len(column) - missing},
        histogram=shown.histogram,
        top=shown.top,
        low=shown.low,
        high=shown.high,
    )


def _remarked(report: ColumnReport, table: Table) -> ColumnReport:
    told = table.remarks.get(report.name, "")
    return replace(report, note=" ".join(filter(None, (told, report.note)))) if told else report
