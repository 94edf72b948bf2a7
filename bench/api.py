"""What calls of the API take, against a bare Flask route that returns the same bytes: `python -m bench api`.

Both servers run under the same gunicorn settings; requests alternate, each kind over one connection that is kept. The
bar: the median is at most three times that of the bare route.
"""

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.conftest import PASSWORD, ROOT, free_port, start_server, stop_server
from vizapp.security.passwords import hash_password

ROUNDS = int(os.environ.get("ROUNDS", "400"))
WARM_UP = 20
BAR = 3.0
CHARTS = 20
JSON = {"Content-Type": "application/json"}


@dataclass
class Client:
    """One kept connection."""

    connection: HTTPConnection
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[float, bytes]:
        """Milliseconds and the answer's bytes; anything but a success ends the benchmark."""
        started = time.perf_counter()
        self.connection.request(method, path, body, {**self.headers, **(JSON if body else {})})
        answer = self.connection.getresponse()
        content = answer.read()
        took = (time.perf_counter() - started) * 1000
        if answer.status >= 300:
            raise SystemExit(f"{method} {path} answered {answer.status}: {content[:300]!r}")
        return took, content

    def json(self, method: str, path: str, body: object) -> dict[str, object]:
        """For what is not measured."""
        found: dict[str, object] = json.loads(self.ask(method, path, json.dumps(body).encode())[1])
        return found


@dataclass(frozen=True)
class Case:
    """One call."""

    name: str
    method: str
    path: str
    body: bytes | None = None


@contextmanager
def bare(bodies: dict[str, bytes]) -> Iterator[Client]:
    """The bare app, serving these."""
    with tempfile.TemporaryDirectory() as folder:
        for name, body in bodies.items():
            (Path(folder) / name).write_bytes(body)
        port = free_port()
        env = {
            **os.environ,
            "VIZAPP_ENV": "development",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "BARE_FOLDER": folder,
        }
        command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "bench.bare:app"]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
        try:
            yield _connected(port)
        finally:
            stop_server(process)


def _connected(port: int) -> Client:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port)
        try:
            connection.connect()
        except ConnectionError:
            time.sleep(0.1)
        else:
            return Client(connection)
    raise SystemExit("the bare app did not start")


def _fill(client: Client) -> int:
    """Twenty charts over the sample dataset; the id of one."""
    ids = []
    for number in range(CHARTS):
        sent = {"name": f"Chart {number}", "config": {"x": "product", "y": "revenue"}, "dataset_id": 1}
        ids.append(client.json("POST", "/api/charts", sent)["id"])
    return int(str(ids[0]))


def _measure(api: Client, plain: Client, case: Case) -> tuple[float, float]:
    """Medians of alternating requests: the API's, the bare route's."""
    ours, theirs = [], []
    for number in range(ROUNDS + WARM_UP):
        ours.append(api.ask(case.method, case.path, case.body)[0])
        theirs.append(plain.ask(case.method, f"/{case.name}", case.body)[0])
        if number == WARM_UP - 1:
            ours.clear(), theirs.clear()
    return statistics.median(ours), statistics.median(theirs)


def main() -> int:
    """Print one line a call; 1 when one misses the bar."""
    with tempfile.TemporaryDirectory() as folder:
        process, server = start_server(Path(folder), API_RATE="1000000 per minute")
        try:
            with sqlite3.connect(server.data / "vizapp.db", timeout=10) as database:
                database.execute("UPDATE users SET must_change_password=0, password_hash=?", (hash_password(PASSWORD),))
            database.close()
            parts = urlsplit(server.url)
            api = Client(HTTPConnection(str(parts.hostname), parts.port))
            token = api.json("POST", "/api/auth/login", {"username": "admin", "password": PASSWORD})["access_token"]
            api.headers = {"Authorization": f"Bearer {token}"}
            return _compare(api, _fill(api))
        finally:
            stop_server(process)


def _compare(api: Client, chart: int) -> int:
    cases = [
        Case("me", "GET", "/api/auth/me"),
        Case("chart", "GET", f"/api/charts/{chart}"),
        Case("list", "GET", f"/api/charts?limit={CHARTS}"),
        Case("names", "GET", f"/api/charts?limit={CHARTS}&fields=id,name"),
        Case("execute", "POST", f"/api/charts/{chart}/execute", b"{}"),
    ]
    bodies = {case.name: [api.ask(case.method, case.path, case.body)[1] for _ in range(2)][-1] for case in cases}
    missed = 0
    with bare(bodies) as plain:
        print(f"{'':10}{'bytes':>8}{'bare':>9}{'API':>9}  ms   ratio")
        for case in cases:
            ours, theirs = _measure(api, plain, case)
            bad = ours > BAR * theirs
            missed += bad
            told = f"{len(bodies[case.name]):8}{theirs:9.2f}{ours:9.2f}{ours / theirs:11.2f}{'  MISSED' * bad}"
            print(f"{case.name:10}{told}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
