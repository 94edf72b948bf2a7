"""The menus of charts and dashboards give files; what goes wrong is a page."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Watched, sign_in
from tests.conftest import Server

pytestmark = pytest.mark.browser


def _menu(page: Page) -> Locator:
    page.get_by_label("More", exact=True).click()
    return page.locator(".page-head .dropdown-menu.show:visible")


def _download(page: Page, name: str) -> tuple[str, Path]:
    with page.expect_download() as found:
        _menu(page).get_by_role("link", name=name).click()
    return found.value.suggested_filename, found.value.path()


def test_the_menu_of_a_dashboard_gives_a_workbook_and_an_archive(admin_page: Page, live_server: Server) -> None:
    admin_page.goto(f"{live_server.url}/dashboards")
    admin_page.get_by_role("link", name="Welcome Dashboard", exact=True).click()
    here = admin_page.url
    name, path = _download(admin_page, "Download Excel")
    assert name == "Welcome Dashboard.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    assert book.sheetnames[0] == "Contents"
    assert len(book.sheetnames) > 2
    assert admin_page.url == here
    admin_page.reload()
    name, path = _download(admin_page, "Download CSV")
    assert name == "Welcome Dashboard.zip"
    assert zipfile.ZipFile(path).testzip() is None


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
