"""Notes: what was repaired while a file was read, told in words, with counts and line numbers."""

from dataclasses import dataclass

SHOWN_LINES = 10


@dataclass(frozen=True, slots=True)
class Note:
    """One repair: a stable `code`, a sentence, how often, and the first lines (1-based) it touched."""

    code: str
    text: str
    count: int = 1
    lines: tuple[int, ...] = ()

    def wire(self) -> dict[str, object]:
        """Plain JSON data."""
        return {"code": self.code, "text": self.text, "count": self.count, "lines": list(self.lines)}


def on_lines(lines: list[int]) -> str:
    """`on line 3`, `on lines 3, 8, 9 and 41 more`; empty without lines."""
    if not lines:
        return ""
    shown = ", ".join(f"{line:,}" for line in lines[:3])
    more = f" and {len(lines) - 3:,} more" if len(lines) > 3 else ""
    return f"on line {shown}" if len(lines) == 1 else f"on lines {shown}{more}"
