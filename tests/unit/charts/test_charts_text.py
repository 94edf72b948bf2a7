"""Text from data reaches plotly letter by letter, and short enough."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vizapp.charts.text import clip, listed, plain, tidy, unique, width_px, wrapped

# What plotly.js reads in a label: tags, entities, hover templates, and TeX between dollars (svg_text_utils.js).
TAG = re.compile(r"<[^<>]*>")
TEX = re.compile(r"([^$]*)([$]+[^$]*[$]+)([^$]*)")
KNOWN = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&#36;": "$", "&#37;": "%", "&#92;": "\\"}


def shown(label: str) -> str:
    """What plotly would put on screen."""
    return re.sub("|".join(map(re.escape, KNOWN)), lambda found: KNOWN[found[0]], label)


@given(st.text(max_size=60))
def test_plain_text_holds_no_tag_entity_template_or_tex_and_reads_as_before(text: str) -> None:
    label = plain(text)
    assert not TAG.search(label)
    assert not TEX.search(label)
    assert "%{" not in label
    assert not re.sub("|".join(map(re.escape, KNOWN)), "", label).count("&")
    assert shown(label) == tidy(text)


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", '<a href="javascript:alert(1)">x</a>', "$\\unicode{x}$", "%{customdata}"]
)
def test_hostile_labels_are_shown_as_typed(text: str) -> None:
    assert shown(plain(text)) == text


def test_marks_that_turn_text_around_become_spaces() -> None:
    assert tidy("pay\u202egro.exe\n\x00x") == "pay gro.exe x"


def test_no_text_is_an_em_dash() -> None:
    assert [tidy(""), tidy("  \n"), plain("")] == ["—", "—", "—"]


def test_long_labels_end_in_an_ellipsis_before_they_are_escaped() -> None:
    assert clip("Fort Lauderdale", 6) == "Fort…"
    assert plain("<" * 300, 3) == "&lt;&lt;…"
    assert len(plain("x" * 10**6)) == 200


def test_names_under_bars_wrap_to_two_lines() -> None:
    assert wrapped("San Francisco", 10) == "San<br>Francisco"
    assert wrapped("Los Angeles International Airport", 11) == "Los Angeles<br>Internatio…"
    assert wrapped("Llanfairpwllgwyngyll station", 8) == "Llanfai…<br>station"
    assert wrapped("Boston", 3) == "Bo…"
    assert wrapped("<b>bold</b> $x$", 20) == "&lt;b&gt;bold&lt;/b&gt; &#36;x&#36;"


def test_two_categories_cut_to_the_same_text_stay_two() -> None:
    assert unique(["a", "b", "a", "a"]) == ["a", "b", "a (2)", "a (3)"]


def test_east_asian_names_count_as_wider() -> None:
    assert width_px("東京都庁") > 1.5 * width_px("abcd")


def test_names_are_listed_as_people_write_them() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"])] == ["", "a", "a, b and c"]
