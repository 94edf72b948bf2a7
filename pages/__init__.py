"""The pages: one table drives the menu, the router and the tests, and gives each page its permission.

That somebody must be signed in at all is the guard's, for every address that it does not name (vizapp/guard.py).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from components.feedback import toast_host
from components.ids import Shell
from components.shell import NavItem, app_bar, skip_link
from components.states import error_page, forbidden, not_found
from pages import (
    cache,
    chart,
    charts,
    connections,
    dashboard,
    dashboards,
    dataset,
    datasets,
    editor,
    profile,
    search,
    sql,
    wizard,
)
from pages.downloads import own_drawer
from vizapp.access import Actor, Permission, can, require
from vizapp.errors import AppError, NotFound, PermissionDenied
from vizapp.services import boards

Layout = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page: `path` may hold `<name>` for a whole number; `section` is the menu entry it belongs to."""

    path: str
    title: str
    layout: Layout
    permission: Permission
    section: str = ""

    def match(self, path: str) -> dict[str, int] | None:
        """The numbers in `path`, or None when it is another page's."""
        pattern = re.sub(r"<(\w+)>", r"(?P<\1>[0-9]{1,9})", self.path)
        found = re.fullmatch(pattern, path.rstrip("/") or "/")
        return {key: int(value) for key, value in found.groupdict().items()} if found else None


P = Permission
PAGES: tuple[Page, ...] = (
    Page("/", "Dashboards", dashboards.layout, P.DASHBOARD_READ, "Dashboards"),
    Page("/search", "Search", search.layout, P.DASHBOARD_READ),
    Page("/dashboards", "Dashboards", dashboards.layout, P.DASHBOARD_READ, "Dashboards"),
    Page("/dashboards/new", "New dashboard", editor.new, P.DASHBOARD_CREATE, "Dashboards"),
    Page("/dashboards/<dashboard_id>", "Dashboard", dashboard.layout, P.DASHBOARD_READ, "Dashboards"),
    Page("/charts", "Charts", charts.layout, P.CHART_READ, "Charts"),
    Page("/charts/<chart_id>", "Chart", chart.layout, P.CHART_READ, "Charts"),
    Page("/charts/new", "New chart", wizard.new, P.CHART_CREATE, "Charts"),
    Page("/charts/<chart_id>/edit", "Edit chart", wizard.edit, P.CHART_CREATE, "Charts"),
    Page("/datasets", "Data", datasets.layout, P.DATASET_READ, "Data"),
    Page("/datasets/<dataset_id>", "Review", dataset.layout, P.DATASET_READ, "Data"),
    Page("/sql", "SQL", sql.layout, P.CHART_CREATE, "SQL"),
    Page("/settings", "Settings", connections.layout, P.CONNECTION_MANAGE, "Settings"),
    Page("/settings/connections", "Connections", connections.layout, P.CONNECTION_MANAGE, "Settings"),
    Page("/settings/connections/new", "New connection", connections.new, P.CONNECTION_MANAGE, "Settings"),
    Page("/settings/connections/<connection_id>", "Connection", connections.one, P.CONNECTION_MANAGE, "Settings"),
    Page("/settings/cache", "Cache", cache.layout, P.SETTINGS_MANAGE, "Settings"),
    Page("/profile", "Your profile", profile.layout, P.ACCOUNT_OWN),
    Page("/dashboards/<dashboard_id>/edit", "Edit dashboard", editor.edit, P.DASHBOARD_CREATE, "Dashboards"),
)
# The first page of each section; the start page is that of the dashboards.
MENU = tuple(page for page in PAGES if page.title == page.section and page.path != "/")


def find(path: str) -> tuple[Page, dict[str, int]] | None:
    """The page of a path and the numbers in it."""
    for page in PAGES:
        numbers = page.match(path)
        if numbers is not None:
            return page, numbers
    return None


def bundle(actor: Actor, path: str) -> str:
    """The smallest plotly.js that draws the page: that of a dashboard's charts, else that of every chart type."""
    found = find(path)
    if found is None or found[0].layout is not dashboard.layout:
        return boards.largest_bundle()
    try:
        return boards.bundle_for(actor, found[1]["dashboard_id"])
    except AppError:
        return "basic"


def _content(actor: Actor, found: tuple[Page, dict[str, int]] | None, query: Mapping[str, str]) -> tuple[Any, int]:
    try:
        if found is None:
            raise NotFound("This page does not exist.")
        page, numbers = found
        require(actor, page.permission)
        return page.layout(actor, query=query, **numbers), 200
    except NotFound as exc:
        return not_found(), exc.status
    except PermissionDenied as exc:
        return forbidden(), exc.status
    except AppError as exc:
        return error_page(exc.message, technical=exc.code), exc.status


def _bar(actor: Actor, section: str) -> Any:
    """Sections that the actor may open."""
    seen = [page for page in MENU if can(actor, page.permission)]
    nav = [NavItem(page.path, page.section, active=page.section == section) for page in seen]
    new = "/charts/new" if can(actor, P.CHART_CREATE) else ""
    own = (("/profile", "Profile and API keys"), ("/password", "Change password"), ("/logout", "Sign out"))
    account = [NavItem(href, label) for href, label in own]
    return app_bar(nav, user_name=actor.name, account=account, new_href=new, tools=own_drawer(actor))


def frame(actor: Actor, path: str, query: Mapping[str, str]) -> tuple[html.Div, int]:
    """The whole document (application bar, and the page or the state that says why there is none) and its status."""
    found = find(path)
    content, status = _content(actor, found, query)
    document = html.Div(
        [
            skip_link(),
            dcc.Location(id=Shell.location, refresh="callback-nav"),
            _bar(actor, found[0].section if found else ""),
            content,
            toast_host(),
        ]
    )
    return document, status
