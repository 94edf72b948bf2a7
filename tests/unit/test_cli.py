"""The command line makes a server from an empty folder, and people from names."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vizapp import cli, database
from vizapp.config import Config, ConfigError, new_key
from vizapp.extensions import db


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "SECRET_KEY",
        "ENCRYPTION_MASTER_KEY",
        "ENCRYPTION_MASTER_KEY_OLD",
        "DATABASE_URL",
        "SQLITE_PATH",
        "ADMIN_PASSWORD",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VIZAPP_ENV", "development")
    monkeypatch.setenv("VIZAPP_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def _close(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the databases that commands open: they are processes of their own in life."""
    made = []
    original = cli._app

    def remember() -> object:
        made.append(original())
        return made[-1]

    monkeypatch.setattr(cli, "_app", remember)
    yield
    for app in made:
        with app.app_context():
            db.engine.dispose()
        app.extensions["vizapp"].pool.shutdown()


def _run(*words: str) -> Result:
    return CliRunner().invoke(cli.main, list(words))


def _rows(folder: Path, query: str) -> list[tuple]:
    connection = sqlite3.connect(folder / "vizapp.db")
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def test_the_encryption_key_is_changed_by_giving_both_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    former, new = new_key(), new_key()
    monkeypatch.setenv("ENCRYPTION_MASTER_KEY", former)
    assert _run("migrate").exit_code == 0
    monkeypatch.setenv("ENCRYPTION_MASTER_KEY", new)
    assert "ENCRYPTION_MASTER_KEY_OLD" in _run("migrate").stderr
    monkeypatch.setenv("ENCRYPTION_MASTER_KEY_OLD", former)
    assert "0 connections" in _run("keys", "rotate").stdout
    monkeypatch.delenv("ENCRYPTION_MASTER_KEY_OLD")
    assert _run("migrate").exit_code == 0


def test_seeding_makes_the_admin_and_the_welcome_dashboard_once(folder: Path) -> None:
    assert _run("seed").exit_code == 0
    assert _run("seed").exit_code == 0
    assert _rows(folder, "SELECT username, role, must_change_password FROM users") == [("admin", "admin", 1)]
    assert _rows(folder, "SELECT name, (SELECT count(*) FROM dashboard_charts) FROM dashboards") == [
        ("Welcome Dashboard", 10)
    ]
    assert _rows(folder, "SELECT row_count > 5000 FROM datasets") == [(1,)]


def test_production_prints_a_generated_password_once_and_makes_no_samples(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZAPP_ENV", "production")
    monkeypatch.setenv("SECRET_KEY", new_key())
    monkeypatch.setenv("ENCRYPTION_MASTER_KEY", new_key())
    first = _run("seed").output
    assert "It is shown only once" in first
    assert "admin123" not in first
    assert "password" not in _run("seed").output
    assert _rows(folder, "SELECT count(*) FROM dashboards") == [(0,)]


def test_production_takes_the_password_that_is_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", "given by the operator")
    assert "given by the operator" not in _run("seed").output
    assert _rows(folder, "SELECT must_change_password FROM users") == [(1,)]


def test_the_database_is_for_its_owner_alone_in_a_folder_that_was_there_before(folder: Path) -> None:
    folder.chmod(0o755)
    assert _run("migrate").exit_code == 0
    modes = {path.name: path.stat().st_mode & 0o077 for path in folder.glob("vizapp.db*")}
    assert modes == dict.fromkeys(modes, 0)
    assert "vizapp.db" in modes


def test_migrating_an_empty_folder_makes_the_tables(folder: Path) -> None:
    assert "up to date" in _run("migrate").output
    assert _rows(folder, "SELECT version_num FROM alembic_version") == [(database.head(),)]


def test_users_are_made_listed_and_given_new_passwords(folder: Path) -> None:
    made = _run("user", "create", "grace", "--email", "grace@example.com", "--role", "editor")
    assert "Made editor grace. Password: " in made.output
    assert "grace\teditor\tgrace@example.com" in _run("user", "list").output
    assert "Password: " in _run("user", "reset-password", "grace").output
    assert "is set." in _run("user", "reset-password", "grace", "--password", "chosen by hand").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("user", "reset-password", "nobody"), "does not exist"),
        (("user", "create", "a b", "--email", "a@b"), "username"),
        (("user", "create", "short", "--email", "a@b", "--password", "x"), "at least 8"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(folder: Path, words: tuple[str, ...], said: str) -> None:
    result = _run(*words)
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


def test_new_keys_are_long_and_new_each_time() -> None:
    first, second = _run("keys", "new").output, _run("keys", "new").output
    assert first != second
    assert [line.partition("=")[0] for line in first.splitlines()] == ["SECRET_KEY", "ENCRYPTION_MASTER_KEY"]
    assert all(len(line.partition("=")[2]) >= 40 for line in first.splitlines())


def test_serving_prepares_the_folder_and_hands_over_to_gunicorn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(cli.os, "execv", lambda _path, arguments: called.append(arguments))
    monkeypatch.chdir(folder)
    assert _run("serve").exit_code == 0
    assert called[0][1:3] == ["-m", "gunicorn"]
    assert _rows(folder, "SELECT count(*) FROM dashboards") == [(1,)]


def test_another_encryption_key_over_the_same_data_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run("migrate").exit_code == 0
    monkeypatch.setenv("ENCRYPTION_MASTER_KEY", new_key())
    result = _run("migrate")
    assert result.exit_code == 78
    assert "ENCRYPTION_MASTER_KEY is not the key" in result.output


def test_the_sample_is_the_same_everywhere() -> None:
    from vizapp.services.sample import rows

    lines = list(rows())
    assert lines == list(rows())
    assert lines[0].count(",") == 8
    assert all(line.count(",") == 8 for line in lines)
    assert lines[-1].startswith("2026-09-30")


def test_loading_reports_every_wrong_variable_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("MAX_UPLOAD_MB", "-1")
    with pytest.raises(ConfigError, match=r"PORT.*MAX_UPLOAD_MB|MAX_UPLOAD_MB.*PORT"):
        Config.load()


@pytest.mark.parametrize("password", ["a", "admin123"])
def test_production_refuses_a_first_password_that_anybody_guesses(
    folder: Path, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("VIZAPP_ENV", "production")
    monkeypatch.setenv("SECRET_KEY", new_key())
    monkeypatch.setenv("ENCRYPTION_MASTER_KEY", new_key())
    monkeypatch.setenv("ADMIN_PASSWORD", password)
    assert _run("seed").exit_code == 1
    assert _rows(folder, "SELECT count(*) FROM users") == [(0,)]


def test_a_folder_that_began_in_development_does_not_open_to_its_first_password(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vizapp.errors import BadCredentials
    from vizapp.services import accounts

    assert _run("seed").exit_code == 0
    with cli._app().app_context():
        assert accounts.sign_in("admin", "admin123")[0].username == "admin"
    keys = json.loads((folder / "development-keys.json").read_text())
    monkeypatch.setenv("VIZAPP_ENV", "production")
    for name, key in keys.items():
        monkeypatch.setenv(name.upper(), key)
    with cli._app().app_context(), pytest.raises(BadCredentials):
        accounts.sign_in("admin", "admin123")
