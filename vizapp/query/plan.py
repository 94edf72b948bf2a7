"""Turn a ChartConfig into a Query of the shape its chart type needs. Pure: no I/O, no engine.

Every chart is asked this way, whoever looks at it, so page, API and exports cannot disagree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vizapp.errors import ColumnMissing, InvalidChartConfig, InvalidQuery
from vizapp.query.conditions import conditions
from vizapp.query.grain import fitting
from vizapp.query.measures import NAMES, ROWS, check_function, default_function
from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import Aggregate, ChartConfig, Filter, Grain, Operator, SortBy
from vizapp.schemas.query import Condition, Group, Measure, Order, Query, Shape, Top

OTHER = "Other"
X, SERIES, Y = "x", "series", "y"


@dataclass(frozen=True, slots=True)
class Caps:
    """How many values a chart shows at most when its config does not say.

    `x` text categories (the rest is folded into "Other" only if `fold_x`, as parts of a whole need),
    `series` colours beside "Other": the palettes have seven.
    """

    x: int = 50
    series: int = 6
    fold_x: bool = False


DEFAULT_CAPS = Caps()


@dataclass(frozen=True, slots=True)
class _Ask:
    """The arguments of `plan`, checked."""

    config: ChartConfig
    columns: Mapping[str, ColumnType]
    conditions: tuple[Condition, ...]
    grain: Grain | None
    limit: int
    caps: Caps

    def group(self, column: str, name: str) -> Group:
        kind = self.columns[column]
        if not kind.is_temporal:
            return Group(column, name)
        asked = self.config.data_mapping.time_grain
        grain = asked if asked is not Grain.auto else self.grain or Grain.day
        return Group(column, name, fitting(grain, kind))

    def measure(self, name: str) -> Measure:
        """The measure of `yAxis`, or the number of rows."""
        y, aggregation = self.config.data_mapping.y_axis, self.config.aggregation
        kind = self.columns[y] if y is not None else None
        function = aggregation.function if aggregation else default_function(kind)
        if y is None and function is Aggregate.sum:
            function = Aggregate.count
        check_function(function, y, kind, path="aggregation.function")
        return Measure(function, name, y)


def plan(
    config: ChartConfig,
    shape: Shape,
    columns: Mapping[str, ColumnType],
    *,
    extra: Sequence[Filter] = (),
    grain: Grain | None = None,
    limit: int,
    caps: Caps = DEFAULT_CAPS,
) -> Query:
    """The query that gives `shape`; `extra` are the dashboard's filters, all must hold.

    `grain` is the step of time when the config says `auto` (a day if None). The query asks for
    `limit` + 1 rows, so that the caller can tell whether there were more.
    Raises ColumnMissing, InvalidChartConfig (fields by path) or, for `extra`, InvalidQuery.
    """
    _require_columns(config, shape, columns, extra)
    own = conditions(config.data_mapping.filters, columns, path="dataMapping.filters", error=InvalidChartConfig)
    others = conditions(extra, columns, path="filters", error=InvalidQuery)
    return _PLANNERS[shape](_Ask(config, columns, (*own, *others), grain, limit, caps))


def time_column(config: ChartConfig, shape: Shape, columns: Mapping[str, ColumnType]) -> str | None:
    """The column whose span decides the step of time; None if there is none or the config says it."""
    if config.data_mapping.time_grain is not Grain.auto or shape is Shape.points:
        return None
    names = _group_columns(config) if shape is Shape.rows else _axes(config)[: 1 if shape is Shape.single else 2]
    return next((name for name in names if name and name in columns and columns[name].is_temporal), None)


def _require_columns(
    config: ChartConfig, shape: Shape, columns: Mapping[str, ColumnType], extra: Sequence[Filter]
) -> None:
    mapping = config.data_mapping
    names: list[str | None] = [mapping.x_axis, mapping.y_axis, mapping.series]
    names += config.aggregation.group_by if config.aggregation else []
    if shape is Shape.rows:
        names += [*mapping.columns, *(spec.column for spec in mapping.measures)]
    names += [item.column for item in (*mapping.filters, *extra)]
    missing = [name for name in dict.fromkeys(names) if name is not None and name not in columns]
    if missing:
        raise ColumnMissing.of(missing)


def _axes(config: ChartConfig) -> tuple[str | None, str | None]:
    """The columns of x and series; `groupBy` fills what the mapping leaves open."""
    mapping = config.data_mapping
    x, series = mapping.x_axis, mapping.series
    for name in config.aggregation.group_by if config.aggregation else []:
        if name in (x, series):
            continue
        if x is None:
            x = name
        elif series is None:
            series = name
        else:
            reason = f"There is no room for “{name}”: this chart has one x axis and one series."
            raise InvalidChartConfig.of({"aggregation.groupBy": reason})
    return x, series


def _series(ask: _Ask) -> Query:
    x, series = _axes(ask.config)
    if x is None:
        raise InvalidChartConfig.of({"dataMapping.xAxis": "Choose a column for the x axis."})
    kind = ask.columns[x]
    groups, tops, order = [ask.group(x, X)], [], [_x_order(ask.config, kind)]
    if kind is ColumnType.string:
        tops.append(_x_top(ask))
    if series is not None:
        groups.append(ask.group(series, SERIES))
        by_size = ask.columns[series] is ColumnType.string
        if ask.columns[series] is not ColumnType.boolean:
            tops.append(Top(SERIES, ask.caps.series, Y, OTHER if by_size else None))
        order.append(Order(SERIES, descending=True, by=Y) if by_size else Order(SERIES))
    return Query(
        conditions=ask.conditions,
        groups=tuple(groups),
        measures=(ask.measure(Y),),
        order=tuple(order),
        tops=tuple(tops),
        limit=ask.limit + 1,
    )


def _x_order(config: ChartConfig, kind: ColumnType) -> Order:
    if config.sort is None:
        return Order(X, descending=True, by=Y) if kind is ColumnType.string else Order(X)
    return Order(X, config.sort.descending, Y if config.sort.by is SortBy.y else None)


def _x_top(ask: _Ask) -> Top:
    asked = ask.config.limit
    fold = ask.config.other if asked else ask.caps.fold_x
    return Top(X, asked or ask.caps.x, Y, OTHER if fold else None)


def _points(ask: _Ask) -> Query:
    """Rows with both coordinates, in the order of the source unless the config sorts them."""
    mapping, sort = ask.config.data_mapping, ask.config.sort
    axes = {"dataMapping.xAxis": mapping.x_axis, "dataMapping.yAxis": mapping.y_axis}
    if missing := {path: "Choose a column for this axis." for path, name in axes.items() if name is None}:
        raise InvalidChartConfig.of(missing)
    x, y = str(mapping.x_axis), str(mapping.y_axis)
    drawable = tuple(Condition(name, Operator.not_null) for name in dict.fromkeys((x, y)))
    return Query(
        columns=tuple(dict.fromkeys(name for name in (x, y, mapping.series) if name is not None)),
        conditions=(*ask.conditions, *drawable),
        order=(Order(x if sort.by is SortBy.x else y, sort.descending),) if sort else (),
        limit=min(ask.config.limit or ask.limit, ask.limit) + 1,
    )


def _single(ask: _Ask) -> Query:
    """The measure over time, oldest first; one row when x is absent or not a time."""
    x = _axes(ask.config)[0]
    measures = (ask.measure(Y),)
    if x is None or not ask.columns[x].is_temporal:
        return Query(conditions=ask.conditions, measures=measures)
    return Query(
        conditions=(*ask.conditions, Condition(x, Operator.not_null)),
        groups=(ask.group(x, X),),
        measures=measures,
        order=(Order(X),),
        limit=ask.limit + 1,
    )


def _rows(ask: _Ask) -> Query:
    config, mapping = ask.config, ask.config.data_mapping
    limit = min(config.limit or ask.limit, ask.limit) + 1
    if not (mapping.measures or config.aggregation):
        columns = _raw_columns(config, ask.columns)
        order = _rows_order(config, first=columns[0], value=_value_column(ask, columns)) if config.sort else ()
        return Query(columns=columns, conditions=ask.conditions, order=order, limit=limit)
    groups = tuple(ask.group(name, name) for name in _group_columns(config))
    measures = _table_measures(ask, taken={group.name for group in groups})
    ordered = config.sort is None and groups and ask.columns[groups[0].column] is not ColumnType.string
    first = groups[0].name if groups else measures[0].name
    order = (Order(first),) if ordered else _rows_order(config, first=first, value=measures[0].name)
    return Query(conditions=ask.conditions, groups=groups, measures=measures, order=order, limit=limit)


def _raw_columns(config: ChartConfig, columns: Mapping[str, ColumnType]) -> tuple[str, ...]:
    mapping = config.data_mapping
    chosen = mapping.columns or [c for c in (mapping.x_axis, mapping.series, mapping.y_axis) if c is not None]
    return tuple(dict.fromkeys(chosen or list(columns)[:100]))


def _value_column(ask: _Ask, shown: tuple[str, ...]) -> str:
    """The shown column that "by value" means: y, else the first number, else the first."""
    numbers = [name for name in shown if ask.columns[name] is ColumnType.number]
    y = ask.config.data_mapping.y_axis
    return y if y in shown and y is not None else (numbers or list(shown))[0]


def _group_columns(config: ChartConfig) -> tuple[str, ...]:
    """The columns a table groups by; none when it shows rows as they are."""
    mapping, aggregation = config.data_mapping, config.aggregation
    if not (mapping.measures or aggregation):
        return ()
    chosen = mapping.columns or [c for c in (mapping.x_axis, mapping.series) if c is not None]
    return tuple(dict.fromkeys([*chosen, *(aggregation.group_by if aggregation else [])]))


def _rows_order(config: ChartConfig, *, first: str, value: str) -> tuple[Order, ...]:
    if config.sort is None:
        return (Order(value, descending=True),)
    return (Order(first if config.sort.by is SortBy.x else value, config.sort.descending),)


def _table_measures(ask: _Ask, *, taken: set[str]) -> tuple[Measure, ...]:
    specs = ask.config.data_mapping.measures
    if not specs:
        only = ask.measure(Y)
        return (Measure(only.function, _unique(_title(only.function, only.column, ask), taken), only.column),)
    made = []
    for index, spec in enumerate(specs):
        kind = ask.columns[spec.column] if spec.column is not None else None
        check_function(spec.function, spec.column, kind, path=f"dataMapping.measures.{index}.function")
        made.append(Measure(spec.function, _unique(_title(spec.function, spec.column, ask), taken), spec.column))
    return tuple(made)


def _title(function: Aggregate, column: str | None, ask: _Ask) -> str:
    """ "Average dep_delay", "Latest flight_date", "Rows"."""
    if column is None:
        return ROWS
    return NAMES[function, ask.columns[column].is_temporal].format(column)


def _unique(name: str, taken: set[str]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    taken.add(unique)
    return unique


_PLANNERS = {Shape.series: _series, Shape.points: _points, Shape.single: _single, Shape.rows: _rows}
