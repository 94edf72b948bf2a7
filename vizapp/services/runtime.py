"""What the running process shares: configuration, the data folder, remembered results and threads."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore

from flask import Flask, current_app

from vizapp.config import Config
from vizapp.exports.renderer import Renderer
from vizapp.query.results import Results
from vizapp.security.crypto import Box
from vizapp.services.queue import Queue
from vizapp.sources.cloud.kept import Kept
from vizapp.sources.pools import Databases

_KEY = "vizapp"
# Tiles drawn at once for all viewers of a process: enough to overlap waiting, few enough for two cores, and more than
# one slow database may hold.
TILE_THREADS = 6
# Files read at once by a process, and reports printed.
FILE_READERS = 2
PRESSES = 2


@dataclass(frozen=True, slots=True)
class Runtime:
    """Made once per process by `create_app`."""

    config: Config
    results: Results
    box: Box
    renderer: Renderer
    kept: Kept
    queue: Queue
    readers: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(FILE_READERS))
    presses: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(PRESSES))
    databases: Databases = field(default_factory=Databases)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(TILE_THREADS, "tile"))

    @property
    def dataset_folder(self) -> Path:
        """Where Parquet files and originals live."""
        return self.config.data_dir / "datasets"

    @property
    def temporary_folder(self) -> Path:
        """Where uploads arrive; on the same disk, so that a finished file is moved, not copied."""
        return self.config.data_dir / "tmp"

    @property
    def stop_folder(self) -> Path:
        """Where flags lie that stop questions, see services/stops.py."""
        return self.config.data_dir / "stops"

    @property
    def export_folder(self) -> Path:
        """Where files that were made in the background wait for who asked for them."""
        return self.config.export_path or self.config.data_dir / "exports"

    def init_app(self, app: Flask) -> None:
        """Make the folders and bind to `app`."""
        self.dataset_folder.mkdir(parents=True, exist_ok=True)
        self.temporary_folder.mkdir(parents=True, exist_ok=True)
        self.stop_folder.mkdir(exist_ok=True)
        self.export_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        app.extensions[_KEY] = self


def runtime() -> Runtime:
    """The runtime of the current app."""
    found: Runtime = current_app.extensions[_KEY]
    return found
