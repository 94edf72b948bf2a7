"""Numbers as text: plain, with thousands separators, decimal comma, currency or percent signs."""

import re
from collections import Counter
from dataclasses import dataclass

import polars as pl

from vizapp.schemas.base import ColumnType

_UNITS = "$€£¥₹₽₩₺₴₫฿₪%"
_CODES = "USD|EUR|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|CAD|AUD|NZD|BRL|kr|zł|Kč|Ft"
_SHAPE = re.compile(
    rf"""^\s*(?P<open>\()?(?P<sign>[-+−])?(?P<before>[{_UNITS}]|(?:{_CODES})\b)?\s*(?P<sign2>[-+−])?
    (?P<digits>[\d.,'’\s\u00a0\u202f]*\d[.,]?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf|Inf|INF|infinity|Infinity)
    \s*(?P<after>[{_UNITS}]|\b(?:{_CODES}))?(?P<close>\))?\s*$""",
    re.VERBOSE,
)
_PLAIN = re.compile(r"(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|(?i:inf|infinity))$")
_GROUPED = {
    ",": re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?$"),
    ".": re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?$"),
    " ": re.compile(r"\d{1,3}(?:[\s\u00a0\u202f]\d{3})+(?:[.,]\d+)?$"),
    "'": re.compile(r"\d{1,3}(?:['’]\d{3})+(?:[.,]\d+)?$"),
}
_COMMA_DECIMAL = re.compile(r"\d+,\d+$|,\d+$")
_SPACES = " \u00a0\u202f"
# Above this many digits a whole number no longer fits 64 bits: it is a code, not a quantity.
_INT_DIGITS = 18
# No number is longer; the pattern's time grows with the square of a run of spaces.
_NUMBER_CHARS = 200


@dataclass(frozen=True, slots=True)
class AsNumber:
    """Numbers written with these separators and this unit; `whole` gives Int64, else Float64."""

    whole: bool = True
    thousands: str = ""
    decimal: str = "."
    unit: str = ""
    signs: bool = False
    strip: bool = False
    type: ColumnType = ColumnType.number

    @property
    def format(self) -> str:
        """An example in this writing; empty when plain."""
        if self.plain:
            return ""
        digits = f"1{self.thousands}234{self.decimal}5" if self.thousands else f"1234{self.decimal}5"
        return f"{self.unit}{digits}" if self.unit and self.unit in "$£¥₹" else f"{digits}{self.unit}"

    @property
    def plain(self) -> bool:
        """Whether polars reads it without help."""
        return not (self.thousands or self.unit or self.signs) and self.decimal == "."

    def read(self, text: pl.Expr) -> pl.Expr:
        """Text → numbers."""
        if not self.plain:
            text = self._unwrapped(text)
        elif self.strip:
            text = text.str.strip_chars()
        return text.cast(pl.Int64 if self.whole else pl.Float64, strict=False)

    def sound(self, values: pl.Expr) -> pl.Expr:
        """Null for NaN and infinity, which no chart can draw."""
        return values if self.whole else pl.when(values.is_finite()).then(values)

    def _unwrapped(self, text: pl.Expr) -> pl.Expr:
        text = text.str.strip_chars()
        if self.signs:
            text = text.str.replace(r"^\((.*)\)$", "-${1}").str.replace("−", "-", literal=True)
        if self.unit:
            text = text.str.replace(self.unit, "", literal=True).str.strip_chars()
            text = text.str.replace(r"^([-+])\s+", "${1}")
        if self.thousands:
            # Only well-formed groups count: "1,2,3" is a list, not a number.
            text = pl.when(text.str.contains(self._grouped())).then(text)
            marks = _SPACES if self.thousands == " " else "'’" if self.thousands == "'" else self.thousands
            text = text.str.replace_all(f"[{re.escape(marks)}]", "")
        return text.str.replace(",", ".", literal=True) if self.decimal == "," else text

    def _grouped(self) -> str:
        mark = (
            r"[ \u{a0}\u{202f}]"
            if self.thousands == " "
            else "['’]"
            if self.thousands == "'"
            else f"[{self.thousands}]"
        )
        return rf"^[-+]?\d*(?:(?:^|[-+])\d{{1,3}}(?:{mark}\d{{3}})+)?(?:[{self.decimal}]\d*)?(?:[eE][-+]?\d+)?$"


@dataclass(frozen=True, slots=True)
class NumberGuess:
    """What a sample says. `open_comma`: every comma could be a thousands or a decimal mark."""

    reading: AsNumber
    fits: int
    open_comma: bool = False
    units: tuple[str, ...] = ()


def number_guess(sample: list[str], *, decimal_comma: bool = False) -> NumberGuess | None:
    """How the numbers in `sample` are written, or None when there are none.

    `decimal_comma` says that another column of the file proved it, which settles `1,234`.
    """
    short = (value.strip() for value in sample if len(value) <= _NUMBER_CHARS)
    shapes = [found for value in short if (found := _SHAPE.match(value)) and _balanced(found)]
    if not shapes:
        return None
    units = Counter(unit for found in shapes if (unit := found["before"] or found["after"]))
    digits = [found["digits"] for found in shapes]
    thousands, decimal, open_comma = _marks(digits, decimal_comma=decimal_comma)
    if thousands == "." and all(map(_is_address, digits)):
        return None
    fits = sum(_reads(text, thousands, decimal) for text in digits)
    if not fits:
        return None
    whole = not any(decimal in text or "e" in text.lower() for text in digits)
    signs = any(found["open"] or "−" in (found["sign"] or "") + (found["sign2"] or "") for found in shapes)
    unit = units.most_common(1)[0][0] if units else ""
    strip = any(value != value.strip() for value in sample)
    reading = AsNumber(whole, thousands, decimal, unit, signs, strip)
    return NumberGuess(reading, fits, open_comma, tuple(units))


def _balanced(found: re.Match[str]) -> bool:
    return bool(found["open"]) == bool(found["close"]) and not (found["before"] and found["after"])


def _is_address(text: str) -> bool:
    """192.168.100.200 has the shape of a number with thousands separators."""
    parts = text.strip().split(".")
    return len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts)


def _marks(digits: list[str], *, decimal_comma: bool) -> tuple[str, str, bool]:
    """Thousands mark, decimal mark, and whether a comma could be either."""
    plain = sum(bool(_PLAIN.match(text)) and "." in text for text in digits)
    grouped = {mark: [text for text in digits if shape.match(text)] for mark, shape in _GROUPED.items()}
    commas = [text for text in digits if _COMMA_DECIMAL.match(text)]
    for mark in (" ", "'"):
        if grouped[mark]:
            return mark, "," if any("," in text for text in digits) else ".", False
    sure_comma = len(commas) > sum(text in grouped[","] for text in commas)
    if sure_comma or any("," in text or text.count(".") > 1 for text in grouped["."]):
        is_comma = plain <= len(commas) + len(grouped["."])
        return ("." if grouped["."] else "", ",", False) if is_comma else ("", ".", False)
    if grouped[","]:
        certain = bool(plain) or any("." in text or text.count(",") > 1 for text in grouped[","])
        return ("", ",", False) if decimal_comma and not certain else (",", ".", not certain)
    return "", ".", False


def _reads(text: str, thousands: str, decimal: str) -> bool:
    if _PLAIN.match(text) and not (decimal == "," and "." in text):
        return True
    if thousands:
        return bool(_GROUPED[thousands].match(text)) or (decimal == "," and bool(_COMMA_DECIMAL.match(text)))
    return decimal == "," and bool(_COMMA_DECIMAL.match(text))


def has_zero_led(text: pl.Expr) -> pl.Expr:
    """Whether any value is a whole number with leading zeros: `007`; not `0`, `0.5`, `0,5` or `0e3`."""
    return text.filter(text.str.starts_with("0")).str.contains(r"^0\d+$").any()


def has_too_long(text: pl.Expr) -> pl.Expr:
    """Whether any value is a whole number of more than 18 digits."""
    long = text.filter(text.str.len_bytes() > _INT_DIGITS)
    return long.str.contains(rf"^[-+]?\d{{{_INT_DIGITS + 1},}}$").any()
