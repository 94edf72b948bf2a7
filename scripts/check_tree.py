"""What no linter knows about this tree: lock files in step, and nothing of anyone's machine or package index in it.

Run by `make lint`; needs git, no network.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements", "requirements-dev")
# Spelled with one-letter classes so that this file does not match itself.
INDEX_HOST = re.compile(
    r"python[h]osted|pypi\.or[g]/simple|registry\.npmj[s]|registry\.yarnpk[g]|deb\.debia[n]\.org", re.IGNORECASE
)
MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:home|Users|roo[t]|wor[k])/\w")
FOREIGN_ASSET = re.compile(r"https?://(?:cd[n]|unpk[g]|cdnj[s]|fonts\.g|stackpat[h])", re.IGNORECASE)
SERVED = ("vizapp/", "pages/", "callbacks/", "components/", "assets/")


def wanted(name: str) -> set[str]:
    """The packages a `.in` file names, `-r` lines followed, as the index spells them."""
    found: set[str] = set()
    for raw in (ROOT / f"{name}.in").read_text().splitlines():
        line = raw.partition("#")[0].strip()
        if line.startswith("-r "):
            found |= wanted(line[3:].strip().removesuffix(".in"))
        elif line:
            found.add(canonical(re.split(r"[\[<>=!~;@ ]", line, maxsplit=1)[0]))
    return found


def locked(name: str) -> dict[str, str]:
    """Package → exact version of a lock file."""
    text = (ROOT / f"{name}.txt").read_text()
    return {canonical(m[1]): m[2] for m in re.finditer(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE)}


def canonical(package: str) -> str:
    """The name as an index compares it: `Flask_WTF` is `flask-wtf`."""
    return re.sub(r"[-_.]+", "-", package).lower()


def lock_problems() -> Iterator[str]:
    """Lock files that miss a package, or name where it came from, or disagree with each other."""
    for name in LOCKS:
        for package in sorted(wanted(name) - locked(name).keys()):
            yield f"{name}.txt: {package} stands in {name}.in but is not locked: run `make lock`"
        if re.search(r"://|^-|^\s+--(?!hash=)", (ROOT / f"{name}.txt").read_text(), re.MULTILINE):
            yield f"{name}.txt: carries an address or an option: run `make lock`"
    run, dev = (locked(name) for name in LOCKS)
    for package in sorted(run.keys() & dev.keys()):
        if run[package] != dev[package]:
            yield f"{package} is {run[package]} to run and {dev[package]} to test: run `make lock`"
    yield from npm_problems()


def npm_problems() -> Iterator[str]:
    """The same for package.json and its lock."""
    manifest, lock = ROOT / "package.json", ROOT / "package-lock.json"
    if not manifest.exists():
        return
    if not lock.exists():
        yield "package-lock.json is missing"
        return
    packages = json.loads(lock.read_text())["packages"]
    if json.loads(manifest.read_text()).get("dependencies", {}) != packages[""].get("dependencies", {}):
        yield "package-lock.json is not in step with package.json"
    for where, entry in packages.items():
        if "://" in entry.get("resolved", ""):
            yield f"package-lock.json: {where} carries an index address: npm install --omit-lockfile-registry-resolved"


def text_problems() -> Iterator[str]:
    """Index hosts and machine paths in any tracked text, foreign addresses in what a page is served from."""
    for path in tracked():
        if path.startswith("assets/vendor"):
            continue
        try:
            lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        for number, line in enumerate(lines, 1):
            if INDEX_HOST.search(line):
                yield f"{path}:{number}: names a package index host"
            if MACHINE_PATH.search(line) and not path.startswith("tests/"):
                yield f"{path}:{number}: names a path of somebody's machine"
            if path.startswith(SERVED) and FOREIGN_ASSET.search(line):
                yield f"{path}:{number}: a page would fetch this from another host"


def tracked() -> list[str]:
    """Files git knows, and new ones it does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - fixed words
    return sorted({name for name in done.stdout.split("\0") if name})


def main() -> int:
    """Print every problem; 1 when there is any."""
    problems = [*lock_problems(), *text_problems()]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
