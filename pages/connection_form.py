"""The form of a connection: its fields with help and errors, and what of them is sent."""

from collections.abc import Mapping
from typing import Any

from dash import html

from components.controls import Node
from components.forms import checks_field, fields, select_field, switch_field, text_field, textarea_field
from components.ids import Connections
from vizapp.schemas.connection import MASK, ConnectionRecord

Values = Mapping[str, Any]
TYPES = (("postgresql", "PostgreSQL"), ("mysql", "MySQL, MariaDB"))
PORTS = {"postgresql": "5432", "mysql": "3306"}
OFF, ON, VERIFY = "off", "on", "verify"
TLS = ((OFF, "Not required"), (ON, "Required"), (VERIFY, "Required, verify the server"))
ROLES = (("editor", "Editors"), ("viewer", "Viewers, over the REST API"))
# In the order in which callbacks read them.
FIELDS = (
    "name", "type", "host", "port", "database", "user", "password", "tls", "certificate", "pool", "overflow", "cache",
    "roles", "active",
)  # fmt: skip
# Where an error of the service is shown.
_PATHS = {
    "name": "name", "type": "type", "roles": "roles", "config.host": "host", "config.port": "port",
    "config.database": "database", "config.user": "user", "config.password": "password", "config.ssl": "tls",
    "config.sslCert": "certificate", "config.ssl_cert": "certificate", "config.poolSize": "pool",
    "config.pool_size": "pool", "config.maxOverflow": "overflow", "config.max_overflow": "overflow",
    "config.cacheSeconds": "cache", "config.cache_seconds": "cache",
}  # fmt: skip


def values(record: ConnectionRecord | None) -> Values:
    """What the form begins with."""
    config: Mapping[str, Any] = (record.config if record else None) or {}
    return {
        "name": record.name if record else "",
        "type": record.type if record else "postgresql",
        **{key: config.get(key, "") for key in ("host", "port", "database", "user")},
        "password": "",
        "tls": VERIFY if config.get("sslCert") else ON if config.get("ssl") else OFF,
        "certificate": config.get("sslCert", ""),
        "pool": config.get("poolSize", 5),
        "overflow": config.get("maxOverflow", 5),
        "cache": config.get("cacheSeconds", ""),
        "roles": record.roles if record else ["editor"],
        "active": record.is_active if record else True,
    }


def sent(shown: Values, *, stored: bool) -> dict[str, Any]:
    """Name, type, config, roles and state as a service takes them; an untouched password stays what is stored."""
    secure, verify = shown["tls"] in (ON, VERIFY), shown["tls"] == VERIFY
    config = {
        **{key: str(shown[key] or "").strip() for key in ("host", "database", "user")},
        "port": str(shown["port"] or "").strip() or PORTS.get(str(shown["type"]), ""),
        "password": shown["password"] or (MASK if stored else ""),
        "ssl": secure,
        **({"sslCert": str(shown["certificate"] or "")} if verify else {}),
        "poolSize": shown["pool"],
        "maxOverflow": shown["overflow"],
        "cacheSeconds": None if shown["cache"] in ("", None) else shown["cache"],
    }
    return {
        "name": shown["name"] or "",
        "type": shown["type"],
        "config": config,
        "roles": shown["roles"] or [],
        "is_active": bool(shown["active"]),
    }


def missing(shown: Values) -> dict[str, str]:
    """A sentence for each field that has to be filled in."""
    wanted = {"name": "Name the connection", "host": "Say which server"}
    return {key: words for key, words in wanted.items() if not str(shown[key] or "").strip()}


def wrong(reasons: Mapping[str, str]) -> dict[str, str]:
    """What a service refused, by field of the form; the rest is about the form as a whole."""
    found: dict[str, str] = {}
    for path, text in reasons.items():
        field = _PATHS.get(path, _PATHS.get(path.rpartition(".")[0], ""))
        words = text.removeprefix(f"{path.rpartition('.')[2]}: ").removeprefix(f"{path}: ")
        found.setdefault(field, words[:1].upper() + words[1:])
    return found


def fields_of(shown: Values, record: ConnectionRecord | None, errors: Mapping[str, str] | None = None) -> list[Node]:
    """All fields, each with its help and what is wrong with it."""
    said = errors or {}
    kind = str(shown["type"])

    def text(name: str, label: str, span: int, **more: Any) -> Node:
        box = getattr(Connections, name)
        return text_field(label, id=box, value=shown[name], error=said.get(name, ""), span=span, **more)

    has_secret = bool(record and (record.config or {}).get("password"))
    type_field = select_field("Type", TYPES, id=Connections.type, value=kind, error=said.get("type", ""), span=3)
    if record is not None:
        # Another type would be another connection; the field is there for the callbacks that read it.
        type_field.children[1].disabled = True
    secret = "Stored. Leave it empty to keep it." if has_secret else "Encrypted before it is stored."
    return [
        fields(
            [
                text("name", "Name", 3, maxLength=100, help="What people choose it by."),
                type_field,
                text("host", "Host", 4, placeholder="db.example.com", maxLength=253, help="A name or an address."),
                text("port", "Port", 2, placeholder=PORTS.get(kind, ""), inputMode="numeric", maxLength=5),
                text("database", "Database", 6, maxLength=128, help="MySQL and MariaDB do without."),
                text("user", "User", 3, maxLength=128, help="One that may only SELECT is enough, and safer."),
                text(
                    "password", "Password", 3, type="password", maxLength=1024, autocomplete="new-password",
                    placeholder=MASK if has_secret else "", help=secret,
                ),
                select_field(
                    "TLS", TLS, id=Connections.tls, value=str(shown["tls"]), error=said.get("tls", ""), span=6,
                    help="Encrypts the way to the server; verifying it needs the certificate of its authority.",
                ),
                html.Div(
                    textarea_field(
                        "Certificate of the authority", id=Connections.certificate,
                        value=str(shown["certificate"] or ""), error=said.get("certificate", ""), rows=4,
                        help="PEM, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.",
                    ),
                    className="only-verify",
                ),
                text("pool", "Connections kept open", 3, type="number", min=1, max=50, help="1 to 50, in each process"),
                text("overflow", "More in a rush", 3, type="number", min=0, max=50, help="0 to 50, closed again."),
                text(
                    "cache", "Seconds an answer is remembered", 6, type="number", min=0,
                    placeholder="As the settings say", help="0 asks the database each time.",
                ),
                checks_field(
                    "Who may ask through it", ROLES, id=Connections.roles, value=shown["roles"] or [],
                    error=said.get("roles", ""),
                    help="Besides administrators. Charts are read by whoever reads charts.",
                ),
                switch_field(
                    "In use", id=Connections.active, value=bool(shown["active"]),
                    help="Switched off, nothing asks this database and its charts say so.",
                ),
            ]
        ),
        *([html.P(said[""], className="field-error", role="alert")] if said.get("") else []),
    ]  # fmt: skip
