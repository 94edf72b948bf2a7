"""MySQL, MariaDB, and what speaks their protocol.

Read-only is the server's doing: every transaction begins READ ONLY. What would leave it is a second statement, which
the protocol does not carry unless the client asks for it, or a first one that is no query, so a statement has to begin
as one. What a query can do beyond reading tables is reach files of the server, if the account has the privilege FILE:
the words for that may not occur, since no keyword can be written in any other way.
"""

import re
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from threading import Timer
from typing import Any

import pymysql
from pymysql.constants import CR, ER, FIELD_TYPE, FLAG
from pymysql.cursors import Cursor, SSCursor

from vizapp.errors import AppError, ColumnMissing, DatabaseTimeout, DatabaseUnreachable, InvalidQuery, QueryFailed
from vizapp.schemas.connection import DatabaseConfig
from vizapp.sources.drivers import CONNECT_SECONDS, GRACE_SECONDS, Standing, shut
from vizapp.sources.sql_types import Field, Kind

_KINDS = {
    **dict.fromkeys(
        (
            FIELD_TYPE.TINY,
            FIELD_TYPE.SHORT,
            FIELD_TYPE.LONG,
            FIELD_TYPE.LONGLONG,
            FIELD_TYPE.INT24,
            FIELD_TYPE.YEAR,
        ),
        Kind.whole,
    ),
    **dict.fromkeys((FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE), Kind.real),
    **dict.fromkeys((FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL), Kind.decimal),
    **dict.fromkeys((FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE), Kind.day),
    FIELD_TYPE.DATETIME: Kind.moment,
    FIELD_TYPE.TIMESTAMP: Kind.instant,
}
_STRINGS = (
    FIELD_TYPE.VARCHAR,
    FIELD_TYPE.VAR_STRING,
    FIELD_TYPE.STRING,
    FIELD_TYPE.TINY_BLOB,
    FIELD_TYPE.MEDIUM_BLOB,
    FIELD_TYPE.LONG_BLOB,
    FIELD_TYPE.BLOB,
)
_BINARY = 63  # the character set of bytes
_BEGINNING = re.compile(r"(SELECT|WITH|VALUES|TABLE)\b|\(", re.IGNORECASE)
_FILES = re.compile(r"outfile|dumpfile|load_file|load\s+data", re.IGNORECASE)
_TOO_LATE = (ER.QUERY_INTERRUPTED, 1969, 3024)
_LOST = (CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, CR.CR_CONN_HOST_ERROR, 1053, 1927)
_READ_ONLY = 1792
_DENIED = (QueryFailed, "The account of this connection may not read this table.")
# What can go wrong with a statement of our own.
_OWN: dict[int, tuple[type[AppError], str]] = {
    ER.BAD_FIELD_ERROR: (ColumnMissing, "A column of this chart is no longer in its table."),
    ER.TABLEACCESS_DENIED_ERROR: _DENIED,
    ER.COLUMNACCESS_DENIED_ERROR: _DENIED,
}
_STEPS: dict[int, tuple[str, str]] = {
    ER.ACCESS_DENIED_ERROR: ("password", "The user name or password is wrong, or this user may not come from here."),
    1698: ("password", "The server lets this user in by other means than a password."),
    ER.BAD_DB_ERROR: ("database", "The server does not have this database."),
    ER.DBACCESS_DENIED_ERROR: ("permission", "This user may not open this database."),
    ER.CON_COUNT_ERROR: ("permission", "The server has no connection left."),
    1203: ("permission", "This user has no connection left."),
    1226: ("permission", "This user has no connection left."),
    1130: ("permission", "The server does not let anybody in from this address."),
    3159: ("tls", "The server wants encrypted connections only. Switch TLS on."),
    CR.CR_SSL_CONNECTION_ERROR: ("tls", "The server does not offer encrypted connections."),
}


class MySQL:
    """See Driver."""

    dialect = "mysql+pymysql"
    reader = "mysql"

    def connect(self, config: DatabaseConfig, addresses: Sequence[str]) -> Any:
        """See Driver. Options files are not read, and files of this machine never sent (`local_infile`)."""
        raw = _Connection(
            host=config.host,
            port=config.port,
            user=config.user or "root",
            password=config.password,
            database=config.database or None,
            charset="utf8mb4",
            local_infile=False,
            program_name="vizapp",
            defer_connect=True,
            ssl=_context(config),
            ssl_disabled=not config.ssl or None,
        )
        sock = _reach(config, addresses)
        # The library waits for the greeting without a limit of its own.
        clock = Timer(CONNECT_SECONDS, shut, (sock.fileno(),))
        clock.daemon = True
        clock.start()
        try:
            raw.connect(sock)
        except pymysql.Error as exc:
            raise _refused(exc) from exc
        except (ssl.SSLError, ssl.CertificateError) as exc:
            raise DatabaseUnreachable(f"No encrypted connection: {exc.reason}", details={"step": "tls"}) from exc
        except (OSError, ValueError, IndexError, RuntimeError) as exc:
            raise DatabaseUnreachable("What answers there is no MySQL server.", details={"step": "port"}) from exc
        finally:
            clock.cancel()
        return raw

    def begin(self, raw: Any, seconds: float) -> None:
        """See Driver."""
        limit = (
            f"max_statement_time={seconds:.3f}"
            if "MariaDB" in raw.server_version
            else f"max_execution_time={max(1, int(seconds * 1000))}"
        )
        with raw.cursor() as cursor:
            cursor.execute(f"SET SESSION {limit}, time_zone='+00:00', SQL_SELECT_LIMIT=DEFAULT")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def cursor(self, raw: Any, statement: str, params: Any, *, foreign: bool, at_once: bool = False) -> Any:
        """See Driver."""
        made = raw.cursor(Cursor if at_once else SSCursor)
        final = made.mogrify(statement, params or {})
        if foreign:
            _check(final)
        made.execute(final)
        return made

    def fields(self, cursor: Any) -> list[Field]:
        """See Driver."""
        described = cursor._result.fields if cursor._result is not None else ()
        return [Field(field.name, _kind(field)) for field in described]

    def cap(self, raw: Any, rows: int) -> None:
        """See Driver. It holds for queries without a LIMIT of their own."""
        with raw.cursor() as cursor:
            cursor.execute("SET SESSION SQL_SELECT_LIMIT=%s", (rows,))

    def finish(self, raw: Any, *, foreign: bool) -> bool:
        """See Driver. Nothing takes back variables and locks of a session but its end."""
        result = raw._result
        if result is not None and result.unbuffered_active:
            # The library would read the rest of the answer, however long, before it lets go of it.
            result.unbuffered_active, result.connection = False, None
            return False
        if foreign:
            return False
        raw.rollback()
        return True

    def cancel(self, raw: Any, config: DatabaseConfig, addresses: Sequence[str]) -> None:
        """See Driver."""
        other = self.connect(config, addresses)
        try:
            with other.cursor() as cursor:
                cursor.execute("KILL QUERY %s", (raw.thread_id(),))
        finally:
            other.close()

    def hang_up(self, raw: Any) -> None:
        """See Driver."""
        sock = raw._sock
        if sock is not None:
            with suppress(OSError, ValueError):
                shut(sock.fileno())

    def errors(self) -> tuple[type[Exception], ...]:
        """See Driver."""
        return (pymysql.Error, OSError)

    def translate(self, exc: Exception, *, foreign: bool, late: bool) -> AppError:
        """See Driver."""
        code = exc.args[0] if exc.args and isinstance(exc.args[0], int) else 0
        if late or code in _TOO_LATE:
            return DatabaseTimeout()
        if isinstance(exc, OSError | pymysql.InterfaceError) or code in _LOST:
            return DatabaseUnreachable(
                "The connection to the database was lost. Test the connection, then try again.",
                details={"step": "port"},
            )
        if foreign or code == _READ_ONLY:
            said = str(exc.args[1]) if len(exc.args) > 1 else str(exc)
            line = re.search(r" at line (\d+)$", said)
            changes = "Queries here only read: this one would change something."
            text = changes if code == _READ_ONLY else f"The database says: {said}"
            return InvalidQuery(text, details={"line": int(line[1])} if line else {})
        kind, why = _OWN.get(code, (QueryFailed, ""))
        return kind(why)

    def collation(self, raw: Any) -> str:
        """By code point, trailing spaces included: the two have different names for it."""
        return "utf8mb4_nopad_bin" if "MariaDB" in raw.server_version else "utf8mb4_0900_bin"

    def standing(self, raw: Any) -> Standing:
        """See Driver."""
        with raw.cursor() as cursor:
            cursor.execute("SHOW GRANTS")
            grants = " ".join(str(row[0]).split(" IDENTIFIED ")[0] for row in cursor.fetchall()).upper()
            cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
            row = cursor.fetchone()
        warnings = []
        if re.search(r"GRANT ALL PRIVILEGES ON \*\.\*|\b(SUPER|FILE)\b", grants):
            warnings.append(
                "This account has SUPER, FILE or all privileges: it reaches files and settings of the server. Use an"
                " account that may only SELECT."
            )
        elif re.search(r"\b(INSERT|UPDATE|DELETE|ALL PRIVILEGES)\b", grants):
            warnings.append("This account could write; queries here cannot, but one that may only SELECT is safer.")
        version = re.sub(r"^5\.5\.5-", "", raw.server_version).partition("-")
        name = "MariaDB" if "MariaDB" in raw.server_version else "MySQL"
        return Standing(f"{name} {version[0]}", bool(row and row[1]), tuple(warnings))


class _Connection(pymysql.connections.Connection):  # type: ignore[misc]  # pymysql has no types
    """A connection whose every failure is a pymysql.Error."""

    def query(self, sql: str, unbuffered: bool = False) -> int:
        """Send a statement and read what comes first."""
        try:
            count: int = super().query(sql, unbuffered)
        except RuntimeError as exc:
            # The library's way of refusing a server that asks for a file of this machine.
            raise pymysql.InterfaceError(0, "the server asked for a file") from exc
        return count


def _context(config: DatabaseConfig) -> ssl.SSLContext | None:
    """Encrypted when asked; verified when there is an authority to verify against."""
    if not config.ssl:
        return None
    if config.ssl_cert:
        try:
            return ssl.create_default_context(cadata=config.ssl_cert)
        except ssl.SSLError as exc:
            raise DatabaseUnreachable("The certificate given cannot be read.", details={"step": "tls"}) from exc
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _reach(config: DatabaseConfig, addresses: Sequence[str]) -> socket.socket:
    """A socket to the first address that answers."""
    for address in addresses:
        try:
            sock = socket.create_connection((address, config.port), CONNECT_SECONDS / len(addresses))
        except OSError:
            continue
        sock.settimeout(None)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return sock
    raise DatabaseUnreachable(f"Nothing answers at {config.host}, port {config.port}.", details={"step": "port"})


def _check(text: str) -> None:
    if not _BEGINNING.match(text):
        raise InvalidQuery("Only a single SELECT can be asked.")
    if found := _FILES.search(text):
        raise InvalidQuery(f"“{found[0]}” reaches files of the server; the word may not stand in a query.")


def _kind(field: Any) -> Kind:
    if field.type_code in _STRINGS:
        return Kind.binary if field.charsetnr == _BINARY else Kind.text
    if field.type_code == FIELD_TYPE.BIT or (field.type_code == FIELD_TYPE.TINY and field.length == 1):
        return Kind.flag if field.length == 1 else Kind.binary
    if field.type_code == FIELD_TYPE.DATETIME and field.flags & FLAG.TIMESTAMP:
        return Kind.instant
    return _KINDS.get(field.type_code, Kind.other)


def _refused(exc: pymysql.Error) -> DatabaseUnreachable:
    code = exc.args[0] if exc.args and isinstance(exc.args[0], int) else 0
    if code in _STEPS:
        step, said = _STEPS[code]
        return DatabaseUnreachable(said, details={"step": step})
    text = str(exc.args[1]) if len(exc.args) > 1 else ""
    if "SSL" in text or "CERTIFICATE" in text.upper():
        return DatabaseUnreachable("No encrypted connection: the certificate does not fit.", details={"step": "tls"})
    if code in _LOST:
        return DatabaseUnreachable(
            f"The server did not say who it is within {CONNECT_SECONDS + GRACE_SECONDS:.0f} seconds.",
            details={"step": "port"},
        )
    return DatabaseUnreachable(f"The server refused (error {code}).", details={"step": "port"})
