"""Small pictures are valid SVG, coloured by the theme alone, and free of text from data."""

import re
from xml.etree import ElementTree

import pytest

from vizapp.charts import thumb
from vizapp.charts.registry import all_types

KINDS = [*thumb._SHAPES, "no-such-kind"]


def is_svg(text: str) -> None:
    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "nan" not in text
    assert not re.search(r"#[0-9a-fA-F]{3}|rgb", text)
    assert not re.search(r"(width|height|r)=\"-", text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_thumbnail(kind: str) -> None:
    is_svg(thumb.thumbnail(kind))


def test_every_variant_of_every_type_has_a_picture_of_its_own() -> None:
    pictures = [variant.thumb for entry in all_types() for variant in entry.variants]
    assert set(pictures) <= set(thumb._SHAPES)
    assert len(set(pictures)) == len(pictures)


def test_a_sparkline_breaks_at_gaps() -> None:
    is_svg(thumb.spark([1, None, 3, 4, None]))
    assert thumb.spark([1, 2, None, 3, 4]).count('fill="none"') == 2
    is_svg(thumb.spark([5, 5]))


@pytest.mark.parametrize("values", [[], [1], [None, None, 3]])
def test_a_sparkline_needs_two_values(values) -> None:
    assert thumb.spark(values) == ""


def test_a_histogram_is_grey_for_text() -> None:
    is_svg(thumb.histogram([0, 3, 9]))
    is_svg(thumb.histogram([0, 0]))
    assert "var(--other)" in thumb.histogram([1, 2], muted=True)
    assert thumb.histogram([]) == ""


def test_a_dashboard_is_drawn_as_its_tiles() -> None:
    drawn = thumb.board([("kpi", 0, 0, 3, 1), ("line", 3, 0, 9, 3), ("<script>", 0, 3, 12, 4), ("pie", 0, 9, 1, 1)])
    is_svg(drawn)
    assert drawn.count("var(--tile)") == 4
    assert "script" not in drawn
    is_svg(thumb.board([]))
