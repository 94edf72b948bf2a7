"""What the building blocks do by themselves in a browser: theme, legend, drawings, keys, menus, upload."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dash import Dash, Input, Output, dcc, html
from flask import Flask, jsonify, request
from playwright.sync_api import Page
from werkzeug.serving import make_server

from components import board, controls, feedback, ids, shell, tile, upload
from components.icons import svg
from tests.browser.conftest import Watched
from vizapp.schemas.dashboard import Position
from vizapp.schemas.view import LegendItem, Picture

ASSETS = Path(__file__).parents[2] / "assets"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (ASSETS / "vendor" / ".stamp").exists(), reason="needs scripts/frontend.py"),
]

FIGURE = {
    "data": [{"type": "bar", "x": ["a", "b"], "y": [1, 2], "name": name} for name in ("one", "two")],
    "layout": {"barmode": "stack"},
}
PICTURE = Picture(
    summary="Bars", figure=FIGURE, legend=(LegendItem("one", "#0072b2", 0), LegendItem("two", "#e69f00", 1))
)
EVIL = (
    '<svg viewBox="0 0 1 1" onload="window.hurt=1"><script>window.hurt=1</script><a href="javascript:1"><rect/></a>'
    '<rect fill="url(http://elsewhere.example/x)" style="x" width="1"/><image href="http://elsewhere.example/x"/></svg>'
)
INDEX = """<!DOCTYPE html><html lang="en"><head>{%metas%}<title>t</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/vendor/bootstrap.min.css">{%css%}
<script src="/assets/00-boot.js"></script><script src="/assets/theme.js"></script>
<script src="/assets/vendor/plotly-basic.min.js"></script>
</head><body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body></html>"""
POLICY = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"


def _layout() -> html.Div:
    zone = upload.upload_zone(upload.choose_button(), url="/take", store="taken", id="zone", limit_bytes=1000)
    return html.Div(
        [
            dcc.Location(id="location"),
            shell.app_bar(
                [shell.NavItem("/one", "One"), shell.NavItem("/two", "Two", also="/second")], user_name="Ana Duarte"
            ),
            shell.page(
                [
                    board.board([tile.tile("Bars", PICTURE, graph_id="graph", position=Position(x=0, y=0, w=6, h=3))]),
                    svg(EVIL, class_name="thumb evil"),
                    feedback.save_button(id="save"),
                    html.Output(id="saved"),
                    controls.copy_button("copied text"),
                    html.Div(feedback.save_state(0), id="state"),
                    zone,
                    dcc.Store(id="taken"),
                    html.Output(id="told"),
                    feedback.toast_host(),
                ]
            ),
        ]
    )


def _app() -> Flask:
    server = Flask("blocks")
    app = Dash(
        "blocks",
        server=server,
        assets_folder=str(ASSETS),
        assets_path_ignore=["^vendor$"],
        use_pages=False,
        assets_ignore=r"^(?!(account|clientside|drawings|figures|upload)\.js$|.*\.css$)",
    )
    app.index_string = INDEX
    app.layout = _layout

    @app.callback(
        Output("saved", "children"),
        Output(ids.Shell.toasts, "data-toast"),
        Input("save", "n_clicks"),
        prevent_initial_call=True,
    )
    def _save(clicks):
        return f"saved {clicks}", feedback.toast("Saved", "good")

    @app.callback(Output("told", "children"), Input("taken", "data"), prevent_initial_call=True)
    def _told(data):
        return f"{data['name']} {data['token']}"

    @server.post("/take")
    def _take():
        file = request.files["file"]
        if file.filename == "bad.csv":
            return jsonify(error={"message": "Line 7 is too long."}), 422
        return jsonify(name=file.filename, token=request.headers["X-CSRFToken"])

    @server.after_request
    def _policy(response):
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return server


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, _app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(profile: Callable[..., Watched], address: str) -> Page:
    watched = profile()
    watched.expected = ("422",)  # a refused upload
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
    watched.context.add_cookies([{"name": "_csrf_token", "value": "t0ken", "url": address}])
    page = watched.page()
    page.goto(f"{address}/one")
    page.wait_for_selector(".js-plotly-plot .main-svg")
    return page


def _until(page: Page, condition: str) -> None:
    """Playwright's own wait evaluates text in the page, which the policy forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never: {condition}")


def _ink(page: Page) -> object:
    return page.evaluate("document.querySelector('.js-plotly-plot').layout.template.layout.font.color")


def test_a_figure_takes_the_template_of_the_theme_and_follows_the_switch(page):
    light, dark = (page.evaluate(f"window.VZ_TEMPLATES.{mode}.layout.font.color") for mode in ("light", "dark"))
    assert _ink(page) == light
    page.click("[data-theme-toggle]")
    _until(page, f"document.querySelector('.js-plotly-plot').layout.template.layout.font.color === '{dark}'")
    page.reload()
    page.wait_for_selector("html[data-bs-theme=dark] .js-plotly-plot .main-svg")
    assert _ink(page) == dark


def test_the_address_may_ask_for_a_theme(page, address):
    page.goto(f"{address}/one?theme=dark")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_a_legend_button_hides_its_trace_by_keyboard(page):
    button = page.get_by_role("button", name="two")
    button.press("Space")
    _until(page, "document.querySelector('.js-plotly-plot').data[1].visible === 'legendonly'")
    assert button.get_attribute("aria-pressed") == "false"
    button.press("Space")
    _until(page, "document.querySelector('.js-plotly-plot').data[1].visible === true")


def test_a_drawing_keeps_its_shapes_and_loses_all_that_acts(page):
    drawn = page.locator(".evil").inner_html()
    assert drawn == '<svg viewBox="0 0 1 1" aria-hidden="true" focusable="false"><rect width="1"></rect></svg>'
    assert page.evaluate("window.hurt") is None


def test_keys_reach_search_and_save(page):
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    page.get_by_text("saved 1").wait_for()
    page.locator(".toast-line").get_by_text("Saved").wait_for()


def test_a_menu_opens_moves_and_closes_by_keyboard(page):
    page.locator("summary.avatar").press("Enter")
    assert page.locator(".dropdown-header").is_visible()
    page.keyboard.press("Escape")
    assert page.locator(".dropdown-header").is_hidden()
    assert page.evaluate("document.activeElement.className") == "avatar"


def test_a_link_loads_its_page_and_marks_its_section(page):
    page.evaluate("window.same = true")
    page.locator("nav[aria-label=Main]").get_by_text("Two").click()
    page.wait_for_url("**/two")
    assert not page.evaluate("window.same")
    page.locator("nav[aria-label=Main] [aria-current=page]").get_by_text("Two").wait_for()


def test_unsaved_changes_ask_before_the_page_is_left(page):
    page.evaluate("document.querySelector('[data-unsaved]').dataset.unsaved = '2'")
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator("nav[aria-label=Main]").get_by_text("Two").click()
    assert asked == ["confirm"]
    assert page.url.endswith("/one")
    page.evaluate("document.querySelector('[data-unsaved]').dataset.unsaved = '0'")


def test_copying_says_so(page):
    page.get_by_role("button", name="Copy").click()
    page.locator(".toast-line").get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "copied text"


def _choose(page: Page, name: str, body: bytes) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files({"name": name, "mimeType": "text/csv", "buffer": body})


def test_an_upload_carries_the_token_and_hands_the_answer_over(page):
    _choose(page, "good.csv", b"a\n1\n")
    page.get_by_text("good.csv t0ken").wait_for()


REFUSED = [
    ("bad.csv", b"a\n1\n", "Line 7 is too long."),
    ("notes.txt", b"a", "notes.txt is not one of .csv, .tsv."),
    ("big.csv", b"a" * 2000, "big.csv has 2 kB; this server takes up to 1 kB."),
    ("none.csv", b"", "none.csv is empty."),
]


def test_a_refused_file_is_explained_at_the_zone(page):
    for name, body, words in REFUSED:
        _choose(page, name, body)
        page.locator("#zone [role=alert]").get_by_text(words).wait_for()
        assert page.get_by_role("button", name="Choose a file").is_visible()
