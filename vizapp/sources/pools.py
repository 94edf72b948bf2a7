"""The databases a process is connected to, each opened when it is first asked."""

import threading
from collections.abc import Callable

from vizapp.schemas.connection import ConnectionType
from vizapp.sources.drivers import Driver
from vizapp.sources.mysql import MySQL
from vizapp.sources.postgresql import PostgreSQL
from vizapp.sources.sql import Database

DRIVERS: dict[ConnectionType, Driver] = {
    ConnectionType.mysql: MySQL(),
    ConnectionType.postgresql: PostgreSQL(),
}


class Databases:
    """One pool for each connection as it is now: another revision closes the pool of the one before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[int, tuple[str, Database]] = {}

    def get(self, connection_id: int, revision: str, make: Callable[[], Database]) -> Database:
        """The pool of this revision, made by `make` when there is none."""
        with self._lock:
            known, database = self._open.get(connection_id, ("", None))
            if database is not None and known == revision:
                return database
            if database is not None:
                database.close()
            made = make()
            self._open[connection_id] = (revision, made)
            return made

    def drop(self, connection_id: int) -> None:
        """Close the pool of a connection that is gone."""
        with self._lock:
            _, database = self._open.pop(connection_id, ("", None))
        if database is not None:
            database.close()

    def close(self) -> None:
        """Close all."""
        with self._lock:
            found = [database for _, database in self._open.values()]
            self._open.clear()
        for database in found:
            database.close()
