"""PostgreSQL, and what speaks its protocol.

Read-only is the server's doing: every transaction begins READ ONLY, and after its first query the server lets nobody
change that. What is left is leaving the transaction, which takes a second statement, so the server is asked to prove
that there is none: without a semicolon there cannot be one, with one `query_to_xmlschema` opens the very text as a
cursor, which the server refuses for anything but a single query. A DECLARE before it accepts nothing but a query.
"""

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any

import psycopg2
from psycopg2 import extensions

from vizapp.errors import AppError, ColumnMissing, DatabaseTimeout, DatabaseUnreachable, InvalidQuery, QueryFailed
from vizapp.schemas.connection import DatabaseConfig
from vizapp.sources.drivers import CONNECT_SECONDS, Standing, shut
from vizapp.sources.sql_types import Field, Kind

# Type oids (pg_type.dat); what is not here is told as the server's text.
_KINDS = {
    **dict.fromkeys((20, 21, 23, 26), Kind.whole),
    **dict.fromkeys((700, 701), Kind.real),
    1700: Kind.decimal,
    16: Kind.flag,
    1082: Kind.day,
    1114: Kind.moment,
    1184: Kind.instant,
    **dict.fromkeys((25, 1043), Kind.text),
    17: Kind.binary,
}
_ONE_QUERY = "SELECT 1 FROM (SELECT pg_catalog.query_to_xmlschema(%s, false, false, '')) AS proof"
_names = count()
# SQLSTATE → what the asker is told; classes are told by their first two characters.
_CANCELLED, _READ_ONLY, _NO_COLUMN, _DENIED, _NO_FUNCTION = "57014", "25006", "42703", "42501", "42883"
_LOST = ("08", "57P")
# What can go wrong with a statement of our own.
_OWN: dict[str, tuple[type[AppError], str]] = {
    _NO_COLUMN: (ColumnMissing, "A column of this chart is no longer in its table."),
    _DENIED: (QueryFailed, "The account of this connection may not read this table."),
}
_STEPS: tuple[tuple[str, str, str], ...] = (
    ("password authentication failed", "password", "The user name or password is wrong."),
    ("no password supplied", "password", "The server asks for a password."),
    ("no pg_hba.conf entry", "permission", "The server does not let this user in from here (pg_hba.conf)."),
    ("invalid response to SSL negotiation", "port", "What answers there is no PostgreSQL server."),
    ("SSL", "tls", "No encrypted connection: {}"),
    ("certificate", "tls", "No encrypted connection: {}"),
    ("role ", "password", "The server does not know this user."),
    ("database ", "database", "The server does not have this database."),
    ("permission denied for database", "permission", "This user may not open this database."),
    ("too many", "permission", "The server has no connection left for this user."),
    ("timeout expired", "port", "The server did not answer in time."),
    ("unexpected", "port", "What answers there is no PostgreSQL server."),
    ("Connection refused", "port", "Nothing answers at this port."),
)


class PostgreSQL:
    """See Driver."""

    dialect = "postgresql+psycopg2"
    reader = "postgres"

    def connect(self, config: DatabaseConfig, addresses: Sequence[str]) -> Any:
        """See Driver. Nothing is taken from the environment or from files of the account this program runs as."""
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as authority:
            verify: dict[str, Any] = {"sslmode": "require" if config.ssl else "prefer"}
            if config.ssl and config.ssl_cert:
                authority.write(config.ssl_cert)
                authority.flush()
                verify = {"sslmode": "verify-full", "sslrootcert": authority.name}
            try:
                raw = psycopg2.connect(
                    host=",".join([config.host] * len(addresses)),
                    hostaddr=",".join(addresses),
                    port=str(config.port),
                    dbname=config.database or config.user or "postgres",
                    user=config.user or "postgres",
                    password=config.password,
                    connect_timeout=max(2, int(CONNECT_SECONDS / max(1, len(addresses)))),
                    application_name="vizapp",
                    options="",
                    passfile=f"{os.devnull}/none",
                    gssencmode="disable",
                    client_encoding="utf8",
                    keepalives_idle=30,
                    tcp_user_timeout=30_000,
                    **verify,
                )
            except psycopg2.Error as exc:
                raise _refused(str(exc)) from exc
        raw.set_session(isolation_level=extensions.ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        for kind in _BOUNDED:
            extensions.register_type(kind, raw)
        return raw

    def begin(self, raw: Any, seconds: float) -> None:
        """See Driver. This is also the first query, after which nobody makes the transaction write."""
        limits = {
            "statement_timeout": f"{max(1, int(seconds * 1000))}",
            "idle_in_transaction_session_timeout": f"{int(seconds * 1000) + 10_000}",
            "timezone": "UTC",
            "datestyle": "ISO",
            "cursor_tuple_fraction": "1",
            "standard_conforming_strings": "on",
        }
        with raw.cursor() as cursor:
            marks = ", ".join(["pg_catalog.set_config(%s, %s, true)"] * len(limits))
            cursor.execute(f"SELECT {marks}", [part for pair in limits.items() for part in pair])

    def cursor(self, raw: Any, statement: str, params: Any, *, foreign: bool, at_once: bool = False) -> Any:
        """See Driver. The server works on a statement in parallel only when it is asked for all of it."""
        made = raw.cursor() if at_once else raw.cursor(name=f"vizapp_{next(_names)}")
        final = made.mogrify(statement, params).decode()
        if foreign and ";" in final:
            _prove_single(raw, final)
        # What stands there now is final: to psycopg2 it has no parameters any more.
        made.execute(final)
        return made

    def fields(self, cursor: Any) -> list[Field]:
        """See Driver."""
        return [Field(column.name, _KINDS.get(column.type_code, Kind.other)) for column in cursor.description or ()]

    def cap(self, raw: Any, rows: int) -> None:
        """A cursor makes rows as they are read."""

    def finish(self, raw: Any, *, foreign: bool) -> bool:
        """See Driver. Locks and settings that outlive a transaction can only come from a person's statement."""
        raw.rollback()
        if foreign:
            raw.autocommit = True
            with raw.cursor() as cursor:
                cursor.execute("DISCARD ALL")
            raw.autocommit = False
        return True

    def cancel(self, raw: Any, config: DatabaseConfig, addresses: Sequence[str]) -> None:  # noqa: ARG002 - libpq knows
        """See Driver."""
        raw.cancel()

    def hang_up(self, raw: Any) -> None:
        """See Driver."""
        with suppress(psycopg2.Error):
            shut(raw.fileno())

    def errors(self) -> tuple[type[Exception], ...]:
        """See Driver."""
        return (psycopg2.Error,)

    def translate(self, exc: Exception, *, foreign: bool, late: bool) -> AppError:
        """See Driver."""
        state = getattr(exc, "pgcode", None) or ""
        said = (getattr(getattr(exc, "diag", None), "message_primary", None) or "").strip()
        if late or state == _CANCELLED:
            return DatabaseTimeout()
        if not state or state.startswith(_LOST):
            return DatabaseUnreachable(
                "The connection to the database was lost. Test the connection, then try again.",
                details={"step": "port"},
            )
        if foreign or state == _READ_ONLY:
            changes = "Queries here only read: this one would change something."
            return InvalidQuery(changes if state == _READ_ONLY else f"The database says: {said}", details=_place(exc))
        kind, why = _OWN.get(state, (QueryFailed, ""))
        return kind(why)

    def collation(self, raw: Any) -> str:
        """ICU's root collation lowers case as Unicode has it, in every locale; not every server was built with it."""
        with raw.cursor() as cursor:
            cursor.execute("SELECT collname FROM pg_catalog.pg_collation WHERE collname = 'und-x-icu'")
            found = cursor.fetchone()
        return str(found[0]) if found else ""

    def standing(self, raw: Any) -> Standing:
        """See Driver."""
        with raw.cursor() as cursor:
            cursor.execute(
                "SELECT version(), rolsuper,"
                " coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),"
                " EXISTS (SELECT FROM information_schema.role_table_grants WHERE privilege_type"
                " IN ('INSERT', 'UPDATE', 'DELETE') AND table_schema NOT IN ('pg_catalog', 'information_schema')),"
                " pg_has_role(current_user, 'pg_read_server_files', 'MEMBER')"
                " OR pg_has_role(current_user, 'pg_execute_server_program', 'MEMBER')"
                " FROM pg_roles WHERE rolname = current_user"
            )
            version, superuser, encrypted, writes, files = cursor.fetchone()
        warnings = []
        if superuser:
            warnings.append(
                "This account is a superuser: a query can read files of the server and run programs there, which no"
                " read-only transaction prevents. Use an account that may only SELECT."
            )
        elif files:
            warnings.append("This account may read files of the database server. Use one that may only SELECT.")
        elif writes:
            warnings.append("This account could write; queries here cannot, but one that may only SELECT is safer.")
        return Standing(" ".join(str(version).split()[:2]), bool(encrypted), tuple(warnings))


def _bounded(read: Any, value: str | bytes | None, cursor: Any) -> Any:
    """None for what Python's calendar does not have: infinity, years before Christ and after 9999."""
    try:
        found = read(value, cursor)
    except (ValueError, OverflowError, psycopg2.DataError):
        return None
    return None if value in ("infinity", "-infinity") else found


_BOUNDED = tuple(
    extensions.new_type((oid,), f"BOUNDED_{oid}", partial(_bounded, read))
    for oid, read in ((1082, extensions.PYDATE), (1114, extensions.PYDATETIME), (1184, extensions.PYDATETIMETZ))
)


def _prove_single(raw: Any, text: str) -> None:
    """Raises InvalidQuery unless the server itself says that this is a single query."""
    try:
        with raw.cursor() as cursor:
            cursor.execute(_ONE_QUERY, (text,))
    except psycopg2.Error as exc:
        if exc.pgcode == _NO_FUNCTION:
            raise InvalidQuery("This server cannot take a semicolon inside a query. Remove it.") from exc
        said = exc.diag.message_primary or ""
        if "cursor" in said:
            raise InvalidQuery("Only a single SELECT can be asked.") from exc
        raise


def _place(exc: Exception) -> dict[str, object]:
    """The line of a mistake; what stands before a person's statement has no lines of its own."""
    position = getattr(getattr(exc, "diag", None), "statement_position", None)
    text = getattr(getattr(exc, "cursor", None), "query", None)
    if not position or not isinstance(text, bytes):
        return {}
    return {"line": text.decode(errors="replace")[: int(position)].count("\n") + 1}


def _refused(text: str) -> DatabaseUnreachable:
    """What a failed connect means; the driver's text names hosts and users but no password."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    last = lines[-1].rpartition("FATAL: ")[2].rpartition("failed: ")[2].strip() if lines else ""
    for mark, step, said in _STEPS:
        if mark in text:
            return DatabaseUnreachable(said.format(last[:200]), details={"step": step})
    return DatabaseUnreachable(f"The server refused: {last[:200]}", details={"step": "port"})
