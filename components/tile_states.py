"""A tile without its picture: waiting, late, empty, broken. Each has the geometry of the picture to come."""

from collections.abc import Sequence

from dash import html

from components.controls import Node, Nodes, button, button_link
from components.icons import icon
from components.ids import Id
from components.tile import Kind, head

# heights of the bones in percent: the shape of a chart, not of a particular one
_BARS = (62, 84, 58, 74, 52, 60, 47, 42, 41, 32, 43, 30)
_ROWS = (94, 78, 86, 70, 82, 64, 76, 58)


def skeleton(title: str, *, subtitle: str = "", kind: Kind = Kind.chart) -> list[Node]:
    """The content of a tile whose data is on its way."""
    if kind is Kind.kpi:
        return [_kpi_bones(title)]
    return [head(title, subtitle or " "), html.Div(_bones(kind), className="tile-body", **{"aria-busy": "true"})]


def empty(
    title: str,
    *,
    subtitle: str = "",
    sentence: str = "Nothing to show",
    reason: Sequence[Node] | str = "",
    action: Node | None = None,
    tools: Nodes = None,
) -> list[Node]:
    """A result without rows. Name the filter that emptied it, and give the button that clears it."""
    return message(
        title,
        subtitle=subtitle,
        symbol="funnel",
        sentence=sentence,
        reason=reason,
        actions=[action] if action else [],
        tools=tools,
    )


def error(
    title: str,
    *,
    subtitle: str = "",
    sentence: str,
    reason: str = "",
    retry_id: Id | None = None,
    technical: str = "",
    request_id: str = "",
    more: Sequence[Node] = (),
    tools: Nodes = None,
) -> list[Node]:
    """What failed, Retry, and the technical part folded away. Neighbours are not touched."""
    retry = [button("Retry", id=retry_id, symbol="arrow-clockwise")] if retry_id else []
    facts = "\n".join(part for part in (technical, f"request {request_id}" if request_id else "") if part)
    return message(
        title,
        subtitle=subtitle,
        symbol="exclamation-circle",
        tone="bad",
        sentence=sentence,
        reason=reason,
        actions=[*retry, *more],
        after=[details(facts)] if facts else [],
        tools=tools,
        alert=True,
    )


def missing_column(
    title: str,
    *,
    subtitle: str = "",
    column: str,
    reason: str = "",
    replacement: str = "",
    use_id: Id | None = None,
    edit_href: str = "",
    tools: Nodes = None,
) -> list[Node]:
    """The data changed under the chart; offer the column that took the place, or another."""
    use = [button(f"Use “{replacement}”", id=use_id, kind="primary")] if replacement and use_id else []
    other = [button_link("Choose another", edit_href)] if edit_href else []
    return message(
        title,
        subtitle=subtitle,
        symbol="question-circle",
        tone="warn",
        sentence=f"Column “{column}” is gone",
        reason=reason,
        actions=[*use, *other],
        tools=tools,
    )


def message(
    title: str,
    *,
    subtitle: str = "",
    symbol: str,
    sentence: str,
    tone: str = "",
    reason: Sequence[Node] | str = "",
    actions: Sequence[Node] = (),
    after: Sequence[Node] = (),
    tools: Nodes = None,
    alert: bool = False,
) -> list[Node]:
    """The common shape: symbol, one sentence, why, what to do."""
    lines: list[Node] = [icon(symbol, tone=tone), html.P(sentence, className="state-title")]
    if reason:
        lines.append(html.P(reason, className="ink-2"))
    if actions:
        lines.append(html.Div(list(actions), className="row-flex"))
    state = html.Div([*lines, *after], className="state", role="alert" if alert else "status")
    return [head(title, subtitle, tools=tools), html.Div(state, className="tile-body")]


def details(text: str) -> html.Details:
    """The technical part, folded."""
    return html.Details([html.Summary("Technical details"), html.Pre(text)], className="tech")


def _bones(kind: Kind) -> html.Div:
    if kind is Kind.table:
        return html.Div(
            [html.Span(className="bone", style={"--v": f"{width}%"}) for width in _ROWS], className="skel-rows"
        )
    return html.Div(
        [html.Span(className="bone", style={"--v": f"{height}%"}) for height in _BARS], className="skel-bars"
    )


def _kpi_bones(title: str) -> html.Div:
    return html.Div(
        [
            html.H2(title, className="kpi-label"),
            html.Div(html.Span(className="bone bone-value"), className="kpi-value"),
            html.Div(html.Span(className="bone bone-delta"), className="kpi-delta"),
        ],
        className="kpi is-bare",
        **{"aria-busy": "true"},
    )
