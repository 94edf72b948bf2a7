"""JSON lines, or one JSON array of objects → a table: a column for each member, nested objects under dotted names."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from vizapp.errors import FileTooLarge, InvalidFile
from vizapp.sources.encoding import decode
from vizapp.sources.limits import FileLimits
from vizapp.sources.names import clean_names
from vizapp.sources.notes import Note
from vizapp.sources.ours import to_ours
from vizapp.sources.tables import Inferred, Table, check_cells

# Objects within objects that become columns; what lies deeper is kept as JSON text.
_DEPTH = 4
_ROWS_AT_ONCE = 20_000
# Only such an escape brings half of a surrogate pair into text, and nothing can hold it.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_NESTED = frozenset({dict, list})
_WHOLE = range(-(2**63), 2**63)
_BLANK = " \t\r\n"
_KINDS: dict[type, type[pl.DataType]] = {bool: pl.Boolean, int: pl.Int64, float: pl.Float64, str: pl.String}
Row = dict[str, object]


def read_json(path: Path, limits: FileLimits = FileLimits()) -> Table:  # noqa: B008 - frozen
    """Read the file at `path`. Raises InvalidFile, which names the line, and FileTooLarge."""
    decoded = decode(path.read_bytes(), wanted="a JSON file")
    text = decoded.data.decode(errors="replace")
    start = len(text) - len(text.lstrip(_BLANK))
    if start == len(text):
        raise InvalidFile("The file is empty.", details={"line": 1})
    is_array = text[start] == "["
    rows = _Rows(limits)
    escaped = _SURROGATE.search(text) is not None
    for line, value in _items(text, start) if is_array else _lines(text):
        if escaped:
            _check_texts(line, value)
        rows.add(line, value)
    frame, remarks = rows.finished()
    limits.check_shape(frame.height, frame.width)
    names, notes = clean_names(frame.columns)
    remarks = {new: remarks[old] for old, new in zip(frame.columns, names, strict=True) if old in remarks}
    told = [*decoded.notes, *_nested(frame.columns), *notes]
    frame = frame.rename(dict(zip(frame.columns, names, strict=True)))
    check_cells(frame, limits)
    return Table(frame, {"layout": "array" if is_array else "lines"}, tuple(told), Inferred.dates, remarks)


def _lines(text: str) -> Iterator[tuple[int, object]]:
    """Line number and value of each line that is not blank."""
    start, number = 0, 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        number += 1
        line = text[start:end].strip(_BLANK)
        if line:
            yield number, _parsed(line, number)
        start = end + 1


def _parsed(line: str, number: int) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as exc:
        # A ValueError also tells of a number with thousands of digits.
        hint = " Each line must be one whole object." if number == 1 and line in ("{", "[") else ""
        raise _not_json(number, hint) from exc


def _check_texts(line: int, value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as exc:
        raise InvalidFile(f"Line {line:,} has half of a surrogate pair in a text.", details={"line": line}) from exc
    except RecursionError as exc:
        raise _not_json(line) from exc


def _not_json(line: int, hint: str = "") -> InvalidFile:
    return InvalidFile(f"Line {line:,} is not valid JSON.{hint}", details={"line": line})


def _items(text: str, start: int) -> Iterator[tuple[int, object]]:
    """Line number and value of each item of the array that begins at `start`, one at a time."""
    decoder, place, line, seen = json.JSONDecoder(), _skipped(text, start + 1), 1, 0
    while text[place : place + 1] != "]":
        line, seen = line + text.count("\n", seen, place), place
        try:
            value, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError as exc:
            raise _not_json(exc.lineno) from exc
        except (ValueError, RecursionError) as exc:
            raise _not_json(line) from exc
        yield line, value
        place = _skipped(text, place)
        if text[place : place + 1] not in (",", "]"):
            raise _not_json(line + text.count("\n", seen, place))
        if text[place] == ",":
            place = _skipped(text, place + 1)
            if text[place : place + 1] == "]":
                raise _not_json(line + text.count("\n", seen, place))
    line += text.count("\n", seen, place)
    if text[place + 1 :].strip(_BLANK):
        raise InvalidFile(f"Something follows the array that ends on line {line:,}.", details={"line": line})


def _skipped(text: str, place: int) -> int:
    while text[place : place + 1] and text[place] in _BLANK:
        place += 1
    return place


class _Rows:
    """Collects objects as columns. Every so many rows they become a frame, which takes a tenth of the room."""

    def __init__(self, limits: FileLimits) -> None:
        self._limits = limits
        self._parts: list[pl.DataFrame] = []
        self._rows: list[Row] = []
        # Columns in the order in which they came first.
        self._names: Row = {}
        self._total = 0
        self._mixed: set[str] = set()
        self._json: set[str] = set()

    def add(self, line: int, value: object) -> None:
        """One more row; raises InvalidFile when it is no object and FileTooLarge when there are too many columns."""
        if not isinstance(value, dict):
            raise InvalidFile(f"Line {line:,} does not hold an object: {{…}} is expected.", details={"line": line})
        row: Row = value
        if not _NESTED.isdisjoint(map(type, row.values())):
            row = dict(self._flat("", value, _DEPTH))
        self._names.update(row)
        self._rows.append(row)
        if len(self._names) > self._limits.columns:
            message = f"Up to line {line:,} the file has {len(self._names):,} columns; at most "
            raise FileTooLarge(
                f"{message}{self._limits.columns:,} can be read.",
                details={"limit": self._limits.columns, "size": len(self._names), "line": line},
            )
        if len(self._rows) == _ROWS_AT_ONCE:
            self._flush()

    def _flat(self, before: str, members: Row, depth: int) -> Iterator[tuple[str, object]]:
        for key, value in members.items():
            name = f"{before}{key}"
            if isinstance(value, dict) and value and depth:
                yield from self._flat(f"{name}.", value, depth - 1)
            elif isinstance(value, dict | list):
                self._json.add(name)
                yield name, json.dumps(value, ensure_ascii=False)
            else:
                yield name, value

    def _flush(self) -> None:
        self._total += len(self._rows)
        self._limits.check_shape(self._total, len(self._names))
        columns = ((name, [row.get(name) for row in self._rows]) for name in self._names)
        self._parts.append(pl.DataFrame([_typed(name, values, self._mixed) for name, values in columns]))
        self._rows = []

    def finished(self) -> tuple[pl.DataFrame, dict[str, str]]:
        """All rows, and a remark for each column that needs one. Raises InvalidFile when there is no column."""
        if self._rows:
            self._flush()
        if not self._names:
            raise InvalidFile("The file holds no values: its objects are empty.", details={"line": 1})
        made = [to_ours(column) for column in _joined(self._parts, list(self._names), self._mixed)]
        remarks = {column.name: told for column, told in made if told}
        remarks |= dict.fromkeys(self._mixed, "Kept as text: the values are of several types.")
        remarks |= dict.fromkeys(self._json, "Lists and objects are kept as JSON text.")
        return pl.DataFrame([column for column, _ in made]), remarks


def _typed(name: str, values: list[object], mixed: set[str]) -> pl.Series:
    """Values of one kind as they are, of several kinds as text."""
    kinds = set(map(type, values)) - {type(None)}
    if int in kinds and not _fit(values):
        # More digits than a number holds: a code, which is text in a CSV file as well.
        kinds.add(str)
        if len(kinds) > 2:
            mixed.add(name)
    elif kinds == {int, float}:
        kinds = {float}
    elif len(kinds) > 1:
        mixed.add(name)
    if len(kinds) > 1:
        return pl.Series(name, [_as_word(value) for value in values], dtype=pl.String)
    return pl.Series(name, values, dtype=_KINDS[kinds.pop()] if kinds else pl.Null, strict=False)


def _fit(values: list[object]) -> bool:
    """Whether all whole numbers fit 64 bits."""
    whole = [value for value in values if type(value) is int]
    return min(whole) in _WHOLE and max(whole) in _WHOLE


def _as_word(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _joined(parts: list[pl.DataFrame], names: list[str], mixed: set[str]) -> pl.DataFrame:
    """The parts one below the other; a column that differs between them is text, unless it is all numbers."""
    columns = []
    for name in names:
        found = [part[name] if name in part.columns else pl.Series(name, [None] * part.height) for part in parts]
        kinds = {column.dtype for column in found} - {pl.Null()}
        if len(kinds) > 1 and kinds != {pl.Int64(), pl.Float64()}:
            mixed.add(name)
            found = [column.cast(pl.String) for column in found]
        elif len(kinds) > 1:
            found = [column.cast(pl.Float64) for column in found]
        elif kinds:
            (kind,) = kinds
            found = [column.cast(kind) for column in found]
        columns.append(pl.concat(found))
    return pl.DataFrame(columns)


def _nested(names: list[str]) -> list[Note]:
    dotted = [name for name in names if "." in name]
    if not dotted:
        return []
    shown = ", ".join(f"“{name[:40]}”" for name in dotted[:3])
    return [Note("nested", f"Members of nested objects became columns of their own: {shown}.", len(dotted))]
