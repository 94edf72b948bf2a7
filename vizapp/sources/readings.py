"""Reading: one way to understand the text of a column, as a polars expression from text to type."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from vizapp.schemas.base import ColumnType
from vizapp.sources.types import named

# What people and programs write when there is no value. Case matters for "na": in lower case it is
# a word in several languages.
MISSING = (
    "",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "#NA",
    "<NA>",
    "NULL",
    "Null",
    "null",
    "None",
    "none",
    "NaN",
    "nan",
    "NAN",
    "-nan",
    "nil",
    "NIL",
    "(null)",
    "\\N",
    "-",
    "--",
    "---",
    "–",
    "—",
    "?",
    "..",
    ".",
    "#VALUE!",
    "#REF!",
    "#DIV/0!",
    "#NUM!",
    "#NAME?",
)
# Markers that are never a value of their own, so they are missing in a text column as well.
SURELY_MISSING = (
    "",
    "N/A",
    "#N/A",
    "#NA",
    "<NA>",
    "NULL",
    "null",
    "NaN",
    "nan",
    "(null)",
    "\\N",
    "-",
    "--",
    "---",
    "–",
    "—",
    "#VALUE!",
    "#REF!",
)


class Reading(Protocol):
    """How the values of a column are read; equal readings give equal results."""

    @property
    def type(self) -> ColumnType:
        """The type it gives."""
        ...

    @property
    def format(self) -> str:
        """How the text is written, for a person: `%d/%m/%Y`, `1.234,56 €`; empty when plain."""
        ...

    def read(self, text: pl.Expr) -> pl.Expr:
        """Text → typed values, null where it does not fit."""
        ...

    def sound(self, values: pl.Expr) -> pl.Expr:
        """Typed values → the same, null where they parsed but make no sense."""
        ...


def apply(frame: pl.DataFrame, readings: Mapping[str, Reading]) -> pl.DataFrame:
    """Read the named text columns. In two steps: polars would parse twice what one expression names twice."""
    parsed = frame.select(reading.read(named(name)).alias(name) for name, reading in readings.items())
    return parsed.select(reading.sound(named(name)).alias(name) for name, reading in readings.items())


@dataclass(frozen=True, slots=True)
class AsText:
    """Text as it stands; values in `missing` become null."""

    missing: tuple[str, ...] = ("",)
    type: ColumnType = ColumnType.string
    format: str = ""

    def read(self, text: pl.Expr) -> pl.Expr:
        """Text with its missing markers as null."""
        if self.missing == ("",):
            return pl.when(text != "").then(text)
        return pl.when(~text.is_in(list(self.missing))).then(text)

    def sound(self, values: pl.Expr) -> pl.Expr:
        """All of them."""
        return values


TRUE_FALSE = (("true", "false"), ("yes", "no"), ("t", "f"), ("y", "n"))


@dataclass(frozen=True, slots=True)
class AsBoolean:
    """Yes or no, in any letter case; 1 and 0 only when a person asked for it."""

    words: tuple[str, str] = ("true", "false")
    digits: bool = False
    loose: bool = False
    type: ColumnType = ColumnType.boolean

    @property
    def format(self) -> str:
        """The pair of words."""
        return "/".join(self.words)

    def read(self, text: pl.Expr) -> pl.Expr:
        """Text → true, false or null."""
        if self.loose:
            text = text.str.strip_chars().str.to_lowercase()
        yes, no = (
            [word, word.upper(), word.capitalize(), *([digit] if self.digits else [])]
            for word, digit in zip(self.words, "10", strict=True)
        )
        return pl.when(text.is_in(yes)).then(statement=True).when(text.is_in(no)).then(statement=False)

    def sound(self, values: pl.Expr) -> pl.Expr:
        """All of them."""
        return values


def boolean_reading(sample: list[str]) -> AsBoolean | None:
    """The pair of words that all of `sample` belongs to; one-letter words need both letters present."""
    words = {value.strip().lower() for value in sample}
    for pair in TRUE_FALSE:
        if words and words <= set(pair) and (len(pair[0]) > 1 or words == set(pair)):
            return AsBoolean(pair)
    return None


def nearest_boolean(sample: list[str]) -> AsBoolean:
    """The pair of words that most of `sample` belongs to."""
    words = [value.strip().lower() for value in sample]
    return AsBoolean(max(TRUE_FALSE, key=lambda pair: sum(word in pair for word in words)))
