"""Where a file goes in a bucket: a path with names in braces, such as `reports/{dashboard}/{date}.pdf`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from vizapp.errors import InvalidInput
from vizapp.exports.names import file_name
from vizapp.schemas.cloud import is_plain

FIELD = "destination.path"
# S3 and GCS allow keys of this many bytes in UTF-8, Azure as many characters.
MAX_BYTES = 1024
_BRACES = re.compile(r"\{([^{}]*)\}")


def names_of(what: str, title: str, ending: str, moment: datetime) -> dict[str, str]:
    """What may stand in braces for one export, with what it becomes; dates and times are in UTC."""
    name = "".join(char for char in file_name(title) if char.isprintable()).strip(". ") or what
    at = moment.astimezone(UTC)
    return {"name": name, what: name, "date": f"{at:%Y-%m-%d}", "time": f"{at:%H%M%S}", "format": ending}


def key_of(template: str, names: Mapping[str, str]) -> str:
    """The path with its names filled in. Raises InvalidInput naming the field."""
    if "{" in (rest := _BRACES.sub("", template)) or "}" in rest:
        raise _wrong("a brace is without its other half")
    if unknown := [name for name in _BRACES.findall(template) if name not in names]:
        known = ", ".join(f"{{{name}}}" for name in names)
        raise _wrong(f"{{{unknown[0][:40]}}} is not known here; there are {known}")
    key = _BRACES.sub(lambda found: names[found[1]], template)
    if not is_plain(key):
        raise _wrong("must not begin with a slash, contain . or .. as a folder, or characters that cannot be seen")
    if "" in key.split("/"):
        raise _wrong("must not end with a slash or have two in a row")
    if len(key.encode()) > MAX_BYTES:
        raise _wrong(f"must have at most {MAX_BYTES:,} bytes when its names are filled in")
    return key


def _wrong(why: str) -> InvalidInput:
    return InvalidInput.of({FIELD: f"{FIELD}: {why}"})
