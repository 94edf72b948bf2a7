"""Pictures from the menus: what the screen shows, with a word while they are drawn and one when they cannot be."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageChops
from playwright.sync_api import Download, Page, Route, expect

from tests.browser.conftest import Watched, sign_in
from tests.conftest import Server

pytestmark = pytest.mark.browser
IMAGES = "**/api/export/**/image*"


@pytest.fixture
def board(admin_page: Page, live_server: Server) -> Page:
    """The sample dashboard, drawn."""
    return opened(admin_page, live_server)


def opened(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/dashboards")
    page.get_by_role("link", name="Welcome Dashboard", exact=True).click()
    expect(page.locator("#react-entry-point .js-plotly-plot")).to_have_count(5)
    return page


def menu(page: Page, name: str) -> None:
    page.get_by_label(name, exact=True).click()


def download(page: Page, name: str) -> Download:
    with page.expect_download() as found:
        page.get_by_role("link", name=name).locator("visible=true").click()
    return found.value


def image(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes())).convert("RGB")


def test_the_picture_of_a_dashboard_is_what_the_screen_shows(
    profile: Callable[..., Watched], live_server: Server
) -> None:
    page = opened(sign_in(profile(height=1600).page(), live_server), live_server)
    expect(page.locator("[aria-busy]")).to_have_count(0)
    page.get_by_text("Share", exact=True).click()
    name, taken = (found := download(page, "PNG image")).suggested_filename, image(found.path())
    assert name == "Welcome Dashboard.png"
    expect(page.get_by_text("Welcome Dashboard.png is in your downloads")).to_be_visible()
    page.get_by_label("Close", exact=True).click()
    page.mouse.move(0, 0)
    place = page.locator(".board").bounding_box()
    assert place is not None
    shown = Image.open(io.BytesIO(page.locator(".board").screenshot())).convert("RGB")
    small = taken.resize((taken.width // 2, taken.height // 2), Image.Resampling.BOX)
    bar = page.locator(".app-bar").bounding_box()
    assert bar is not None
    left, top = round(place["x"]), round(place["y"] - bar["height"])
    drawn = small.crop((left, top, left + shown.width, top + shown.height))
    # Twice as many pixels made small again differ at the edges of letters, not in what is where.
    apart = ImageChops.difference(drawn, shown).convert("L").point(lambda value: 255 if value > 96 else 0)
    assert apart.histogram()[255] < 0.002 * shown.width * shown.height


def test_a_picture_has_the_theme_of_the_page_and_a_tile_gives_its_own(
    profile: Callable[..., Watched], live_server: Server
) -> None:
    page = opened(sign_in(profile(dark=True).page(), live_server), live_server)
    menu(page, "More")
    assert image(download(page, "Download PNG image").path()).getpixel((0, 0)) == (0x0D, 0x11, 0x17)
    page.locator(".tile-kpi").first.hover()
    menu(page, "More about Revenue")
    found = download(page, "Download SVG image")
    assert found.suggested_filename == "Revenue.svg"
    assert "1.84M" in found.path().read_text()
    menu(page, "More about Revenue by product")
    assert Axe().run(page).violations_count == 0


def test_what_cannot_be_drawn_says_why_and_can_be_tried_again(
    profile: Callable[..., Watched], live_server: Server
) -> None:
    watched = profile()
    watched.expected = ("status of 503",)
    page = opened(sign_in(watched.page(), live_server), live_server)
    said = "Many pictures are being made just now."
    body = json.dumps({"error": {"code": "SERVICE_UNAVAILABLE", "message": said}})
    page.route(IMAGES, lambda route: route.fulfill(status=503, content_type="application/json", body=body))
    menu(page, "More")
    page.get_by_role("link", name="Download PNG image").locator("visible=true").click()
    line = page.locator(".toast-line")
    expect(line).to_contain_text(said)
    page.unroute(IMAGES)
    with page.expect_download() as found:
        line.get_by_role("button", name="Retry").click()
    assert found.value.suggested_filename == "Welcome Dashboard.png"
    expect(page.get_by_text(said)).to_have_count(0)


def test_a_picture_that_is_waited_for_says_so_and_can_be_cancelled(board: Page) -> None:
    held: list[Route] = []
    board.route(IMAGES, lambda route: held.append(route))  # noqa: PLW0108 - playwright marks what it is given
    menu(board, "More")
    board.get_by_role("link", name="Download PNG image").locator("visible=true").click()
    line = board.locator(".toast-line")
    expect(line).to_contain_text("Drawing the picture")
    expect(line).to_contain_text(" s")
    line.get_by_role("button", name="Cancel").click()
    expect(line).to_have_count(0)
    assert len(held) == 1
