"""What the document tells of chart types: they are a registry, which the models of bodies cannot know."""

from collections.abc import Iterator
from typing import Any

from vizapp.charts import registry
from vizapp.charts.registry import ANY, ChartType, Slot


def tell(schemas: dict[str, Any]) -> None:
    """Add to the schemas of a chart's bodies which types there are, the columns each takes, and its options."""
    kinds = registry.all_types()
    names = [kind.key for kind in kinds]
    for body in ("ChartBody", "ChartChanges"):
        schemas[body]["properties"]["chart_type"]["anyOf"][0]["enum"] = names
    long = schemas["LongConfig"]
    long["description"] = "\n".join([long["description"], "", *(_line(kind) for kind in kinds)])
    long["properties"]["chartType"]["enum"] = [*names, ""]
    long["properties"]["options"] = {
        "title": "Options",
        "description": "Those of the type.",
        "anyOf": [*_options(kinds, schemas)],
        "default": {},
    }


def _line(kind: ChartType) -> str:
    return f"* `{kind.key}`: {', '.join(_slot(slot) for slot in kind.slots)}"


def _slot(slot: Slot) -> str:
    kinds = "" if slot.accepts == ANY else f" ({', '.join(sorted(slot.accepts))})"
    return f"`{slot.name}`{kinds}{'' if slot.required else ' if wanted'}"


def _options(kinds: tuple[ChartType, ...], schemas: dict[str, Any]) -> Iterator[dict[str, str]]:
    for kind in kinds:
        if kind.option_fields():
            name = f"{kind.key.capitalize()}Options"
            schemas[name] = kind.options.model_json_schema(ref_template="#/components/schemas/{model}")
            yield {"$ref": f"#/components/schemas/{name}"}
