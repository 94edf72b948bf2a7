"""Calls from scripts of other sites: refused, unless ALLOWED_ORIGINS lists the site exactly.

Cookies are never allowed across sites: such a script needs an access token or an API key.
"""

from collections.abc import Collection

from flask import Flask, Response, request

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_HEADERS = "Accept, Authorization, Content-Type, If-Match, If-None-Match, X-Request-ID"
_READABLE = "Content-Disposition, ETag, Retry-After, X-Data-As-Of, X-Request-ID, X-Row-Count, X-Truncated"
_REMEMBERED_SECONDS = "600"


def init_app(app: Flask, origins: Collection[str]) -> None:
    """Answer preflights of `origins` and let them read answers of the API. Comes after the guard, to run before it."""
    if not origins:
        return
    allowed = frozenset(origins)

    def preflight() -> Response | None:
        asked = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if not (asked and request.path.startswith("/api/") and request.headers.get("Origin") in allowed):
            return None
        response = Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = _METHODS
        response.headers["Access-Control-Allow-Headers"] = _HEADERS
        response.headers["Access-Control-Max-Age"] = _REMEMBERED_SECONDS
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, preflight)

    @app.after_request
    def tell(response: Response) -> Response:
        if request.path.startswith("/api/"):
            response.vary.add("Origin")
            origin = request.headers.get("Origin")
            if origin in allowed:
                response.headers["Access-Control-Allow-Origin"] = origin or ""
                response.headers["Access-Control-Expose-Headers"] = _READABLE
        return response
