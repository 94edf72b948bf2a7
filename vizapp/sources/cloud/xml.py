"""The XML that S3 and Azure answer with: small, flat, from a server that an admin chose but nobody vouches for."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element, ParseError, fromstring

from vizapp.errors import CloudStorageError


def parse(body: bytes) -> Element:
    """The document; raises CloudStorageError for what is none, and for one that declares entities."""
    if b"<!" in body:
        raise _strange()
    try:
        return fromstring(body)  # noqa: S314 - without a DOCTYPE there are no entities to expand
    except (ParseError, ValueError) as exc:
        raise _strange() from exc


def _strange() -> CloudStorageError:
    return CloudStorageError("What answers there does not speak the protocol of this object store.")


def children(node: Element, name: str) -> Iterator[Element]:
    """Those of that name, whatever their namespace."""
    return (child for child in node if child.tag.rpartition("}")[2] == name)


def child(node: Element, name: str) -> Element | None:
    """The first."""
    return next(children(node, name), None)


def text(node: Element, *path: str) -> str:
    """The text at the end of the path; empty when there is none."""
    found: Element | None = node
    for name in path:
        found = None if found is None else child(found, name)
    return (found.text or "") if found is not None else ""


def code(body: bytes) -> str:
    """The word that says what went wrong; empty when the body does not say."""
    try:
        return text(parse(body), "Code")[:100]
    except CloudStorageError:
        return ""


def size(text: str) -> int:
    """The number of bytes that a store tells; raises CloudStorageError."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise _strange()
    return int(text)


def moment(text: str) -> datetime | None:
    """A time in ISO 8601 or as HTTP writes it, in UTC; None when it is neither."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            found = parsedate_to_datetime(text)
        except ValueError:
            return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
