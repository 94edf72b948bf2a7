"""Settings, Cache: where answers are remembered, how well that works, for how long, and emptying it."""

from collections.abc import Mapping
from typing import Any

from dash import html

from components.controls import Node, button, dot
from components.feedback import save_button
from components.formats import size
from components.forms import fields, text_field
from components.ids import Cache
from pages import settings
from vizapp.access import Actor
from vizapp.schemas.records import CacheRecord
from vizapp.services import cache

Query = Mapping[str, str] | None
SECTION = "Cache"
_PLACES = {"redis": "Redis, shared by all servers", "folder": "A folder, shared by the processes of this machine"}
_STATES = {
    "ok": ("good", "Works"),
    "down": ("bad", "Does not answer: each process remembers for itself"),
    "full": ("warn", "Takes nothing more: what it holds is used"),
}


def layout(actor: Actor, *, query: Query = None) -> Any:  # noqa: ARG001 - a page's signature
    """The section."""
    return settings.section(SECTION, html.Section(body(cache.state(actor)), id=Cache.body))


def body(state: CacheRecord, errors: Mapping[str, str] | None = None, chosen: Mapping[str, Any] | None = None) -> Node:
    """What is remembered, and the form; `chosen` is what was filled in and refused for `errors`."""
    said, shown = errors or {}, chosen or {Cache.ttl: state.ttl_seconds, Cache.stale: state.stale_factor}
    head = html.Div(
        [
            html.H2("Remembered answers", className="tile-title"),
            html.Span(className="grow"),
            button("Clear", id=Cache.clear, symbol="trash"),
        ],
        className="row-flex section-head",
    )
    form = fields(
        [
            text_field(
                "Answers of databases are remembered for, seconds", id=Cache.ttl, value=shown[Cache.ttl], type="number",
                span=3, error=said.get("cache_ttl_seconds", ""),
                help="0 remembers none. Connections and charts can differ; files are remembered until they change.",
            ),
            text_field(
                "Shown while they are renewed, times as old", id=Cache.stale, value=shown[Cache.stale], type="number",
                span=3, error=said.get("cache_stale_factor", ""),
                help="An answer that is older is shown at once and asked anew behind. 1 shows none.",
            ),
        ]
    )  # fmt: skip
    return html.Div(
        [
            head,
            html.Div(html.Dl(_facts(state), className="facts"), className="card pad"),
            html.H2("For how long", className="tile-title section-head"),
            html.Div([form, html.Div(save_button(id=Cache.save), className="below")], className="card pad"),
        ]
    )


def _facts(state: CacheRecord) -> list[Node]:
    tone, words = _STATES[state.status]
    asked = state.hits + state.misses
    served = "—" if state.hit_rate is None else f"{state.hit_rate:.0%} of {asked:,} questions since it was cleared"
    bound = "" if state.kind == "redis" else f" of {size(state.max_bytes)}"
    found: list[tuple[str, Any]] = [
        ("Kept in", _PLACES[state.kind]),
        ("State", html.Span([dot(tone), words], className="row-flex status")),
        ("Served from memory", served),
        ("Answers", f"{state.entries:,}"),
        ("Size", f"{size(state.bytes)}{bound}"),
        ("In this process", f"{state.process_entries:,} answers, {size(state.process_bytes)}"),
    ]
    return [cell for name, value in found for cell in (html.Dt(name), html.Dd(value))]
