"""A look at a person's SQL before the database sees it, for a friendly message. It guarantees nothing.

What may be asked is enforced by the database itself (see sources/postgresql.py and sources/mysql.py). What this cannot
read it lets pass: the database reads it anyway.
"""

import logging
import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from vizapp.errors import InvalidQuery
from vizapp.sources.statement import read

# Deeper than people write, and shallower than Python's stack.
_DEPTH = 100
# More would be read for longer than a message is worth.
_TOKENS = 3000
_BEGINNING = re.compile(r"(select|with|values|table)\b|\(", re.IGNORECASE)
# A name spelled by the numbers of its letters, of which no look at names can tell what it is (PostgreSQL).
_SPELLED = re.compile(r"\bu&\s*[\"']", re.IGNORECASE)
_CHANGES = (
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.Create,
    exp.Drop,
    exp.Alter,
    exp.TruncateTable,
    exp.Copy,
    exp.LoadData,
    exp.Into,
)
# Functions that do something beside giving a value, wait, or reach out of the database; beginnings of their names.
_DOING = (
    *("pg_sleep", "pg_read_", "pg_write_", "pg_ls_", "pg_stat_file", "pg_file_", "pg_terminate_backend"),
    *("pg_cancel_backend", "pg_reload_conf", "pg_rotate_", "pg_advisory_", "pg_try_advisory_", "pg_notify"),
    *("pg_create_", "pg_drop_", "pg_switch_", "pg_promote", "pg_logical_", "pg_replication_", "nextval", "setval"),
    *("set_config", "dblink", "lo_import", "lo_export", "lo_create", "lo_unlink", "lo_put", "lo_from_bytea", "lo_open"),
    *("query_to_xml", "table_to_xml", "schema_to_xml", "database_to_xml", "cursor_to_xml"),
    *("sleep", "benchmark", "load_file", "get_lock", "release_lock", "release_all_locks", "sys_exec", "sys_eval"),
)

# It warns of what it cannot read, with the text in it.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)


def check(sql: str, dialect: str) -> None:
    """Raise InvalidQuery for what is seen to be no single, reading query; `dialect` is sqlglot's name for it."""
    statement = read(sql, dialect)
    text = "".join(statement.parts)
    if _depth(text) > _DEPTH:
        raise InvalidQuery(f"The query is nested more than {_DEPTH} levels deep.")
    if not _BEGINNING.match(text):
        raise InvalidQuery(f"Queries here only read: {text.split()[0].upper()[:20]} is no SELECT.")
    if _SPELLED.search(text):
        raise InvalidQuery("Names and texts are written as they are here, not with U& and numbers.")
    try:
        if len(sqlglot.tokenize(text, dialect=dialect)) > _TOKENS:
            return
        found = [tree for tree in sqlglot.parse(text, dialect=dialect) if tree is not None]
    except (SqlglotError, RecursionError):
        return
    if len(found) > 1:
        raise InvalidQuery("Only one statement can be asked at a time.")
    for node in (node for tree in found for node in tree.walk()):
        if isinstance(node, _CHANGES):
            raise InvalidQuery(f"Queries here only read: {node.key.upper()} would change something.")
        if isinstance(node, exp.Func) and (name := _name(node)).startswith(_DOING):
            raise InvalidQuery(f"The function {name} does more than give a value, and cannot be used here.")


def _name(node: exp.Func) -> str:
    return (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()


def _depth(text: str) -> int:
    """How deep parentheses go, those in strings included."""
    depth = deepest = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        deepest = max(deepest, depth)
    return deepest
