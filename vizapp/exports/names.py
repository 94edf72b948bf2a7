"""Names that people wrote, as names of files and of worksheets: clean, short enough, and none twice."""

import re
from collections.abc import Iterable

from vizapp.schemas.base import clean_text

FILE_CHARS = 80
SHEET_CHARS = 31
_NOT_IN_FILES = '\\/:*?"<>|%;'
_NOT_IN_SHEETS = "\\/:*?[]"
# Excel keeps this name for itself.
_RESERVED = "history"
# What XML 1.0 has no way to write.
NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def file_name(title: str) -> str:
    """The title without what a file system or a header would read as more than a name; "" when nothing is left."""
    return _without(_NOT_IN_FILES, title)[:FILE_CHARS].strip(". ")


def sheet_name(title: str) -> str:
    """The title as Excel takes it for a worksheet; "" when nothing is left."""
    name = _cut(_without(_NOT_IN_SHEETS, NOT_XML.sub("", title)).strip("' "), SHEET_CHARS).strip("' ")
    return f"{name}_" if name.lower() == _RESERVED else name


def file_names(titles: Iterable[str], fallback: str) -> list[str]:
    """A name for each title, different also where upper and lower case are the same."""
    return _unique([file_name(title) or fallback for title in titles], FILE_CHARS)


def sheet_names(titles: Iterable[str], fallback: str, taken: Iterable[str] = ()) -> list[str]:
    """The same for worksheets, none of them one of `taken`."""
    kept = list(taken)
    return _unique([*kept, *(sheet_name(title) or fallback for title in titles)], SHEET_CHARS)[len(kept) :]


def _without(forbidden: str, title: str) -> str:
    return " ".join("".join(" " if char in forbidden else char for char in clean_text(title)).split())


def _unique(names: Iterable[str], longest: int) -> list[str]:
    found: dict[str, str] = {}
    for name in names:
        free, number = name, 1
        while free.casefold() in found:
            number += 1
            mark = f" ({number})"
            free = f"{_cut(name, longest - len(mark)).rstrip()}{mark}"
        found[free.casefold()] = free
    return list(found.values())


def _cut(text: str, units: int) -> str:
    """At most so many units of UTF-16, which is how Excel counts; no character is torn."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")
