"""What stands in a PDF, as poppler's tools read it; they are what people's viewers are made of."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.conftest import needs


class Printed:
    """A PDF to look into."""

    def __init__(self, content: bytes, folder: Path) -> None:
        needs("poppler-utils", present=shutil.which("pdftotext") is not None)
        assert content.startswith(b"%PDF-")
        self.path = folder / "printed.pdf"
        self.path.write_bytes(content)

    def text(self, page: int = 0) -> str:
        """The words of a page, of all without a number; lines as they stand."""
        which = ["-f", str(page), "-l", str(page)] if page else []
        return self._run("pdftotext", "-layout", *which, self.path, "-")

    @property
    def pages(self) -> int:
        """How many there are."""
        return int(self.about("Pages"))

    def about(self, name: str) -> str:
        """A line of pdfinfo."""
        found = re.search(rf"^{name}: +(.*)$", self._run("pdfinfo", self.path), re.MULTILINE)
        assert found is not None, name
        return found[1].strip()

    @property
    def fonts(self) -> dict[str, bool]:
        """Name → whether it is embedded."""
        lines = self._run("pdffonts", self.path).splitlines()[2:]
        return {line.split()[0].partition("+")[2] or line.split()[0]: line.split()[-5] == "yes" for line in lines}

    @property
    def images(self) -> list[tuple[int, int]]:
        """Width in pixels and pixels an inch of each."""
        lines = self._run("pdfimages", "-list", self.path).splitlines()[2:]
        return [(int(line.split()[3]), int(line.split()[12])) for line in lines]

    @property
    def outline(self) -> list[str]:
        """The bookmarks."""
        import pypdf

        entries = pypdf.PdfReader(self.path).outline
        return [str(entry["/Title"]) for entry in entries]

    @staticmethod
    def _run(*command: object) -> str:
        return subprocess.run([*map(str, command)], check=True, capture_output=True).stdout.decode()
