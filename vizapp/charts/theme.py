"""Colours and the plotly template. Figures carry data colours only; every layout colour is in the template.

So a theme switch is one relayout in the browser and never a new query. `write_theme_js` writes the
templates into assets/theme.js; a test holds the file and this module equal.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from vizapp.schemas.chart import ChartConfig, Palette

Mode = Literal["light", "dark"]
Json = dict[str, Any]

FONT = "Inter, system-ui, sans-serif"

# Okabe–Ito in an order that puts the two blues and the two oranges apart; Observable 10 and Tableau 10 from
# d3-scale-chromatic 3.1; contrast: eight colours of at least 3:1 on white and on #0d1117, found by a
# random search for the largest distance under simulated colour blindness (Machado 2009).
PALETTES: Mapping[Palette, tuple[str, ...]] = MappingProxyType(
    {
        Palette.okabe_ito: ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442"),
        Palette.observable: (
            "#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951",
            "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e", "#9498a0",
        ),
        Palette.tableau: (
            "#4e79a7", "#f28e2c", "#e15759", "#76b7b2", "#59a14f",
            "#edc949", "#af7aa1", "#ff9da7", "#9c755f", "#bab0ab",
        ),
        Palette.contrast: ("#608bfe", "#eb6b07", "#336e5a", "#ab1dab", "#7d9962", "#a7451d", "#b380b0", "#5a45eb"),
    }
)  # fmt: skip

# A grey that the legend, the figure and both themes can share: 3.3:1 on the white tile, 5.2:1 on the dark one.
OTHER_COLOUR = "#858f96"


@dataclass(frozen=True, slots=True)
class Theme:
    """One mode's layout colours with the palette and colour map of the chart at hand."""

    mode: Mode
    ink: str
    ink2: str
    grid: str
    axis: str
    tile: str
    line: str
    land: str
    border: str
    other: str
    seq: tuple[str, ...]
    palette: tuple[str, ...] = PALETTES[Palette.okabe_ito]
    colours: Mapping[str, str] = field(default_factory=dict)


LIGHT = Theme(
    mode="light", ink="rgba(7,23,34,.84)", ink2="rgba(7,23,34,.62)", grid="rgba(7,23,34,.08)", axis="rgba(7,23,34,.24)",
    tile="#ffffff", line="rgba(7,23,34,.14)", land="#eef0f1", border="#ffffff", other="#a3abb1",
    seq=("#edf4f9", "#c6deef", "#8fc0df", "#4b99c9", "#0072b2", "#004b7c"),
)  # fmt: skip
DARK = Theme(
    mode="dark", ink="rgba(255,255,255,.95)", ink2="rgba(255,255,255,.69)", grid="rgba(255,255,255,.08)",
    axis="rgba(255,255,255,.26)", tile="#101c26", line="rgba(255,255,255,.18)", land="#1a2833", border="#101c26",
    other="#66727c", seq=("#152a39", "#16405c", "#135a86", "#0072b2", "#4fa9dc", "#b4dcf5"),
)  # fmt: skip
THEMES: Mapping[Mode, Theme] = MappingProxyType({"light": LIGHT, "dark": DARK})


def palette_of(config: ChartConfig) -> tuple[str, ...]:
    """The chart's own colours, else its palette, else the default."""
    return tuple(config.styling.colors) or PALETTES[config.styling.palette or Palette.okabe_ito]


def colour_map(
    categories: Iterable[str], palette: tuple[str, ...], known: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """A colour for each category, the same for the same set whatever its order.

    `known` keeps what other tiles of the dashboard already show. The remaining categories take, in
    alphabetical order, the palette's first free colours; past the palette they are the grey of Other.
    """
    names = sorted(set(categories))
    found = {name: known[name] for name in names if name in known}
    taken = {colour.lower() for colour in found.values()}
    free = (colour for colour in palette if colour.lower() not in taken)
    return {name: found.get(name) or next(free, OTHER_COLOUR) for name in names}


def colour_of(category: str, palette: tuple[str, ...], known: Iterable[str]) -> str:
    """The colour of one category among all the `known` ones."""
    return colour_map({category, *known}, palette)[category]


def template(mode: Mode) -> Json:
    """The plotly template of a mode, sent to the browser once."""
    theme = THEMES[mode]
    axis = _axis(theme)
    layout: Json = {
        "font": _text(12, theme.ink), "colorway": list(PALETTES[Palette.okabe_ito]), "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8, "pad": 0}, "separators": ".,",
        "hovermode": "x unified", "hoversort": "value descending", "hoverdistance": 40,
        "hoverlabel": {"bgcolor": theme.tile, "bordercolor": theme.line, "font": _text(12, theme.ink), "align": "left"},
        "legend": _legend(theme), "xaxis": axis | _x_axis(theme), "yaxis": axis | _Y_AXIS,
        "bargap": 0.2, "barcornerradius": 2, "uniformtext": {"minsize": 11, "mode": "hide"},
        "colorscale": {"sequential": scale(theme)},
        "coloraxis": {"colorbar": _colour_bar(theme)},
        "geo": _geo(theme),
    }  # fmt: skip
    data = {
        "bar": [{"marker": {"line": {"width": 0}}}],
        "scatter": [{"line": {"width": 2, "shape": "linear"}}],
        "heatmap": [{"xgap": 2, "ygap": 2}],
    }
    return {"layout": layout, "data": data}


def scale(theme: Theme) -> list[list[object]]:
    """The sequential scale as plotly wants it: one hue, light to dark on white and the reverse on black."""
    last = len(theme.seq) - 1
    return [[index / last, colour] for index, colour in enumerate(theme.seq)]


def _text(size: int, colour: str) -> Json:
    return {"family": FONT, "size": size, "color": colour}


def _axis(theme: Theme) -> Json:
    return {
        "color": theme.ink2, "tickfont": _text(12, theme.ink2), "gridcolor": theme.grid, "gridwidth": 1,
        "linecolor": theme.axis, "zerolinecolor": theme.axis, "zerolinewidth": 1, "automargin": True,
        "title": {"font": _text(12, theme.ink2), "standoff": 8}, "nticks": 6,
    }  # fmt: skip


def _x_axis(theme: Theme) -> Json:
    return {
        "showgrid": False, "showline": True, "ticks": "outside", "ticklen": 4, "tickcolor": theme.axis,
        "zeroline": False, "fixedrange": True, "tickangle": 0, "spikethickness": 1, "spikecolor": theme.axis,
        "spikedash": "solid",
    }  # fmt: skip


_Y_AXIS: Json = {
    "showgrid": True, "showline": False, "ticks": "", "zeroline": False, "rangemode": "tozero", "fixedrange": True,
    "nticks": 5, "showspikes": False, "ticklabelstandoff": 4,
}  # fmt: skip


def _legend(theme: Theme) -> Json:
    return {
        "orientation": "h", "xref": "container", "x": 0, "xanchor": "left", "yref": "container", "y": 1,
        "yanchor": "top", "font": _text(12, theme.ink2), "itemwidth": 30, "traceorder": "normal",
        "bgcolor": "rgba(0,0,0,0)",
    }  # fmt: skip


def _colour_bar(theme: Theme) -> Json:
    return {"orientation": "h", "thickness": 8, "outlinewidth": 0, "tickfont": _text(11, theme.ink2), "ticks": ""}


def _geo(theme: Theme) -> Json:
    return {
        "bgcolor": "rgba(0,0,0,0)", "landcolor": theme.land, "subunitcolor": theme.border, "countrycolor": theme.border,
        "showland": True, "showlakes": False, "showcoastlines": False, "showframe": False, "subunitwidth": 1,
    }  # fmt: skip


_TEMPLATES_LINE = re.compile(r"^window\.VZ_TEMPLATES = .*$", re.MULTILINE)


def write_theme_js(path: Path) -> None:
    """Put the templates of both modes into the one line of theme.js that holds them."""
    line = f"window.VZ_TEMPLATES = {json.dumps({mode: template(mode) for mode in THEMES}, separators=(',', ':'))};"
    path.write_text(_TEMPLATES_LINE.sub(lambda _: line, path.read_text(encoding="utf-8")), encoding="utf-8")
