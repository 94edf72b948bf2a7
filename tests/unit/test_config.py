"""The program starts only with a configuration that is safe, and says what is wrong otherwise."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from vizapp.config import Config, ConfigError, new_key

KEYS = {"secret_key": new_key(), "encryption_master_key": new_key()}
NAMES = (
    "HOST",
    "PORT",
    "DATABASE_URL",
    "REDIS_URL",
    "SQLITE_PATH",
    "ALLOWED_ORIGINS",
    "ADMIN_PASSWORD",
    "MAX_UPLOAD_MB",
)


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "ENCRYPTION_MASTER_KEY", "VIZAPP_ENV", "VIZAPP_DATA_DIR", "DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("missing", ["secret_key", "encryption_master_key"])
@pytest.mark.parametrize(
    "value", ["", "changeme", "admin123", "x" * 31, "a" * 40, "your-secret-key-goes-here-0123456789"]
)
def test_production_refuses_to_start_without_good_keys(tmp_path: Path, missing: str, value: str) -> None:
    with pytest.raises(ConfigError, match=missing.upper()) as caught:
        Config.load(env="production", data_dir=tmp_path, **{**KEYS, missing: value})
    assert "keys new" in str(caught.value)


def test_production_makes_no_keys_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        Config.load(data_dir=tmp_path)
    assert not list(tmp_path.iterdir())


def test_development_makes_its_keys_once_and_keeps_them(tmp_path: Path) -> None:
    first = Config.load(env="development", data_dir=tmp_path)
    second = Config.load(env="development", data_dir=tmp_path)
    assert first.secret_key == second.secret_key != first.encryption_master_key
    kept = tmp_path / "development-keys.json"
    assert kept.stat().st_mode & 0o077 == 0


def test_debug_is_for_development_only(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="DEBUG"):
        Config.load(env="production", data_dir=tmp_path, debug=True, **KEYS)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "99999"), ("PORT", "x"), ("MAX_UPLOAD_MB", "0"), ("LOG_LEVEL", "LOUD"), ("VIZAPP_ENV", "prod")],
)
def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=name):
        Config.load(**KEYS)


def test_the_database_is_a_file_unless_a_url_is_given(tmp_path: Path) -> None:
    assert Config.load(env="development", data_dir=tmp_path).database_uri == f"sqlite:///{tmp_path}/vizapp.db"
    path = tmp_path / "else.db"
    assert Config.load(env="development", data_dir=tmp_path, sqlite_path=path).database_uri == f"sqlite:///{path}"
    for url in ("postgres://h/d", "postgresql://h/d"):
        found = Config.load(env="development", data_dir=tmp_path, database_url=url).database_uri
        assert found == "postgresql+psycopg2://h/d"


def test_secrets_do_not_show_when_the_configuration_is_printed(tmp_path: Path) -> None:
    config = Config.load(env="production", data_dir=tmp_path, **KEYS)
    assert not any(key in repr(config) for key in KEYS.values())


@pytest.mark.parametrize(
    "command", [["-m", "vizapp.cli", "migrate"], ["-m", "vizapp.cli", "serve"], ["-c", "import wsgi"]]
)
def test_a_start_without_keys_ends_with_78_and_one_line(tmp_path: Path, command: list[str]) -> None:
    env = {"PATH": "/usr/bin:/bin", "VIZAPP_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert done.stderr.count("\n") == 1
    assert "SECRET_KEY" in done.stderr


def test_empty_variables_are_as_good_as_absent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")
    config = Config.load(env="development", data_dir=tmp_path)
    assert config.port == 8050
    assert config.database_uri == f"sqlite:///{tmp_path}/vizapp.db"


def test_origins_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://a.example, https://b.example")
    assert Config.load(**KEYS).allowed_origins == ("https://a.example", "https://b.example")


def test_networks_of_databases_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_NETWORKS", "10.0.0.0/8, 192.168.1.7,fd00::/8")
    assert Config.load(**KEYS).database_networks == ("10.0.0.0/8", "192.168.1.7", "fd00::/8")
    monkeypatch.setenv("DATABASE_NETWORKS", "10.0.0.0/8,db.example")
    with pytest.raises(ConfigError, match=r"DATABASE_NETWORKS.*db\.example"):
        Config.load(**KEYS)


def test_the_public_address_is_a_host_and_nothing_behind() -> None:
    assert Config.load(**KEYS).public_url == ""
    assert Config.load(**KEYS, public_url="https://vizapp.example/").public_url == "https://vizapp.example"
    for wrong in ("vizapp.example", "javascript:1", "https://vizapp.example/below", "https://a@b"):
        with pytest.raises(ConfigError, match="PUBLIC_URL"):
            Config.load(**KEYS, public_url=wrong)


def test_no_limit_on_a_user_name_locks_anybody_out_for_long() -> None:
    assert Config.load(**KEYS).signin_name_rate == "10 per 5 minutes"
    with pytest.raises(ConfigError, match=r"SIGNIN_NAME_RATE.*5 minutes"):
        Config.load(**KEYS, signin_name_rate="30 per hour")


def test_the_logo_of_the_company_is_a_png_that_is_there(tmp_path: Path) -> None:
    good, other, large = tmp_path / "logo.png", tmp_path / "logo.svg", tmp_path / "large.png"
    good.write_bytes(b"\x89PNG\r\n\x1a\n")
    other.write_bytes(b"<svg/>")
    large.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 2**20)
    assert Config.load(company_logo=good, **KEYS).company_logo == good
    for path, why in ((other, "no PNG"), (large, "over 1 MB"), (tmp_path / "none.png", "COMPANY_LOGO")):
        with pytest.raises(ConfigError, match=why):
            Config.load(company_logo=path, **KEYS)


def test_the_two_keys_must_differ() -> None:
    with pytest.raises(ConfigError, match="differ"):
        Config.load(secret_key=KEYS["secret_key"], encryption_master_key=KEYS["secret_key"])
