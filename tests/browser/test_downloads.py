"""The menus of charts and dashboards give files; what goes wrong is a page."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import openpyxl
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Watched, sign_in
from tests.conftest import Server

pytestmark = pytest.mark.browser


def _menu(page: Page) -> Locator:
    page.get_by_label("More", exact=True).click()
    return page.locator(".page-head .dropdown-menu.show:visible")


def _download(page: Page, name: str, role: Literal["link", "button"] = "link") -> tuple[str, Path]:
    """A chart's file comes by a link; a dashboard's is made first, and then fetched by the page."""
    with page.expect_download() as found:
        _menu(page).get_by_role(role, name=name).click()
    return found.value.suggested_filename, found.value.path()


def test_the_menu_of_a_dashboard_gives_a_workbook_and_an_archive(admin_page: Page, live_server: Server) -> None:
    admin_page.goto(f"{live_server.url}/dashboards")
    admin_page.get_by_role("link", name="Welcome Dashboard", exact=True).click()
    here = admin_page.url
    name, path = _download(admin_page, "Download Excel", "button")
    assert name == "Welcome Dashboard.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    assert book.sheetnames[0] == "Contents"
    assert len(book.sheetnames) > 2
    assert admin_page.url == here
    admin_page.reload()
    name, path = _download(admin_page, "Download CSV", "button")
    assert name == "Welcome Dashboard.zip"
    assert zipfile.ZipFile(path).testzip() is None
    admin_page.reload()
    name, path = _download(admin_page, "Download PDF", "button")
    assert name == "Welcome Dashboard.pdf"
    assert path.read_bytes().startswith(b"%PDF-")


def test_the_menu_of_a_chart_gives_its_rows(admin_page: Page, live_server: Server) -> None:
    admin_page.goto(f"{live_server.url}/charts")
    admin_page.locator("a[href^='/charts/']:not([href$='new'])").first.click()
    expect(admin_page.get_by_label("More", exact=True)).to_be_visible()
    name, path = _download(admin_page, "Download CSV")
    assert name.endswith(".csv")
    assert path.read_bytes().count(b"\r\n") > 1
    admin_page.reload()
    name, path = _download(admin_page, "Download Excel")
    assert len(openpyxl.load_workbook(io.BytesIO(path.read_bytes())).worksheets[0]["A"]) > 1


def test_what_cannot_be_had_is_a_page(profile: Callable[..., Watched], live_server: Server) -> None:
    watched = profile()
    watched.expected = ("status of 404",)
    page = sign_in(watched.page(), live_server)
    response = page.goto(f"{live_server.url}/api/export/chart/999999/excel", wait_until="load")
    assert response is not None
    assert response.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("This page does not exist")


def test_the_drawer_follows_what_is_made_and_asks_nothing_when_nothing_is(
    admin_page: Page, live_server: Server
) -> None:
    admin_page.goto(f"{live_server.url}/dashboards")
    admin_page.get_by_role("link", name="Welcome Dashboard", exact=True).click()
    expect(admin_page.get_by_label("More", exact=True)).to_be_visible()
    with admin_page.expect_download() as found:
        _menu(admin_page).get_by_role("button", name="Download Excel").click()
    fetched = found.value.url
    expect(admin_page.get_by_role("status").get_by_text("Your export is ready: Welcome Dashboard.xlsx")).to_be_visible()
    asked: list[str] = []
    admin_page.on("request", lambda request: asked.append(request.url))
    drawer = admin_page.locator("#downloads-panel")
    drawer.locator("summary").click()
    line = drawer.get_by_role("listitem").first
    again = line.get_by_label("Download Welcome Dashboard (Excel)")
    assert again.get_attribute("href") in fetched
    # The timer is off: what was finished before this page stays as it is, and nobody asks about it.
    assert not asked
    number = drawer.get_by_role("listitem").count()
    line.get_by_label("Remove Welcome Dashboard (Excel)").click()
    expect(drawer.get_by_role("listitem")).to_have_count(number - 1)
    admin_page.reload()
    drawer.locator("summary").click()
    expect(drawer.get_by_role("listitem")).to_have_count(number - 1)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_drawer_fits_and_is_accessible(profile: Callable[..., Watched], live_server: Server, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = sign_in(profile(width=width, dark=width < 1000).page(), live_server)
    page.goto(f"{live_server.url}/charts")
    page.locator("#downloads-panel > summary").click()
    panel = page.locator(".panel-downloads")
    expect(panel).to_be_visible()
    box = panel.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert not Axe().run(page).response["violations"]
