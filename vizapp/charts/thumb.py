"""Small pictures as SVG text: sparklines, histograms of columns, thumbnails of charts and dashboards.

Colours come only from CSS variables, so they follow the theme; no text from data ever enters them.
"""

from collections.abc import Callable, Sequence

Box = tuple[float, float, float, float]


def spark(values: Sequence[float | None]) -> str:
    """A sparkline with a soft area, gaps where values are missing; empty with fewer than two values."""
    found = [value for value in values if value is not None]
    if len(found) < 2:
        return ""
    return _svg(112, 40, _line(values, (1, 3, 110, 36)))


def histogram(counts: Sequence[float], *, muted: bool = False) -> str:
    """The distribution of a column; grey and apart for text."""
    if not counts:
        return ""
    bars = _bars(counts, (0, 0, 120, 28), colour="var(--other)" if muted else "var(--c1)", gap=0.3 if muted else 0.1)
    return _svg(120, 28, bars)


def thumbnail(key: str) -> str:
    """A generic picture of a chart type or variant; unknown types look like bars."""
    draw = _SHAPES.get(key, _SHAPES["bar"])
    return _svg(96, 56, draw((6, 8, 84, 42)), keep=True)


def board(items: Sequence[tuple[str, float, float, float, float]]) -> str:
    """A dashboard at a glance: (kind, x, y, w, h) on twelve columns; taller boards are cut off at the bottom."""
    column, row, gap = 336 / 12, 192 / 7, 5
    tiles = [
        _tile(kind, (x * column + gap / 2, y * row + gap / 2, w * column - gap, h * row - gap))
        for kind, x, y, w, h in items
    ]
    return _svg(336, 192, "".join(tiles))


def _tile(kind: str, box: Box) -> str:
    x, y, w, h = box
    pad = 6.0
    inner = (x + pad, y + pad + 8, max(w - 2 * pad, 1), max(h - 2 * pad - 8, 1))
    place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}"'
    frame = f'<rect {place} rx="3" fill="var(--tile)" stroke="var(--line)"/>'
    title = _rule(x + pad, y + pad, min(44, w * 0.4), 2.6, 0.34)
    return frame + title + _SHAPES.get(kind, _SHAPES["bar"])(inner)


def _svg(width: int, height: int, body: str, *, keep: bool = False) -> str:
    ratio = "xMidYMid meet" if keep else "none"
    head = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" preserveAspectRatio="{ratio}"'
    return f'<svg {head} aria-hidden="true">{body}</svg>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _line(
    values: Sequence[float | None], box: Box, *, colour: str = "var(--c1)", area: bool = True, from_zero: bool = False
) -> str:
    """Runs of values between gaps, each a stroke over its own soft area."""
    x, y, w, h = box
    found = [value for value in values if value is not None]
    low, high = min(found), max(found)
    low = min(low, 0) if from_zero else low
    span = (high - low) or 1

    def point(index: int, value: float) -> tuple[float, float]:
        return x + index / (len(values) - 1) * w, y + h - (value - low) / span * h

    body = ""
    for run in _runs(values):
        dots = [point(index, value) for index, value in run]
        path = "M" + "L".join(f"{_n(px)} {_n(py)}" for px, py in dots)
        if area:
            ends = f"L{_n(dots[-1][0])} {_n(y + h)}L{_n(dots[0][0])} {_n(y + h)}Z"
            body += f'<path d="{path}{ends}" fill="{colour}" opacity=".12"/>'
        stroke = 'stroke-width="1.5" vector-effect="non-scaling-stroke" stroke-linejoin="round" stroke-linecap="round"'
        body += f'<path d="{path}" fill="none" stroke="{colour}" {stroke}/>'
    return body


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((index, value))
    return [run if len(run) > 1 else run * 2 for run in runs if run]


def _bars(values: Sequence[float], box: Box, *, colour: str = "var(--c1)", gap: float = 0.25) -> str:
    x, y, w, h = box
    top = max(values) or 1
    step = min(w / len(values), 28)
    return "".join(
        _rect(x + index * step, y + h - value / top * h, step * (1 - gap), value / top * h, colour)
        for index, value in enumerate(values)
    )


def _rect(x: float, y: float, w: float, h: float, colour: str) -> str:
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(max(h, 0))}" fill="{colour}"/>'


def _rule(x: float, y: float, w: float, h: float, opacity: float = 0.1) -> str:
    place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}" rx="{_n(min(h / 2, 3))}"'
    return f'<rect {place} fill="currentColor" opacity="{opacity:g}"/>'


# Shapes that look like real data: a quiet rise with a season in it.
_WAVE = (3, 4.4, 3.8, 5.2, 6.8, 6.1, 5.4, 6.4, 8, 7.2, 6.6, 8.4)
_LOWER = (2, 2.6, 3.4, 3, 3.8, 4.4, 3.6, 3.2, 4, 5, 4.6, 5.2)
_LEAST = (1.2, 1, 1.6, 2.2, 1.8, 2.4, 3, 2.2, 1.8, 2.4, 2, 3)
_RANKS = (10, 8.6, 7.1, 5.4, 4.2, 2.8)
_DOTS = tuple(((i * 37 % 40) / 40, ((i * 37 % 40) / 40) * 0.7 + (i * 53 % 17) / 56) for i in range(36))


def _hbars(box: Box) -> str:
    x, y, w, h = box
    step = h / len(_RANKS)
    return "".join(_rect(x, y + i * step, value / 10 * w, step * 0.66, "var(--c1)") for i, value in enumerate(_RANKS))


def _stack(box: Box, *, share: bool = False) -> str:
    x, y, w, h = box
    columns = list(zip(_WAVE, _LOWER, _LEAST, strict=True))
    top = max(map(sum, columns))
    step, body = w / len(columns), ""
    for index, parts in enumerate(columns):
        base, whole = y + h, sum(parts) if share else top
        for series, part in enumerate(parts):
            size = part / whole * h
            base -= size
            body += _rect(x + index * step, base, step * 0.76, size, f"var(--c{series + 1})")
    return body


def _lines(box: Box) -> str:
    x, y, w, h = box
    bands = ((_WAVE, 0.0, 0.7), (_LOWER, 0.25, 0.6), (_LEAST, 0.55, 0.4))
    return "".join(
        _line(values, (x, y + top * h, w, size * h), colour=f"var(--c{index + 1})", area=False)
        for index, (values, top, size) in enumerate(bands)
    )


def _donut(box: Box) -> str:
    x, y, w, h = box
    radius = max(min(w, h) / 2 - 3, 1)
    around, start, body = 6.28319 * radius, 0.0, ""
    for index, share in enumerate((0.46, 0.29, 0.16, 0.09)):
        arc = share * around
        circle = f'cx="{_n(x + w / 2)}" cy="{_n(y + h / 2)}" r="{_n(radius)}" fill="none" stroke="var(--c{index + 1})"'
        dashes = f'stroke-dasharray="{_n(max(arc - 0.8, 0.1))} {_n(around)}" stroke-dashoffset="{_n(-start)}"'
        body += f'<circle {circle} stroke-width="6" {dashes}/>'
        start += arc
    return body


def _scatter(box: Box) -> str:
    x, y, w, h = box
    return "".join(
        f'<circle cx="{_n(x + px * w)}" cy="{_n(y + h - min(py, 0.98) * h)}" r="1.7" fill="var(--c1)" opacity=".6"/>'
        for px, py in _DOTS
    )


def _table(box: Box) -> str:
    x, y, w, h = box
    rows = range(max(3, int(h // 7)))
    return "".join(
        _rule(x, y + row * 7, w * (0.28 + row * 7 % 5 * 0.03), 2.4, 0.3)
        + _rule(x + w * 0.52, y + row * 7, w * 0.44 * max(0.12, 1 - row * 0.14), 2.4, 0.16)
        for row in rows
    )


def _kpi(box: Box) -> str:
    x, y, w, h = box
    tall = min(h, 12)
    return _rule(x, y + (h - tall) / 2, min(w * 0.42, 34), tall, 0.6) + _line(_WAVE, (x + w * 0.55, y, w * 0.45, h))


def _map(box: Box) -> str:
    x, y, w, h = box
    return _rule(x, y, w, h, 0.06) + _scatter(box)


def _heat(box: Box) -> str:
    x, y, w, h = box
    cw, ch = w / 9, h / 5
    return "".join(
        _rect(x + c * cw, y + r * ch, cw - 0.8, ch - 0.8, f"var(--seq-{min(5, (c * (r + 2)) // 8 + (r * c) % 2)})")
        for r in range(5)
        for c in range(9)
    )


_SHAPES: dict[str, Callable[[Box], str]] = {
    "bar": lambda box: _bars(_WAVE, box),
    "hbar": _hbars,
    "ranked": _hbars,
    "stack": _stack,
    "stacked": _stack,
    "percent": lambda box: _stack(box, share=True),
    "line": _lines,
    "area": lambda box: _line(_WAVE, box, from_zero=True),
    "pie": _donut,
    "scatter": _scatter,
    "table": _table,
    "kpi": _kpi,
    "heat": _heat,
    "map": _map,
}
