"""The Flask extensions, without an app, and the rules of the metadata database.

SQLite runs in WAL mode with foreign keys, and a transaction that writes begins IMMEDIATE: a
deferred one that reads first fails at once with "database is locked" when somebody else wrote
meanwhile, whatever the busy timeout (sqlite.org/lang_transaction.html).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from flask import g
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Connection, MetaData, event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry

from vizapp.errors import Conflict, StaleVersion, StorageFull, Unavailable

BUSY_TIMEOUT_MS = 5000


class Base(DeclarativeBase):
    """The declarative base; constraint names are fixed so that migrations can name them."""

    # SQLite would give the id of a deleted row to the next one: a stale page must not mean another object.
    __table_args__ = {"sqlite_autoincrement": True}

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class _Csrf(CSRFProtect):  # type: ignore[misc]  # flask-wtf has no types
    def protect(self, apply_exemptions: bool = False) -> None:
        """Check the header, unless a bearer speaks for the request: no other site can make a browser send one."""
        if not g.get("by_bearer", False):
            super().protect(apply_exemptions)


db = SQLAlchemy(model_class=Base)
login_manager = LoginManager()
csrf = _Csrf()
limiter = Limiter(key_func=get_remote_address, headers_enabled=True)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        immediate = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def write_tx() -> Iterator[Session]:
    """One transaction that writes; commits at the end, rolls back on any error.

    Ends the read transaction that the request may have open, so objects loaded before must be
    loaded again inside. Raises Conflict, StaleVersion, StorageFull or Unavailable for what the database says.
    """
    session = db.session()
    session.rollback()
    try:
        session.connection(execution_options={"writes": True})
        yield session
        session.commit()
    except IntegrityError as exc:
        session.rollback()
        raise Conflict("Somebody else changed what this refers to. Reload and try again.") from exc
    except StaleDataError as exc:
        session.rollback()
        raise StaleVersion() from exc
    except OperationalError as exc:
        session.rollback()
        raise _storage_error(exc) from exc
    except BaseException:
        session.rollback()
        raise


def _storage_error(exc: OperationalError) -> StorageFull | Unavailable:
    text = str(exc.orig).lower()
    if "full" in text or "readonly" in text or "read-only" in text:
        return StorageFull()
    return Unavailable("The database is busy. Please try again.")
