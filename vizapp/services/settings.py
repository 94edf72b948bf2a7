"""Settings an admin can change while the program runs. Each has a default from the configuration.

The list is closed: what is in KNOWN is read somewhere, and the table holds other things as well, such as the salt of
the encryption.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from annotated_types import Ge, Le
from sqlalchemy import bindparam, select

from vizapp.access import Actor, Permission, require
from vizapp.config import MIB, Config
from vizapp.errors import InvalidInput, NotFound
from vizapp.extensions import db, write_tx
from vizapp.models import Setting
from vizapp.schemas.base import MAX_REASONS
from vizapp.schemas.records import Page, SettingRecord
from vizapp.services import audit
from vizapp.services.runtime import runtime
from vizapp.sources.limits import FileLimits

MAX_UPLOAD_MB, CACHE_TTL, CACHE_STALE = "max_upload_mb", "cache_ttl_seconds", "cache_stale_factor"
MAX_QUERY_RESULTS = "max_query_results"


@dataclass(frozen=True, slots=True)
class Known:
    """A setting that is a whole number, named as the variable that has its default and its bounds."""

    key: str
    description: str

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the greatest value."""
        rules = Config.model_fields[self.key].metadata
        least = next(rule.ge for rule in rules if isinstance(rule, Ge))
        most = next(rule.le for rule in rules if isinstance(rule, Le))
        return cast("int", least), cast("int", most)

    @property
    def default(self) -> int:
        """What holds while nothing is stored."""
        return int(getattr(runtime().config, self.key))


KNOWN = {
    known.key: known
    for known in (
        Known(CACHE_TTL, "Seconds for which an answer of a connected database is remembered; 0 remembers none."),
        Known(
            CACHE_STALE,
            "An answer up to so many times as old as it should be is shown at once and renewed behind; 1 shows none.",
        ),
        Known(MAX_QUERY_RESULTS, "Rows an answer has at most; more are cut off, and that is said."),
        Known(MAX_UPLOAD_MB, "Size of the largest file to upload, in MB (1,048,576 bytes)."),
    )
}


_VALUE = select(Setting.value).where(Setting.key == bindparam("key"))


def _value(key: str) -> int:
    stored = db.session.connection().scalar(_VALUE, {"key": key})
    return stored if isinstance(stored, int) else KNOWN[key].default


def cache_seconds() -> float:
    """For how long an answer of a connected database is remembered."""
    return float(_value(CACHE_TTL))


def cache_stale_factor() -> int:
    """How many times as old as it should be an answer may be that is shown while it is renewed."""
    return _value(CACHE_STALE)


def upload_limits() -> FileLimits:
    """The caps of an upload."""
    return FileLimits(file_bytes=_value(MAX_UPLOAD_MB) * MIB)


def max_query_results() -> int:
    """Rows an answer has at most."""
    return _value(MAX_QUERY_RESULTS)


def list_settings(
    actor: Actor, *, search: str = "", sort: str = "", offset: int = 0, limit: int = 50
) -> Page[SettingRecord]:
    """All settings by key, changed or not."""
    require(actor, Permission.SETTINGS_MANAGE)
    keys = sorted((key for key in KNOWN if search.lower() in key), reverse=sort.startswith("-"))
    rows = {row.key: row for row in db.session.scalars(select(Setting).where(Setting.key.in_(keys)))}
    items = [_record(KNOWN[key], rows.get(key)) for key in keys[offset : offset + limit]]
    return Page(items=items, total=len(keys), offset=offset, limit=limit)


def get_setting(actor: Actor, key: str) -> SettingRecord:
    """Raises NotFound for a key that is not KNOWN, whatever the table holds."""
    require(actor, Permission.SETTINGS_MANAGE)
    return _record(_known(key), db.session.scalar(select(Setting).where(Setting.key == key)))


def change_setting(actor: Actor, key: str, value: int | None) -> SettingRecord:
    """Store a value; None goes back to the default. Raises NotFound, or InvalidInput naming the bounds."""
    require(actor, Permission.SETTINGS_MANAGE)
    known = _known(key)
    _check({"value": (known, value)})
    _store(actor, {key: value})
    return get_setting(actor, key)


def change_settings(actor: Actor, values: Mapping[str, int | None]) -> Page[SettingRecord]:
    """Store several, all or none. Raises InvalidInput naming each that is unknown or out of its bounds."""
    require(actor, Permission.SETTINGS_MANAGE)
    strange = [key[:100] for key in values if key not in KNOWN][:MAX_REASONS]
    unknown = {key: f"is no setting; there are {', '.join(KNOWN)}" for key in strange}
    if unknown:
        raise InvalidInput.of(unknown)
    _check({key: (KNOWN[key], value) for key, value in values.items()})
    _store(actor, values)
    return list_settings(actor)


def _known(key: str) -> Known:
    if key not in KNOWN:
        raise NotFound.of("setting")
    return KNOWN[key]


def _check(values: Mapping[str, tuple[Known, int | None]]) -> None:
    problems = {
        field: f"{known.key} must be from {known.bounds[0]} to {known.bounds[1]}"
        for field, (known, value) in values.items()
        if value is not None and not known.bounds[0] <= value <= known.bounds[1]
    }
    if problems:
        raise InvalidInput.of(problems)


def _store(actor: Actor, values: Mapping[str, int | None]) -> None:
    with write_tx() as session:
        for key, value in values.items():
            row = session.scalar(select(Setting).where(Setting.key == key))
            old = row.value if row else None
            if row is not None and value is None:
                session.delete(row)
            elif value is not None:
                row = row or Setting(key=key, description=KNOWN[key].description)
                row.value, row.updated_by = value, actor.user_id
                session.add(row)
            audit.record(session, actor, "setting.update", "setting", key=key, old=old, new=value)


def _record(known: Known, row: Setting | None) -> SettingRecord:
    least, most = known.bounds
    return SettingRecord(
        key=known.key,
        value=row.value if row is not None and isinstance(row.value, int) else known.default,
        description=known.description,
        default=known.default,
        minimum=least,
        maximum=most,
        updated_by=row.updated_by if row else None,
        updated_at=row.updated_at if row else None,
    )
