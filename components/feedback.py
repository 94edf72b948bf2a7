"""What the app says by itself: toasts, questions before something is lost, banners."""

import json
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from components.controls import Node, button
from components.icons import icon
from components.ids import Id, Shell, dom_id

_SYMBOLS = {"good": "check-circle", "bad": "exclamation-circle", "warn": "exclamation-triangle", "": "info-circle"}


def toast_host() -> html.Div:
    """Once in the layout. A callback says something by `Output(Shell.toasts, "data-toast")` with `toast(…)`."""
    return html.Div(id=Shell.toasts, hidden=True, **{"data-toast": ""})


def toast(text: str, tone: str = "", seconds: float = 5) -> str:
    """The value of `data-toast`. The nonce makes the same words twice two toasts."""
    said = {"text": text, "tone": tone, "seconds": seconds, "nonce": secrets.token_hex(4)}
    return json.dumps(said)


def confirm(
    title: str,
    *,
    body: str,
    depends: Iterable[str] = (),
    action: str,
    id: Id,
    confirm_id: Id,
    cancel_id: Id,
    is_open: bool = False,
) -> dbc.Modal:
    """Asks before something is lost, names what depends on it, and says the deed in the button ("Delete chart")."""
    names = list(depends)
    lines: list[Node] = [html.P(body)]
    if names:
        lines.append(html.Ul([html.Li(name) for name in names], className="depends"))
    return dbc.Modal(
        [
            dbc.ModalHeader(html.H2(title, className="tile-title", id=f"{dom_id(id)}-title")),
            dbc.ModalBody(lines),
            dbc.ModalFooter(
                [button("Cancel", id=cancel_id, kind="link"), button(action, id=confirm_id, kind="danger-fill")]
            ),
        ],
        id=id,
        is_open=is_open,
        centered=True,
        labelledby=f"{dom_id(id)}-title",
    )


def banner(text: str, *, tone: str = "", actions: Sequence[Node] = (), id: Id | None = None) -> html.Div:
    """A line on top of a page that stays until its cause is gone."""
    parts: list[Node] = [icon(_SYMBOLS[tone]), html.Span(text, className="grow"), *actions]
    names: dict[str, Any] = {"id": id} if id else {}
    return html.Div(
        parts, className=f"banner is-{tone}" if tone else "banner", role="alert" if tone == "bad" else "status", **names
    )


def save_state(changes: int, *, id: Id | None = None, saved: str = "Saved") -> html.Span:
    """Whether there is something to save; while there is, the page asks before it is left."""
    words = f"{changes} unsaved change{'' if changes == 1 else 's'}" if changes else saved
    mark = html.Span(className="dot dot-warn" if changes else "dot dot-good", **{"aria-hidden": "true"})
    names: dict[str, Any] = {"id": id} if id else {}
    return html.Span([mark, words], className="save-state", role="status", **{"data-unsaved": str(changes)}, **names)


def save_button(label: str = "Save", *, id: Id, disabled: bool = False) -> html.Button:
    """The primary button that Ctrl+S or ⌘S presses too."""
    keys = html.Kbd(
        [html.Span("Ctrl ", className="key-ctrl"), html.Span("⌘", className="key-mac"), "S"],
        className="on-accent hide-phone",
    )
    return html.Button(
        [label, " ", keys],
        id=id,
        className="btn btn-primary",
        type="button",
        disabled=disabled,
        **{"data-hotkey": "save", "aria-label": label},
    )
