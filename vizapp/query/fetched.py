"""What an engine brings back for a Query, and its bytes for the memory of results.

The bytes are a JSON header and an Arrow IPC stream: they can be read by anything and, unlike a
pickle, cannot run anything.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

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


def encode(fetched: Fetched, *, as_of: datetime) -> bytes:
    """`fetched` and the moment it was computed at, as bytes."""
    header = {"as_of": as_of.isoformat(), "distinct": dict(fetched.distinct), "matched": fetched.matched}
    head = json.dumps(header, separators=(",", ":")).encode()
    body = io.BytesIO()
    fetched.frame.write_ipc_stream(body, compression="lz4")
    return b"".join((len(head).to_bytes(_HEADER, "big"), head, body.getvalue()))


def decode(data: bytes) -> tuple[Fetched, datetime]:
    """The reverse of `encode`; raises ValueError when the bytes are anything else."""
    try:
        start = _HEADER + int.from_bytes(data[:_HEADER], "big")
        header = json.loads(data[_HEADER:start])
        frame = pl.read_ipc_stream(io.BytesIO(data[start:]))
        return Fetched(frame, header["distinct"], header["matched"]), datetime.fromisoformat(header["as_of"])
    except (pl.exceptions.PolarsError, OSError, ValueError, TypeError, KeyError) as exc:
        raise ValueError("these bytes are not a result") from exc
