"""Icons, and pictures drawn as SVG text."""

from dash import html


def icon(name: str, label: str = "", tone: str = "") -> html.I:
    """A Bootstrap icon. Without a label it is decoration and silent; `tone` is good, bad or warn."""
    class_name = f"bi bi-{name} tone-{tone}" if tone else f"bi bi-{name}"
    if label:
        return html.I(className=class_name, role="img", title=label, **{"aria-label": label})
    return html.I(className=class_name, **{"aria-hidden": "true"})


def svg(text: str, *, label: str = "", class_name: str = "", **props: str) -> html.Span:
    """A drawing from SVG text that follows the theme (CSS variables and currentColor work).

    Dash has no raw markup, so the text travels in `data-svg` and assets/drawings.js builds it from a white list of
    elements and attributes. `class_name` gives the box its size (thumb, hist, kpi-spark, dash-thumb …), so nothing
    moves when the drawing arrives.
    """
    spoken: dict[str, str] = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    return html.Span(className=f"svg {class_name}".strip(), **{"data-svg": text, **spoken, **props})


_MARK = '<svg viewBox="0 0 24 24"><rect width="24" height="24" rx="6"/><path d="M5.5 8.5l5 8 3.5-5.5 1.5 2 3-5"/></svg>'


def mark() -> html.Span:
    """The product's mark."""
    return svg(_MARK, class_name="logo")
