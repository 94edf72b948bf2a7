"""A person's SQL as text: where it ends, what it begins with, and where its parameters stand.

This finds `:name` outside of strings and comments and cuts off a last semicolon. It is no fence: whoever trusts a
statement asks the server (see postgresql.py and mysql.py), which reads it as it really is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import TextClause, text
from sqlglot import exp

from vizapp.errors import InvalidQuery

MAX_CHARS = 20_000
_BLOCK = r"/\*.*?(?:\*/|\Z)"
_PARAM = r"(?<![:\w]):(?P<name>[A-Za-z_]\w*)(?!:)"
_TOKENS = {
    "postgres": re.compile(
        r"(?P<quoted>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(?P<tag>[A-Za-z_]\w*)?\$.*?\$(?P=tag)?\$)"
        rf"|(?P<comment>--[^\n]*|{_BLOCK})|(?P<end>;)|{_PARAM}",
        re.DOTALL,
    ),
    "mysql": re.compile(
        r"(?P<quoted>'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`(?:[^`]|``)*`)"
        rf"|(?P<comment>--(?=\s|\Z)[^\n]*|\#[^\n]*|{_BLOCK})|(?P<end>;)|{_PARAM}",
        re.DOTALL,
    ),
}
_LEADING = {
    "postgres": re.compile(rf"(?:\s|--[^\n]*\n?|{_BLOCK})*", re.DOTALL),
    "mysql": re.compile(rf"(?:\s|--(?=\s|\Z)[^\n]*\n?|\#[^\n]*\n?|{_BLOCK})*", re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: `parts` are its text and, at odd places, the names of its parameters."""

    parts: tuple[str, ...]
    params: Mapping[str, object]

    def clause(self) -> TextClause:
        """As SQLAlchemy takes it: nothing in the text is a parameter but its parameters."""
        pieces = [f":vz_{part}" if index % 2 else part.replace(":", r"\:") for index, part in enumerate(self.parts)]
        bound = {f"vz_{name}": self.params[name] for name in self.parts[1::2]}
        return text("".join(pieces) + "\n").bindparams(**bound)


def spelled(statement: Statement, dialect: str) -> str:
    """The statement with the values of its parameters written into it, as this dialect writes them."""
    pieces = [
        exp.convert(statement.params[part]).sql(dialect=dialect) if index % 2 else part
        for index, part in enumerate(statement.parts)
    ]
    return "".join(pieces)


def lines_before(sql: str, dialect: str) -> int:
    """How many lines of comments and nothing stand before the statement, which is sent without them."""
    return _LEADING[dialect].match(sql).group().count("\n")  # type: ignore[union-attr]  # it matches the empty text too


def read(sql: str, dialect: str, params: Mapping[str, object] | None = None) -> Statement:
    """The statement in `sql`. Raises InvalidQuery when there is none, more than one, or a parameter too many."""
    given = dict(params or {})
    if len(sql) > MAX_CHARS:
        raise InvalidQuery(f"The query is longer than {MAX_CHARS:,} characters.")
    if "\x00" in sql:
        raise InvalidQuery("A query must not contain the character NUL.")
    body = sql[_LEADING[dialect].match(sql).end() :]  # type: ignore[union-attr]  # it matches the empty text too
    parts, used, start = [""], set(), 0
    for token in _TOKENS[dialect].finditer(body):
        if token["end"]:
            if _LEADING[dialect].sub("", body[token.start() :].replace(";", " ")).strip():
                raise InvalidQuery("Only one statement can be asked at a time.")
            body = body[: token.start()]
            break
        name = token["name"]
        if name is not None and name in given:
            parts[-1] += body[start : token.start()]
            parts += [name, ""]
            used.add(name)
            start = token.end()
    parts[-1] += body[start:].rstrip()
    if not "".join(parts).strip():
        raise InvalidQuery("Write a query first.")
    if spare := sorted(given.keys() - used):
        raise InvalidQuery(
            f"The query has no parameter :{spare[0]}.", details={"fields": {f"params.{spare[0]}": "unused"}}
        )
    return Statement(tuple(parts), given)
