"""A dashboard is arranged with a mouse and with keys, saved, and nothing is ever lost on the way."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Watched, sign_in
from tests.conftest import Server

pytestmark = pytest.mark.browser

ONE, TWO = "1 unsaved change, kept in this browser", "2 unsaved changes, kept in this browser"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


class Desk:
    """The editor as somebody in front of the screen has it."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server
        page.on("dialog", lambda dialog: dialog.accept())

    def open(self, path: str = "/dashboards/new") -> "Desk":
        self.page.goto(self.server.url + path)
        return self.ready()

    def ready(self) -> "Desk":
        expect(self.words).not_to_have_text("")
        self.page.wait_for_function("() => window.VizappEditor && VizappEditor.props('editor-history').data")
        return self

    @property
    def words(self) -> Locator:
        return self.page.locator("#editor-save-words")

    @property
    def live(self) -> Locator:
        return self.page.locator("#editor-live")

    def item(self, name: str) -> Locator:
        return self.page.locator(f'.side-item[data-name="{name}"]')

    def tile(self, name: str) -> Locator:
        return self.page.locator(f'.slot:not(.is-gone) > .tile[aria-label="{name}"]')

    def add(self, *names: str) -> None:
        for name in names:
            self.item(name).locator(".side-add").click()
            expect(self.tile(name)).to_be_visible()

    def cells(self) -> dict[str, str]:
        """Chart name → x,y,w,h in the draft."""
        return self.page.evaluate(
            """() => Object.fromEntries(VizappEditor.items().map(({ chartId, position: { x, y, w, h } }) =>
                 [VizappEditor.nameOf(chartId), [x, y, w, h].join()]))"""
        )

    def drag(self, start: tuple[float, float], end: tuple[float, float], steps: int = 15) -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        for step in range(1, steps + 1):
            mouse.move(*(a + (b - a) * step / steps for a, b in zip(start, end, strict=True)))
            self.page.wait_for_timeout(15)
        self.page.wait_for_timeout(100)
        mouse.up()

    def drag_in(self, name: str, x: float, y: float) -> None:
        """From the side bar to a point of the grid."""
        box, grid = self.item(name).bounding_box(), self.page.locator(".react-grid-layout").bounding_box()
        assert box is not None
        assert grid is not None
        self.drag((box["x"] + 60, box["y"] + box["height"] / 2), (grid["x"] + x, grid["y"] + y))

    def save(self, name: str = "") -> "Desk":
        if name:
            self.page.fill("#editor-name", name)
        self.page.keyboard.press("Control+s")
        expect(self.words).to_have_text("Saved")
        return self


@pytest.fixture
def desk(admin_page: Page, live_server: Server) -> Desk:
    return Desk(admin_page, live_server).open()


@pytest.fixture
def saved_desk(desk: Desk) -> Desk:
    """A stored dashboard with two charts."""
    desk.add("Revenue", "Revenue by product")
    return desk.save("Two charts")


def test_a_chart_lands_where_it_is_dropped_in_its_own_size(desk: Desk) -> None:
    desk.drag_in("Revenue", 4, 4)
    expect(desk.words).to_have_text(ONE)
    desk.drag_in("Revenue by product", 4, 130)
    expect(desk.words).to_have_text(TWO)
    desk.drag_in("Products compared", 700, 4)
    expect(desk.tile("Products compared").locator("table")).to_be_visible()
    expect(desk.tile("Revenue by product").locator(".main-svg").first).to_be_visible()
    assert desk.cells() == {"Revenue": "0,0,3,1", "Revenue by product": "0,1,6,3", "Products compared": "6,0,6,4"}
    expect(desk.item("Revenue")).to_have_class("side-item is-placed")


def test_what_stands_in_the_way_moves_aside_and_back(desk: Desk) -> None:
    desk.add("Revenue by product")
    desk.drag_in("Revenue", 4, 4)
    expect(desk.words).to_have_text(TWO)
    assert desk.cells() == {"Revenue": "0,0,3,1", "Revenue by product": "0,1,6,3"}
    desk.page.click("#editor-undo")
    expect(desk.words).to_have_text(ONE)
    assert desk.cells() == {"Revenue by product": "0,0,6,3"}


def test_a_chart_that_is_not_dropped_on_the_grid_changes_nothing(desk: Desk) -> None:
    desk.add("Revenue by product")
    box = desk.item("Revenue").bounding_box()
    grid = desk.page.locator(".react-grid-layout").bounding_box()
    assert box is not None
    assert grid is not None
    mouse = desk.page.mouse
    mouse.move(box["x"] + 60, box["y"] + 20)
    mouse.down()
    for x, y in ((grid["x"] + 50, grid["y"] + 80), (grid["x"] + 60, grid["y"] + 40), (box["x"] + 60, box["y"] - 40)):
        mouse.move(x, y, steps=8)
        desk.page.wait_for_timeout(100)
    mouse.up()
    desk.page.wait_for_timeout(400)
    expect(desk.words).to_have_text(ONE)
    assert desk.cells() == {"Revenue by product": "0,0,6,3"}
    shown = desk.tile("Revenue by product").evaluate("(el) => el.closest('.react-grid-item').style.transform")
    assert shown == "translate(0px, 0px)"


def test_stored_layouts_with_gaps_overlaps_and_overhang_are_put_right(desk: Desk) -> None:
    stored = [
        {"chartId": n, "position": dict(zip("xywh", cells, strict=True))}
        for n, cells in enumerate([(0, 5, 6, 3), (0, 5, 6, 3), (3, 6, 6, 3), (10, 0, 6, 1), (0, 90, 40, 2)])
    ]
    packed = desk.page.evaluate("(items) => VizappLayout.pack(items, 12)", stored)
    assert [tuple(item["position"][key] for key in "xywh") for item in packed] == [
        (0, 0, 6, 3),
        (0, 3, 6, 3),
        (3, 6, 6, 3),
        (6, 0, 6, 1),
        (0, 9, 12, 2),
    ]


def test_a_tile_is_moved_and_resized_by_mouse(desk: Desk) -> None:
    desk.add("Revenue by product", "Orders by month and region")
    title = desk.tile("Revenue by product").locator(".tile-title").bounding_box()
    assert title is not None
    desk.drag((title["x"] + 5, title["y"] + 5), (title["x"] + 585, title["y"] + 5))
    expect(desk.page.locator("#editor-undo")).to_have_attribute("aria-label", "Undo: move Revenue by product")
    assert desk.cells() == {"Revenue by product": "6,0,6,3", "Orders by month and region": "6,3,6,3"}
    desk.tile("Revenue by product").locator(".tile-title").click()
    box = desk.tile("Revenue by product").bounding_box()
    assert box is not None
    corner = (box["x"] + box["width"] - 1, box["y"] + box["height"] - 1)
    desk.drag(corner, (corner[0] - 200, corner[1] + 116))
    expect(desk.page.locator("#editor-undo")).to_have_attribute("aria-label", "Undo: resize Revenue by product")
    assert desk.cells()["Revenue by product"].endswith(",4,4")


def test_adding_and_removing_leaves_the_other_charts_drawn(desk: Desk) -> None:
    desk.add("Revenue by product", "Orders by month and region")
    expect(desk.page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    desk.page.wait_for_function("() => document.querySelectorAll('.slot .js-plotly-plot').length === 2")
    marks = "() => [...document.querySelectorAll('.slot .js-plotly-plot')].map((el) => el.marked || 0)"
    desk.page.evaluate(
        "() => document.querySelectorAll('.slot .js-plotly-plot').forEach((el, n) => (el.marked = n + 1))"
    )
    desk.add("Average rating by delivery days")
    desk.page.wait_for_function("() => document.querySelectorAll('.slot .js-plotly-plot').length === 3")
    assert desk.page.evaluate(marks) == [1, 2, 0]
    desk.tile("Revenue by product").locator(".tile-title").click()
    desk.page.keyboard.press("Delete")
    expect(desk.tile("Revenue by product")).to_have_count(0)
    assert desk.page.evaluate(marks) == [1, 2, 0]
    desk.page.keyboard.press("Control+z")
    expect(desk.tile("Revenue by product").locator(".main-svg").first).to_be_visible()
    assert desk.page.evaluate(marks) == [1, 2, 0]


def test_more_charts_than_there_are_spare_places_are_all_shown(desk: Desk) -> None:
    desk.page.evaluate(
        """() => {
            const { write, props } = VizappEditor;
            write("editor-about", { data: { ...props("editor-about").data, places: 2 } });
            write("editor-grid", { children: props("editor-grid").children.slice(0, 2) });
        }"""
    )
    names = ("Revenue", "Orders", "Average rating", "Revenue by product")
    desk.add(*names)
    expect(desk.page.locator(".slot:not(.is-free) .tile .kpi-value")).to_have_count(3)
    assert set(desk.cells()) == set(names)


def test_without_a_mouse_a_chart_is_added_moved_resized_and_removed(desk: Desk) -> None:
    desk.item("Revenue").locator(".side-add").focus()
    desk.page.keyboard.press("Enter")
    expect(desk.live).to_have_text("“Revenue” added at row 1, column 1, 3 by 1")
    desk.page.keyboard.press("Enter")  # it is there already: go to it
    expect(desk.tile("Revenue")).to_be_focused()
    for key, said in (
        ("ArrowRight", "“Revenue” at row 1, column 2, 3 by 1"),
        ("Shift+ArrowDown", "“Revenue” at row 1, column 2, 3 by 2"),
        ("Shift+ArrowRight", "“Revenue” at row 1, column 2, 4 by 2"),
        ("Control+z", "Undone: resize Revenue"),
        ("Control+Shift+z", "Done again: resize Revenue"),
        ("Delete", "“Revenue” removed"),
    ):
        desk.page.keyboard.press(key)
        expect(desk.live).to_have_text(said)
    expect(desk.page.locator("#editor-search")).to_be_focused()


def test_without_a_name_nothing_is_saved_and_the_field_says_so(desk: Desk) -> None:
    desk.add("Revenue")
    desk.page.keyboard.press("Control+s")
    expect(desk.page.locator("#editor-name-error")).to_have_text("Dashboard name is required")
    expect(desk.page.locator("#editor-name")).to_be_focused()
    expect(desk.page.locator("#editor-name")).to_have_attribute("aria-invalid", "true")
    desk.page.keyboard.type("Named")
    expect(desk.page.locator("#editor-name-error")).to_have_text("")
    desk.save()
    expect(desk.page).to_have_url(desk.page.url)
    assert desk.page.url.endswith("/edit")


def test_what_was_saved_is_what_the_dashboard_shows(saved_desk: Desk) -> None:
    page = saved_desk.page
    page.click("#editor-back")
    expect(page.locator("h1")).to_have_text("Two charts")
    expect(page.locator(".board .tile")).to_have_count(2)
    page.get_by_role("link", name="Edit", exact=True).click()
    saved_desk.ready()
    assert saved_desk.cells() == {"Revenue": "0,0,3,1", "Revenue by product": "3,0,6,3"}
    expect(saved_desk.words).to_have_text("Saved")


def test_undo_goes_back_beyond_a_save_and_counts_from_there(saved_desk: Desk) -> None:
    saved_desk.page.click("#editor-undo")
    expect(saved_desk.words).to_have_text(ONE)
    saved_desk.page.click("#editor-redo")
    expect(saved_desk.words).to_have_text("Saved")


def test_settings_are_seen_at_once_and_saved(saved_desk: Desk) -> None:
    page = saved_desk.page
    page.locator("#editor-settings summary").click()
    page.fill("#editor-description", "What sells")
    page.get_by_label("Own background colour").check()
    page.fill("#editor-background", "#e6eef5")
    page.select_option("#editor-padding", "32")
    page.select_option("#editor-auto-refresh", "60")
    expect(page.locator("#editor-canvas")).to_have_css("background-color", "rgb(230, 238, 245)")
    saved_desk.save().open("/" + page.url.split("/", 3)[3])
    page.locator("#editor-settings summary").click()
    expect(page.locator("#editor-background")).to_have_value("#e6eef5")
    expect(page.locator("#editor-padding")).to_have_value("32")
    expect(page.locator("#editor-auto-refresh")).to_have_value("60")
    expect(page.locator("#editor-description")).to_have_value("What sells")


def test_discarding_goes_back_to_what_is_saved_and_can_be_undone(saved_desk: Desk) -> None:
    saved_desk.add("Orders", "Average rating")
    expect(saved_desk.words).to_have_text(TWO)
    saved_desk.page.click("#editor-discard")
    expect(saved_desk.words).to_have_text("Saved")
    assert len(saved_desk.cells()) == 2
    saved_desk.page.click("#editor-undo")
    expect(saved_desk.words).to_have_text(TWO)
    assert len(saved_desk.cells()) == 4


def test_unsaved_changes_survive_a_reload(saved_desk: Desk) -> None:
    saved_desk.add("Orders")
    before = saved_desk.cells()
    saved_desk.page.reload()
    saved_desk.ready()
    offer = saved_desk.page.locator("#editor-offer")
    expect(offer).to_contain_text("This browser kept 1 unsaved change")
    saved_desk.page.click("#editor-restore")
    expect(offer).to_be_hidden()
    expect(saved_desk.words).to_have_text(ONE)
    expect(saved_desk.tile("Orders").locator(".kpi-value")).to_be_visible()
    assert saved_desk.cells() == before
    saved_desk.save()
    saved_desk.page.reload()
    expect(saved_desk.ready().words).to_have_text("Saved")
    expect(offer).to_be_hidden()


def test_an_earlier_draft_is_not_overwritten_before_it_is_answered(saved_desk: Desk) -> None:
    saved_desk.add("Orders")
    saved_desk.page.reload()
    saved_desk.ready().add("Average rating")
    expect(saved_desk.words).to_have_text("1 unsaved change")
    saved_desk.page.reload()
    expect(saved_desk.ready().page.locator("#editor-offer")).to_contain_text("1 unsaved change")
    saved_desk.page.click("#editor-restore")
    expect(saved_desk.tile("Orders")).to_be_visible()


def test_a_draft_can_be_thrown_away(saved_desk: Desk) -> None:
    saved_desk.add("Orders")
    saved_desk.page.reload()
    saved_desk.ready().page.click("#editor-forget")
    saved_desk.page.reload()
    expect(saved_desk.ready().page.locator("#editor-offer")).to_be_hidden()
    assert len(saved_desk.cells()) == 2


def test_leaving_for_a_chart_asks_when_something_is_unsaved(saved_desk: Desk) -> None:
    asked: list[str] = []
    saved_desk.page.on("dialog", lambda dialog: asked.append(dialog.message))
    saved_desk.add("Orders")
    saved_desk.tile("Revenue by product").locator(".tile-title").click()
    saved_desk.tile("Revenue by product").get_by_role("link", name="Edit chart").click()
    saved_desk.page.wait_for_url(lambda url: "/charts/" in url)
    assert "not saved" in asked[0]


@pytest.fixture
def rival(profile: Callable[..., Watched], live_server: Server, saved_desk: Desk) -> Desk:
    """The same dashboard, opened and then changed and saved by somebody in another browser."""
    mine = saved_desk.page.url.removeprefix(live_server.url)
    other = Desk(sign_in(profile().page(), live_server), live_server).open(mine)
    other.save("Theirs")
    saved_desk.add("Orders")
    saved_desk.page.fill("#editor-name", "Mine")
    saved_desk.page.keyboard.press("Control+s")
    expect(saved_desk.page.locator(".modal")).to_contain_text("Somebody saved meanwhile")
    return other


def test_after_a_conflict_mine_can_be_a_copy(saved_desk: Desk, rival: Desk) -> None:
    before = saved_desk.page.url
    saved_desk.page.click("#editor-copy")
    expect(saved_desk.page.locator("#editor-name")).to_have_value("Mine (copy)")
    assert saved_desk.page.url != before
    assert len(saved_desk.ready().cells()) == 3
    rival.page.reload()
    expect(rival.ready().page.locator("#editor-name")).to_have_value("Theirs")


def test_after_a_conflict_mine_can_take_the_place_of_theirs(saved_desk: Desk, rival: Desk) -> None:
    saved_desk.page.click("#editor-overwrite")
    expect(saved_desk.words).to_have_text("Saved")
    expect(saved_desk.page.locator(".modal")).to_have_count(0)
    rival.page.reload()
    expect(rival.ready().page.locator("#editor-name")).to_have_value("Mine")


def test_after_a_conflict_theirs_is_loaded_and_mine_stays_a_draft(saved_desk: Desk, rival: Desk) -> None:
    page = saved_desk.page
    page.click("#editor-theirs")
    expect(page.locator("#editor-offer")).to_contain_text("Somebody saved this dashboard after you made them")
    expect(page.locator("#editor-name")).to_have_value("Theirs")
    page.click("#editor-restore")
    expect(page.locator("#editor-name")).to_have_value("Mine")
    page.keyboard.press("Control+s")
    expect(page.locator(".modal")).to_contain_text("Somebody saved meanwhile")


def test_a_dashboard_is_deleted_only_after_asking(saved_desk: Desk) -> None:
    page = saved_desk.page
    page.click("#editor-back")
    page.get_by_label("More", exact=True).click()
    page.click("#board-delete")
    expect(page.locator(".modal")).to_contain_text("Delete “Two charts”?")
    page.click("#board-delete-cancel")
    expect(page.locator(".modal")).to_have_count(0)
    page.get_by_label("More", exact=True).click()
    page.click("#board-delete")
    page.click("#board-delete-confirmed")
    page.wait_for_url(lambda url: url.endswith("/dashboards"))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1440, 1024])
def test_the_editor_has_no_accessibility_violation(
    width: int, dark: bool, profile: Callable[..., Watched], live_server: Server
) -> None:
    desk = Desk(sign_in(profile(width=width, dark=dark).page(), live_server), live_server).open("/dashboards/1/edit")
    desk.tile("Revenue by product").locator(".tile-title").click()
    desk.page.locator("#editor-settings summary").click()
    desk.page.wait_for_timeout(500)
    found = Axe().run(desk.page, options=RULES).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


def test_on_a_phone_the_editor_leads_to_the_dashboard(profile: Callable[..., Watched], live_server: Server) -> None:
    page = sign_in(profile(width=390, height=844).page(), live_server)
    page.goto(f"{live_server.url}/dashboards/1/edit")
    expect(page.get_by_text("Editing needs a wider screen")).to_be_visible()
    expect(page.locator(".editor")).to_be_hidden()
    page.get_by_role("link", name="Open the dashboard").click()
    expect(page.locator("h1")).to_have_text("Welcome Dashboard")
