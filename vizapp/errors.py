"""Every error the product tells a person about, in one tree. Plain types: no Flask, no Dash.

AppError                        status, code, message, details
├── InvalidInput                422  INVALID_INPUT
│   ├── MissingField            422  MISSING_REQUIRED_FIELD
│   ├── InvalidChartConfig      422  INVALID_CHART_CONFIG
│   ├── InvalidQuery            422  INVALID_QUERY
│   ├── InvalidFile             400  INVALID_FILE_TYPE
│   └── FileTooLarge            413  FILE_TOO_LARGE
├── Unauthenticated             401  AUTH_TOKEN_MISSING
│   ├── BadCredentials          401  AUTH_INVALID_CREDENTIALS
│   ├── TokenInvalid            401  AUTH_TOKEN_INVALID
│   └── TokenExpired            401  AUTH_TOKEN_EXPIRED
├── PermissionDenied            403  PERMISSION_DENIED
│   └── InsufficientRole        403  INSUFFICIENT_ROLE
├── NotFound                    404  CHART_NOT_FOUND, DASHBOARD_NOT_FOUND, …
├── NotAcceptable               406  NOT_ACCEPTABLE
├── Gone                        410  LINK_GONE
├── Conflict                    409  CONFLICT
│   └── StaleVersion            409  STALE_VERSION
├── TooManyRequests             429  RATE_LIMIT_EXCEEDED
├── ColumnMissing               422  COLUMN_MISSING
├── DatasetDamaged              500  DATASET_DAMAGED
├── QueryFailed                 500  DATABASE_QUERY_FAILED
├── DatabaseTimeout             504  DATABASE_TIMEOUT
├── QueryCancelled              409  QUERY_CANCELLED
├── DatabaseUnreachable         502  EXTERNAL_DB_CONNECTION_FAILED
├── CloudStorageError           502  CLOUD_STORAGE_ERROR
│   └── CloudStorageBusy        503  CLOUD_STORAGE_ERROR
├── StorageFull                 507  STORAGE_FULL
├── ReportFailed                500  EXPORT_FAILED
└── Unavailable                 503  SERVICE_UNAVAILABLE
    ├── SourceBusy              503  DATABASE_BUSY
    └── ConnectionOff           409  CONNECTION_SWITCHED_OFF
"""

from collections.abc import Mapping, Sequence
from typing import Self


class AppError(Exception):
    """An error with a stable code and a sentence for the person who caused or met it.

    `message` is shown as it is, so it never carries secrets, SQL or paths. `details` is
    JSON-serialisable and names fields, lines or limits.
    """

    status: int = 500
    code: str = "INTERNAL_SERVER_ERROR"
    default: str = "Something went wrong on our side."

    def __init__(self, message: str = "", *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message or self.default)
        self.details: dict[str, object] = dict(details or {})

    @property
    def message(self) -> str:
        """The sentence to show."""
        return str(self.args[0])


class InvalidInput(AppError):
    """A value that cannot be accepted; `details["fields"]` maps a field's path to its reason."""

    status, code, default = 422, "INVALID_INPUT", "Some values are not valid."

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Self:
        """One error for several fields: `{"name": "Chart name is required"}`."""
        return cls("; ".join(fields.values()), details={"fields": dict(fields)})

    @property
    def fields(self) -> dict[str, str]:
        """Field path → reason, empty when the error is not about fields."""
        found = self.details.get("fields", {})
        return {str(k): str(v) for k, v in found.items()} if isinstance(found, Mapping) else {}


class MissingField(InvalidInput):
    """A required field is absent or blank."""

    code = "MISSING_REQUIRED_FIELD"


class InvalidChartConfig(InvalidInput):
    """A chart config that its chart type cannot draw."""

    code, default = "INVALID_CHART_CONFIG", "The chart config is not valid."


class InvalidQuery(InvalidInput):
    """A query that cannot be asked."""

    code, default = "INVALID_QUERY", "The query is not valid."


class InvalidFile(InvalidInput):
    """A file that is not what it says, or cannot be read as a table; details may name `line`."""

    status, code, default = 400, "INVALID_FILE_TYPE", "This file cannot be read as a table."


class FileTooLarge(InvalidInput):
    """A file over a limit; details carry `limit` and, when known, `size`, in bytes."""

    status, code, default = 413, "FILE_TOO_LARGE", "The file is over the size limit."


class Unauthenticated(AppError):
    """Nobody is signed in, or the session ended."""

    status, code, default = 401, "AUTH_TOKEN_MISSING", "Please sign in."


class BadCredentials(Unauthenticated):
    """Wrong user name or password; the text never says which."""

    code, default = "AUTH_INVALID_CREDENTIALS", "User name or password is wrong."


class TokenInvalid(Unauthenticated):
    """A token or API key that is forged, revoked, of another kind, or whose user has lost it; never says which."""

    code, default = "AUTH_TOKEN_INVALID", "This token is not valid. Please sign in again."


class TokenExpired(Unauthenticated):
    """A token or API key whose time is over."""

    code, default = "AUTH_TOKEN_EXPIRED", "This token has expired."


class PermissionDenied(AppError):
    """Signed in, but not allowed to do this to that object."""

    status, code, default = 403, "PERMISSION_DENIED", "You may not change this."


class InsufficientRole(PermissionDenied):
    """The role as such does not allow this action."""

    code, default = "INSUFFICIENT_ROLE", "Your role does not allow this."


class NotFound(AppError):
    """No such object, or not one this actor may see: the two are answered alike."""

    status, code, default = 404, "NOT_FOUND", "Not found."

    @classmethod
    def of(cls, kind: str) -> "NotFound":
        """`NotFound.of("chart")` has the code CHART_NOT_FOUND."""
        error = cls(f"This {kind} does not exist, or you may not see it.")
        error.code = f"{kind.upper().replace(' ', '_')}_NOT_FOUND"
        return error


class NotAcceptable(AppError):
    """The answer does not exist in the format that was asked for; details carry what it `accepts`."""

    status, code, default = 406, "NOT_ACCEPTABLE", "This is not available in that format."


class Gone(AppError):
    """A public link that was valid once: revoked or expired."""

    status, code, default = 410, "LINK_GONE", "This link is no longer valid."


class Conflict(AppError):
    """The change does not fit the present state, such as a name that is taken."""

    status, code, default = 409, "CONFLICT", "This does not fit the present state."


class StaleVersion(Conflict):
    """Somebody else saved meanwhile; details carry `current_version`."""

    code, default = "STALE_VERSION", "Somebody else saved this meanwhile."


class TooManyRequests(AppError):
    """A rate limit was hit; details carry `retry_after` in seconds."""

    status, code, default = 429, "RATE_LIMIT_EXCEEDED", "Too many tries. Please wait a little."


class ColumnMissing(AppError):
    """A chart asks for a column its data no longer has; details carry `columns`."""

    status, code, default = 422, "COLUMN_MISSING", "A column of this chart is gone from its data."

    @classmethod
    def of(cls, columns: Sequence[str]) -> "ColumnMissing":
        """Names every missing column."""
        names = ", ".join(f"“{c}”" for c in columns)
        verb = "is" if len(columns) == 1 else "are"
        return cls(f"{names} {verb} no longer in the data.", details={"columns": list(columns)})


class DatasetDamaged(AppError):
    """The stored file of a dataset is missing or cannot be read."""

    status, code, default = 500, "DATASET_DAMAGED", "The stored file of this dataset is damaged."


class QueryFailed(AppError):
    """A connected database refused or broke off a question that is not the asker's fault."""

    status, code, default = 500, "DATABASE_QUERY_FAILED", "The database could not answer this."


class QueryCancelled(AppError):
    """Whoever asked does not want the answer any more."""

    status, code, default = 409, "QUERY_CANCELLED", "Cancelled."


class DatabaseTimeout(AppError):
    """A question ran past its time and was cancelled at the database; details carry `seconds`."""

    status, code = 504, "DATABASE_TIMEOUT"
    default = "The database took too long. Narrow the question: fewer rows, a filter, a coarser step of time."


class DatabaseUnreachable(AppError):
    """A connection cannot be made; details carry the `step` that failed. The text never holds the password."""

    status, code, default = 502, "EXTERNAL_DB_CONNECTION_FAILED", "The database cannot be reached."


class CloudStorageError(AppError):
    """An object store refused or lacks something; details carry the `step` that failed. Never holds a secret."""

    status, code, default = 502, "CLOUD_STORAGE_ERROR", "The object store could not do this."


class CloudStorageBusy(CloudStorageError):
    """An object store that is overloaded, or takes longer than it may."""

    status, default = 503, "The object store does not answer in time. Please try again in a moment."


class StorageFull(AppError):
    """The disk that holds the data folder is full or read-only."""

    status, code, default = 507, "STORAGE_FULL", "There is no room left to store this."


class Unavailable(AppError):
    """A part the request needs is not there just now."""

    status, code, default = 503, "SERVICE_UNAVAILABLE", "This is not available just now."


class ConnectionOff(Unavailable):
    """A connection that an admin has switched off: nothing that passes by itself."""

    status, code, default = 409, "CONNECTION_SWITCHED_OFF", "The connection behind this is switched off."


class RendererMissing(Unavailable):
    """Pictures need a browser, and there is none; `at` is where BROWSER_PATH says it is."""

    default = (
        "Pictures need Chromium, which is not on this server. "
        "An administrator can install it (apt install chromium), or name it in BROWSER_PATH."
    )

    def __init__(self, message: str = "", *, details: Mapping[str, object] | None = None, at: str = "") -> None:
        where = "Pictures need Chromium, and BROWSER_PATH names no program there is. An administrator can mend that."
        super().__init__(message or (where if at else ""), details=details)


class RendererBusy(Unavailable):
    """More pictures are asked for than can be made; details carry `retry_after` in seconds."""

    default = "Many pictures are being made just now. Please try again in a moment."

    def __init__(self, message: str = "", *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message, details={"retry_after": 5, **(details or {})})


class RendererTimeout(AppError):
    """A picture was not there in time and was given up; details carry `seconds`."""

    status, code = 504, "EXPORT_TIMEOUT"
    default = "Making this picture took too long. Please try again; filter the data if it happens again."


class RendererFailed(AppError):
    """A picture could not be made."""

    code, default = "EXPORT_FAILED", "This picture could not be made. Please try again."


class SourceBusy(Unavailable):
    """A source has as many questions as it may have at once; details carry `source` and `retry_after` in seconds."""

    code, default = "DATABASE_BUSY", "The database behind this is busy. Please try again in a moment."

    def __init__(self, message: str = "", *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message, details={"retry_after": 2, **(details or {})})

    @classmethod
    def of(cls, source: str) -> "SourceBusy":
        """Names the source."""
        return cls(
            f"“{source}” is busy with other questions. Please try again in a moment.", details={"source": source}
        )


class ReportFailed(AppError):
    """A report that could not be printed within its bounds."""

    code = "EXPORT_FAILED"
    default = "This report is too much for one file. Filter the data, or print charts one by one."
