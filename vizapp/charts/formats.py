"""Numbers and dates as people read them. The browser's twin of `compact` is in assets/theme.js."""

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

from vizapp.charts.text import MISSING, tidy
from vizapp.schemas.chart import Grain

MINUS = "−"
UNITS = ("", "K", "M", "B", "T")
# A double has about 15 digits: from here on separators would show some that nobody counted.
HUGE = 1e15

Number = int | float


def number(value: object) -> float | None:
    """A finite float, or None: the only test of "is there a number" in this package."""
    if isinstance(value, bool | int | float | Decimal):
        found = float(value)
        return found if math.isfinite(found) else None
    return None


def compact(value: object) -> str:
    """12,300 → 12.3K: K M B T from ten thousand on, three figures, a true minus, an em dash for nothing."""
    found = number(value)
    if found is None:
        return MISSING
    size = abs(found)
    unit = unit_of(size)
    scaled = float(f"{size / 1000**unit:.3g}")
    if scaled >= 1000 and 0 < unit < len(UNITS) - 1:  # 999,950 rounds to 1M, not 1000K
        scaled, unit = 1.0, unit + 1
    return _signed(found, (_figures(scaled) if unit else _small(size)) + UNITS[unit])


def unit_of(size: float) -> int:
    """The index into UNITS for a magnitude; up to 9,999 numbers are short enough as they are."""
    if size < 9_999.5:
        return 0
    return min(int(math.log10(size) // 3), len(UNITS) - 1)


def full(value: object) -> str:
    """The whole number with separators; fractions to two decimals, below one to three figures."""
    found = number(value)
    if found is None:
        return MISSING
    size = abs(found)
    if size >= HUGE:
        return _signed(found, f"{size:.6g}")
    return _signed(
        found, f"{size:,.0f}" if found == int(found) else _strip(f"{size:,.2f}") if size >= 1 else _figures(size)
    )


def alike(values: Sequence[object]) -> list[str]:
    """A column of numbers with the same decimals: none, one or two; those all below one in figures."""
    places = decimals(values)
    return [fixed(value, places) for value in values]


def decimals(values: Sequence[object]) -> int | None:
    """How many decimals `alike` gives a column: one or two; None where each number is written for itself."""
    sizes = [abs(found) for value in values if (found := number(value)) is not None]
    top = max(sizes, default=0.0)
    if all(size == int(size) for size in sizes) or top >= HUGE or top < 1:
        return None
    return 1 if all(abs(size * 10 - round(size * 10)) < 1e-6 for size in sizes) else 2


def fixed(value: object, places: int | None) -> str:
    """The whole number with separators and this many decimals; as `full` where there is no such count."""
    found = number(value)
    if found is None or places is None or abs(found) >= HUGE:
        return full(value)
    return _signed(found, f"{abs(found):,.{places}f}")


def percent(share: float | None) -> str:
    """0.4213 → 42%; below ten percent one decimal."""
    found = number(share)
    if found is None:
        return MISSING
    value = abs(found) * 100
    if value >= 1e6:
        return _signed(found, f"{value:.3g}%")
    return _signed(found, f"{value:,.0f}%" if value >= 9.95 or value == 0 else _strip(f"{value:.1f}") + "%")


def signed(text: str, value: float) -> str:
    """A change with its sign: +2.1, −0.4."""
    return f"+{text}" if value > 0 else text


def _signed(value: float, text: str) -> str:
    return f"{MINUS}{text}" if value < 0 and text.strip("0.%") else text


def _small(size: float) -> str:
    return f"{size:,.0f}" if size >= 99.95 else _figures(size)


def _figures(size: float) -> str:
    """Three significant figures without trailing zeros; exponents only where nothing else is short."""
    if size >= 1000:
        return f"{size:,.0f}" if size < 1e6 else f"{size:.3g}"
    if 0 < size < 1e-6:
        return f"{size:.2e}"
    return _strip(f"{size:.{max(0, 2 - math.floor(math.log10(size)))}f}") if size else "0"


def _strip(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def moment(value: object, grain: Grain | None = None) -> str:
    """A date by its grain: 14:05 · 3 Mar · Mar 2026 · Q1 26 · 2026; whole when there is no grain."""
    if not isinstance(value, date):
        return MISSING
    day = f"{value.day} {value:%b}"
    clock = f"{value:%H:%M}" if isinstance(value, datetime) else ""
    if grain in (Grain.minute, Grain.hour) and clock:
        return clock
    if grain in _BY_GRAIN:
        return _BY_GRAIN[grain](value)
    midnight = not clock or clock == "00:00"
    return f"{day} {value.year}" + ("" if midnight else f", {clock}")


_BY_GRAIN: dict[Grain | None, Callable[[date], str]] = {
    Grain.day: lambda d: f"{d.day} {d:%b}",
    Grain.week: lambda d: f"{d.day} {d:%b}",
    Grain.month: lambda d: f"{d:%b} {d.year}",
    Grain.quarter: lambda d: f"Q{(d.month + 2) // 3} {d.year % 100:02d}",
    Grain.year: lambda d: str(d.year),
}


def anything(value: object) -> str:
    """One table cell or category as text."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float | Decimal):
        return full(value)
    return moment(value) if isinstance(value, date) else tidy(value)
