"""The example for programmers works as it is printed, against a real server."""

import json
import os
import runpy
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PASSWORD, ROOT, Server

EXAMPLE = ROOT / "docs" / "examples" / "client.py"
ROWS = "region,amount\nNorth,1.5\nSouth,2\nNorth,4\n"


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLE))


@pytest.fixture
def signed_in(live_server: Server, example: dict[str, Any]) -> Any:
    vizapp = example["Vizapp"](live_server.url)
    vizapp.sign_in("admin", PASSWORD)
    return vizapp


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    return path


def _run(server: Server, rows: Path, **account: str) -> list[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIZAPP_")}
    done = subprocess.run(
        [sys.executable, EXAMPLE, server.url, rows, "region", "amount"],
        env={**environment, **account},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_it_prints_the_numbers_and_a_link_that_everybody_can_read(live_server: Server, rows: Path) -> None:
    *numbers, link = _run(live_server, rows, VIZAPP_USER="admin", VIZAPP_PASSWORD=PASSWORD)
    assert sorted(numbers) == ["North\t5.5", "South\t2.0"]
    request = urllib.request.Request(link, headers={"Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        board = json.load(answer)
    assert board["name"] == "From rows.csv"
    assert {row["region"]: row["amount"] for row in board["charts"][0]["data"]["rows"]} == {"North": 5.5, "South": 2}


def test_an_api_key_takes_the_place_of_signing_in(live_server: Server, signed_in: Any, rows: Path) -> None:
    key = signed_in.call("POST", "/api/auth/keys", {"name": "a job", "scope": "write"})
    assert _run(live_server, rows, VIZAPP_API_KEY=key["key"])[-1].startswith(f"{live_server.url}/view/dashboard/")
    assert signed_in.call("DELETE", f"/api/auth/keys/{key['id']}") is None


def test_without_arguments_it_says_how_it_is_used() -> None:
    done = subprocess.run([sys.executable, EXAMPLE], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "python client.py http://" in done.stderr


def test_a_refusal_says_what_is_wrong_where(example: dict[str, Any], signed_in: Any) -> None:
    with pytest.raises(example["Refused"], match="422 INVALID_CHART_CONFIG") as caught:
        signed_in.call("POST", "/api/charts", {"name": "A", "chart_type": "hologram", "config": {"x": "a", "y": "b"}})
    assert "chart_type" in caught.value.details["fields"]
