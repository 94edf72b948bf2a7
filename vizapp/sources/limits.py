"""How much of a file is accepted. One place, so that errors can name the limit they met."""

from dataclasses import dataclass

from vizapp.errors import FileTooLarge

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileLimits:
    """The caps of one intake; sizes in bytes, `seconds` for the reading of irregular lines or of foreign formats.

    `cells` bounds formats that pack many rows into few bytes, `unpacked_bytes` what an archive may hold, and
    `memory_bytes` what a reader of a foreign format may take.
    """

    file_bytes: int = 50 * _MIB
    cell_bytes: int = _MIB
    columns: int = 500
    rows: int = 10_000_000
    cells: int = 50_000_000
    unpacked_bytes: int = 500 * _MIB
    memory_bytes: int = 2048 * _MIB
    seconds: float = 60.0
    extensions: tuple[str, ...] = (".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".json", ".jsonl", ".ndjson")

    def check_shape(self, height: int, width: int) -> None:
        """Raises FileTooLarge, naming the first of columns, rows and cells that is over its limit."""
        for size, limit, what in (
            (width, self.columns, "columns"),
            (height, self.rows, "rows"),
            (height * width, self.cells, "cells"),
        ):
            if size > limit:
                message = f"The file has {size:,} {what}; at most {limit:,} can be read."
                raise FileTooLarge(message, details={"limit": limit, "size": size})
