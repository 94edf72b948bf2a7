"""Addresses under /api/ that are none: 404, or 405 where other methods are answered, never the pages' own catch-all."""

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from vizapp.extensions import csrf

bp = Blueprint("unknown", __name__)
_PREFIX = "/api/"
_ENDPOINT = f"{bp.name}.refuse"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ALL = (*_METHODS, "OPTIONS", "TRACE")


@csrf.exempt  # type: ignore[untyped-decorator]  # nothing is done here
@bp.route(_PREFIX, methods=_ALL, provide_automatic_options=False)
@bp.route(f"{_PREFIX}<path:rest>", methods=_ALL, provide_automatic_options=False)
def refuse(rest: str = "") -> Response:  # noqa: ARG001 - Flask passes what it matched
    """Raises NotFound or MethodNotAllowed."""
    allowed = list(_answered())
    raise MethodNotAllowed(valid_methods=allowed) if allowed else NotFound()


@bp.after_app_request
def tell_methods(response: Response) -> Response:
    """Flask's own answer to OPTIONS names what is refused here as well."""
    if request.method == "OPTIONS" and request.path.startswith(_PREFIX) and "Allow" in response.headers:
        found = _answered()
        response.headers["Allow"] = ", ".join(sorted({*found, "OPTIONS"} | ({"HEAD"} if "GET" in found else set())))
    return response


def instead() -> set[str]:
    """The endpoints that answer other methods at the address of a request that nothing answers; else none."""
    return set(_answered().values()) if request.endpoint == _ENDPOINT else set()


def _answered() -> dict[str, str]:
    """Methods → endpoints of this address."""
    found = {method: _endpoint(method) for method in _METHODS}
    return {method: endpoint for method, endpoint in found.items() if endpoint != _ENDPOINT}


def _endpoint(method: str) -> str:
    adapter = current_app.create_url_adapter(request)
    try:
        return str(adapter.match(method=method)[0]) if adapter is not None else _ENDPOINT
    except HTTPException:
        return _ENDPOINT
