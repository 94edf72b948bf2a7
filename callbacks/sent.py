"""What a browser sends as State is whatever its sender likes: read it as what it must be, or refuse it."""

from collections.abc import Mapping

from vizapp.errors import InvalidInput

MOST = 2**31 - 1


def number(value: object, name: str = "id", *, least: int = 1) -> int:
    """A whole number such as an id; raises InvalidInput for anything else, also for true."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST:
        return value
    raise InvalidInput.of({name: f"{name} must be a whole number"})


def entry(value: object, name: str) -> int:
    """The whole number `name` of a store that holds an object."""
    return number(value.get(name) if isinstance(value, Mapping) else None, name)
