"""Where a redirect may lead."""

import re
from urllib.parse import urlencode, urlsplit

# A path of this site: one slash, then no slash, backslash, space or control character that browsers
# would drop and so turn the rest into "//host" (WHATWG URL: tab and newline are stripped).
_LOCAL = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


def address(path: str, *, target: str = "/") -> str:
    """`path` with `next` naming where to go on afterwards, quoted; without it when that is the start page."""
    return path if target in ("", "/") else f"{path}?{urlencode({'next': target})}"


def safe_next(target: str | None, *, default: str = "/") -> str:
    """`target` when it is a path on this site, else `default`."""
    if not target or not _LOCAL.fullmatch(target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target
