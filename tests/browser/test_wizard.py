"""A newcomer's way from a file to a saved chart on a dashboard, with the mouse and with keys alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched, sign_in
from tests.conftest import Server
from tests.factories import SALES

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


class Desk:
    """The wizard as somebody in front of the screen has it."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server
        page.on("dialog", lambda dialog: dialog.accept())

    def drop(self, folder: Path, name: str) -> "Desk":
        """New chart from a file of one's own."""
        path = folder / name
        path.write_text(SALES, encoding="utf-8")
        self.page.goto(f"{self.server.url}/charts/new")
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Choose a file").click()
        chooser.value.set_files(path)
        self.page.wait_for_url("**/charts/new?dataset=*")
        return self.drawn()

    def drawn(self) -> "Desk":
        expect(self.page.locator("#wizard-preview .main-svg").first).to_be_visible()
        return self

    def says(self, text: str) -> None:
        """The subtitle of the preview."""
        expect(self.page.locator("#wizard-preview .tile-sub")).to_contain_text(text)

    def choose(self, label: str, value: str) -> None:
        self.page.get_by_label(label).select_option(value)

    def save(self, name: str = "") -> None:
        self.page.get_by_role("button", name="Save chart").first.click()
        if name:
            self.page.fill("#wizard-name", name)
        self.page.locator("#wizard-confirm").click()
        self.page.wait_for_url(lambda url: "/charts/new" not in url and "/edit" not in url)


@pytest.fixture
def desk(admin_page: Page, live_server: Server) -> Desk:
    return Desk(admin_page, live_server)


def test_three_clicks_lead_from_a_file_to_a_saved_chart(desk: Desk, tmp_path: Path) -> None:
    desk.drop(tmp_path, "three clicks.csv")
    expect(desk.page.get_by_role("link", name="Review types")).to_be_visible()
    desk.save()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("Amount by day")
    expect(desk.page.locator(".toast-line")).to_contain_text("Chart saved")


def test_a_chart_is_made_by_mouse_and_put_on_a_dashboard(desk: Desk, tmp_path: Path) -> None:
    page = desk.drop(tmp_path, "by mouse.csv").page
    page.get_by_role("button", name="Stacked bar").click()
    expect(page.get_by_role("button", name="Stacked bar")).to_have_attribute("aria-pressed", "true")
    page.locator("#wizard-columns [data-value=region]").drag_to(page.locator("[data-drop=series]"))
    expect(page.locator("#wizard-preview .legend-item")).to_have_count(3)
    desk.choose("Step of time", "quarter")
    desk.says("by quarter")
    page.locator("#wizard-preview .title-edit").fill("Amount, my way")
    desk.save("Amount by quarter and region")
    page.get_by_text("Add to dashboard").click()
    page.get_by_role("button", name="New dashboard").click()
    page.wait_for_url("**/dashboards/*/edit")
    expect(page.locator(".tile", has_text="Amount, my way")).to_be_visible()


def test_a_chart_is_made_by_keyboard_alone(desk: Desk, tmp_path: Path) -> None:
    page = desk.drop(tmp_path, "by keys.csv").page
    page.get_by_label("Series: column").focus()
    page.keyboard.type("reg")
    expect(page.locator("#wizard-preview .tile-body")).to_contain_text("North")
    expect(page.get_by_label("Series: column")).to_be_focused()
    page.keyboard.press("Control+s")
    expect(page.locator("#wizard-name")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Made with keys")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Made with keys")


def test_what_is_wrong_is_said_where_it_can_be_mended(desk: Desk, tmp_path: Path) -> None:
    page = desk.drop(tmp_path, "wrong.csv").page
    page.get_by_role("button", name="Remove day").click()
    expect(page.locator("#wizard-step-3 .field-error")).to_have_text("Line needs an X axis")
    desk.choose("X axis: column", "product")
    expect(page.locator("#wizard-step-3 .field-error")).to_have_count(0)
    desk.choose("Add a filter on", "units")
    expect(page.locator(".filter-line .field-error")).to_have_text("Choose a value")
    page.get_by_label("Value of units").fill("1000")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Clear “units”").click()
    desk.drawn()
    page.get_by_role("button", name="Save chart").first.click()
    page.fill("#wizard-name", "")
    page.locator("#wizard-confirm").click()
    expect(page.locator("#wizard-form .field-error")).to_have_text("Chart name is required")
    page.keyboard.press("Escape")
    expect(page.locator("#wizard-dialog")).to_be_hidden()


def test_a_chart_type_that_does_not_fit_says_why_when_it_is_pressed(desk: Desk, tmp_path: Path) -> None:
    page = desk.drop(tmp_path, "no pie.csv").page
    refused = page.locator("button[data-do=refused]").first
    reason = refused.get_attribute("title")
    assert reason
    refused.press("Enter")
    expect(page.locator(".toast-line")).to_contain_text(reason)


def test_a_reload_keeps_the_draft_and_leaving_gives_it_up(desk: Desk, tmp_path: Path) -> None:
    page = desk.drop(tmp_path, "reload.csv").page
    desk.choose("Step of time", "week")
    desk.says("by week")
    page.reload()
    desk.says("by week")
    expect(page.locator(".save-state")).to_contain_text("1 unsaved change")
    address = page.url
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/charts")
    page.goto(address)
    desk.says("by month")


def test_two_people_saving_lose_nothing(desk: Desk, tmp_path: Path) -> None:
    page = desk.drop(tmp_path, "stale.csv").page
    desk.save("Shared chart")
    edit = f"{page.url.partition('?')[0]}/edit"
    other = Desk(page.context.new_page(), desk.server)
    for each in (desk, other):
        each.page.goto(edit)
        each.drawn()
    other.choose("Step of time", "year")
    other.says("by year")
    other.save()
    desk.choose("Step of time", "week")
    desk.says("by week")
    page.get_by_role("button", name="Save chart").first.click()
    page.locator("#wizard-confirm").click()
    page.get_by_role("button", name="Save as a copy").click()
    page.wait_for_url(lambda url: "/edit" not in url)
    assert page.url != edit.removesuffix("/edit")


def test_another_file_moves_the_chart_that_is_being_changed(desk: Desk, tmp_path: Path) -> None:
    page = desk.drop(tmp_path, "first.csv").page
    desk.save("Moving")
    edit = f"{page.url.partition('?')[0]}/edit"
    page.goto(edit)
    desk.drawn()
    desk.choose("Step of time", "week")
    desk.says("by week")
    path = tmp_path / "second.csv"
    path.write_text(SALES, encoding="utf-8")
    page.get_by_label("Data: first.csv").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload another file").click()
    chooser.value.set_files(path)
    page.wait_for_url(f"{edit}?dataset=*")
    desk.says("by week")
    expect(page.get_by_label("Data: second.csv")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False)])
def test_every_page_is_accessible(
    profile: Callable[..., Watched], live_server: Server, tmp_path: Path, width: int, dark: bool
) -> None:
    page = sign_in(profile(width=width, dark=dark).page(), live_server)
    Desk(page, live_server).drop(tmp_path, f"axe {width} {dark}.csv")
    page.locator("#wizard-steps [data-at='4']").click()
    expect(page.locator("#wizard-steps [data-at='4']")).to_have_attribute("aria-current", "step")
    assert Axe().run(page, options=RULES).response["violations"] == []
    for path in ("/charts", "/charts/1", "/datasets", "/datasets/1", "/charts/new"):
        page.goto(live_server.url + path)
        expect(page.locator("h1")).to_be_visible()
        assert Axe().run(page, options=RULES).response["violations"] == []
