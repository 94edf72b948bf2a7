"""Traces and layout to plotly JSON without a template, with the chart's own styling applied."""

from collections.abc import Sequence
from typing import cast

import plotly.graph_objects as go

from vizapp.charts.theme import Json
from vizapp.schemas.chart import ChartConfig


def figure(config: ChartConfig, traces: Sequence[Json], layout: Json) -> Json:
    """Validate and encode: numeric arrays become base64, the default template goes."""
    styled = _styled(config, layout)
    found = cast("Json", go.Figure(data=list(traces), layout={"template": "none", **styled}).to_dict())
    del found["layout"]["template"]
    return found


def _styled(config: ChartConfig, layout: Json) -> Json:
    style = config.styling
    found = {"autosize": True, **layout}
    if style.show_tooltip is False:
        found["hovermode"] = False
    if style.show_grid is not None:
        axis = "xaxis" if found.get("xaxis", {}).get("showgrid") else "yaxis"
        if axis in found:
            found[axis] = found[axis] | {"showgrid": style.show_grid}
    if style.font_size is not None:
        found["font"] = {"size": style.font_size}
        for axis in ("xaxis", "yaxis"):
            if axis in found:
                found[axis] = found[axis] | {"tickfont": {"size": style.font_size}}
    return found


def wants_legend(config: ChartConfig, default: bool) -> bool:
    """The chart's own choice, else what suits the picture."""
    return default if config.styling.show_legend is None else config.styling.show_legend
