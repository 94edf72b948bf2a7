"""How every uploaded file gets in: from who may, no more than the limit, and gone when the call is over."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import IO, Any, ParamSpec, TypeVar, cast

from flask import Request, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import cached_property
from werkzeug.wsgi import LimitedStream

from vizapp.config import MIB
from vizapp.errors import FileTooLarge, MissingField
from vizapp.extensions import csrf
from vizapp.identity import signed_in
from vizapp.services import datasets
from vizapp.services.runtime import runtime
from vizapp.services.settings import upload_limits
from vizapp.sources.store import arriving, storage_errors

# What the multipart framing around the file and the other fields may take.
_ENVELOPE = 64 * 1024
P = ParamSpec("P")
R = TypeVar("R")


def takes_file(view: Callable[P, R]) -> Callable[P, R]:
    """Before the view: who may upload, how large the body may be, and the CSRF token, which stands beside the file.

    Raises InsufficientRole before any of the body is read, and FileTooLarge as soon as it is over the limit.
    """

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        datasets.require_create(signed_in())
        limit = upload_limits().file_bytes
        request.max_content_length = limit + _ENVELOPE
        if (request.content_length or 0) > request.max_content_length:
            raise _too_large(limit)
        try:
            # The body goes to a file of the data folder, piece by piece; a check before this would meet the limit
            # of other bodies.
            _ = request.files
            csrf.protect()
        except RequestEntityTooLarge as exc:
            raise _too_large(limit) from exc
        return view(*args, **kwargs)

    return checked


def _too_large(limit: int) -> FileTooLarge:
    details = {"limit": limit, "size": request.content_length}
    return FileTooLarge(f"The file is over the limit of {limit // MIB} MB.", details=details)


class _Whole(LimitedStream):
    """A body that does not tell its size: all of it, or RequestEntityTooLarge, never just its beginning."""

    def readall(self) -> bytes:
        """What is left; the first byte beyond the limit is asked for, so that it cannot be cut off in silence."""
        left = super().readall()
        if self.is_exhausted and self._stream.read(1):
            self.on_exhausted()
        return left


class FileRequest(Request):
    """Files arrive in the data folder: the system's temporary folder may be small, or memory."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arrived: list[IO[bytes]] = []

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body, within its limit."""
        found: IO[bytes] = super().stream
        limit = self.max_content_length
        if self.content_length is None and limit is not None and isinstance(found, LimitedStream):
            return cast("IO[bytes]", _Whole(self.input_stream, limit, is_max=True))
        return found

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - werkzeug gives four
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        with storage_errors():
            stream = tempfile.TemporaryFile("rb+", dir=runtime().temporary_folder)  # noqa: SIM115 - see close
        self._arrived.append(stream)
        return stream

    def close(self) -> None:
        """Give back also what arrived of a body that was cut off."""
        super().close()
        for stream in self._arrived:
            stream.close()


@contextmanager
def on_disk(sent: FileStorage | None) -> Iterator[tuple[Path, str]]:
    """Where the sent file is while the block lasts, and its name without folders. Raises MissingField."""
    if sent is None or not sent.filename:
        raise MissingField.of({"file": "Choose a file"})
    with arriving(runtime().temporary_folder) as path:
        sent.save(path)
        yield path, Path(sent.filename).name
