"""Bring the metadata database to the schema this code needs, exactly once, whoever asks first."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from vizapp.config import ConfigError

MIGRATIONS = Path(__file__).parent.parent / "migrations"
# Any constant serves: it names the lock that migrating processes share in PostgreSQL.
_LOCK = 0x76697A61


def _alembic(connection: Connection | None = None) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@cache
def head() -> str:
    """The revision this code needs."""
    return ScriptDirectory.from_config(_alembic()).get_current_head() or ""


def current(engine: Engine) -> str | None:
    """The revision the database has; None when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: Engine) -> None:
    """Upgrade to `head()`. Processes that start together wait for the first.

    Raises ConfigError when the database was made by newer code: going back needs a backup.
    """
    revision = current(engine)
    if revision == head():
        return
    if revision is not None and revision not in _known():
        raise ConfigError(f"The database is at revision {revision}, which this version does not know. Upgrade Vizapp.")
    with engine.connect().execution_options(writes=True) as connection, _tables_may_be_remade(connection):
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        command.upgrade(_alembic(connection), "head")


@contextmanager
def _tables_may_be_remade(connection: Connection) -> Iterator[None]:
    """A transaction in which SQLite lets a table be copied and dropped.

    With foreign keys on, dropping the old copy would delete the rows that refer to it
    (sqlite.org/lang_altertable.html, section 7). The pragma has no effect inside a transaction.
    """
    if connection.dialect.name != "sqlite":
        with connection.begin():
            yield
        return
    raw = cast("sqlite3.Connection", connection.connection.dbapi_connection)
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            yield
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise ConfigError(f"The migration would leave {len(broken)} rows that refer to nothing.")
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}
