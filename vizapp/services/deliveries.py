"""Files that were made go to a bucket too: asked about when the job is, and again when it is done."""

from pathlib import Path

from vizapp.access import Actor, Permission, require
from vizapp.errors import InvalidInput
from vizapp.extensions import write_tx
from vizapp.models import Job
from vizapp.schemas.connection import CloudConfig
from vizapp.schemas.exports import Destination
from vizapp.services import audit, connections, stores
from vizapp.sources.cloud.opened import opened
from vizapp.sources.cloud.wire import Bounds

# What a slow line sends in a second: a large file is given its time, and a store that hangs is not waited for.
_SLOW_BYTES = 256 * 1024


def of(row: Job) -> Destination | None:
    """Where the file of a job goes besides its folder."""
    sent = row.parameters.get("destination")
    return None if sent is None else Destination.model_validate(sent)


def store_of(actor: Actor, where: Destination) -> CloudConfig:
    """The object store, for who may put something there.

    Raises NotFound, also for a connection that this actor may not use, InsufficientRole for viewers,
    PermissionDenied for a key that only reads, InvalidInput when it is a database, and ConnectionOff when it is
    switched off.
    """
    require(actor, Permission.EXPORT_SEND)
    row = connections.usable(actor, where.connection_id)
    try:
        return connections.cloud_of(row)
    except InvalidInput as exc:
        raise InvalidInput.of({f"destination.{at}": why for at, why in exc.fields.items()}) from exc


def send(actor: Actor, job_id: int, where: Destination, path: Path) -> None:
    """Put the file there: whole, or what was there stays. Raises what `store_of` does, and CloudStorageError."""
    config, size, usual = store_of(actor, where), path.stat().st_size, stores.bounds()
    with opened(config, Bounds(usual.seconds + size / _SLOW_BYTES, usual.networks)) as store:
        store.put(where.path, path)
    with write_tx() as session:
        known = {"export": job_id, "path": where.path, "bytes": size}
        audit.record(session, actor, "export.put", "connection", where.connection_id, **known)
