"""The one page of the browser: it has our style sheets, fonts and plotly.js; pictures are set up and taken in it."""

import base64
import mimetypes
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vizapp.exports.browser import Browser, Json, Reply

ASSETS = Path(__file__).parents[2] / "assets"
# A name that can never lead anywhere (RFC 6761, section 6.4); all it asks for is answered from ASSETS.
_HOST = "pictures.invalid"
_ORIGIN = f"http://{_HOST}"
_STYLES = ("vendor/bootstrap.min.css", "vendor/bootstrap-icons.min.css")
_SCRIPTS = ("vendor/plotly-cartesian.min.js", "theme.js", "drawings.js", "pictures/svg.js", "pictures/page.js")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'"
)
_CLEAR = {"r": 0, "g": 0, "b": 0, "a": 0}


class Stage:
    """A page in a browser, ready to show things."""

    def __init__(self, browser: str, *, deadline: float) -> None:
        """Start the program at `browser` and load the page. Raises as Browser does."""
        self.browser = Browser(browser, serve, deadline=deadline)
        try:
            self.browser.call("Page.navigate", {"url": f"{_ORIGIN}/"}, deadline=deadline)
            self.browser.wait_for("Page.loadEventFired", deadline=deadline)
            self.run("ready", None, deadline=deadline)
        except BaseException:
            self.close()
            raise

    def run(self, name: str, argument: object, *, deadline: float) -> Any:
        """Call VZ_PICTURE[name](argument) in the page, wait for what it promises and return it."""
        found = self.browser.call("Runtime.evaluate", {"expression": "window.VZ_PICTURE"}, deadline=deadline)
        called = self.browser.call(
            "Runtime.callFunctionOn",
            {
                "objectId": found["result"]["objectId"],
                "functionDeclaration": "function (name, argument) { return this[name](argument); }",
                "arguments": [{"value": name}, {"value": argument}],
                "awaitPromise": True,
                "returnByValue": True,
            },
            deadline=deadline,
        )
        if "exceptionDetails" in called:
            raise PageFailed(str(called["exceptionDetails"].get("exception", {}).get("description", ""))[:2000])
        return called["result"].get("value")

    def size(self, width: int, height: int, *, scale: float, deadline: float) -> None:
        """The window's size in CSS pixels, and how many pixels make one."""
        params: Json = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        self.browser.call("Emulation.setDeviceMetricsOverride", params, deadline=deadline)

    def photograph(self, width: float, height: float, *, transparent: bool, deadline: float) -> bytes:
        """The window's top left corner, as PNG."""
        params: Json = {"color": _CLEAR} if transparent else {}
        self.browser.call("Emulation.setDefaultBackgroundColorOverride", params, deadline=deadline)
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        asked: Json = {"format": "png", "clip": clip}
        return base64.b64decode(self.browser.call("Page.captureScreenshot", asked, deadline=deadline)["data"])

    def close(self) -> None:
        """End the browser."""
        self.browser.close()


class PageFailed(Exception):
    """A script of ours failed in the page; the text is its error."""


def serve(url: str) -> Reply | None:
    """The page itself and the files under /assets/; None for all else."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.netloc != _HOST:
        return None
    if parts.path == "/":
        return Reply(_page().encode(), "text/html; charset=utf-8", {"Content-Security-Policy": _POLICY})
    name = parts.path.removeprefix("/assets/")
    path = ASSETS / name
    if name == parts.path or ".." in path.parts or not path.is_file():
        return None
    return Reply(path.read_bytes(), mimetypes.guess_type(path.name)[0] or "application/octet-stream", {})


def _page() -> str:
    own = sorted(path.name for path in ASSETS.glob("*.css"))
    links = "".join(
        f'<link rel="stylesheet" href="/assets/{name}">' for name in (*_STYLES, *own, "pictures/pictures.css")
    )
    scripts = "".join(f'<script src="/assets/{name}"></script>' for name in _SCRIPTS)
    head = f'<meta charset="utf-8"><title>Pictures</title>{links}'
    body = f'<body><div id="picture"></div>{scripts}</body>'
    return f'<!DOCTYPE html><html lang="en" data-bs-theme="light"><head>{head}</head>{body}</html>'
