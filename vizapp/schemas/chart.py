"""ChartConfig: what a person asks a chart to show. Stored as JSON on the chart, camelCase."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StrictBool, model_validator

from vizapp.schemas.base import CacheSeconds, ColumnName, Strict
from vizapp.schemas.cloud import CloudFile
from vizapp.schemas.table import TableName

MAX_FILTERS = 50
MAX_COLUMNS = 100


class Operator(StrEnum):
    """Comparisons a filter can make. `in`, `between` take a list; the null tests take no value."""

    eq = "eq"
    ne = "ne"
    gt = "gt"
    ge = "ge"
    lt = "lt"
    le = "le"
    contains = "contains"
    in_ = "in"
    between = "between"
    is_null = "is_null"
    not_null = "not_null"


class Aggregate(StrEnum):
    """How many rows become one number."""

    sum = "sum"
    avg = "avg"
    count = "count"  # type: ignore[assignment]  # shadows str.count, which nobody calls here
    min = "min"
    max = "max"
    median = "median"
    count_distinct = "count_distinct"


class Grain(StrEnum):
    """The step of a time axis; `auto` is chosen from the span of the data."""

    auto = "auto"
    year = "year"
    quarter = "quarter"
    month = "month"
    week = "week"
    day = "day"
    hour = "hour"
    minute = "minute"


Scalar = bool | int | float | Annotated[str, Field(max_length=1000)]


class Filter(Strict):
    """One condition on one column; all conditions must hold. Dates are ISO 8601 text."""

    column: ColumnName
    operator: Operator
    value: Scalar | Annotated[list[Scalar], Field(max_length=1000)] | None = None

    @model_validator(mode="after")
    def _value_fits_operator(self) -> Self:
        is_list = isinstance(self.value, list)
        values = self.value if isinstance(self.value, list) else [self.value]
        # No text of PostgreSQL holds it.
        if any(isinstance(value, str) and "\x00" in value for value in values):
            raise ValueError("value: must not contain the character NUL")
        if self.operator in (Operator.is_null, Operator.not_null):
            if self.value is not None:
                raise ValueError(f"value: {self.operator} takes no value")
        elif self.operator is Operator.in_:
            if not is_list:
                raise ValueError("value: in takes a list")
        elif self.operator is Operator.between:
            if not isinstance(self.value, list) or len(self.value) != 2:
                raise ValueError("value: between takes a list of two values")
        elif is_list or self.value is None:
            raise ValueError(f"value: {self.operator} takes one value")
        return self


class MeasureSpec(Strict):
    """A number to compute; without a column it counts rows."""

    column: ColumnName | None = None
    function: Aggregate = Aggregate.sum

    @model_validator(mode="after")
    def _only_count_goes_without_column(self) -> Self:
        if self.column is None and self.function is not Aggregate.count:
            raise ValueError(f"column: {self.function} needs a column")
        return self


class DataMapping(Strict):
    """Which column plays which part. `columns` and `measures` serve tables."""

    x_axis: ColumnName | None = None
    y_axis: ColumnName | None = None
    series: ColumnName | None = None
    filters: Annotated[list[Filter], Field(max_length=MAX_FILTERS)] = []
    time_grain: Grain = Grain.auto
    columns: Annotated[list[ColumnName], Field(max_length=MAX_COLUMNS)] = []
    measures: Annotated[list[MeasureSpec], Field(max_length=20)] = []


class Palette(StrEnum):
    """The palettes offered."""

    # Their colours are in vizapp/charts/theme.py.

    okabe_ito = "okabe-ito"
    observable = "observable"
    tableau = "tableau"
    contrast = "contrast"


# Hex or a name of CSS Color 4, nothing richer: a colour reaches style attributes, and report writers that
# evaluate other syntax (reportlab CVE-2023-33733).
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_NAMED = frozenset(
    [
        "aliceblue",
        "antiquewhite",
        "aqua",
        "aquamarine",
        "azure",
        "beige",
        "bisque",
        "black",
        "blanchedalmond",
        "blue",
        "blueviolet",
        "brown",
        "burlywood",
        "cadetblue",
        "chartreuse",
        "chocolate",
        "coral",
        "cornflowerblue",
        "cornsilk",
        "crimson",
        "cyan",
        "darkblue",
        "darkcyan",
        "darkgoldenrod",
        "darkgray",
        "darkgrey",
        "darkgreen",
        "darkkhaki",
        "darkmagenta",
        "darkolivegreen",
        "darkorange",
        "darkorchid",
        "darkred",
        "darksalmon",
        "darkseagreen",
        "darkslateblue",
        "darkslategray",
        "darkslategrey",
        "darkturquoise",
        "darkviolet",
        "deeppink",
        "deepskyblue",
        "dimgray",
        "dimgrey",
        "dodgerblue",
        "firebrick",
        "floralwhite",
        "forestgreen",
        "fuchsia",
        "gainsboro",
        "ghostwhite",
        "gold",
        "goldenrod",
        "gray",
        "grey",
        "green",
        "greenyellow",
        "honeydew",
        "hotpink",
        "indianred",
        "indigo",
        "ivory",
        "khaki",
        "lavender",
        "lavenderblush",
        "lawngreen",
        "lemonchiffon",
        "lightblue",
        "lightcoral",
        "lightcyan",
        "lightgoldenrodyellow",
        "lightgray",
        "lightgrey",
        "lightgreen",
        "lightpink",
        "lightsalmon",
        "lightseagreen",
        "lightskyblue",
        "lightslategray",
        "lightslategrey",
        "lightsteelblue",
        "lightyellow",
        "lime",
        "limegreen",
        "linen",
        "magenta",
        "maroon",
        "mediumaquamarine",
        "mediumblue",
        "mediumorchid",
        "mediumpurple",
        "mediumseagreen",
        "mediumslateblue",
        "mediumspringgreen",
        "mediumturquoise",
        "mediumvioletred",
        "midnightblue",
        "mintcream",
        "mistyrose",
        "moccasin",
        "navajowhite",
        "navy",
        "oldlace",
        "olive",
        "olivedrab",
        "orange",
        "orangered",
        "orchid",
        "palegoldenrod",
        "palegreen",
        "paleturquoise",
        "palevioletred",
        "papayawhip",
        "peachpuff",
        "peru",
        "pink",
        "plum",
        "powderblue",
        "purple",
        "red",
        "rosybrown",
        "royalblue",
        "saddlebrown",
        "salmon",
        "sandybrown",
        "seagreen",
        "seashell",
        "sienna",
        "silver",
        "skyblue",
        "slateblue",
        "slategray",
        "slategrey",
        "snow",
        "springgreen",
        "steelblue",
        "tan",
        "teal",
        "thistle",
        "tomato",
        "turquoise",
        "violet",
        "wheat",
        "white",
        "whitesmoke",
        "yellow",
        "yellowgreen",
    ]
)


def _css_colour(value: str) -> str:
    if not (_HEX.fullmatch(value) or value in _NAMED):
        raise ValueError("must be a colour such as #0072b2 or steelblue")
    return value


Colour = Annotated[str, Field(max_length=24), AfterValidator(_css_colour)]


class Styling(Strict):
    """How it looks. Absent values follow the theme."""

    colors: Annotated[list[Colour], Field(max_length=20)] = []
    palette: Palette | None = None
    title: Annotated[str, Field(max_length=200)] | None = None
    subtitle: Annotated[str, Field(max_length=300)] | None = None
    show_legend: StrictBool | None = None
    show_grid: StrictBool | None = None
    show_tooltip: StrictBool | None = None
    font_size: Annotated[int, Field(ge=8, le=32)] | None = None
    width: Annotated[int, Field(ge=50, le=4000)] | None = None
    height: Annotated[int, Field(ge=50, le=4000)] | None = None


class Aggregation(Strict):
    """The function applied to `yAxis`; `groupBy` adds columns to x and series.

    Without an aggregation numbers are added up, and the rest is counted.
    """

    function: Aggregate = Aggregate.sum
    group_by: Annotated[list[ColumnName], Field(max_length=10)] = []


class SortBy(StrEnum):
    """What orders the x axis."""

    x = "x"
    y = "y"


class SortOrder(Strict):
    """An explicit order; absent means time and number ascending, categories by value descending."""

    by: SortBy = SortBy.y
    descending: StrictBool = True


# Options of one chart type, validated by that type's own closed model in the registry.
Options = Annotated[dict[str, bool | int | float | str | None], Field(max_length=30)]


class ChartConfig(Strict):
    """A whole chart; `table` or `file` is one of a connection, where there is no query.

    `cacheSeconds`: how long an answer of a connection is as good as new; without it the connection says it.
    """

    # Whether there is such a type, and whether the options are its own, the registry of charts/ knows.
    chart_type: Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[a-z][a-z0-9_-]*$")]
    table: TableName | None = None
    file: CloudFile | None = None
    data_mapping: DataMapping = DataMapping()
    styling: Styling = Styling()
    aggregation: Aggregation | None = None
    sort: SortOrder | None = None
    limit: Annotated[int, Field(ge=1, le=10_000, description="How many values of the x axis, or rows.")] | None = None
    other: Annotated[bool, Field(description="Whether the values beyond `limit` are shown as one, “Other”.")] = True
    options: Options = {}
    cache_seconds: CacheSeconds = None

    @model_validator(mode="before")
    @classmethod
    def _expand_short_form(cls, data: object) -> object:
        if not isinstance(data, Mapping) or not ({"x", "y"} & data.keys()) or "dataMapping" in data:
            return data
        rest = {k: v for k, v in data.items() if k not in ("x", "y", "series")}
        mapping = {"xAxis": data.get("x"), "yAxis": data.get("y"), "series": data.get("series")}
        return {"chartType": "bar", **rest, "dataMapping": mapping}
