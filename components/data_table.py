"""The inside of a tile that is a table."""

from collections.abc import Sequence

from dash import html

from components.controls import Node
from vizapp.schemas.view import Column, TableView


def data_table(view: TableView, *, caption: str = "") -> html.Table:
    """Head, rows with bars in their cells, and a total that stays in sight. `caption` is for screen readers."""
    parts: list[Node] = []
    if caption:
        parts.append(html.Caption(caption, className="visually-hidden"))
    parts += [html.Thead(html.Tr([_head(column) for column in view.columns])), html.Tbody(_rows(view))]
    if view.total:
        cells = [_cell(column, text) for column, text in zip(view.columns, view.total, strict=True)]
        parts.append(html.Tfoot(html.Tr(cells, className="total")))
    # The numbers beside bars take the room of the longest, in every row: bars can be compared only then.
    barred = [index for index, column in enumerate(view.columns) if column.bar]
    longest = max((len(row[index]) for row in view.rows for index in barred), default=0)
    return html.Table(parts, className="grid-table", style={"--chars": longest})


def _rows(view: TableView) -> list[html.Tr]:
    none: tuple[float | None, ...] = (None,) * len(view.columns)
    shares = view.shares or (none,) * len(view.rows)
    return [_row(view.columns, row, share) for row, share in zip(view.rows, shares, strict=True)]


def _row(columns: Sequence[Column], texts: Sequence[str], shares: Sequence[float | None]) -> html.Tr:
    cells = zip(columns, texts, shares, strict=True)
    return html.Tr([_bar(column, text, share) if column.bar else _cell(column, text) for column, text, share in cells])


def _head(column: Column) -> html.Th:
    return html.Th(column.name, scope="col", **_class(column, ("has-bar",) if column.bar else ()))


def _cell(column: Column, text: str) -> html.Td:
    return html.Td(text, **_class(column))


def _bar(column: Column, text: str, share: float | None) -> html.Td:
    width = f"{max(0.0, min(1.0, share or 0.0)):.1%}"
    bar = html.Div([html.I(), html.B(text)], className="cellbar", style={"--v": width})
    return html.Td(bar, **({"className": "opt"} if column.optional else {}))


def _class(column: Column, more: Sequence[str] = ()) -> dict[str, str]:
    # a bar column's heading stands over its bar, on the left
    names = [
        *more,
        *(["num"] if column.numeric and "has-bar" not in more else []),
        *(["opt"] if column.optional else []),
    ]
    return {"className": " ".join(names)} if names else {}
