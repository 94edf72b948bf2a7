"""The building blocks as pure trees: names for everybody, text as text, states that say what to do."""

import json
from collections.abc import Iterator

import pytest
from dash import html
from dash.development.base_component import Component

from components import (
    board,
    cards,
    controls,
    feedback,
    forms,
    ids,
    shell,
    states,
    tile,
    tile_states,
    upload,
)
from components.icons import icon, svg
from components.sparks import spark
from vizapp.schemas.dashboard import LayoutItem, Position
from vizapp.schemas.view import Column, KpiView, LegendItem, Picture, TableView, Tone

FIGURE = {"data": [{"type": "bar", "x": ["a"], "y": [1]}], "layout": {}}
CHART = Picture(
    subtitle="Minutes", summary="Bars. a leads with 1.", figure=FIGURE, legend=(LegendItem("a", "#0072b2", 0),)
)
KPI = Picture(
    kpi=KpiView(
        "Flights",
        "170,618",
        unit="n",
        delta="▲ 2.7%",
        versus="from 166,158",
        tone=Tone.good,
        spark=(1.0, None, 3.0, 4.0),
    )
)
TABLE = Picture(
    summary="Flights by airline",
    table=TableView(
        columns=(
            Column("Airline"),
            Column("Flights", numeric=True, bar=True),
            Column("Delay", numeric=True, optional=True),
        ),
        rows=(("United", "29,729", "11.7"),),
        shares=((None, 0.5, None),),
        total=("All 16", "170,618", "11.6"),
    ),
)


def walk(node: object) -> Iterator[Component]:
    if isinstance(node, list | tuple):
        for child in node:
            yield from walk(child)
    elif isinstance(node, Component):
        yield node
        yield from walk(getattr(node, "children", None))


def text_of(node: object) -> str:
    if isinstance(node, list | tuple):
        return "".join(text_of(child) for child in node)
    if isinstance(node, Component):
        return text_of(getattr(node, "children", None))
    return "" if node is None else str(node)


def props(node: Component) -> dict[str, object]:
    return node.to_plotly_json()["props"]


def named(node: Component) -> bool:
    inner = [props(part).get("aria-label") for part in walk(getattr(node, "children", None))]
    return bool(props(node).get("aria-label") or text_of(node).strip() or any(inner))


def of_class(tree: object, name: str) -> list[Component]:
    return [node for node in walk(tree) if name in str(props(node).get("className", "")).split()]


def everything() -> list[object]:
    """One of each building block."""
    nav = [shell.NavItem("/dashboards", "Dashboards", True), shell.NavItem("/charts", "Charts")]
    tools = controls.menu(icon("three-dots"), [controls.menu_item("Delete…", danger=True)], label="Tile menu")
    return [
        shell.app_bar(nav, user_name="Ana Duarte", account=nav, new_href="/charts/new"),
        shell.public_bar("Flights"),
        shell.page_head("Dashboards", count="8", actions=controls.button("New", kind="primary")),
        shell.work_bar(back=controls.icon_link("arrow-left", "Back", "/"), title=html.H1("New chart")),
        tile.tile("A", CHART, graph_id="g", position=Position(x=0, y=0, w=6, h=3), tools=tools, href="/charts/1"),
        tile.tile("B", KPI, tools=tools),
        tile.tile("C", TABLE),
        tile_states.empty("A", action=controls.button("Clear “Airline”")),
        tile_states.error("A", sentence="No answer", retry_id="r", technical="timeout", request_id="7f3a", tools=tools),
        tile_states.missing_column("A", column="x", replacement="y", use_id="u", edit_href="/charts/1"),
        cards.dashboard_card("Sales", href="/d/1", thumb="<svg/>", meta="3 charts", public=True, tools=tools),
        cards.listing([cards.Head("Name"), cards.Head("Actions", quiet=True)], [["a", tools]], label="Charts"),
        cards.pager(1, 13, 63, previous_id="p", next_id="n"),
        forms.text_field("Host", id="host", help="h", error="e"),
        forms.select_field("TLS", [("a", "A")], id="tls"),
        forms.textarea_field("Notes", id="notes"),
        forms.switch_field("Read only", id="ro", help="safe"),
        feedback.confirm(
            "Delete?", body="b", depends=["Sales"], action="Delete chart", id="m", confirm_id="y", cancel_id="n"
        ),
        feedback.banner("Old backup", tone="warn"),
        feedback.save_button(id="s"),
        feedback.save_state(3),
        states.not_found("dashboard"),
        states.forbidden(),
        states.gone(),
        states.empty_page("No charts"),
        states.error_page(request_id="7f3a", retry_href="/x"),
        upload.upload_zone(upload.hero("Drop", "hint", [upload.choose_button()]), url="/api/v1/data", anywhere=True),
        controls.search("Search charts", id="q", hotkey=True),
        controls.star("Sales", on=True),
        controls.copy_button("text"),
    ]


@pytest.mark.parametrize("tree", everything(), ids=lambda tree: type(tree).__name__)
def test_everything_that_can_be_pressed_has_a_name(tree):
    pressable = [node for node in walk(tree) if type(node) in (html.Button, html.A, html.Summary)]
    assert [node for node in pressable if not named(node)] == []


@pytest.mark.parametrize("tree", everything(), ids=lambda tree: type(tree).__name__)
def test_every_block_can_be_sent_to_the_browser(tree):
    assert all(json.dumps(node.to_plotly_json(), default=lambda part: part.to_plotly_json()) for node in walk(tree))


@pytest.mark.parametrize("tree", everything(), ids=lambda tree: type(tree).__name__)
def test_buttons_never_submit_a_form_by_accident(tree):
    assert all(node.type == "button" for node in walk(tree) if isinstance(node, html.Button))


def test_no_block_brings_more_than_one_primary_button():
    assert [
        tree
        for tree in everything()
        if len([n for n in of_class(tree, "btn-primary") if "app-sheet" not in str(n)]) > 1
    ] == []


def test_markup_in_names_stays_text():
    evil = "<img src=x onerror=alert(1)>"
    assert evil in text_of(tile.tile(evil, CHART))
    assert evil in text_of(cards.dashboard_card(evil, href="/d/1", thumb="", meta=evil))
    assert not any(props(node).get("dangerously_allow_html") for tree in everything() for node in walk(tree))


def test_drawings_travel_as_text_and_speak_only_when_named():
    assert props(svg("<svg/>"))["aria-hidden"] == "true"
    assert props(svg("<svg/>", label="Trend"))["aria-label"] == "Trend"


def test_the_chart_is_an_image_with_its_summary():
    plot = of_class(tile.tile("A", CHART), "plot")[0]
    assert (props(plot)["role"], props(plot)["aria-label"]) == ("img", "Bars. a leads with 1.")


def test_a_plot_carries_its_figure_for_the_browser_to_draw():
    plot = of_class(tile.tile("A", CHART), "plot")[0]
    assert json.loads(props(plot)["data-figure"]) == CHART.figure


def test_a_legend_button_knows_its_graph_and_its_trace():
    name = ids.Board.tile("graph", 12)
    button = of_class(tile.tile("A", CHART, graph_id=name), "legend-item")[0]
    assert props(button)["data-graph"] == '{"chart":12,"el":"graph","page":"board"}'
    assert (props(button)["data-trace"], props(button)["aria-pressed"]) == ("0", "true")


def test_a_kpi_tells_value_unit_change_and_history():
    tree = tile.tile("x", KPI)
    assert text_of(tree) == "Flights170,618n▲ 2.7% from 166,158"
    assert of_class(tree, "good")
    assert "tile-kpi" in tree.className


def test_a_history_with_a_gap_is_two_lines_and_one_value_is_none():
    assert spark((1.0, 2.0, None, 3.0, 4.0)).count('fill="none"') == 2
    assert spark((1.0,)) == spark(()) == ""
    assert "nan" not in spark((2.0, 2.0, 2.0))


def test_a_table_scrolls_by_keyboard_and_names_its_columns():
    tree = tile.tile("C", TABLE)
    assert props(of_class(tree, "table-box")[0])["tabIndex"] == "0"
    assert [props(node)["scope"] for node in walk(tree) if isinstance(node, html.Th)] == ["col"] * 3
    assert props(of_class(tree, "cellbar")[0])["style"] == {"--v": "50.0%"}


def test_a_row_of_another_length_is_refused():
    broken = TableView(columns=(Column("a"), Column("b")), rows=(("1",),))
    with pytest.raises(ValueError, match="shorter"):
        tile.tile("C", Picture(table=broken))


def test_notes_stand_under_the_picture():
    tree = tile.tile("A", Picture(figure=FIGURE, notes=("8,255 rows left out",)))
    assert text_of(of_class(tree, "note")[0]) == "8,255 rows left out"


def test_places_stay_as_stored_counted_from_one():
    tree = tile.tile("A", CHART, position=Position(x=0, y=4, w=6, h=3))
    assert tree.style == {"--x": 1, "--y": 5, "--w": 6, "--h": 3}


def test_tiles_are_read_line_by_line():
    items = [
        LayoutItem(chart_id=n, position=Position(x=x, y=y, w=1, h=1)) for n, x, y in ((1, 6, 0), (2, 0, 3), (3, 0, 0))
    ]
    assert [item.chart_id for item in board.reading_order(items)] == [3, 1, 2]


def test_an_error_says_what_failed_offers_retry_and_folds_the_rest():
    tree = tile_states.error("A", sentence="No answer", retry_id="r", technical="timeout", request_id="7f3a")
    folded = next(node for node in walk(tree) if isinstance(node, html.Details))
    assert text_of(of_class(tree, "btn")[0]) == "Retry"
    assert text_of(folded) == "Technical detailstimeout\nrequest 7f3a"
    assert not hasattr(folded, "open")


def test_tools_survive_in_a_broken_tile():
    tools = controls.menu(icon("three-dots"), [], label="Tile menu", id={"page": "board", "el": "menu"})
    assert of_class(tile_states.error("A", sentence="s", tools=tools), "menu-box")


def test_a_skeleton_has_the_shape_of_its_tile_and_is_busy():
    tree = tile.frame(tile_states.skeleton("A"), title="A", position=Position(x=0, y=0, w=4, h=3))
    assert tree.style["--h"] == 3
    assert any(props(node).get("aria-busy") == "true" for node in walk(tree))
    assert of_class(tile_states.skeleton("A", kind=tile.Kind.table), "skel-rows")


def test_the_section_one_is_in_is_marked():
    tree = shell.app_bar([shell.NavItem("/a", "A", True), shell.NavItem("/b", "B")], user_name="x")
    current = [text_of(node) for node in walk(tree) if props(node).get("aria-current") == "page"]
    assert current == ["A", "A"]  # in the bar and in the phone's menu


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana Duarte", "AD"), ("admin", "AD"), ("", "?"), ("Jean Luc Picard", "JP")]
)
def test_the_avatar_shows_two_letters(name, letters):
    assert shell.initials(name) == letters


def test_links_outside_keep_their_referrer_and_load_as_pages():
    inside, outside = controls.link("a", "/charts"), controls.link("a", "//elsewhere.example")
    assert props(inside)["data-link"] == "app"
    assert "data-link" not in props(outside)
    assert props(outside)["rel"] == "noopener noreferrer"


def test_a_card_has_a_favourite_toggle_only_where_it_does_something():
    def buttons(**more):
        card = cards.dashboard_card("Sales", href="/d/1", thumb="<svg/>", meta="3 charts", **more)
        return [node for node in walk(card) if isinstance(node, html.Button)]

    assert buttons() == []
    assert len(buttons(favourite_id="f")) == 1


def test_an_error_stands_at_its_field():
    tree = forms.text_field("Port", id={"page": "s", "el": "port"}, error="Between 1 and 65535.")
    assert props(tree)["data-field"] == '{"el":"port","page":"s"}'
    assert text_of(of_class(tree, "field-error")[0]) == "Between 1 and 65535."
    assert next(node for node in walk(tree) if isinstance(node, html.Label)).htmlFor == '{"el":"port","page":"s"}'


def test_a_question_names_what_depends_and_what_will_be_done():
    tree = feedback.confirm(
        "Delete?", body="b", depends=["Sales"], action="Delete chart", id="m", confirm_id="y", cancel_id="n"
    )
    assert "Sales" in text_of(tree)
    assert text_of(of_class(tree, "btn-danger-fill")[0]) == "Delete chart"


def test_the_same_words_twice_are_two_toasts():
    assert feedback.toast("Saved") != feedback.toast("Saved")
    assert json.loads(feedback.toast("Saved", "good"))["tone"] == "good"


@pytest.mark.parametrize(("count", "words"), [(0, "Saved"), (1, "1 unsaved change"), (3, "3 unsaved changes")])
def test_the_page_counts_what_is_not_saved(count, words):
    tree = feedback.save_state(count)
    assert text_of(tree) == words
    assert props(tree)["data-unsaved"] == str(count)


def test_a_drop_zone_carries_its_address_and_its_limits():
    tree = upload.upload_zone([], url="/api/v1/data", limit_bytes=50, store="up", anywhere=True)
    told = {key: value for key, value in props(tree).items() if key.startswith("data-")}
    assert told == {
        "data-upload-url": "/api/v1/data",
        "data-upload-accept": ".csv,.tsv",
        "data-upload-limit": "50",
        "data-upload-store": "up",
        "data-drop-anywhere": "true",
    }


def test_ids_are_written_as_the_browser_has_them():
    assert ids.dom_id(ids.Board.tile("graph", 12)) == '{"chart":12,"el":"graph","page":"board"}'
    assert ids.dom_id("search") == "search"


def test_children_are_listed_without_taking_a_component_apart():
    box = html.Div([html.Span(id="a")])
    assert controls.as_list(box) == [box]
    assert controls.as_list([box, None]) == [box]
    assert controls.as_list(None) == []
