"""Source: typed columns that can be scanned. What `query/` knows of data, wherever it lives."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl
import polars.selectors as cs

from vizapp.errors import DatasetDamaged
from vizapp.schemas.base import ColumnType


class Source(Protocol):
    """Anything that can answer a query: it knows its columns and changes `version()` with its data."""

    def columns(self) -> dict[str, ColumnType]:
        """Column name → type, in the order of the data."""
        ...

    def version(self) -> str:
        """Differs whenever the data may differ; part of the key of every remembered answer."""
        ...


class ScanSource(Source, Protocol):
    """A source that polars reads in place, such as a Parquet file."""

    def scan(self) -> pl.LazyFrame:
        """A lazy frame with exactly `columns()`."""
        ...


def named(name: str) -> pl.Expr:
    """The column of exactly this name: `pl.col` reads `*` as all columns, and `^…$` as a pattern for several."""
    return cs.by_name(name).as_expr()


def type_of(dtype: pl.DataType) -> ColumnType:
    """Our type for a polars type; anything we have no charts for is text."""
    if dtype == pl.Boolean:
        return ColumnType.boolean
    if dtype == pl.Date:
        return ColumnType.date
    if isinstance(dtype, pl.Datetime):
        return ColumnType.datetime
    return ColumnType.number if dtype.is_numeric() else ColumnType.string


@dataclass(frozen=True, slots=True)
class FileSource:
    """A Parquet file of ours, named by the hash of its content, so it never changes under its name."""

    path: Path
    content_hash: str

    def columns(self) -> dict[str, ColumnType]:
        """Column name → type, read from the file's footer; raises DatasetDamaged."""
        return {name: type_of(dtype) for name, dtype in self._schema().items()}

    def version(self) -> str:
        """The hash of the content."""
        return self.content_hash

    def scan(self) -> pl.LazyFrame:
        """The whole table, lazily; raises DatasetDamaged when the file is gone or has no readable footer."""
        self._schema()
        # Our names hold no wildcards, but a data folder may.
        return pl.scan_parquet(self.path, glob=False)

    def _schema(self) -> dict[str, pl.DataType]:
        try:
            return dict(pl.scan_parquet(self.path, glob=False).collect_schema())
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as exc:
            # A footer that lies about offsets makes polars panic, which is no PolarsError.
            raise DatasetDamaged(details={"version": self.content_hash}) from exc
