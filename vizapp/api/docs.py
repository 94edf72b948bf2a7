"""The OpenAPI document, and Swagger's page for it: served whole from here, under the same policy as all pages.

flask-openapi3 brings Swagger's files along but starts them by an inline script, which the content security policy
refuses; ours starts them from a file. Nothing here is about any user, so nobody has to sign in to read it.
"""

from pathlib import Path

import flask_openapi3_swagger
from flask import Blueprint, Response, current_app, jsonify, render_template, send_from_directory
from flask_openapi3 import OpenAPI

from vizapp.api.document import complete
from vizapp.api.wire import revalidated

bp = Blueprint("docs", __name__, static_folder="docs_files", static_url_path="/api/docs/files")
_SWAGGER = Path(flask_openapi3_swagger.__file__).parent / "templates" / "swagger"


@bp.get("/api/docs")
@bp.get("/api/docs/")
def page() -> str:
    """Swagger's page."""
    return render_template("swagger.html")


@bp.get("/api/docs/openapi.json")
def document() -> Response:
    """The OpenAPI document."""
    app = current_app
    assert isinstance(app, OpenAPI)  # noqa: S101 - what create_app makes
    return revalidated(jsonify(complete(app.api_doc)))


@bp.get("/api/docs/swagger/<path:name>")
def swagger(name: str) -> Response:
    """Swagger's own files."""
    return send_from_directory(_SWAGGER, name, max_age=3600)
