"""The panel that makes, shows and ends a public link."""

from typing import Any

from dash import dcc, html

from components.controls import button, dot
from components.feedback import confirm
from components.formats import day_and_time
from components.ids import Share
from pages.downloads import shared
from vizapp.access import Actor
from vizapp.schemas.records import LinkRecord
from vizapp.services import sharing

NEVER = "never"
EXPIRY = (("1", "1 day"), ("7", "7 days"), ("30", "30 days"), (NEVER, "Never"))


def panel(actor: Actor, dashboard_id: int) -> Any:
    """The whole panel in its present state."""
    link = sharing.current_link(actor, dashboard_id)
    return [
        dcc.Store(id=Share.dashboard, data=dashboard_id),
        html.Section(body(link), id=Share.body),
        html.Section(shared(dashboard_id), className="share-files"),
        html.Div(id=Share.question),
    ]


def body(link: LinkRecord | None, *, new: bool = False) -> Any:
    """With a link: copy, expiry, revoke. Without: create. The browser completes the address (assets/share.js)."""
    if link is None:
        return [
            html.Div(
                [html.Span("Public link", className="strong"), html.Span([dot(), "Off"], className="tag")],
                className="row-flex",
            ),
            html.P("Anyone with the link can look at this dashboard, without signing in.", className="meta"),
            _expiry("7"),
            button("Create link", id=Share.create, kind="primary", symbol="link-45deg", extra="w-100 share-create"),
        ]
    return [
        html.Div(
            [
                html.Span("Public link", className="strong"),
                html.Span([dot("good"), "On"], className="tag tag-good"),
                html.Span(className="grow"),
                html.Span(opened(link.access_count).capitalize(), className="meta"),
            ],
            className="row-flex",
        ),
        html.P("Anyone with the link can look at this dashboard, without signing in.", className="meta"),
        html.Div(
            [
                html.Output(
                    className="form-control clip",
                    id=Share.address,
                    **{"data-path": link.path, "data-copy-now": "true" if new else "false"},
                ),
                button("Copy", kind="primary", symbol="copy", data={"data-path": link.path, "data-copy": link.path}),
            ],
            className="input-group share-link",
        ),
        html.Div(
            [
                html.Span(_until(link), className="meta grow"),
                button("Revoke link", id=Share.revoke, kind="danger", extra="btn-sm"),
            ],
            className="row-flex share-foot",
        ),
    ]


def question(link: LinkRecord) -> Any:
    """Asks before a link that people may have is ended."""
    return confirm(
        "Revoke the public link?",
        body="Whoever has it can no longer look at this dashboard. A new link will have another address.",
        depends=[opened(link.access_count).capitalize()],
        action="Revoke link",
        id=Share.modal,
        confirm_id=Share.confirmed,
        cancel_id=Share.cancel,
        is_open=True,
    )


def opened(count: int) -> str:
    """How often a public link was opened."""
    return "never opened" if count == 0 else "opened once" if count == 1 else f"opened {count:,} times"


def _until(link: LinkRecord) -> list[Any]:
    return ["Until ", day_and_time(link.expires_at)] if link.expires_at else ["Until it is revoked"]


def _expiry(value: str) -> Any:
    choice = dcc.RadioItems(
        options=[{"label": label, "value": key} for key, label in EXPIRY],
        value=value,
        id=Share.expiry,
        className="seg seg-radio grow",
        inline=True,
    )
    return html.Div(
        [html.Span("Expires", className="meta"), choice],
        className="row-flex share-expiry",
        role="group",
        **{"aria-label": "Expires"},
    )
