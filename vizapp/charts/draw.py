"""The single entrance from a config and its answer to a Picture. Pure: the same input, the same bytes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import polars as pl

from vizapp.charts.entries import get
from vizapp.charts.formats import full
from vizapp.charts.periods import without_running
from vizapp.charts.prepare import prepared, without_place
from vizapp.charts.text import tidy
from vizapp.charts.theme import THEMES, Mode, palette_of
from vizapp.charts.words import human, subtitle, suggest_title
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.query import Facts, Shape
from vizapp.schemas.view import Picture

NO_COLOURS: Mapping[str, str] = MappingProxyType({})


def draw(
    config: ChartConfig,
    frame: pl.DataFrame,
    facts: Facts,
    *,
    mode: Mode = "light",
    fallback_title: str = "",
    colours: Mapping[str, str] = NO_COLOURS,
    today: date | None = None,
) -> Picture:
    """Draw a checked config.

    `colours` keeps categories in their colours across the tiles of a dashboard, see
    `theme.colour_map`. With `today` a KPI leaves out the period that is still running.
    """
    entry = get(config.chart_type)
    titled = _titled(config, fallback_title)
    clean, gone = without_place(prepared(frame, entry.shape))
    if entry.shape is Shape.single and today is not None:
        clean = without_running(clean, facts.grain, today)
    if _nothing(clean, entry.shape):
        return Picture(subtitle=subtitle(config, facts), summary=f"{entry.label}. No data to show.", empty=True)
    theme = replace(THEMES[mode], palette=palette_of(config), colours=colours)
    picture = entry.build(titled, clean, facts, theme)
    return replace(picture, notes=(*picture.notes, *_missing(gone, config), *_left_out(frame, facts)))


def _titled(config: ChartConfig, fallback: str) -> ChartConfig:
    """The config with a title to show: its own, the chart's name, or one made from its columns."""
    title = config.styling.title or tidy(fallback or suggest_title(config))[:200]
    return config.model_copy(update={"styling": config.styling.model_copy(update={"title": title})})


def _nothing(frame: pl.DataFrame, shape: Shape) -> bool:
    if frame.is_empty():
        return True
    return shape is not Shape.rows and frame["y"].null_count() == frame.height


def _missing(gone: int, config: ChartConfig) -> tuple[str, ...]:
    what = human(config.data_mapping.x_axis or "a place")
    return (f"{full(gone)} {'value' if gone == 1 else 'values'} without {what} left out.",) if gone else ()


def _left_out(frame: pl.DataFrame, facts: Facts) -> tuple[str, ...]:
    if not facts.truncated:
        return ()
    of = f" of {full(facts.matched)}" if facts.matched is not None else ""
    return (f"Only the first {full(frame.height)}{of} rows are shown.",)
