"""Names at the ends of lines, moved apart so that they never touch."""

from collections.abc import Iterable, Sequence

from vizapp.charts.text import clip, plain, tidy, width_px
from vizapp.charts.theme import Json

# A 12 px label needs 16 px (LOOK: labels moved apart by 16 px).
APART = 16
# The plot of a tile three rows high: 332 less head 52, paddings 20, x labels 28, margins 16. The browser
# corrects this for the height the chart really has (assets/theme.js, VZ.spread).
PLOT_HEIGHT = 216
NAME_CHARS = 18
GAP = 8


def end_margin(names: Iterable[str]) -> int:
    """The room at the right that the names need."""
    return round(max(width_px(clip(tidy(name), NAME_CHARS)) for name in names)) + GAP + 8


def end_labels(ends: Sequence[tuple[str, object, float | None]], span: Sequence[float]) -> list[Json]:
    """An annotation for each (name, x, y), with the shift that keeps it clear of its neighbours."""
    placed = sorted(((name, x, y) for name, x, y in ends if y is not None), key=lambda end: -end[2])
    scale = PLOT_HEIGHT / ((span[1] - span[0]) or 1)
    found: list[Json] = []
    above = float("inf")
    for name, x, y in placed:
        want = y * scale
        at = min(want, above - APART)
        above = at
        found.append({
            "name": "end", "x": x, "y": y, "text": plain(name, NAME_CHARS), "showarrow": False, "align": "left",
            "xanchor": "left", "yanchor": "middle", "xshift": GAP, "yshift": round(at - want),
        })  # fmt: skip
    return found
