"""Turning the pages of a list: where the next one begins, whatever the browser sent."""

from collections.abc import Collection
from typing import Any

from dash import ctx

MOST = 10_000_000


def turned(*pressed: Any, asked: Collection[str]) -> bool:
    """Whether somebody pressed, or changed one of the fields `asked`; buttons that just appeared did neither."""
    return ctx.triggered_id in asked or any(pressed)


def start(offset: Any, *, back: str, on: str, size: int) -> int:
    """Where the page to show begins: `back` and `on` are the ids of the buttons; a search begins anew."""
    now = offset if isinstance(offset, int) and not isinstance(offset, bool) and 0 <= offset < MOST else 0
    step = {on: size, back: -size}.get(str(ctx.triggered_id))
    return 0 if step is None else max(0, now + step)


def wanted(text: Any) -> str:
    """What is searched for."""
    return str(text or "")[:100]
