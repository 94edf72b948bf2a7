"""A source in memory, and short ways to write configs and frames."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from vizapp.schemas.base import ColumnType
from vizapp.schemas.chart import ChartConfig
from vizapp.sources.types import type_of


@dataclass
class FrameSource:
    """A source over a frame; counts how often it was read."""

    frame: pl.DataFrame
    named: str = "v1"
    scans: list[int] = field(default_factory=list)

    def columns(self) -> dict[str, ColumnType]:
        return {name: type_of(dtype) for name, dtype in self.frame.schema.items()}

    def version(self) -> str:
        return self.named

    def scan(self) -> pl.LazyFrame:
        self.scans.append(1)
        return self.frame.lazy()


def source(**columns: Any) -> FrameSource:
    return FrameSource(pl.DataFrame(columns))


def config(chart_type: str = "bar", *, mapping: dict[str, Any] | None = None, **rest: Any) -> ChartConfig:
    return ChartConfig.model_validate({"chartType": chart_type, "dataMapping": mapping or {}, **rest})
