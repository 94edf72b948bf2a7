"""Where the data of a chart comes from: a dataset, a table or file of a connection, or a person's SELECT there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from vizapp.access import Actor, Permission, may_use, require
from vizapp.errors import MissingField, PermissionDenied
from vizapp.query import guard
from vizapp.query.results import Terms
from vizapp.query.run import Answering
from vizapp.schemas.chart import ChartConfig, Filter
from vizapp.schemas.cloud import CloudFile
from vizapp.schemas.records import ChartRecord
from vizapp.schemas.table import TableName
from vizapp.services import connections, rows, stores
from vizapp.services.settings import cache_seconds, cache_stale_factor
from vizapp.sources.sql import Database, SqlSource


@dataclass(frozen=True, slots=True)
class Origin:
    """One place to ask; `file` goes before `query`, that before `table`; none means anything for a dataset.

    `content_hash` is the dataset's, where it has been read already.
    """

    dataset_id: int | None = None
    connection_id: int | None = None
    query: str | None = None
    table: TableName | None = None
    content_hash: str | None = None
    file: CloudFile | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is something to ask."""
        return self.dataset_id is not None or (
            self.connection_id is not None and bool(self.query or self.table or self.file)
        )

    def is_open_to(self, actor: Actor) -> bool:
        """Whether `actor` may ask here what they like, and read what a database answers to a mistake."""
        return self.connection_id is None or may_use(actor, connections.load(self.connection_id))

    def require_use(self, actor: Actor) -> None:
        """Raise unless `actor` may ask here what they like, NotFound when there is nothing."""
        if self.connection_id is not None:
            connections.usable(actor, self.connection_id)
        else:
            require(actor, Permission.DATASET_READ)

    def require_filters(self, actor: Actor, config: ChartConfig, filters: Sequence[Filter]) -> None:
        """Raise PermissionDenied for filters on what a chart does not show, by somebody who may not ask here.

        A filter tells of a column what the chart keeps to itself: with one on a measure, or on a column that the
        chart only filters by, halving an interval again and again finds single rows.
        """
        if self.is_open_to(actor):
            return
        if hidden := sorted({item.column for item in filters} - shown_columns(config)):
            raise PermissionDenied(f"This chart does not show “{hidden[0]}”, and your role may not use its connection.")

    def source(self) -> Answering:
        """The source. Raises NotFound, MissingField when nothing is chosen, InvalidQuery, Unavailable."""
        if self.dataset_id is not None:
            return rows.stored(self.content_hash) if self.content_hash else rows.source(self.dataset_id)
        if self.connection_id is None:
            raise MissingField.of({"dataset_id": "This chart has no data yet. Edit it and choose a file."})
        row = connections.load(self.connection_id)
        if self.file is not None:
            return stores.source(row, self.file)
        database = connections.database_of(row)
        revision = f"{row.id}:{row.revision}"
        if self.query:
            guard.check(self.query, database.driver.reader)
            return SqlSource(database, revision, sql=self.query)
        if self.table is None:
            reason = (
                "This chart has a connection, but neither a query, nor a table or file (config.table, config.file)."
            )
            raise MissingField.of({"query": reason})
        return SqlSource(database, revision, self.table)


def terms(actor: Actor, source: Answering, config: ChartConfig, *, refresh: bool = False) -> Terms:
    """What of the data of a chart may come from memory. Datasets and files say themselves when they have changed."""
    if not isinstance(source, SqlSource):
        return Terms(anew=refresh, wanted=actor.waits)
    age = remembered_for(source.database, config)
    return Terms(anew=refresh, max_age=age, stale=age * cache_stale_factor(), wanted=actor.waits)


def remembered_for(database: Database, config: ChartConfig | None = None) -> timedelta:
    """For how long an answer is as good as new: the chart says it, else the connection, else the setting."""
    chosen = (config.cache_seconds if config is not None else None, database.config.cache_seconds)
    return timedelta(seconds=next((seconds for seconds in chosen if seconds is not None), cache_seconds()))


def of_chart(row: rows.Question, config: ChartConfig) -> Origin:
    """That of a stored chart."""
    return Origin(row.dataset_id, row.data_source_id, row.query, config.table, row.content_hash, config.file)


def told(actor: Actor, chart: ChartRecord) -> str:
    """What a chart is made from, in words: "orders.csv", "Warehouse, public.sales". Who may not use a connection learns
    that it is a database, and no more.
    """
    if chart.data_source_id is None:
        return chart.dataset_name
    row = connections.load(chart.data_source_id)
    if not may_use(actor, row):
        return "A database"
    if chart.query:
        return f"{row.name}, SQL"
    table = chart.config.get("table")
    if not isinstance(table, Mapping):
        return row.name
    return f"{row.name}, {'.'.join(str(table[part]) for part in ('schema', 'name') if table.get(part))}"


def shown_columns(config: ChartConfig) -> set[str]:
    """The columns whose own values a chart shows: what it groups by, never what it sums up or filters by."""
    mapping, groups = config.data_mapping, config.aggregation.group_by if config.aggregation else []
    return {name for name in (mapping.x_axis, mapping.series, *mapping.columns, *groups) if name is not None}
