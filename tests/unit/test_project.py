"""What stands around the code keeps its word: documents, container files, tools, and the start of the server."""

import importlib.util
import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from pydantic import AliasChoices

from vizapp.config import EX_CONFIG, Config, new_key

ROOT = Path(__file__).resolve().parents[2]
SHELL_SCRIPTS = ("scripts/start", "scripts/system-deps", "scripts/venv", "scripts/lock", ".ci/run")

# Read by gunicorn.conf.py rather than by the app.
SERVER_VARIABLES = {"WEB_CONCURRENCY"}
# Named ahead of the exports and cloud connections that will read them.
RESERVED = {
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
    "AZURE_STORAGE_CONNECTION_STRING",
    "GCS_CREDENTIALS_PATH",
}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def example() -> dict[str, str]:
    """Variable → value as .env.example shows it, defaults behind a `#` included."""
    return dict(re.findall(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", read(".env.example"), re.MULTILINE))


def settings() -> dict[str, str]:
    """Variable → name of the Config field that reads it."""
    return {
        str(f.validation_alias.choices[0]) if isinstance(f.validation_alias, AliasChoices) else name.upper(): name
        for name, f in Config.model_fields.items()
    }


# --- variables and documents


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    assert example().keys() == settings().keys() | SERVER_VARIABLES | RESERVED


def test_the_admin_guide_explains_every_variable() -> None:
    guide = read("docs/admin-guide.md")
    missing = [name for name in example() if f"`{name}`" not in guide]
    assert not missing


def test_no_variable_is_read_in_secret() -> None:
    """What is read past Config is documented too, for developers at least."""
    documents = read("docs/admin-guide.md") + read("docs/developer-guide.md")
    for path in [ROOT / "gunicorn.conf.py", *(ROOT / "vizapp").rglob("*.py")]:
        for name in re.findall(r"environ\W[^'\"]*['\"]([A-Z_]+)['\"]", path.read_text(encoding="utf-8")):
            assert name in documents, f"{path.relative_to(ROOT)} reads {name}"


def test_the_example_shows_the_real_defaults() -> None:
    for variable, name in settings().items():
        shown, default = example()[variable], Config.model_fields[name].default
        if shown and isinstance(default, int | float | str | Path) and not isinstance(default, bool):
            assert type(default)(shown) == default, variable


def test_the_example_carries_no_secret() -> None:
    secret = {name: value for name, value in example().items() if re.search("KEY|PASSWORD|SECRET|STRING", name)}
    assert len(secret) > 4
    assert not any(secret.values()), secret


def test_links_between_documents_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def test_decision_records_are_numbered_and_whole() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        text = path.read_text(encoding="utf-8")
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], path.name


# --- container


def test_the_compose_file_is_valid() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_app_alone_starts_by_default_and_needs_its_keys() -> None:
    services = yaml.safe_load(read("docker-compose.yml"))["services"]
    assert [name for name, service in services.items() if "profiles" not in service] == ["app"]
    assert {profile for service in services.values() for profile in service.get("profiles", [])} == {
        "worker",
        "redis",
        "postgres",
        "test",
    }
    app = services["app"]
    assert app["read_only"] is True
    assert app["cap_drop"] == ["ALL"]
    for key in ("SECRET_KEY", "ENCRYPTION_MASTER_KEY"):
        assert app["environment"][key].startswith(f"${{{key}:?")


def test_compose_publishes_on_this_machine_only() -> None:
    services = yaml.safe_load(read("docker-compose.yml"))["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all("127.0.0.1:" in port for port in ports), ports


def instructions() -> list[tuple[str, str]]:
    """(instruction, rest) of the Dockerfile, continued lines joined, comments gone."""
    text = re.sub(r"^\s*#.*\n", "", read("Dockerfile"), flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]  # type: ignore[misc]


def test_the_image_runs_unprivileged_and_says_how_it_is() -> None:
    last_from = max(i for i, (word, _) in enumerate(instructions()) if word == "FROM")
    final = dict(instructions()[last_from:])
    assert final["FROM"] == "python:3.11-slim"
    assert final["USER"] == "10001:10001"
    assert "/health" in final["HEALTHCHECK"]
    assert final["CMD"] == '["/app/scripts/start"]'


def test_the_image_holds_no_secret() -> None:
    for word, rest in instructions():
        assert word not in {"ARG", "ADD"}
        if word == "ENV":
            assert not re.search("KEY|PASSWORD|SECRET|TOKEN", rest), rest
    ignored = read(".dockerignore").splitlines()
    assert {".env", ".env.*", ".git", "data", "tests"} <= set(ignored)


def test_what_the_image_copies_is_there() -> None:
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source


# --- tools


@pytest.mark.parametrize("script", SHELL_SCRIPTS)
def test_scripts_parse_and_are_executable(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    shell = "bash" if "bash" in read(script).splitlines()[0] else "sh"
    subprocess.run([shell, "-n", script], cwd=ROOT, check=True)


def test_make_lists_its_targets() -> None:
    listed = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "test", "lint", "fmt", "bench", "docs", "fuzz", "lock", "clean"):
        assert f"make {target} " in listed


@pytest.fixture
def check_tree() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_tree", ROOT / "scripts" / "check_tree.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_files_are_in_step(check_tree: ModuleType) -> None:
    assert not [*check_tree.lock_problems()]


@pytest.mark.parametrize(
    ("wanted", "locked", "problem"),
    [
        ("flask\nRedis>=5\n", "flask==3\n", "redis stands in requirements.in"),
        ("flask\n", "flask==3\n--index-url somewhere\n", "carries an address"),
        ("flask\n", "flask @ https://x/y.whl\nflask==3\n", "carries an address"),
        ("flask\n", "flask==2\n", "flask is 2 to run and 3 to test"),
    ],
)
def test_a_lock_out_of_step_is_found(
    check_tree: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, locked: str, problem: str
) -> None:
    monkeypatch.setattr(check_tree, "ROOT", tmp_path)
    files = {"requirements.in": wanted, "requirements.txt": locked, "requirements-dev.in": "-r requirements.in\n"}
    for name, text in {**files, "requirements-dev.txt": "flask==3\nredis==5\n"}.items():
        (tmp_path / name).write_text(text)
    assert any(problem in found for found in check_tree.lock_problems())


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("docs/a.md", "see " + "registry." + "npmjs.org", "names a package index host"),
        ("docs/a.md", "cd /" + "home/ann/vizapp", "names a path of somebody's machine"),
        ("assets/a.css", "@import 'https://" + "cdn.example/x.css'", "would fetch this from another host"),
    ],
)
def test_a_stray_address_is_found(
    check_tree: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, text: str, problem: str
) -> None:
    monkeypatch.setattr(check_tree, "ROOT", tmp_path)
    monkeypatch.setattr(check_tree, "tracked", lambda: [path])
    (tmp_path / path).parent.mkdir()
    (tmp_path / path).write_text(f"fine\n{text}\n")
    assert [*check_tree.text_problems()] == [f"{path}:2: {'a page ' if 'cdn' in text else ''}{problem}"]


@pytest.mark.parametrize(("env", "workers", "recycled"), [("development", 1, False), ("production", 2, True)])
def test_gunicorn_is_set_for(monkeypatch: pytest.MonkeyPatch, env: str, workers: int, recycled: bool) -> None:
    for name in (*SERVER_VARIABLES, "POLARS_MAX_THREADS", "HOST", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VIZAPP_ENV", env)
    monkeypatch.setenv("PORT", "9999")
    monkeypatch.setenv("POLARS_MAX_THREADS", "3")  # so that the file's setdefault leaves this process alone
    conf = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    assert conf["bind"] == "127.0.0.1:9999"
    assert conf["workers"] == workers
    assert conf["worker_class"] == "vizapp.serving.Worker"
    assert bool(conf["max_requests"]) is recycled
    assert conf["forwarded_allow_ips"] == ""


@pytest.mark.parametrize(("chosen", "started"), [(None, 1), ("embedded", 1), ("worker", 0)])
def test_the_server_starts_a_worker_unless_they_run_apart(
    monkeypatch: pytest.MonkeyPatch, chosen: str | None, started: int
) -> None:
    calls: list[str] = []
    monkeypatch.setattr("vizapp.embedded.Supervisor.start", lambda _self: calls.append("start"))
    monkeypatch.setattr("vizapp.embedded.Supervisor.stop", lambda _self: calls.append("stop"))
    monkeypatch.delenv("JOBS", raising=False)
    if chosen:
        monkeypatch.setenv("JOBS", chosen)
    monkeypatch.setenv("POLARS_MAX_THREADS", "3")
    conf = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    conf["when_ready"](None)
    conf["on_exit"](None)
    assert calls == ["start"] * started + ["stop"]


# --- the server, as the container starts it


def production(data: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(data),
        "PYTHON": sys.executable,
        "VIZAPP_ENV": "production",
        "VIZAPP_DATA_DIR": str(data / "data"),
        **more,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


needs_server = pytest.mark.skipif(
    not (ROOT / "wsgi.py").exists() or not (ROOT / "vizapp" / "cli.py").exists(), reason="no wsgi.py and CLI yet"
)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    """scripts/start on a free port with an empty data folder, all of it ended afterwards."""
    port, log = free_port(), tmp_path / "log"
    env = production(
        tmp_path,
        SECRET_KEY=new_key(),
        ENCRYPTION_MASTER_KEY=new_key(),
        ADMIN_PASSWORD=new_key(),
        HOST="127.0.0.1",
        PORT=str(port),
        WEB_CONCURRENCY="1",
    )
    with log.open("wb") as out:
        server = subprocess.Popen(
            ["scripts/start"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield server, f"http://127.0.0.1:{port}", log
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(10)


def wait_until_alive(server: subprocess.Popen[bytes], url: str, log: Path, *, seconds: float = 90) -> None:
    """Until /health answers. The address listens before the app is loaded, so the first question may wait for that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert server.poll() is None, f"ended with {server.returncode}:\n{log.read_text()}"
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=seconds) as answer:
                assert answer.status == 200
                return
        except urllib.error.HTTPError:
            raise
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    pytest.fail(f"not alive after {seconds} s:\n{log.read_text()}")


@needs_server
def test_the_start_script_serves_and_stops(started: tuple[subprocess.Popen[bytes], str, Path]) -> None:
    server, url, log = started
    wait_until_alive(server, url, log)
    with urllib.request.urlopen(f"{url}/health/ready", timeout=60) as answer:
        assert answer.status == 200
    server.send_signal(signal.SIGTERM)
    assert server.wait(25) == 0, log.read_text()
    with pytest.raises(ProcessLookupError):
        os.killpg(server.pid, 0)


@needs_server
def test_without_keys_it_refuses_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        ["scripts/start"], cwd=ROOT, env=production(tmp_path), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == EX_CONFIG
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "SECRET_KEY" in done.stderr
    assert not (tmp_path / "data").exists()
