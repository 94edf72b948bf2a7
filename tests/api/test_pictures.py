"""Charts and dashboards as pictures: what the pages show, at the size and in the colours asked for."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from PIL import Image

from tests.asserts import assert_error
from tests.conftest import CHROMIUM, Caller, needs
from tests.factories import BAR, People, actor, make_chart, make_dashboard, make_dataset
from vizapp.access import Actor
from vizapp.charts.theme import Mode
from vizapp.errors import PermissionDenied, RendererBusy, RendererTimeout
from vizapp.exports.renderer import Renderer
from vizapp.exports.scene import Look
from vizapp.services import pictures, reports
from vizapp.services.runtime import runtime

STACKED = {**BAR, "dataMapping": {"xAxis": "product", "yAxis": "amount", "series": "region"}}
KPI = {
    "chartType": "kpi",
    "dataMapping": {"xAxis": "day", "yAxis": "amount"},
    "aggregation": {"function": "sum"},
    "styling": {"title": "All of it"},
}
TABLE = {"chartType": "table", "dataMapping": {"columns": ["day", "product", "amount"]}}
# Okabe–Ito, in the order in which series take them.
BLUE, ORANGE, GREEN = (0x00, 0x72, 0xB2), (0xE6, 0x9F, 0x00), (0x00, 0x9E, 0x73)
WHITE, DARK, PAGE, DARK_PAGE = (255, 255, 255), (0x10, 0x1C, 0x26), (0xF9, 0xF9, 0xFA), (0x0D, 0x11, 0x17)
NAMES = ("stacked", "number", "rows", "gone")


@pytest.fixture
def board(app: Flask, people: People, tmp_path: Path) -> dict[str, int]:
    """The ids of three charts, and of the dashboard that has them."""
    needs("Chromium", present=bool(CHROMIUM))
    with app.app_context():
        who = actor(people.editor)
        data = make_dataset(who, tmp_path)
        made = {
            name: make_chart(who, data.id, name=f"Übersicht: {name}", config=config).id
            for name, config in zip(NAMES, (STACKED, KPI, TABLE), strict=False)
        }
        return {**made, "board": make_dashboard(who, list(made.values()), name="Übersicht").id}


def taken(client: Caller, what: str, number: int, **query: object) -> bytes:
    response = client.get(f"/api/export/{what}/{number}/image", query_string=query)
    assert response.status_code == 200, response.data
    return response.data


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA")


def share(png: bytes, colour: tuple[int, int, int]) -> float:
    """The part of the pixels that has exactly this colour, opaque."""
    image = opened(png)
    found = {found: count for count, found in image.getcolors(1 << 24) or ()}
    return found.get((*colour, 255), 0) / (image.width * image.height)


def words(svg: bytes) -> str:
    root = ElementTree.fromstring(svg)
    return " ".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text"))


def test_a_chart_is_a_picture_of_its_tile(client: Caller, board: dict[str, int]) -> None:
    response = client.get(f"/api/export/chart/{board['stacked']}/image")
    assert response.mimetype == "image/png"
    assert "filename*=UTF-8''%C3%9Cbersicht%20stacked.png" in response.headers["Content-Disposition"]
    assert opened(response.data).size == (1920, 1080)
    for colour in (BLUE, ORANGE, GREEN):
        assert share(response.data, colour) > 0.02
    assert share(response.data, WHITE) > 0.3
    assert opened(response.data).getpixel((0, 0)) == (*WHITE, 255)


def test_scale_theme_and_ground_are_as_asked(client: Caller, board: dict[str, int]) -> None:
    dark = taken(client, "chart", board["stacked"], scale=1, theme="dark")
    assert opened(dark).size == (960, 540)
    assert share(dark, DARK) > 0.3
    assert share(dark, BLUE) > 0.02
    clear = taken(client, "chart", board["stacked"], scale=1, transparent="true")
    assert opened(clear).getpixel((0, 0)) == (0, 0, 0, 0)
    assert share(clear, BLUE) > 0.02
    assert opened(taken(client, "chart", board["stacked"], scale=4)).size == (3840, 2160)


def test_numbers_and_tables_are_pictures_too(client: Caller, board: dict[str, int]) -> None:
    number = taken(client, "chart", board["number"])
    assert opened(number).size == (800, 240)
    assert len(opened(number).getcolors(1 << 24) or ()) > 50
    svg = words(taken(client, "chart", board["number"], format="svg"))
    assert "All of it" in svg
    assert "43,020" in svg
    table = words(taken(client, "chart", board["rows"], format="svg"))
    assert "The first 50 of 240 rows." in table
    assert opened(taken(client, "chart", board["rows"], scale=1)).height > 50 * 30


def test_an_svg_is_text_and_shapes_with_its_font_in_it(client: Caller, board: dict[str, int]) -> None:
    svg = taken(client, "chart", board["stacked"], format="svg", theme="dark")
    root = ElementTree.fromstring(svg)
    assert (root.get("width"), root.get("height")) == ("960", "540")
    said = words(svg)
    for word in ("Übersicht: stacked", "North", "South", "East", "Pen", "Book"):
        assert word in said
    text = svg.decode()
    assert 'font-family:"Inter"' in text
    assert "data:font/woff2;base64," in text
    assert "<image" not in text
    assert "foreignObject" not in text
    assert text.count("#0072b2") + text.count("rgb(0, 114, 178)") >= 2  # legend and bars
    assert 'fill="#e69f00"' in text  # a colour that ends in 0


def test_a_dashboard_is_a_picture_of_every_tile_in_its_place(client: Caller, board: dict[str, int]) -> None:
    light = opened(taken(client, "dashboard", board["board"], scale=1))
    assert light.width == 1440
    assert light.getpixel((0, 0)) == (*PAGE, 255)
    assert light.getpixel((40, 300)) == (*WHITE, 255)
    dark = taken(client, "dashboard", board["board"], theme="dark")
    assert opened(dark).width == 2880
    assert opened(dark).getpixel((0, 0)) == (*DARK_PAGE, 255)
    assert share(dark, BLUE) > 0.001
    said = words(taken(client, "dashboard", board["board"], format="svg"))
    for word in ("Übersicht", "Data as of", "Übersicht: stacked", "43,020", "product"):
        assert word in said


def test_filters_are_those_of_running_a_chart_and_are_told(client: Caller, board: dict[str, int]) -> None:
    filters = json.dumps([{"column": "region", "operator": "in", "value": ["North"]}])
    said = words(taken(client, "chart", board["stacked"], format="svg", filters=filters))
    assert "Only rows where region is any of North." in said
    assert "South" not in said


def test_text_of_people_is_text(client: Caller, app: Flask, people: People, tmp_path: Path) -> None:
    needs("Chromium", present=bool(CHROMIUM))
    evil = "<img src=x onerror=alert(1)><script>1</script>&amp;"
    with app.app_context():
        who = actor(people.editor)
        data = make_dataset(who, tmp_path, text=f"region,amount\n{evil},1\nb,2\n")
        chart = make_chart(who, data.id, name=evil).id
    svg = taken(client, "chart", chart, format="svg")
    assert evil in words(svg)
    assert b"<script" not in svg
    assert b"onerror=alert(1)>" not in svg


def test_a_chart_without_rows_and_a_broken_one_say_so(
    client: Caller, board: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = json.dumps([{"column": "region", "operator": "eq", "value": "Nowhere"}])
    assert "No data to show" in words(taken(client, "chart", board["stacked"], format="svg", filters=nothing))
    real = pictures.boards.charts.execute

    def broken(who: Actor, chart_id: int, **asked: object) -> object:
        if chart_id == board["stacked"]:
            raise RendererTimeout("The cable is cut.")
        return real(who, chart_id, **asked)

    monkeypatch.setattr(pictures.boards.charts, "execute", broken)
    said = words(taken(client, "dashboard", board["board"], format="svg"))
    assert "The cable is cut." in said
    assert "43,020" in said


@pytest.mark.parametrize(
    ("query", "field"),
    [({"scale": 5}, "scale"), ({"scale": 0.5}, "scale"), ({"theme": "pink"}, "theme"), ({"format": "gif"}, "format")],
)
def test_what_cannot_be_asked_for_is_named(
    client: Caller, board: dict[str, int], query: dict[str, object], field: str
) -> None:
    for what, number in (("chart", board["stacked"]), ("dashboard", board["board"])):
        response = client.get(f"/api/export/{what}/{number}/image", query_string=query)
        assert field in assert_error(response, 422, "INVALID_INPUT")["details"]["fields"]


def test_without_a_browser_it_is_503_and_says_what_to_install(
    client: Caller, board: dict[str, int], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Renderer("/nonexistent")
    with app.app_context():
        monkeypatch.setattr(Renderer, "scene", lambda _self, scene: missing.pictures([]) and scene)
    error = assert_error(client.get(f"/api/export/chart/{board['stacked']}/image"), 503, "SERVICE_UNAVAILABLE")
    assert "BROWSER_PATH" in error["message"]
    page = client.get(f"/api/export/chart/{board['stacked']}/image", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (503, "text/html")
    assert client.get(f"/api/export/chart/{board['stacked']}/excel").status_code == 200
    assert client.get("/health").status_code == 200
    missing.close()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(RendererTimeout(details={"seconds": 20}), 504, "EXPORT_TIMEOUT"), (RendererBusy(), 503, "SERVICE_UNAVAILABLE")],
)
def test_a_picture_that_is_late_has_an_answer_of_its_own(
    client: Caller, board: dict[str, int], monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    def fail(*_: object) -> bytes:
        raise error

    monkeypatch.setattr(Renderer, "scene", fail)
    assert_error(client.get(f"/api/export/dashboard/{board['board']}/image"), status, code)


def test_a_picture_over_the_limit_names_it(
    client: Caller, board: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MIB", 1)  # 50 bytes
    assert_error(client.get(f"/api/export/chart/{board['stacked']}/image"), 413, "FILE_TOO_LARGE")


def test_a_picture_too_large_to_be_painted_asks_for_a_smaller_scale(
    client: Caller, app: Flask, people: People, tmp_path: Path
) -> None:
    needs("Chromium", present=bool(CHROMIUM))
    with app.app_context():
        who = actor(people.editor)
        data = make_dataset(who, tmp_path)
        charts = [make_chart(who, data.id, name=f"{n}").id for n in range(45)]
        board = make_dashboard(who, charts).id
    error = assert_error(client.get(f"/api/export/dashboard/{board}/image?scale=4"), 422, "INVALID_INPUT")
    assert "smaller scale" in error["details"]["fields"]["scale"]
    assert opened(taken(client, "dashboard", board, scale=1)).height > 5000


def test_who_may_read_may_have_the_picture_and_a_link_may_not(
    client_for: Callable[[int | None], Caller], people: People, board: dict[str, int], app: Flask
) -> None:
    assert client_for(people.viewer).get(f"/api/export/dashboard/{board['board']}/image?scale=1").status_code == 200
    response = client_for(None).get(f"/api/export/dashboard/{board['board']}/image")
    assert_error(response, 401, "AUTH_TOKEN_MISSING")
    with app.app_context(), pytest.raises(PermissionDenied):
        pictures.dashboard_image(Actor(role=None, dashboard_id=board["board"]), board["board"], Look())


@pytest.mark.parametrize(("theme", "ground"), [("light", WHITE), ("dark", DARK)])
def test_the_pictures_of_a_report_have_the_ground_of_its_paper(
    board: dict[str, int], app: Flask, people: People, theme: Mode, ground: tuple[int, int, int]
) -> None:
    with app.app_context():
        figure = pictures.charts.execute(actor(people.viewer), board["stacked"]).picture.figure
        assert figure is not None
        drawing = reports._drawing(figure, (200.0, 150.0), reports.OnPaper(theme=theme).sheet)
        (png,) = runtime().renderer.pictures([drawing])
    assert opened(png).getpixel((0, 0)) == (*ground, 255)


def test_nothing_is_left_in_the_data_folder(client: Caller, board: dict[str, int], app: Flask) -> None:
    taken(client, "chart", board["stacked"])
    with app.app_context():
        assert not list(runtime().temporary_folder.iterdir())
