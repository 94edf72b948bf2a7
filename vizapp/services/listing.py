"""The order of lists: by a column the caller names, and always the same for rows that are alike in it."""

from typing import Any

from sqlalchemy import ColumnElement

from vizapp.extensions import Base


def ordered(model: type[Base], sort: str) -> tuple[ColumnElement[Any], ...]:
    """ORDER BY for `sort`, a column's name with `-` before it to begin with the last; missing values come last.

    The faces let only columns through that their list names.
    """
    column = getattr(model, sort.removeprefix("-"))
    key = model.__table__.c.id
    if sort.startswith("-"):
        return column.desc().nulls_last(), key.desc()
    return column.asc().nulls_last(), key.asc()
