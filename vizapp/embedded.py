"""The worker that the server starts beside itself, so that one command is enough: started once, and again when it dies.

gunicorn's first process does this (gunicorn.conf.py). It never loads the app, so nothing of ours but this is in it.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Seconds until a worker that died is started again, more each time it dies young, and what is old enough.
_FIRST, _LAST, _YOUNG = 1.0, 60.0, 60.0
# A little more than the worker takes for itself (worker.GRACE).
_PATIENCE = 8
_log = logging.getLogger("gunicorn.error")


class Supervisor:
    """Keeps one worker alive from `start` to `stop`."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; later calls change nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep_alive, name="jobs", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the worker and wait for it. A worker that lost its server in another way ends by itself."""
        self._ending.set()
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()

    def _keep_alive(self) -> None:
        delay = _FIRST
        while not self._ending.is_set():
            begun = time.monotonic()
            self._process = _spawn()
            self._process.wait()
            delay = _FIRST if time.monotonic() - begun > _YOUNG else min(delay * 2, _LAST)
            if not self._ending.wait(delay):
                _log.warning("The worker of jobs ended and is started again.")


def _spawn() -> "subprocess.Popen[bytes]":
    # It reads its standard input to learn that the server is gone, however that came about.
    command = [sys.executable, "-m", "vizapp.cli", "worker", "--beside-server"]
    environment = {**os.environ, "POLARS_MAX_THREADS": "2"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE)  # noqa: S603 - our own module
