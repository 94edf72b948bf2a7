"""Data and its review: search, paging, deleting, changing types."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from callbacks import paging
from callbacks.sent import number
from components.feedback import toast
from components.ids import Shell, Upload
from pages import dataset as dataset_page
from pages import datasets as datasets_page
from vizapp.access import Actor
from vizapp.identity import signed_in
from vizapp.services import datasets


def register(app: Dash) -> None:
    """Bind to the signed-in app."""
    _listing(app)
    _deleting(app)
    _review(app)


def _listing(app: Dash) -> None:
    @app.callback(
        Output(Upload.list, "children"),
        Output(Upload.offset, "data"),
        Input(Upload.search, "value"),
        Input(Upload.previous, "n_clicks"),
        Input(Upload.next, "n_clicks"),
        State(Upload.offset, "data"),
        prevent_initial_call=True,
    )
    def turn(text: Any, back: Any, on: Any, offset: Any) -> Any:
        if not paging.turned(back, on, asked=(Upload.search,)):
            return no_update, no_update
        start = paging.start(offset, back=Upload.previous, on=Upload.next, size=datasets_page.PAGE_SIZE)
        return _listed(signed_in(), text, start), start


def _listed(actor: Actor, text: Any, start: int = 0) -> Any:
    found = datasets.list_datasets(actor, search=paging.wanted(text), offset=start, limit=datasets_page.PAGE_SIZE)
    return datasets_page.table(actor, found.items, start, found.total)


def _deleting(app: Dash) -> None:
    @app.callback(
        Output(Upload.ask, "children"),
        Output(Upload.doomed, "data"),
        Input(Upload.row("delete", ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def ask(clicks: list[Any]) -> Any:
        if not any(clicks):
            return no_update, no_update
        actor, wanted = signed_in(), number(ctx.triggered_id["dataset"])
        item = datasets.get_dataset(actor, wanted)
        return datasets_page.question(item, datasets.dependents(actor, wanted)), wanted

    @app.callback(Output(Upload.confirm, "is_open"), Input(Upload.cancelled, "n_clicks"), prevent_initial_call=True)
    def close(clicks: Any) -> Any:
        return False if clicks else no_update

    @app.callback(
        Output(Upload.list, "children", allow_duplicate=True),
        Output(Upload.offset, "data", allow_duplicate=True),
        Output(Upload.confirm, "is_open", allow_duplicate=True),
        Output(Shell.toasts, "data-toast", allow_duplicate=True),
        Input(Upload.confirmed, "n_clicks"),
        State(Upload.doomed, "data"),
        State(Upload.search, "value"),
        prevent_initial_call=True,
    )
    def delete(clicks: Any, doomed: Any, text: Any) -> Any:
        if not clicks:
            return (no_update,) * 4
        actor = signed_in()
        datasets.delete_dataset(actor, number(doomed))
        return _listed(actor, text), 0, False, toast("File deleted", "good")


def _review(app: Dash) -> None:
    @app.callback(
        Output(Upload.review, "children"),
        Output(Shell.toasts, "data-toast", allow_duplicate=True),
        Input(Upload.choice("type", ALL, ALL), "n_clicks"),
        Input(Upload.choice("day", ALL, ALL), "n_clicks"),
        State(Upload.dataset, "data"),
        prevent_initial_call=True,
    )
    def change(types: list[Any], days: list[Any], dataset_id: Any) -> Any:
        if not (any(types) or any(days)):
            return no_update, no_update
        actor, pressed, wanted = signed_in(), ctx.triggered_id, number(dataset_id)
        name, value = str(pressed["name"]), str(pressed["value"])
        if pressed["el"] == "type":
            item = datasets.change_types(actor, wanted, {name: value})
            said = f"{name} is {dataset_page.NAMES[item.types[name]].lower()} now"
        else:
            item = datasets.change_types(actor, wanted, {}, day_first={name: value == "day"})
            said = f"{name}: the {value} comes first"
        return dataset_page.review(actor, item), toast(said, "good")
