"""The picture of docs/developer-guide.md, enforced: who may import whom, and the few habits a linter has no rule for.

Every rule is data at the top of this file. A new module that fits no floor fails `test_every_module_has_a_floor`:
give it one. The checker itself is tested on small bad examples at the end.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("vizapp", "pages", "callbacks", "components", "wsgi")

# From the roof down. A module imports from lower floors and from its own package; longer names win over shorter.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("wsgi", "vizapp.cli", "vizapp.serving", "vizapp.embedded"),
    ("vizapp.worker",),
    ("vizapp.app",),
    ("vizapp.dash_app", "vizapp.public_app", "vizapp.signin", "vizapp.guard"),
    ("pages", "callbacks", "vizapp.api"),
    ("vizapp.identity", "vizapp.dash_page", "vizapp.storage"),
    ("vizapp.services",),
    ("vizapp.charts", "vizapp.query", "vizapp.exports", "vizapp.models"),
    ("vizapp.sources",),
    (
        "vizapp.access",
        "vizapp.security",
        "vizapp.extensions",
        "vizapp.database",
        "vizapp.logs",
        "vizapp.first_paint",
        "vizapp.processes",
    ),
    ("vizapp.schemas", "components", "vizapp.errors", "vizapp.config"),
)

# The only imports between neighbours on one floor.
SIDEWAYS: tuple[tuple[str, str], ...] = (
    ("callbacks", "pages"),
    ("vizapp.exports", "vizapp.charts"),
    ("vizapp.extensions", "vizapp.database", "vizapp.logs", "vizapp.processes"),
    ("vizapp.schemas", "vizapp.errors"),
    ("vizapp.config", "vizapp.errors"),
    ("components", "vizapp.schemas"),
)

FLASK = ("flask", "flask_*", "werkzeug")
DASH = ("dash", "dash_*")


@dataclass(frozen=True)
class Never:
    """Modules under `who` do not import `what`; a trailing `_*` stands for any ending."""

    who: tuple[str, ...]
    what: tuple[str, ...]
    why: str


NEVER: tuple[Never, ...] = (
    Never(
        ("vizapp.query",), (*FLASK, *DASH, "vizapp.models"), "a query knows neither request, page nor stored objects"
    ),
    Never(
        ("vizapp.charts",), (*FLASK, *DASH, "sqlalchemy", "vizapp.models"), "a chart is a function of config and frame"
    ),
    Never(("vizapp.sources",), (*FLASK, *DASH), "a source answers whoever asks"),
    Never(("vizapp.exports",), (*FLASK, "vizapp.models", "vizapp.access"), "exports get figures and frames"),
    Never(("vizapp.models",), (*DASH, "vizapp.charts", "vizapp.query", "polars"), "models hold no business rules"),
    Never(
        ("vizapp.services",),
        (*DASH, "http", "werkzeug", "flask.request", "flask.session", "flask.abort", "flask.redirect", "flask.jsonify"),
        "services do not know that HTTP exists",
    ),
    Never(
        ("vizapp.api", "pages", "callbacks"),
        ("sqlalchemy", "flask_sqlalchemy", "polars", "vizapp.models"),
        "a face translates, calls a service and translates back",
    ),
    Never(
        ("vizapp.api", "pages", "callbacks", "vizapp.identity", "vizapp.guard", "vizapp.dash_app", "vizapp.public_app"),
        ("vizapp.services.rows", "vizapp.services.intake"),
        "rows and files are for services: nobody has been asked yet whether the actor may",
    ),
    Never(
        ("vizapp.api", "pages", "callbacks"),
        ("vizapp.access.require", "vizapp.access.require_role", "vizapp.access.require_dashboard"),
        "services ask who may; a face asks `can` for what it shows",
    ),
    Never(
        ("components",), ("vizapp.errors", "vizapp.config", *FLASK, "sqlalchemy", "polars"), "components are looks only"
    ),
    Never(
        OURS,
        ("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"),
        "no pickle anywhere: reading one runs it (cache Arrow IPC or JSON bytes)",
    ),
    Never(OURS, ("plotly.express",), "figures are built with plotly.graph_objects and arrays"),
    Never(OURS, ("polars.SQLContext", "polars.sql"), "polars' SQL can read any file: compile a Query instead"),
    Never(OURS, ("yaml.load", "yaml.unsafe_load", "yaml.full_load"), "yaml.load builds objects: yaml.safe_load"),
)

# (file, module): the border that turns a lost database into an answer must name the exception it maps.
# The table of pages says which permission opens each: asked there, before any page begins.
LEAVE = (("vizapp/api/errors.py", "sqlalchemy.exc"), ("pages/__init__.py", "vizapp.access.require"))

# These import the standard library, these packages, and ground-floor modules; nothing else.
PLAIN = ("vizapp.schemas", "vizapp.errors", "vizapp.config")
PLAIN_MAY = ("pydantic", "pydantic_settings", "pydantic_core", "annotated_types", "typing_extensions", *PLAIN)

# Where an unexpected exception becomes an answer. Everywhere else the exception is named.
# The border to HTTP, the border to Dash, each tile of a dashboard (a broken one takes no neighbour
# along), and each job, whose failure is its state.
CATCH_ALL = ("vizapp/api/errors.py", "vizapp/dash_page.py", "vizapp/services/boards.py", "vizapp/services/job_runs.py")

VAGUE = {"util", "utils", "helper", "helpers", "misc", "common"}
MODULE_LINES = 400
FUNCTION_LINES = 60


@dataclass(frozen=True)
class Module:
    """A parsed source file and the dotted name it is imported by."""

    path: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source, self.path)

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        """(line, dotted name) of each import, wherever it stands, and of each attribute a rule could forbid."""
        return list(dict.fromkeys(self._imports()))

    def _imports(self) -> Iterator[tuple[int, str]]:
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names=names):
                    yield from ((node.lineno, alias.name) for alias in names)
                case ast.ImportFrom(module=module, names=names, level=level):
                    base = self._absolute(module or "", level)
                    yield from ((node.lineno, f"{base}.{alias.name}") for alias in names)
                case ast.Call(
                    func=ast.Name(id="import_module" | "__import__"), args=[ast.Constant(value=str(name)), *_]
                ):
                    yield node.lineno, name
                case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name)), *_]):
                    yield node.lineno, name
                case ast.Attribute(value=ast.Name(id=alias), attr=attr) if alias in self.aliases:
                    yield node.lineno, f"{self.aliases[alias]}.{attr}"

    @cached_property
    def aliases(self) -> dict[str, str]:
        """`import polars as pl` → {"pl": "polars"}."""
        imports = (node for node in ast.walk(self.tree) if isinstance(node, ast.Import))
        return {alias.asname or alias.name: alias.name for node in imports for alias in node.names}

    def _absolute(self, module: str, level: int) -> str:
        if not level:
            return module
        package = self.name if self.path.endswith("__init__.py") else self.name.rpartition(".")[0]
        parts = package.split(".")
        return ".".join([*parts[: len(parts) - level + 1], *filter(None, [module])])


def under(name: str, prefix: str) -> bool:
    """`a.b.c` is under `a.b`; `dash_bootstrap_components.x` is under `dash_*`."""
    if prefix.endswith("_*"):
        return name.partition(".")[0].startswith(prefix[:-1])
    return name == prefix or name.startswith(f"{prefix}.")


def place(name: str) -> tuple[int, str] | None:
    """The floor and the package on it that a module of ours belongs to; None when it has none."""
    found = [(number, package) for number, floor in enumerate(FLOORS) for package in floor if under(name, package)]
    return max(found, key=lambda pair: len(pair[1]), default=None)


def upward(module: Module) -> Iterator[str]:
    """Imports of ours that go up, or sideways without leave."""
    here = place(module.name)
    for line, name in module.imports:
        there = place(name) if name.partition(".")[0] in OURS else None
        if here is None or there is None or here[1] == there[1] or there[0] > here[0]:
            continue
        if there[0] == here[0] and (here[1], there[1]) in SIDEWAYS:
            continue
        direction = "up" if there[0] < here[0] else "sideways"
        yield f"{module.path}:{line}: {here[1]} imports {direction} into {there[1]} ({name})"


def forbidden(module: Module) -> Iterator[str]:
    """Imports that a folder never makes."""
    for line, name in module.imports:
        if any(module.path == path and under(name, what) for path, what in LEAVE):
            continue
        for rule in NEVER:
            if any(under(module.name, who) for who in rule.who) and any(under(name, what) for what in rule.what):
                yield f"{module.path}:{line}: {name}: {rule.why}"
        if any(under(module.name, who) for who in PLAIN):
            plain = name.partition(".")[0] in sys.stdlib_module_names or any(under(name, may) for may in PLAIN_MAY)
            if not plain:
                yield f"{module.path}:{line}: {name}: the ground knows pydantic and the standard library"


def catch_alls(module: Module) -> Iterator[str]:
    """Handlers that swallow everything, outside the boundaries. A rollback that ends in a bare `raise` does not."""
    if module.path in CATCH_ALL:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and not is_bare_raise(node.body[-1]):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in caught):
                yield f"{module.path}:{node.lineno}: catches everything, which only ({', '.join(CATCH_ALL)} may)"


def is_bare_raise(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Raise) and statement.exc is None


def too_long(module: Module) -> Iterator[str]:
    """Modules and functions past the size at which they stop being one idea."""
    lines = len(module.source.splitlines())
    if lines > MODULE_LINES:
        yield f"{module.path}:1: {lines} lines, at most {MODULE_LINES}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{module.path}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES}"


def read_modules() -> list[Module]:
    paths = [path for name in OURS for path in sorted((ROOT / name).rglob("*.py"))] + sorted(ROOT.glob("wsgi.py"))
    return [Module(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths]


MODULES = read_modules()


def complaints(rule: object, modules: list[Module]) -> str:
    return "\n" + "\n".join(sorted(line for module in modules for line in rule(module)))  # type: ignore[operator]


def test_every_module_has_a_floor() -> None:
    # The package itself is the ground under the ground: it imports nothing of ours.
    homeless = [module.path for module in MODULES if place(module.name) is None and module.name != "vizapp"]
    assert not homeless, f"give these a floor in FLOORS (tests/unit/test_imports.py): {homeless}"


@pytest.mark.parametrize("rule", [upward, forbidden, catch_alls, too_long])
def test_the_tree_keeps_the_rule(rule: object) -> None:
    found = complaints(rule, MODULES)
    assert not found.strip(), found


def test_no_module_is_named_after_nothing() -> None:
    vague = [module.path for module in MODULES if VAGUE & set(module.name.split("."))]
    assert not vague, f"name these after what they do: {vague}"


@pytest.mark.parametrize(
    ("path", "source", "word"),
    [
        ("vizapp/sources/csv.py", "from vizapp.charts import registry", "up into vizapp.charts"),
        ("vizapp/models/data.py", "def f():\n    import vizapp.services.charts", "up into vizapp.services"),
        ("vizapp/charts/pie.py", "from ..services import charts", "up into vizapp.services"),
        ("vizapp/charts/pie.py", "from vizapp.query.plan import plan", "sideways into vizapp.query"),
        (
            "vizapp/schemas/chart.py",
            "import importlib\nimportlib.import_module('vizapp.models')",
            "up into vizapp.models",
        ),
        ("components/card.py", "from vizapp.services import charts", "up into vizapp.services"),
        ("components/card.py", "from vizapp import models", "up into vizapp.models"),
        ("vizapp/services/charts.py", "from callbacks import charts", "up into callbacks"),
    ],
)
def test_an_import_that_climbs_is_found(path: str, source: str, word: str) -> None:
    found = complaints(upward, [Module(path, source)])
    assert word in found
    assert path in found


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("vizapp/query/plan.py", "import dash_bootstrap_components as dbc"),
        ("vizapp/query/plan.py", "from flask_login import current_user"),
        ("vizapp/charts/pie.py", "import sqlalchemy.orm"),
        ("vizapp/sources/csv.py", "from flask import request"),
        ("vizapp/services/charts.py", "import flask\nflask.request.args"),
        ("vizapp/services/charts.py", "from http import HTTPStatus"),
        ("vizapp/api/charts.py", "from vizapp.services import charts, rows"),
        ("pages/chart.py", "from vizapp.services.rows import source"),
        ("pages/editor.py", "from vizapp.access import Actor, require"),
        ("vizapp/api/charts.py", "import polars as pl"),
        ("pages/charts.py", "from vizapp.models import Chart"),
        ("callbacks/charts.py", "from sqlalchemy import select"),
        ("vizapp/schemas/chart.py", "import numpy"),
        ("vizapp/sources/csv.py", "import pickle"),
        ("vizapp/charts/pie.py", "from plotly import express as px"),
        ("vizapp/sources/csv.py", "import polars as pl\npl.SQLContext()"),
        ("vizapp/sources/csv.py", "import yaml\nyaml.load('')"),
    ],
)
def test_an_import_a_folder_never_makes_is_found(path: str, source: str) -> None:
    assert path in complaints(forbidden, [Module(path, source)])


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "vizapp/services/charts.py",
            "from vizapp.models import Chart\nfrom vizapp.errors import NotFound\nimport polars",
        ),
        ("vizapp/schemas/chart.py", "from vizapp.errors import InvalidInput\nfrom pydantic import Field"),
        ("components/card.py", "from vizapp.schemas.chart import ChartConfig\nimport dash"),
        ("vizapp/services/__init__.py", "from .charts import create"),
        ("wsgi.py", "from vizapp.app import create_app"),
    ],
)
def test_what_is_allowed_passes(path: str, source: str) -> None:
    module = Module(path, source)
    assert not [*upward(module), *forbidden(module)]


@pytest.mark.parametrize("handler", ["except Exception", "except", "except (ValueError, BaseException)"])
def test_a_catch_all_is_found_and_the_boundary_may(handler: str) -> None:
    source = f"try:\n    pass\n{handler}:\n    pass"
    assert [*catch_alls(Module("vizapp/services/charts.py", source))]
    assert not [*catch_alls(Module(CATCH_ALL[0], source))]
    assert not [*catch_alls(Module("vizapp/services/charts.py", f"{source}\n    raise"))]


def test_length_is_counted() -> None:
    body = "def f():\n" + "    x = 1\n" * FUNCTION_LINES
    assert "f has 61 lines" in complaints(too_long, [Module("vizapp/a.py", body)])
    assert "401 lines" in complaints(too_long, [Module("vizapp/a.py", "x = 1\n" * 401)])
