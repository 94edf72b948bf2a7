"""Azure Blob Storage. Requests are signed with the account's key (Shared Key), or carry a shared access signature."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote
from xml.etree.ElementTree import Element

from vizapp.errors import CloudStorageBusy, CloudStorageError
from vizapp.schemas.cloud import AzureAccount
from vizapp.sources.cloud import xml
from vizapp.sources.cloud.store import MAX_ANSWER, PAGE, Item, Listing, arrived, changed, gone
from vizapp.sources.cloud.wire import Answer, Request, Wire, encoded

_VERSION = "2021-12-02"
_KEY = ("The store refuses this key. Check the connection string, and when its signature expires.", "key")
_SAID = {
    "AuthenticationFailed": _KEY,
    "InvalidAuthenticationInfo": _KEY,
    "NoAuthenticationInformation": _KEY,
    "AuthorizationFailure": (
        "The store refuses this account. Check the connection string, and that the store's firewall lets us in.",
        "key",
    ),
    "ContainerNotFound": ("There is no such container.", "bucket"),
    "ContainerBeingDeleted": ("The container is being deleted.", "bucket"),
    "InvalidResourceName": ("There is no such container.", "bucket"),
    "AccountIsDisabled": ("The account is switched off.", "key"),
}
# The headers whose values a signature holds, in its order (Shared Key, from version 2015-02-21 on).
_STANDARD = (
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-MD5",
    "Content-Type",
    "Date",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range",
)


class Azure:
    """A container; see Store."""

    def __init__(self, wire: Wire, container: str, account: AzureAccount) -> None:
        self._wire, self._account = wire, account
        self._root = f"{wire.endpoint.path}/{encoded(container)}"

    def list(self, prefix: str = "", *, cursor: str = "", limit: int = PAGE) -> Listing:
        """See Store."""
        query = {"restype": "container", "comp": "list", "prefix": prefix, "maxresults": str(limit)}
        with self._wire.sent(self._request("GET", "", query | ({"marker": cursor} if cursor else {}))) as answer:
            self._check(answer, "")
            page = xml.parse(answer.body(MAX_ANSWER))
        blobs = xml.child(page, "Blobs")
        nodes = [] if blobs is None else xml.children(blobs, "Blob")
        # Accounts with folders of their own list these too.
        files = [node for node in nodes if xml.text(node, "Properties", "ResourceType") != "directory"]
        return Listing(tuple(map(_item, files)), xml.text(page, "NextMarker"))

    def look(self, key: str) -> Item:
        """See Store."""
        with self._wire.sent(self._request("HEAD", key)) as answer:
            self._check(answer, key)
            size = xml.size(answer.header("Content-Length"))
            return Item(key, size, xml.moment(answer.header("Last-Modified")), answer.header("ETag").strip('"'))

    def read(self, item: Item, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """See Store."""
        span = {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"} if start or stop is not None else {}
        request = self._request("GET", item.key, headers={"If-Match": f'"{item.tag}"', **span})
        with self._wire.sent(request) as answer:
            self._check(answer, item.key)
            yield from answer.pieces()

    def put(self, key: str, path: Path) -> Item:
        """See Store."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).digest()
            size = file.seek(0, 2)
            file.seek(0)
            headers = {"x-ms-blob-type": "BlockBlob", "Content-MD5": base64.b64encode(digest).decode()}
            request = self._signed(Request("PUT", f"{self._root}/{encoded(key)}", {}, headers, file, size))
            with self._wire.sent(request) as answer:
                self._check(answer, key)
                answer.body(MAX_ANSWER)
        return arrived(size, self.look(key))

    @property
    def is_encrypted(self) -> bool:
        """See Store."""
        return self._wire.endpoint.secure

    def close(self) -> None:
        """See Store."""
        self._wire.close()

    def _request(
        self, method: str, key: str, query: Mapping[str, str] = {}, *, headers: Mapping[str, str] = {}
    ) -> Request:
        path = f"{self._root}/{encoded(key)}" if key else self._root
        return self._signed(Request(method, path, query, headers))

    def _signed(self, request: Request) -> Request:
        account = self._account
        headers = {**request.headers, "x-ms-version": _VERSION}
        query = dict(request.query)
        if account.signature:
            query |= dict(parse_qsl(account.signature, keep_blank_values=True))
        else:
            headers["x-ms-date"] = format_datetime(datetime.now(UTC), usegmt=True)
            headers["Authorization"] = f"SharedKey {account.name}:{signature(request, headers, account)}"
        return Request(request.method, request.path, query, headers, request.body, request.size)

    def _check(self, answer: Answer, key: str) -> None:
        if answer.status < 300:
            return
        if answer.is_busy:
            raise CloudStorageBusy()
        word = answer.header("x-ms-error-code") or xml.code(answer.body(MAX_ANSWER))
        if word in _SAID:
            message, step = _SAID[word]
            raise CloudStorageError(message, details={"step": step})
        if answer.status in (404, 416) and key:
            raise gone(key)
        if answer.status == 412:
            raise changed(key)
        denied = "The store does not permit this to the account."
        message = denied if answer.status in (401, 403) else f"The store says {answer.status}."
        raise CloudStorageError(message, details={"step": "permission"})


def _item(node: Element) -> Item:
    name = xml.child(node, "Name")
    key = xml.text(node, "Name")
    if name is not None and name.get("Encoded") == "true":
        key = unquote(key)
    size, when = (xml.text(node, "Properties", part) for part in ("Content-Length", "Last-Modified"))
    return Item(key, xml.size(size), xml.moment(when), xml.text(node, "Properties", "Etag").strip('"'))


def signature(request: Request, headers: Mapping[str, str], account: AzureAccount) -> str:
    """The Shared Key signature of a request with these headers."""
    standard = {**headers, "Content-Length": str(request.size) if request.size else ""}
    own = sorted((name.lower(), value) for name, value in headers.items() if name.lower().startswith("x-ms-"))
    lines = [request.method, *(standard.get(name, "") for name in _STANDARD)]
    lines += [f"{name}:{value}" for name, value in own]
    # The emulator's paths have the account's name in them, and in front of it once more.
    lines.append(f"/{account.name}{request.path}")
    lines += [f"{name.lower()}:{value}" for name, value in sorted(request.query.items())]
    return base64.b64encode(hmac.digest(account.key, "\n".join(lines).encode(), "sha256")).decode()
