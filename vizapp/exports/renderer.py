"""Pictures, made by a browser that is started when the first is asked for and ended when none is for a while.

One thread has the browser; who wants a picture waits for it. A browser that hangs is ended and the next picture has a
new one.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from vizapp.errors import AppError, InvalidInput, RendererBusy, RendererFailed, RendererMissing, RendererTimeout
from vizapp.exports.browser import BrowserGone, BrowserRefused, find_browser
from vizapp.exports.scene import BOARD_WIDTH, Scene
from vizapp.exports.stage import PageFailed, Stage

__all__ = ["Drawing", "Renderer", "RendererBusy", "RendererFailed", "RendererMissing", "RendererTimeout"]

_log = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[Stage, float], T]
# Pictures that are asked for at a time; at less than a second each the last one is waited for in patience.
WAITING = 8
# Seconds without a picture after which the browser, some 200 MB, is not kept any longer.
IDLE_SECONDS = 120.0
TIMEOUT_SECONDS = 20.0
# Chromium paints no larger surface: beyond it a picture repeats itself or stays empty (Skia's largest texture).
MAX_PIXELS = 16_384


@dataclass(frozen=True, slots=True)
class Drawing:
    """A plotly figure as JSON with its template, and how large it is drawn in CSS pixels; `scale` pixels make one."""

    figure: dict[str, Any]
    width: int
    height: int
    scale: float = 1.0
    format: Literal["png", "svg"] = "png"
    transparent: bool = False


class Renderer:
    """Makes pictures; any thread may ask."""

    def __init__(
        self,
        browser: str = "",
        *,
        timeout: float = TIMEOUT_SECONDS,
        waiting: int = WAITING,
        idle: float = IDLE_SECONDS,
    ) -> None:
        """`browser` is Chromium's path, looked for when empty. `timeout` seconds are given to each call, and as many
        to its waiting; at most `waiting` calls are made at a time.
        """
        self._browser = browser
        self._timeout = timeout
        self._idle = idle
        self._room = threading.BoundedSemaphore(waiting)
        # The browser ends with the thread that started it (vizapp/exports/launch.py): this one lives as long as we do.
        self._thread = ThreadPoolExecutor(1, "renderer")
        self._stage: Stage | None = None
        self._timer: threading.Timer | None = None
        atexit.register(self.close)

    def pictures(self, drawings: Sequence[Drawing], /) -> list[bytes]:
        """Each drawing as PNG or SVG, in their order.

        Raises RendererMissing without a browser, RendererBusy, RendererTimeout and RendererFailed.
        """
        return self._do(lambda stage, deadline: [_picture(stage, drawing, deadline) for drawing in drawings])

    def scene(self, scene: Scene, /) -> bytes:
        """Tiles as PNG or SVG. Raises as `pictures` does, and InvalidInput when so many pixels cannot be painted."""
        return self._do(lambda stage, deadline: _shown(stage, scene, deadline))

    def close(self) -> None:
        """End the browser and the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        if self._timer is not None:
            self._timer.cancel()
        self._drop()
        atexit.unregister(self.close)

    def _do(self, work: Work[T]) -> T:
        if not self._room.acquire(blocking=False):
            raise RendererBusy()
        asked = time.monotonic()
        try:
            future: Future[T] = self._thread.submit(self._in_time, work, asked)
            return future.result()
        finally:
            self._room.release()

    def _in_time(self, work: Work[T], asked: float) -> T:
        began = time.monotonic()
        if began - asked > self._timeout:
            raise RendererBusy()
        try:
            return self._with_stage(work, began + self._timeout)
        except TimeoutError as exc:
            self._drop()
            raise RendererTimeout(details={"seconds": self._timeout}) from exc
        except (BrowserGone, BrowserRefused, PageFailed) as exc:
            self._drop()
            raise RendererFailed() from exc
        except AppError:
            raise  # not the browser's fault
        except BaseException:
            self._drop()
            raise
        finally:
            self._wait_idle()

    def _with_stage(self, work: Work[T], deadline: float) -> T:
        kept = self._stage is not None
        try:
            return work(self._open(deadline), deadline)
        except BrowserGone:
            if not kept:
                raise
            # It ended since the last picture, for want of memory perhaps: that is no reason to fail.
            _log.warning("the browser for pictures was gone and is started again")
            self._drop()
            return work(self._open(deadline), deadline)

    def _open(self, deadline: float) -> Stage:
        if self._stage is None:
            self._stage = Stage(find_browser(self._browser), deadline=deadline)
        return self._stage

    def _drop(self) -> None:
        stage, self._stage = self._stage, None
        if stage is not None:
            stage.close()

    def _wait_idle(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(self._idle, self._rest)
        self._timer.daemon = True
        self._timer.start()

    def _rest(self) -> None:
        with suppress(RuntimeError):  # closed meanwhile
            self._thread.submit(self._drop)


def _picture(stage: Stage, drawing: Drawing, deadline: float) -> bytes:
    asked = {
        "figure": drawing.figure,
        "width": drawing.width,
        "height": drawing.height,
        "transparent": drawing.transparent,
    }
    stage.size(max(drawing.width, BOARD_WIDTH), drawing.height, scale=drawing.scale, deadline=deadline)
    stage.run("figure", asked, deadline=deadline)
    if drawing.format == "svg":
        return str(stage.run("svg", None, deadline=deadline)).encode()
    return stage.photograph(drawing.width, drawing.height, transparent=drawing.transparent, deadline=deadline)


def _shown(stage: Stage, scene: Scene, deadline: float) -> bytes:
    look = scene.look
    asked = {
        "markup": scene.markup,
        "figures": scene.figures,
        "width": scene.width,
        "height": scene.height,
        "theme": look.theme,
        "kind": scene.kind,
        "transparent": look.transparent,
    }
    scale = 1.0 if look.format == "svg" else look.scale
    # A window as wide as a desk's, also around a small picture: the style sheets have other rules for phones.
    window = max(scene.width, BOARD_WIDTH)
    stage.size(window, scene.height or window, scale=scale, deadline=deadline)
    found = stage.run("scene", asked, deadline=deadline)
    if look.format == "svg":
        return str(stage.run("svg", None, deadline=deadline)).encode()
    width, height = int(found["width"]), int(found["height"])
    if max(width, height) * scale > MAX_PIXELS:
        message = (
            f"This picture would be {round(max(width, height) * scale):,} pixels long; {MAX_PIXELS:,} can be drawn. "
            f"Ask for a smaller scale than {scale:g}."
        )
        raise InvalidInput.of({"scale": message})
    stage.size(window, height, scale=scale, deadline=deadline)
    return stage.photograph(width, height, transparent=look.transparent, deadline=deadline)
