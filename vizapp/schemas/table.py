"""How a table of a database is named."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from vizapp.schemas.base import Strict


def printable(value: str) -> str:
    """`value`; raises ValueError for what cannot be seen."""
    if not value.isprintable():
        raise ValueError("must not contain control characters")
    return value


Identifier = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]


class TableName(Strict):
    """A table or view; without `schema` the one the connection finds first. Text is read as `schema.name` or `name`."""

    name: Identifier
    schema_name: Identifier | None = Field(None, alias="schema")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: object) -> object:
        if not isinstance(data, str):
            return data
        schema, dot, name = data.partition(".")
        return {"schema": schema, "name": name} if dot else {"name": data}
