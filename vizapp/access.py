"""Who may do what, decided at one place. Every service function asks here, with an Actor.

Everybody who is signed in reads every chart, dashboard and dataset; editors change their own;
admins change all. Connections are made by admins; who else may ask through one is set on it. A public
viewer reads one dashboard and what is on it. An API key may less than its user: with the scope read nothing
but reading, and never what KEYS_NEVER names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from vizapp.errors import InsufficientRole, PermissionDenied, Unauthenticated


class Role(StrEnum):
    """What a user is."""

    admin = "admin"
    editor = "editor"
    viewer = "viewer"


class Scope(StrEnum):
    """What an API key is for."""

    read = "read"
    write = "write"


class Permission(StrEnum):
    """`<what>:<action>`; those that end in `write` are about an object the actor must own.

    ACCOUNT_OWN is what changes one's own account: password, e-mail address, API keys. EXPORT_READ is about one's own
    files in the making: they hold what one reads, so whoever reads may have them made. EXPORT_SEND puts them into
    a bucket whose connection one may use: that writes, so neither viewers nor keys to read may.
    """

    CHART_READ = "chart:read"
    CHART_CREATE = "chart:create"
    CHART_WRITE = "chart:write"
    DASHBOARD_READ = "dashboard:read"
    DASHBOARD_CREATE = "dashboard:create"
    DASHBOARD_WRITE = "dashboard:write"
    DATASET_READ = "dataset:read"
    DATASET_CREATE = "dataset:create"
    DATASET_WRITE = "dataset:write"
    EXPORT_READ = "export:read"
    EXPORT_SEND = "export:send"
    ACCOUNT_READ = "account:read"
    ACCOUNT_OWN = "account:own"
    USER_READ = "user:read"
    USER_MANAGE = "user:manage"
    CONNECTION_READ = "connection:read"
    CONNECTION_MANAGE = "connection:manage"
    SETTINGS_MANAGE = "settings:manage"
    LOG_READ = "log:read"


P = Permission
_READ = frozenset(
    {
        P.CHART_READ,
        P.DASHBOARD_READ,
        P.DATASET_READ,
        P.CONNECTION_READ,
        P.EXPORT_READ,
        P.ACCOUNT_READ,
        P.ACCOUNT_OWN,
    }
)
_EDIT = _READ | {
    P.CHART_CREATE,
    P.CHART_WRITE,
    P.DASHBOARD_CREATE,
    P.DASHBOARD_WRITE,
    P.DATASET_CREATE,
    P.DATASET_WRITE,
    P.EXPORT_SEND,
}
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.viewer: _READ,
    Role.editor: _EDIT,
    Role.admin: frozenset(Permission),
}
# A key that leaks must not make itself at home: no users, no settings, no connections, nothing of its own account.
KEYS_NEVER = frozenset({P.ACCOUNT_OWN, P.USER_MANAGE, P.SETTINGS_MANAGE, P.CONNECTION_MANAGE})


class Lent(Protocol):
    """Anything an admin lends to roles."""

    @property
    def roles(self) -> Sequence[str]:
        """The roles that may use it; admins always may."""


class Owned(Protocol):
    """Anything with an owner: `created_by` is the owner's id."""

    @property
    def created_by(self) -> int | None:
        """The owner's user id; None when the owner is gone."""


def stays() -> bool:
    """They wait as long as it takes."""
    return True


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `role` None and `dashboard_id` set: a public viewer of that dashboard.

    `scope` is set when an API key speaks for the user. `waits` tells whether they still wait for what they asked.
    """

    role: Role | None = None
    user_id: int | None = None
    name: str = ""
    dashboard_id: int | None = None
    address: str | None = None
    scope: Scope | None = None
    waits: Callable[[], bool] = field(default=stays, compare=False, repr=False)

    @property
    def is_public(self) -> bool:
        """A reader who has only a link."""
        return self.role is None and self.dashboard_id is not None


ANONYMOUS = Actor()
SYSTEM = Actor(role=Role.admin, name="system")


def grants(actor: Actor) -> frozenset[Permission]:
    """What the role allows, less what an API key must not."""
    if actor.role is None:
        return frozenset()
    granted = GRANTS[actor.role]
    if actor.scope is None:
        return granted
    if actor.scope is Scope.read:
        return frozenset(p for p in granted if p.endswith(":read"))
    return granted - KEYS_NEVER


def lesser(one: Role, other: Role) -> Role:
    """Which of the two may less."""
    return min(one, other, key=lambda role: len(GRANTS[role]))


def can(actor: Actor, permission: Permission, obj: Owned | None = None) -> bool:
    """Whether `actor` may do this, to `obj` where the permission is about an object."""
    if permission not in grants(actor):
        return False
    if not permission.endswith(":write") or actor.role is Role.admin:
        return True
    return obj is not None and obj.created_by is not None and obj.created_by == actor.user_id


def require(actor: Actor, permission: Permission, obj: Owned | None = None) -> None:
    """Raise Unauthenticated, InsufficientRole or PermissionDenied unless `can`."""
    if can(actor, permission, obj):
        return
    if actor.role is None and not actor.is_public:
        raise Unauthenticated()
    if actor.role is None or permission not in GRANTS[actor.role]:
        raise InsufficientRole()
    if permission not in grants(actor):
        raise PermissionDenied("This API key may not do this.")
    raise PermissionDenied()


def require_role(actor: Actor, permission: Permission) -> None:
    """Raise unless `actor` may do this to some object: asked before anybody looks whether this one exists."""
    if permission not in grants(actor):
        require(actor, permission)


def may_use(actor: Actor, connection: Lent) -> bool:
    """Whether `actor` may ask questions of their own through this connection."""
    return can(actor, P.CONNECTION_READ) and (actor.role is Role.admin or actor.role in connection.roles)


def require_dashboard(actor: Actor, dashboard_id: int) -> None:
    """Reading one dashboard, or something on it: signed in, or with the link to just that one."""
    if not (actor.is_public and actor.dashboard_id == dashboard_id):
        require(actor, Permission.DASHBOARD_READ)
