"""Give text columns their types: guess from a sample, verify on every row, count what did not fit."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from vizapp.schemas.base import ColumnType
from vizapp.sources.dates import AsDate, DateGuess, date_guess, settle_order
from vizapp.sources.numbers import AsNumber, NumberGuess, has_too_long, has_zero_led, number_guess
from vizapp.sources.readings import (
    MISSING,
    SURELY_MISSING,
    AsBoolean,
    AsText,
    Reading,
    apply,
    boolean_reading,
    nearest_boolean,
)
from vizapp.sources.report import ColumnReport, Failure, picture
from vizapp.sources.types import named

SAMPLE_ROWS = 2_000
# A column has a type when at most one value in a hundred does not fit it.
ENOUGH = 0.99
_EXAMPLES = 5
_EXACT_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Typed:
    """Typed columns and what was understood of each."""

    frame: pl.DataFrame
    columns: tuple[ColumnReport, ...]
    markers: tuple[str, ...] = ()

    @property
    def decisions(self) -> list[list[str]]:
        """Name, type and format of every column: with the bytes of the file they fix the content."""
        return [[c.name, c.type.value, c.format] for c in self.columns]


@dataclass(frozen=True, slots=True)
class _Guess:
    """A reading for a column before it is verified, and what to tell about it."""

    reading: Reading
    ambiguous: bool = False
    note: str = ""
    forced: bool = False
    fits: Mapping[ColumnType, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Sample:
    """Distinct-ish values of one column, without missing markers, and all that they could be."""

    values: list[str]
    number: NumberGuess | None
    dates: DateGuess | None
    boolean: AsBoolean | None

    def shares(self) -> dict[ColumnType, float]:
        """Type → share of the sample's values that fit."""
        size = len(self.values) or 1
        dates = self.dates.fits / size if self.dates else 0.0
        return {
            ColumnType.string: 1.0,
            ColumnType.number: self.number.fits / size if self.number else 0.0,
            ColumnType.date: dates,
            ColumnType.datetime: dates,
            ColumnType.boolean: 1.0 if self.boolean else 0.0,
        }


def infer_types(
    frame: pl.DataFrame,
    overrides: Mapping[str, ColumnType] | None = None,
    day_first: Mapping[str, bool] | None = None,
) -> Typed:
    """Text columns → typed columns and a report on each.

    `overrides` are types a person chose, `day_first` their answers on the order of day and month.
    Nothing fails: what does not fit becomes null and is counted.
    """
    overrides, day_first = overrides or {}, day_first or {}
    samples = {name: _sample(frame[name]) for name in frame.columns}
    comma = any(s.number and s.number.reading.decimal == "," and not s.number.open_comma for s in samples.values())
    if comma:
        samples = {n: _with_comma(s) if s.number and s.number.open_comma else s for n, s in samples.items()}
    proven = _proven_order(samples)
    guesses = {
        name: _guess(frame[name], sample, overrides.get(name), day_first=day_first.get(name), elsewhere=proven)
        for name, sample in samples.items()
    }
    guesses = _checked(frame, guesses)
    typed = apply(frame, {name: guess.reading for name, guess in guesses.items()})
    return _verified(frame, typed, guesses, samples)


def _sample(column: pl.Series) -> _Sample:
    step = max(1, len(column) // SAMPLE_ROWS)
    picked = column.gather_every(step) if step > 1 else column
    picked = picked.filter(~picked.str.strip_chars().is_in(list(MISSING)))
    if picked.is_empty():  # values so rare that an even sample misses them all
        rare = column.filter(~column.is_in(list(MISSING)))
        picked = rare.head(SAMPLE_ROWS)
    values = picked.to_list()
    if values and not picked.cast(pl.Int64, strict=False).null_count():
        return _Sample(values, NumberGuess(AsNumber(), len(values)), None, None)
    return _Sample(values, number_guess(values), date_guess(values), boolean_reading(values))


def _with_comma(sample: _Sample) -> _Sample:
    return replace(sample, number=number_guess(sample.values, decimal_comma=True))


def _proven_order(samples: Mapping[str, _Sample]) -> bool | None:
    """Whether the file puts the day first, when the samples of its date columns agree on it."""
    seen: set[bool] = set()
    for sample in samples.values():
        if sample.dates and sample.dates.swapped and sample.dates.fits >= ENOUGH * len(sample.values):
            order = settle_order(pl.Series(sample.values), sample.dates, day_first=None, elsewhere=None)
            if not order.ambiguous:
                seen.add(order.reading.day.index("%d") < order.reading.day.index("%m"))
    return seen.pop() if len(seen) == 1 else None


def _guess(
    column: pl.Series, sample: _Sample, wanted: ColumnType | None, *, day_first: bool | None, elsewhere: bool | None
) -> _Guess:
    shares = sample.shares()
    if wanted is not None:
        guess = _as_wanted(column, sample, wanted, day_first=day_first, elsewhere=elsewhere)
    elif not sample.values:
        guess = _Guess(AsText(MISSING))
    elif sample.boolean:
        guess = _Guess(sample.boolean)
    # A little below the bar: the whole column decides, the sample may have met the few bad rows.
    elif sample.dates and shares[ColumnType.date] >= ENOUGH - 0.01:
        order = settle_order(column, sample.dates, day_first=day_first, elsewhere=elsewhere)
        guess = _Guess(order.reading, ambiguous=order.ambiguous, note=order.note)
    elif sample.number and shares[ColumnType.number] >= ENOUGH - 0.01:
        guess = _number(sample.number)
    else:
        guess = _Guess(AsText())
    return replace(guess, fits=shares)


def _number(guess: NumberGuess) -> _Guess:
    reading = guess.reading
    if len(guess.units) > 1:
        return _Guess(AsText(), note=f"Kept as text: values are in {' and '.join(sorted(guess.units))}.")
    if reading.unit == "%":
        return _Guess(reading, note="Percent signs were removed: 12.5% is stored as 12.5.")
    if reading.unit:
        return _Guess(reading, note=f"“{reading.unit}” was removed from the values.")
    if guess.open_comma:
        return _Guess(reading, note="Commas are read as thousands separators: 1,234 is one thousand.")
    if reading.decimal == ",":
        return _Guess(reading, note="Commas are read as decimal marks.")
    return _Guess(reading)


def _as_wanted(
    column: pl.Series, sample: _Sample, wanted: ColumnType, *, day_first: bool | None, elsewhere: bool | None
) -> _Guess:
    """The best reading of the type a person chose, however few values fit."""
    if wanted is ColumnType.string:
        return _Guess(AsText(SURELY_MISSING), forced=True)
    if wanted is ColumnType.number:
        return replace(_number(sample.number), forced=True) if sample.number else _Guess(AsNumber(), forced=True)
    if wanted is ColumnType.boolean:
        return _Guess(replace(sample.boolean or nearest_boolean(sample.values), digits=True), forced=True)
    if sample.dates is None:
        plain = AsDate("%Y-%m-%d") if wanted is ColumnType.date else AsDate("%Y-%m-%d", (" %H:%M:%S",), wanted)
        return _Guess(plain, forced=True)
    order = settle_order(column, sample.dates, day_first=day_first, elsewhere=elsewhere)
    return _Guess(replace(order.reading, type=wanted), ambiguous=order.ambiguous, note=order.note, forced=True)


def _checked(frame: pl.DataFrame, guesses: dict[str, _Guess]) -> dict[str, _Guess]:
    """Turn number guesses back to text where the column holds codes, and whole numbers to decimals."""
    numbers = {n: g for n, g in guesses.items() if isinstance(g.reading, AsNumber) and not g.forced}
    if not numbers:
        return guesses
    found = frame.select(
        expr
        for index, name in enumerate(numbers)
        for expr in (
            has_zero_led(named(name)).alias(f"{index}:zero"),
            has_too_long(named(name)).alias(f"{index}:long"),
        )
    ).row(0, named=True)
    for index, (name, guess) in enumerate(numbers.items()):
        if found[f"{index}:zero"]:
            guesses[name] = replace(guess, reading=AsText(), note="Kept as text: leading zeros mark a code.")
        elif found[f"{index}:long"]:
            guesses[name] = replace(guess, reading=AsText(), note="Kept as text: too long for an exact number.")
    return guesses


def _verified(
    frame: pl.DataFrame, typed: pl.DataFrame, guesses: dict[str, _Guess], samples: Mapping[str, _Sample]
) -> Typed:
    """Count what did not fit, fall back to text where it is too much, and report on each column."""
    done: dict[str, _Column] = {}
    for name, guess in guesses.items():
        if not isinstance(guess.reading, AsText):
            done[name] = _measured(frame[name], typed[name], guess, samples[name])
    in_use = frozenset().union(*(column.markers for column in done.values() if column.is_typed))
    for name, guess in guesses.items():
        column = done.get(name)
        if column is None or not column.is_typed:
            done[name] = _as_text(frame[name], column.guess if column else guess, in_use)
    result = pl.DataFrame([done[name].values for name in frame.columns])
    distinct = distinct_counts(result)
    reports = tuple(done[name].report(distinct[name]) for name in frame.columns)
    markers = frozenset().union(*(column.markers for column in done.values()))
    return Typed(result, reports, tuple(sorted(markers - {""})))


@dataclass(frozen=True, slots=True)
class _Column:
    """One verified column: its values, and the rows whose text did not fit."""

    guess: _Guess
    values: pl.Series
    failures: pl.DataFrame
    markers: frozenset[str] = frozenset()

    @property
    def is_typed(self) -> bool:
        return not isinstance(self.guess.reading, AsText)

    def report(self, distinct: int) -> ColumnReport:
        """All of it in words and numbers."""
        shown, reading = picture(self.values), self.guess.reading
        missing = self.values.null_count() - self.failures.height
        size = len(self.values) - missing
        fits = {kind: round(share * size) for kind, share in self.guess.fits.items()}
        fits[reading.type] = size - self.failures.height
        examples = tuple(Failure(row + 1, value[:100]) for row, value in self.failures.head(_EXAMPLES).iter_rows())
        return ColumnReport(
            self.values.name,
            reading.type,
            missing,
            distinct - (1 if self.values.null_count() else 0),
            self.failures.height,
            examples,
            shown.samples,
            reading.format,
            self.guess.ambiguous,
            " ".join(part for part in (self.guess.note, _did_not_fit(self)) if part),
            fits,
            shown.histogram,
            shown.top,
            shown.low,
            shown.high,
        )


def _did_not_fit(column: _Column) -> str:
    if column.failures.is_empty():
        return ""
    row, value = column.failures.row(0)
    count = f"{column.failures.height:,} of {len(column.values):,}"
    return (
        f"{count} are not of type {column.guess.reading.type} and are empty, first in row {row + 1:,}: “{value[:40]}”."
    )


def _measured(text: pl.Series, values: pl.Series, guess: _Guess, sample: _Sample) -> _Column:
    """Verify a typed reading on all rows; it may be widened once, or given up for text."""
    column = _compared(text, values, guess)
    if column.failures.height:
        wider = _widened(guess, sample, column.failures["value"].head(SAMPLE_ROWS).to_list())
        if wider is not None:
            again = apply(text.to_frame(), {text.name: wider.reading}).to_series()
            tried = _compared(text, again, wider)
            column = tried if tried.failures.height < column.failures.height else column
    fitting = len(values) - column.values.null_count()
    failed = column.failures.height
    if guess.forced or (fitting and failed <= (1 - ENOUGH) * (fitting + failed)):
        return column
    why = f"Kept as text: {failed:,} values are not of type {guess.reading.type}."
    return replace(column, guess=_Guess(AsText(), note=why, fits=guess.fits))


def _compared(text: pl.Series, values: pl.Series, guess: _Guess) -> _Column:
    """Sort the nulls of `values` into missing markers and failures."""
    failures = pl.DataFrame(schema={"row": pl.UInt32, "value": pl.String})
    if not values.null_count():
        return _Column(guess, values, failures)
    rows = values.is_null().arg_true()
    nulls = pl.DataFrame({"row": rows, "value": text.gather(rows)}).filter(pl.col("value") != "")
    if nulls.is_empty():
        return _Column(guess, values, failures, frozenset({""}))
    is_marker = nulls["value"].str.strip_chars().is_in(list(MISSING))
    if isinstance(guess.reading, AsNumber):
        endless = nulls["value"].cast(pl.Float64, strict=False).is_finite().not_().fill_null(value=False) & ~is_marker
        is_marker |= endless
        if endless.any():
            told = f"{endless.sum():,} values are too large or not finite and are empty."
            guess = replace(guess, note=" ".join(part for part in (guess.note, told) if part))
    markers = frozenset(nulls["value"].filter(is_marker).str.strip_chars().unique().to_list())
    return _Column(guess, values, nulls.filter(~is_marker), markers)


def _widened(guess: _Guess, sample: _Sample, failed: list[str]) -> _Guess | None:
    """The same type, read so that values met outside the sample fit too; None when nothing changes."""
    reading, values = guess.reading, sample.values + failed
    wider: Reading | None = None
    if isinstance(reading, AsNumber):
        found = number_guess(values, decimal_comma=reading.decimal == ",")
        wider = found.reading if found and len(found.units) <= 1 else None
    elif isinstance(reading, AsDate):
        dates = date_guess(values)
        days = {dates.reading.day, *([dates.swapped.day] if dates.swapped else [])} if dates else set()
        if dates and reading.day in days:
            kind = reading.type if guess.forced else dates.reading.type
            strip = any(value != value.strip() for value in values)
            wider = replace(reading, times=dates.reading.times, type=kind, strip=strip)
    elif isinstance(reading, AsBoolean):
        wider = replace(reading, loose=True)
    return replace(guess, reading=wider) if wider is not None and wider != reading else None


def _as_text(text: pl.Series, guess: _Guess, in_use: frozenset[str]) -> _Column:
    """A text column: sure markers are missing, doubtful ones when the file or the column says so, and told."""
    found = text.filter(text.is_in(list(MISSING)) & (text != "")).value_counts()
    seen = {str(marker): int(count) for marker, count in found.iter_rows()}
    doubtful = [marker for marker in seen if marker not in SURELY_MISSING]
    hollow = isinstance(guess.reading, AsText) and guess.reading.missing == MISSING
    kept = {m for m in doubtful if not hollow and _could_be_value(text, m, used=m in in_use)}
    told = [
        f"“{m}” ({seen[m]:,}) is {'kept as text' if m in kept else 'read as missing'}."
        for m in doubtful
        if m in kept or (m not in in_use and not hollow)
    ]
    note = " ".join(part for part in (guess.note, *told) if part)
    taken = frozenset(seen.keys() - kept)
    reading = AsText(("", *sorted(taken)))
    values = apply(text.to_frame(), {text.name: reading}).to_series()
    none = pl.DataFrame(schema={"row": pl.UInt32, "value": pl.String})
    return _Column(replace(guess, reading=reading, note=note, ambiguous=False), values, none, taken)


def _could_be_value(text: pl.Series, marker: str, *, used: bool) -> bool:
    """Whether a marker may be a word of its column; `used` says it means missing elsewhere in the file.

    NA among two-letter codes is Namibia; NA among names is what R writes for nothing.
    """
    if marker != "NA":
        return not used
    others = text.filter((text != "") & (text != marker)).head(SAMPLE_ROWS)
    if others.is_empty():
        return False
    if bool(others.str.contains(r"^[A-Z]{2}$").all()):
        return True
    return not used and int((others.str.len_chars() <= 3).sum()) > len(others) // 4


def distinct_counts(frame: pl.DataFrame) -> dict[str, int]:
    """Distinct values per column, null counting as one; approximate on large frames."""
    exact = frame.height <= _EXACT_ROWS
    counts = frame.select(pl.all().n_unique() if exact else pl.all().approx_n_unique())
    return {name: int(count) for name, count in counts.row(0, named=True).items()}
