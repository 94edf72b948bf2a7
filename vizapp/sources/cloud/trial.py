"""A first look at an object store: whether it can be listed and read, step by step."""

from dataclasses import dataclass

from vizapp.schemas.connection import CloudConfig
from vizapp.sources.cloud.opened import opened
from vizapp.sources.cloud.wire import Bounds

_SEEN = 100


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is; `warnings` are sentences for an admin."""

    message: str
    encrypted: bool
    warnings: tuple[str, ...]


def look(config: CloudConfig, bounds: Bounds) -> Seen:
    """List some objects and read a byte of one. Raises CloudStorageError, whose details name the step that failed."""
    with opened(config, bounds) as store:
        page = store.list(limit=_SEEN)
        some = next((item for item in page.items if item.size), None)
        if some is not None:
            _ = b"".join(store.read(some, 0, 1))
        encrypted = store.is_encrypted
    count = f"{len(page.items)}{' or more' if page.cursor else ''} file{'' if len(page.items) == 1 else 's'}"
    warnings = [] if encrypted else ["What is read travels unencrypted: use https:// when the store is not nearby."]
    if some is None:
        warnings.append("There is no file that could be read, so whether reading is permitted is not known.")
    return Seen(f"Connected; {count} can be listed and read.", encrypted, tuple(warnings))
