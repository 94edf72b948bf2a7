"""The single entrance: empty answers, what was left out, and the chart's own styling."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from charts_samples import config, grid, monthly, months, numbers, picture

from vizapp.charts.registry import all_types, draw
from vizapp.charts.words import human, suggest_title
from vizapp.errors import InvalidChartConfig
from vizapp.schemas.chart import ChartConfig, Grain
from vizapp.schemas.query import Facts, Shape


@pytest.mark.parametrize("entry", all_types(), ids=lambda entry: entry.key)
def test_no_rows_make_an_empty_picture_and_never_an_error(entry) -> None:
    frame = pl.DataFrame(schema={"c": pl.String} if entry.shape is Shape.rows else {"x": pl.String, "y": pl.Float64})
    made = draw(config(entry.key), frame, Facts())
    assert made.empty
    assert made.figure is made.kpi is made.table is None
    assert made.summary == f"{entry.label}. No data to show."


def test_nothing_but_nulls_is_empty_too() -> None:
    assert picture("bar", pl.DataFrame({"x": ["a"], "y": [None]})).empty
    assert picture("line", pl.DataFrame({"x": [None], "y": [1]}, schema={"x": pl.Date, "y": pl.Int64})).empty


def test_an_unknown_option_is_refused_when_drawn() -> None:
    with pytest.raises(InvalidChartConfig, match="stack"):
        picture("bar", pl.DataFrame({"x": ["a"], "y": [1]}), options={"stack": "sideways"})


def test_a_cut_answer_says_how_much_is_missing() -> None:
    frame = pl.DataFrame({"x": ["a", "b"], "y": [1, 2]})
    assert picture("bar", frame, Facts(truncated=True, matched=9_000)).notes == (
        "Only the first 2 of 9,000 rows are shown.",
    )
    assert picture("bar", frame, Facts(truncated=True)).notes == ("Only the first 2 rows are shown.",)


def test_any_kind_of_column_can_be_drawn() -> None:
    for x in (
        pl.Series([date(2020, 1, 1)]).cast(pl.Datetime("us", "UTC")),
        pl.Series(["a"], dtype=pl.Categorical),
        pl.Series([[1, 2]]),
        pl.Series([b"raw"]),
        pl.Series([None]),
    ):
        assert picture("bar", pl.DataFrame({"x": x, "y": [1]})).summary


def test_any_kind_of_measure_is_a_number_or_missing() -> None:
    for y, wanted in (
        (pl.Series([Decimal("1.5"), None]), [1.5]),
        (pl.Series(["7", "x"]), [7.0]),
        (pl.Series([True, None]), [1.0]),
        (pl.Series([2**63 - 1, None]), [float(2**63 - 1)]),
    ):
        made = picture("bar", pl.DataFrame({"x": ["a", "b"], "y": y}))
        assert [v for v in numbers(made.figure["data"][0]["y"]) if v == v] == wanted
    assert picture("bar", pl.DataFrame({"x": ["a"], "y": [[1]]})).empty
    assert not picture("bar", pl.DataFrame({"x": ["a"], "y": [date(2020, 1, 1)]})).empty


def test_styling_reaches_the_figure() -> None:
    styling = {"showGrid": False, "showTooltip": False, "fontSize": 16, "subtitle": "mine", "colors": ["#123456"]}
    made = monthly("bar", pl.DataFrame({"x": months(2), "y": [1, 2]}), styling=styling)
    layout = made.figure["layout"]
    assert (layout["hovermode"], layout["yaxis"]["showgrid"], layout["font"]["size"]) == (False, False, 16)
    assert layout["xaxis"]["tickfont"] == {"size": 16}
    assert made.figure["data"][0]["marker"]["color"] == "#123456"
    assert made.subtitle == "mine"


def test_the_grid_of_lying_bars_is_the_vertical_one() -> None:
    made = picture(
        "bar",
        grid(["a long name", "another name"], ["s", "t"]),
        styling={"showGrid": False},
        options={"orientation": "horizontal"},
    )
    assert made.figure["layout"]["xaxis"]["showgrid"] is False


def test_a_figure_carries_no_template_and_no_text_colour() -> None:
    made = monthly("line", grid(months(3), ["a", "b"]))
    assert "template" not in made.figure["layout"]
    assert "rgba(7,23,34" not in str(made.figure)


def test_the_subtitle_says_measure_and_step() -> None:
    assert (
        monthly("line", pl.DataFrame({"x": months(2), "y": [1, 2]}), aggregation={"function": "avg"}).subtitle
        == "Average revenue, by month"
    )
    assert picture("bar", pl.DataFrame({"x": ["a"], "y": [1]}), y=None).subtitle == "Rows"


@pytest.mark.parametrize(
    ("made", "title"),
    [
        ({"x": "day", "y": "revenue", "chartType": "line"}, "Revenue by day"),
        ({"x": "day", "y": "dep_delay", "series": "origin", "chartType": "line"}, "Dep delay by day and origin"),
        ({"x": "city", "chartType": "bar"}, "Rows by city"),
        ({"x": "unitPrice", "y": "Total Sales", "chartType": "scatter"}, "Total Sales against unit price"),
        ({"x": "day", "y": "revenue", "chartType": "kpi"}, "Revenue"),
        ({"x": "c", "y": "user_id", "aggregation": {"function": "count_distinct"}}, "Distinct user id by c"),
        ({"chartType": "table", "dataMapping": {"columns": ["a", "b", "c"]}}, "A and b"),
        ({"chartType": "table", "dataMapping": {"columns": ["a"], "measures": [{"column": "x"}]}}, "X by a"),
        ({"chartType": "table", "dataMapping": {"measures": [{"function": "count"}]}}, "Rows"),
        ({"chartType": "table"}, "Rows"),
    ],
)
def test_a_title_says_measure_and_dimension(made, title: str) -> None:
    assert suggest_title(ChartConfig.parse(made)) == title


def test_a_chosen_step_is_in_the_title() -> None:
    made = ChartConfig.parse(
        {"chartType": "line", "dataMapping": {"xAxis": "day", "yAxis": "revenue", "timeGrain": "month"}}
    )
    assert suggest_title(made) == "Revenue by month"


def test_column_names_become_words() -> None:
    assert [human(name) for name in ("dep_delay", "depDelay", "Total Sales", "GDP", "__")] == [
        "dep delay", "dep delay", "Total Sales", "GDP", "__",
    ]  # fmt: skip


def test_a_period_without_a_date_column_is_never_cut() -> None:
    frame = pl.DataFrame({"y": [3.0]})
    assert draw(config("kpi", None), frame, Facts(grain=Grain.month), today=date(2020, 1, 1)).kpi.value == "3"


def test_a_pile_without_any_value_does_not_hide_what_leads() -> None:
    frame = pl.DataFrame({"x": ["a", "Other"], "y": [None, 3.0]})
    assert picture("bar", frame, options={"orientation": "vertical"}, aggregation={"function": "avg"}).summary
