"""Who may do what by the API: the one table. test_permissions.py walks it, docs/permissions.md is written from it.

A line is a call on an object of the owner's; a cell is the status, and the code of an error. To add a call is to add
a line: a test misses calls of the server that have none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# What a cell is about: who asks. The owner is an editor whose object it is; the key is the owner's, to read only; the
# admin's key is to write.
CALLERS = ("nobody", "link", "viewer", "editor", "owner", "admin", "key", "admin key")
# The same for an object that does not exist.
MISSING = ("viewer, missing", "editor, missing", "admin, missing", "key, missing")
# An id that nothing has.
NO_ID = 987_654

_TOKENLESS = {"nobody": "401 AUTH_TOKEN_MISSING", "link": "401 AUTH_TOKEN_MISSING"}
_ROLE, _DENIED = "403 INSUFFICIENT_ROLE", "403 PERMISSION_DENIED"
_NO_STORE = "422 INVALID_INPUT"
_AWAY = "502 EXTERNAL_DB_CONNECTION_FAILED"
_CHART = {"name": "A", "config": {"x": "region", "y": "amount"}}


@dataclass(frozen=True)
class Call:
    """A call: `{chart}` and its like in the path stand for ids of the owner's; a body goes as JSON or as a file."""

    endpoint: str
    method: str
    path: str
    cells: Mapping[str, str]
    body: object = None
    # What is sent as the multipart field `file`, with the rest of the form.
    file: bytes | None = None
    about: str = ""

    @property
    def rule(self) -> str:
        """The path as it stands in the document, said once more what it is about where that makes a difference."""
        return f"{self.path}{f' ({self.about})' if self.about else ''}"


def everybody(answer: str) -> dict[str, str]:
    """The same for all, also without a token."""
    return dict.fromkeys(CALLERS, answer)


def signed_in(answer: str = "200", *, missing: str = "", key: str = "") -> dict[str, str]:
    """Whoever has a token."""
    cells = {**_TOKENLESS, **dict.fromkeys(("viewer", "editor", "owner", "admin", "admin key"), answer)}
    cells["key"] = key or answer
    return cells | (dict.fromkeys(MISSING, missing) if missing else {})


def makers(answer: str = "201") -> dict[str, str]:
    """Editors and admins; a key to read makes nothing."""
    return signed_in(answer, key=_DENIED) | {"viewer": _ROLE}


def owners(kind: str, answer: str = "200") -> dict[str, str]:
    """Who owns it, and admins. A viewer is refused before anybody looks whether it exists."""
    gone = f"404 {kind}_NOT_FOUND"
    missing = {"viewer, missing": _ROLE, "editor, missing": gone, "admin, missing": gone, "key, missing": _DENIED}
    return makers(answer) | {"editor": _DENIED} | missing


def admins(answer: str = "200", *, missing: str = "", key: str = _DENIED) -> dict[str, str]:
    """Admins, themselves unless `key` says otherwise; for all others what exists and what does not is the same."""
    others = dict.fromkeys(("viewer", "editor", "owner", "key"), _ROLE)
    cells = {**_TOKENLESS, **others, "admin": answer, "admin key": key}
    return cells | (dict.fromkeys(MISSING, _ROLE) | {"admin, missing": missing} if missing else {})


def borrowers(answer: str) -> dict[str, str]:
    """Roles that the connection is lent to: editors here. To others it is as one that is not there."""
    gone = "404 CONNECTION_NOT_FOUND"
    return signed_in(answer, missing=gone) | {"viewer": gone}


def own_account(answer: str = "200") -> dict[str, str]:
    """Everybody about themselves, not by a key."""
    return signed_in(answer, key=_DENIED) | {"admin key": _DENIED}


def revokers() -> dict[str, str]:
    """Only who made the key: another's is as one that never was, for admins too."""
    gone = "404 API_KEY_NOT_FOUND"
    return signed_in(gone, missing=gone, key=_DENIED) | {"owner": "204", "admin key": _DENIED, "key, missing": _DENIED}


def askers(answer: str = "200") -> dict[str, str]:
    """Only who had it made, by a key as well: another's is as one that never was, for admins too."""
    gone = "404 EXPORT_NOT_FOUND"
    return signed_in(gone, missing=gone, key=answer) | {"owner": answer}


def link_holders() -> dict[str, str]:
    """Whoever has the link, with or without a token; without one there is nothing to see."""
    return everybody("200") | dict.fromkeys(MISSING, "404 DASHBOARD_NOT_FOUND")


CSV = b"region,amount\nNorth,1\nSouth,2\n"
CALLS = (
    Call(
        "auth.log_in",
        "POST",
        "/api/auth/login",
        everybody("401 AUTH_INVALID_CREDENTIALS"),
        {"username": "x", "password": "y"},
    ),
    Call(
        "auth.refresh_tokens", "POST", "/api/auth/refresh", everybody("401 AUTH_TOKEN_INVALID"), {"refresh_token": "x"}
    ),
    Call("auth.log_out", "POST", "/api/auth/logout", own_account("204")),
    Call("auth.get_me", "GET", "/api/auth/me", signed_in()),
    Call(
        "auth.change_password",
        "POST",
        "/api/auth/password",
        own_account("422 INVALID_INPUT"),
        {"current": "wrong", "password": "long enough"},
        about="with a wrong one",
    ),
    Call("auth.list_api_keys", "GET", "/api/auth/keys", own_account()),
    Call("auth.create_api_key", "POST", "/api/auth/keys", own_account("201"), {"name": "k"}),
    Call("auth.revoke_api_key", "DELETE", "/api/auth/keys/{key}", revokers()),
    Call("users.list_users", "GET", "/api/users", admins(key="200")),
    Call(
        "users.create_user",
        "POST",
        "/api/users",
        admins("201"),
        {"username": "newcomer", "email": "n@example.com", "password": "long enough"},
    ),
    Call("users.get_user", "GET", "/api/users/{self}", signed_in(), about="oneself"),
    Call(
        "users.get_user", "GET", "/api/users/{user}", admins(missing="404 USER_NOT_FOUND", key="200"), about="another"
    ),
    Call(
        "users.update_user",
        "PUT",
        "/api/users/{self}",
        own_account(),
        {"email": "new@example.com"},
        about="one's address",
    ),
    Call(
        "users.update_user",
        "PUT",
        "/api/users/{self}",
        own_account(_DENIED) | {"admin": "409 CONFLICT"},
        {"role": "viewer"},
        about="one's role; the only admin keeps it",
    ),
    Call(
        "users.update_user",
        "PUT",
        "/api/users/{user}",
        admins(missing="404 USER_NOT_FOUND"),
        {"role": "editor"},
        about="another",
    ),
    Call("users.delete_user", "DELETE", "/api/users/{user}", admins("204", missing="404 USER_NOT_FOUND")),
    Call("users.delete_user", "DELETE", "/api/users/{self}", admins("409 CONFLICT"), about="oneself"),
    Call("charts.list_charts", "GET", "/api/charts", signed_in()),
    Call("charts.create_chart", "POST", "/api/charts", makers(), _CHART),
    Call("charts.get_chart", "GET", "/api/charts/{chart}", signed_in(missing="404 CHART_NOT_FOUND")),
    Call("charts.update_chart", "PUT", "/api/charts/{chart}", owners("CHART"), {"name": "New"}),
    Call("charts.delete_chart", "DELETE", "/api/charts/{chart}", owners("CHART", "204")),
    Call("charts.execute_chart", "POST", "/api/charts/{chart}/execute", signed_in(missing="404 CHART_NOT_FOUND")),
    Call("dashboards.list_dashboards", "GET", "/api/dashboards", signed_in()),
    Call("dashboards.create_dashboard", "POST", "/api/dashboards", makers(), {"name": "B"}),
    Call(
        "dashboards.get_dashboard", "GET", "/api/dashboards/{dashboard}", signed_in(missing="404 DASHBOARD_NOT_FOUND")
    ),
    Call("dashboards.update_dashboard", "PUT", "/api/dashboards/{dashboard}", owners("DASHBOARD"), {"name": "New"}),
    Call("dashboards.delete_dashboard", "DELETE", "/api/dashboards/{dashboard}", owners("DASHBOARD", "204")),
    Call("dashboards.get_share", "GET", "/api/dashboards/{dashboard}/share", owners("DASHBOARD")),
    Call("dashboards.share_dashboard", "POST", "/api/dashboards/{dashboard}/share", owners("DASHBOARD", "201")),
    Call("dashboards.unshare_dashboard", "DELETE", "/api/dashboards/{dashboard}/share", owners("DASHBOARD", "204")),
    Call(
        "exports.export_chart_image",
        "GET",
        "/api/export/chart/{chart}/image",
        signed_in(missing="404 CHART_NOT_FOUND"),
    ),
    Call(
        "exports.export_dashboard_image",
        "GET",
        "/api/export/dashboard/{dashboard}/image",
        signed_in(missing="404 DASHBOARD_NOT_FOUND"),
    ),
    Call(
        "exports.export_chart_excel",
        "GET",
        "/api/export/chart/{chart}/excel",
        signed_in(missing="404 CHART_NOT_FOUND"),
    ),
    Call(
        "exports.export_chart_csv",
        "GET",
        "/api/export/chart/{chart}/csv",
        signed_in(missing="404 CHART_NOT_FOUND"),
    ),
    Call(
        "exports.export_dashboard_excel",
        "GET",
        "/api/export/dashboard/{dashboard}/excel",
        signed_in(missing="404 DASHBOARD_NOT_FOUND"),
    ),
    Call(
        "exports.export_dashboard_csv",
        "GET",
        "/api/export/dashboard/{dashboard}/csv",
        signed_in(missing="404 DASHBOARD_NOT_FOUND"),
    ),
    Call("exports.export_chart_pdf", "GET", "/api/export/chart/{chart}/pdf", signed_in(missing="404 CHART_NOT_FOUND")),
    Call(
        "exports.export_dashboard_pdf",
        "GET",
        "/api/export/dashboard/{dashboard}/pdf",
        signed_in(missing="404 DASHBOARD_NOT_FOUND"),
    ),
    Call(
        "background.start_export",
        "POST",
        "/api/exports",
        signed_in("404 DASHBOARD_NOT_FOUND"),
        {"what": "dashboard", "id": NO_ID, "format": "excel"},
        about="of a dashboard that is none",
    ),
    Call("background.list_exports", "GET", "/api/exports", signed_in()),
    Call("background.get_export", "GET", "/api/exports/{export}", askers()),
    Call("background.remove_export", "DELETE", "/api/exports/{export}", askers("204")),
    Call(
        "background.retry_export", "POST", "/api/exports/{export}/retry", askers("202"), about="one that was cancelled"
    ),
    Call("background.fetch_export", "GET", "/api/exports/{file}/file", askers(), about="one that is done"),
    Call("view.view_dashboard", "GET", "/view/dashboard/{token}", link_holders()),
    Call("datasets.list_datasets", "GET", "/api/datasets", signed_in()),
    Call("datasets.upload_dataset", "POST", "/api/datasets", makers(), file=CSV),
    Call("datasets.get_dataset", "GET", "/api/datasets/{dataset}", signed_in(missing="404 DATASET_NOT_FOUND")),
    Call("datasets.update_dataset", "PUT", "/api/datasets/{dataset}", owners("DATASET"), {"name": "New"}),
    Call("datasets.delete_dataset", "DELETE", "/api/datasets/{dataset}", owners("DATASET", "204")),
    Call("connections.list_connections", "GET", "/api/connections", signed_in()),
    Call(
        "connections.create_connection",
        "POST",
        "/api/connections",
        admins("201"),
        {"name": "A", "type": "postgresql", "config": {"host": "127.0.0.1", "port": 1}},
    ),
    Call("connections.get_connection", "GET", "/api/connections/{connection}", borrowers("200")),
    Call(
        "connections.update_connection",
        "PUT",
        "/api/connections/{connection}",
        admins(missing="404 CONNECTION_NOT_FOUND"),
        {"name": "New"},
    ),
    Call(
        "connections.delete_connection",
        "DELETE",
        "/api/connections/{connection}",
        admins("204", missing="404 CONNECTION_NOT_FOUND"),
    ),
    Call(
        "connections.try_connection",
        "POST",
        "/api/connections/{connection}/test",
        admins(missing="404 CONNECTION_NOT_FOUND"),
    ),
    Call("connections.list_tables", "GET", "/api/connections/{connection}/tables", borrowers(_AWAY)),
    Call("connections.list_columns", "GET", "/api/connections/{connection}/columns?table=a", borrowers(_AWAY)),
    Call("connections.list_relations", "GET", "/api/connections/{connection}/relations?table=a", borrowers(_AWAY)),
    Call("connections.preview_table", "GET", "/api/connections/{connection}/preview?table=a", borrowers(_AWAY)),
    Call("connections.list_files", "GET", "/api/connections/{connection}/files", borrowers(_NO_STORE)),
    Call(
        "connections.preview_file", "GET", "/api/connections/{connection}/files/preview?key=a.csv", borrowers(_NO_STORE)
    ),
    Call(
        "connections.snapshot_file",
        "POST",
        "/api/connections/{connection}/files/snapshot",
        borrowers(_NO_STORE) | {"viewer": _ROLE, "viewer, missing": _ROLE, "key": _DENIED, "key, missing": _DENIED},
        {"key": "a.csv"},
    ),
    Call(
        "data.ask_connection",
        "POST",
        "/api/data/query",
        signed_in("404 CONNECTION_NOT_FOUND"),
        {"connection_id": NO_ID, "query": "SELECT 1"},
        about="a connection that is none",
    ),
    Call("data.cancel_query", "POST", "/api/data/cancel", signed_in("204"), {"run": "none"}),
    Call("data.upload_csv", "POST", "/api/data/upload-csv?chart_id={chart}", owners("CHART"), file=CSV),
    Call("settings.list_settings", "GET", "/api/settings", admins()),
    Call("settings.update_settings", "PUT", "/api/settings", admins(), {"max_upload_mb": 60}),
    Call("settings.get_setting", "GET", "/api/settings/{setting}", admins(missing="404 SETTING_NOT_FOUND")),
    Call(
        "settings.update_setting",
        "PUT",
        "/api/settings/{setting}",
        admins(missing="404 SETTING_NOT_FOUND"),
        {"value": 60},
    ),
    Call("settings.get_cache", "GET", "/api/cache", admins()),
    Call("settings.clear_cache", "DELETE", "/api/cache", admins("204")),
    Call("settings.list_logs", "GET", "/api/logs", admins(key="200")),
    Call("docs.page", "GET", "/api/docs", everybody("200")),
    Call("docs.document", "GET", "/api/docs/openapi.json", everybody("200")),
    Call("docs.static", "GET", "/api/docs/files/start.js", everybody("200")),
    Call("docs.swagger", "GET", "/api/docs/swagger/css/swagger-ui.css", everybody("200")),
    Call("unknown.refuse", "GET", "/api/nothing", signed_in("404 NOT_FOUND"), about="whatever is no call"),
)
