"""create_app(): the whole program, assembled in one readable column."""

import os
from typing import Any

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface
from flask_compress import Compress
from flask_openapi3 import OpenAPI
from flask_wtf.csrf import generate_csrf
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from vizapp import dash_app, guard, logs, public_app, signin, storage
from vizapp.api import (
    auth,
    charts,
    connections,
    cors,
    dashboards,
    data,
    datasets,
    docs,
    errors,
    exports,
    health,
    jobs,
    settings,
    unknown,
    uploads,
    users,
    view,
    wire,
)
from vizapp.config import MIB, Config
from vizapp.dash_page import ASSETS, boot_scripts, form_scripts, styles
from vizapp.extensions import csrf, limiter, login_manager
from vizapp.security.headers import COMMON, content_security_policy
from vizapp.services.redis_answers import TIMEOUT_SECONDS

CSRF_COOKIE = "_csrf_token"
# Bodies other than uploads, which set their own limit.
MAX_BODY = 1 * MIB
_HOUR, _YEAR = 3600, 365 * 24 * 3600


def create_app(config: Config | None = None) -> Flask:
    """The WSGI app; raises ConfigError when it must not start like this."""
    config = config or Config.load()
    logs.configure(config)
    app = OpenAPI("vizapp", doc_ui=False, validation_error_callback=wire.refuse)
    app.config.from_mapping(_flask_settings(config))
    app.request_class = uploads.FileRequest
    app.session_interface = _Sessions()
    storage.start(app, config)
    login_manager.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    Compress(app)
    logs.init_app(app)
    errors.init_app(app)
    for blueprint in (health.bp, signin.bp, docs.bp, unknown.bp):
        app.register_blueprint(blueprint)
    content = (charts.bp, dashboards.bp, exports.bp, jobs.bp, datasets.bp, connections.bp, data.bp, view.bp)
    for resource in (auth.bp, users.bp, *content, settings.bp):
        app.register_api(resource)
    private, public = dash_app.create(app), public_app.create(app)
    guard.init_app(app, private, public)
    cors.init_app(app, config.allowed_origins)
    _set_headers(app)
    app.jinja_env.globals.update(styles=styles, boot_scripts=boot_scripts, form_scripts=form_scripts)
    _serve_assets(app)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _flask_settings(config: Config) -> dict[str, Any]:
    return {
        "SECRET_KEY": config.secret_key.get_secret_value(),
        **storage.settings(config),
        "MAX_CONTENT_LENGTH": MAX_BODY,
        "MAX_FORM_PARTS": 20,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "RATELIMIT_STORAGE_URI": config.redis_url.get_secret_value() if config.redis_url else "memory://",
        # A Redis that hangs is as good as none.
        "RATELIMIT_STORAGE_OPTIONS": _patience(config),
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "COMPRESS_MIMETYPES": [
            "text/html",
            "text/css",
            "text/javascript",
            "text/csv",
            "application/javascript",
            "application/json",
            "image/svg+xml",
        ],
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": 4,
        "COMPRESS_MIN_SIZE": 1000,
    }


def _patience(config: Config) -> dict[str, float]:
    names = ("socket_timeout", "socket_connect_timeout") if config.redis_url else ()
    return dict.fromkeys(names, TIMEOUT_SECONDS)


class _Sessions(SecureCookieSessionInterface):
    """Session cookies are `Secure` wherever the request came by https; the same server may be asked by http at home."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - the base class asks so
        """Whether this request was secure."""
        return request.is_secure


def _set_headers(app: Flask) -> None:
    policy = content_security_policy()

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in COMMON.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", policy)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR}")
        if request.path.startswith(guard.OPEN_PREFIXES):
            return response
        response.headers.setdefault("Cache-Control", "no-store")
        if response.mimetype == "text/html":
            # Readable by scripts: Dash copies it into the header that Flask-WTF checks.
            response.set_cookie(CSRF_COOKIE, generate_csrf(), samesite="Lax", secure=request.is_secure)
        return response


def _serve_assets(app: Flask) -> None:
    """Files under assets/ go out precompressed, to be kept for ever when their address carries their time."""

    def add_headers(headers: Any, _path: str, _url: str) -> None:
        for name, value in COMMON.items():
            headers[name] = value

    app.wsgi_app = _Assets(app.wsgi_app, add_headers)  # type: ignore[method-assign]


class _Assets(WhiteNoise):  # type: ignore[misc]
    """WhiteNoise over assets/, under the prefix of both Dash apps."""

    def __init__(self, application: Any, add_headers: Any) -> None:
        super().__init__(
            application,
            autorefresh=bool(os.environ.get("VIZAPP_RELOAD")),
            max_age=_HOUR,
            add_headers_function=add_headers,
        )
        for prefix in ("assets", "view/assets"):
            self.add_files(str(ASSETS), prefix=prefix)

    def __call__(self, wsgi: dict[str, Any], start_response: Any) -> Any:
        """Serve a file, or ask the app; an address with the file's time in it names these bytes for ever."""
        if wsgi["PATH_INFO"] not in self.files or "m=" not in wsgi["QUERY_STRING"]:
            return super().__call__(wsgi, start_response)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [(name, value) for name, value in headers if name.lower() != "cache-control"]
            return start_response(status, [*kept, ("Cache-Control", f"public, max-age={_YEAR}, immutable")], *rest)

        return super().__call__(wsgi, start)
