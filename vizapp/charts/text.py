"""Make text from data or people harmless and short enough for a figure.

plotly reads some HTML tags and entities in every label, hover templates substitute `%{…}`, and a page
with MathJax turns `$…$` into TeX. `plain` takes all three away; it must be the last step, after clipping.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

ELLIPSIS = "…"
MISSING = "—"

# Average advance of Inter at 12 px, from its hmtx table over English text (0.55 em).
CHAR_PX = 6.6

# Characters wider than one column in East Asian scripts take about two Latin ones.
_WIDE = frozenset("WF")

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;", "%": "&#37;", "\\": "&#92;"})


def plain(text: object, limit: int = 200) -> str:
    """Text that plotly shows letter by letter: no tags, entities, templates or TeX."""
    return clip(tidy(text), limit).translate(_ENTITIES)


def tidy(text: object) -> str:
    """One line without control and direction-changing characters, which could reorder the label around it."""
    chars = (char if unicodedata.category(char)[0] != "C" else " " for char in str(text)[:2000])
    return " ".join("".join(chars).split()) or MISSING


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, the last an ellipsis when something is gone."""
    return text if len(text) <= limit else text[: max(limit - 1, 1)].rstrip() + ELLIPSIS


# After a space or a hyphen, keeping it with the word before.
_BREAK = re.compile(r"(?<=[\s-])(?=\S)")


def wrapped(text: object, width: int, lines: int = 2) -> str:
    """A tick label of at most `lines` lines of `width` characters, broken at spaces and hyphens, neutralised."""
    words, found = _BREAK.split(tidy(text)), list[str]()
    while words and len(found) < lines - 1:
        line = words.pop(0)
        while words and len(line) + len(words[0].rstrip()) <= width:
            line += words.pop(0)
        found.append(line)
    return "<br>".join(plain(clip(line.strip(), width)) for line in [*found, "".join(words)] if line.strip())


def width_px(text: str) -> float:
    """About how wide a label is at 12 px."""
    return sum(CHAR_PX * (1.8 if unicodedata.east_asian_width(char) in _WIDE else 1) for char in text)


def longest_word(text: str) -> str:
    """What cannot be wrapped."""
    return max(tidy(text).split(), key=len)


def unique(labels: Iterable[str]) -> list[str]:
    """The labels, later doubles told apart by a number, so that plotly does not merge two categories."""
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return found


def listed(names: Sequence[str]) -> str:
    """“a, b and c”."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
