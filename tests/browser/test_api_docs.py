"""Swagger's page works without any other host and under the content security policy."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched, sign_in
from tests.conftest import Server

pytestmark = pytest.mark.browser


def test_the_document_is_shown_to_anybody(live_server: Server, profile: Callable[..., Watched]) -> None:
    page = profile().page()
    page.goto(f"{live_server.url}/api/docs")
    expect(page.get_by_role("heading", name="Vizapp")).to_be_visible()
    expect(page.locator("#operations-auth-log_in")).to_contain_text("/api/auth/login")
    page.locator("#operations-auth-log_in button.opblock-summary-control").click()
    expect(page.locator("#operations-auth-log_in")).to_contain_text("Tokens for a user name and a password")


def test_a_call_can_be_tried_out_with_the_session_of_the_pages(
    live_server: Server, profile: Callable[..., Watched]
) -> None:
    page = profile().page()
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/api/docs")
    call = page.locator("#operations-auth-create_api_key")
    call.locator("button.opblock-summary-control").click()
    call.get_by_role("button", name="Try it out").click()
    call.locator("textarea.body-param__text").fill('{"name": "tried out"}')
    call.get_by_role("button", name="Execute").click()
    expect(call.locator(".live-responses-table tr.response .response-col_status")).to_contain_text("201")
    expect(call.locator(".live-responses-table")).to_contain_text("vz_")
