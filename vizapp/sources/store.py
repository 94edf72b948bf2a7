"""Files that appear whole or not at all: written beside their place, synced, then renamed."""

import errno
import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl

from vizapp.errors import StorageFull

PART = ".part"
ROW_GROUP = 250_000
_FULL = {errno.ENOSPC, errno.EROFS, errno.EDQUOT}


@contextmanager
def storage_errors() -> Iterator[None]:
    """Map a full or read-only disk to StorageFull; any other error passes."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise StorageFull from exc
        raise
    except pl.exceptions.ComputeError as exc:
        # polars keeps the number of an I/O error in its text only.
        if any(f"(os error {code})" in str(exc) for code in _FULL):
            raise StorageFull from exc
        raise


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A path to write to; on success it becomes `target` in one step, on any error it is removed.

    Raises StorageFull when the disk is full or read-only.
    """
    part = target.with_name(f"{target.name}.{uuid.uuid4().hex}{PART}")
    with storage_errors():
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            _sync(part)
            part.replace(target)
            _sync(target.parent)
        finally:
            part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with _opened(path) as handle:
        os.fsync(handle)


def write_parquet(frame: pl.DataFrame, target: Path) -> None:
    """Write `frame` to `target`, with statistics and row groups small enough to be skipped by scans."""
    with appearing(target) as part:
        frame.write_parquet(part, compression="zstd", statistics=True, row_group_size=ROW_GROUP)


def touch(path: Path) -> None:
    """Make a file look new; nothing happens when it is not there."""
    with suppress(FileNotFoundError):
        os.utime(path)


def keep_copy(source: Path, target: Path) -> None:
    """Copy `source` to `target` unless that file is there already; names are content hashes."""
    if target.exists():
        return
    with appearing(target) as part:
        shutil.copyfile(source, part)


@contextmanager
def arriving(folder: Path) -> Iterator[Path]:
    """The path of a file in `folder` that lives as long as the block, also when the process is killed in it.

    A lock is held meanwhile, which the system gives back when the process dies: `sweep_arrived` asks for it.
    """
    path = folder / f"{uuid.uuid4().hex}{PART}"
    with storage_errors(), path.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """A new folder in `folder` for files in the making; it and all in it live as long as the block, as above."""
    place = folder / f"{uuid.uuid4().hex}{PART}"
    with storage_errors():
        place.mkdir(mode=0o700)
        try:
            with _opened(place) as held:
                fcntl.flock(held, fcntl.LOCK_EX)
                yield place
        finally:
            shutil.rmtree(place)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A file or folder, open for reading, by its number."""
    handle = os.open(path, os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)


def sweep_arrived(folder: Path, *, older_than: float) -> int:
    """Remove what killed requests left in `folder`: what nobody holds, `older_than` seconds old; says how many."""
    removed, limit = 0, time.time() - older_than
    for path in folder.glob(f"*{PART}"):
        with suppress(FileNotFoundError, BlockingIOError), _opened(path) as held:
            if path.stat().st_mtime <= limit:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                removed += 1
    return removed


def sweep(folder: Path, *, older_than: float) -> int:
    """Remove `.part` files under `folder` that were last written `older_than` seconds ago; says how many."""
    removed = 0
    limit = time.time() - older_than
    for part in folder.rglob(f"*{PART}"):
        try:
            if part.stat().st_mtime <= limit:
                part.unlink()
                removed += 1
        except FileNotFoundError:  # another worker sweeps too
            continue
    return removed
