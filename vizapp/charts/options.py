"""Options of chart types as form fields, read from each type's closed model."""

import types
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from vizapp.errors import InvalidChartConfig
from vizapp.schemas.base import Strict, reasons

FieldKind = Literal["choice", "switch", "number", "text"]
Model = TypeVar("Model", bound=Strict)


class NoOptions(Strict):
    """The model of a type without options."""


@dataclass(frozen=True, slots=True)
class OptionField:
    """One form field; `choices` are (value, label) pairs, `name` is the key in `config.options`."""

    name: str
    title: str
    description: str
    kind: FieldKind
    default: bool | int | float | str | None
    choices: tuple[tuple[str, str], ...] = ()


def fields_of(model: type[Strict]) -> tuple[OptionField, ...]:
    """The fields of an option model in the order written."""
    found = []
    for name, info in model.model_fields.items():
        kind, choices = _kind(info.annotation)
        title = info.title or name.replace("_", " ").capitalize()
        found.append(OptionField(to_camel(name), title, info.description or "", kind, info.default, choices))
    return tuple(found)


def parse_options(model: type[Model], options: object) -> Model:
    """Validate `config.options`; each wrong field is named `options.<name>`."""
    try:
        return model.model_validate(options)
    except ValidationError as exc:
        raise InvalidChartConfig.of({f"options.{path}": reason for path, reason in reasons(exc).items()}) from exc


def _kind(annotation: Any) -> tuple[FieldKind, tuple[tuple[str, str], ...]]:
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    if get_origin(annotation) is Literal:
        return "choice", tuple((value, value.replace("-", " ").capitalize()) for value in get_args(annotation))
    kinds: dict[object, FieldKind] = {bool: "switch", int: "number", float: "number"}
    return kinds.get(annotation, "text"), ()
