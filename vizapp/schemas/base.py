"""The base of every model on the wire: closed, camelCase outside, snake_case inside."""

from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue, model_json_schema
from pydantic_core import CoreSchema

from vizapp.errors import InvalidInput


class Strict(BaseModel):
    """Frozen, refuses unknown keys, NaN and infinity. Dump with `wire()` for camelCase."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        allow_inf_nan=False,
    )

    def wire(self) -> dict[str, object]:
        """As stored and sent: camelCase keys, absent values left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @classmethod
    def parse(cls, data: object, *, error: type[InvalidInput] = InvalidInput) -> Self:
        """Validate foreign data; raises `error` naming each wrong field by its path."""
        try:
            return cls.model_validate(data)
        except ValidationError as exc:
            raise error.of(reasons(exc)) from exc


class Input(Strict):
    """What the REST API takes in the column names of the contract: snake_case outside as well."""

    model_config = ConfigDict(alias_generator=None)

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The schema, made once: flask-openapi3 looks into it at every request with a query."""
        return super().model_json_schema(*args, **kwargs) if args or kwargs else _schema_of(cls)


@cache
def _schema_of(model: type[BaseModel]) -> dict[str, Any]:
    return model_json_schema(model)


class Fits:
    """Tells the API's document which model plain JSON fits: `Annotated[dict[str, object], Fits(ChartConfig)]`."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The model's own schema."""
        return handler(TypeAdapter(self.model).core_schema)


# A body of a megabyte can be wrong in a hundred thousand places; nobody reads the answer to the end.
MAX_REASONS = 50


def reasons(exc: ValidationError) -> dict[str, str]:
    """Pydantic's errors as `{"dataMapping.xAxis": "…"}`, the first of many, without the offending input."""
    found = exc.errors(include_url=False, include_input=False, include_context=False)[:MAX_REASONS]
    return {
        ".".join(str(part) for part in item["loc"])
        or "body": f"{_where(item['loc'])}{_said(item['type'], item['msg'])}"
        for item in found
    }


def _said(kind: str, message: str) -> str:
    """Pydantic's words, or ours without what pydantic puts before them."""
    return "is not known here" if kind == "extra_forbidden" else message.removeprefix("Value error, ")


def _where(loc: tuple[int | str, ...]) -> str:
    return f"{'.'.join(str(part) for part in loc)}: " if loc else ""


class ColumnType(StrEnum):
    """The types a column can have, as the contract names them (datetime is a date with a time)."""

    string = "string"
    number = "number"
    date = "date"
    datetime = "datetime"
    boolean = "boolean"

    @property
    def is_temporal(self) -> bool:
        """Whether time grains apply."""
        return self in (ColumnType.date, ColumnType.datetime)


# Control characters and the marks that reorder text on screen (Unicode 15, Bidi_Control) would let a
# name pretend to be another one.
_UNSAFE = frozenset([*map(chr, range(32)), "\x7f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))])


def clean_text(value: str) -> str:
    """`value` without characters that control or reorder what is shown, for texts that are not ours to refuse."""
    return "".join(char for char in value if char not in _UNSAFE).strip()


def _clean_name(value: str) -> str:
    text = value.strip()
    if not text:
        raise ValueError("is required")
    if any(char in _UNSAFE for char in text):
        raise ValueError("must not contain control characters")
    return text


def _a_number(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("must be a whole number")
    return value


# Pydantic takes true for 1 and "1" for 1: right for a form, wrong for JSON. Bounds stand before WHOLE: behind it they
# hold as well, but the API's document does not tell them.
WHOLE = BeforeValidator(_a_number)
Whole = Annotated[int, WHOLE]
# What a database's integer holds; as a part of an address, which is text, and as a part of JSON.
Id = Annotated[int, Field(ge=1, le=2**31 - 1)]
JsonId = Annotated[Id, WHOLE]
# The same for the API's document, in the regular expressions of ECMAScript: at least one character is seen.
_CONTROLS = r"\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069"
_NAME = rf"^[^{_CONTROLS}]*[^\s{_CONTROLS}][^{_CONTROLS}]*$"
Name = Annotated[str, Field(max_length=100, json_schema_extra={"pattern": _NAME}), AfterValidator(_clean_name)]


def _without_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain the character NUL")
    return value


Description = Annotated[str, Field(max_length=2000), AfterValidator(_without_nul)]
ColumnName = Annotated[str, Field(min_length=1, max_length=200)]
# For how long an answer of a connection is remembered, at most a day; 0 remembers none.
CacheSeconds = Annotated[int, Field(ge=0, le=86_400)] | None
