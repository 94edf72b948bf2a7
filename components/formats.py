"""Moments and sizes in words, as people read them on a page. Moments are kept in UTC."""

from datetime import UTC, datetime

import humanize
from dash import html


def day_and_time(moment: datetime) -> html.Time:
    """A moment in the reader's own zone: assets/times.js writes it there, and it says UTC until then."""
    return html.Time(in_utc(moment), dateTime=moment.isoformat(timespec="seconds"), **{"data-local": "true"})


def data_as_of(moment: datetime | None) -> html.Span:
    """ "Data as of …"; nothing yet without a moment. assets/tiles.js keeps it at the oldest of the page's tiles."""
    when = day_and_time(moment) if moment is not None else html.Time("", **{"data-local": "true"})
    return html.Span(["Data as of ", when], className="as-of", hidden=moment is None)


def in_utc(moment: datetime) -> str:
    """ "22 Nov 2026, 17:13 UTC"."""
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def ago(moment: datetime) -> str:
    """ "3 minutes ago"."""
    return str(humanize.naturaltime(datetime.now(UTC) - moment))


def size(count: int) -> str:
    """Bytes as "31.1 MB"."""
    return str(humanize.naturalsize(count, binary=True)).replace("iB", "B").replace("K", "k")
