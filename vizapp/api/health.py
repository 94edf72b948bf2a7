"""`/health`: the process lives. `/health/ready`: it can serve, part by part."""

from flask import Blueprint, Response, jsonify

from vizapp.services import health

bp = Blueprint("health", __name__)


@bp.get("/health")
def alive() -> Response:
    """Always 200 while the process answers; `status` says degraded when a part is not well."""
    parts = health.parts(probe_disk=False)
    status = "ok" if all(part.ok for part in parts) else "degraded"
    return jsonify({"status": status})


@bp.get("/health/ready")
def ready() -> tuple[Response, int]:
    """503 when a part that is needed is not well; each part is named."""
    parts = health.parts()
    usable = all(part.ok for part in parts if part.needed)
    checks = {part.name: {"ok": part.ok, "message": part.message} for part in parts}
    return jsonify({"status": "ready" if usable else "not ready", "checks": checks}), 200 if usable else 503
