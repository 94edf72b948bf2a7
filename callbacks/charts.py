"""The list of charts and one chart: search, paging, the data behind it, adding to a dashboard, deleting."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks import paging
from callbacks.sent import number
from components.feedback import toast
from components.ids import Charts, Shell
from pages import chart as chart_page
from pages import charts as charts_page
from pages import listing
from vizapp.identity import signed_in
from vizapp.schemas.content import DashboardInput
from vizapp.services import charts, placing
from vizapp.services.content import Asked


def register(app: Dash) -> None:
    """Bind to the signed-in app."""
    _listing(app)
    _one(app)
    _deleting(app)


def _listing(app: Dash) -> None:
    @app.callback(
        output=(Output(Charts.list, "children"), Output(Charts.offset, "data")),
        inputs={
            "asked": tuple(Input(name, "value") for name in (Charts.search, Charts.whose, Charts.sort)),
            "back": Input(Charts.previous, "n_clicks"),
            "on": Input(Charts.next, "n_clicks"),
            "offset": State(Charts.offset, "data"),
        },
        prevent_initial_call=True,
    )
    def turn(asked: tuple[Any, Any, Any], back: Any, on: Any, offset: Any) -> Any:
        text, whose, sort = asked
        if not paging.turned(back, on, asked=(Charts.search, Charts.whose, Charts.sort)):
            return no_update, no_update
        size = charts_page.PAGE_SIZE
        actor, start = signed_in(), paging.start(offset, back=Charts.previous, on=Charts.next, size=size)
        part = Asked(search=paging.wanted(text), sort=listing.order(sort), offset=start, limit=size)
        found = charts.list_charts(actor, mine=whose == listing.MINE, **part)
        return charts_page.table(actor, found.items, start, found.total), start


def _one(app: Dash) -> None:
    @app.callback(
        Output(Charts.body, "children"),
        Output(Charts.show(ALL), "className"),
        Output(Charts.show(ALL), "aria-pressed"),
        Input(Charts.show(ALL), "n_clicks"),
        State(Charts.chart, "data"),
        prevent_initial_call=True,
    )
    def show(clicks: list[Any], chart_id: Any) -> Any:
        if not any(clicks):
            return no_update, [no_update] * len(clicks), [no_update] * len(clicks)
        actor, view = signed_in(), ctx.triggered_id["value"]
        record = charts.get_chart(actor, number(chart_id))
        on = [item["id"]["value"] == view for item in ctx.inputs_list[0]]
        tile = chart_page.body(record, chart_page.drawn(actor, record), view)
        return tile, ["btn active" if o else "btn" for o in on], ["true" if o else "false" for o in on]

    @app.callback(
        Output(Charts.body, "children", allow_duplicate=True),
        Output(Charts.facts, "children"),
        Input(Charts.refresh, "n_clicks"),
        State(Charts.show(ALL), "aria-pressed"),
        State(Charts.chart, "data"),
        prevent_initial_call=True,
    )
    def renew(clicks: Any, _pressed: Any, chart_id: Any) -> Any:
        if not clicks:
            return no_update, no_update
        actor = signed_in()
        record = charts.get_chart(actor, number(chart_id))
        view = next((item["id"]["value"] for item in ctx.states_list[0] if item.get("value") == "true"), "chart")
        result = chart_page.drawn(actor, record, refresh=True)
        return chart_page.body(record, result, view), chart_page.fact_list(actor, record, result)

    @app.callback(
        Output(Shell.location, "pathname", allow_duplicate=True),
        Output(Shell.toasts, "data-toast", allow_duplicate=True),
        Input(Charts.add_to(ALL), "n_clicks"),
        State(Charts.chart, "data"),
        prevent_initial_call=True,
    )
    def add(clicks: list[Any], chart_id: Any) -> Any:
        if not any(clicks):
            return no_update, no_update
        actor, target = signed_in(), number(ctx.triggered_id["dashboard"], least=0)
        chart = charts.get_chart(actor, number(chart_id))
        if target:
            board = placing.append(actor, target, chart.id)
            return f"/dashboards/{board.id}", toast(f"Added to {board.name}", "good")
        board = placing.start(actor, DashboardInput(name=chart.name), chart.id)
        return f"/dashboards/{board.id}/edit", toast("Dashboard made", "good")


def _deleting(app: Dash) -> None:
    @app.callback(
        Output(Charts.confirm, "is_open"),
        Input(Charts.delete, "n_clicks"),
        Input(Charts.cancelled, "n_clicks"),
        prevent_initial_call=True,
    )
    def ask(_asked: Any, _cancelled: Any) -> bool:
        return ctx.triggered_id == Charts.delete and bool(_asked)

    @app.callback(
        Output(Shell.location, "pathname", allow_duplicate=True),
        Output(Shell.toasts, "data-toast", allow_duplicate=True),
        Input(Charts.confirmed, "n_clicks"),
        State(Charts.chart, "data"),
        prevent_initial_call=True,
    )
    def delete(clicks: Any, chart_id: Any) -> Any:
        if not clicks:
            return no_update, no_update
        charts.delete_chart(signed_in(), number(chart_id))
        return "/charts", toast("Chart deleted", "good")
