"""Configuration, read once from the environment. `.env.example` documents every variable."""

import ipaddress
import json
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, Field, FilePath, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

EX_CONFIG = 78  # sysexits.h: "something was found in an unconfigured or misconfigured state"
MIB = 1024 * 1024
_KEY_LENGTH = 32
# scheme://host[:port] as browsers send it in the header Origin: lower case, nothing behind (RFC 6454, section 6.1).
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")
Rate = Annotated[str, Field(pattern=r"^[0-9]+ *(/|per) *([0-9]+ +)?(second|minute|hour|day|month|year)s?$")]
_KEY_VARIETY = 10
_PNG = b"\x89PNG\r\n\x1a\n"
_LONGEST_WAIT = 300
_SECONDS = {"second": 1, "minute": 60}
# Keys that circulate in examples say so; a server with one of them can be forged by anybody (CVE-2023-27524).
_EXAMPLES = ("changeme", "change-me", "change_me", "example", "your-secret", "your_secret", "admin123")


class ConfigError(Exception):
    """The program must not start like this; the text says which variable is wrong and the way out."""


class Config(BaseSettings):
    """Every variable the program knows, typed. Names in the environment are upper case."""

    model_config = SettingsConfigDict(
        env_file=None, env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    env: Literal["development", "production"] = Field("production", validation_alias=AliasChoices("VIZAPP_ENV", "env"))
    data_dir: Path = Field(Path("data"), validation_alias=AliasChoices("VIZAPP_DATA_DIR", "data_dir"))
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8050
    debug: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    secret_key: SecretStr = SecretStr("")
    encryption_master_key: SecretStr = SecretStr("")
    encryption_master_key_old: SecretStr = SecretStr("")
    admin_password: SecretStr | None = None

    sqlite_path: Path | None = None
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    export_path: Path | None = None
    jobs: Literal["embedded", "worker"] = "embedded"
    public_url: str = ""
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    database_networks: Annotated[tuple[str, ...], NoDecode] = ()
    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = 0

    max_upload_mb: Annotated[int, Field(ge=1, le=10_000)] = 50
    max_export_size_mb: Annotated[int, Field(ge=1, le=10_000)] = 50
    max_query_results: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    query_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 30
    export_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 20
    browser_path: str = ""
    company_name: Annotated[str, Field(max_length=100)] = ""
    company_logo: FilePath | None = None
    access_token_expire_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    refresh_token_expire_days: Annotated[int, Field(ge=1, le=365)] = 7
    session_hours: Annotated[float, Field(gt=0, le=720)] = 12
    cache_ttl_seconds: Annotated[int, Field(ge=0, le=86_400)] = 300
    cache_stale_factor: Annotated[int, Field(ge=1, le=100)] = 4
    cache_mb: Annotated[int, Field(ge=1, le=100_000)] = 128
    web_threads: Annotated[int, Field(ge=1, le=1000)] = 8
    cloud_cache_mb: Annotated[int, Field(ge=1, le=1_000_000)] = 1024
    signin_rate: Rate = "10 per minute"
    signin_name_rate: Rate = "10 per 5 minutes"
    api_rate: Rate = "600 per minute"

    @field_validator("allowed_origins", "database_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("allowed_origins")
    @classmethod
    def _exact(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin} is not an exact origin such as https://intranet.example (no *, no path)")
        return value

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        origin = value.rstrip("/")
        if origin and not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{value} is no address such as https://vizapp.example (no path)")
        return origin

    @field_validator("company_logo")
    @classmethod
    def _png(cls, value: Path | None) -> Path | None:
        if value is not None:
            with value.open("rb") as file:
                if not file.read(8).startswith(_PNG):
                    raise ValueError(f"{value.name} is no PNG")
            if value.stat().st_size > MIB:
                raise ValueError(f"{value.name} is over 1 MB")
        return value

    @field_validator("signin_name_rate")
    @classmethod
    def _bearable(cls, value: str) -> str:
        # Whoever knows a name can use the limit up: its owner, at an address of theirs that is new, waits that long.
        found = re.search(r"([0-9]*) *(second|minute)s?$", value)
        if found is None or int(found[1] or 1) * _SECONDS[found[2]] > _LONGEST_WAIT:
            raise ValueError(
                "use a time of at most 5 minutes, such as 10 per 5 minutes: strangers could lock people out"
            )
        return value

    @field_validator("database_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ipaddress.ip_network(network)
            except ValueError as exc:
                raise ValueError(f"{network} is no network such as 10.0.0.0/8 or 192.168.1.7") from exc
        return value

    @property
    def former_keys(self) -> tuple[str, ...]:
        """Encryption keys that were in use before and may still open what is stored."""
        return tuple(
            part.strip() for part in self.encryption_master_key_old.get_secret_value().split(",") if part.strip()
        )

    @property
    def is_development(self) -> bool:
        """Whether generated keys and the well-known first password are allowed."""
        return self.env == "development"

    @property
    def database_uri(self) -> str:
        """SQLAlchemy's URL: DATABASE_URL, else SQLITE_PATH, else a file in the data folder."""
        if self.database_url is not None and self.database_url.get_secret_value():
            # SQLAlchemy 2.1 takes "postgresql" for psycopg 3, and hosting panels hand out "postgres".
            return re.sub(r"^postgres(ql)?://", "postgresql+psycopg2://", self.database_url.get_secret_value())
        return f"sqlite:///{(self.sqlite_path or self.data_dir / 'vizapp.db').absolute()}"

    @classmethod
    def load(cls, **overrides: object) -> Self:
        """Read the environment; raises ConfigError naming each variable that is wrong.

        In development missing keys are made and kept in the data folder. Elsewhere they are required.
        """
        try:
            config = cls(**overrides)  # type: ignore[arg-type]
        except ValidationError as exc:
            raise ConfigError("; ".join(f"{_variable(e['loc'])}: {e['msg']}" for e in exc.errors())) from exc
        if config.is_development:
            config = config.model_copy(update=_development_keys(config))
        _check_key("SECRET_KEY", config.secret_key)
        _check_key("ENCRYPTION_MASTER_KEY", config.encryption_master_key)
        if config.secret_key == config.encryption_master_key:
            raise ConfigError("SECRET_KEY and ENCRYPTION_MASTER_KEY must differ: one leak must not lose both.")
        if config.debug and not config.is_development:
            raise ConfigError("DEBUG: is for development only (VIZAPP_ENV=development).")
        return config


def _variable(loc: tuple[int | str, ...]) -> str:
    return str(loc[0]).upper()


def _check_key(name: str, key: SecretStr) -> None:
    text = key.get_secret_value()
    weak = len(text) < _KEY_LENGTH or len(set(text)) < _KEY_VARIETY or any(word in text.lower() for word in _EXAMPLES)
    if weak:
        problem = "is missing" if not text else f"is shorter than {_KEY_LENGTH} characters, monotonous or an example"
        raise ConfigError(f"{name} {problem}. Make one with: python -m vizapp.cli keys new")


def _development_keys(config: Config) -> Mapping[str, SecretStr]:
    names = [n for n in ("secret_key", "encryption_master_key") if not getattr(config, n).get_secret_value()]
    if not names:
        return {}
    path = config.data_dir / "development-keys.json"
    stored: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    if not set(names) <= stored.keys():
        stored = {**{n: new_key() for n in names}, **stored}
        config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(json.dumps(stored))
    return {n: SecretStr(stored[n]) for n in names}


def new_key() -> str:
    """A fresh key of 256 random bits, as URL-safe text."""
    return secrets.token_urlsafe(_KEY_LENGTH)
