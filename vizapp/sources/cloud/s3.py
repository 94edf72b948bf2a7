"""S3, and what speaks its protocol. Requests are signed with Signature Version 4 of AWS."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from vizapp.errors import CloudStorageBusy, CloudStorageError
from vizapp.sources.cloud import xml
from vizapp.sources.cloud.store import MAX_ANSWER, PAGE, Item, Listing, arrived, changed, gone
from vizapp.sources.cloud.wire import Answer, Endpoint, Request, Wire, encoded

_EMPTY = hashlib.sha256(b"").hexdigest()
_KEY = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "InvalidClientTokenId")
_ELSEWHERE = ("PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect", "IncorrectEndpoint")
_SAID = {
    **dict.fromkeys(_KEY, ("key", "The store refuses this key. Check accessKeyId and secretAccessKey.")),
    **dict.fromkeys(_ELSEWHERE, ("bucket", "The bucket is in another region than the one given.")),
    "NoSuchBucket": ("bucket", "There is no such bucket."),
    "InvalidBucketName": ("bucket", "There is no such bucket."),
    "RequestTimeTooSkewed": ("key", "The clock of this server differs from the store's by too much."),
}
_DENIED = ("permission", "The store does not permit this to the account.")


def endpoint_of(bucket: str, region: str) -> tuple[Endpoint, str]:
    """AWS's own endpoint for a bucket, and what stands before its keys."""
    # A certificate for *.s3… fits names without dots only.
    if "." in bucket or "_" in bucket:
        return Endpoint(f"s3.{region}.amazonaws.com", 443), f"/{bucket}/"
    return Endpoint(f"{bucket}.s3.{region}.amazonaws.com", 443), "/"


class S3:
    """A bucket; see Store. `root` is the path that stands before its keys."""

    def __init__(self, wire: Wire, root: str, *, region: str, key_id: str, secret: str) -> None:
        self._wire, self._root = wire, root
        self._region, self._key_id, self._secret = region, key_id, secret

    def list(self, prefix: str = "", *, cursor: str = "", limit: int = PAGE) -> Listing:
        """See Store."""
        query = {"list-type": "2", "prefix": prefix, "max-keys": str(limit), "encoding-type": "url"}
        request = self._request("GET", "", query | ({"continuation-token": cursor} if cursor else {}))
        with self._wire.sent(request) as answer:
            self._check(answer, "")
            page = xml.parse(answer.body(MAX_ANSWER))
        return Listing(tuple(map(self._item, xml.children(page, "Contents"))), xml.text(page, "NextContinuationToken"))

    def look(self, key: str) -> Item:
        """See Store."""
        with self._wire.sent(self._request("HEAD", key)) as answer:
            self._check(answer, key)
            size = xml.size(answer.header("Content-Length"))
            return Item(key, size, xml.moment(answer.header("Last-Modified")), answer.header("ETag"))

    def read(self, item: Item, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """See Store."""
        span = {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"} if start or stop is not None else {}
        with self._wire.sent(self._request("GET", item.key, headers={"If-Match": item.tag, **span})) as answer:
            self._check(answer, item.key)
            yield from answer.pieces()

    def put(self, key: str, path: Path) -> Item:
        """See Store."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.seek(0, 2)
            file.seek(0)
            request = self._signed(Request("PUT", self._root + encoded(key), {}, {}, file, size), digest)
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

    def _item(self, node: Element) -> Item:
        size, when = xml.size(xml.text(node, "Size")), xml.moment(xml.text(node, "LastModified"))
        return Item(unquote(xml.text(node, "Key")), size, when, xml.text(node, "ETag"))

    def _request(
        self, method: str, key: str, query: Mapping[str, str] = {}, *, headers: Mapping[str, str] = {}
    ) -> Request:
        return self._signed(Request(method, self._root + encoded(key), query, headers), _EMPTY)

    def _signed(self, request: Request, digest: str) -> Request:
        host = self._wire.endpoint.authority
        known = {"id": self._key_id, "secret": self._secret, "region": self._region}
        return Request(
            request.method,
            request.path,
            request.query,
            signed_headers(request, host, digest=digest, now=datetime.now(UTC), **known),
            request.body,
            request.size,
        )

    def _check(self, answer: Answer, key: str) -> None:
        if answer.status < 300:
            return
        if answer.is_busy:
            raise CloudStorageBusy()
        word = xml.code(answer.body(MAX_ANSWER))
        if word in _SAID:
            step, message = _SAID[word]
            raise CloudStorageError(message, details={"step": step})
        if answer.status in (404, 416) and key:
            raise gone(key)
        if answer.status == 412:
            raise changed(key)
        step, message = _DENIED if answer.status in (401, 403) else ("permission", f"The store says {answer.status}.")
        raise CloudStorageError(message, details={"step": step})


def signed_headers(
    request: Request, host: str, *, id: str, secret: str, region: str, digest: str, now: datetime
) -> dict[str, str]:
    """The headers of `request` with its signature; `digest` is the SHA-256 of its body.

    AWS Signature Version 4 for S3, where a path is encoded once.
    """
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    headers = {**request.headers, "x-amz-content-sha256": digest, "x-amz-date": stamp}
    lines = sorted((name.lower(), " ".join(value.split())) for name, value in {"host": host, **headers}.items())
    names = ";".join(name for name, _ in lines)
    written = "".join(f"{name}:{value}\n" for name, value in lines)
    whole = "\n".join((request.method, request.path, request.encoded_query, written, names, digest))
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(whole.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return headers
