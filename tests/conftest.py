"""The app, people who use it, and a real server with a real browser.

One app serves all tests of a process; its tables are emptied after each test that used it.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from tests.factories import People, seed_people

if TYPE_CHECKING:
    from tests.stores import Emulators

# The same examples in every run of CI, so that a change is judged by itself; elsewhere each run tries new ones.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")

ROOT = Path(__file__).parent.parent
CHROMIUM = os.environ.get("BROWSER_PATH") or shutil.which("chromium") or shutil.which("google-chrome") or ""
PASSWORD = "a long enough password"


def needs(what: str, *, present: bool) -> None:
    """Skip loudly where a part is truly absent; on CI its absence is a failure."""
    if present:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is required on CI")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The whole app over a fresh data folder, with its four people."""
    from vizapp.app import create_app
    from vizapp.config import Config
    from vizapp.extensions import db

    # Tests call faster than people do; what the limits do is tested with limits of its own.
    rates = dict.fromkeys(("signin_rate", "signin_name_rate", "api_rate"), "100000 per minute")
    config = Config.load(env="development", data_dir=tmp_path_factory.mktemp("data"), **rates)
    made = create_app(config)
    with made.app_context():
        seed_people()
    yield made
    with made.app_context():
        db.engine.dispose()
    made.extensions["vizapp"].pool.shutdown(wait=True)
    made.extensions["vizapp"].renderer.close()


@pytest.fixture(autouse=True)
def _clean(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "app" in request.fixturenames:
        from tests.factories import empty_tables

        made: Flask = request.getfixturevalue("app")
        with made.app_context():
            empty_tables()


@pytest.fixture
def people(app: Flask) -> People:
    """The four people, by what they are."""
    return app.extensions["test_people"]


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """An app context, for tests that call services."""
    with app.app_context():
        yield app


class Caller(FlaskClient):
    """A test client that can sign in without a password and knows its CSRF token."""

    def sign_in(self, user_id: int, epoch: int = 0) -> "Caller":
        """Begin a session as this user."""
        with self.session_transaction() as session:
            session["_user_id"] = f"{user_id}.{epoch}"
            session["_fresh"] = True
            session["since"] = int(time.time())
        return self

    def token(self) -> dict[str, str]:
        """The header that Dash and scripts send with every POST."""
        if self.get_cookie("_csrf_token") is None:
            self.get("/login", headers={"Accept": "text/html"})
            if self.get_cookie("_csrf_token") is None:
                self.get("/", headers={"Accept": "text/html"})
        cookie = self.get_cookie("_csrf_token")
        assert cookie is not None
        return {"X-CSRFToken": cookie.value}


@pytest.fixture
def client_for(app: Flask) -> Callable[[int | None], Caller]:
    """Make a client of its own for a user id, or for nobody."""
    app.test_client_class = Caller

    def make(user_id: int | None) -> Caller:
        client: Caller = app.test_client()  # type: ignore[assignment]
        return client if user_id is None else client.sign_in(user_id)

    return make


@pytest.fixture
def client(client_for: Callable[[int | None], Caller], people: People) -> Caller:
    """The admin's client."""
    return client_for(people.admin)


@pytest.fixture
def anonymous(client_for: Callable[[int | None], Caller]) -> Caller:
    """Nobody's client."""
    return client_for(None)


@pytest.fixture(scope="session")
def emulators() -> Iterator["Emulators"]:
    """Object stores of our own; see tests/stores.py."""
    from tests.stores import Emulators

    found = Emulators()
    with found.stack:
        yield found


@dataclass(frozen=True)
class Server:
    """A running server and its data folder."""

    url: str
    data: Path
    log: Path


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end_with_parent() -> None:
    """Linux ends a server whose tests were killed before they could stop it (prctl(2), PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def start_server(data: Path, **environment: str) -> tuple[subprocess.Popen[bytes], Server]:
    """Start the real server as `make run` does and wait until it is ready."""
    port = free_port()
    env = {
        **os.environ,
        "VIZAPP_ENV": "development",
        "VIZAPP_DATA_DIR": str(data),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SIGNIN_RATE": "1000 per minute",
        "API_RATE": "100000 per minute",
        **environment,
    }
    data.mkdir(parents=True, exist_ok=True)
    log = data / "server.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "vizapp.cli", "serve"],
            cwd=ROOT,
            env=env,
            stderr=sink,
            stdout=sink,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - prctl takes no lock
        )
    server = Server(f"http://127.0.0.1:{port}", data, log)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{server.url}/health/ready", timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return process, server
    process.kill()
    raise AssertionError(f"the server did not start:\n{log.read_text()[-3000:]}")


def stop_server(process: subprocess.Popen[bytes]) -> None:
    """Stop what `start_server` started."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server with the sample dashboard, whose admin has the password PASSWORD."""
    import sqlite3

    from vizapp.security.passwords import hash_password

    process, server = start_server(tmp_path_factory.mktemp("live"))
    with sqlite3.connect(server.data / "vizapp.db", timeout=10) as database:
        database.execute("UPDATE users SET must_change_password = 0, password_hash = ?", (hash_password(PASSWORD),))
    database.close()
    yield server
    stop_server(process)
