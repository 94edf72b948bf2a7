"""What a picture costs beside one of an empty page, by the same renderer: `python -m bench exports`.

Cold is the first picture of a server, for which the browser is started; warm is every later one. The empty page has
the size of the dashboard and nothing on it: starting, taking and encoding a picture of it is what no picture can do
without. Medians, and ratios to the empty page.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from bench.dashboard import CHARTS, ten_charts
from tests.conftest import CHROMIUM
from tests.factories import actor
from vizapp.app import create_app
from vizapp.config import Config
from vizapp.exports.renderer import Renderer
from vizapp.exports.scene import Look, Part, Scene, board_scene, chart_scene
from vizapp.extensions import db
from vizapp.models import User
from vizapp.services import accounts, boards, sample

COLD_RUNS = int(os.environ.get("RUNS", "3"))
WARM_RUNS = 3 * COLD_RUNS
_BAR_SECONDS = 5.0


def _scenes(data: Path) -> dict[str, Scene]:
    """A chart, a dashboard of ten and nothing, twice as many pixels as on screen."""
    app = create_app(Config.load(env="development", data_dir=data))
    with app.app_context():
        accounts.first_admin(None, development=True)
        sample.seed()
        who = actor(db.session.scalars(select(User.id)).one())
        board, _ids = ten_charts(who)
        view = boards.view(who, board, budget=60)
        drawn = [tile.drawn.result for tile in view.tiles if tile.drawn is not None and tile.drawn.result is not None]
        parts = [
            Part(tile.title, tile.position, result.picture) for tile, result in zip(view.tiles, drawn, strict=True)
        ]
        whole = board_scene(view.record.name, "", view.layout, parts, Look(), as_of=None)
        found = {
            "empty": replace(whole, markup="", figures=(), height=1400),
            "chart": chart_scene(drawn[0].title, drawn[0].picture, Look()),
            f"{CHARTS} charts": whole,
        }
    app.extensions["vizapp"].pool.shutdown()
    return found


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Print both, and whether ten charts are there in the five seconds that are promised."""
    with tempfile.TemporaryDirectory() as folder:
        scenes = _scenes(Path(folder))
    cold: dict[str, list[float]] = {name: [] for name in scenes}
    warm: dict[str, list[float]] = {name: [] for name in scenes}
    for _ in range(COLD_RUNS):
        for name, scene in scenes.items():
            renderer = Renderer(CHROMIUM, timeout=120)
            cold[name].append(_timed(lambda: renderer.scene(scene)))  # noqa: B023 - called at once
            renderer.close()
    renderer = Renderer(CHROMIUM, timeout=120)
    renderer.scene(scenes["empty"])
    for _ in range(WARM_RUNS):
        for name, scene in scenes.items():
            warm[name].append(_timed(lambda: renderer.scene(scene)))  # noqa: B023
    renderer.close()
    for name in scenes:
        told = []
        for kind, found in (("cold", cold), ("warm", warm)):
            seconds, least = statistics.median(found[name]), statistics.median(found["empty"])
            told.append(f"{kind} {1000 * seconds:6.0f} ms ({seconds / least:.2f}x)")
        print(f"{name:10} {'  '.join(told)}")
    slowest = max(statistics.median(found) for found in cold.values())
    print(f"promised: under {_BAR_SECONDS:.0f} s; the slowest, cold, takes {slowest:.1f} s")
