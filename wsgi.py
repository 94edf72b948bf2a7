"""The WSGI entry: `gunicorn wsgi:app`."""

import sys

from vizapp.app import create_app
from vizapp.config import EX_CONFIG, ConfigError

try:
    app = create_app()
except ConfigError as exc:
    sys.stderr.write(f"vizapp cannot start: {exc}\n")
    raise SystemExit(EX_CONFIG) from exc
