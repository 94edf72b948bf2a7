"""Where an answer leads: links of OpenAPI from an object to the calls that take its id, for tools that follow them."""

from typing import Any, TypeVar

from pydantic import BaseModel

Answer = TypeVar("Answer", bound=BaseModel)


def linked(answer: type[Answer], *calls: str) -> type[Answer]:
    """`answer` as it is documented, with a link to each of the calls."""
    links = {name: {"operationId": name, "parameters": {"id": "$response.body#/id"}} for name in calls}
    config: dict[str, Any] = {"openapi_extra": {"links": links}}
    made: type[Answer] = type(
        answer.__name__, (answer,), {"model_config": config, "__module__": __name__, "__doc__": answer.__doc__}
    )
    return made
