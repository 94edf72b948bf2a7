"""A Chromium of our own, spoken to over two pipes in its DevTools protocol (chromedevtools.github.io).

No port is opened, so nobody else on the machine can speak to it. It has no network: names lead nowhere, and every
request of a page is answered here. It runs in a process group of its own, with its files in one folder, so that
nothing of it is left behind.
"""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vizapp.errors import RendererMissing

Json = dict[str, Any]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless=new",
    # Containers forbid Chromium's own sandbox. What it shows is ours, and has neither network nor files to reach.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--mute-audio",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=Translate,MediaRouter,OptimizationHints,SpareRendererForSitePerProcess",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    # No network, beside the answers of _answer: names lead nowhere, and numbers to a proxy on a port that discards.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--remote-debugging-pipe",
)
_LAUNCH = str(Path(__file__).with_name("launch.py"))
_PREFIX = "vizapp-browser-"
_CHUNK = 1 << 16


class BrowserGone(Exception):
    """The browser, or the page in it, ended by itself or was ended."""


class BrowserRefused(Exception):
    """The browser answered a call with an error."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a page gets for a request of its own."""

    body: bytes
    media_type: str
    headers: Mapping[str, str]


def find_browser(path: str = "") -> str:
    """The program to run: `path`, or the first there is of Chromium's and Chrome's names. Raises RendererMissing."""
    found = shutil.which(path) if path else next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise RendererMissing(at=path)
    return found


class Browser:
    """A running browser with one page. Made, used and closed by one thread."""

    def __init__(self, path: str, serve: Callable[[str], Reply | None], *, deadline: float) -> None:
        """Start the program at `path`; `serve` answers what the page asks for by its address, None refuses.

        Raises TimeoutError when it is not there by `deadline` (of time.monotonic), BrowserGone when it fails.
        """
        sweep()
        self._serve = serve
        self._folder = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
        self._last = 0
        self._session = ""
        self._buffer = bytearray()
        self._events: list[Json] = []
        self._process, self._in, self._out = self._start(path)
        try:
            self._open_page(deadline)
        except BaseException:
            self.close()
            raise

    def _start(self, path: str) -> tuple["subprocess.Popen[bytes]", int, int]:
        (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
        command = [path, *_FLAGS, f"--user-data-dir={self._folder}/profile", "about:blank"]
        # No secret of this process goes along.
        kept = ("PATH", "LANG", "LC_ALL", "TZ", "FONTCONFIG_PATH", "FONTCONFIG_FILE", "LD_LIBRARY_PATH")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        try:
            process = subprocess.Popen(  # noqa: S603 - our own program with arguments of ours
                [sys.executable, "-I", "-S", _LAUNCH, str(theirs_in), str(theirs_out), *command],
                env={**environment, "HOME": self._folder, "TMPDIR": self._folder},
                pass_fds=(theirs_in, theirs_out),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        os.set_blocking(ours_in, False)
        os.set_blocking(ours_out, False)
        return process, ours_in, ours_out

    def _open_page(self, deadline: float) -> None:
        target = self.call("Target.createTarget", {"url": "about:blank"}, deadline=deadline)
        attached = self.call(
            "Target.attachToTarget", {"targetId": target["targetId"], "flatten": True}, deadline=deadline
        )
        self._session = attached["sessionId"]
        for domain in ("Inspector", "Page", "Runtime"):
            self.call(f"{domain}.enable", deadline=deadline)
        self.call("Fetch.enable", {"patterns": [{"urlPattern": "*"}]}, deadline=deadline)

    @property
    def pid(self) -> int:
        """The browser's process, which is its group's as well."""
        return self._process.pid

    def call(self, method: str, params: Mapping[str, object] | None = None, *, deadline: float) -> Json:
        """One call and its result. Raises TimeoutError, BrowserGone and BrowserRefused."""
        number = self._send(method, params or {}, deadline)
        while True:
            message = self._receive(deadline)
            if message.get("id") == number:
                if "error" in message:
                    raise BrowserRefused(f"{method}: {message['error'].get('message')}")
                found: Json = message["result"]
                return found
            self._note(message, deadline)

    def wait_for(self, event: str, *, deadline: float) -> None:
        """Wait until the page has told of `event`, since the last wait for it."""
        while not any(message["method"] == event for message in self._events):
            self._note(self._receive(deadline), deadline)
        self._events = [message for message in self._events if message["method"] != event]

    def _note(self, message: Json, deadline: float) -> None:
        """What comes unasked: a request of the page is answered, the rest is kept for who waits for it."""
        match message.get("method"):
            case "Fetch.requestPaused":
                self._answer(message["params"], deadline)
            case "Inspector.targetCrashed" | "Inspector.detached" | "Target.detachedFromTarget":
                raise BrowserGone("the page crashed")
            case "Page.loadEventFired":
                self._events.append(message)

    def _answer(self, request: Json, deadline: float) -> None:
        reply = self._serve(request["request"]["url"]) if request["request"]["method"] == "GET" else None
        if reply is None:
            params: Json = {"requestId": request["requestId"], "errorReason": "BlockedByClient"}
            self._send("Fetch.failRequest", params, deadline)
            return
        headers = {"Content-Type": reply.media_type, **reply.headers}
        params = {
            "requestId": request["requestId"],
            "responseCode": 200,
            "responseHeaders": [{"name": name, "value": value} for name, value in headers.items()],
            "body": base64.b64encode(reply.body).decode(),
        }
        self._send("Fetch.fulfillRequest", params, deadline)

    def _send(self, method: str, params: Mapping[str, object], deadline: float) -> int:
        self._last += 1
        message: Json = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        left = memoryview(json.dumps(message).encode() + b"\0")
        while left:
            # It may be waiting for us to read before it reads on.
            if self._wait(deadline, writing=True):
                self._fill()
            with suppress(BlockingIOError):
                left = left[self._write(left) :]
        return self._last

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._out, data[:_CHUNK])
        except BrokenPipeError as exc:
            raise BrowserGone("the browser closed its pipe") from exc

    def _receive(self, deadline: float) -> Json:
        while (end := self._buffer.find(b"\0")) < 0:
            if self._wait(deadline):
                self._fill()
        text = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        message: Json = json.loads(text)
        return message

    def _wait(self, deadline: float, *, writing: bool = False) -> bool:
        """Whether there is something to read; with `writing`, comes back as well when there is room to write."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        poll = select.poll()  # not select(): a busy server has files with numbers over 1024
        poll.register(self._in, select.POLLIN)
        if writing:
            poll.register(self._out, select.POLLOUT)
        ready = dict(poll.poll(left * 1000))
        if not ready:
            raise TimeoutError
        return self._in in ready

    def _fill(self) -> None:
        with suppress(BlockingIOError):
            data = os.read(self._in, 16 * _CHUNK)
            if not data:
                raise BrowserGone("the browser is gone")
            self._buffer += data

    def close(self) -> None:
        """End it with all its processes, at once and for certain, and remove its files."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._in)
        os.close(self._out)
        shutil.rmtree(self._folder, ignore_errors=True)


def sweep() -> None:
    """Remove what browsers left behind whose server was killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdecimal() and not _lives(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
