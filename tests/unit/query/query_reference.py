"""The rules of a Query in plain, slow Python: what every engine must answer, to the last row."""

import math
from datetime import UTC, date, datetime, time, timedelta
from functools import cmp_to_key
from statistics import median
from typing import Any

from vizapp.schemas.chart import Aggregate, Grain, Operator
from vizapp.schemas.query import Condition, Group, Measure, Query

Row = dict[str, Any]


def ask(rows: list[Row], query: Query) -> tuple[list[tuple[Any, ...]], dict[str, int], int]:
    """The rows of the answer, the distinct values of each capped group, the number of matching rows."""
    clean = [{k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()} for row in rows]
    kept = [row for row in clean if all(_holds(row[c.column], c) for c in query.conditions)]
    if not query.is_aggregate:
        return _raw(kept, query), {}, len(kept)
    return _grouped(kept, query)


def _holds(value: Any, condition: Condition) -> bool:
    wanted = condition.value
    match condition.operator:
        case Operator.is_null:
            return value is None
        case Operator.not_null:
            return value is not None
        case _ if value is None:
            return False
        case Operator.contains:
            return str(wanted).lower() in value.lower()
        case Operator.in_:
            return any(_compare(value, item) == 0 for item in wanted)
        case Operator.between:
            return _compare(value, wanted[0]) >= 0 and _compare(value, wanted[1]) <= 0
    sign = _compare(value, wanted)
    return {
        Operator.eq: sign == 0,
        Operator.ne: sign != 0,
        Operator.gt: sign > 0,
        Operator.ge: sign >= 0,
        Operator.lt: sign < 0,
        Operator.le: sign <= 0,
    }[condition.operator]


def _compare(value: Any, wanted: Any) -> int:
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    if isinstance(value, date):
        if len(wanted) == 10:
            value = value.date() if isinstance(value, datetime) else value
            wanted = date.fromisoformat(wanted)
        else:
            value = value if isinstance(value, datetime) else datetime.combine(value, time())
            wanted = datetime.fromisoformat(wanted)
            wanted = wanted.astimezone(UTC).replace(tzinfo=None) if wanted.tzinfo else wanted
    return (value > wanted) - (value < wanted)


def truncate(value: Any, grain: Grain | None) -> Any:
    """The start of the step that `value` falls in, of the type of `value`."""
    if value is None or grain is None:
        return value
    day = value.date() if isinstance(value, datetime) else value
    match grain:
        case Grain.year:
            day = day.replace(month=1, day=1)
        case Grain.quarter:
            day = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case Grain.month:
            day = day.replace(day=1)
        case Grain.week:
            day -= timedelta(days=day.weekday())
    if not isinstance(value, datetime):
        return day
    if grain is Grain.hour:
        return value.replace(minute=0, second=0, microsecond=0)
    if grain is Grain.minute:
        return value.replace(second=0, microsecond=0)
    return datetime.combine(day, time(), value.tzinfo)


def aggregate(rows: list[Row], measure: Measure) -> Any:
    """One number of some rows."""
    if measure.column is None:
        return len(rows)
    values = [row[measure.column] for row in rows if row[measure.column] is not None]
    match measure.function:
        case Aggregate.count:
            return len(values)
        case Aggregate.count_distinct:
            return len(set(values))
        case _ if not values:
            return None
        case Aggregate.sum:
            return sum(values)
        case Aggregate.avg:
            return float(sum(values)) / len(values)
        case Aggregate.min:
            return min(values)
        case Aggregate.max:
            return max(values)
    return float(median(values))


def _by(rows: list[Row], group: Group) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(truncate(row[group.column], group.grain), []).append(row)
    return found


def _ascending(a: Any, b: Any) -> int:
    if a is None or b is None:
        return (a is None) - (b is None)
    return (a > b) - (a < b)


def _sign(a: Any, b: Any, *, descending: bool) -> int:
    return -_ascending(a, b) if descending and a is not None and b is not None else _ascending(a, b)


def _grouped(rows: list[Row], query: Query) -> tuple[list[tuple[Any, ...]], dict[str, int], int]:
    measures = {m.name: m for m in query.measures}
    scores = {
        (name, by): {value: aggregate(part, measures[by]) for value, part in _by(rows, group).items()}
        for group in query.groups
        for name, by in [(t.group, t.measure) for t in query.tops] + [(o.name, o.by) for o in query.order if o.by]
        if name == group.name
    }
    keep, folds, distinct = {}, {}, {}
    for top in query.tops:
        ranked = sorted(scores[top.group, top.measure].items(), key=cmp_to_key(_better))
        distinct[top.group] = len(ranked)
        if len(ranked) > top.n:
            keep[top.group] = [value for value, _ in ranked[: top.n]]
            folds[top.group] = top.other
    cells: dict[tuple[Any, ...], list[Row]] = {} if query.groups else {(): []}
    for row in rows:
        key = []
        for group in query.groups:
            value = truncate(row[group.column], group.grain)
            if group.name in keep and value not in keep[group.name]:
                if folds[group.name] is None:
                    break
                value = folds[group.name]
            key.append(value)
        else:
            cells.setdefault(tuple(key), []).append(row)
    names = [*(g.name for g in query.groups), *measures]
    table = [
        dict(zip(names, (*key, *(aggregate(part, m) for m in query.measures)), strict=True))
        for key, part in cells.items()
    ]

    def order(a: Row, b: Row) -> int:
        for item in query.order:
            first, second = a[item.name], b[item.name]
            if item.by is not None:
                other = folds.get(item.name)
                if other is not None and (first == other) != (second == other):
                    return 1 if first == other else -1
                known = scores[item.name, item.by]
                sign = _sign(known.get(first), known.get(second), descending=item.descending) or _ascending(
                    first, second
                )
            else:
                sign = _sign(first, second, descending=item.descending)
            if sign:
                return sign
        return next((s for g in query.groups if (s := _ascending(a[g.name], b[g.name]))), 0)

    table.sort(key=cmp_to_key(order))
    return [tuple(row[n] for n in names) for row in table[: query.limit]], distinct, len(rows)


def _better(a: tuple[Any, Any], b: tuple[Any, Any]) -> int:
    return _sign(a[1], b[1], descending=True) or _ascending(a[0], b[0])


def _raw(rows: list[Row], query: Query) -> list[tuple[Any, ...]]:
    def order(a: Row, b: Row) -> int:
        for item in query.order:
            if sign := _sign(a[item.name], b[item.name], descending=item.descending):
                return sign
        return next((s for c in query.columns if (s := _ascending(a[c], b[c]))), 0)

    ordered = sorted(rows, key=cmp_to_key(order)) if query.order else rows
    return [tuple(row[c] for c in query.columns) for row in ordered[: query.limit]]
