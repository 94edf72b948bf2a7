"""One's own account: who one is, and the API keys that programs use in one's name."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from components.cards import Head, listing
from components.controls import Node, button, button_link, tag
from components.feedback import confirm
from components.formats import ago, day_and_time
from components.forms import fields, select_field, text_field
from components.ids import Profile
from components.shell import page, page_head
from vizapp.access import Actor
from vizapp.schemas.account import NewApiKey
from vizapp.schemas.records import ApiKeyRecord
from vizapp.services import api_keys, users

NEVER = "never"
SCOPES = (("read", "Read only"), ("write", "Read and write"))
EXPIRY = (("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"), (NEVER, "Never"))
# What a choice means, in days.
DAYS: Mapping[str, int | None] = {key: None if key == NEVER else int(key) for key, _ in EXPIRY}
HEADS = (
    Head("Name"),
    Head("Begins with", optional=True),
    Head("May", roomy=True),
    Head("Expires"),
    Head("Last used", optional=True),
    Head("Actions", quiet=True),
)


def layout(actor: Actor, *, query: Mapping[str, str] | None = None) -> Any:  # noqa: ARG001 - a page's signature
    """The page."""
    return page(
        [
            page_head("Your profile", actions=button_link("Change password", "/password")),
            html.Section(_facts(actor), className="card profile-card", **{"aria-label": "Account"}),
            html.Section(
                [
                    html.H2("API keys", className="tile-title"),
                    html.P(
                        [
                            "A program that sends a key acts in your name. What it can ask is written in the ",
                            html.A("API reference", href="/api/docs"),
                            ".",
                        ],
                        className="ink-2",
                    ),
                    html.Div(key_table(api_keys.list_keys(actor).items), id=Profile.keys),
                    html.Div(id=Profile.made),
                    html.H3("New key", className="form-label profile-new"),
                    html.Div(form(), id=Profile.form),
                ],
                className="card profile-card",
                **{"aria-label": "API keys"},
            ),
            dcc.Store(id=Profile.asked),
            html.Div(id=Profile.question),
        ]
    )


def _facts(actor: Actor) -> html.Dl:
    found = users.get_user(actor, actor.user_id or 0)
    last = ago(found.last_login) if found.last_login else "—"
    facts = (("User name", found.username), ("E-mail", found.email), ("Role", found.role), ("Last sign-in", last))
    return html.Dl([cell for name, value in facts for cell in (html.Dt(name), html.Dd(value))], className="facts")


def key_table(keys: Sequence[ApiKeyRecord]) -> Node:
    """The keys there are, each with the button that ends it."""
    if not keys:
        return html.P("You have no API keys.", className="meta")
    table = listing(HEADS, [_row(key) for key in keys], label="Your API keys, newest first", tight=True)
    return html.Div(table, className="table-box", role="region", tabIndex="0", **{"aria-label": "Your API keys"})


def _row(key: ApiKeyRecord) -> list[Any]:
    expires = day_and_time(key.expires_at) if key.expires_at else "never"
    return [
        html.Span(key.name, className="name clip"),
        html.Code(f"{key.prefix}…"),
        html.Span(dict(SCOPES)[key.scope], className="ink-2"),
        html.Span(expires, className="ink-2"),
        html.Span(ago(key.last_used_at) if key.last_used_at else "never", className="ink-2"),
        button("Revoke", id=Profile.revoke(key.id), kind="danger", extra="btn-sm", hint=f"Revoke {key.name}"),
    ]


def form(*, name: str = "", error: str = "") -> list[Node]:
    """The fields of a new key."""
    return [
        fields(
            [
                text_field(
                    "Name",
                    id=Profile.name,
                    value=name,
                    error=error,
                    placeholder="What will use it, such as nightly report",
                    maxLength=100,
                    span=2,
                ),
                select_field("May", SCOPES, id=Profile.scope, value="read", span=2),
                select_field("Expires", EXPIRY, id=Profile.expiry, value="90", span=2),
            ]
        ),
        button("Create key", id=Profile.create, kind="primary", symbol="plus-lg"),
    ]


def made(key: NewApiKey) -> html.Div:
    """The new key's text, which is shown this once."""
    return html.Div(
        [
            html.P([tag("New", tone="good"), f" {key.name}: copy the key now. It is not shown again."]),
            html.Div(
                [
                    html.Output(key.key, className="form-control clip"),
                    button("Copy", kind="secondary", symbol="copy", data={"data-copy": key.key}),
                ],
                className="input-group",
            ),
        ],
        className="profile-made",
        role="status",
    )


def question(key: ApiKeyRecord) -> Node:
    """Asks before a key is ended."""
    return confirm(
        f"Revoke “{key.name}”?",
        body="Programs that use it are refused from then on. This cannot be undone.",
        action="Revoke key",
        id=Profile.modal,
        confirm_id=Profile.confirmed,
        cancel_id=Profile.cancel,
        is_open=True,
    )
