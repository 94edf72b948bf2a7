"""Public links: one per dashboard at a time, revocable, with an end."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vizapp.access import Actor, Permission
from vizapp.errors import Gone, NotFound, StorageFull, Unavailable
from vizapp.extensions import db, write_tx
from vizapp.models import Dashboard, PublicLink
from vizapp.models.columns import now
from vizapp.schemas.content import LinkInput
from vizapp.schemas.records import LinkRecord
from vizapp.security.tokens import new_token, token_hash
from vizapp.services import audit, connections, rows

VIEW_PREFIX = "/view/dashboard/"


def _record(row: Dashboard) -> LinkRecord | None:
    if not row.is_public or row.public_token is None or row.public_token_created_at is None:
        return None
    if row.public_token_expires_at is not None and row.public_token_expires_at <= now():
        return None
    return LinkRecord(
        token=row.public_token,
        path=VIEW_PREFIX + row.public_token,
        created_at=row.public_token_created_at,
        expires_at=row.public_token_expires_at,
        access_count=row.public_access_count,
    )


def current_link(actor: Actor, dashboard_id: int) -> LinkRecord | None:
    """The valid link, for those who may change the dashboard; None when there is none."""
    row = rows.to_change(actor, Permission.DASHBOARD_WRITE, rows.dashboard, dashboard_id)
    return _record(row)


def create_link(actor: Actor, dashboard_id: int, sent: LinkInput) -> LinkRecord:
    """A new link; one that existed before stops working.

    Raises PermissionDenied when a chart asks a connection that the actor may not use.
    """
    with write_tx() as session:
        row = rows.to_change(actor, Permission.DASHBOARD_WRITE, rows.dashboard, dashboard_id)
        connections.require_publishing(actor, session, [placed.chart_id for placed in row.charts])
        _revoke(session, row)
        token, created = new_token(), now()
        expires = created + timedelta(days=sent.expires_in_days) if sent.expires_in_days else None
        _set_link(session, row, token, created, expires)
        session.add(
            PublicLink(dashboard_id=row.id, token_hash=token_hash(token), expires_at=expires, created_by=actor.user_id)
        )
        audit.record(session, actor, "dashboard.share", "dashboard", row.id, expires_in_days=sent.expires_in_days)
    link = _record(row)
    assert link is not None  # noqa: S101 - it was made just now
    return link


def revoke_link(actor: Actor, dashboard_id: int) -> None:
    """The link answers 410 from now on; nothing happens when there is none."""
    with write_tx() as session:
        row = rows.to_change(actor, Permission.DASHBOARD_WRITE, rows.dashboard, dashboard_id)
        _revoke(session, row)
        audit.record(session, actor, "dashboard.unshare", "dashboard", row.id)


def _revoke(session: Session, row: Dashboard) -> None:
    session.execute(
        update(PublicLink)
        .where(PublicLink.dashboard_id == row.id, PublicLink.revoked_at.is_(None))
        .values(revoked_at=now())
    )
    _set_link(session, row, None, None, None)


def _set_link(
    session: Session, row: Dashboard, token: str | None, created: datetime | None, expires: datetime | None
) -> None:
    """Not through the row: a link is no change of the dashboard, and must not make an editor's save stale."""
    session.execute(
        update(Dashboard)
        .where(Dashboard.id == row.id)
        .values(
            is_public=token is not None,
            public_token=token,
            public_token_created_at=created,
            public_token_expires_at=expires,
            public_access_count=0,
            updated_at=Dashboard.updated_at,
        )
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def open_link(token: str, *, address: str | None = None) -> Actor:
    """The public viewer that this token makes; raises NotFound for an unknown, Gone for a dead one."""
    link = db.session.scalar(select(PublicLink).where(PublicLink.token_hash == token_hash(token)))
    if link is None:
        raise NotFound.of("dashboard")
    if link.dashboard_id is None or link.revoked_at is not None:
        raise Gone("This link was revoked by the owner of the dashboard.")
    if link.expires_at is not None and link.expires_at <= now():
        raise Gone("This link has expired. Ask its sender for a new one.")
    return Actor(dashboard_id=link.dashboard_id, name="public link", address=address)


def count_view(viewer: Actor) -> None:
    """One more view of the page; never in the way of reading."""
    try:
        with write_tx() as session:
            # Counting must not bump the version: it would make an editor's save stale.
            session.execute(
                update(Dashboard)
                .where(Dashboard.id == viewer.dashboard_id)
                .values(
                    public_access_count=Dashboard.public_access_count + 1,
                    updated_at=Dashboard.updated_at,
                )
                .execution_options(synchronize_session=False)
            )
    except (StorageFull, Unavailable):
        return
