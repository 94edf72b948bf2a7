"""The first level of the memory of results: the bytes of answers inside this process, the least recently used leave."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer's bytes, when it was computed, and from which version of the data."""

    data: bytes
    as_of: datetime
    version: str


class Memory:
    """At most `max_bytes` of answers. Safe for threads."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._bytes = 0

    def get(self, digest: str) -> Entry | None:
        """The entry, which thereby was used last."""
        with self._lock:
            entry = self._entries.get(digest)
            if entry is not None:
                self._entries.move_to_end(digest)
            return entry

    def put(self, digest: str, entry: Entry) -> None:
        """Keep it in place of what was there, unless it is larger than everything may be."""
        with self._lock:
            self._forget(digest)
            if len(entry.data) > self._max_bytes:
                return
            self._entries[digest] = entry
            self._bytes += len(entry.data)
            while self._bytes > self._max_bytes:
                self._forget(next(iter(self._entries)))

    def forget(self, digest: str) -> None:
        """Forget one, known or not."""
        with self._lock:
            self._forget(digest)

    def drop(self, version: str) -> None:
        """Forget all of this version."""
        with self._lock:
            for digest in [digest for digest, entry in self._entries.items() if entry.version == version]:
                self._forget(digest)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def size(self) -> tuple[int, int]:
        """Entries and bytes."""
        with self._lock:
            return len(self._entries), self._bytes

    def _forget(self, digest: str) -> None:
        entry = self._entries.pop(digest, None)
        self._bytes -= len(entry.data) if entry is not None else 0
