"""Sniff: find separator, quote and escape of delimited text from a sample of its lines."""

import re
from collections import Counter
from collections.abc import Iterator

from vizapp.sources.grammar import Grammar

_LINES = 2_000
_RECORDS = 200
# A cell may hold a text of so many lines.
_HELD = 1_000
# Separators in order of trust; below 1 they need better evidence to win.
_TRUST = {
    ",": 1.0,
    "\t": 1.0,
    ";": 1.0,
    "|": 0.98,
    "\x1f": 0.98,
    "\x01": 0.98,
    "\x1e": 0.98,
    "§": 0.95,
    "¦": 0.95,
    "^": 0.9,
    "~": 0.9,
    "#": 0.7,
    "&": 0.7,
    "*": 0.7,
    ":": 0.6,
    " ": 0.6,
}
_ONE_COLUMN = 0.3
_COMMON = frozenset(",\t;|")
_SIMPLE = re.compile(
    r"""\s*(?:
      [-+]?[\d.,'\s]*\d\s?%?                                            # numbers
    | [$€£¥]\s?-?[\d.,]+ | -?[\d.,]+\s?[$€£¥]
    | [-+]?\d*\.?\d+[eE][-+]?\d+
    | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T\s]\d{1,2}:\d{2}.*)?          # dates
    | \d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:\s?[AaPp][Mm])?              # times
    | (?:NA|N/A|null|NULL|None|nan|NaN|true|false|TRUE|FALSE|-)?
    )\s*""",
    re.VERBOSE,
)


_VALUE_CHARS = 64


def is_value(text: str) -> bool:
    """Whether a cell is a number, date, time, marker or empty: more than mere words."""
    # Nothing that is a value is long, and the pattern's time grows with the square of a run of spaces.
    text = text.strip()
    return len(text) <= _VALUE_CHARS and _SIMPLE.fullmatch(text) is not None


def sniff(lines: list[str], *, delimiter: str = "", quote: str | None = None) -> Grammar:
    """The grammar that fits `lines` best; `delimiter` and `quote` fix what a person chose."""
    lines = [line.rstrip("\r") for line in lines[:_LINES] if line.strip()]
    told = re.fullmatch(r"sep=(.{1,2})", lines[0].strip("\r")) if lines else None
    delimiter = delimiter or (told[1] if told else "")
    best, best_score = _one_column(lines, quote)
    if delimiter:
        best_score = -1.0
    for candidate in [delimiter] if delimiter else _candidates(lines):
        for mark in [quote] if quote is not None else _quotes(lines, candidate):
            grammar = _with_escape(lines, candidate, mark)
            score = _score(lines, grammar)
            if score > best_score + 1e-9:
                best, best_score = grammar, score
    return best


def _one_column(lines: list[str], quote: str | None) -> tuple[Grammar, float]:
    """No separator at all: any mark that does not occur, scored so that most real separators win."""
    text = "\n".join(lines)
    absent = next((mark for mark in ",;\t\x1f" if mark not in text), "\x1f")
    values = sum(map(is_value, lines)) / (len(lines) or 1)
    # A comma within prose is followed by a space; one that is not separates something.
    odd = sum(1 for line in lines if re.search(r"[,;|](?! )|\t|^\"|\"$", line)) / (len(lines) or 1)
    return Grammar(absent, '"' if quote is None else quote), _ONE_COLUMN * (1 - odd) * (0.6 + 0.4 * values)


def _candidates(lines: list[str]) -> Iterator[str]:
    bare = "\n".join(re.sub(r'"[^"]*"', '""', line) for line in lines)
    for mark in _TRUST:
        count = bare.count(mark)
        if not count:
            continue
        if mark in ",;|:" and count == bare.count(mark + " "):
            yield mark + " "
        elif mark in "|:\t;,~^" and count == 2 * bare.count(mark * 2):
            yield mark * 2
        else:
            yield mark
    for other in ("\\t", "<>", "|~|", "@@"):
        if bare.count(other) >= len(lines):
            yield other


_LINE_CHARS = 2000


def _quotes(lines: list[str], delimiter: str) -> list[str]:
    """Quotes to try: the double quote, and any mark that wraps fields as a quote does."""
    d = re.escape(delimiter)
    # Cut: looking for where each mark closes takes the square of a line's length.
    text = "\n".join(line[:_LINE_CHARS] for line in lines[:100])
    found = ['"']
    starts = Counter(re.findall(rf"(?:^|{d})([^\w\s\"{d}])(?=.)", text, re.MULTILINE))
    for mark, count in starts.most_common(2):
        m = re.escape(mark)
        wrapped = len(re.findall(rf"(?:^|(?<={d})){m}(?:[^\n]*?){m}(?={d}|$)", text, re.MULTILINE))
        ends = len(re.findall(rf"{m}(?={d}|$)", text, re.MULTILINE))
        if (mark in "'`" and wrapped >= 2 and ends >= 0.8 * count) or (
            wrapped >= 0.9 * count and ends >= 0.9 * count and count >= 2 * len(lines[:100])
        ):
            found.append(mark)
    return found


def _with_escape(lines: list[str], delimiter: str, quote: str) -> Grammar:
    """Doubled quotes, unless reading backslashes as escapes explains the lines better."""
    doubled = Grammar(delimiter, quote, quote)
    if not any("\\" in line for line in lines):
        return doubled
    slashed = Grammar(delimiter, quote, "\\")
    records = records_of(lines, slashed)
    regular, before = _regularity(records), _regularity(records_of(lines, doubled))
    # An escape that leaves many lines irregular is none, only a backslash before a quote.
    if regular > before and regular >= 0.9 * len(records):
        return slashed
    inside = rf"(?<!{re.escape(delimiter)}){re.escape(quote * 2)}(?!{re.escape(delimiter)}|$)"
    escaped = any("\\" + quote in line for line in lines)
    is_doubled = any(re.search(inside, line) for line in lines)
    return slashed if regular == before and escaped and not is_doubled else doubled


def _regularity(records: list[list[str] | None]) -> int:
    widths = Counter(len(fields) for fields in records if fields is not None)
    return max(widths.values(), default=0)


def records_of(lines: list[str], grammar: Grammar, *, most: int = _RECORDS) -> list[list[str] | None]:
    """Fields of the first `most` records, None where a line is not well-formed; quotes may reach over lines."""
    records: list[list[str] | None] = []
    index = 0
    while index < len(lines) and len(records) < most:
        end, fields = index + 1, grammar.fields(lines[index])
        if fields is None and grammar.is_open(lines[index]):
            end, fields = _reaching(lines, index, grammar)
        records.append(fields)
        index = end
    return records


def _reaching(lines: list[str], index: int, grammar: Grammar) -> tuple[int, list[str] | None]:
    for end in range(index + 1, min(len(lines), index + _HELD)):
        if grammar.is_open(lines[end]):
            fields = grammar.fields("\n".join(lines[index : end + 1]))
            return (end + 1, fields) if fields is not None else (index + 1, None)
    return index + 1, None


def _score(lines: list[str], grammar: Grammar) -> float:
    records = records_of(lines, grammar)
    rows = [fields for fields in records if fields is not None]
    widths = Counter(len(fields) for fields in rows)
    if not widths:
        return 0.0
    width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    share = count / len(records)
    cells = [cell for fields in rows if len(fields) == width for cell in fields]
    # A cell that still holds another common separator or a stray quote speaks against this grammar.
    odd = sum(1 for cell in cells if cell[:1] == '"' or cell[-1:] == '"' or _COMMON & set(cell) - {","})
    values = sum(map(is_value, cells)) / len(cells)
    tidy = 1 - odd / len(cells)
    if width == 1:
        return _ONE_COLUMN * share * tidy * (0.6 + 0.4 * values)
    trust = _TRUST.get(grammar.delimiter[:1], 0.9)
    quoted = grammar.quote and any(grammar.delimiter + grammar.quote in line for line in lines[:50])
    if trust < 0.8 and (share < 0.9 or not (quoted or values >= 0.4 or (width > 3 and values > 0.2))):
        return 0.0
    if width == 2 and grammar.delimiter in (", ", ": ") and values < 0.3 and rows and len(rows[0]) == 1:
        trust *= 0.4  # "Smith, John" under "name": a comma of prose, not a separator
    wide = 1 - 1 / (width + 1)
    wrapped = _wrapping(lines, grammar)
    return trust * share * (0.75 if share < 0.6 else 1) * tidy * (0.6 + 0.4 * values) * wide * (1 + 0.1 * wrapped)


def _wrapping(lines: list[str], grammar: Grammar) -> float:
    """How much of the sample this quote really quotes: settles ' against \"."""
    if not grammar.quote:
        return 0.0
    wrapped = [line.startswith(grammar.quote) or grammar.delimiter + grammar.quote in line for line in lines]
    return sum(wrapped) / len(wrapped)
