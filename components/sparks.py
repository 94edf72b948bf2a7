"""Small line drawings made on the server, as SVG text."""

from collections.abc import Sequence

WIDTH, HEIGHT, INSET = 112, 40, 3


def spark(values: Sequence[float | None]) -> str:
    """A history as a line with a soft area below; gaps stay gaps. Empty when there is nothing to connect."""
    points = _points(values)
    runs = [run for run in _runs(points) if len(run) > 1]
    if not runs:
        return ""
    body = "".join(_area(run) + _line(run) for run in runs)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">{body}</svg>'


def _points(values: Sequence[float | None]) -> list[tuple[float, float] | None]:
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return []
    low, high = min(known), max(known)
    step = (WIDTH - 2) / (len(values) - 1)
    tall = HEIGHT - INSET - 1
    flat = high == low

    def height(value: float) -> float:
        return HEIGHT / 2 if flat else INSET + tall - (value - low) / (high - low) * tall

    return [None if value is None else (1 + index * step, height(value)) for index, value in enumerate(values)]


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return runs


def _path(run: Sequence[tuple[float, float]]) -> str:
    return "".join(f"{'L' if index else 'M'}{x:.1f} {y:.1f}" for index, (x, y) in enumerate(run))


def _line(run: Sequence[tuple[float, float]]) -> str:
    return (
        f'<path d="{_path(run)}" fill="none" stroke="var(--c1)" stroke-width="1.5" '
        'vector-effect="non-scaling-stroke" stroke-linejoin="round"/>'
    )


def _area(run: Sequence[tuple[float, float]]) -> str:
    closed = f"{_path(run)}L{run[-1][0]:.1f} {HEIGHT}L{run[0][0]:.1f} {HEIGHT}Z"
    return f'<path d="{closed}" fill="var(--c1)" opacity=".12"/>'
