"""Grammar: one way of writing records, compiled; tells well-formed records from others."""

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Grammar:
    """Separator, quote and escape; `escape` equals `quote` when quotes are doubled, "" when there is none."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'

    @cached_property
    def field(self) -> str:
        """A regular expression for one field.

        Nothing in it is ever given back (`*+`): a field has one reading only, and looking for another takes long
        where a quote is not closed for megabytes.
        """
        d, q = re.escape(self.delimiter), re.escape(self.quote)
        slashed = self.escape == "\\"
        if len(self.delimiter) == 1:
            plain = rf"(?:\\.|[^{d}\\])" if slashed else f"[^{d}]"
        else:
            plain = rf"(?:\\.|(?!{d}).)" if slashed else f"(?!{d})."
        if not self.quote:
            return f"(?:{plain})*+"
        inner = rf"[^{q}\\]*+(?:(?:\\.|{q}{q})[^{q}\\]*+)*+" if slashed else f"[^{q}]*+(?:{q}{q}[^{q}]*+)*+"
        return f"(?:{q}{inner}{q}|(?!{q})(?:{plain})*+)"

    @cached_property
    def record(self) -> re.Pattern[str]:
        """Any well-formed record."""
        return re.compile(f"{self.field}(?:{re.escape(self.delimiter)}{self.field})*+", re.DOTALL)

    @cached_property
    def tidy(self) -> re.Pattern[str]:
        """A record whose quotes all wrap fields: what every CSV reader agrees on."""
        d, q = re.escape(self.delimiter), re.escape(self.quote)
        one = f'(?:"[^"]*+(?:""[^"]*+)*+"|[^{d}{q}"]*+)'
        return re.compile(f"{one}(?:{d}{one})*+", re.DOTALL)

    def of_width(self, width: int) -> re.Pattern[str]:
        """A well-formed record of exactly `width` fields."""
        return re.compile(f"{self.field}(?:{re.escape(self.delimiter)}{self.field}){{{width - 1}}}", re.DOTALL)

    @cached_property
    def _field(self) -> re.Pattern[str]:
        return re.compile(self.field, re.DOTALL)

    def raw_fields(self, record: str) -> list[str] | None:
        """The fields as written, or None when the record is not well-formed."""
        has_quote = bool(self.quote) and self.quote in record
        if not has_quote and not (self.escape == "\\" and "\\" in record):
            return record.split(self.delimiter)
        if not self.record.fullmatch(record):
            return None
        fields, place = [], 0
        while True:
            found = self._field.match(record, place)
            if found is None:
                return None
            fields.append(found[0])
            if found.end() >= len(record):
                return fields
            place = found.end() + len(self.delimiter)

    def fields(self, record: str) -> list[str] | None:
        """The values of the fields, or None when the record is not well-formed."""
        raw = self.raw_fields(record)
        return None if raw is None else [self.value(text) for text in raw]

    def value(self, raw: str) -> str:
        """A field as written → its value."""
        quote = self.quote
        if quote and len(raw) >= 2 * len(quote) and raw.startswith(quote) and raw.endswith(quote):
            return self.unescaped(raw[len(quote) : -len(quote)])
        return re.sub(r"\\(.)", r"\1", raw, flags=re.DOTALL) if self.escape == "\\" and "\\" in raw else raw

    def unescaped(self, inner: str) -> str:
        """The text between two quotes → its value. A backslash that escapes nothing stays."""
        quote = self.quote
        if self.escape == "\\" and "\\" in inner:
            return re.sub(rf"\\([\\{re.escape(quote)}])", r"\1", inner)
        return inner.replace(quote * 2, quote) if quote in inner else inner

    def is_open(self, record: str) -> bool:
        """Whether a quote is still open at the end: their number is odd."""
        if not self.quote:
            return False
        count = record.count(self.quote)
        if self.escape == "\\" and "\\" in record:
            count -= re.findall(r"\\(.)", record, re.DOTALL).count(self.quote)
        return count % 2 == 1
