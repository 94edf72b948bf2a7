"""What every resource of the API shares: its blueprint, bodies, lists, entity tags.

users = Api("users", "People and their roles.")

@users.get("/api/users", responses={200: listed(UserRecord)})
def list_users(query: UserList) -> Response:
    ...
    return show(page, fields=query.chosen)
"""

import hashlib
import json
import re
from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, ClassVar

from flask import Response, current_app, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from vizapp.errors import InvalidInput, MissingField
from vizapp.schemas.base import Id, Input, reasons
from vizapp.schemas.records import Page, Record
from vizapp.services.content import Asked

MAX_LIMIT = 200
# A number nobody means and few can hold: 100 digits are far beyond what a double or a database keeps.
_MAX_DIGITS = 100
# Twice what the largest object of any body has (a type for each column of a file). Each field that is none is looked
# at and put into words, which takes seconds for a megabyte of them, also for who has not signed in.
_MAX_FIELDS = 1000
_JSON = "application/json"
# A tag that `revalidated` makes of an object with a version; strong or weak, as proxies may turn one into the other.
VERSIONED_TAG = r'(?:W/)?"([0-9]{1,9})-[0-9a-f]{24}"'
_VERSIONED = re.compile(VERSIONED_TAG)


class Api(APIBlueprint):
    """A resource: its calls stand under one heading of the document and are named by their functions."""

    def __init__(self, name: str, description: str) -> None:
        super().__init__(
            name,
            __name__,
            abp_tags=[Tag(name=name, description=description)],
            operation_id_callback=_operation_id,
        )
        self.before_request(check_body)


def _operation_id(*, name: str, path: str, method: str) -> str:  # noqa: ARG001 - the library passes three
    return name


# --- what comes in


class ById(Input):
    """The number in the path."""

    id: Id


def refuse(exc: ValidationError) -> None:
    """What flask-openapi3 calls for a request that does not fit its model; raises in our error shape."""
    told = exc.errors(include_url=False, include_input=False, include_context=False)
    missing = all(item["type"] == "missing" for item in told)
    raise (MissingField if missing else InvalidInput).of(reasons(exc)) from exc


def check_body() -> None:
    """Before a call that takes a body: it is a JSON object that every part behind can hold.

    An empty body is left to the model, which says what is missing. Raises BadRequest, UnsupportedMediaType
    or InvalidInput.
    """
    view = current_app.view_functions[request.endpoint or ""]
    if "body" not in view.__annotations__ or not request.get_data():
        return
    if not request.is_json:
        raise UnsupportedMediaType("Send JSON, with Content-Type: application/json.")
    parsed = _parse(request.get_data())
    if not isinstance(parsed, dict):
        raise InvalidInput.of({"body": "must be a JSON object"})
    _check_texts(parsed)


def _parse(body: bytes) -> object:
    try:
        return json.loads(
            body.decode(),
            parse_constant=_no_number,
            parse_int=_whole,
            parse_float=_fraction,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as exc:
        why = "nested too deeply" if isinstance(exc, RecursionError) else "not valid JSON"
        raise BadRequest(f"The body is {why}.") from exc


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(pairs) > _MAX_FIELDS:
        raise InvalidInput.of({"body": f"an object in it has {len(pairs):,} fields; {_MAX_FIELDS:,} can be read"})
    return dict(pairs)


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is not JSON")


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError("too many digits")
    return int(text)


def _fraction(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("too large")
    return number


def _check_texts(parsed: object) -> None:
    """Half of a surrogate pair is in no encoding, and NUL in no text of PostgreSQL."""
    if b"\\u" in request.get_data():
        text = json.dumps(parsed, ensure_ascii=False).replace("\\\\", "")
        if "\\u0000" in text or any("\ud800" <= char <= "\udfff" for char in text):
            raise InvalidInput.of({"body": "texts must not contain NUL or half of a surrogate pair"})


def expected_version(sent: int | None = None) -> int | None:
    """The version an update was made from: `version` of the body, else the entity tag in If-Match; None when neither.

    Raises InvalidInput when If-Match is no tag of ours with a version in it.
    """
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return sent
    found = _VERSIONED.fullmatch(header)
    if found is None:
        raise InvalidInput.of({"If-Match": "must be the ETag that reading this object gave"})
    return int(found[1]) if sent is None else sent


class FieldsQuery(Input):
    """What reading one object takes; a resource names its `record`."""

    record: ClassVar[type[Record]]

    fields: Annotated[str, Field(description="Only these fields, separated by commas.")] = ""

    @field_validator("fields")
    @classmethod
    def _known_fields(cls, value: str) -> str:
        unknown = [name for name in _split(value) if name not in cls.record.model_fields]
        if unknown:
            raise ValueError(f"{', '.join(unknown)[:200]} is unknown; there are {', '.join(cls.record.model_fields)}")
        return value

    @property
    def chosen(self) -> tuple[str, ...]:
        """The fields to return; empty for all."""
        return _split(self.fields)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        """The document lists what can be returned."""
        found: dict[str, Any] = handler.resolve_ref_schema(handler(schema))
        one = f"({'|'.join(cls.record.model_fields)})"
        found["properties"]["fields"]["pattern"] = f"^({one}(,{one})*)?$"
        return found


class ListQuery(FieldsQuery):
    """What every list takes. A list names its `record` and the columns it is `sortable` by, the first by default."""

    sortable: ClassVar[tuple[str, ...]]

    offset: Annotated[int, Field(ge=0, le=2**31 - 1, description="How many to leave out first.")] = 0
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many to return at most.")] = 50
    search: Annotated[str, Field(max_length=200, description="Only what has this in its name.")] = ""
    sort: Annotated[str, Field(description="A column; with `-` before it the last come first.")] = ""

    @field_validator("sort")
    @classmethod
    def _known_column(cls, value: str) -> str:
        if value and value.removeprefix("-") not in cls.sortable:
            raise ValueError(
                f"{value[:50]} is unknown; there are {', '.join(cls.sortable)}, each also with - before it"
            )
        return value

    @property
    def part(self) -> Asked:
        """The part of the list that is asked for, as services take it."""
        return Asked(search=self.search, sort=self.sort, offset=self.offset, limit=self.limit)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        """The document lists what can be sorted by."""
        found = super().__get_pydantic_json_schema__(schema, handler)
        found["properties"]["sort"]["enum"] = ["", *cls.sortable, *(f"-{name}" for name in cls.sortable)]
        return found


def _split(fields: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in fields.split(",")) if fields else ()


# --- what goes out


class ErrorObject(BaseModel):
    """What went wrong, for programs and people."""

    code: str
    message: str
    details: dict[str, Any] = {}
    timestamp: datetime
    path: str
    request_id: Annotated[str, Field(alias="requestId")]


class ErrorAnswer(BaseModel):
    """The one shape of every error."""

    error: ErrorObject


def listed(record: type[Record]) -> type[BaseModel]:
    """How a list of `record` is documented: with `fields`, items have only those."""
    made: type[BaseModel] = Page.__class_getitem__(some_of(record))  # type: ignore[assignment]
    return made


def some_of(record: type[Record]) -> Any:
    """How a `record` is documented where `fields` may leave parts of it out."""
    name = f"{record.__name__.removesuffix('Record')}Fields"
    about = record.model_config.get("json_schema_extra")

    def loosen(schema: dict[str, Any]) -> None:
        schema.pop("required", None)
        schema.update(about if isinstance(about, dict) else {})

    config = ConfigDict(json_schema_extra=loosen)
    return type(name, (record,), {"model_config": config, "__module__": __name__, "__doc__": record.__doc__})


def show(
    found: BaseModel,
    *,
    fields: Collection[str] = (),
    status: int = 200,
    version: int | None = None,
    tagged_by: str | None = None,
) -> Response:
    """`found` as JSON. What was read carries a weak ETag, and is 304 when the caller has it already.

    `fields` chooses from the object, or from each item of a Page; `version` goes into the tag for If-Match;
    `tagged_by` is what the tag is made of when parts of the text differ each time.
    """
    response = Response(_dump(found, set(fields)), status=status, mimetype=_JSON)
    return revalidated(response, version, tagged_by) if request.method in ("GET", "HEAD") else response


def _dump(found: BaseModel, fields: set[str]) -> str:
    if not fields:
        return found.model_dump_json()
    if isinstance(found, Page):
        whole = {"total": True, "offset": True, "limit": True}
        return found.model_dump_json(include={"items": {"__all__": fields}, **whole})
    return found.model_dump_json(include=fields)


def revalidated(response: Response, version: int | None = None, tagged_by: str | None = None) -> Response:
    """`response` with a weak ETag of its bytes (or of `tagged_by`), led by `version`.

    It is emptied to 304 when the caller has these.
    """
    digest = hashlib.blake2b(
        response.get_data() if tagged_by is None else tagged_by.encode(), digest_size=12
    ).hexdigest()
    tag = digest if version is None else f"{version}-{digest}"
    response.set_etag(tag, weak=True)
    # Kept by the caller alone, and asked about each time: that is what the tag is for.
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(("Authorization", "Cookie"))
    if request.if_none_match.contains_weak(tag) or request.if_none_match.star_tag:
        response.status_code = 304
        response.set_data(b"")
        response.headers.pop("Content-Type", None)
    return response


def gone() -> Response:
    """204, what a deletion answers."""
    response = Response(status=204)
    response.headers.pop("Content-Type", None)
    return response
