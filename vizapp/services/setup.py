"""What happens once per deployment and at every start: the encryption salt, the first admin, sample content."""

from sqlalchemy import func, select

from vizapp.config import Config, ConfigError
from vizapp.extensions import db, write_tx
from vizapp.models import Connection, Dashboard, Setting
from vizapp.security.crypto import Box, WrongKey, new_salt
from vizapp.services import datasets
from vizapp.services.runtime import runtime
from vizapp.sources.store import sweep as sweep_files
from vizapp.sources.store import sweep_arrived

_SALT, _CANARY = "encryption.salt", "encryption.canary"
_STALE_SECONDS = 3600
# Between making an upload's file and locking it.
_FRESH_SECONDS = 10


def open_box(config: Config) -> Box:
    """The encryption of this deployment; raises ConfigError when the key is not the one it began with."""
    key = config.encryption_master_key.get_secret_value()
    stored = {
        row.key: str(row.value) for row in db.session.scalars(select(Setting).where(Setting.key.like("encryption.%")))
    }
    if _SALT not in stored:
        return _first_box(key)
    box = Box(key, stored[_SALT], *config.former_keys)
    try:
        box.check(stored[_CANARY])
    except WrongKey as exc:
        raise ConfigError(
            "ENCRYPTION_MASTER_KEY is not the key this database was encrypted with. Set the former key, or give it as "
            "ENCRYPTION_MASTER_KEY_OLD and run: python -m vizapp.cli keys rotate"
        ) from exc
    return box


def _first_box(key: str) -> Box:
    salt = new_salt()
    box = Box(key, salt)
    with write_tx() as session:
        if session.scalar(select(Setting).where(Setting.key == _SALT)) is None:
            session.add_all([Setting(key=_SALT, value=salt), Setting(key=_CANARY, value=box.canary())])
            return box
    return Box(key, str(db.session.scalar(select(Setting.value).where(Setting.key == _SALT))))


def deployment() -> str:
    """What no other deployment has, and all processes of this one know."""
    return str(db.session.scalar(select(Setting.value).where(Setting.key == _SALT)))


def rotate_key() -> int:
    """Encrypt everything anew with the present key, all or nothing; says how many connections.

    Afterwards the former keys are not needed any more. Raises ConfigError when one that is needed is not given.
    """
    box = runtime().box
    with write_tx() as session:
        rows = session.scalars(select(Connection).with_for_update()).all()
        try:
            for row in rows:
                row.config = box.seal(box.open(row.config))
        except WrongKey as exc:
            raise ConfigError(
                "A connection was encrypted with a key that is not among ENCRYPTION_MASTER_KEY and "
                "ENCRYPTION_MASTER_KEY_OLD. Nothing was changed."
            ) from exc
        session.scalars(select(Setting).where(Setting.key == _CANARY)).one().value = box.canary()
    return len(rows)


def is_empty() -> bool:
    """Whether nobody has made a dashboard yet."""
    return not db.session.scalar(select(func.count()).select_from(Dashboard))


def sweep() -> None:
    """Remove what killed uploads left behind."""
    sweep_arrived(runtime().temporary_folder, older_than=_FRESH_SECONDS)
    sweep_files(runtime().dataset_folder, older_than=_STALE_SECONDS)
    datasets.sweep_unused(older_than=_STALE_SECONDS)
