"""Who may do what: the whole table."""

from dataclasses import dataclass

import pytest

from vizapp.access import ANONYMOUS, SYSTEM, Actor, Permission, Role, Scope, can, require, require_dashboard
from vizapp.errors import InsufficientRole, PermissionDenied, Unauthenticated


@dataclass
class Thing:
    created_by: int | None


MINE, OTHERS, ORPHAN = Thing(1), Thing(2), Thing(None)
WRITES = [p for p in Permission if p.endswith(":write")]
CREATES = [p for p in Permission if p.endswith((":create", ":send"))]
READS = [
    Permission.CHART_READ,
    Permission.DASHBOARD_READ,
    Permission.DATASET_READ,
    Permission.CONNECTION_READ,
    Permission.EXPORT_READ,
    Permission.ACCOUNT_READ,
    Permission.ACCOUNT_OWN,
]
MANAGES = [p for p in Permission if p not in {*WRITES, *CREATES, *READS}]


def _actor(role: Role) -> Actor:
    return Actor(role=role, user_id=1)


@pytest.mark.parametrize("permission", READS)
@pytest.mark.parametrize("role", Role)
def test_everybody_signed_in_reads(role: Role, permission: Permission) -> None:
    assert can(_actor(role), permission)


@pytest.mark.parametrize("permission", WRITES)
def test_an_editor_changes_only_their_own(permission: Permission) -> None:
    editor = _actor(Role.editor)
    assert can(editor, permission, MINE)
    assert not any(can(editor, permission, thing) for thing in (OTHERS, ORPHAN, None))
    with pytest.raises(PermissionDenied):
        require(editor, permission, OTHERS)


@pytest.mark.parametrize("permission", [*WRITES, *CREATES, *MANAGES])
def test_a_viewer_changes_nothing(permission: Permission) -> None:
    assert not can(_actor(Role.viewer), permission, MINE)
    with pytest.raises(InsufficientRole):
        require(_actor(Role.viewer), permission, MINE)


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("thing", [MINE, OTHERS, ORPHAN])
def test_an_admin_may_do_everything(permission: Permission, thing: Thing) -> None:
    assert can(_actor(Role.admin), permission, thing)
    assert can(SYSTEM, permission, thing)


@pytest.mark.parametrize("permission", MANAGES)
def test_an_editor_manages_nothing(permission: Permission) -> None:
    assert not can(_actor(Role.editor), permission)


@pytest.mark.parametrize("permission", Permission)
def test_nobody_and_a_public_viewer_may_do_nothing(permission: Permission) -> None:
    assert not can(ANONYMOUS, permission, MINE)
    assert not can(Actor(dashboard_id=1), permission, MINE)
    with pytest.raises(Unauthenticated):
        require(ANONYMOUS, permission, MINE)
    with pytest.raises(InsufficientRole):
        require(Actor(dashboard_id=1), permission, MINE)


def test_a_public_viewer_reads_the_one_dashboard_of_the_link() -> None:
    viewer = Actor(dashboard_id=7)
    require_dashboard(viewer, 7)
    with pytest.raises(InsufficientRole):
        require_dashboard(viewer, 8)
    with pytest.raises(Unauthenticated):
        require_dashboard(ANONYMOUS, 7)
    require_dashboard(_actor(Role.viewer), 8)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_a_key_that_reads_may_read_what_its_user_may_and_nothing_else(role: Role, permission: Permission) -> None:
    key = Actor(role=role, user_id=1, scope=Scope.read)
    assert can(key, permission, MINE) == (permission.endswith(":read") and can(_actor(role), permission, MINE))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_a_key_that_writes_may_what_its_user_may_but_manage_nothing(role: Role, permission: Permission) -> None:
    key = Actor(role=role, user_id=1, scope=Scope.write)
    never = permission is Permission.ACCOUNT_OWN or permission.endswith(":manage")
    allowed = not never and can(_actor(role), permission, MINE)
    assert can(key, permission, MINE) == allowed


def test_a_key_that_may_not_says_that_it_is_the_key() -> None:
    with pytest.raises(PermissionDenied, match="API key"):
        require(Actor(role=Role.admin, user_id=1, scope=Scope.read), Permission.CHART_CREATE)
    with pytest.raises(InsufficientRole):
        require(Actor(role=Role.viewer, user_id=1, scope=Scope.write), Permission.CHART_CREATE)
