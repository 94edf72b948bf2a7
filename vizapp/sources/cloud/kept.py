"""Files of object stores that were read: as Parquet in a folder of bounded size, each under its version."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vizapp.schemas.base import ColumnType
from vizapp.sources.store import touch
from vizapp.sources.types import FileSource

_SUFFIX = ".parquet"
# A file that was used this recently may be being read.
_FRESH_SECONDS = 60.0
_MOST_KNOWN = 1000
Columns = dict[str, ColumnType]


class Kept:
    """What this process knows of them. Several processes may share the folder."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder, self._most = folder, most_bytes
        # Who asks for a file that is just being read waits for it; versions that share a lock do so for nothing.
        self._locks = tuple(threading.Lock() for _ in range(16))
        self._columns: dict[str, Columns] = {}

    def source(self, version: str, read: Callable[[Path], None]) -> FileSource:
        """The file of this version; where there is none `read` writes it to the path it is given."""
        path = self.folder / f"{version}{_SUFFIX}"
        with self._locks[int(version[:2], 16) % len(self._locks)]:
            if not path.is_file():
                self.folder.mkdir(parents=True, exist_ok=True)
                read(path)
                self._shrink()
            touch(path)
        return FileSource(path, version)

    def columns(self, version: str, find: Callable[[], Columns]) -> Columns:
        """What `find` said of the columns of this version."""
        if version not in self._columns:
            found = find()
            if len(self._columns) >= _MOST_KNOWN:
                self._columns.clear()
            self._columns[version] = found
        return self._columns[version]

    def _shrink(self) -> None:
        """Remove what was not used for longest until the rest fits."""
        found = []
        for path in self.folder.glob(f"*{_SUFFIX}"):
            with suppress(FileNotFoundError):  # another process shrinks too
                known = path.stat()
                found.append((known.st_mtime, known.st_size, path))
        over = sum(size for _, size, _ in found) - self._most
        limit = time.time() - _FRESH_SECONDS
        for used, size, path in sorted(found):
            if over <= 0 or used > limit:
                return
            path.unlink(missing_ok=True)
            over -= size
