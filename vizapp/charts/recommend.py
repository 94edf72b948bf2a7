"""First charts for a table: the best one and up to five others, each with its reason. Pure.

Candidates and penalties follow the published rules of Metabase's recommender, Tableau's Show Me and
Draco; a candidate that its own chart type refuses is never proposed. Called by the wizard's service.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from vizapp.charts.check import check
from vizapp.charts.entries import ChartType, Slot, all_types
from vizapp.charts.roles import ColumnProfile, Role, is_measure_name, is_rate_name, role, usual_aggregate
from vizapp.charts.words import capital, human, is_additive, suggest_title
from vizapp.errors import InvalidChartConfig
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate, Aggregation, ChartConfig, DataMapping, MeasureSpec, Operator
from vizapp.schemas.query import Shape

__all__ = ["ColumnProfile", "Recommendation", "recommend", "refusals", "suggest_title"]

MOST = 6
# A repeated type is worth less than a first of its kind (diversity in Metabase's greedy choice).
REPEATED = 12.0
# Metabase's penalties: a dimension dropped 25, an uncertain role 30; a column that nobody chose is worse than none.
DROPPED, ADDED, DOUBTFUL = 25.0, 15.0, 30.0
# Metabase: at most six series can be told apart, ten bars stand upright, a pie has six slices.
SERIES, SLICES = 6, 6


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A chart to start from; `reason` says why in one sentence, a higher `score` is better."""

    config: ChartConfig
    title: str
    reason: str
    score: float


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns of a table by the parts they can play, best first."""

    measures: tuple[ColumnProfile, ...]
    times: tuple[ColumnProfile, ...]
    categories: tuple[ColumnProfile, ...]
    chosen: frozenset[str]
    types: Mapping[str, ColumnType]
    doubtful: frozenset[str]


def recommend(profile: Sequence[ColumnProfile], chosen: Sequence[str] = ()) -> list[Recommendation]:
    """The best chart and up to five alternatives; `chosen` columns come first in all of them."""
    table = _table(profile, chosen)
    found = [_judged(item, table) for item in _candidates(table) if _draws(item.config, table)]
    found = [item for item in found if item.score > 0]
    best: list[Recommendation] = []
    while found and len(best) < MOST:
        kinds = [item.config.chart_type for item in best]
        top = max(found, key=lambda item: item.score - REPEATED * kinds.count(item.config.chart_type))
        found.remove(top)
        best.append(top)
    return best


def _judged(item: Recommendation, table: _Table) -> Recommendation:
    """Less for each chosen column left out, for each other column brought in, and for a doubtful part."""
    used = _uses(item.config)
    lost = DROPPED * len(table.chosen - used) + (ADDED * len(used - table.chosen) if table.chosen else 0)
    doubtful = DOUBTFUL if used & table.doubtful and item.config.chart_type != "table" else 0
    return replace(item, score=item.score - lost - doubtful)


def _table(profile: Sequence[ColumnProfile], chosen: Sequence[str]) -> _Table:
    picked = frozenset(chosen)
    by_role: dict[Role, list[ColumnProfile]] = {part: [] for part in Role}
    for column in profile:
        by_role[_part(column, wanted=column.name in picked)].append(column)

    def first(columns: list[ColumnProfile], most: int) -> tuple[ColumnProfile, ...]:
        ranked = sorted(columns, key=lambda c: (c.name not in picked, -_worth(c)))
        return tuple(ranked[:most])

    return _Table(
        first(by_role[Role.measure], 4), first(by_role[Role.time], 2), first(by_role[Role.category], 6), picked,
        {column.name: column.type for column in profile},
        frozenset(column.name for column in profile if role(column) in (Role.key, Role.attribute)),
    )  # fmt: skip


def _part(column: ColumnProfile, *, wanted: bool) -> Role:
    """A chosen column plays what it can, even a key or an attribute."""
    found = role(column)
    if wanted and found in (Role.key, Role.attribute):
        return Role.measure if column.type is ColumnType.number else Role.category
    return found


def _worth(column: ColumnProfile) -> float:
    """How much of a column is filled, and for categories how well its values fit a chart."""
    filled = 1 - column.missing / column.rows if column.rows else 1.0
    if role(column) is Role.measure:
        broken = any("." in value for value in column.sample)
        named = 1.0 if is_measure_name(column.name) else 0.0
        # What adds up is what people ask for first: 0.5 outweighs a fraction or a few missing values.
        return filled + named + (0.3 if broken else 0) - (0.5 if is_rate_name(column.name) else 0)
    if role(column) is Role.category:
        count = column.distinct
        return (
            filled
            + (1.0 if 2 < count <= 12 else 0.7 if count <= 30 else 0.2)
            - (0.4 if column.type is not ColumnType.string else 0)
        )
    return filled


def _candidates(table: _Table) -> Iterator[Recommendation]:
    yield from _over_time(table)
    yield from _by_category(table)
    yield from _two_categories(table)
    yield from _between_measures(table)
    yield from _single(table)
    yield from _tables(table)


def _aggregate(measure: ColumnProfile | None) -> Aggregate:
    return Aggregate.count if measure is None else usual_aggregate(measure.name)


def _made(
    kind: str, reason: str, score: float, *, x: ColumnProfile | None = None, y: ColumnProfile | None = None,
    series: ColumnProfile | None = None, aggregated: bool = True, **options: str,
) -> Recommendation:  # fmt: skip
    mapping = DataMapping(
        x_axis=x.name if x else None, y_axis=y.name if y else None, series=series.name if series else None
    )
    config = ChartConfig(
        chart_type=kind, data_mapping=mapping, options=dict(options),
        aggregation=Aggregation(function=_aggregate(y)) if aggregated else None,
    )  # fmt: skip
    return Recommendation(config, suggest_title(config), reason, score)


def _or_rows(measures: Sequence[ColumnProfile]) -> list[ColumnProfile | None]:
    """The measures; rows are counted when there is none."""
    return [*measures[:2]] or [None]


def _name(measure: ColumnProfile | None) -> str:
    return human(measure.name) if measure else "the number of rows"


def _over_time(table: _Table) -> Iterator[Recommendation]:
    for rank, time in enumerate(table.times):
        for index, y in enumerate(_or_rows(table.measures)):
            lost = 6.0 * index + 10.0 * rank
            yield _made("line", f"Shows how {_name(y)} changes over time", 100 - lost, x=time, y=y)
            if _aggregate(y) in (Aggregate.sum, Aggregate.count):
                yield _made("area", f"Shows how {_name(y)} builds up over time", 62 - lost, x=time, y=y)
            for series in islice((c for c in table.categories if 1 < c.distinct <= SERIES), 2):
                reason = f"A date, a measure and {series.distinct} groups: the change over time is the story"
                yield _made("line", reason, 88 - lost, x=time, y=y, series=series)
                reason = f"Puts each {human(series.name)} side by side at every step"
                if _aggregate(y) is Aggregate.avg:
                    yield _made("bar", reason, 64 - lost, x=time, y=y, series=series, stack="grouped")
                else:
                    reason = f"Shows what {human(series.name)} adds to the whole over time"
                    yield _made("bar", reason, 72 - lost, x=time, y=y, series=series, stack="stacked")


def _by_category(table: _Table) -> Iterator[Recommendation]:
    for rank, category in enumerate(table.categories):
        for index, y in enumerate(_or_rows(table.measures)):
            lost = 6.0 * index + 4.0 * rank
            named = f"Ranks {human(category.name)} by {_name(y)}"
            yield _made("bar", named, 90 - lost - _crowd(category), x=category, y=y)
            if table.measures and index == 0:
                counted = f"Counts the rows of each {human(category.name)}"
                yield _made("bar", counted, 74 - lost - _crowd(category), x=category)
            if 1 < category.distinct <= SLICES and _aggregate(y) in (Aggregate.sum, Aggregate.count):
                parts = f"{category.distinct} parts of one whole"
                yield _made("pie", capital(parts), 52 - lost, x=category, y=y)


def _crowd(category: ColumnProfile) -> float:
    """Metabase: free to ten categories, 0.1 each beyond, much over a hundred."""
    return 0 if category.distinct <= 10 else min(0.1 * category.distinct, 10) if category.distinct <= 100 else 20


def _two_categories(table: _Table) -> Iterator[Recommendation]:
    pairs = [(a, b) for a in table.categories for b in table.categories if a is not b and b.distinct <= SERIES]
    for x, series in pairs[:6]:
        y = _or_rows(table.measures)[0]
        if x.distinct >= series.distinct:
            reason = f"Compares {human(x.name)}, split by {human(series.name)}"
            yield _made("bar", reason, 70 - _crowd(x), x=x, y=y, series=series)


def _between_measures(table: _Table) -> Iterator[Recommendation]:
    pairs = [(a, b) for i, a in enumerate(table.measures) for b in table.measures[i + 1 :]]
    for rank, (y, x) in enumerate(pairs[:3]):
        reason = f"Shows whether {human(y.name)} goes with {human(x.name)}"
        yield _made("scatter", reason, 66 - 4.0 * rank, x=x, y=y, aggregated=False)
        series = next((c for c in table.categories if 1 < c.distinct <= SERIES), None)
        if series:
            by = f"{reason}, for each {human(series.name)}"
            yield _made("scatter", by, 58 - 4.0 * rank, x=x, y=y, series=series, aggregated=False)


def _single(table: _Table) -> Iterator[Recommendation]:
    for index, y in enumerate(_or_rows(table.measures)):
        time = table.times[0] if table.times else None
        reason = f"One number for {_name(y)}" + (" and how it moved last" if time else "")
        yield _made("kpi", reason, 60 - 6.0 * index, x=time, y=y)


def _tables(table: _Table) -> Iterator[Recommendation]:
    if table.chosen:
        yield _table_chart([name for name in table.types if name in table.chosen])
    groups = [column.name for column in table.categories[:1]]
    if not groups:
        return
    specs = [MeasureSpec(column=y.name, function=_aggregate(y)) for y in table.measures]
    rows = MeasureSpec(function=Aggregate.count)
    config = ChartConfig(chart_type="table", data_mapping=DataMapping(columns=groups, measures=[*specs, rows][:4]))
    title = f"{capital(human(groups[0]))} compared"
    yield Recommendation(config, title, f"All measures of each {human(groups[0])} side by side", 50)


def _table_chart(names: list[str]) -> Recommendation:
    config = ChartConfig(chart_type="table", data_mapping=DataMapping(columns=names[:100]))
    return Recommendation(config, suggest_title(config), "The rows as they are", 45)


def _uses(config: ChartConfig) -> set[str]:
    mapping = config.data_mapping
    named = {mapping.x_axis, mapping.y_axis, mapping.series, *mapping.columns, *(m.column for m in mapping.measures)}
    return {name for name in named if name}


def _draws(config: ChartConfig, table: _Table) -> bool:
    try:
        check(config, table.types)
    except InvalidChartConfig:
        return False
    return True


def refusals(config: ChartConfig, columns: Sequence[ColumnProfile]) -> dict[str, str]:
    """Why a chart type cannot be chosen now, by key: “Needs a measure that adds up”."""
    found = {entry.key: _refusal(entry, config, {c.name: c for c in columns}) for entry in all_types()}
    return {key: reason for key, reason in found.items() if reason}


def _refusal(entry: ChartType, config: ChartConfig, columns: Mapping[str, ColumnProfile]) -> str:
    for slot in entry.slots:
        if slot.required and not any(_fills(slot, entry, column) for column in columns.values()):
            return f"Needs {_wanted(slot)}"
    if entry.additive and config.data_mapping.y_axis and not is_additive(config):
        return "Needs a measure that adds up"
    x = columns.get(config.data_mapping.x_axis or "")
    if entry.key == "pie" and x is not None:
        return _pie_refusal(config, x)
    return ""


def _fills(slot: Slot, entry: ChartType, column: ColumnProfile) -> bool:
    counts = slot.measure and entry.shape is not Shape.points
    return counts or column.type in slot.accepts


def _wanted(slot: Slot) -> str:
    if ColumnType.number in slot.accepts and len(slot.accepts) == 1:
        return "a number column"
    return "a date or a number column" if ColumnType.string not in slot.accepts else "a column to group by"


def _pie_refusal(config: ChartConfig, x: ColumnProfile) -> str:
    if x.type.is_temporal:
        return "Needs categories; a date belongs on a line"
    kept = any(f.operator in (Operator.eq, Operator.in_) and f.column == x.name for f in config.data_mapping.filters)
    if x.distinct > 30 and not kept:
        return f"Too many slices: {human(x.name)} has {x.distinct:,} values"
    return ""
