"""What the configs of object stores are made of: names, endpoints, the accounts inside connection strings and keys."""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from vizapp.schemas.base import Strict
from vizapp.schemas.table import printable

# Names go into paths and hosts. S3 allows 3 to 63 of these, stores that speak its protocol more.
_BUCKET = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,253}[A-Za-z0-9])?")
_CONTAINER = re.compile(r"[a-z0-9](-?[a-z0-9]){2,62}|\$(root|web|logs)")
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
_PATH = re.compile(r"(/[A-Za-z0-9_-]+)*")
_PORTS = {"https": 443, "http": 80}
_SUFFIX = "core.windows.net"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is, as its address says."""

    host: str
    port: int
    secure: bool
    path: str


def place(url: str) -> Place:
    """The parts of `url`; raises ValueError for what is no plain http or https address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise ValueError("must be an address such as https://minio.example.com:9000") from exc
    odd = parts.username is not None or parts.password is not None or parts.query or parts.fragment or "#" in url
    path = parts.path.rstrip("/")
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host) or odd or not _PATH.fullmatch(path) or "?" in url:
        raise ValueError("must be an address such as https://minio.example.com:9000, without user or options")
    return Place(host, _PORTS[parts.scheme] if port is None else port, parts.scheme == "https", path)


def _endpoint(value: str) -> str:
    text = value.strip()
    if text and place(text).path:
        raise ValueError("must end behind host and port: no path")
    return text


def _matching(pattern: re.Pattern[str], words: str) -> AfterValidator:
    def check(value: str) -> str:
        text = value.strip()
        if text and (not pattern.fullmatch(text) or ".." in text):
            raise ValueError(f"must be {words}")
        return text

    return AfterValidator(check)


@dataclass(frozen=True, slots=True)
class AzureAccount:
    """The account a connection string names; either `key` or `signature`, the query of a shared access signature."""

    name: str
    place: Place
    chosen: bool
    key: bytes = field(default=b"", repr=False)
    signature: str = field(default="", repr=False)


def azure_account(text: str) -> AzureAccount:
    """What a connection string says; raises ValueError, which never quotes it."""
    pairs = [part.partition("=") for part in text.strip().strip(";").split(";")]
    said = {name.strip().lower(): value.strip() for name, _, value in pairs}
    name, named = said.get("accountname", ""), said.get("blobendpoint", "")
    if not named and not _ACCOUNT.fullmatch(name):
        raise ValueError("must name the account: AccountName=…, or BlobEndpoint=…")
    suffix, protocol = said.get("endpointsuffix") or _SUFFIX, said.get("defaultendpointsprotocol") or "https"
    try:
        where = place(named or f"{protocol}://{name}.blob.{suffix}")
    except ValueError as exc:
        raise ValueError("must name a plain http or https address as BlobEndpoint or EndpointSuffix") from exc
    chosen = bool(named) or suffix != _SUFFIX
    if signature := said.get("sharedaccesssignature", "").lstrip("?"):
        return AzureAccount(name, where, chosen, signature=signature)
    try:
        key = base64.b64decode(said.get("accountkey", ""), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise ValueError("must hold the whole AccountKey, as Azure shows it") from exc
    if not key or not name:
        raise ValueError("must hold AccountName and AccountKey, or a SharedAccessSignature")
    return AzureAccount(name, where, chosen, key=key)


def _connection_string(value: str) -> str:
    azure_account(value)
    return value.strip()


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """Who signs in to Google, from the file it gives for a service account."""

    client_email: str
    private_key_id: str
    private_key: str = field(repr=False)


def service_account(text: str) -> ServiceAccount:
    """What a key file says; raises ValueError, which never quotes it. Addresses in it are not used."""
    try:
        found = json.loads(text)
    except ValueError as exc:
        raise ValueError("must be the text of the key file, which is JSON") from exc
    if not isinstance(found, dict) or found.get("type") != "service_account":
        raise ValueError("must be the key file of a service account")
    parts = [found.get(name) for name in ("client_email", "private_key_id", "private_key")]
    if not all(isinstance(part, str) and part for part in parts):
        raise ValueError("must hold client_email, private_key_id and private_key")
    email, key_id, key = map(str, parts)
    if "-----BEGIN PRIVATE KEY-----" not in key:
        raise ValueError("must hold a private_key in PEM form, as Google writes it")
    return ServiceAccount(email, key_id, key)


def _as_text(value: object) -> object:
    return json.dumps(value) if isinstance(value, dict) else value


_PASSWORD = {"format": "password"}
Bucket = Annotated[str, Field(max_length=255), _matching(_BUCKET, "the name of a bucket, such as sales-2026")]
Container = Annotated[str, Field(max_length=63), _matching(_CONTAINER, "the name of a container, such as sales")]
Region = Annotated[str, Field(max_length=40), _matching(_REGION, "a region such as eu-central-1")]
Url = Annotated[str, Field(max_length=300), AfterValidator(printable), AfterValidator(_endpoint)]
ConnectionString = Annotated[
    str,
    Field(min_length=1, max_length=4096, json_schema_extra=_PASSWORD),
    AfterValidator(printable),
]
KeyFile = Annotated[str, Field(min_length=1, max_length=10_000, json_schema_extra=_PASSWORD), BeforeValidator(_as_text)]


def checked_string(value: str, mask: str) -> str:
    """A connection string, or the mask of one that is stored; raises ValueError."""
    return value if value == mask else _connection_string(value)


def checked_key(value: str, mask: str) -> str:
    """A key file, or the mask of one that is stored; raises ValueError."""
    if value != mask:
        service_account(value)
    return value


def _key(value: str) -> str:
    if len(value.encode()) > 1024:
        raise ValueError("must have at most 1024 bytes")
    # What stands between us and the store may read such a path as another one.
    if not is_plain(value):
        raise ValueError("must not contain . or .. as a folder, or begin with a slash")
    return value


def is_plain(key: str) -> bool:
    """Whether a key means the same to all who read it as a path."""
    return key.isprintable() and not key.startswith("/") and not {".", ".."} & set(key.split("/"))


Key = Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(printable), AfterValidator(_key)]


FileFormat = Literal["csv", "parquet", "excel", "json"]


class CloudFile(Strict):
    """A file of an object store; without `format` its name or its first bytes tell. Text is read as a key."""

    key: Key
    format: FileFormat | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: object) -> object:
        return {"key": data} if isinstance(data, str) else data
