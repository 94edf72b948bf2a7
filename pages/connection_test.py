"""What a test of a connection found out, step by step."""

from dash import html

from components.controls import Node, tag
from components.formats import ago
from components.icons import icon
from components.tile import notes
from vizapp.schemas.connection import CLOUD_STEPS, TEST_STEPS, LastTest, TestResult

STEPS = {
    "name": "The host's name is found",
    "address": "Its address is allowed",
    "port": "A database answers at the port",
    "tls": "The way is encrypted",
    "password": "User and password are right",
    "database": "The database is there",
    "key": "The key is right",
    "bucket": "The bucket is there",
    "permission": "Tables or files can be read",
}
FAILED = {
    "name": "Name not found", "address": "Address not allowed", "port": "No answer", "tls": "TLS failed",
    "password": "Password refused", "key": "Key refused", "database": "No such database",
    "bucket": "No such bucket", "permission": "Not permitted",
}  # fmt: skip


def outcome(result: TestResult | LastTest, *, ssl: bool) -> html.Div:
    """The verdict, the steps up to the one that failed, and what an admin should know of the account."""
    fresh = isinstance(result, TestResult)
    step = result.details.step if fresh else result.step
    took = _took(result.elapsed_ms)
    if step is not None and step not in STEPS:
        return html.Div(
            html.Div([tag("Cancelled"), html.Span(f"after {took}", className="meta")], className="row-flex"),
            className="result",
        )
    good = tag(f"Connected in {took}", tone="good", symbol="check-lg")
    verdict = good if result.ok else tag(f"{FAILED.get(step or '', 'Failed')} after {took}", tone="bad", symbol="x-lg")
    when = "now" if fresh else ago(result.at)
    lines: list[Node] = [
        html.Div([verdict, html.Span(className="grow"), html.Span(when, className="meta")], className="row-flex")
    ]
    if fresh:
        lines.append(html.P(result.message, className="result-words"))
    lines.append(_steps(step, ssl=ssl))
    if fresh:
        lines += notes(result.details.warnings)
    return html.Div(lines, className="result")


def _steps(failed: str | None, *, ssl: bool) -> html.Ul:
    steps = [
        step
        for step in (CLOUD_STEPS if failed in ("key", "bucket") else TEST_STEPS)
        if step != "tls" or ssl or failed == "tls"
    ]
    at = steps.index(failed) if failed in steps else len(steps)
    return html.Ul([_step(STEPS[step], index, at) for index, step in enumerate(steps)], className="stages")


def _step(words: str, index: int, failed: int) -> html.Li:
    if index < failed:
        return html.Li([icon("check-lg", label="passed"), html.Span(words)], className="done")
    if index == failed:
        return html.Li([icon("x-lg", label="failed", tone="bad"), html.Span(words)], className="now")
    return html.Li(
        [html.Span(className="dot dot-none"), html.Span([words, html.Span(", not tried", className="visually-hidden")])]
    )


def _took(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "some time"
    return f"{milliseconds:,.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
