"""The activity log: written in the transaction that does the thing, read by admins."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vizapp.access import Actor, Permission, require
from vizapp.extensions import db
from vizapp.models import Log
from vizapp.schemas.records import LogRecord, Page
from vizapp.services.listing import ordered


def record(
    session: Session, actor: Actor, action: str, kind: str = "", obj_id: int | None = None, **details: object
) -> None:
    """Add a line; it is stored exactly when the caller's transaction is."""
    session.add(
        Log(
            user_id=actor.user_id,
            action=action,
            resource_type=kind,
            resource_id=obj_id,
            details=details,
            ip_address=actor.address,
        )
    )


def list_log(
    actor: Actor,
    *,
    user_id: int | None = None,
    resource_type: str = "",
    search: str = "",
    sort: str = "",
    offset: int = 0,
    limit: int = 50,
) -> Page[LogRecord]:
    """Newest first, unless `sort` says otherwise; `search` looks into actions such as `chart.delete`."""
    require(actor, Permission.LOG_READ)
    query = select(Log).where(Log.action.icontains(search.replace("\x00", ""), autoescape=True))
    if user_id is not None:
        query = query.where(Log.user_id == user_id)
    if resource_type:
        query = query.where(Log.resource_type == resource_type)
    rows = db.session.scalars(query.order_by(*ordered(Log, sort or "-created_at")).offset(offset).limit(limit)).all()
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return Page(items=[LogRecord.model_validate(r) for r in rows], total=total, offset=offset, limit=limit)
