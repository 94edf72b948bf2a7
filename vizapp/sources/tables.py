"""Table: what a file of any kind holds before the types of its columns are settled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from vizapp.errors import FileTooLarge
from vizapp.sources.limits import FileLimits
from vizapp.sources.notes import Note


class Inferred(StrEnum):
    """What is looked for in a column of text: any type, dates and times only, or nothing."""

    all = "all"
    dates = "dates"
    nothing = "nothing"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns that hold plain types, or text still to be understood, in which a missing cell may be empty or null.

    `written` says how the file is written, as plain JSON: with the bytes it fixes what was read. `remarks` are
    sentences about single columns.
    """

    frame: pl.DataFrame
    written: dict[str, object] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    inferred: Inferred = Inferred.nothing
    remarks: Mapping[str, str] = field(default_factory=dict)


def check_cells(frame: pl.DataFrame, limits: FileLimits) -> None:
    """Raises FileTooLarge when a text is over its limit, naming column and row, or all texts together are."""
    whole = 0
    for column in frame:
        if column.dtype != pl.String or not len(column):
            continue
        sizes = column.str.len_bytes()
        longest = int(sizes.max() or 0)  # type: ignore[arg-type]
        if longest > limits.cell_bytes:
            row = int(sizes.arg_max() or 0) + 1
            raise FileTooLarge(
                f"A cell of “{column.name[:40]}”, row {row:,}, has {longest:,} bytes; "
                f"at most {limits.cell_bytes:,} can be read.",
                details={"limit": limits.cell_bytes, "size": longest, "row": row},
            )
        # One long text that many rows share takes little room until it is written out.
        whole += int(sizes.cast(pl.Int64).sum())
        if whole > limits.unpacked_bytes:
            message = f"The texts of this file take over {limits.unpacked_bytes / 1024 / 1024:,.0f} MB."
            raise FileTooLarge(message, details={"limit": limits.unpacked_bytes})
