"""What a database says it holds: tables and views the account may read, their columns, estimates and comments."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.sql.elements import ClauseElement

from vizapp.schemas.table import TableName

MAX_TABLES = 5000


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view; `rows` is an estimate."""

    name: str
    schema_name: str
    kind: Literal["table", "view"]
    rows: int | None
    comment: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column in the database's own words."""

    name: str
    database_type: str
    nullable: bool
    comment: str


class Asks(Protocol):
    """A transaction."""

    def ask(self, statement: ClauseElement, *, rows: int | None = None) -> Any:
        """Rows."""
        ...


_TABLES = {
    "postgres": """
        SELECT c.relname, n.nspname, CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END,
          CASE WHEN c.reltuples >= 0 AND c.relkind <> 'v' THEN c.reltuples END,
          coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), '')
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
          AND n.nspname !~ '^pg_(toast|temp)' AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
          AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
          AND (:table IS NULL OR c.relname = :table)
          AND (:schema IS NULL OR n.nspname = :schema)
          AND (:table IS NULL OR :schema IS NOT NULL OR pg_catalog.pg_table_is_visible(c.oid))
        ORDER BY n.nspname, c.relname""",
    "mysql": """
        SELECT TABLE_NAME, TABLE_SCHEMA, CASE WHEN TABLE_TYPE LIKE '%VIEW' THEN 'view' ELSE 'table' END,
          TABLE_ROWS, CASE WHEN TABLE_COMMENT = 'VIEW' THEN '' ELSE TABLE_COMMENT END
        FROM information_schema.TABLES
        WHERE TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
          AND (:table IS NULL OR TABLE_NAME = :table)
          AND (:schema IS NULL OR TABLE_SCHEMA = :schema)
          AND (:table IS NULL OR :schema IS NOT NULL OR TABLE_SCHEMA = DATABASE())
        ORDER BY TABLE_SCHEMA, TABLE_NAME""",
}
_COLUMNS = {
    "postgres": """
        SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
          coalesce(pg_catalog.col_description(c.oid, a.attnum), '')
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = :schema AND c.relname = :table AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum""",
    "mysql": """
        SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE = 'YES', COLUMN_COMMENT FROM information_schema.COLUMNS
        WHERE TABLE_SCHEMA = :schema AND TABLE_NAME = :table ORDER BY ORDINAL_POSITION""",
}


def tables(asks: Asks, reader: str, *, schema: str | None = None) -> list[Table]:
    """All of them, or those of a schema, by schema and name."""
    return _tables(asks, reader, None, schema)


def find(asks: Asks, reader: str, wanted: TableName) -> Table | None:
    """The table of that name; without a schema the one that the connection's own search finds."""
    # MySQL compares names without regard to case where files do; the name as it is written there comes first.
    found = _tables(asks, reader, wanted.name, wanted.schema_name)
    return next((table for table in found if table.name == wanted.name), found[0] if found else None)


def columns(asks: Asks, reader: str, table: Table) -> list[Column]:
    """The columns of a table, in its order."""
    query = sa.text(_COLUMNS[reader]).bindparams(schema=table.schema_name, table=table.name)
    return [
        Column(str(name), str(kind), bool(nullable), str(comment or ""))
        for name, kind, nullable, comment in asks.ask(query).rows
    ]


def _tables(asks: Asks, reader: str, name: str | None, schema: str | None) -> list[Table]:
    query = sa.text(_TABLES[reader]).bindparams(table=name, schema=schema)
    return [
        Table(str(found), str(space), kind, None if rows is None else int(rows), str(comment or ""))
        for found, space, kind, rows, comment in asks.ask(query, rows=MAX_TABLES).rows
    ]
