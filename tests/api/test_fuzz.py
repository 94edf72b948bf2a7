"""Schemathesis calls everything the document describes, as everybody: no failure of the server, nothing undocumented.

`make test` tries a few cases of each call, the same ones on CI; `make fuzz` as many as FUZZ_EXAMPLES says.
"""

import os
import runpy
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.api.test_client import EXAMPLE, ROWS
from tests.conftest import PASSWORD, ROOT, Server, start_server, stop_server
from vizapp.security.passwords import hash_password

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
TRIES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
# The same cases each time where a change is to be judged by itself, as the settings of hypothesis in conftest.py.
SAME = ["--generation-deterministic", "--seed", "1"] if os.environ.get("CI") == "true" else []
# Every boundary of every field, each on its own, takes minutes: the phase "coverage" is for the long run.
PHASES = "examples,coverage,fuzzing,stateful" if TRIES else "examples,fuzzing,stateful"


@dataclass(frozen=True)
class Account:
    """Somebody to call as; `token` is empty for nobody."""

    id: int
    token: str


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, whose limits on calls are out of the way, with tokens that last."""
    rates = dict.fromkeys(("SIGNIN_RATE", "SIGNIN_NAME_RATE"), "100000 per minute")
    process, started = start_server(tmp_path_factory.mktemp("fuzz"), ACCESS_TOKEN_EXPIRE_MINUTES="1440", **rates)
    with sqlite3.connect(started.data / "vizapp.db", timeout=10) as database:
        database.execute("UPDATE users SET must_change_password = 0, password_hash = ?", (hash_password(PASSWORD),))
    database.close()
    yield started
    stop_server(process)


@pytest.fixture
def accounts(server: Server, tmp_path: Path) -> dict[str, Account]:
    """New people for each run, so that what an earlier one did to them does not matter; the editor owns something."""
    vizapp = runpy.run_path(str(EXAMPLE))["Vizapp"]
    admin = vizapp(server.url)
    admin.sign_in("admin", PASSWORD)
    found = {"nobody": Account(0, "")}
    for role in ("admin", "editor", "viewer"):
        name = f"{role}-{uuid.uuid4().hex[:8]}"
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, "role": role}
        made = admin.call("POST", "/api/users", {**body, "must_change_password": False})
        one = vizapp(server.url)
        one.sign_in(name, PASSWORD)
        found[role] = Account(made["id"], one.token)
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    editor = vizapp(server.url, found["editor"].token)
    _fill(editor, path)
    key = editor.call("POST", "/api/auth/keys", {"name": "reads", "scope": "read"})["key"]
    return {**found, "read key": Account(found["editor"].id, key)}


def _fill(vizapp: Any, file: Path) -> None:
    """A dataset, a chart that can be executed, and a dashboard with a link."""
    dataset = vizapp.upload(file)
    sent = {"name": "Amount", "config": {"x": "region", "y": "amount"}, "dataset_id": dataset["id"]}
    chart = vizapp.call("POST", "/api/charts", sent)
    placed = [{"chart_id": chart["id"], "position": {"x": 0, "y": 0, "w": 6, "h": 3}}]
    board = vizapp.call("POST", "/api/dashboards", {"name": "Board", "charts": placed})
    vizapp.call("POST", f"/api/dashboards/{board['id']}/share")


@pytest.mark.timeout(0 if TRIES else 300)
@pytest.mark.parametrize("who", ["nobody", "read key", "viewer", "editor", "admin"])
def test_whatever_is_sent_is_answered_as_documented(
    server: Server, accounts: dict[str, Account], tmp_path: Path, who: str
) -> None:
    account = accounts[who]
    command = [
        *(SCHEMATHESIS, "--no-color", "--config-file", ROOT / "tests" / "api" / "fuzz.toml"),
        *("run", f"{server.url}/api/docs/openapi.json", "--phases", PHASES, "--max-examples", str(TRIES or 3), *SAME),
        *(("--header", f"Authorization: Bearer {account.token}") if account.token else ()),
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.api.fuzz_hooks", "FUZZ_USER_ID": str(account.id), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **hooks}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    # What vizapp/api/errors.py did not expect; that a database elsewhere is away is an error it does.
    unexpected = [line for line in server.log.read_text().splitlines() if '"message": "unexpected"' in line]
    assert not unexpected, unexpected[0]
