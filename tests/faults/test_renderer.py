"""The browser that draws pictures is killed, stopped, asked too much and cut off; it comes back and leaves nothing."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from tests.conftest import CHROMIUM, ROOT, needs
from vizapp.exports.browser import Browser, BrowserGone
from vizapp.exports.renderer import Drawing, Renderer, RendererBusy, RendererFailed, RendererTimeout
from vizapp.exports.stage import Stage

FIGURE = {"data": [{"type": "bar", "x": ["a", "b"], "y": [1, 2]}], "layout": {}}
DRAWING = Drawing(FIGURE, 200, 150)


@pytest.fixture
def make() -> Iterator[Callable[..., Renderer]]:
    """Renderers that are closed in the end, and have left nothing then."""
    needs("Chromium", present=bool(CHROMIUM))
    made: list[Renderer] = []

    def one(**options: float) -> Renderer:
        made.append(Renderer(CHROMIUM, **{"timeout": 60, **options}))
        return made[-1]

    yield one
    for renderer in made:
        renderer.close()
    gone(lambda: not browsers() and not folders())


def browsers() -> list[psutil.Process]:
    """The browsers of this process, with all their processes, also those whose parent is gone."""
    mine = f"vizapp-browser-{os.getpid()}-"
    found = []
    for process in psutil.process_iter():
        try:
            alive = process.status() != psutil.STATUS_ZOMBIE
            if alive and (mine in " ".join(process.cmdline()) or mine in process.environ().get("TMPDIR", "")):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def folders() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"vizapp-browser-{os.getpid()}-*"))


def gone(what: Callable[[], bool]) -> None:
    """Wait until it is so: the kernel takes a moment to end a process."""
    deadline = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline, [process.cmdline()[:3] for process in browsers()]
        time.sleep(0.05)


def main_process(renderer: Renderer) -> list[psutil.Process]:
    assert renderer._stage is not None
    return [psutil.Process(renderer._stage.browser.pid)]


def page_processes(renderer: Renderer) -> list[psutil.Process]:
    """Those that hold the page, and one kept for another."""
    children = main_process(renderer)[0].children(recursive=True)
    found = [process for process in children if "--type=renderer" in process.cmdline()]
    assert found
    return found


def test_a_browser_that_was_killed_is_started_again(make: Callable[..., Renderer]) -> None:
    renderer = make()
    (before,) = renderer.pictures([DRAWING])
    for victim in (main_process, page_processes):
        first = main_process(renderer)
        for process in victim(renderer):
            process.kill()
        assert renderer.pictures([DRAWING]) == [before]
        assert main_process(renderer) != first
    assert len(folders()) == 1


@pytest.mark.parametrize("victim", [main_process, page_processes])
def test_a_browser_that_hangs_is_given_up_in_time_and_replaced(
    make: Callable[..., Renderer], victim: Callable[[Renderer], list[psutil.Process]]
) -> None:
    renderer = make()
    renderer.pictures([DRAWING])
    before = browsers()
    renderer._timeout = 0.5
    for process in victim(renderer):
        process.suspend()
    started = time.monotonic()
    with pytest.raises(RendererTimeout) as error:
        renderer.pictures([DRAWING])
    assert time.monotonic() - started < 10
    assert error.value.details == {"seconds": 0.5}
    gone(lambda: not any(process.is_running() and process in before for process in browsers()))
    renderer._timeout = 60
    assert renderer.pictures([DRAWING])


def test_a_page_that_never_ends_is_given_up(make: Callable[..., Renderer], monkeypatch: pytest.MonkeyPatch) -> None:
    renderer = make()
    renderer.pictures([DRAWING])

    def endless(stage: Stage, *_args: object, deadline: float, **_more: object) -> bytes:
        stage.browser.call("Runtime.evaluate", {"expression": "for (;;);"}, deadline=deadline)
        return b""

    monkeypatch.setattr(Stage, "photograph", endless)
    renderer._timeout = 0.5
    with pytest.raises(RendererTimeout):
        renderer.pictures([DRAWING])
    gone(lambda: not browsers())


def test_a_figure_that_cannot_be_drawn_fails_alone(make: Callable[..., Renderer]) -> None:
    renderer = make()
    with pytest.raises(RendererFailed):
        renderer.pictures([Drawing({"data": "nothing", "layout": {}}, 100, 100)])
    assert renderer.pictures([DRAWING])


def test_a_program_that_is_no_browser_fails_and_leaves_nothing(tmp_path: Path) -> None:
    ends, hangs = tmp_path / "ends", tmp_path / "hangs"
    ends.write_text("#!/bin/sh\nexit 1\n")
    hangs.write_text("#!/bin/sh\nsleep 600\n")
    for path, timeout, error in ((ends, 60, RendererFailed), (hangs, 0.5, RendererTimeout)):
        path.chmod(0o700)
        renderer = Renderer(str(path), timeout=timeout)
        with pytest.raises(error):
            renderer.pictures([DRAWING])
        renderer.close()
    gone(lambda: not browsers() and not folders())


def test_twenty_pictures_take_as_many_processes_as_one(make: Callable[..., Renderer]) -> None:
    renderer = make()
    renderer.pictures([DRAWING])
    before = len(browsers())
    files = psutil.Process().num_fds()
    for _ in range(20):
        renderer.pictures([DRAWING])
    assert len(browsers()) <= before
    assert psutil.Process().num_fds() == files
    renderer.close()
    gone(lambda: not browsers() and not folders())
    assert psutil.Process().num_fds() < files


def test_a_browser_that_nobody_needs_is_ended(make: Callable[..., Renderer]) -> None:
    renderer = make(idle=0.2)
    renderer.pictures([DRAWING])
    gone(lambda: not browsers() and not folders())
    assert renderer.pictures([DRAWING])


def test_who_comes_when_all_places_are_taken_is_told_so_at_once(
    make: Callable[..., Renderer], monkeypatch: pytest.MonkeyPatch
) -> None:
    renderer = make(waiting=2)
    begun, go_on = threading.Event(), threading.Event()
    real = Stage.photograph

    def waiting(*args: object, **more: object) -> bytes:
        begun.set()
        go_on.wait(60)
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Stage, "photograph", waiting)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(renderer.pictures, [DRAWING])
        assert begun.wait(60)
        second = pool.submit(renderer.pictures, [DRAWING])
        gone(lambda: renderer._thread._work_queue.qsize() == 1)
        with pytest.raises(RendererBusy) as error:
            renderer.pictures([DRAWING])
        assert error.value.details["retry_after"]
        go_on.set()
        assert first.result(60) == second.result(60)


def test_who_waited_as_long_as_a_picture_may_take_is_told_to_come_back(
    make: Callable[..., Renderer], monkeypatch: pytest.MonkeyPatch
) -> None:
    renderer = make()
    renderer.pictures([DRAWING])
    begun, go_on = threading.Event(), threading.Event()

    def waiting(*_args: object, **_more: object) -> bytes:
        begun.set()
        go_on.wait(60)
        return b"done"

    monkeypatch.setattr(Stage, "photograph", waiting)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(renderer.pictures, [DRAWING])
        assert begun.wait(60)
        renderer._timeout = 0
        second = pool.submit(renderer.pictures, [DRAWING])
        gone(lambda: renderer._thread._work_queue.qsize() == 1)
        go_on.set()
        assert first.result(60) == [b"done"]
        with pytest.raises(RendererBusy):
            second.result(60)


_SERVER = """
import sys, time
from vizapp.exports.renderer import Drawing, Renderer
renderer = Renderer(sys.argv[1], timeout=60)
renderer.pictures([Drawing({"data": [], "layout": {}}, 100, 100)])
print("ready", flush=True)
if sys.argv[2] == "stay":
    time.sleep(600)
"""


@pytest.mark.parametrize("way", ["killed", "ends by itself", "interrupted"])
def test_the_browser_goes_with_its_server(way: str) -> None:
    needs("Chromium", present=bool(CHROMIUM))
    stays = "go" if way == "ends by itself" else "stay"
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER, CHROMIUM, stays], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    family = [] if stays == "go" else psutil.Process(server.pid).children(recursive=True)
    if way == "killed":
        server.kill()
    elif way == "interrupted":
        server.send_signal(signal.SIGINT)
    server.wait(60)
    server.stdout.close()
    assert bool(family) == (stays == "stay")
    psutil.wait_procs(family, timeout=30)
    assert not [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    left = list(Path(tempfile.gettempdir()).glob(f"vizapp-browser-{server.pid}-*"))
    if way == "killed":
        # Nobody was there to remove it: the next browser to be started does.
        assert left
        Browser(CHROMIUM, lambda _url: None, deadline=time.monotonic() + 60).close()
    gone(lambda: not list(Path(tempfile.gettempdir()).glob(f"vizapp-browser-{server.pid}-*")))


class _Outside:
    """What is outside: a web server and a socket for datagrams that note who comes."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outside.seen.append(self.path)
                self.send_error(404)

            def log_message(self, *_: object) -> None:
                return

        self.web = HTTPServer(("127.0.0.1", 0), Handler)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp.settimeout(1)
        threading.Thread(target=self.web.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.web.shutdown()
        self.web.server_close()
        self.udp.close()


_ATTEMPTS = """
(async () => {
  const web = "http://127.0.0.1:%(web)d", udp = "127.0.0.1:%(udp)d";
  const quiet = (promise) => Promise.race([promise, new Promise((done) => setTimeout(done, 1500))]).catch(() => null);
  const image = new Image(); image.src = `${web}/image`;
  const frame = document.createElement("iframe"); frame.src = `${web}/frame`; document.body.append(frame);
  const socket = new WebSocket(`ws://127.0.0.1:%(web)d/socket`);
  const peer = new RTCPeerConnection({ iceServers: [{ urls: `stun:${udp}` }] });
  peer.createDataChannel("x");
  await quiet(peer.createOffer().then((offer) => peer.setLocalDescription(offer)));
  await quiet(fetch(`${web}/fetch`, { mode: "no-cors" }));
  await quiet(fetch("http://example.com/"));
  await quiet(new Promise((done) => { socket.onerror = done; }));
  navigator.sendBeacon(`${web}/beacon`, "x");
  window.open(`${web}/window`);
  await quiet(new Promise(() => {}));
})()
"""


def test_nothing_that_a_page_tries_leaves_the_browser() -> None:
    needs("Chromium", present=bool(CHROMIUM))
    outside = _Outside()
    # A page without a policy of its own, so that nothing but the browser holds it back.
    browser = Browser(CHROMIUM, lambda _url: None, deadline=time.monotonic() + 60)
    try:
        ports = {"web": outside.web.server_port, "udp": outside.udp.getsockname()[1]}
        asked = {"expression": _ATTEMPTS % ports, "awaitPromise": True, "userGesture": True}
        browser.call("Runtime.evaluate", asked, deadline=time.monotonic() + 60)
        open_sockets = [
            connection
            for process in browsers()
            for connection in process.net_connections("inet")
            if connection.raddr and connection.raddr.port != 9
        ]
        assert not open_sockets
        with pytest.raises(TimeoutError):
            outside.udp.recv(100)
        assert not outside.seen
    finally:
        browser.close()
        outside.close()


def test_a_figure_with_addresses_in_it_asks_nobody(make: Callable[..., Renderer]) -> None:
    outside = _Outside()
    place = f"http://127.0.0.1:{outside.web.server_port}"
    figure = {
        "data": [{"type": "bar", "x": [f'<a href="{place}/link">a</a>'], "y": [1]}],
        "layout": {"images": [{"source": f"{place}/image.png", "x": 0, "y": 1, "sizex": 1, "sizey": 1}]},
    }
    try:
        assert make().pictures([Drawing(figure, 200, 150), Drawing(figure, 200, 150, format="svg")])
        assert not outside.seen
    finally:
        outside.close()


def test_a_browser_gone_while_it_is_waited_for_is_an_error_of_its_own() -> None:
    needs("Chromium", present=bool(CHROMIUM))
    browser = Browser(CHROMIUM, lambda _url: None, deadline=time.monotonic() + 60)
    os.kill(browser.pid, signal.SIGKILL)
    with pytest.raises(BrowserGone):
        browser.call("Browser.getVersion", deadline=time.monotonic() + 60)
    browser.close()
    gone(lambda: not browsers() and not folders())
