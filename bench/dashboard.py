"""How long a dashboard of ten charts takes to be drawn, against a static page with the same ten figures.

Both are opened in the same Chromium, in turn, cold (a new profile) and warm (the files are cached). The static
page holds nothing but the figures and the smallest sufficient plotly.js: nothing that draws them with plotly
can be faster. Printed as ratios of medians, and until when Dash has taken over and its buttons answer.
"""

import gzip
import json
import os
import sqlite3
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
from dash._utils import to_json
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from sqlalchemy import select

from tests.browser.conftest import ARGUMENTS, sign_in
from tests.conftest import CHROMIUM, PASSWORD, ROOT, Server, start_server, stop_server
from tests.factories import actor, make_chart, make_dashboard
from vizapp.access import Actor
from vizapp.app import create_app
from vizapp.config import Config
from vizapp.extensions import db
from vizapp.models import Dataset, User
from vizapp.schemas.content import LinkInput
from vizapp.security.passwords import hash_password
from vizapp.services import charts, sharing

RUNS = int(os.environ.get("RUNS", "7"))
CHARTS = 10
_DRAWN = """
(() => { const check = () => {
  const plots = [...document.querySelectorAll('.js-plotly-plot')];
  const done = plots.filter((g) => g._fullData && g.querySelector('.main-svg'));
  if (done.length >= %d) { window.__drawn = performance.now(); return; }
  requestAnimationFrame(check); };
  requestAnimationFrame(check); })();
"""
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Static</title>
<link rel="stylesheet" href="/bootstrap.css">
<link rel="stylesheet" href="/tokens.css">
<link rel="stylesheet" href="/own.css">
<script defer src="/plotly.js"></script><script defer src="/theme.js"></script><script defer src="/draw.js"></script>
</head><body><main class="page"><div class="board">%s</div></main>
<script type="application/json" id="figures">%s</script></body></html>"""
_DRAW = """const template = window.VZ_TEMPLATES.light, config = {displayModeBar: false, responsive: true};
JSON.parse(document.getElementById('figures').textContent).forEach((f, i) =>
  Plotly.newPlot(document.getElementById('g' + i), f.data, {...f.layout, template}, config));"""


def _make_dashboard(data: Path) -> tuple[int, str, list[dict]]:
    """Ten charts over the sample dataset; the dashboard's id, its public path and the ten figures."""
    app = create_app(Config.load(env="development", data_dir=data))
    with app.app_context():
        who = actor(db.session.scalars(select(User.id)).first())
        board, ids = ten_charts(who)
        link = sharing.create_link(who, board, LinkInput())
        figures = [charts.execute(who, chart_id).picture.figure for chart_id in ids]
        plain = json.loads(to_json(figures))
        app.extensions["vizapp"].pool.shutdown()
        db.engine.dispose()
    return board, link.path, plain


def ten_charts(who: Actor) -> tuple[int, list[int]]:
    """A dashboard of ten charts over the sample dataset: its id and theirs. Needs an app context."""
    dataset = db.session.scalars(select(Dataset.id)).first()
    kinds = [
        ("line", "order_date", "revenue", "region"),
        ("bar", "product", "revenue", None),
        ("area", "order_date", "quantity", "channel"),
        ("bar", "order_date", "revenue", "category"),
        ("scatter", "delivery_days", "rating", None),
    ]
    ids = []
    for number in range(CHARTS):
        kind, x, y, series = kinds[number % len(kinds)]
        grain = "month" if number < len(kinds) else "week"
        config = {"chartType": kind, "dataMapping": {"xAxis": x, "yAxis": y, "series": series, "timeGrain": grain}}
        ids.append(make_chart(who, dataset, name=f"Chart {number}", config=config).id)
    return make_dashboard(who, ids, name="Ten charts").id, ids


@contextmanager
def _static(figures: list[dict]) -> Iterator[str]:
    """Serve the static page, compressed and cacheable as the app's own files are."""
    assets = ROOT / "assets"
    inside = '<div class="tile-body"><div class="plot" id="g{}"></div></div>'
    box = f'<section class="card tile" style="--w:4;--h:3">{inside}</section>'
    boxes = "".join(map(box.format, range(len(figures))))
    page = _PAGE % (boxes, json.dumps(figures).replace("<", "\\u003c"))
    files = {
        "/": ("text/html", page.encode()),
        "/draw.js": ("text/javascript", _DRAW.encode()),
        "/plotly.js": ("text/javascript", (assets / "vendor/plotly-basic.min.js").read_bytes()),
        "/theme.js": ("text/javascript", (assets / "theme.js").read_bytes()),
        "/bootstrap.css": ("text/css", (assets / "vendor/bootstrap.min.css").read_bytes()),
        "/tokens.css": ("text/css", (assets / "00-tokens.css").read_bytes()),
        "/own.css": ("text/css", (assets / "20-components.css").read_bytes()),
    }
    packed = {path: (kind, gzip.compress(body)) for path, (kind, body) in files.items()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, body = packed.get(self.path.partition("?")[0], ("text/plain", gzip.compress(b"")))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store" if self.path == "/" else "public, max-age=3600")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def _open(context: BrowserContext, url: str) -> float:
    """Milliseconds from navigation to all charts drawn."""
    page = context.new_page()
    page.add_init_script(_DRAWN % CHARTS)
    page.goto(url, wait_until="commit")
    # Not wait_for_function: it evaluates text, which the app's content security policy forbids.
    while (milliseconds := page.evaluate("window.__drawn")) is None:
        page.wait_for_timeout(20)
    page.close()
    return float(milliseconds)


def _measure(browser: Browser, url: str, prepare: Callable[[BrowserContext], None]) -> tuple[float, float]:
    """One cold and one warm opening, in a profile of its own."""
    context = browser.new_context(viewport={"width": 1440, "height": 1400})
    prepare(context)
    cold = _open(context, url)
    warm = _open(context, url)
    context.close()
    return cold, warm


def _state(browser: Browser, server: Server) -> list:
    context = browser.new_context()
    sign_in(context.new_page(), server)
    cookies = context.cookies()
    context.close()
    return cookies


def _memory(process: subprocess.Popen[bytes]) -> int:
    """Resident megabytes of the largest worker."""
    return max(child.memory_info().rss for child in psutil.Process(process.pid).children()) // 2**20


def main() -> None:
    """Print medians and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        process, server = start_server(data)
        try:
            with sqlite3.connect(data / "vizapp.db", timeout=10) as database:
                database.execute("UPDATE users SET must_change_password=0, password_hash=?", (hash_password(PASSWORD),))
            database.close()
            board, public, figures = _make_dashboard(data)
            print(f"idle worker: {_memory(process)} MB")
            with sync_playwright() as playwright, _static(figures) as static:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
                cookies = _state(browser, server)
                pages: dict[str, tuple[str, Callable[[BrowserContext], None]]] = {
                    "static": (static, lambda _context: None),
                    "signed in": (f"{server.url}/dashboards/{board}", lambda context: context.add_cookies(cookies)),
                    "public": (server.url + public, lambda _context: None),
                }
                times: dict[str, list[tuple[float, float]]] = {name: [] for name in pages}
                for _ in range(RUNS):
                    for name, (url, prepare) in pages.items():
                        times[name].append(_measure(browser, url, prepare))
                browser.close()
            print(f"worker after {RUNS * 4} openings: {_memory(process)} MB")
        finally:
            stop_server(process)
    base = [statistics.median(run[i] for run in times["static"]) for i in (0, 1)]
    for name, runs in times.items():
        found = [statistics.median(run[i] for run in runs) for i in (0, 1)]
        cold, warm = (f"{ms:6.0f} ms ({ms / least:.2f}x)" for ms, least in zip(found, base, strict=True))
        print(f"{name:10} cold {cold}  warm {warm}")


if __name__ == "__main__":
    main()
