"""The page as HTML before Dash is there says what Dash will say, and nothing gets out of its element."""

from html.parser import HTMLParser

import pytest
from dash import dcc, html
from hypothesis import given
from hypothesis import strategies as st

from vizapp.first_paint import markup


class Outline(HTMLParser):
    """Elements with their attributes, and the texts between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def test_elements_texts_and_attributes_are_written_as_html():
    layout = html.Div(["a", html.P(2, className="note"), None, html.Br()], **{"aria-label": "Charts"})
    assert markup(layout) == '<div aria-label="Charts">a<p class="note">2</p><br></div>'


@given(st.text(), st.text())
def test_no_text_and_no_attribute_becomes_markup(text: str, title: str) -> None:
    found = Outline(markup(html.Div(html.P(text, title=title))))
    assert [tag for tag, _ in found.elements] == ["div", "p"]


@pytest.mark.parametrize(
    "evil", ['"><script>alert(1)</script>', "<img src=x onerror=alert(1)>", "' autofocus onfocus=x '"]
)
def test_a_name_that_is_markup_is_shown_as_it_is(evil: str) -> None:
    found = Outline(markup(html.P(evil, title=evil, **{"data-copy": evil})))
    assert found.elements == [("p", {"title": evil, "data-copy": evil})]
    assert "".join(found.texts) == evil


def test_ids_wait_for_dash():
    layout = html.Div([html.Button("Refresh", id="board-refresh"), html.Div(id={"page": "board", "el": "tile"})])
    found = Outline(markup(layout)).elements
    assert [facts for _, facts in found[1:]] == [
        {"data-id": "board-refresh"},
        {"data-id": '{"el":"tile","page":"board"}'},
    ]


def test_figures_are_left_to_the_layout_and_counted():
    layout = html.Div([html.Div(**{"data-figure": '{"data":[]}'}), html.P(), html.Div(**{"data-figure": "{}"})])
    assert markup(layout) == '<div><div data-nth="0"></div><p></p><div data-nth="1"></div></div>'


def test_what_has_no_looks_of_its_own_is_left_out():
    assert markup(html.Div([dcc.Store(id="state", data={"a": 1}), dcc.Interval(id="timer")])) == "<div></div>"


def test_styles_are_written_as_react_writes_them():
    style = {"--w": 4, "maxWidth": 260, "background": "#fff"}
    assert markup(html.I(style=style)) == '<i style="--w:4;max-width:260px;background:#fff"></i>'


def test_what_is_off_is_not_written():
    assert markup(html.Button("x", disabled=False, hidden=True)) == "<button hidden>x</button>"
