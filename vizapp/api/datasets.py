"""Datasets: uploaded, read, renamed, given other types, removed."""

from flask import Response
from flask_openapi3 import FileStorage, validate_request

from vizapp.api.failures import fails
from vizapp.api.links import linked
from vizapp.api.uploads import on_disk, takes_file
from vizapp.api.wire import Api, ById, FieldsQuery, ListQuery, gone, listed, show, some_of
from vizapp.errors import Conflict, FileTooLarge, InvalidFile, StaleVersion
from vizapp.extensions import csrf, limiter
from vizapp.identity import signed_in
from vizapp.schemas.base import Input
from vizapp.schemas.bodies import DatasetChanges
from vizapp.schemas.records import DatasetRecord
from vizapp.schemas.uploads import DatasetUpload, SheetName
from vizapp.services import changes, datasets

bp = Api("datasets", "Uploaded files as typed columns.")
_CALLS = ("get_dataset", "update_dataset", "delete_dataset")
_Dataset, _Uploaded = linked(DatasetRecord, *_CALLS), linked(DatasetUpload, *_CALLS)


class DatasetForm(Input):
    """A file; of a workbook also the sheet to read, the first unless said otherwise."""

    file: FileStorage
    sheet: SheetName = ""


class DatasetFields(FieldsQuery):
    """Fields of a dataset."""

    record = DatasetRecord


class DatasetList(ListQuery):
    """A list of datasets, changed last first."""

    record = DatasetRecord
    sortable = ("name", "file_size", "row_count", "created_at", "updated_at")

    mine: bool = False


@bp.get("/api/datasets", responses={200: listed(DatasetRecord)})
def list_datasets(query: DatasetList) -> Response:
    """All datasets, or with `mine` one's own. Reports are long: `fields` leaves them out."""
    return show(datasets.list_datasets(signed_in(), mine=query.mine, **query.part), fields=query.chosen)


@bp.post("/api/datasets", responses={201: _Uploaded, **fails(InvalidFile, FileTooLarge)})
@csrf.exempt  # type: ignore[untyped-decorator]
@limiter.limit("60 per minute")
@takes_file
@validate_request()  # type: ignore[untyped-decorator, no-untyped-call]
def upload_dataset(form: DatasetForm) -> Response:
    """A file as a new dataset (editor): CSV, Excel, Parquet or JSON.

    What the file is, is found out from its content. 400 `INVALID_FILE_TYPE` names the line that cannot be read.
    """
    with on_disk(form.file) as (path, name):
        record = datasets.upload(signed_in(), path, name, sheet=form.sheet)
    return show(DatasetUpload(**record.model_dump(), location=f"/datasets/{record.id}"), status=201)


@bp.get("/api/datasets/<id>", responses={200: some_of(DatasetRecord)})
def get_dataset(path: ById, query: DatasetFields) -> Response:
    """One dataset: its columns and types, and the report of what was understood, repaired and not parsed."""
    return show(datasets.get_dataset(signed_in(), path.id), fields=query.chosen)


@bp.put("/api/datasets/<id>", responses={200: _Dataset, **fails(StaleVersion)})
def update_dataset(path: ById, body: DatasetChanges) -> Response:
    """Rename a dataset, or read its file again with other column types (its owner, or an admin).

    Charts see the new types at once. 409 `STALE_VERSION` when somebody else changed the types in this moment.
    """
    return show(changes.change_dataset(signed_in(), path.id, body))


@bp.delete(
    "/api/datasets/<id>",
    responses={204: None, **fails(Conflict("1 chart uses this file. Delete it, or give it other data, first."))},
)
def delete_dataset(path: ById) -> Response:
    """Remove a dataset (its owner, or an admin). 409 while charts use it; `details.charts` names them."""
    datasets.delete_dataset(signed_in(), path.id)
    return gone()
