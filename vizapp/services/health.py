"""Whether the parts the program stands on are well."""

import os
import tempfile
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from vizapp.database import current, head
from vizapp.extensions import db, limiter
from vizapp.services import jobs
from vizapp.services.runtime import runtime

_TROUBLE = {
    "down": "the shared cache cannot be reached; each process remembers for itself",
    "full": "the shared cache takes nothing more",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part; the program can serve without those that are not `needed`."""

    name: str
    ok: bool
    message: str
    needed: bool = True


def parts(*, probe_disk: bool = True) -> list[Part]:
    """Database, data folder, cache and exports, in this order. Texts name no host, path or password."""
    database = _database()
    rest = [_exports()] if database.ok else []
    return [database, *([_data_folder()] if probe_disk else []), _cache(), *rest]


def _database() -> Part:
    try:
        db.session.execute(text("SELECT 1"))
        revision = current(db.engine)
    except SQLAlchemyError:
        return Part("database", ok=False, message="cannot be reached")
    if revision != head():
        return Part("database", ok=False, message="needs a migration")
    return Part("database", ok=True, message="ready")


def _data_folder() -> Part:
    folder = runtime().temporary_folder
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"ok")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError:
        return Part("data_folder", ok=False, message="cannot be written")
    return Part("data_folder", ok=True, message="ready")


def _cache() -> Part:
    # Rate limits are what processes share through Redis as well; without it each counts for itself.
    if not limiter.storage.check():
        return Part("cache", ok=False, message="Redis cannot be reached; each process counts for itself", needed=False)
    if trouble := runtime().results.trouble:
        return Part("cache", ok=False, message=_TROUBLE[trouble], needed=False)
    return Part("cache", ok=True, message="ready", needed=False)


def _exports() -> Part:
    if jobs.nobody_works():
        return Part("exports", ok=False, message="wait, and no worker takes them", needed=False)
    return Part("exports", ok=True, message="ready", needed=False)
