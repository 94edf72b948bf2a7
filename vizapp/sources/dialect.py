"""Dialect: how a file of delimited text is written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file is written. `first_row` is the line (1-based) of the first data row.

    `quote` is empty when nothing is quoted; `escape` is the quote itself when quotes are doubled.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    header_rows: int = 1
    first_row: int = 2
    line_end: str = "\n"

    def wire(self) -> dict[str, object]:
        """Plain JSON data."""
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "quote": self.quote,
            "escape": self.escape,
            "header_rows": self.header_rows,
            "first_row": self.first_row,
            "line_end": self.line_end,
        }
