"""Databases of a test's own on real servers, with an account that may only read and one that may write."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
import pymysql

from tests.conftest import needs

POSTGRES_HOST = os.environ.get("TEST_POSTGRES_HOST", "127.0.0.1")
MARIADB_HOST = os.environ.get("TEST_MARIADB_HOST", "127.0.0.1")
PASSWORD = "S3CR3T; ' \\ %s"


@dataclass(frozen=True)
class Served:
    """A database on a server: `kind` is the connection's type, `writer` may write to it, `reader` may not."""

    kind: str
    host: str
    port: int
    database: str
    writer: str
    reader: str

    def config(self, user: str | None = None, **more: Any) -> dict[str, Any]:
        """A connection's config; the writer's when no user is named."""
        made = {"host": self.host, "port": self.port, "database": self.database, "user": user or self.writer}
        return {**made, "password": PASSWORD, **more}

    def run(self, *statements: str) -> list[tuple]:
        """Run as the owner of the server; the rows of the last statement."""
        raw = _root(self.kind, self.database)
        try:
            with raw.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            raw.close()


def _root(kind: str, database: str) -> Any:
    if kind == "mysql":
        return pymysql.connect(host=MARIADB_HOST, user="root", database=database, autocommit=True, charset="utf8mb4")
    raw = psycopg2.connect(host=POSTGRES_HOST, dbname=database, connect_timeout=3)
    raw.autocommit = True
    return raw


@contextmanager
def served(kind: str) -> Iterator[Served]:
    """A fresh database and two accounts, dropped afterwards. Skips loudly where there is no such server."""
    name = f"vizapp_{uuid.uuid4().hex[:12]}"
    made = Served(
        kind,
        MARIADB_HOST if kind == "mysql" else POSTGRES_HOST,
        3306 if kind == "mysql" else 5432,
        name,
        f"{name}_w",
        f"{name}_r",
    )
    first = "test" if kind == "mysql" else "postgres"
    try:
        root = _root(kind, first)
    except (psycopg2.Error, pymysql.Error):
        needs("MariaDB" if kind == "mysql" else "PostgreSQL", present=False)
        raise
    try:
        with root.cursor() as cursor:
            for statement in _make(made):
                cursor.execute(statement)
        if kind == "postgresql":
            made.run(
                f"GRANT CREATE, USAGE ON SCHEMA public TO {made.writer}",
                f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {made.reader}",
                f"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {made.writer}",
                f"ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO {made.writer}",
            )
        yield made
    finally:
        with root.cursor() as cursor:
            for statement in _drop(made):
                cursor.execute(statement)
        root.close()


def _make(made: Served) -> list[str]:
    quoted = PASSWORD.replace("'", "''")
    if made.kind == "mysql":
        escaped = quoted.replace("\\", "\\\\")
        return [
            f"CREATE DATABASE {made.database} CHARACTER SET utf8mb4",
            *(f"CREATE USER '{user}'@'%' IDENTIFIED BY '{escaped}'" for user in (made.writer, made.reader)),
            f"GRANT ALL ON {made.database}.* TO '{made.writer}'@'%'",
            f"GRANT SELECT ON {made.database}.* TO '{made.reader}'@'%'",
        ]
    return [
        *(f"CREATE ROLE {user} LOGIN PASSWORD '{quoted}'" for user in (made.writer, made.reader)),
        f"CREATE DATABASE {made.database}",
    ]


def _drop(made: Served) -> list[str]:
    if made.kind == "mysql":
        return [f"DROP DATABASE {made.database}", *(f"DROP USER '{u}'@'%'" for u in (made.writer, made.reader))]
    return [f"DROP DATABASE {made.database} WITH (FORCE)", *(f"DROP ROLE {u}" for u in (made.writer, made.reader))]
