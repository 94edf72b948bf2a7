"""gunicorn's threaded worker, with patience that ends: a client that is slow to ask holds a thread for seconds only.

Without it nine clients that send half a request each stop a server of eight threads for as long as they like. A
thread is given to a connection when its first byte is there; from then on, the time it waits for the client is
bounded, by a rate that any line reaches.
"""

import errno
import socket
import time
from functools import partial
from selectors import EVENT_READ

from gunicorn.workers.gthread import TConn, ThreadWorker

# Seconds a request may keep its thread waiting, and the bytes that earn it one more (Apache's mod_reqtimeout
# asks for 500 bytes a second by default).
GRACE = 5.0
RATE = 2_000
_PASSING = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)


class PatientSocket(socket.socket):
    """A client's connection: `recv` raises ConnectionResetError when its request took too long to arrive."""

    _waited = 0.0
    _received = 0

    def begin(self) -> None:
        """Another request begins."""
        self._waited, self._received = 0.0, 0

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """As the socket's own. Only time that is spent here counts."""
        own, started = self.gettimeout(), time.monotonic()
        left = GRACE + self._received / RATE - self._waited
        if left <= 0:
            raise ConnectionResetError(errno.ECONNRESET, "the request arrives too slowly")
        self.settimeout(left if own is None else min(left, own))
        try:
            data = super().recv(bufsize, flags)
        except TimeoutError as exc:
            if own is not None and own <= left:
                raise  # whoever set that limit waits for this
            raise ConnectionResetError(errno.ECONNRESET, "the request arrives too slowly") from exc
        finally:
            self.settimeout(own)
            self._waited += time.monotonic() - started
        self._received += len(data)
        return data


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Threads for those who ask."""

    def accept(self, listener: socket.socket) -> None:
        """Take a connection, and wait for its first byte without a thread."""
        try:
            client, address = listener.accept()
        except OSError as exc:
            if exc.errno not in _PASSING:
                raise
            return
        patient = PatientSocket(client.family, client.type, client.proto, fileno=client.detach())
        conn = TConn(self.cfg, patient, address, listener.getsockname())
        self.nr_conns += 1
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: TConn) -> object:
        """One request, on a thread."""
        conn.sock.begin()
        return super().handle(conn)
