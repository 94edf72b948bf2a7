"""Google Cloud Storage by its JSON API. Requests carry a token that the service account's key signs by itself, so no
other server is asked for one.
"""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import jwt

from vizapp.errors import CloudStorageBusy, CloudStorageError
from vizapp.schemas.cloud import ServiceAccount
from vizapp.sources.cloud import xml
from vizapp.sources.cloud.store import MAX_ANSWER, PAGE, Item, Listing, arrived, changed, gone
from vizapp.sources.cloud.wire import Answer, Endpoint, Request, Wire, encoded

ENDPOINT = Endpoint("storage.googleapis.com", 443)
# What Google asks of tokens that an account signs for itself: at most an hour.
_TOKEN_SECONDS = 3600
_AUDIENCE = "https://storage.googleapis.com/"
_FIELDS = "name,size,updated,generation"


class Gcs:
    """A bucket; see Store."""

    def __init__(self, wire: Wire, bucket: str, account: ServiceAccount) -> None:
        self._wire, self._bucket, self._account = wire, bucket, account

    def list(self, prefix: str = "", *, cursor: str = "", limit: int = PAGE) -> Listing:
        """See Store."""
        query = {"prefix": prefix, "maxResults": str(limit), "fields": f"nextPageToken,items({_FIELDS})"}
        found = self._json(f"/storage/v1/b/{self._bucket}/o", query | ({"pageToken": cursor} if cursor else {}), "")
        items = found.get("items", [])
        if not isinstance(items, list):
            raise _strange()
        return Listing(tuple(map(_item, items)), str(found.get("nextPageToken", "")))

    def look(self, key: str) -> Item:
        """See Store."""
        return _item(self._json(self._path(key), {"fields": _FIELDS}, key))

    def read(self, item: Item, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """See Store."""
        span = {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"} if start or stop is not None else {}
        query = {"alt": "media", "ifGenerationMatch": item.tag}
        with self._wire.sent(self._request("GET", f"/download{self._path(item.key)}", query, span)) as answer:
            self._check(answer, item.key)
            yield from answer.pieces()

    def put(self, key: str, path: Path) -> Item:
        """See Store."""
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            query = {"uploadType": "media", "name": key, "fields": _FIELDS}
            headers = {**self._authority(), "Content-Type": "application/octet-stream"}
            request = Request("POST", f"/upload/storage/v1/b/{self._bucket}/o", query, headers, file, size)
            with self._wire.sent(request) as answer:
                # No object is asked for here: what is not there is the bucket.
                self._check(answer, "")
                answer.body(MAX_ANSWER)
        return arrived(size, self.look(key))

    @property
    def is_encrypted(self) -> bool:
        """See Store."""
        return self._wire.endpoint.secure

    def close(self) -> None:
        """See Store."""
        self._wire.close()

    def _path(self, key: str) -> str:
        return f"/storage/v1/b/{self._bucket}/o/{encoded(key, safe='')}"

    def _json(self, path: str, query: Mapping[str, str], key: str) -> dict[str, object]:
        with self._wire.sent(self._request("GET", path, query, {})) as answer:
            self._check(answer, key)
            return _object(answer.body(MAX_ANSWER))

    def _request(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Request:
        return Request(method, path, query, {**headers, **self._authority()})

    def _authority(self) -> dict[str, str]:
        now, account = int(time.time()), self._account
        claims: dict[str, str | int] = {"iss": account.client_email, "sub": account.client_email, "aud": _AUDIENCE}
        claims |= {"iat": now, "exp": now + _TOKEN_SECONDS}
        try:
            token = jwt.encode(claims, account.private_key, "RS256", headers={"kid": account.private_key_id})
        except (jwt.PyJWTError, ValueError, TypeError) as exc:
            message = "The private key in keyFile cannot be read. Enter the whole file again."
            raise CloudStorageError(message, details={"step": "key"}) from exc
        return {"Authorization": f"Bearer {token}"}

    def _check(self, answer: Answer, key: str) -> None:
        if answer.status < 300:
            return
        if answer.is_busy:
            raise CloudStorageBusy()
        if answer.status == 401:
            message = "The store refuses this key. Check keyFile, and that the account is still there."
            raise CloudStorageError(message, details={"step": "key"})
        if answer.status in (404, 416):
            raise gone(key) if key else CloudStorageError("There is no such bucket.", details={"step": "bucket"})
        if answer.status == 412:
            raise changed(key)
        denied = "The store does not permit this to the account."
        message = denied if answer.status == 403 else f"The store says {answer.status}."
        raise CloudStorageError(message, details={"step": "permission"})


def _strange() -> CloudStorageError:
    return CloudStorageError("What answers there does not speak the protocol of this object store.")


def _object(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except ValueError as exc:
        raise _strange() from exc
    if not isinstance(found, dict):
        raise _strange()
    return found


def _item(found: object) -> Item:
    if not isinstance(found, dict):
        raise _strange()
    when = xml.moment(str(found.get("updated", "")))
    return Item(
        str(found.get("name", "")), xml.size(str(found.get("size", ""))), when, str(found.get("generation", ""))
    )
