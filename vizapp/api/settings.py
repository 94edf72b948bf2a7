"""What an admin sets and reads while the program runs: settings, the memory of results, and the activity log."""

from typing import Annotated, Any

from flask import Response
from pydantic import ConfigDict, Field, RootModel

from vizapp.api.wire import Api, FieldsQuery, ListQuery, gone, listed, show, some_of
from vizapp.identity import signed_in
from vizapp.schemas.base import Id, Input, Whole
from vizapp.schemas.bodies import SettingBody
from vizapp.schemas.records import CacheRecord, LogRecord, SettingRecord
from vizapp.services import audit, cache, settings

bp = Api("settings", "Settings, the memory of results, and the log of who did what. For admins.")


class ByKey(Input):
    """The key in the path."""

    key: Annotated[str, Field(max_length=100, json_schema_extra={"enum": [*settings.KNOWN]})]


class SettingsBody(RootModel[dict[str, Whole | None]]):
    """New values by key, all stored or none; `null` goes back to the default."""

    model_config = ConfigDict(json_schema_extra={"example": {settings.MAX_UPLOAD_MB: 100}})

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        """The document names the keys and their bounds."""
        found: dict[str, Any] = handler(schema)
        found["additionalProperties"] = False
        found["properties"] = {key: _in_bounds(*known.bounds) for key, known in settings.KNOWN.items()}
        return found


def _in_bounds(least: int, most: int) -> dict[str, Any]:
    return {"anyOf": [{"type": "integer", "minimum": least, "maximum": most}, {"type": "null"}]}


class SettingFields(FieldsQuery):
    """Fields of a setting."""

    record = SettingRecord


class SettingList(ListQuery):
    """A list of settings."""

    record = SettingRecord
    sortable = ("key",)


class LogList(ListQuery):
    """A part of the log; `search` looks into actions such as `chart.delete`."""

    record = LogRecord
    sortable = ("created_at", "action", "resource_type")

    user_id: Id | None = None
    resource_type: Annotated[str, Field(max_length=50, description="Such as `chart`.", pattern=r"^[a-z_]*$")] = ""


@bp.get("/api/settings", responses={200: listed(SettingRecord)})
def list_settings(query: SettingList) -> Response:
    """All settings, changed or not (admin)."""
    return show(settings.list_settings(signed_in(), **query.part), fields=query.chosen)


@bp.put("/api/settings", responses={200: listed(SettingRecord)})
def update_settings(body: SettingsBody) -> Response:
    """Change several settings, all or none (admin). 422 names those that are unknown or out of their bounds."""
    return show(settings.change_settings(signed_in(), body.root))


@bp.get("/api/settings/<key>", responses={200: some_of(SettingRecord)})
def get_setting(path: ByKey, query: SettingFields) -> Response:
    """One setting (admin)."""
    return show(settings.get_setting(signed_in(), path.key), fields=query.chosen)


@bp.put("/api/settings/<key>", responses={200: SettingRecord})
def update_setting(path: ByKey, body: SettingBody) -> Response:
    """Change one setting (admin); it holds at once. 422 names the bounds."""
    return show(settings.change_setting(signed_in(), path.key, body.value))


@bp.get("/api/cache", responses={200: CacheRecord})
def get_cache() -> Response:
    """What is remembered of answers, and how well that works (admin)."""
    return show(cache.state(signed_in()))


@bp.delete("/api/cache", responses={204: None})
def clear_cache() -> Response:
    """Forget every answer; the next question of each chart asks its data (admin)."""
    cache.clear(signed_in())
    return gone()


@bp.get("/api/logs", responses={200: listed(LogRecord)})
def list_logs(query: LogList) -> Response:
    """Who did what, newest first (admin)."""
    page = audit.list_log(signed_in(), user_id=query.user_id, resource_type=query.resource_type, **query.part)
    return show(page, fields=query.chosen)
