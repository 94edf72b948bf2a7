"""What databases say differently: text by code point, lower case, steps of time, missing values last.

Each dialect makes the columns of a relation as the rules of `expressions` see them, so that all engines agree.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from vizapp.schemas.chart import Grain
from vizapp.sources.sql_types import Kind

Column = ColumnElement[Any]


def _constant(text: str) -> Column:
    """A text of ours inside an expression: databases compare expressions in GROUP BY by their text."""
    return sa.literal_column("'" + text.replace("'", "''") + "'")


class Dialect:
    """The rules where databases agree. Columns come in raw and leave as the rules see them."""

    def column(self, raw: Column, kind: Kind) -> Column:
        """A column for output, grouping and order."""
        return self.text(raw, kind) if kind.is_textual else self.plain(raw, kind)

    def plain(self, raw: Column, kind: Kind) -> Column:  # noqa: ARG002 - dialects differ in what they need
        """A number, a yes/no, a day or a moment; moments and instants without a zone, in UTC."""
        return raw

    def text(self, raw: Column, kind: Kind) -> Column:
        """Text that is compared by code point, trailing spaces included."""
        raise NotImplementedError

    def contains(self, raw: Column, kind: Kind, lowered: str) -> Column:
        """Whether text has `lowered` in it, whatever the case."""
        raise NotImplementedError

    def equals(self, raw: Column, kind: Kind, value: str) -> Column:
        """Whether text is `value`, in a way an index can serve."""
        return self.text(raw, kind) == value

    def real(self, number: Column) -> Column:
        """A number as a double."""
        return sa.cast(number, sa.Double)

    def start(self, moment: Column, kind: Kind, grain: Grain) -> Column:
        """The start of the step a day or a moment is in, of the same kind."""
        raise NotImplementedError

    def day(self, moment: Column) -> Column:
        """The day of a moment."""
        return sa.cast(moment, sa.Date)

    def midnight(self, day: Column) -> Column:
        """A day as a moment."""
        return sa.cast(day, sa.DateTime)

    def value(self, value: object) -> object:
        """A value as its driver takes it."""
        return value

    def ordered(self, key: Column, *, descending: bool) -> tuple[Column, ...]:
        """ORDER BY with missing values last."""
        return ((key.desc() if descending else key.asc()).nulls_last(),)


class Postgres(Dialect):
    """PostgreSQL. `folding` is a collation that lowers case as Unicode has it, when there is one."""

    def __init__(self, folding: str = "") -> None:
        self._folding = folding

    def plain(self, raw: Column, kind: Kind) -> Column:
        """See Dialect. NaN is a missing value; among decimals it is too rare to look for in each row."""
        if kind is Kind.real:
            return sa.func.nullif(self.real(raw), sa.literal_column("'NaN'::float8"))
        return sa.func.timezone(_constant("UTC"), raw) if kind is Kind.instant else raw

    def text(self, raw: Column, kind: Kind) -> Column:  # noqa: ARG002 - all kinds alike
        """See Dialect."""
        return sa.cast(raw, sa.Text).collate("C")

    def contains(self, raw: Column, kind: Kind, lowered: str) -> Column:  # noqa: ARG002 - all kinds alike
        """See Dialect."""
        text = sa.cast(raw, sa.Text)
        folded = sa.func.lower(text.collate(self._folding) if self._folding else text)
        return sa.func.strpos(folded.collate("C"), lowered) > 0

    def equals(self, raw: Column, kind: Kind, value: str) -> Column:
        """See Dialect. Equal is equal bytes in every collation that is not made to be otherwise."""
        return raw == value if kind is Kind.text else self.text(raw, kind) == value

    def start(self, moment: Column, kind: Kind, grain: Grain) -> Column:
        """See Dialect."""
        made = sa.func.date_trunc(_constant(grain.value), moment)
        return sa.cast(made, sa.Date) if kind is Kind.day else made


class MariaDB(Dialect):
    """MySQL and MariaDB, which name the collation that compares code points differently."""

    def __init__(self, collation: str) -> None:
        self._collation = collation

    def plain(self, raw: Column, kind: Kind) -> Column:
        """See Dialect. The session is in UTC."""
        return raw != sa.literal_column("0") if kind is Kind.flag else raw

    def text(self, raw: Column, kind: Kind) -> Column:
        """See Dialect."""
        return self._wide(raw, kind).collate(self._collation)

    @staticmethod
    def _wide(raw: Column, kind: Kind) -> Column:
        if kind is Kind.binary:
            return sa.func.convert(
                sa.func.lower(sa.func.hex(raw)).op("USING", precedence=20)(sa.literal_column("utf8mb4"))
            )
        made = raw if kind is Kind.text else sa.cast(raw, sa.CHAR)
        return sa.func.convert(made.op("USING", precedence=20)(sa.literal_column("utf8mb4")))

    def contains(self, raw: Column, kind: Kind, lowered: str) -> Column:
        """See Dialect."""
        return sa.func.locate(lowered, sa.func.lower(self._wide(raw, kind)).collate(self._collation)) > 0

    def equals(self, raw: Column, kind: Kind, value: str) -> Column:
        """See Dialect. What is equal by code point is equal in the column's own collation, which an index serves."""
        exact = self.text(raw, kind) == value
        return sa.and_(raw == value, exact) if kind is Kind.text else exact

    def real(self, number: Column) -> Column:
        """See Dialect. CAST to a double is younger than the servers in use."""
        return number + sa.literal_column("0e0")

    def start(self, moment: Column, kind: Kind, grain: Grain) -> Column:
        """See Dialect."""
        made = self._start(moment, grain)
        return sa.cast(made, sa.Date if kind is Kind.day else sa.DateTime)

    @staticmethod
    def _start(moment: Column, grain: Grain) -> Column:
        form = {
            Grain.year: "%Y-01-01",
            Grain.month: "%Y-%m-01",
            Grain.day: "%Y-%m-%d",
            Grain.hour: "%Y-%m-%d %H:00:00",
            Grain.minute: "%Y-%m-%d %H:%i:00",
        }
        if grain in form:
            return sa.func.date_format(moment, _constant(form[grain]))
        days = sa.func.weekday(moment)
        if grain is Grain.week:
            return sa.func.from_days(sa.func.to_days(moment) - days)
        quarter = (sa.func.quarter(moment) - sa.literal_column("1")) * sa.literal_column("3") + sa.literal_column("1")
        return sa.func.concat(
            sa.func.date_format(moment, _constant("%Y-")),
            sa.func.lpad(quarter, sa.literal_column("2"), _constant("0")),
            _constant("-01"),
        )

    def ordered(self, key: Column, *, descending: bool) -> tuple[Column, ...]:
        """See Dialect. There is no NULLS LAST."""
        return key.is_(None), key.desc() if descending else key.asc()


class SQLite(Dialect):
    """SQLite, whose dates and moments are text as SQLAlchemy writes it: 2024-01-31 and 2024-01-31 12:30:00.000000.

    Its connections have to have `vz_lower` and `vz_day_of_week` (0 is Monday); see `tests/`.
    """

    def text(self, raw: Column, kind: Kind) -> Column:
        """See Dialect."""
        return raw if kind is Kind.text else sa.cast(raw, sa.Text)

    def contains(self, raw: Column, kind: Kind, lowered: str) -> Column:
        """See Dialect."""
        return sa.func.instr(sa.func.vz_lower(self.text(raw, kind)), lowered) > 0

    def real(self, number: Column) -> Column:
        """See Dialect."""
        return sa.cast(number, sa.REAL)

    def day(self, moment: Column) -> Column:
        """See Dialect."""
        return sa.func.substr(moment, 1, 10)

    def midnight(self, day: Column) -> Column:
        """See Dialect."""
        return day.concat(_constant(" 00:00:00.000000"))

    def value(self, value: object) -> object:
        """See Dialect."""
        if isinstance(value, datetime):
            return value.isoformat(" ", "microseconds")
        return value.isoformat() if isinstance(value, date) else float(value) if isinstance(value, Decimal) else value

    def start(self, moment: Column, kind: Kind, grain: Grain) -> Column:
        """See Dialect."""
        made = self._start(moment, grain)
        rest = {Grain.hour: ":00:00.000000", Grain.minute: ":00.000000"}.get(grain, " 00:00:00.000000")
        return made if kind is Kind.day else made.concat(_constant(rest))

    @staticmethod
    def _start(moment: Column, grain: Grain) -> Column:
        cut = {Grain.year: 4, Grain.month: 7, Grain.day: 10, Grain.hour: 13, Grain.minute: 16}
        end = {Grain.year: "-01-01", Grain.month: "-01"}
        if grain in cut:
            made = sa.func.substr(moment, sa.literal_column("1"), sa.literal_column(str(cut[grain])))
            return made.concat(_constant(end[grain])) if grain in end else made
        if grain is Grain.week:
            return sa.func.date(moment, _constant("-6 days"), _constant("weekday 1"))
        month = sa.cast(sa.func.substr(moment, sa.literal_column("6"), sa.literal_column("2")), sa.Integer)
        first = sa.case(
            (month < 4, _constant("-01-01")),
            (month < 7, _constant("-04-01")),
            (month < 10, _constant("-07-01")),
            else_=_constant("-10-01"),
        )
        return sa.func.substr(moment, sa.literal_column("1"), sa.literal_column("4")).concat(first)
