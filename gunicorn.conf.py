"""How gunicorn serves Vizapp, in development and in a container alike. Read from the environment, nothing else.

Threads, not processes, carry concurrent requests: polars leaves the interpreter while it works, and a second process
costs a second copy of everything. Workers are never forked from a loaded app (no `preload_app`): the thread pool of
polars does not survive a fork.
"""

import os

from vizapp.embedded import Supervisor

production = os.environ.get("VIZAPP_ENV", "production") != "development"
cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8050')}"
worker_class = "vizapp.serving.Worker"
workers = int(os.environ.get("WEB_CONCURRENCY") or (2 if production else 1))
threads = int(os.environ.get("WEB_THREADS") or 8)

timeout = 60
graceful_timeout = 20
keepalive = 5
# A worker that lives for ever hides a leak until it hurts; the jitter keeps the workers from leaving together.
max_requests = 2000 if production else 0
max_requests_jitter = 200 if production else 0

limit_request_line = 8190  # the largest gunicorn allows short of "no limit": filters travel in the address
limit_request_fields = 60

# Heartbeats are file times; on a slow disk they would stall the worker they watch.
if os.access("/dev/shm", os.W_OK):  # noqa: S108
    worker_tmp_dir = "/dev/shm"  # noqa: S108

# Which proxy to believe is decided in one place, the app (TRUSTED_PROXIES); gunicorn believes none.
forwarded_allow_ips = ""
# Its control socket lives in the home directory, which a read-only container does not have.
control_socket_disable = True

# For developers: new code is taken up without a restart, new assets without a new address.
reload = bool(os.environ.get("VIZAPP_RELOAD"))

loglevel = os.environ.get("LOG_LEVEL", "info").lower()
errorlog = "-"
accesslog = None  # the app logs each request with its id

# Read when polars is first imported, so before the app: a worker's share of the cores, but never a lone thread.
os.environ.setdefault("POLARS_MAX_THREADS", str(min(cpus, max(2, cpus // workers))))

# Long work has a process of its own, which must not outlive this one.
_jobs = Supervisor()


def when_ready(server):  # noqa: ANN001, ANN201, ARG001 - gunicorn's signature
    """The server listens: start the worker of jobs, unless workers run apart."""
    if os.environ.get("JOBS", "embedded") == "embedded":
        _jobs.start()


def on_exit(server):  # noqa: ANN001, ANN201, ARG001 - gunicorn's signature
    """The server is done: so is its worker."""
    _jobs.stop()
