"""The part of the app that stores things, without any page: how every start begins, and all the command line needs."""

from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import make_url

from vizapp.config import MIB, Config
from vizapp.database import migrate
from vizapp.exports.renderer import Renderer
from vizapp.extensions import db
from vizapp.services import cache, setup
from vizapp.services.queue import open_queue
from vizapp.services.runtime import Runtime
from vizapp.sources.cloud.kept import Kept


def settings(config: Config) -> dict[str, Any]:
    """Flask's settings for the metadata database."""
    return {"SQLALCHEMY_DATABASE_URI": config.database_uri, "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True}}


def start(app: Flask, config: Config) -> None:
    """Open the database at the schema of this code, and the data folder. Raises ConfigError."""
    # Hashes, uploads and public links are in it: a folder of ours is for nobody else on this machine.
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    db.init_app(app)
    _own_file(config.database_uri)
    with app.app_context():
        migrate(db.engine)
        runtime = Runtime(
            config=config,
            results=cache.memory(config),
            box=setup.open_box(config),
            renderer=Renderer(config.browser_path, timeout=config.export_timeout_seconds),
            queue=open_queue(config, setup.deployment()),
            kept=Kept(config.data_dir / "cloud", config.cloud_cache_mb * MIB),
        )
        runtime.init_app(app)
        setup.sweep()


def _own_file(uri: str) -> None:
    """SQLite's file for nobody else, also in a folder that others may read; what SQLite puts beside it follows."""
    url = make_url(uri)
    path = Path(url.database or "")
    # One that is there is not touched: reading goes on when the disk is read-only.
    if url.get_backend_name() == "sqlite" and path.parent.is_dir() and not path.exists():
        path.touch(mode=0o600)


def create_storage(config: Config) -> Flask:
    """An app with storage and services only, made in a fraction of the time of the whole."""
    app = Flask("vizapp")
    app.config.from_mapping(settings(config))
    start(app, config)
    return app
