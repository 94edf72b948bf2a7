"""A Parquet file in an object store, read in place: only the columns and row groups that are needed are fetched."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from vizapp.schemas.base import ColumnType
from vizapp.schemas.connection import CloudConfig
from vizapp.sources.cloud.gateway import Gateway, serving
from vizapp.sources.cloud.opened import opened
from vizapp.sources.cloud.store import Item
from vizapp.sources.cloud.wire import Bounds
from vizapp.sources.names import clean_names
from vizapp.sources.plain import is_plain
from vizapp.sources.types import named, type_of

# What one question may fetch.
MAX_FETCHED = 512 * 2**20


@dataclass(frozen=True, slots=True)
class RemoteParquet:
    """The file as it was when it was looked at; `revision` names the connection as it is now."""

    config: CloudConfig = field(repr=False)
    bounds: Bounds
    item: Item
    revision: str
    schema: Mapping[str, ColumnType] = field(default_factory=dict)
    most: int = MAX_FETCHED

    def columns(self) -> dict[str, ColumnType]:
        """Column name → type, as they were found."""
        return dict(self.schema)

    def version(self) -> str:
        """Another one for another connection, file or content."""
        return version_of(self.revision, self.item)

    @contextmanager
    def served(self) -> Iterator[Gateway]:
        """An address of this machine that serves it."""
        with opened(self.config, self.bounds) as store, serving(store, self.item, most=self.most) as gateway:
            yield gateway


def version_of(revision: str, item: Item) -> str:
    """Differs whenever connection, file or content do."""
    parts = (revision, item.key, item.tag, str(item.size))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ServedParquet:
    """A Parquet file at an address, with our names and types; columns of types we have no charts for are left out."""

    url: str

    def columns(self) -> dict[str, ColumnType]:
        """Column name → type."""
        return {name: type_of(dtype) for name, dtype in self.scan().collect_schema().items()}

    def version(self) -> str:
        """Nobody remembers an answer by it."""
        return ""

    def scan(self) -> pl.LazyFrame:
        """The whole table, lazily."""
        lazy = pl.scan_parquet(self.url, glob=False, hive_partitioning=False, credential_provider=None)
        schema = lazy.collect_schema()
        names, _ = clean_names(schema.names())
        return lazy.select(
            _ours(named(name), dtype).alias(ours)
            for (name, dtype), ours in zip(schema.items(), names, strict=True)
            if is_plain(dtype) or isinstance(dtype, pl.Categorical | pl.Enum)
        )


def _ours(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """The column as `sources/ours.py` would make it, without a look at its values first."""
    if isinstance(dtype, pl.Datetime):
        moments = column if dtype.time_zone is None else column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        # The ends of Python's calendar.
        return _within(moments.cast(pl.Datetime("us")), pl.lit(datetime.min), pl.lit(datetime.max))  # noqa: DTZ901
    if dtype == pl.Date:
        return _within(column, pl.lit(date.min), pl.lit(date.max))
    if dtype.is_float():
        return pl.when(column.is_finite()).then(column.cast(pl.Float64))
    if dtype.is_decimal() or dtype in (pl.UInt64, pl.Int128, pl.UInt128):
        return column.cast(pl.Float64)
    if dtype.is_integer():
        return column.cast(pl.Int64)
    return column.cast(pl.String) if isinstance(dtype, pl.Categorical | pl.Enum) else column


def _within(values: pl.Expr, low: pl.Expr, high: pl.Expr) -> pl.Expr:
    return pl.when(values.is_between(low, high)).then(values)
