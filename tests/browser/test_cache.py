"""How old a tile's data is, asking it anew by its menu, and the cache in the settings."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched, sign_in
from tests.conftest import Server


def test_a_tile_is_refreshed_by_its_menu_and_the_page_tells_the_oldest(admin_page: Page, live_server: Server) -> None:
    admin_page.goto(f"{live_server.url}/dashboards/1")
    expect(admin_page.locator("#first-paint")).to_have_count(0)
    tiles = admin_page.locator(".tile")
    expect(tiles.locator("[data-as-of]")).to_have_count(tiles.count())
    expect(admin_page.locator(".as-of").first).to_contain_text("Data as of")
    tile = tiles.filter(has_text="Revenue by product")
    others = admin_page.locator(".tile").filter(has_not_text="Revenue by product")
    before, rest = _moments(tile), _moments(others)
    tile.hover()
    tile.locator("summary").click()
    expect(tile.locator(".dropdown-header")).to_contain_text("Data as of")
    tile.get_by_role("button", name="Refresh").click()
    expect(tile.locator(f'[data-as-of="{before[0]}"]')).to_have_count(0)
    assert _moments(tile)[0] > before[0]
    assert _moments(others) == rest
    oldest = min(rest)
    expect(admin_page.locator(".meta > .as-of time")).to_have_attribute("datetime", oldest)


def _moments(tiles: object) -> list[str]:
    found: list[str] = tiles.locator("[data-as-of]").evaluate_all("all => all.map((el) => el.dataset.asOf)")  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_the_cache_in_the_settings_is_emptied_and_accessible(
    profile: Callable[..., Watched], live_server: Server, width: int, dark: bool
) -> None:
    page = sign_in(profile(width=width, dark=dark).page(), live_server)
    page.goto(f"{live_server.url}/settings/cache")
    expect(page.locator("#cache-ttl")).to_have_value("300")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("The cache is empty")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("0 Bytes of 128.0 MB")
    assert not Axe().run(page).response["violations"]
