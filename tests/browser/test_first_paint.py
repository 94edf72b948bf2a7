"""A dashboard is drawn before Dash starts, and nothing that is done meanwhile is lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Watched, sign_in
from tests.conftest import Server

DRAWN = ".js-plotly-plot .main-svg"


@pytest.fixture
def held(profile: Callable[..., Watched], live_server: Server) -> tuple[Page, list[Route]]:
    """The sample dashboard, drawn; Dash's renderer is held back until the route in the list goes on."""
    page = sign_in(profile().page(), live_server)
    page.goto(f"{live_server.url}/dashboards/1")
    expect(page.locator(DRAWN).first).to_be_visible()
    waiting: list[Route] = []
    page.route("**/dash_renderer*", lambda route: waiting.append(route))  # noqa: PLW0108 - playwright marks its handler
    page.reload(wait_until="commit")
    expect(page.locator(f"#first-paint {DRAWN}").first).to_be_visible()
    return page, waiting


def begin(page: Page, waiting: list[Route]) -> None:
    """Let Dash start, and wait until it has taken over."""
    while not waiting:
        page.wait_for_timeout(20)
    waiting.pop().continue_()
    expect(page.locator("#first-paint")).to_have_count(0)
    expect(page.locator("#react-entry-point main")).to_be_visible()


def test_charts_are_there_before_dash_and_stay_the_same_drawings(held: tuple[Page, list[Route]]) -> None:
    page, waiting = held
    page.evaluate(
        "() => document.querySelectorAll('.js-plotly-plot').forEach((g, i) => { g.dataset.mark = String(i); })"
    )
    before = page.locator("[data-mark]").count()
    heights = "() => document.documentElement.scrollHeight"
    height = page.evaluate(heights)
    begin(page, waiting)
    assert before > 0
    expect(page.locator("#react-entry-point .plot > [data-mark]")).to_have_count(before)
    assert page.evaluate(heights) == height


def test_what_was_typed_before_dash_stays(held: tuple[Page, list[Route]]) -> None:
    page, waiting = held
    page.get_by_label("Search charts and dashboards").fill("rev")
    begin(page, waiting)
    field = page.get_by_label("Search charts and dashboards")
    expect(field).to_have_value("rev")
    expect(field).to_be_focused()


def test_a_press_before_dash_is_made_when_dash_is_there(held: tuple[Page, list[Route]]) -> None:
    page, waiting = held
    page.get_by_label("More", exact=True).click()
    page.get_by_role("button", name="Delete dashboard").click()
    begin(page, waiting)
    expect(page.get_by_role("dialog")).to_contain_text("Delete “Welcome Dashboard”?")


def test_a_legend_hides_its_series_before_and_after(held: tuple[Page, list[Route]]) -> None:
    page, waiting = held
    page.get_by_role("button", name="Store", exact=True).click()
    expect(page.get_by_role("button", name="Store", exact=True)).to_have_attribute("aria-pressed", "false")
    begin(page, waiting)
    expect(page.get_by_role("button", name="Store", exact=True)).to_have_attribute("aria-pressed", "false")
