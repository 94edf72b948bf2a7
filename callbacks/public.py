"""The callbacks of the public app: its tiles, nothing else."""

from dash import Dash

from callbacks import tiles
from components.ids import PublicBoard
from vizapp.identity import public_viewer


def register(app: Dash) -> None:
    """Bind to the public app."""
    tiles.register(app, PublicBoard, public_viewer)
