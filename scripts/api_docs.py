"""docs/api.md from the OpenAPI document: `make docs`. tests/api/test_document.py holds the two equal."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vizapp.api.document import complete
from vizapp.app import create_app
from vizapp.config import Config
from vizapp.extensions import db

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "api.md"
HEAD = """\
# API reference

Written by `make docs` from the OpenAPI document that a running server has at `/api/docs/openapi.json`; at `/api/docs`
each call can be tried. [permissions.md](permissions.md) tells who may do what, [examples/client.py](examples/client.py)
is a client to begin from.
"""
JSON = "application/json"


class Reference:
    """The document as Markdown."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.components = document["components"]
        # An example is printed where it is met first.
        self._shown: set[str] = set()

    def text(self) -> str:
        """The whole page."""
        parts = [HEAD, self.document["info"]["description"], "## Calls\n", *self._contents()]
        for tag in self.document["tags"]:
            parts += [f"## {tag['name'].capitalize()}\n", f"{tag['description']}\n"]
            parts += [self._call(*found) for found in self._calls(tag["name"])]
        parts += ["## Objects\n", *self._objects()]
        return "\n".join(parts).rstrip() + "\n"

    def _calls(self, tag: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, item in self.document["paths"].items():
            for method, call in item.items():
                if tag in call["tags"]:
                    yield method.upper(), path, call

    def _contents(self) -> Iterator[str]:
        yield "| call | |\n| --- | --- |"
        for tag in self.document["tags"]:
            for method, path, call in self._calls(tag["name"]):
                yield f"| [`{method} {path}`](#{call['operationId']}) | {_cell(call['summary'])} |"
        yield ""

    def _call(self, method: str, path: str, call: dict[str, Any]) -> str:
        name = call["operationId"]
        parts = [f'<a id="{name}"></a>\n### `{method} {path}`\n']
        parts += [f"{text}\n" for text in dict.fromkeys((call["summary"], call["description"]))]
        if call.get("security") == []:
            parts.append("Nobody has to sign in for it.\n")
        parts += self._parameters(call)
        parts += self._body(call)
        parts += self._answers(call)
        parts.append(self._errors(call))
        return "\n".join(parts)

    def _parameters(self, call: dict[str, Any]) -> list[str]:
        found = [self._resolved(parameter) for parameter in call.get("parameters", [])]
        if not found:
            return []
        rows = [
            f"| `{one['name']}` | {one['in']} | {self._type(one['schema'])} | {_notes(one, one['schema'])} |"
            for one in found
        ]
        return ["| parameter | in | type | |\n| --- | --- | --- | --- |", *rows, ""]

    def _body(self, call: dict[str, Any]) -> list[str]:
        if "requestBody" not in call:
            return []
        ((kind, media),) = call["requestBody"]["content"].items()
        schema = media["schema"]
        optional = "" if call["requestBody"].get("required") else ", which may be left out"
        parts = [f"Body: {self._type(schema)}{optional} (`{kind}`).\n"]
        return parts + (_block(self._resolved(schema)["example"]) if kind == JSON else [])

    def _answers(self, call: dict[str, Any]) -> Iterator[str]:
        for status, answer in call["responses"].items():
            if status >= "4":
                continue
            content = answer.get("content", {})
            schema = content.get(JSON, {}).get("schema")
            kinds = [self._type(schema)] if schema else []
            kinds += [f"`{kind}`" for kind in content if kind != JSON]
            yield f"Answers `{status}`{': ' if kinds else ''}{' or '.join(kinds)}.\n"
            if schema:
                block = _block(self._resolved(schema)["example"])
                yield from block if block[1] not in self._shown else ()
                self._shown.add(block[1])

    def _errors(self, call: dict[str, Any]) -> str:
        told = []
        for status, answer in call["responses"].items():
            if status >= "4":
                codes = self._resolved(answer)["content"][JSON]["examples"]
                told.append(f"`{status}` {', '.join(f'`{code}`' for code in codes)}")
        return f"Errors: {' · '.join(told)}.\n"

    def _objects(self) -> Iterator[str]:
        for name, schema in sorted(self.components["schemas"].items()):
            yield f"### {name}\n"
            if schema.get("description"):
                yield f"{schema['description']}\n"
            if "enum" in schema:
                yield f"One of {', '.join(f'`{value}`' for value in schema['enum'])}.\n"
            if schema.get("properties"):
                yield "| field | type | |\n| --- | --- | --- |"
                yield from (self._field(field, part, schema) for field, part in schema["properties"].items())
                yield ""

    def _field(self, name: str, part: dict[str, Any], schema: dict[str, Any]) -> str:
        about = {"required": name in schema.get("required", ())}
        return f"| `{name}` | {self._type(part)} | {_notes(about, part)} |"

    def _resolved(self, found: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in found:
            _, _, kind, name = found["$ref"].split("/")
            found = self.components[kind][name]
        return found

    def _type(self, schema: dict[str, Any]) -> str:
        match schema:
            case {"$ref": str(reference)}:
                name = reference.rpartition("/")[2]
                found = f"[{name}](#{name.lower()})"
            case {"anyOf": [*parts]}:
                found = " or ".join(dict.fromkeys(self._type(part) for part in parts))
            case {"enum": [*values]} | {"const": str() as values}:
                found = ", ".join(f"`{value}`" for value in ([values] if isinstance(values, str) else values) if value)
            case {"type": "array"}:
                found = f"list of {self._type(schema.get('items') or schema.get('prefixItems', [{}])[0])}"
            case {"additionalProperties": {"type": _} as values}:
                found = f"object of {self._type(values)}"
            case _:
                found = f"{schema.get('format') or schema.get('type', 'anything')}{_bounds(schema)}"
        return found


def _bounds(schema: dict[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f", {int(least)} to {most}"
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    if longest is None:
        return ""
    return f", {shortest} to {longest} characters" if shortest else f", at most {longest} characters"


def _notes(about: dict[str, Any], schema: dict[str, Any]) -> str:
    """What is said of a parameter or a field, and whether it has to be there. An id in a path always has to."""
    told = (part.get("description") for part in (about, schema, *schema.get("anyOf", ())))
    notes = [next(filter(None, told), "")]
    if about.get("required") and about.get("in") != "path":
        notes.append("Required.")
    elif schema.get("default") not in (None, "", [], {}):
        notes.append(f"Default `{json.dumps(schema['default'], ensure_ascii=False)}`.")
    return _cell(" ".join(notes))


def _block(example: object) -> list[str]:
    return ["```json", json.dumps(example, indent=2, ensure_ascii=False), "```\n"]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def render() -> str:
    """The page, from an app that serves nobody."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Config.load(env="development", data_dir=Path(folder), log_level="WARNING"))
        text = Reference(complete(app.api_doc)).text()  # type: ignore[attr-defined]
        app.extensions["vizapp"].pool.shutdown()
        with app.app_context():
            db.engine.dispose()
    return text


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
