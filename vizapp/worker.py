"""`vizapp worker`: the process that runs jobs. The server starts one beside itself, or they run apart (JOBS=worker)."""

import logging
import os
import signal
import sys
import threading
from typing import Any

from huey.consumer import Consumer

from vizapp import logs
from vizapp.config import Config
from vizapp.services.job_runs import BEAT, Runner
from vizapp.services.queue import Queue
from vizapp.services.runtime import runtime
from vizapp.storage import create_storage

# Seconds that running jobs get to come to their next tile when the worker is told to end.
GRACE = 5
# Asked of a queue that is a file: at least as often as this, in seconds. Redis tells by itself.
_POLL = 0.5
_NICE = 10


class _Consumer(Consumer):  # type: ignore[misc]  # huey has no types
    """Huey's consumer; jobs are told when it ends."""

    def __init__(self, runner: Runner, **options: Any) -> None:
        self._runner = runner
        super().__init__(**options)

    def start(self) -> None:
        """Begin, and end by TERM and INT only: huey would start anew on HUP, by a command that is not ours."""
        super().start()
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def stop(self, graceful: bool = False) -> None:
        """Take no more jobs, and let running ones end at their next tile."""
        self._runner.stop()
        super().stop(graceful)


def work(config: Config, *, threads: int, beside_server: bool) -> None:
    """Run jobs until told to end; a worker beside a server ends with it, and lets it go first."""
    logs.configure(config)
    logging.getLogger("huey").setLevel(logging.WARNING)
    if beside_server:
        os.nice(_NICE)
        threading.Thread(target=_end_with_server, name="server", daemon=True).start()
    app = create_storage(config)
    with app.app_context():
        queue = runtime().queue
    runner = Runner(app)
    queue.serve(runner.run, runner.tidy_up)
    consumer = _Consumer(
        runner,
        huey=queue.huey,
        workers=threads,
        initial_delay=0.05,
        max_delay=_POLL,
        shutdown_timeout=GRACE,
        graceful_signal="TERM",
    )
    runner.tidy_up()
    threading.Thread(target=_keep_house, args=(runner, queue), name="house", daemon=True).start()
    consumer.run()
    runner.give_back()


def _end_with_server() -> None:
    """The server holds the other end of standard input for as long as it lives."""
    # Past Python's own buffer, which must not be waited for when the process ends.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _keep_house(runner: Runner, queue: Queue) -> None:
    """Beats; and jobs that the queue does not bring: those it lost, or one after the other while it is away."""
    pause = threading.Event()
    aside = threading.Thread()
    while True:
        overdue = runner.beat()
        waiting = queue.waiting() if overdue else 0
        if overdue and waiting is None and not aside.is_alive():
            aside = threading.Thread(target=runner.run, args=(overdue[0],), name="aside", daemon=True)
            aside.start()
        elif waiting == 0:
            for job_id in overdue:
                queue.send(job_id)
        pause.wait(BEAT)
