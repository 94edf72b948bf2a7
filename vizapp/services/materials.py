"""What there is to make a chart of in a database: the columns of a table or a query, judged by some of its rows."""

from dataclasses import dataclass
from functools import partial

import polars as pl

from vizapp.access import Actor
from vizapp.charts.formats import anything
from vizapp.errors import InvalidInput
from vizapp.query import sql_engine
from vizapp.query.plan import Caps
from vizapp.query.run import answer
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate, Aggregation, ChartConfig, DataMapping
from vizapp.schemas.query import Query, Shape
from vizapp.schemas.table import TableName
from vizapp.services import connections
from vizapp.services.origins import Origin, terms
from vizapp.services.runtime import runtime
from vizapp.sources import catalog
from vizapp.sources.sql import SqlSource, find_table

# Rows that are looked at to tell measures from keys and categories.
SAMPLE = 1000
_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Material:
    """A table, or a query, of a connection. `columns` are reports as those of a dataset, of `row_count` rows of it.

    `estimate` is how many rows the database thinks there are, where it says so.
    """

    connection_id: int
    connection_name: str
    table: TableName | None
    columns: list[dict[str, object]]
    row_count: int
    estimate: int | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.table.name if self.table is not None else "SQL query"

    @property
    def types(self) -> dict[str, ColumnType]:
        """Column name → type, in its order."""
        return {str(c["name"]): ColumnType(str(c["type"])) for c in self.columns}


def material(actor: Actor, origin: Origin) -> Material:
    """Of an origin in a connection. Raises NotFound, PermissionDenied, InvalidQuery, DatabaseUnreachable, …."""
    origin.require_use(actor)
    if origin.file is not None:
        raise InvalidInput("Charts on files of an object store are changed over the REST API.")
    row = connections.usable(actor, origin.connection_id or 0)
    source = origin.source()
    if not isinstance(source, SqlSource):
        raise TypeError("a material is of a connection")
    columns, rows = source.database.known(("sample", source.version()), partial(_look, source))
    table, estimate = origin.table if not origin.query else None, None
    if table is not None:
        estimate = find_table(source.database, table).rows
    return Material(row.id, row.name, table, columns, rows, estimate)


def _look(source: SqlSource) -> tuple[list[dict[str, object]], int]:
    kinds = source.kinds()
    frame = sql_engine.fetch(source, Query(columns=tuple(kinds), limit=SAMPLE)).frame
    words = _words(source)
    return [_report(frame[name], kind.type, words.get(name, "")) for name, kind in kinds.items()], frame.height


def _words(source: SqlSource) -> dict[str, str]:
    """Column name → its type as the database writes it; a query's columns have none."""
    if source.table is None:
        return {}
    found = find_table(source.database, source.table)
    with source.database.transaction() as opened:
        described = catalog.columns(opened, source.reader, found)
    return {column.name: column.database_type for column in described}


def _report(values: pl.Series, kind: ColumnType, words: str) -> dict[str, object]:
    there = values.drop_nulls()
    return {
        "name": values.name,
        "type": kind.value,
        "distinct": there.n_unique(),
        "missing": values.null_count(),
        "samples": [anything(value) for value in there.unique(maintain_order=True).head(_SAMPLES)],
        "database_type": words,
    }


def values(actor: Actor, origin: Origin, column: str, *, limit: int = 200) -> tuple[str, ...]:
    """The most frequent values of a column as text, for a filter to choose from. Raises ColumnMissing."""
    origin.require_use(actor)
    count = ChartConfig(
        chart_type="bar",
        data_mapping=DataMapping(x_axis=column),
        aggregation=Aggregation(function=Aggregate.count),
    )
    source, results = origin.source(), runtime().results
    asked = terms(actor, source, count)
    found = answer(source, count, Shape.series, limit=limit, results=results, caps=Caps(x=limit), terms=asked)
    return tuple(str(value) for value in found.frame["x"].drop_nulls().to_list())
