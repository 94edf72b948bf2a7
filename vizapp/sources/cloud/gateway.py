"""One object of a store as a plain address on this machine: what reads it needs no secret and reaches nothing else.

Who asks for a part of it gets that part, fetched now, of the very version that was found; the bytes are counted.
"""

import itertools
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from vizapp.errors import AppError, CloudStorageError, FileTooLarge
from vizapp.sources.cloud.store import Item, Store, changed

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Gateway:
    """`url` serves the object; `sent` counts its bytes; `error` is the first thing that went wrong on the way."""

    def __init__(self, store: Store, item: Item, *, most: int) -> None:
        """`most` is the number of bytes that may be fetched in all."""
        self.store, self.item, self.most = store, item, most
        self.sent = 0
        self.error: AppError | None = None
        self.path = f"/{secrets.token_urlsafe(24)}"
        self._lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        """Known to nobody who was not told."""
        return f"http://127.0.0.1:{self.server.server_port}{self.path}"

    def part(self, start: int, stop: int) -> Iterator[bytes]:
        """Bytes of the object. Raises what the store raises, and FileTooLarge."""
        for piece in self.store.read(self.item, start, stop):
            with self._lock:
                self.sent += len(piece)
            if self.sent > self.most:
                most = f"{self.most / 1024 / 1024:,.0f} MB"
                message = f"This question would fetch more than {most} of the file. Ask for fewer columns, or filter."
                raise FileTooLarge(message, details={"limit": self.most})
            yield piece

    def failed(self, error: AppError) -> None:
        """Remember the first error: the reader only sees that a part is missing."""
        with self._lock:
            self.error = self.error or error


@contextmanager
def serving(store: Store, item: Item, *, most: int) -> Iterator[Gateway]:
    """The gateway, while the block lasts."""
    gateway = Gateway(store, item, most=most)
    thread = threading.Thread(target=gateway.server.serve_forever, args=(0.05,), daemon=True, name="gateway")
    thread.start()
    try:
        yield gateway
    finally:
        gateway.server.shutdown()
        gateway.server.server_close()


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """GET and HEAD with ranges (RFC 9110, section 14)."""

        protocol_version = "HTTP/1.1"
        timeout = 60

        def do_HEAD(self) -> None:
            """Its size."""
            self._answer(body=False)

        def do_GET(self) -> None:
            """All of it, or a part."""
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            span = _span(self.headers.get("Range", ""), gateway.item.size)
            known = secrets.compare_digest(self.path.encode(), gateway.path.encode())
            if not known or span is None or gateway.error is not None:
                self._refuse(404 if span else 416)
                return
            start, stop, partial = span
            try:
                # The first bytes before the first word of the answer: an error can still be told as one.
                pieces = itertools.chain([next(found := gateway.part(start, stop))], found) if body else iter(())
            except (AppError, StopIteration) as exc:
                gateway.failed(exc if isinstance(exc, AppError) else changed(gateway.item.key))
                self._refuse(404)
                return
            self.send_response(206 if partial else 200)
            if partial:
                self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{gateway.item.size}")
            self.send_header("Content-Length", str(stop - start))
            self.send_header("Accept-Ranges", "bytes")
            self.end_headers()
            self._pass_on(pieces)

        def _refuse(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _pass_on(self, pieces: Iterator[bytes]) -> None:
            try:
                for piece in pieces:
                    self.wfile.write(piece)
            except AppError as exc:
                gateway.failed(exc)
                self.close_connection = True
            except OSError:
                # The reader has what it needs, or is gone.
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nothing: the address is a secret."""

    return Handler


def _span(asked: str, size: int) -> tuple[int, int, bool] | None:
    """First byte, the one behind the last, and whether that is a part; None for one that is not there."""
    if not asked:
        return 0, size, False
    found = _RANGE.fullmatch(asked)
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    return (start, stop, True) if start < stop else None


def require_whole(gateway: Gateway) -> None:
    """Raise what went wrong on the way, if anything did."""
    if gateway.error is not None:
        raise gateway.error
    if gateway.item.size == 0:
        raise CloudStorageError("The file is empty.", details={"step": "file"})
