"""The series of a frame: split, capped to the palette, ordered by size with Other last, coloured."""

from dataclasses import dataclass

import polars as pl

from vizapp.charts.theme import OTHER_COLOUR, Theme, colour_map
from vizapp.charts.words import OTHER, human
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.view import LegendItem


@dataclass(frozen=True, slots=True)
class Series:
    """The rows of one colour; the only series of a chart has no name."""

    name: str
    colour: str
    rows: pl.DataFrame

    @property
    def is_other(self) -> bool:
        """Whether this is what top N folded."""
        return self.name == OTHER


def split(frame: pl.DataFrame, theme: Theme) -> list[Series]:
    """The largest series that the palette can tell apart, largest first, Other last."""
    if "series" not in frame.columns:
        return [Series("", theme.palette[0], frame)]
    sizes = (
        frame.group_by("series", maintain_order=True)
        .agg(pl.col("y").abs().sum().alias("size"))
        .sort("size", "series", descending=[True, False])
    )
    names = [name for name in sizes["series"].to_list() if name != OTHER][: len(theme.palette)]
    colours = distinct(names, theme)
    parts = {str(key[0]): part for key, part in frame.partition_by("series", as_dict=True, include_key=False).items()}
    found = [Series(name, colours[name], parts[name]) for name in names]
    return found + ([Series(OTHER, OTHER_COLOUR, parts[OTHER])] if OTHER in parts else [])


def distinct(names: list[str], theme: Theme) -> dict[str, str]:
    """Dashboard colours where they are known and not doubled within this chart, free ones for the rest."""
    kept: dict[str, str] = {}
    for name in sorted(set(names) - {OTHER}):
        colour = theme.colours.get(name)
        if colour is not None and colour not in kept.values():
            kept[name] = colour
    return colour_map(set(names) - {OTHER}, theme.palette, kept)


def cap_note(frame: pl.DataFrame, shown: list[Series], config: ChartConfig) -> tuple[str, ...]:
    """What was left out because colours would repeat."""
    if "series" not in frame.columns:
        return ()
    count = frame["series"].n_unique()
    if count <= len(shown):
        return ()
    return (
        f"Shows the {len(shown)} largest of {count} values of {human(config.data_mapping.series or 'the series')}.",
    )


def legend(series: list[Series], *, line: bool) -> tuple[LegendItem, ...]:
    """One entry a trace, in the order of the traces."""
    return tuple(LegendItem(item.name, item.colour, index, line) for index, item in enumerate(series))
