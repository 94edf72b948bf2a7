"""Clients that are slow to ask, or never finish, do not keep others from being served."""

import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest

from tests.conftest import Server
from vizapp.serving import GRACE

# More than the server has threads.
MANY = 12
SILENT = b""
HALF_A_HEADER = b"GET /health HTTP/1.1\r\nHost: x\r\nX-Half: "
_FORM = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n"
HALF_A_BODY = b"POST /login HTTP/1.1\r\nHost: x\r\n" + _FORM + b"user"


@contextmanager
def waiting(server: Server, sent: bytes) -> Iterator[list[socket.socket]]:
    """Connections that have sent this and nothing more."""
    place = urlsplit(server.url)
    with ExitStack() as stack:
        found = [
            stack.enter_context(socket.create_connection((place.hostname, place.port), timeout=30)) for _ in range(MANY)
        ]
        for connection in found:
            connection.sendall(sent)
        yield found


def seconds_to_answer(server: Server) -> float:
    """How long somebody else waits."""
    started = time.monotonic()
    urllib.request.urlopen(f"{server.url}/health", timeout=60).close()
    return time.monotonic() - started


@pytest.mark.parametrize("sent", [SILENT, HALF_A_HEADER, HALF_A_BODY], ids=["silent", "half a header", "half a body"])
def test_others_are_served_after_a_few_seconds_whatever_slow_clients_send(live_server: Server, sent: bytes) -> None:
    with waiting(live_server, sent):
        time.sleep(0.5)
        first = seconds_to_answer(live_server)
        assert first < 3 * GRACE
        assert seconds_to_answer(live_server) < 2


def test_a_client_that_sends_a_byte_now_and_then_is_let_go(live_server: Server) -> None:
    with waiting(live_server, HALF_A_HEADER) as slow:
        deadline = time.monotonic() + 4 * GRACE
        open_still = slow
        while open_still and time.monotonic() < deadline:
            open_still = [connection for connection in open_still if _drip(connection)]
            time.sleep(0.5)
        assert not open_still


def _drip(connection: socket.socket) -> bool:
    """Send one more byte; False when the server has closed."""
    try:
        connection.send(b"a")
        connection.setblocking(False)
        try:
            return connection.recv(1) != b""
        except BlockingIOError:
            return True
        finally:
            connection.setblocking(True)
    except OSError:
        return False


def test_a_slow_but_steady_upload_arrives(live_server: Server) -> None:
    place = urlsplit(live_server.url)
    body = b"username=a&password=" + b"b" * 40_000
    head = (
        f"POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        connection.sendall(head.encode())
        for start in range(0, len(body), 4_000):
            connection.sendall(body[start : start + 4_000])
            time.sleep(0.8)
        assert connection.recv(100).startswith(b"HTTP/1.1 ")
