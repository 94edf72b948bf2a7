"""The memory of results as a deployment has it: where answers are kept, how well that works, emptying it."""

import hashlib

from vizapp.access import Actor, Permission, require
from vizapp.config import MIB, Config
from vizapp.extensions import write_tx
from vizapp.query.folder import FolderStore
from vizapp.query.results import Results
from vizapp.query.store import Store
from vizapp.schemas.records import CacheRecord
from vizapp.services import audit
from vizapp.services.redis_answers import RedisStore, client_of
from vizapp.services.runtime import runtime
from vizapp.services.settings import cache_seconds, cache_stale_factor

# Beyond the time a question may take: whoever asks in its place may then be sure that it is over.
_LEASE_SECONDS = 30


def memory(config: Config) -> Results:
    """The memory of a process, over what all processes share: Redis where there is one, else a folder."""
    # One of its own for this use, so that a seal tells nothing about the key of the sessions.
    secret = hashlib.sha256(b"results" + config.secret_key.get_secret_value().encode()).digest()
    return Results(
        max_bytes=config.cache_mb * MIB,
        store=_store(config, secret),
        secret=secret,
        patient=config.web_threads // 4,
    )


def _store(config: Config, secret: bytes) -> Store:
    if config.redis_url is None:
        return _folder(config)
    # Deployments that share a Redis have different keys, and must not meet there.
    prefix = f"vizapp:{hashlib.sha256(secret).hexdigest()[:12]}:"
    client = client_of(config.redis_url.get_secret_value())
    return RedisStore(client, prefix, config.query_timeout_seconds + _LEASE_SECONDS)


def _folder(config: Config) -> FolderStore:
    return FolderStore(config.data_dir / "cache", config.cache_mb * MIB)


def forget_former(config: Config) -> None:
    """Empty the folder; for the start of a server, before any process of it runs."""
    _folder(config).clear()


def state(actor: Actor) -> CacheRecord:
    """What is remembered, and how well that works."""
    require(actor, Permission.SETTINGS_MANAGE)
    found, config = runtime().results.stats(), runtime().config
    asked = found.shared.hits + found.shared.misses
    return CacheRecord(
        kind="redis" if config.redis_url is not None else "folder",
        status=found.trouble or "ok",
        entries=found.shared.entries,
        bytes=found.shared.bytes,
        hits=found.shared.hits,
        misses=found.shared.misses,
        hit_rate=found.shared.hits / asked if asked else None,
        process_entries=found.entries,
        process_bytes=found.bytes,
        max_bytes=config.cache_mb * MIB,
        ttl_seconds=round(cache_seconds()),
        stale_factor=cache_stale_factor(),
    )


def clear(actor: Actor) -> None:
    """Forget every answer: what this process keeps, and what all share. Written to the activity log."""
    require(actor, Permission.SETTINGS_MANAGE)
    runtime().results.clear()
    with write_tx() as session:
        audit.record(session, actor, "cache.clear", "cache")
