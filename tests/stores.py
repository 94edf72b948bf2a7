"""Object stores of a test's own: emulators that are started when they are first needed and stopped with the tests."""

import base64
import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.conftest import ROOT, free_port, needs
from vizapp.schemas.connection import AzureConfig, CloudConfig, parse_config
from vizapp.sources.cloud.azure import Azure
from vizapp.sources.cloud.opened import opened
from vizapp.sources.cloud.wire import Bounds, Request

KINDS = ("s3", "azure_blob", "gcs")
# Azurite's, which everybody knows.
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
SECRET = "S3CR3T/of+the=store"
_START_SECONDS = 60


@dataclass(frozen=True)
class Stored:
    """A bucket on an emulator, and the config of a connection to it."""

    kind: str
    port: int
    bucket: str
    config: dict[str, Any]

    @property
    def parsed(self) -> CloudConfig:
        """As the program knows it."""
        found = parse_config(self.kind, self.config)
        assert isinstance(found, CloudConfig)
        return found

    def put(self, folder: Path, **files: bytes | str) -> None:
        """Files by their keys; `__` in a name stands for a slash, `_dot_` for a dot."""
        for name, content in files.items():
            self.write(name.replace("__", "/").replace("_dot_", "."), content, folder)

    def write(self, key: str, content: bytes | str, folder: Path) -> None:
        """One file."""
        path = folder / uuid.uuid4().hex
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with opened(self.parsed, Bounds(20)) as store:
            store.put(key, path)
        path.unlink()

    def wrong_key(self) -> dict[str, Any]:
        """The config with a key that the store does not know."""
        if self.kind == "s3":
            return {**self.config, "secretAccessKey": "another secret"}
        text = self.config["connectionString"]
        return {**self.config, "connectionString": text.replace(ACCOUNT_KEY, base64.b64encode(b"x" * 64).decode())}

    def missing_bucket(self) -> dict[str, Any]:
        """The config with a bucket that is not there."""
        name = "containerName" if self.kind == "azure_blob" else "bucket"
        return {**self.config, name: "nothing-is-here"}


@dataclass
class Emulators:
    """Those that run."""

    stack: ExitStack = field(default_factory=ExitStack)
    ports: dict[str, int] = field(default_factory=dict)

    def bucket(self, kind: str) -> Stored:
        """A fresh bucket. Skips loudly where there is no such emulator."""
        if kind not in self.ports:
            self.ports[kind] = self.stack.enter_context(_running(kind))
        port, name = self.ports[kind], f"b{uuid.uuid4().hex[:12]}"
        made = Stored(kind, port, name, _config(kind, port, name))
        _create(made)
        return made


def _command(kind: str, port: int) -> list[str]:
    if kind == "s3":
        needs(
            "moto, which stands in for S3",
            present=find_spec("moto") is not None and find_spec("flask_cors") is not None,
        )
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    if kind == "gcs":
        needs("gcp-storage-emulator", present=find_spec("gcp_storage_emulator") is not None)
        options = ["--host=127.0.0.1", f"--port={port}", "--in-memory"]
        return [sys.executable, "-m", "gcp_storage_emulator", "start", *options]
    found = shutil.which("azurite-blob", path=ROOT / "tests/emulators/node_modules/.bin") or shutil.which(
        "azurite-blob"
    )
    needs("azurite, which stands in for Azure", present=found is not None)
    where = ["--blobHost", "127.0.0.1", "--blobPort", str(port)]
    return [str(found), *where, "--skipApiVersionCheck", "--inMemoryPersistence", "--disableTelemetry", "--silent"]


@contextmanager
def _running(kind: str) -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen(_command(kind, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp")
    try:
        _wait(process, port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    ends = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends:
        assert process.poll() is None, "the emulator ended"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the emulator does not answer")


def _config(kind: str, port: int, bucket: str) -> dict[str, Any]:
    url = f"http://127.0.0.1:{port}"
    if kind == "s3":
        return {"bucket": bucket, "accessKeyId": "AKIATEST", "secretAccessKey": SECRET, "endpointUrl": url}
    if kind == "azure_blob":
        text = f"AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};BlobEndpoint={url}/{ACCOUNT};"
        return {"containerName": bucket, "connectionString": text}
    return {"projectId": "p", "bucket": bucket, "keyFile": key_file(), "endpointUrl": url}


def _create(made: Stored) -> None:
    if made.kind == "azure_blob":
        config = made.parsed
        assert isinstance(config, AzureConfig)
        with opened(config, Bounds(20)) as store:
            assert isinstance(store, Azure)
            request = store._signed(Request("PUT", store._root, {"restype": "container"}, {}))
            with store._wire.sent(request) as answer:
                assert answer.status == 201, answer.body(10_000)
        return
    url = f"http://127.0.0.1:{made.port}"
    request = urllib.request.Request(f"{url}/{made.bucket}", method="PUT")
    if made.kind == "gcs":
        body = json.dumps({"name": made.bucket}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{url}/storage/v1/b", body, headers, method="POST")
    urllib.request.urlopen(request, timeout=20).close()


def key_file() -> str:
    """One like Google's, with places in it where nobody must go."""
    private = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "p",
            "client_email": "reader@p.iam.gserviceaccount.com",
            "private_key_id": "1",
            "private_key": private.decode(),
            "token_uri": "http://169.254.169.254/",
        }
    )
