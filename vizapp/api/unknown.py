"""Addresses under /api/ that are none: 404, or 405 where other methods are answered, never the pages' own catch-all."""

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

bp = Blueprint("unknown", __name__)
_PREFIX = "/api/"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ALL = (*_METHODS, "OPTIONS", "TRACE")


@bp.route(_PREFIX, methods=_ALL, provide_automatic_options=False)
@bp.route(f"{_PREFIX}<path:rest>", methods=_ALL, provide_automatic_options=False)
def refuse(rest: str = "") -> Response:  # noqa: ARG001 - Flask passes what it matched
    """Raises NotFound or MethodNotAllowed."""
    allowed = _answered()
    raise MethodNotAllowed(valid_methods=allowed) if allowed else NotFound()


@bp.after_app_request
def tell_methods(response: Response) -> Response:
    """Flask's own answer to OPTIONS names what is refused here as well."""
    if request.method == "OPTIONS" and request.path.startswith(_PREFIX) and "Allow" in response.headers:
        found = _answered()
        response.headers["Allow"] = ", ".join(sorted({*found, "OPTIONS"} | ({"HEAD"} if "GET" in found else set())))
    return response


def _answered() -> list[str]:
    return [method for method in _METHODS if _is_answered(method)]


def _is_answered(method: str) -> bool:
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return False
    try:
        endpoint, _ = adapter.match(method=method)
    except HTTPException:
        return False
    return bool(endpoint != f"{bp.name}.{refuse.__name__}")
