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


@dataclass(frozen=True, slots=True)
class Relation:
    """A foreign key: `columns` of one table hold what `other_columns` of another one are found by."""

    schema_name: str
    name: str
    columns: tuple[str, ...]
    other_schema: str
    other_name: str
    other_columns: tuple[str, ...]


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

# A row for each column of each key: its own name, then both ends.
_RELATIONS = {
    "postgres": """
        SELECT CAST(k.oid AS text), n.nspname, c.relname, a.attname, m.nspname, d.relname, b.attname
        FROM pg_catalog.pg_constraint k
          JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_catalog.pg_class d ON d.oid = k.confrelid JOIN pg_catalog.pg_namespace m ON m.oid = d.relnamespace
          CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS p(one, other, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.one
          JOIN pg_catalog.pg_attribute b ON b.attrelid = d.oid AND b.attnum = p.other
        WHERE k.contype = 'f' AND ((n.nspname = :schema AND c.relname = :table)
            OR (m.nspname = :schema AND d.relname = :table))
          AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
          AND pg_catalog.has_any_column_privilege(d.oid, 'SELECT')
        ORDER BY n.nspname, c.relname, k.conname, k.oid, p.place""",
    "mysql": """
        SELECT CONSTRAINT_NAME, TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA,
          REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
        FROM information_schema.KEY_COLUMN_USAGE
        WHERE REFERENCED_TABLE_NAME IS NOT NULL AND ((TABLE_SCHEMA = :schema AND TABLE_NAME = :table)
          OR (REFERENCED_TABLE_SCHEMA = :schema AND REFERENCED_TABLE_NAME = :table))
        ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION""",
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


def relations(asks: Asks, reader: str, table: Table) -> list[Relation]:
    """The foreign keys that lead from this table, and to it."""
    query = sa.text(_RELATIONS[reader]).bindparams(schema=table.schema_name, table=table.name)
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for key, schema, name, column, other_schema, other_name, other_column in asks.ask(query).rows:
        ends = tuple(map(str, (key, schema, name, other_schema, other_name)))
        found.setdefault(ends, []).append((str(column), str(other_column)))
    return [
        Relation(schema, name, tuple(one for one, _ in pairs), other_schema, other_name, tuple(two for _, two in pairs))
        for (_, schema, name, other_schema, other_name), pairs in found.items()
    ]


def _tables(asks: Asks, reader: str, name: str | None, schema: str | None) -> list[Table]:
    query = sa.text(_TABLES[reader]).bindparams(table=name, schema=schema)
    return [
        Table(str(found), str(space), kind, None if rows is None else int(rows), str(comment or ""))
        for found, space, kind, rows, comment in asks.ask(query, rows=MAX_TABLES).rows
    ]
