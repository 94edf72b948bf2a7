"""Connections: made and tested by admins; their tables and files, for the roles they are lent to."""

from typing import Annotated

from flask import Response
from pydantic import AfterValidator, ConfigDict, Field

from vizapp.api.failures import DATABASE, fails
from vizapp.api.formats import asked_format, respond
from vizapp.api.links import linked
from vizapp.api.wire import Api, ById, FieldsQuery, ListQuery, gone, listed, show, some_of
from vizapp.errors import (
    CloudStorageBusy,
    CloudStorageError,
    Conflict,
    ConnectionOff,
    FileTooLarge,
    InvalidFile,
    NotAcceptable,
    NotFound,
)
from vizapp.identity import signed_in
from vizapp.schemas.answers import AnswerObject
from vizapp.schemas.base import Input
from vizapp.schemas.cloud import CloudFile, FileFormat, Key
from vizapp.schemas.connection import (
    ColumnRecord,
    ConnectionChanges,
    ConnectionInput,
    ConnectionRecord,
    RelationRecord,
    TableRecord,
    TestResult,
)
from vizapp.schemas.files import Files
from vizapp.schemas.records import Page
from vizapp.schemas.table import Identifier, TableName, printable
from vizapp.schemas.uploads import DatasetUpload, SheetName
from vizapp.services import cloud, connections, queries

bp = Api("connections", "Databases and object stores to ask.")
_CALLS = ("get_connection", "update_connection", "delete_connection", "try_connection", "list_tables")
_Connection = linked(ConnectionRecord, *_CALLS)
_Uploaded = linked(DatasetUpload, "get_dataset", "update_dataset", "delete_dataset")
_NO_TABLE = NotFound.of("table")
_CLOUD = (CloudStorageError, CloudStorageBusy, ConnectionOff)
_CURSOR = 2048


class ConnectionFields(FieldsQuery):
    """Fields of a connection."""

    record = ConnectionRecord


class ConnectionList(ListQuery):
    """A list of connections, by name."""

    record = ConnectionRecord
    sortable = ("name", "type", "created_at", "updated_at")


class TableList(ListQuery):
    """A list of tables, by schema and name."""

    record = TableRecord
    sortable = ("name", "schema_name", "kind", "rows")


class TableQuery(Input):
    """Which table; without `schema_name` the one that the connection finds first."""

    table: Identifier
    schema_name: Identifier | None = None

    @property
    def name(self) -> TableName:
        """Schema and name."""
        return TableName(name=self.table, schema_name=self.schema_name)


class PreviewQuery(TableQuery):
    """Which table, and how much of it."""

    limit: Annotated[int, Field(ge=1, le=1000)] = queries.PREVIEW_ROWS


class FileList(Input):
    """A page of files; `cursor` is that of the page before."""

    prefix: Annotated[str, Field(max_length=1024), AfterValidator(printable)] = ""
    cursor: Annotated[str, Field(max_length=_CURSOR), AfterValidator(printable)] = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class FileQuery(Input):
    """Which file, and how much of it."""

    key: Key
    format: FileFormat | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = cloud.PREVIEW_ROWS


class SnapshotBody(Input):
    """Which file; of a workbook also the sheet to read, the first unless said otherwise."""

    model_config = ConfigDict(json_schema_extra={"example": {"key": "sales/2026.csv"}})

    key: Key
    format: FileFormat | None = None
    sheet: SheetName = ""


@bp.get("/api/connections", responses={200: listed(ConnectionRecord)})
def list_connections(query: ConnectionList) -> Response:
    """The connections one may use; their `config` is for admins only, and secrets are masked."""
    page = connections.list_connections(signed_in(), **query.part)
    return show(page, fields=query.chosen)


@bp.post("/api/connections", responses={201: _Connection})
def create_connection(body: ConnectionInput) -> Response:
    """A new connection (admin), stored whether it works or not; test it next.

    `config` of `postgresql` and `mysql`: `host`, `port`, `database`, `user`, `password`, `ssl`, `sslCert`, `poolSize`,
    `maxOverflow`. Of `s3`: `bucket`, `region`, `accessKeyId`, `secretAccessKey`, `endpointUrl`; of `azure_blob`:
    `containerName`, `connectionString`; of `gcs`: `bucket`, `projectId`, `keyFile` (the text of the file). `roles` may
    use it besides admins: editors, unless said otherwise.
    """
    return show(connections.create_connection(signed_in(), body), status=201)


@bp.get("/api/connections/<id>", responses={200: some_of(ConnectionRecord)})
def get_connection(path: ById, query: ConnectionFields) -> Response:
    """One connection; its `config` is for admins only, and secrets are masked."""
    return show(connections.get_connection(signed_in(), path.id), fields=query.chosen)


@bp.put("/api/connections/<id>", responses={200: _Connection})
def update_connection(path: ById, body: ConnectionChanges) -> Response:
    """Replace what is sent and keep the rest (admin); what was remembered of its data is asked anew.

    A secret that is sent as its mask stays as it is, unless `host`, `port`, `ssl` or `sslCert` change: then it has to
    be sent again.
    """
    return show(connections.update_connection(signed_in(), path.id, body))


@bp.delete("/api/connections/<id>", responses={204: None, **fails(Conflict("Charts still use this connection: A."))})
def delete_connection(path: ById) -> Response:
    """Remove a connection that no chart uses (admin)."""
    connections.delete_connection(signed_in(), path.id)
    return gone()


@bp.post("/api/connections/<id>/test", responses={200: TestResult})
def try_connection(path: ById) -> Response:
    """Whether it works (admin). What fails is in `message` and, as a word, in `details.step`.

    The steps are `name`, `address`, `port`, `tls`, then `password` and `database`, or `key` and `bucket`, `permission`.
    `details.warnings` tell of accounts that may more than read.
    """
    return show(connections.try_connection(signed_in(), path.id))


@bp.get("/api/connections/<id>/tables", responses={200: listed(TableRecord), **fails(*DATABASE)})
def list_tables(path: ById, query: TableList) -> Response:
    """The tables and views that can be read, with an estimate of their rows."""
    page = queries.tables(signed_in(), path.id, **query.part)
    return show(page, fields=query.chosen)


@bp.get("/api/connections/<id>/columns", responses={200: Page[ColumnRecord], **fails(*DATABASE, _NO_TABLE)})
def list_columns(path: ById, query: TableQuery) -> Response:
    """The columns of a table, in its order, with our types and the database's."""
    return show(queries.columns(signed_in(), path.id, query.name))


@bp.get("/api/connections/<id>/relations", responses={200: Page[RelationRecord], **fails(*DATABASE, _NO_TABLE)})
def list_relations(path: ById, query: TableQuery) -> Response:
    """The foreign keys that lead from a table, and to it: along them tables are joined."""
    return show(queries.relations(signed_in(), path.id, query.name))


@bp.get("/api/connections/<id>/preview", responses={200: AnswerObject, **fails(*DATABASE, _NO_TABLE, NotAcceptable)})
def preview_table(path: ById, query: PreviewQuery) -> Response:
    """Some rows of a table, as JSON, CSV, an Arrow stream or Parquet by `Accept`."""
    kind = asked_format()
    return respond(queries.preview(signed_in(), path.id, query.name, rows=query.limit), kind)


@bp.get("/api/connections/<id>/files", responses={200: Files, **fails(*_CLOUD)})
def list_files(path: ById, query: FileList) -> Response:
    """The files of an object store whose keys begin with `prefix`, in their order, with size and time."""
    page = cloud.files(signed_in(), path.id, prefix=query.prefix, cursor=query.cursor, limit=query.limit)
    return show(page)


@bp.get(
    "/api/connections/<id>/files/preview",
    responses={200: AnswerObject, **fails(*_CLOUD, InvalidFile, FileTooLarge, NotAcceptable)},
)
def preview_file(path: ById, query: FileQuery) -> Response:
    """The first rows of a file, as JSON, CSV, an Arrow stream or Parquet by `Accept`.

    CSV, Excel and JSON files are fetched and read like uploads, once for each content; Parquet is read in place.
    """
    kind = asked_format()
    file = CloudFile(key=query.key, format=query.format)
    return respond(cloud.preview(signed_in(), path.id, file, rows=query.limit), kind)


@bp.post(
    "/api/connections/<id>/files/snapshot", responses={201: _Uploaded, **fails(*_CLOUD, InvalidFile, FileTooLarge)}
)
def snapshot_file(path: ById, body: SnapshotBody) -> Response:
    """The file as it is now as a dataset (editor), with the limits and the report of an upload."""
    record = cloud.snapshot(signed_in(), path.id, CloudFile(key=body.key, format=body.format), sheet=body.sheet)
    return show(DatasetUpload(**record.model_dump(), location=f"/datasets/{record.id}"), status=201)
