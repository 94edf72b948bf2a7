"""What the program needs of an object store; each kind is one module that fills this in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from vizapp.errors import CloudStorageError

# The keys of one page of a listing: what S3 gives at most.
PAGE = 1000
# The longest answer that is read whole: a page of a thousand keys of 1024 bytes with what stands around them.
MAX_ANSWER = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Item:
    """An object: `tag` differs whenever its content does."""

    key: str
    size: int
    modified: datetime | None
    tag: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of objects in the order of their keys; `cursor` begins the next one and is empty at the end."""

    items: tuple[Item, ...]
    cursor: str = ""


class Store(Protocol):
    """A bucket, or container, seen through one account. Each method raises CloudStorageError. Safe for threads."""

    @property
    def is_encrypted(self) -> bool:
        """Whether the way there is."""
        ...

    def list(self, prefix: str = "", *, cursor: str = "", limit: int = PAGE) -> Listing:
        """Objects whose keys begin with `prefix`, at most `limit`, which is at most PAGE."""
        ...

    def look(self, key: str) -> Item:
        """The object as it is now."""
        ...

    def read(self, item: Item, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Its bytes from `start` until `stop`, piece by piece; fails when it is another one by now."""
        ...

    def put(self, key: str, path: Path) -> Item:
        """Write the file at `path` as the object of this key: whole, or the one that was there stays.

        Checks that as many bytes arrived as were sent.
        """
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


def gone(key: str) -> CloudStorageError:
    """There is no such object."""
    return CloudStorageError(f"“{key[-100:]}” is not in the bucket, or no longer.", details={"step": "file"})


def changed(key: str) -> CloudStorageError:
    """There is another one by now."""
    message = f"“{key[-100:]}” was replaced while it was being read. Please try again."
    return CloudStorageError(message, details={"step": "file"})


def arrived(sent: int, item: Item) -> Item:
    """`item`, which was just written; raises CloudStorageError when it has not the size that was sent."""
    if item.size != sent:
        message = f"{sent:,} bytes were sent, but the object has {item.size:,}. Please try again."
        raise CloudStorageError(message, details={"step": "file"})
    return item
