"""The drop zone. The browser's part (progress, stages, cancel, errors) is assets/upload.js."""

from collections.abc import Sequence

from dash import html

from components.controls import Node, Nodes, button, given
from components.ids import Id


def upload_zone(
    children: Nodes,
    *,
    url: str,
    id: Id | None = None,
    label: str = "Upload a file",
    accept: Sequence[str] = (".csv", ".tsv"),
    limit_bytes: int = 0,
    store: str = "",
    anywhere: bool = False,
    extra: str = "",
) -> html.Section:
    """A place that takes a file and posts it to `url` as multipart field `file` with the header X-CSRFToken.

    The answer's `location` is opened, or with `store` the whole answer is put into that dcc.Store. `anywhere`
    accepts a drop on the whole page. Put `choose_button()` among the children: it is the way in by keyboard.
    """
    data = {
        "data-upload-url": url,
        "data-upload-accept": ",".join(accept),
        "data-upload-limit": str(limit_bytes or ""),
        "data-upload-store": store,
        "data-drop-anywhere": "true" if anywhere else "",
    }
    return html.Section(
        [
            html.Div(children, className="drop-idle"),
            html.Div(className="drop-status", **{"data-upload-status": "true"}),
        ],
        className=f"drop {extra}".strip(),
        **given(id=id),
        **{"aria-label": label},
        **{key: value for key, value in data.items() if value},
    )


def choose_button(label: str = "Choose a file", *, kind: str = "primary") -> html.Button:
    """Opens the file dialogue of the zone it stands in."""
    return button(label, kind=kind, symbol="upload", data={"data-upload-choose": "true"})


def hero(
    title: str, hint: str, actions: Sequence[Node], *, small_print: str = "", drawing: Node | None = None
) -> list[Node]:
    """The content of a large zone on an empty page."""
    picture = [html.Div(drawing, className="hero-pic", **{"aria-hidden": "true"})] if drawing else []
    print_ = [html.P(small_print, className="meta hero-print")] if small_print else []
    return [
        *picture,
        html.H2(title, className="page-title"),
        html.P(hint, className="ink-2"),
        html.Div(list(actions), className="row-flex hero-actions"),
        *print_,
    ]
