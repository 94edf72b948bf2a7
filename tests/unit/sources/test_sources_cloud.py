"""Object stores below the API: signatures, parts of files, and servers that are slow, rude or lead elsewhere."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.stores import KINDS, Emulators
from vizapp.errors import CloudStorageBusy, CloudStorageError, FileTooLarge
from vizapp.query import remote_engine
from vizapp.schemas.chart import Aggregate
from vizapp.schemas.connection import CloudConfig, parse_config
from vizapp.schemas.query import Measure, Query
from vizapp.sources.cloud.gateway import serving
from vizapp.sources.cloud.opened import opened
from vizapp.sources.cloud.parquet import RemoteParquet
from vizapp.sources.cloud.s3 import signed_headers
from vizapp.sources.cloud.wire import Bounds, Request


def test_a_signature_is_that_of_the_example_of_aws() -> None:
    # Amazon S3 API Reference, "Signature Calculations for the Authorization Header", example: GET Object.
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    made = signed_headers(
        Request("GET", "/test.txt", {}, {"Range": "bytes=0-9"}),
        "examplebucket.s3.amazonaws.com",
        id="AKIAIOSFODNN7EXAMPLE",
        secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        region="us-east-1",
        digest=empty,
        now=datetime(2013, 5, 24, tzinfo=UTC),
    )
    signature = made["Authorization"].rpartition("Signature=")[2]
    assert signature == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_put_whole_and_read_in_parts(emulators: Emulators, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "sent"
    path.write_bytes(bytes(range(256)) * 4000)
    with opened(emulators.bucket(kind).parsed, Bounds(20)) as store:
        item = store.put("a/ü #%+.bin", path)
        assert item.size == 1_024_000
        assert b"".join(store.read(item)) == path.read_bytes()
        assert b"".join(store.read(item, 254, 258)) == b"\xfe\xff\x00\x01"
        if kind != "gcs":  # its emulator falls over an empty file
            path.write_bytes(b"")
            assert store.put("empty", path).size == 0


def test_a_question_to_parquet_fetches_what_it_needs(
    emulators: Emulators, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pl.DataFrame({f"c{n}": pl.int_range(200_000, eager=True).shuffle(seed=n) for n in range(10)})
    frame.write_parquet(tmp_path / "big", row_group_size=50_000)
    stored, seen = emulators.bucket("s3"), []
    with opened(stored.parsed, Bounds(60)) as store:
        item = store.put("big.parquet", tmp_path / "big")
    source = RemoteParquet(stored.parsed, Bounds(60), item, "1")
    monkeypatch.setattr(remote_engine, "require_whole", seen.append)
    plain = RemoteParquet.served

    @contextmanager
    def watched(self: RemoteParquet) -> Iterator[Any]:
        with plain(self) as gateway:
            yield gateway
            seen.append(gateway.sent)

    monkeypatch.setattr(RemoteParquet, "served", watched)
    # A proxy or key of the environment would be met on the way.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "ambient")
    answer = remote_engine.fetch(source, Query(measures=(Measure(Aggregate.sum, "y", "c3"),)))
    assert answer.frame["y"].item() == sum(range(200_000))
    assert 0 < seen[0] < item.size / 4


def test_more_than_the_limit_is_not_fetched(emulators: Emulators, tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(bytes(2000))
    with opened(emulators.bucket("s3").parsed, Bounds(20)) as store:
        item = store.put("a", tmp_path / "sent")
        with serving(store, item, most=1000) as gateway, pytest.raises(FileTooLarge):
            list(gateway.part(0, 2000))


@contextmanager
def saying(*words: bytes) -> Iterator[CloudConfig]:
    """A server that answers each connection with these bytes, and then nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.recv(65536)
                for word in words:
                    connection.sendall(word)
                held.append(connection)

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        keys = {"accessKeyId": "a", "secretAccessKey": "S3CR3T", "endpointUrl": url}
        config = parse_config("s3", {"bucket": "abc", **keys})
        assert isinstance(config, CloudConfig)
        yield config
        for connection in held:
            connection.close()


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (b"", CloudStorageBusy, "took longer than 0.5 seconds"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<a", CloudStorageBusy, "took longer"),
        (b"HTTP/1.1 503 Slow\r\nContent-Length: 0\r\n\r\n", CloudStorageBusy, "does not answer in time"),
        (b"HTTP/1.1 302 No\r\nLocation: http://localhost/\r\nContent-Length: 0\r\n\r\n", CloudStorageError, "302"),
        (b"SSH-2.0-OpenSSH_9\r\n", CloudStorageError, "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<!DOCTYPE x>   ", CloudStorageError, "protocol"),
        (b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", CloudStorageError, "permit"),
    ],
)  # fmt: skip
def test_a_server_that_is_slow_rude_or_leads_elsewhere_is_told(
    answer: bytes, error: type[CloudStorageError], words: str
) -> None:
    with saying(answer) as config, opened(config, Bounds(0.5)) as store, pytest.raises(error, match=words) as told:
        store.list()
    assert type(told.value) is error
    assert "S3CR3T" not in str(told.value)


def test_an_endpoint_outside_the_networks_is_not_connected_to() -> None:
    refused = pytest.raises(CloudStorageError, match="DATABASE_NETWORKS")
    with saying(b"") as config, opened(config, Bounds(5, ("10.0.0.0/8",))) as store, refused as told:
        store.list()
    assert told.value.details["step"] == "address"
