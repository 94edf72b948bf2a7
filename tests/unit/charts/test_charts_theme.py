"""One template per mode, the same in Python and in the browser; colours that hold still."""

import json
import re
import shutil
from pathlib import Path

import plotly.graph_objects as go
import pytest

from vizapp.charts.theme import (
    DARK,
    LIGHT,
    OTHER_COLOUR,
    PALETTES,
    THEMES,
    colour_map,
    colour_of,
    palette_of,
    template,
    write_theme_js,
)
from vizapp.schemas.chart import ChartConfig, Palette

THEME_JS = Path(__file__).resolve().parents[3] / "assets" / "theme.js"
OKABE = PALETTES[Palette.okabe_ito]


def test_theme_js_holds_the_templates_of_python() -> None:
    found = re.search(r"^window\.VZ_TEMPLATES = (.*);$", THEME_JS.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    assert json.loads(found[1]) == {mode: template(mode) for mode in THEMES}, "run vizapp.charts.theme.write_theme_js"


def test_writing_theme_js_again_changes_nothing(tmp_path: Path) -> None:
    copy = Path(shutil.copy(THEME_JS, tmp_path / "theme.js"))
    write_theme_js(copy)
    assert copy.read_bytes() == THEME_JS.read_bytes()


def test_theme_js_needs_no_unsafe_eval() -> None:
    assert not re.search(r"\beval\(|new Function|innerHTML", THEME_JS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_plotly_accepts_the_template(mode: str) -> None:
    made = template(mode)
    go.layout.Template(layout=made["layout"], data=made["data"])


def test_the_modes_differ_in_layout_colours_only() -> None:
    light, dark = template("light"), template("dark")
    assert light["data"] == dark["data"]
    assert light["layout"]["colorway"] == dark["layout"]["colorway"]
    assert light["layout"]["font"] != dark["layout"]["font"]


def test_the_default_palette_is_okabe_and_ito_in_our_order() -> None:
    assert OKABE == ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")


@pytest.mark.parametrize("palette", Palette)
def test_every_palette_offered_has_colours_that_differ(palette: Palette) -> None:
    colours = PALETTES[palette]
    assert len({c.lower() for c in colours}) == len(colours) >= 7


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_grey_of_other_is_seen_on_both_themes() -> None:
    for theme in (LIGHT, DARK):
        low, high = sorted((luminance(OTHER_COLOUR), luminance(theme.tile)))
        assert (high + 0.05) / (low + 0.05) >= 3  # WCAG 2.2, 1.4.11: graphics


def test_a_set_of_categories_has_the_same_colours_in_any_order() -> None:
    assert colour_map(["b", "a", "c"], OKABE) == colour_map(["c", "b", "a", "a"], OKABE)
    assert colour_map(["b", "a"], OKABE) == {"a": OKABE[0], "b": OKABE[1]}


def test_categories_known_to_the_dashboard_keep_their_colour_and_others_avoid_it() -> None:
    found = colour_map(["a", "b", "c"], OKABE, {"b": OKABE[0].lower(), "z": OKABE[1]})
    assert found == {"a": OKABE[1], "b": OKABE[0].lower(), "c": OKABE[2]}


def test_colours_never_cycle() -> None:
    found = colour_map([f"c{i:02}" for i in range(9)], OKABE)
    assert list(found.values())[:7] == list(OKABE)
    assert [found["c07"], found["c08"]] == [OTHER_COLOUR, OTHER_COLOUR]


def test_one_category_can_be_asked_for() -> None:
    assert colour_of("b", OKABE, ["a", "c"]) == OKABE[1]


def test_own_colours_go_before_the_palette() -> None:
    assert palette_of(ChartConfig(chart_type="bar")) == OKABE
    own = ChartConfig.parse({"chartType": "bar", "styling": {"colors": ["#ff0000", "teal"], "palette": "tableau"}})
    assert palette_of(own) == ("#ff0000", "teal")
    assert (
        palette_of(ChartConfig.parse({"chartType": "bar", "styling": {"palette": "tableau"}}))
        == PALETTES[Palette.tableau]
    )
