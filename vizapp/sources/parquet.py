"""Parquet → a table: its own types, mapped to ours. The file says how much it holds before any of it is read."""

from pathlib import Path

import polars as pl

from vizapp.errors import InvalidFile
from vizapp.sources.limits import FileLimits
from vizapp.sources.names import clean_names
from vizapp.sources.ours import to_ours
from vizapp.sources.tables import Table, check_cells

_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
# Random bytes in a Parquet file give each of these; a panic is no Exception.
_DAMAGE = (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException)


def read_parquet(path: Path, limits: FileLimits = FileLimits()) -> Table:  # noqa: B008 - frozen
    """Read the file at `path`. Raises InvalidFile and FileTooLarge, with the limit."""
    _check_magic(path)
    try:
        lazy = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        names = lazy.collect_schema().names()
        if not names:
            raise InvalidFile("The file has no columns.")
        limits.check_shape(int(lazy.select(pl.len()).collect().item()), len(names))
        frame = lazy.collect()
    except _DAMAGE as exc:
        raise InvalidFile("This Parquet file is damaged, or uses what cannot be read here.") from exc
    check_cells(frame, limits)
    return _ours(frame)


def _check_magic(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(max(0, path.stat().st_size - 4))
        end = file.read(4)
    if not start:
        raise InvalidFile("The file is empty.")
    if _ENCRYPTED in (start, end):
        raise InvalidFile("This Parquet file is encrypted. Upload it without encryption.")
    if start != _MAGIC:
        raise InvalidFile("This is not a Parquet file: it does not begin as one.")
    if end != _MAGIC:
        raise InvalidFile("This Parquet file is cut off: its end is missing.")


def _ours(frame: pl.DataFrame) -> Table:
    names, notes = clean_names(frame.columns)
    frame = frame.rename(dict(zip(frame.columns, names, strict=True)))
    made = [to_ours(column) for column in frame]
    remarks = {column.name: told for column, told in made if told}
    return Table(pl.DataFrame([column for column, _ in made]), {}, tuple(notes), remarks=remarks)
