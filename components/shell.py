"""The application bar, the frame of a page, and the heads that pages begin with."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dash import html

from components.controls import Node, Nodes, as_list, button_link, given, icon_button, link, menu, menu_item
from components.icons import icon, mark
from components.ids import Shell


class NavItem(NamedTuple):
    """A section of the app. `also` names further paths that belong to it, with spaces between: the browser marks
    the section of the page it is on, whichever way it came there."""

    href: str
    label: str
    active: bool = False
    also: str = ""


def app_bar(
    nav: Iterable[NavItem],
    *,
    user_name: str,
    account: Iterable[NavItem] = (),
    new_href: str = "",
    tools: Nodes = None,
    home: str = "/",
    product: str = "Vizapp",
) -> html.Header:
    """The bar on top of every signed-in page. `account` are the lines of the avatar's menu, `tools` stand before it."""
    sections = list(nav)
    return html.Header(
        [
            _phone_menu(sections, new_href),
            link([mark(), html.Span(product)], home, class_name="brand"),
            html.Nav(html.Ul([_nav_link(item) for item in sections], className="nav"), **{"aria-label": "Main"}),
            html.Div(_tools(user_name, list(account), new_href, tools), className="app-tools"),
        ],
        className="app-bar",
    )


def public_bar(title: str, tools: Nodes = None, *, as_of: Nodes = None) -> html.Header:
    """The bar of a public dashboard: its name, and nothing that leads inside."""
    return html.Header(
        [
            html.Div(html.H1(title, className="page-title clip"), className="grow"),
            html.Span(as_of, className="meta hide-phone"),
            theme_button(),
            *as_list(tools),
        ],
        className="app-bar app-bar-public",
    )


def theme_button() -> html.Button:
    """Switches between light and dark; the browser remembers."""
    return icon_button("circle-half", "Light or dark", data={"data-theme-toggle": "true"})


def page(children: Nodes, *, class_name: str = "page") -> html.Main:
    """The main part of a page; the skip link jumps to it."""
    return html.Main(children, id=Shell.content, tabIndex="-1", **given(className=class_name))


def page_head(
    title: str, *, count: str = "", beside: Nodes = None, actions: Nodes = None, sticky: bool = False
) -> html.Div:
    """Title on the left, actions on the right; at most one of them primary."""
    heading = [f"{title} ", html.Span(count, className="count")] if count else title
    return html.Div(
        [html.H1(heading, className="page-title"), *as_list(beside), html.Span(className="grow"), *as_list(actions)],
        className="page-head is-sticky" if sticky else "page-head",
    )


def side_nav(items: Iterable[tuple[str, str, str, bool]], *, label: str) -> html.Nav:
    """The sections of a page, one below the other: address, words, icon, and whether it is the one shown."""
    lines = [
        html.Li(
            link(
                [icon(symbol), words],
                href,
                class_name="nav-link active" if on else "nav-link",
                **({"aria-current": "page"} if on else {}),
            ),
            className="nav-item",
        )
        for href, words, symbol, on in items
    ]
    return html.Nav(html.Ul(lines, className="nav side-nav"), **{"aria-label": label})


def work_bar(*, back: Node, title: Node, middle: Nodes = None, actions: Nodes = None) -> html.Div:
    """The bar of a page where something is made: back, title, what is going on, actions."""
    return html.Div(
        [back, title, *as_list(middle), html.Span(className="grow"), *as_list(actions)], className="work-bar"
    )


def skip_link() -> html.A:
    """The first stop of the Tab key: past the bar."""
    return html.A("Skip to content", href=f"#{Shell.content}", className="skip-link")


def initials(name: str) -> str:
    """Two letters for the avatar."""
    words = name.split()
    letters = words[0][:1] + words[-1][:1] if len(words) > 1 else name[:2]
    return letters.upper() or "?"


def _tools(user_name: str, account: Sequence[NavItem], new_href: str, tools: Nodes) -> list[Node]:
    new = [button_link("New", new_href, symbol="plus-lg")] if new_href else []
    return [
        _search(),
        *new,
        *as_list(tools),
        theme_button(),
        _account_menu(user_name, account),
    ]


def _search() -> html.Label:
    """The field of the bar. No callback reads it (assets/account.js goes to what was found), and it stands on pages
    that load no component library for an input: the browser makes it, see the same file.
    """
    named = html.Span("Search charts and dashboards", className="visually-hidden")
    field = html.Span(className="search-field", **{"data-search-field": Shell.search})
    keys = html.Kbd("/", **{"aria-hidden": "true"})
    return html.Label([named, icon("search"), field, keys], className="search search-app", **{"data-hotkey": "/"})


def _account_menu(user_name: str, account: Sequence[NavItem]) -> html.Details:
    who = html.Div(user_name, className="dropdown-header")
    lines = [menu_item(item.label, href=item.href) for item in account]
    return menu(
        initials(user_name), [who, *lines], label=f"Account: {user_name}", class_name="avatar", id=Shell.account
    )


def _phone_menu(sections: Sequence[NavItem], new_href: str) -> html.Details:
    lines: list[Node] = [_nav_link(item) for item in sections]
    new = [button_link("New", new_href, kind="primary", symbol="plus-lg")] if new_href else []
    sheet = [html.Nav(html.Ul(lines, className="nav side-nav"), **{"aria-label": "Menu"}), *new]
    return menu(
        icon("list"), sheet, label="Menu", class_name="btn btn-icon", panel_class="app-sheet", id=Shell.menu, end=False
    )


def _nav_link(item: NavItem) -> html.Li:
    current = {"aria-current": "page"} if item.active else {}
    class_name = "nav-link active" if item.active else "nav-link"
    return html.Li(
        link(
            item.label, item.href, class_name=class_name, **{"data-nav": f"{item.href} {item.also}".strip()}, **current
        ),
        className="nav-item",
    )
