"""Pictures come from a browser that may hang, crash or be absent, and that leaves nothing behind."""

import io
from collections.abc import Iterator

import plotly.graph_objects as go
import pytest
from PIL import Image

from tests.conftest import CHROMIUM, needs
from vizapp.charts.theme import template
from vizapp.exports.renderer import Drawing, Renderer, RendererMissing

BLUE = (0, 0x72, 0xB2)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    """One browser for all tests that do it no harm."""
    needs("Chromium", present=bool(CHROMIUM))
    made = Renderer(CHROMIUM, timeout=60)
    yield made
    made.close()


def bars() -> dict:
    figure = go.Figure([go.Bar(x=["North", "South"], y=[3, 1], marker={"color": "#0072B2"})]).to_dict()
    figure["layout"]["template"] = template("light")
    return figure


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA")


def colours(png: bytes) -> dict[tuple[int, ...], int]:
    """Colour → how many pixels have it."""
    return {colour: count for count, colour in opened(png).getcolors(1 << 24) or ()}


def test_a_picture_has_the_size_the_colours_and_the_background_asked_for(renderer: Renderer) -> None:
    small, large, clear = renderer.pictures(
        [Drawing(bars(), 400, 300), Drawing(bars(), 400, 300, scale=2.5), Drawing(bars(), 400, 300, transparent=True)]
    )
    assert opened(small).size == (400, 300)
    assert opened(large).size == (1000, 750)
    assert opened(small).getpixel((1, 1)) == (255, 255, 255, 255)
    assert opened(clear).getpixel((1, 1)) == (0, 0, 0, 0)
    for png in (small, large, clear):
        assert colours(png)[(*BLUE, 255)] > 400 * 300 / 10


def test_the_first_picture_has_the_pages_font_as_all_others_have() -> None:
    needs("Chromium", present=bool(CHROMIUM))
    started = Renderer(CHROMIUM, timeout=60)
    words = {**bars(), "layout": {**bars()["layout"], "title": {"text": "Words in Inter, or in what there is instead"}}}
    other = {**words, "layout": {**words["layout"], "font": {"family": "monospace"}}}
    narrow, wide = Drawing(words, 390, 300), Drawing(words, 1600, 300)
    first = started.pictures([narrow, wide])
    assert started.pictures([wide, narrow, wide])[1:] == first
    assert started.pictures([Drawing(other, 390, 300)]) != first[:1]
    (svg,) = started.pictures([Drawing(words, 390, 300, format="svg")])
    assert b'font-family:"Inter"' in svg
    started.close()


def test_a_drawing_can_be_svg(renderer: Renderer) -> None:
    (svg,) = renderer.pictures([Drawing(bars(), 400, 300, format="svg")])
    assert svg.startswith(b"<svg")
    assert b"North" in svg


def test_a_map_is_drawn_without_asking_anybody(renderer: Renderer) -> None:
    places = go.Choropleth(locations=["FRA", "DEU"], z=[1, 2], colorscale=[[0, "#0072B2"], [1, "#0072B2"]])
    figure = go.Figure([places]).to_dict()
    figure["layout"] = {"geo": {"scope": "europe", "landcolor": "#E69F00", "showland": True}}
    png, chart = renderer.pictures([Drawing(figure, 600, 500), Drawing(bars(), 400, 300)])
    assert colours(png)[(*BLUE, 255)] > 1000
    assert colours(png)[(0xE6, 0x9F, 0x00, 255)] > 10_000
    assert colours(chart)[(*BLUE, 255)] > 10_000


def test_without_a_browser_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    renderer = Renderer("/nonexistent")
    with pytest.raises(RendererMissing, match="BROWSER_PATH"):
        renderer.pictures([Drawing(bars(), 400, 300)])
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(RendererMissing, match="apt install chromium"):
        Renderer().pictures([Drawing(bars(), 400, 300)])
