"""HTTP to one server whose address has been checked: what is connected to is what was checked, and nothing else.

No redirect is followed, no proxy and no credential of this machine is looked for, and no request takes longer than it
may, however slowly an answer drips.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO
from urllib.parse import quote, urlencode

from vizapp.errors import CloudStorageBusy, CloudStorageError, DatabaseUnreachable
from vizapp.sources.address import resolve
from vizapp.sources.drivers import CONNECT_SECONDS, shut

_PIECE = 256 * 1024
_BUSY = frozenset((408, 429, 500, 502, 503, 504))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a store is. `path` stands before all paths; `chosen`: an admin named the host, it is not the provider's."""

    host: str
    port: int
    secure: bool = True
    path: str = ""
    chosen: bool = False

    @property
    def authority(self) -> str:
        """Host and port as the header Host has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one request may take, and where an endpoint that an admin names may be."""

    seconds: float = 30
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One to sign and send: `path` is in percent form already; `body` is `size` bytes long."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: IO[bytes] | None = None
    size: int = 0

    @property
    def encoded_query(self) -> str:
        """As it is sent and signed: sorted."""
        return urlencode(sorted(self.query.items()), quote_via=quote, safe="-_.~")

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.encoded_query}" if self.query else self.path


def encoded(key: str, *, safe: str = "/") -> str:
    """A key as a part of a path: all but unreserved characters, and what is `safe`, in percent form."""
    return quote(key, safe=f"{safe}-_.~")


class Answer:
    """What came back; its body is read once."""

    def __init__(self, raw: http.client.HTTPResponse, clock: "_Clock") -> None:
        self._raw, self._clock, self.status = raw, clock, raw.status

    def header(self, name: str) -> str:
        """Empty when there is none."""
        return self._raw.headers.get(name, "")

    @property
    def is_busy(self) -> bool:
        """Whether trying again later may help."""
        return self.status in _BUSY

    def pieces(self) -> Iterator[bytes]:
        """The body; raises CloudStorageError when it ends early, CloudStorageBusy when its time is over."""
        wanted, seen = self._raw.length, 0
        with self._clock.told():
            while piece := self._raw.read1(_PIECE):
                seen += len(piece)
                yield piece
            if self._clock.passed:
                # Hung up by us: that reads like an end.
                raise TimeoutError
            if wanted is not None and seen < wanted:
                raise CloudStorageError("The object store broke off in the middle of its answer. Please try again.")

    def body(self, most: int) -> bytes:
        """The whole body; raises CloudStorageError when it has more than `most` bytes."""
        found = bytearray()
        for piece in self.pieces():
            found += piece
            if len(found) > most:
                raise CloudStorageError("The object store answers with more than it should.")
        return bytes(found)


class _Clock:
    """Hangs up when the time of a request is over: a socket's own limit begins anew with each byte."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self.passed, self._socket = seconds, False, -1
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def watch(self, connection: socket.socket) -> None:
        """Begin."""
        self._socket = connection.fileno()
        self._timer.start()

    def _end(self) -> None:
        self.passed = True
        with suppress(OSError):
            shut(self._socket)

    def stop(self) -> None:
        """The request is over; to be called before its socket is closed, whose number another one may get."""
        self._timer.cancel()

    @contextmanager
    def told(self) -> Iterator[None]:
        """What sockets and the protocol raise, as ours."""
        try:
            yield
        except (OSError, http.client.HTTPException) as exc:
            if self.passed or isinstance(exc, TimeoutError):
                message = f"The object store took longer than {self._seconds:g} seconds and was given up."
                raise CloudStorageBusy(message, details={"seconds": self._seconds}) from exc
            raise CloudStorageError("The connection to the object store broke off. Please try again.") from exc


class Wire:
    """Sends requests to one endpoint; each has a connection of its own while it lasts. Safe for threads."""

    def __init__(self, endpoint: Endpoint, bounds: Bounds) -> None:
        self.endpoint, self.bounds = endpoint, bounds
        self._lock = threading.Lock()
        self._idle: list[socket.socket] = []

    @contextmanager
    def sent(self, request: Request) -> Iterator[Answer]:
        """The answer to a signed request, while the block lasts.

        Raises CloudStorageError with the step `name`, `address`, `port` or `tls`, and CloudStorageBusy.
        """
        raw = self._idle_socket()
        answer = None if raw is None else self._tried(raw, request)
        if raw is None or answer is None:
            # A connection that lay idle may have been closed at the other end.
            raw = self._connected()
            answer = self._asked(raw, request)
        connection, reply, clock = answer
        whole = False
        try:
            yield Answer(reply, clock)
            whole = reply.isclosed() and not reply.will_close and not clock.passed
        finally:
            clock.stop()
            reply.close()
            if whole and connection.sock is not None:
                self._keep(raw)
            else:
                connection.close()

    def close(self) -> None:
        """Close the connections that lie idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for raw in idle:
            raw.close()

    def _tried(
        self, raw: socket.socket, request: Request
    ) -> "tuple[http.client.HTTPConnection, http.client.HTTPResponse, _Clock] | None":
        if request.body is not None:
            raw.close()
            return None
        try:
            return self._asked(raw, request)
        except CloudStorageBusy:
            raise
        except CloudStorageError:
            return None

    def _asked(
        self, raw: socket.socket, request: Request
    ) -> "tuple[http.client.HTTPConnection, http.client.HTTPResponse, _Clock]":
        clock = _Clock(self.bounds.seconds)
        connection = http.client.HTTPConnection(self.endpoint.host)
        connection.sock = raw
        clock.watch(raw)
        try:
            with clock.told():
                connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
                for name, value in {"Host": self.endpoint.authority, **request.headers}.items():
                    connection.putheader(name, value)
                if request.body is not None:
                    connection.putheader("Content-Length", str(request.size))
                connection.endheaders(request.body)
                return connection, connection.getresponse(), clock
        except BaseException:
            clock.stop()
            connection.close()
            raise

    def _idle_socket(self) -> socket.socket | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _keep(self, raw: socket.socket) -> None:
        with self._lock:
            self._idle.append(raw)

    def _connected(self) -> socket.socket:
        where = self.endpoint
        try:
            networks = self.bounds.networks if where.chosen else ()
            addresses = resolve(where.host, where.port, networks=networks, seconds=CONNECT_SECONDS)
        except DatabaseUnreachable as exc:
            raise CloudStorageError(exc.message, details=exc.details) from exc
        return self._secured(self._opened(addresses))

    def _opened(self, addresses: list[str]) -> socket.socket:
        for address in addresses:
            with suppress(OSError):
                return socket.create_connection((address, self.endpoint.port), timeout=CONNECT_SECONDS)
        message = f"Nothing answers at {self.endpoint.authority}. Check host and port, and that a firewall lets us in."
        raise CloudStorageError(message, details={"step": "port"})

    def _secured(self, raw: socket.socket) -> socket.socket:
        raw.settimeout(CONNECT_SECONDS)
        if self.endpoint.secure:
            try:
                raw = ssl.create_default_context().wrap_socket(raw, server_hostname=self.endpoint.host)
            except (OSError, ValueError) as exc:
                raw.close()
                message = "The certificate of the server is not valid for this name, or its authority is unknown here."
                if not isinstance(exc, ssl.SSLCertVerificationError):
                    message = "The server does not speak TLS there. For a store without it, write http://."
                raise CloudStorageError(message, details={"step": "tls"}) from exc
        raw.settimeout(self.bounds.seconds)
        return raw
