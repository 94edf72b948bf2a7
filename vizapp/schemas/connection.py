"""Connections: the config of each type, what people send, what is told. Secrets go in and never come out.

A type is one entry of TYPES: its config model says all there is to fill in.
"""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StrictBool

from vizapp.errors import InvalidInput
from vizapp.schemas import cloud
from vizapp.schemas.base import WHOLE, CacheSeconds, ColumnType, Fits, Input, JsonId, Name, Strict
from vizapp.schemas.examples import like
from vizapp.schemas.records import Record
from vizapp.schemas.table import printable

# What stands for a secret that is stored; sent back, it means "as it was".
MASK = "********"
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")


def _host(value: str) -> str:
    text = value.strip().removeprefix("[").removesuffix("]")
    if not _HOST.fullmatch(text):
        raise ValueError("must be a name such as db.example.com or an address, without port, user or options")
    return text


def _certificate(value: str) -> str:
    if "-----BEGIN CERTIFICATE-----" not in value:
        raise ValueError("must be a certificate in PEM form, beginning with -----BEGIN CERTIFICATE-----")
    return value


def _as_number(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 6 else value


Host = Annotated[str, Field(min_length=1, max_length=253), AfterValidator(_host)]
Port = Annotated[int, Field(ge=1, le=65535), BeforeValidator(_as_number)]
Text = Annotated[str, Field(max_length=128), AfterValidator(printable)]
Secret = Annotated[
    str,
    Field(max_length=1024, json_schema_extra={"format": "password"}, description=f"Read back as {MASK}."),
    AfterValidator(printable),
]
Pem = Annotated[str, Field(max_length=20_000), AfterValidator(_certificate)]


class ConnectionType(StrEnum):
    """The types there are."""

    mysql = "mysql"
    postgresql = "postgresql"
    s3 = "s3"
    azure_blob = "azure_blob"
    gcs = "gcs"


class ConnectionConfig(Strict):
    """What every type of connection has in common: fields named in `secrets` are write-only.

    `places` are the fields that say where a stored secret would be sent: it is not sent elsewhere unseen.
    """

    @classmethod
    def secrets(cls) -> tuple[str, ...]:
        """The fields never to be shown, in Python's names."""
        return ()

    @classmethod
    def places(cls) -> tuple[str, ...]:
        """The fields that name the other end."""
        return ()

    def masked(self) -> dict[str, object]:
        """As it may be shown."""
        return self.model_copy(update={name: MASK for name in self.secrets() if getattr(self, name)}).wire()

    def with_secrets_of(self, stored: Self) -> Self:
        """This config with the mask replaced by what is stored.

        Raises InvalidInput when the other end has changed, or what protects the way to it: whoever sends a password
        elsewhere has to know it.
        """
        kept = {name: getattr(stored, name) for name in self.secrets() if getattr(self, name) == MASK}
        moved = any(getattr(self, name) != getattr(stored, name) for name in self.places())
        if moved and any(kept.values()):
            why = "the server, or how the way to it is protected, has changed"
            raise InvalidInput.of({f"config.{name}": f"Enter the {name} again: {why}." for name in kept})
        return self.model_copy(update=kept)


class DatabaseConfig(ConnectionConfig):
    """A database server.

    `ssl` encrypts the way to it; with `sslCert`, the certificate of its authority, its name is verified too.
    `poolSize` connections are kept, `maxOverflow` more are opened when all are busy; their sum is also how many
    questions a process asks it at once. Its answers are remembered for `cacheSeconds`, unless a chart says otherwise.
    """

    host: Host
    port: Port
    database: Text = ""
    user: Text = ""
    password: Secret = ""
    ssl: StrictBool = False
    ssl_cert: Pem | None = None
    pool_size: Annotated[int, Field(ge=1, le=50)] = 5
    max_overflow: Annotated[int, Field(ge=0, le=50)] = 5
    cache_seconds: CacheSeconds = None

    @classmethod
    def secrets(cls) -> tuple[str, ...]:
        """The password."""
        return ("password",)

    @classmethod
    def places(cls) -> tuple[str, ...]:
        """The server, and what keeps others on the way from reading along."""
        return ("host", "port", "ssl", "ssl_cert")


class PostgresConfig(DatabaseConfig):
    """PostgreSQL, or what speaks its protocol."""

    port: Port = 5432


class MysqlConfig(DatabaseConfig):
    """MySQL, MariaDB, or what speaks their protocol."""

    port: Port = 3306


class CloudConfig(ConnectionConfig):
    """An object store."""


class S3Config(CloudConfig):
    """S3; `endpointUrl` names a store that speaks its protocol, such as https://minio.example.com:9000."""

    bucket: Annotated[cloud.Bucket, Field(min_length=1)]
    region: cloud.Region = "us-east-1"
    access_key_id: Annotated[Text, Field(min_length=1)]
    secret_access_key: Annotated[Secret, Field(min_length=1)]
    endpoint_url: cloud.Url = ""

    @classmethod
    def secrets(cls) -> tuple[str, ...]:
        """The key's secret half."""
        return ("secret_access_key",)

    @classmethod
    def places(cls) -> tuple[str, ...]:
        """The server; all that AWS itself is called by is Amazon's."""
        return ("endpoint_url",)


class AzureConfig(CloudConfig):
    """Azure Blob Storage; the connection string names account, endpoint and key, or a shared access signature."""

    container_name: Annotated[cloud.Container, Field(min_length=1)]
    connection_string: Annotated[cloud.ConnectionString, AfterValidator(lambda text: cloud.checked_string(text, MASK))]

    @classmethod
    def secrets(cls) -> tuple[str, ...]:
        """All of the connection string, so that where its key goes cannot be changed without it."""
        return ("connection_string",)


class GcsConfig(CloudConfig):
    """Google Cloud Storage; `keyFile` is the text of a service account's key file, never the name of a file."""

    project_id: Text = ""
    bucket: cloud.Bucket = ""
    key_file: Annotated[cloud.KeyFile, AfterValidator(lambda text: cloud.checked_key(text, MASK))]
    endpoint_url: cloud.Url = ""

    @classmethod
    def secrets(cls) -> tuple[str, ...]:
        """The key file."""
        return ("key_file",)

    @classmethod
    def places(cls) -> tuple[str, ...]:
        """The server."""
        return ("endpoint_url",)


TYPES: dict[ConnectionType, type[ConnectionConfig]] = {
    ConnectionType.mysql: MysqlConfig,
    ConnectionType.postgresql: PostgresConfig,
    ConnectionType.s3: S3Config,
    ConnectionType.azure_blob: AzureConfig,
    ConnectionType.gcs: GcsConfig,
}


def parse_config(kind: str, config: object) -> ConnectionConfig:
    """The config of a connection of this type; raises InvalidInput naming each wrong field as `config.port`."""
    try:
        return TYPES[ConnectionType(kind)].parse(config)
    except ValueError as exc:
        raise InvalidInput.of({"type": f"{kind[:50]} is not a type; there are {', '.join(TYPES)}"}) from exc
    except InvalidInput as exc:
        raise InvalidInput.of(
            {f"config.{path}".removesuffix(".body"): why for path, why in exc.fields.items()}
        ) from exc


RoleName = Literal["admin", "editor", "viewer"]
Roles = Annotated[list[RoleName], Field(max_length=3, description="Who may ask through it, besides admins.")]
AnyConfig = PostgresConfig | MysqlConfig | S3Config | AzureConfig | GcsConfig
ConfigJson = Annotated[dict[str, Any], Fits(AnyConfig)]
_EXAMPLE: dict[str, Any] = {
    "name": "Sales database",
    "type": "postgresql",
    "config": {"host": "db.example.com", "port": 5432, "database": "sales", "user": "reader", "password": "…"},
}


class ConnectionInput(Input):
    """A new connection."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    name: Name
    type: ConnectionType
    config: ConfigJson
    roles: Roles = ["editor"]
    is_active: StrictBool = True


class ConnectionChanges(Input):
    """What is to change; what is left out, or null, stays. `config` is replaced whole; a masked secret stays."""

    model_config = ConfigDict(json_schema_extra={"example": {"roles": ["editor", "viewer"]}})

    name: Name | None = None
    config: ConfigJson | None = None
    roles: Roles | None = None
    is_active: StrictBool | None = None


class ConnectionRecord(Record):
    """A connection. `config`, with secrets masked, is for admins only and null for others."""

    model_config = like("connection")

    id: int
    name: str
    type: str
    config: Annotated[dict[str, object], Fits(AnyConfig)] | None
    roles: list[str]
    is_active: bool
    created_by: int | None
    created_at: datetime
    updated_at: datetime
    owner_name: str = ""

    @property
    def has_tables(self) -> bool:
        """Whether it is a database; object stores have files."""
        return issubclass(TYPES[ConnectionType(self.type)], DatabaseConfig)


# What a test goes through, in this order; `tls` only where it is asked for.
TEST_STEPS = ("name", "address", "port", "tls", "password", "database", "permission")
CLOUD_STEPS = ("name", "address", "port", "tls", "key", "bucket", "permission")


class TestDetails(Strict):
    """What a test found out. `step` failed: one of those in TEST_STEPS or CLOUD_STEPS."""

    __test__ = False

    model_config = ConfigDict(serialize_by_alias=True)

    step: str | None = None
    server: str | None = None
    encrypted: bool | None = None
    warnings: list[str] = []


class LastTest(Strict):
    """How the last test of a connection as it is now went; `step` failed."""

    __test__ = False

    ok: bool
    elapsed_ms: float | None = None
    step: str | None = None
    at: datetime


class ConnectionFacts(Strict):
    """What an admin's list says of a connection besides itself."""

    charts: int = 0
    dashboards: int = 0
    tested: LastTest | None = None


class TestResult(Strict):
    """Whether a connection works, in a sentence, and how long finding out took."""

    __test__ = False
    model_config = like("connection test", serialize_by_alias=True)

    ok: bool
    message: str
    elapsed_ms: float
    details: TestDetails = TestDetails()


class TableRecord(Record):
    """A table or view of a connection; `rows` is the database's own estimate, when it has one."""

    model_config = like("table")

    name: str
    schema_name: str
    kind: Literal["table", "view"]
    rows: int | None = None
    comment: str = ""


class ColumnRecord(Record):
    """A column of a table: its type as ours, and in the database's own words."""

    model_config = like("column")

    name: str
    type: ColumnType
    database_type: str
    nullable: bool = True
    comment: str = ""


class RelationRecord(Record):
    """A foreign key: `columns` of one table hold what `other_columns` of another one are found by."""

    model_config = like("relation")

    schema_name: str
    name: str
    columns: tuple[str, ...]
    other_schema: str
    other_name: str
    other_columns: tuple[str, ...]


class QueryBody(Input):
    """One read-only statement. `:name` in it stands for the value of that name in `params`, which is bound."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "connection_id": 1,
                "query": "SELECT region, sum(amount) AS amount FROM sales WHERE year = :year GROUP BY region",
                "params": {"year": 2026},
                "limit": 100,
            }
        }
    )

    connection_id: JsonId
    query: Annotated[str, Field(max_length=20_000)]
    params: Annotated[
        dict[
            Annotated[str, Field(max_length=100)], bool | int | float | Annotated[str, Field(max_length=10_000)] | None
        ],
        Field(max_length=100),
    ] = {}
    limit: (
        Annotated[int, Field(ge=1, le=1_000_000, description="At most `max_query_results` in any case."), WHOLE] | None
    ) = None
    refresh: Annotated[StrictBool, Field(description="Ask the database again, whatever is remembered.")] = False
    run: Annotated[
        str, Field(max_length=100, description="A name of your choice, for `POST /api/data/cancel` to stop it by.")
    ] = ""


class CancelBody(Input):
    """The query to stop, by the name its caller gave it."""

    model_config = ConfigDict(json_schema_extra={"example": {"run": "7f3a"}})

    run: Annotated[str, Field(min_length=1, max_length=100)]
