"""A Flask app that does nothing but send bytes it has: what the API is measured against."""

import os
from pathlib import Path

from flask import Flask, Response

app = Flask(__name__)
_FOLDER = Path(os.environ["BARE_FOLDER"])
_BODIES = {path.name: path.read_bytes() for path in _FOLDER.iterdir()}


@app.route("/<name>", methods=["GET", "POST"])
def send(name: str) -> Response:
    """The bytes of that name."""
    return Response(_BODIES[name], mimetype="application/json")
