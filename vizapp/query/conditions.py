"""Turn the filters of a config into conditions whose values fit their columns. Pure.

Values arrive as a person or a URL wrote them, so numbers, booleans and dates may be text. They leave
canonical: numbers as int or float, booleans as bool, dates as "2024-01-31", moments as
"2024-01-31T12:30:00". The precision of the text decides what is compared: a date compares days
(so `le 2024-01-31` keeps that whole day), a moment compares instants.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from vizapp.errors import InvalidInput
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Filter, Operator, Scalar
from vizapp.schemas.query import Condition, Value

_ORDERED = {Operator.gt, Operator.ge, Operator.lt, Operator.le, Operator.between}
_WORDS = {"true": True, "false": False, "1": True, "0": False}
_LARGEST = 2**63 - 1


def conditions(
    filters: Sequence[Filter], columns: Mapping[str, ColumnType], *, path: str, error: type[InvalidInput]
) -> tuple[Condition, ...]:
    """The conditions of `filters`, in their order; their columns must be in `columns`.

    Raises `error` naming every wrong operator and value, as `{path}.0.value`.
    """
    made: list[Condition] = []
    wrong: dict[str, str] = {}
    for index, item in enumerate(filters):
        kind = columns[item.column]
        if reason := _misfit(item.operator, kind):
            wrong[f"{path}.{index}.operator"] = f"Filter on “{item.column}”: {reason}"
            continue
        try:
            made.append(Condition(item.column, item.operator, _value(item.value, kind)))
        except ValueError as exc:
            wrong[f"{path}.{index}.value"] = f"Filter on “{item.column}”: {exc}"
    if wrong:
        raise error.of(wrong)
    return tuple(made)


def _misfit(operator: Operator, kind: ColumnType) -> str:
    if operator is Operator.contains and kind is not ColumnType.string:
        return f"contains needs a text column, this one is {kind}"
    if operator in _ORDERED and kind is ColumnType.boolean:
        return f"{operator} does not apply to yes/no values"
    return ""


def _value(value: Scalar | list[Scalar] | None, kind: ColumnType) -> Value:
    if value is None:
        return None
    if isinstance(value, list):
        return tuple(_CONVERT[kind](item) for item in value)
    return _CONVERT[kind](value)


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Scalar) -> int | float:
    if isinstance(value, bool):
        raise ValueError("value must be a number")
    number = _parse_number(value) if isinstance(value, str) else value
    if isinstance(number, int) and abs(number) > _LARGEST:
        raise ValueError("value is too large a number")
    if not math.isfinite(number):
        raise ValueError("value must be a finite number")
    return number


def _parse_number(text: str) -> int | float:
    for parse in (int, float):
        try:
            return parse(text)
        except ValueError:
            continue
    raise ValueError(f"value must be a number, “{_short(text)}” is not")


def _boolean(value: Scalar) -> bool:
    found = _WORDS.get(_text(value).strip().lower())
    if found is None:
        raise ValueError("value must be true or false")
    return found


def _moment(value: Scalar) -> str:
    text = value.strip() if isinstance(value, str) else ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            # The first and the last hours of the calendar do not exist in every zone.
            moment.astimezone(UTC)
        return moment.isoformat()
    except (ValueError, OverflowError):
        raise ValueError(f"value must be a date such as 2024-01-31, “{_short(_text(value))}” is not") from None


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


_CONVERT = {
    ColumnType.string: _text,
    ColumnType.number: _number,
    ColumnType.boolean: _boolean,
    ColumnType.date: _moment,
    ColumnType.datetime: _moment,
}
