"""Whole pages that have nothing to show: empty, not found, not allowed, broken."""

from collections.abc import Sequence

from dash import html

from components.controls import Node, button_link
from components.icons import icon
from components.tile_states import details


def empty_page(sentence: str, *, hint: str = "", action: Node | None = None, symbol: str = "inbox") -> html.Section:
    """One sentence, one action."""
    return _page(symbol, sentence, hint, [action] if action else [])


def not_found(what: str = "page", *, home: str = "/") -> html.Section:
    """There is nothing at this address."""
    hint = "It may have been deleted, or the address has a slip."
    return _page("compass", f"There is no such {what}", hint, [button_link("All dashboards", home)])


def forbidden(what: str = "page", *, home: str = "/", ask: str = "") -> html.Section:
    """It is there, but not for this person."""
    hint = f"{ask} can let you in." if ask else "Its owner or an administrator can let you in."
    return _page("lock", f"You cannot open this {what}", hint, [button_link("All dashboards", home)])


def gone(what: str = "link") -> html.Section:
    """A public link that was revoked or ran out."""
    return _page("hourglass", f"This {what} has ended", "Ask the person who sent it for a new one.", [])


def error_page(
    sentence: str = "Something went wrong here", *, request_id: str = "", technical: str = "", retry_href: str = ""
) -> html.Section:
    """A page that could not be built. The request id leads to the log."""
    facts = "\n".join(part for part in (technical, f"request {request_id}" if request_id else "") if part)
    again = [button_link("Try again", retry_href, symbol="arrow-clockwise")] if retry_href else []
    return _page(
        "exclamation-circle",
        sentence,
        "The rest of the app is fine.",
        again,
        tone="bad",
        after=[details(facts)] if facts else [],
    )


def _page(
    symbol: str, sentence: str, hint: str, actions: Sequence[Node], *, tone: str = "", after: Sequence[Node] = ()
) -> html.Section:
    lines: list[Node] = [icon(symbol, tone=tone), html.H1(sentence, className="page-title")]
    if hint:
        lines.append(html.P(hint, className="ink-2"))
    if actions:
        lines.append(html.Div(list(actions), className="row-flex"))
    return html.Section([*lines, *after], className="state state-page")
