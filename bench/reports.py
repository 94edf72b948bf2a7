"""How long a PDF of the Welcome Dashboard (four numbers, five charts, a table) takes, cold and warm.

Cold is the first report of a process, which starts the browser for its pictures; warm are those after it. Beside it
what nothing can be faster than: its pictures alone, and a report that is a cover only. The limits are those of the
product: 5 seconds cold, 2 warm. On a busy machine look at the ratios.
"""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from tests.factories import actor
from vizapp.app import create_app
from vizapp.config import Config
from vizapp.exports import pdf
from vizapp.exports.pdf import Report
from vizapp.extensions import db
from vizapp.models import Dashboard, User
from vizapp.services import accounts, boards, reports, sample
from vizapp.services.runtime import runtime

RUNS = 7
COLD, WARM = 5.0, 2.0


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """By the clock, and of the processor by what was started for it and has ended."""
    clock, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print medians, and ratios to what cannot be faster."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Config.load(env="development", data_dir=Path(folder)))
        with app.app_context():
            accounts.first_admin(None, development=True)
            sample.seed()
            who = actor(db.session.scalars(select(User.id)).first())
            board = db.session.scalars(select(Dashboard.id)).first()
            cold, _ = _seconds(lambda: reports.dashboard_pdf(who, board))
            runs = [_seconds(lambda: reports.dashboard_pdf(who, board)) for _ in range(RUNS)]
            tiles = [reports._Tile(reports._waited(tile)) for tile in boards.view(who, board).tiles]
            drawn = statistics.median(_seconds(lambda: reports._images(tiles, reports.A4))[0] for _ in range(RUNS))
            cover = statistics.median(_seconds(lambda: pdf.pdf(Report("Cover", ())))[0] for _ in range(RUNS))
            runtime().renderer.close()
            runtime().pool.shutdown()
            db.engine.dispose()
    warm, processor = (statistics.median(run[kind] for run in runs) for kind in (0, 1))
    print(f"report      cold {cold:5.2f} s (limit {COLD:.0f})  warm {warm:5.2f} s (limit {WARM:.0f})")
    print(f"printing    {processor:5.2f} s of a processor, in a process apart")
    print(f"pictures    {drawn:5.2f} s: the report takes {warm / drawn:.2f}x")
    print(f"a cover     {cover:5.2f} s: the report takes {warm / cover:.2f}x")


if __name__ == "__main__":
    main()
