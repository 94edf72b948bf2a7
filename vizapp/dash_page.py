"""A Dash app whose first answer already carries the page, and nothing that the page does not need.

Dash usually answers with an empty shell, then asks for the layout, then for the callbacks, and loads the
scripts of every component library there is. Here the index holds layout and callbacks as JSON blocks (read
by assets/00-boot.js), made for the path that was asked for. Callbacks and scripts are chosen by what stands
in that layout.
No inline script remains, so the content security policy needs neither hashes nor `unsafe-inline`.
A page that shows a dashboard comes as HTML as well: its figures are drawn first, then Dash starts
(vizapp/first_paint.py, assets/first-paint.js).

One of the places that catch `Exception`: an error inside a callback becomes a toast.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from dash import Dash, html, no_update, set_props
from dash._utils import to_json
from dash.development.base_component import Component
from flask import Response, g, request

from components.feedback import toast
from components.ids import Board, PublicBoard, Shell
from vizapp.errors import AppError
from vizapp.first_paint import markup
from vizapp.logs import request_id

_log = logging.getLogger(__name__)
ASSETS = Path(__file__).parent.parent / "assets"
STYLES = ("vendor/bootstrap.min.css", "vendor/bootstrap-icons.min.css")
OWN_STYLES = tuple(sorted(path.name for path in ASSETS.glob("*.css")))
BOOT = ("00-boot.js", "theme.js")
BUNDLES = {"basic": "basic", "cartesian": "cartesian", "full": "strict"}
_SCRIPT = re.compile(r'<script src="([^"]+)"></script>')
# Polyfills for browsers without promises (vendor/regenerator.js has the one that is used), and Dash's old table.
_NEVER = ("/polyfill@", "/dash_table/")
_OWN = "/assets/"
# A script that only pages with this in their layout load: a component library, or ids of one page family.
_ONLY_FOR = {
    "/dash_snap_grid/": {"dash_snap_grid"},
    "/assets/editor": {"editor"},
    "/assets/wizard": {"wizard"},
    "/assets/sql": {"sql"},
    "/assets/elapsed": {"connection", "sql"},
}
# The same for what is linked by the index itself.
_VENDOR_FOR = {"vendor/codemirror.js": "sql"}

# Families of ids whose pages are drawn before Dash starts.
DRAWN_FIRST = frozenset({Board.page, PublicBoard.page})

_INDEX = """<!DOCTYPE html>
<html lang="en" data-bs-theme="light">
<head>
{metas}
<title>{title}</title>
<link rel="icon" href="{icon}" type="image/svg+xml">
<link rel="preload" href="{font}" as="font" type="font/woff2" crossorigin>
{styles}
{boot}
</head>
<body>
{early}
<div id="react-entry-point">{skeleton}</div>
<script type="application/json" id="vz-layout">{layout}</script>
<script type="application/json" id="vz-dependencies">{dependencies}</script>
<footer>
{config}
{scripts}
</footer>
</body>
</html>"""

_SKELETON = '<div class="_dash-loading" role="status" aria-label="Loading"><div class="app-bar"></div></div>'


def asset_url(name: str, *, prefix: str = "/") -> str:
    """The address of a file in assets/ that changes with the file, so that browsers may keep it for ever."""
    path = ASSETS / name
    stamp = int(path.stat().st_mtime) if path.exists() else 0
    return f"{prefix}assets/{name}?m={stamp}"


def styles() -> list[str]:
    """All style sheets in the order they apply."""
    return [asset_url(name) for name in (*STYLES, *OWN_STYLES)]


def boot_scripts() -> list[str]:
    """Scripts that run before the first paint: theme and first answers."""
    return [asset_url(name) for name in BOOT]


def form_scripts() -> list[str]:
    """What the server-rendered pages need besides: drawings, and showing a password."""
    return [asset_url("drawings.js"), asset_url("signin.js")]


class PageDash(Dash):
    """Dash, with `plotly_bundle` naming the smallest plotly.js that draws the page's charts."""

    plotly_bundle: Callable[[str], str] = staticmethod(lambda _path: "basic")

    def index(self, *args: Any, **kwargs: Any) -> Response:
        """The first answer, with the status of the page it carries (`g.page_status`, set by the layout)."""
        document = super().index(*args, **kwargs)  # type: ignore[no-untyped-call]
        return Response(document, status=g.get("page_status", 200), mimetype="text/html")

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]  # Dash passes all by name
        """The whole first answer, for the path of this request."""
        path = request.path
        layout = self.get_layout()
        found = _contents(layout)
        scripts = _choose(_SCRIPT.findall(parts["scripts"]), found)
        plotly = f"vendor/plotly-{BUNDLES[self.plotly_bundle(path)]}.min.js"
        vendor = [name for name, need in _VENDOR_FOR.items() if need in found]
        own = [asset_url(name) for name in ("vendor/regenerator.js", plotly, *vendor)]
        own += [src for src in scripts if _OWN in src]
        dash = [*(src for src in scripts if _OWN not in src), asset_url("vendor-start.js")]
        drawn_first = not found.isdisjoint(DRAWN_FIRST) and "dash_snap_grid" not in found
        return _INDEX.format(
            metas=parts["metas"],
            title=escape(_title(layout)),
            icon=asset_url("favicon.svg"),
            font=asset_url("vendor/fonts/inter.woff2").partition("?")[0],
            styles="\n".join(f'<link rel="stylesheet" href="{href}">' for href in styles()),
            boot="\n".join(f'<script src="{src}"></script>' for src in boot_scripts()),
            early=f'<div id="first-paint">{markup(layout)}</div>' if drawn_first else "",
            skeleton="" if drawn_first else _SKELETON,
            layout=_json_block(layout),
            dependencies=_json_block(callbacks_for(self._callback_list, found)),
            config=parts["config"],
            scripts="\n".join([*map(_deferred, own), *map(_awaited if drawn_first else _deferred, dash)]),
        )


def _title(layout: Component) -> str:
    """The document's title: the page's heading, so that tabs and bookmarks of two objects differ."""
    heading = next((part for part in layout._traverse() if isinstance(part, html.H1)), None)  # type: ignore[no-untyped-call]
    words = getattr(heading, "children", None)
    text = words[0] if isinstance(words, list) and words else words
    return f"{text.strip()} · Vizapp" if isinstance(text, str) else "Vizapp"


def _deferred(src: str) -> str:
    return f'<script {_mark(src)}defer src="{src}"></script>'


def _awaited(src: str) -> str:
    """Fetched by assets/first-paint.js while it draws the figures, so not in the way of plotly.js, and run then."""
    return f'<meta {_mark(src)}name="dash-script" data-src="{src}">'


def _mark(src: str) -> str:
    # Dash looks for this id, and for `src="…dash-renderer…"`, and refuses to send an answer without them.
    return 'id="_dash-renderer" ' if "vendor-start" in src else ""


def _contents(layout: Component) -> set[str]:
    """What stands in a layout: names of component libraries and of components, families of ids (`board` …)."""
    found: set[str] = set()
    for component in (layout, *layout._traverse()):  # type: ignore[no-untyped-call]
        if isinstance(component, Component):
            found.update((component._namespace, component._type))
            if (name := getattr(component, "id", None)) is not None:
                found.add(family(name))
    return found


def family(name: str | Mapping[str, Any]) -> str:
    """The page family of an id, see components/ids.py: `board` of `board-state` and of `{"page": "board", …}`."""
    if isinstance(name, Mapping):
        return str(name.get("page", ""))
    if name.startswith("{"):
        matched = re.search(r'"page":"([^"]+)"', name)
        return matched[1] if matched else ""
    return name.partition("-")[0]


def callbacks_for(callbacks: Sequence[Mapping[str, Any]], found: set[str]) -> list[Mapping[str, Any]]:
    """Those that something in the layout can set off."""
    return [entry for entry in callbacks if any(family(item["id"]) in found for item in entry["inputs"])]


def _choose(scripts: Sequence[str], found: set[str]) -> list[str]:
    """The scripts that a page with `found` in its layout needs."""
    needs = {src: next((need for mark, need in _ONLY_FOR.items() if mark in src), None) for src in scripts}
    kept = (src for src, need in needs.items() if need is None or not need.isdisjoint(found))
    return [src for src in kept if not any(mark in src for mark in _NEVER)]


def _json_block(value: Any) -> str:
    # "<" occurs in JSON only inside strings: escaped, nothing in data can end the script element.
    text = str(to_json(value))  # type: ignore[no-untyped-call]
    return text.replace("<", "\\u003c")


def make(server: Any, **options: Any) -> PageDash:
    """An app on `server` with everything local and nothing global."""
    return PageDash(
        "vizapp",
        server=server,
        use_pages=False,
        assets_folder=str(ASSETS),
        # Style sheets, plotly.js and the scripts of the first paint are linked by the index itself.
        assets_ignore=r"(vendor.*|.*\.css|00-boot\.js|theme\.js|signin\.js)",
        assets_path_ignore=["^vendor", "^pictures"],
        suppress_callback_exceptions=True,
        enable_mcp=False,
        update_title="",
        on_error=_on_error,
        add_log_handler=False,
        compress=False,
        **options,
    )


def _on_error(error: Exception) -> Any:
    if isinstance(error, AppError):
        message, technical = error.message, ""
    else:
        _log.error("callback", exc_info=error)
        message, technical = "Something went wrong on our side. Please try again.", f"Request {request_id()}"
    set_props(Shell.toasts, {"data-toast": toast(f"{message} {technical}".strip(), "bad")})
    return no_update
