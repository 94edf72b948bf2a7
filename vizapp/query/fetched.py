"""What an engine brings back for a Query, and its bytes for the memory of results.

The bytes are a seal, a JSON header and an Arrow IPC stream: they can be read by anything and, unlike a
pickle, cannot run anything. The seal is a keyed hash: what a shared store was given by others, or has damaged, is told
before anything reads it.
"""

import hashlib
import hmac
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

_MAGIC = b"VZA2"
_SEAL = 16  # bytes of the hash
_HEADER = 4  # bytes of the header's length, big-endian


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer of an engine.

    `distinct` counts, for each group that the query caps, its values before the cap; `matched`
    counts the rows that the conditions kept, when that is known without asking again.
    """

    frame: pl.DataFrame
    distinct: Mapping[str, int] = field(default_factory=dict)
    matched: int | None = None


def encode(fetched: Fetched, *, as_of: datetime, secret: bytes = b"") -> bytes:
    """`fetched` and the moment it was computed at, as bytes sealed with `secret` (at most 64 bytes)."""
    header = {"as_of": as_of.isoformat(), "distinct": dict(fetched.distinct), "matched": fetched.matched}
    head = json.dumps(header, separators=(",", ":")).encode()
    body = io.BytesIO()
    fetched.frame.write_ipc_stream(body, compression="lz4")
    content = b"".join((len(head).to_bytes(_HEADER, "big"), head, body.getvalue()))
    return b"".join((_MAGIC, _seal(content, secret), content))


def decode(data: bytes, *, secret: bytes = b"") -> tuple[Fetched, datetime]:
    """The reverse of `encode`; raises ValueError when the bytes are anything else, or sealed with another secret."""
    start = len(_MAGIC) + _SEAL
    content = memoryview(data)[start:]
    if data[: len(_MAGIC)] != _MAGIC or not hmac.compare_digest(data[len(_MAGIC) : start], _seal(content, secret)):
        raise ValueError("these bytes are not a result")
    try:
        body = _HEADER + int.from_bytes(content[:_HEADER], "big")
        header = json.loads(bytes(content[_HEADER:body]))
        frame = pl.read_ipc_stream(io.BytesIO(content[body:]))
        return Fetched(frame, header["distinct"], header["matched"]), datetime.fromisoformat(header["as_of"])
    except (pl.exceptions.PolarsError, OSError, ValueError, TypeError, KeyError) as exc:
        raise ValueError("these bytes are not a result") from exc


def _seal(content: bytes | memoryview, secret: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_SEAL, key=secret).digest()
