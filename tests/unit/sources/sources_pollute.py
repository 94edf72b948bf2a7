"""A clean table, and the many ways in which people and programs write it badly.

The kinds follow the pollutions that a survey of 3,712 public CSV files found (Pollock, VLDB 2023).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

HEADER = ["DATE", "TIME", "Qty", "CODE", "Price", "Kind", "Description", "URL", "Comments"]
_KINDS = [
    "Men's Waterproof Boots",
    'Table, Round 48"',
    "Throw Pillow, Wooden Paddles",
    'Boxer, 5" Inseam',
    "Kids' Hat",
    'Mountain Bike, 24"',
    "Leather Sofa",
]
_WORDS = [
    "These boots are rugged enough for peak performance, yet light and quick.",
    "The next level of weather protection. This jacket resists the elements; it keeps you visible.",
    "Crisp action and a light feel in our 8\\'9\" length rod, designed for her.",
    "Great grip and breathability make these ideal for warm, dry conditions.",
    "Handhooked on front for a timeless style: add a pop of fun to your bed, chair or sofa.",
]


def clean_rows(count: int = 83) -> list[list[str]]:
    """Orders of a shop: dates, times, numbers, codes, prices, free text, links and an empty column."""
    rows = []
    for i in range(count):
        day, month = 13 + i % 16, 1 + i // 16
        code = f"{'MRBCYHAZG'[i % 9]}{'GIHCYKNNX'[i % 9]}-{1000 + (i * 7919) % 9000}"
        rows.append(
            [
                f"{day:02}/{month:02}/2018",
                f"{(i // 4) % 24:02}:{(i % 4) * 15:02}",
                str((i * 3) % 11),
                code,
                f"${(i * 37) % 100}.{(i * 17) % 100:02}",
                _KINDS[i % len(_KINDS)],
                _WORDS[i % len(_WORDS)],
                f"https://www.example.com/product/{code.replace('-', '_')}.html",
                "",
            ]
        )
    return rows


@dataclass
class Polluted:
    """A file and the table it was meant to be; `header` is None when the file has none."""

    name: str
    text: str
    header: list[str] | None
    rows: list[list[str]]
    encoding: str = "utf-8"

    @property
    def raw(self) -> bytes:
        """As it lies on the disk."""
        return self.text.encode(self.encoding)


@dataclass
class Line:
    """One record before it is written: cells, how they are joined, and what is done to it."""

    cells: list[str]
    delimiters: list[str] = field(default_factory=list)
    end: str = "\r\n"
    stray: int | None = None

    def write(self, quote: str, escape: str) -> str:
        """The record as text, every cell quoted."""
        parts = []
        for index, cell in enumerate(self.cells):
            text = cell.replace(quote, escape + quote)
            text = quote + text if self.stray == index else text
            parts.append(f"{quote}{text}{quote}" + (self.delimiters[index] if index < len(self.delimiters) else ""))
        return "".join(parts) + self.end


def _lines(table: list[list[str]], delimiter: str = ",", end: str = "\r\n") -> list[Line]:
    return [Line(list(row), [delimiter] * (len(row) - 1), end) for row in table]


def _write(lines: list[Line], quote: str = '"', escape: str = '"') -> str:
    return "".join(line.write(quote, escape) for line in lines)


def whole_file(count: int = 83) -> Iterator[Polluted]:
    """Every kind that concerns the file or the table as a whole."""
    rows = clean_rows(count)
    table = [HEADER, *rows]
    text = _write(_lines(table))
    yield Polluted("source", text, HEADER, rows)
    yield Polluted("no_trailing_newline", text[:-2], HEADER, rows)
    yield Polluted("double_trailing_newline", text + "\r\n", HEADER, rows)
    yield Polluted("no_header", _write(_lines(rows)), None, rows)
    for extra in (2, 3):
        joined = [" ".join([name] * extra) for name in HEADER]
        yield Polluted(f"header_multirow_{extra}", _write(_lines([HEADER] * extra + rows)), joined, rows)
    blank = [""] * len(HEADER)
    title = ["PREAMBLE", *blank[1:]]
    yield Polluted("preamble", _write(_lines([title, blank, *table])), HEADER, rows)
    yield Polluted("preamble_undelimited", "PREAMBLE\r\nof three\r\nlines\r\n\r\n" + text, HEADER, rows)
    yield Polluted("footnote", text + "\r\n" + _write(_lines([["FOOTNOTE", *blank[1:]]])), HEADER, rows)
    yield Polluted("footnote_undelimited", text + '"FOOTNOTE"\r\n"FOOTNOTE"\r\n', HEADER, rows)
    yield Polluted(
        "multitable_less",
        _write(_lines(table + [r[:8] for r in table[:count]])),
        HEADER,
        rows + [r[:8] for r in table[:count]],
    )
    yield Polluted("multitable_same", _write(_lines(table + table[:count])), HEADER, rows + table[:count])
    wider = [[*HEADER, "col1"], *([*row, row[-1]] for row in rows[: count - 1])]
    yield Polluted("multitable_more", _write(_lines(table + wider)), HEADER, rows + wider)
    yield Polluted("header_only", _write(_lines([HEADER])), HEADER, [])
    yield Polluted("one_data_row", _write(_lines(table[:2])), HEADER, rows[:1])
    yield Polluted("record_delimiter_lf", _write(_lines(table, end="\n")), HEADER, rows)
    yield Polluted("record_delimiter_cr", _write(_lines(table, end="\r")), HEADER, rows)
    for name, delimiter in (
        ("semicolon", ";"),
        ("tab", "\t"),
        ("comma_space", ", "),
        ("space", " "),
        ("pipe", "|"),
        ("colon", ":"),
        ("two_tabs", "\t\t"),
        ("caret", "^"),
    ):
        yield Polluted(f"field_delimiter_{name}", _write(_lines(table, delimiter)), HEADER, rows)
    yield Polluted("quotation_char_apostrophe", _write(_lines(table), "'", "'"), HEADER, rows)
    yield Polluted("quotation_char_apostrophe_unescaped", _write(_lines(table), "'", ""), HEADER, rows)
    yield Polluted("escape_char_backslash", _write(_lines(table), '"', "\\"), HEADER, rows)
    yield Polluted("escape_char_missing", _write(_lines(table), '"', ""), HEADER, rows)
    yield Polluted(
        "encoding_latin1",
        text.replace("Leather", "Léder"),
        HEADER,
        [[c.replace("Leather", "Léder") for c in r] for r in rows],
        "latin-1",
    )
    yield Polluted("encoding_utf16", text, HEADER, rows, "utf-16")
    yield Polluted("encoding_utf16_le_no_mark", text, HEADER, rows, "utf-16-le")
    one = [[row[3]] for row in rows]
    yield Polluted("one_column", _write(_lines([["CODE"], *one])), ["CODE"], one)
    yield Polluted("nul", text.replace("Sofa", "So\x00fa"), HEADER, rows)


def single_row(count: int = 83, only: set[int] | None = None) -> Iterator[Polluted]:
    """Every kind that concerns one record: each record in turn, or those in `only` (0 is the header)."""
    rows = clean_rows(count)
    table = [HEADER, *rows]
    for index in range(len(table)):
        if only is not None and index not in only:
            continue
        for column in range(len(HEADER)):
            lines = _lines(table)
            if column:
                lines[index].delimiters[column - 1] = ",,"
            else:
                lines[index].delimiters[0] = ","
            text = _write(lines)
            if not column:  # a separator before the first cell
                broken = _write(lines[:index]) + "," + _write(lines[index:])
                text = broken
            yield Polluted(f"row_more_sep_{index}_{column}", text, HEADER, rows)
            if column:
                lines = _lines(table)
                lines[index].delimiters[column - 1] = ""
                yield Polluted(f"row_less_sep_{index}_{column}", _write(lines), HEADER, rows)
            lines = _lines(table)
            lines[index].stray = column
            header, expected = list(HEADER), [list(row) for row in rows]
            target = header if index == 0 else expected[index - 1]
            target[column] = '"' + target[column]
            yield Polluted(f"row_extra_quote_{index}_{column}", _write(lines), header, expected)
        lines = _lines(table)
        lines[index].delimiters = [" "] * (len(HEADER) - 1)
        yield Polluted(f"row_field_delimiter_{index}_space", _write(lines), HEADER, rows)
