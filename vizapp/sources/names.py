"""Column names: from header cells to names that are clean, unique and harmless."""

import re
import unicodedata
from collections.abc import Sequence

from vizapp.sources.notes import Note

LONGEST = 200
# Names that JavaScript objects already have: plotly and the browser would find those instead.
_RESERVED = frozenset(
    {
        "__proto__",
        "constructor",
        "prototype",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
    }
)


def _is_reserved(name: str) -> bool:
    # polars takes such a name for a pattern, wherever it is asked for a column of that name, itself included.
    return name in _RESERVED or (name.startswith("^") and name.endswith("$"))


def clean_names(header: Sequence[str]) -> tuple[list[str], list[Note]]:
    """Header cells → one name per column, and notes on what was changed."""
    notes: list[Note] = []
    names = [_clean(cell) for cell in header]
    changed = [(old, new) for old, new in zip(header, names, strict=True) if old.strip() != new and new]
    if changed:
        shown = ", ".join(f"“{new[:40]}”" for _, new in changed[:3])
        notes.append(Note("names_cleaned", f"Characters that cannot be shown were removed from {shown}.", len(changed)))
    reserved = [name for name in names if _is_reserved(name)]
    if reserved:
        shown = ", ".join(f"“{name}”" for name in reserved[:3])
        notes.append(
            Note("names_reserved", f"{shown} cannot be a column name and got “column ” before it.", len(reserved))
        )
        names = [f"column {name}" if _is_reserved(name) else name for name in names]
    empty = [index + 1 for index, name in enumerate(names) if not name]
    if empty:
        shown = ", ".join(f"column_{index}" for index in empty[:3])
        notes.append(
            Note(
                "names_empty", f"Columns without a name were called {shown}{'…' if len(empty) > 3 else ''}.", len(empty)
            )
        )
    unique, doubled = _unique([name or f"column_{index + 1}" for index, name in enumerate(names)])
    if doubled:
        shown = ", ".join(f"“{name[:40]}”" for name in doubled[:3])
        notes.append(Note("names_doubled", f"Names that came twice were numbered: {shown}.", len(doubled)))
    return unique, notes


def _clean(cell: str) -> str:
    # Category Cc are controls, Cf are invisible marks such as U+202E, which reorders text on screen.
    text = re.sub(r"\s+", " ", cell)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return text.strip()[:LONGEST].strip()


def _unique(names: list[str]) -> tuple[list[str], list[str]]:
    taken, result, doubled = set(names), [], []
    seen: set[str] = set()
    for name in names:
        new, number = name, 2
        while new in seen or (new != name and new in taken):
            new = f"{name[: LONGEST - 8]}_{number}"
            number += 1
        if new != name:
            doubled.append(new)
        seen.add(new)
        result.append(new)
    return result, doubled
