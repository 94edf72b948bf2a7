"""The main job, end to end, as a newcomer does it on a machine that has never seen Vizapp."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Watched, sign_in
from tests.browser.test_editor import Desk as Editor
from tests.browser.test_wizard import RULES, SALES
from tests.browser.test_wizard import Desk as Wizard
from tests.conftest import Server, start_server, stop_server

pytestmark = pytest.mark.browser
NEW_PASSWORD = "my own long password"


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """What `make run` starts, over an empty data folder."""
    process, server = start_server(tmp_path / "data")
    yield server
    stop_server(process)


def _first_sign_in(page: Page, server: Server) -> None:
    page.goto(server.url)
    expect(page.get_by_text("admin123")).to_be_visible()
    page.fill("#username", "admin")
    page.fill("#password", "admin123")
    page.keyboard.press("Enter")
    page.fill("#current", "admin123")
    page.fill("#password", NEW_PASSWORD)
    page.fill("#again", NEW_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dashboards")
    expect(page.get_by_role("link", name="Welcome Dashboard", exact=True)).to_be_visible()


def _bar_with_series(wizard: Wizard, folder: Path) -> None:
    page = wizard.drop(folder, "my sales.csv").page
    page.get_by_role("button", name="Stacked bar").click()
    page.locator("#wizard-columns [data-value=region]").drag_to(page.locator("[data-drop=series]"))
    expect(page.locator("#wizard-preview .legend-item")).to_have_count(3)
    wizard.save("My amounts")
    expect(page.get_by_role("heading", level=1)).to_have_text("My amounts")


def _arrange(page: Page, server: Server) -> None:
    editor = Editor(page, server).open()
    for name, x, y in (("My amounts", 4, 4), ("Revenue by product", 4, 340), ("Revenue by category", 700, 4)):
        editor.drag_in(name, x, y)
        expect(editor.tile(name)).to_be_visible()
    before = editor.cells()
    head = editor.tile("Revenue by product").locator(".tile-head").bounding_box()
    assert head is not None
    editor.drag((head["x"] + 60, head["y"] + 10), (head["x"] + 700, head["y"] + 20))
    corner = editor.tile("My amounts").bounding_box()
    assert corner is not None
    editor.tile("My amounts").click(position={"x": 60, "y": 20})
    end = (corner["x"] + corner["width"] - 2, corner["y"] + corner["height"] - 2)
    editor.drag(end, (end[0] - 180, end[1] + 116))
    after = editor.cells()
    assert after["Revenue by product"] != before["Revenue by product"], "moved"
    assert after["My amounts"].split(",")[2:] != before["My amounts"].split(",")[2:], "resized"
    editor.save("My dashboard")


def _share(page: Page, server: Server) -> str:
    page.goto(f"{server.url}/dashboards")
    page.get_by_role("link", name="My dashboard", exact=True).click()
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    page.locator("#share-panel summary").click()
    page.get_by_text("30 days").click()
    page.get_by_role("button", name="Create link").click()
    expect(page.locator("#share-address")).to_contain_text("/view/dashboard/")
    return page.locator("#share-address").inner_text()


def test_a_file_becomes_a_dashboard_that_anyone_with_the_link_can_read(
    fresh_server: Server, profile: Callable[..., Watched], tmp_path: Path
) -> None:
    mine = profile()
    mine.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = mine.page()
    _first_sign_in(page, fresh_server)
    _bar_with_series(Wizard(page, fresh_server), tmp_path)
    _arrange(page, fresh_server)
    link = _share(page, fresh_server)
    expect(page.locator(".toast-line")).to_contain_text("Copied")
    assert page.evaluate("() => navigator.clipboard.readText()") == link

    stranger = profile(width=1024)
    public = stranger.page()
    public.goto(link)
    expect(public.get_by_role("heading", level=1)).to_have_text("My dashboard")
    expect(public.locator(".js-plotly-plot .main-svg").nth(2)).to_be_attached()
    for name in ("My amounts", "Revenue by product", "Revenue by category"):
        expect(public.locator(f'.tile[aria-label="{name}"]')).to_be_visible()
    assert public.locator("a[href^='/']").count() == 0
    assert Axe().run(public, options=RULES).response["violations"] == []
    phone = profile(width=390, dark=True).page()
    phone.goto(link)
    expect(phone.locator(".tile").first).to_be_visible()
    assert phone.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")

    page.reload()
    page.locator("#share-panel summary").click()
    expect(page.locator("#share-body")).to_contain_text("Opened 2 times")
    page.get_by_role("button", name="Revoke link").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("Opened 2 times")
    question.get_by_role("button", name="Revoke link").click()
    expect(page.locator(".toast-line", has_text="Link revoked")).to_be_visible()
    stranger.expected = ("410",)
    gone = public.goto(link)
    assert gone is not None
    assert gone.status == 410
    expect(public.get_by_role("heading", level=1)).to_have_text("This link is no longer valid")


def _tab_to(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus, as somebody without a mouse does."""
    expect(target).to_be_attached()
    for _ in range(80):
        if target.evaluate("(el) => el === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not reach {target}")


def _type(page: Page, target: Locator, text: str) -> None:
    _tab_to(page, target)
    page.keyboard.type(text)


def _press(page: Page, target: Locator) -> None:
    _tab_to(page, target)
    page.keyboard.press("Enter")


def test_a_file_becomes_a_dashboard_without_a_mouse(
    fresh_server: Server, profile: Callable[..., Watched], tmp_path: Path
) -> None:
    page = profile().page()
    page.goto(fresh_server.url)
    _type(page, page.locator("#username"), "admin")
    _type(page, page.locator("#password"), "admin123")
    page.keyboard.press("Enter")
    page.wait_for_url("**/password*")
    for field, text in (("#current", "admin123"), ("#password", NEW_PASSWORD), ("#again", NEW_PASSWORD)):
        _type(page, page.locator(field), text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dashboards")
    _press(page, page.locator(".app-tools").get_by_role("link", name="New"))
    page.wait_for_url("**/charts/new")
    path = tmp_path / "by keyboard.csv"
    path.write_text(SALES, encoding="utf-8")
    with page.expect_file_chooser() as chooser:
        _press(page, page.get_by_role("button", name="Choose a file"))
    chooser.value.set_files(path)
    expect(page.locator("#wizard-preview .main-svg").first).to_be_visible()
    _press(page, page.get_by_role("button", name="Stacked bar"))
    expect(page.get_by_role("button", name="Stacked bar")).to_have_attribute("aria-pressed", "true")
    _type(page, page.get_by_label("Series: column"), "reg")
    expect(page.locator("#wizard-preview .legend-item")).to_have_count(3)
    page.keyboard.press("Control+s")
    expect(page.locator("#wizard-name")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Made with keys")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Made with keys")
    _press(page, page.locator("summary", has_text="Add to dashboard"))
    _press(page, page.get_by_role("button", name="New dashboard"))
    editor = Editor(page, fresh_server).ready()
    _tab_to(page, editor.tile("Made with keys"))
    before = editor.cells()["Made with keys"]
    page.keyboard.press("Shift+ArrowDown")
    expect(editor.live).to_contain_text("“Made with keys” at row 1, column 1")
    assert editor.cells()["Made with keys"] != before
    page.keyboard.press("Control+s")
    expect(editor.words).to_have_text("Saved")


def test_signing_out_by_the_menu_ends_the_session(live_server: Server, profile: Callable[..., Watched]) -> None:
    # A profile of its own user: signing out ends every session of that person.
    watched = profile()
    page = sign_in(watched.page(), live_server)
    page.locator("#app-account summary").click()
    page.get_by_role("link", name="Sign out").click()
    page.wait_for_url("**/login")
    page.goto(f"{live_server.url}/charts")
    assert "/login?next=%2Fcharts" in page.url
    page.fill("#username", "admin")
    page.fill("#password", "a long enough password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Charts")


def test_the_search_of_the_bar_finds_charts_and_dashboards(
    live_server: Server, profile: Callable[..., Watched]
) -> None:
    page = sign_in(profile().page(), live_server)
    expect(page.locator("#app-search")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("welcome")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?text=welcome")
    page.get_by_role("link", name="Welcome Dashboard").click()
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()


def test_the_theme_is_switched_and_remembered_and_charts_follow(
    live_server: Server, profile: Callable[..., Watched]
) -> None:
    page = sign_in(profile().page(), live_server)
    page.goto(f"{live_server.url}/dashboards/1")
    plot = page.locator(".js-plotly-plot").first
    expect(plot.locator(".main-svg").first).to_be_visible()
    ink = "() => document.querySelector('.js-plotly-plot').layout.template.layout.font.color"
    light = page.evaluate(ink)
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.wait_for_timeout(500)
    assert page.evaluate(ink) != light
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (1024, False), (390, False), (390, True)])
def test_dashboards_are_accessible_at_every_width(
    live_server: Server, profile: Callable[..., Watched], width: int, dark: bool
) -> None:
    page = sign_in(profile(width=width, dark=dark).page(), live_server)
    for path in ("/dashboards", "/dashboards/1", "/search?text=r"):
        page.goto(live_server.url + path)
        expect(page.locator("h1")).to_be_visible()
        assert Axe().run(page, options=RULES).response["violations"] == [], path
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"), path


def test_a_lost_session_leads_to_sign_in_and_back(live_server: Server, profile: Callable[..., Watched]) -> None:
    watched = profile()
    watched.expected = ("401",)
    page = sign_in(watched.page(), live_server)
    page.goto(f"{live_server.url}/dashboards")
    expect(page.get_by_role("link", name="Welcome Dashboard", exact=True)).to_be_visible()
    watched.context.clear_cookies(name="session")
    page.get_by_label("Search dashboards").fill("wel")
    page.wait_for_url("**/login?next=*")
    page.fill("#username", "admin")
    page.fill("#password", "a long enough password")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboards")
