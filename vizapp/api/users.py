"""Users: admins manage all, everybody reads themselves."""

from flask import Response

from vizapp.api.failures import fails
from vizapp.api.wire import Api, ById, FieldsQuery, ListQuery, gone, listed, show, some_of
from vizapp.errors import Conflict
from vizapp.extensions import limiter
from vizapp.identity import signed_in
from vizapp.schemas.account import UserChanges, UserInput
from vizapp.schemas.records import UserRecord
from vizapp.services import accounts, users

bp = Api("users", "People and their roles.")
_TAKEN = Conflict("This user name or e-mail address is taken.")
# Each refused address tells who is a user here.
_OWN_EMAIL_RATE = "5 per hour"
_LAST = Conflict("This is the last active admin. Make somebody else an admin first.")


class UserFields(FieldsQuery):
    """Fields of a user."""

    record = UserRecord


class UserList(ListQuery):
    """A list of users; `search` looks into e-mail addresses too."""

    record = UserRecord
    sortable = ("username", "email", "role", "created_at", "updated_at", "last_login")


@bp.get("/api/users", responses={200: listed(UserRecord)})
def list_users(query: UserList) -> Response:
    """All users (admin)."""
    page = accounts.list_users(signed_in(), **query.part)
    return show(page, fields=query.chosen)


@bp.post("/api/users", responses={201: UserRecord, **fails(_TAKEN)})
def create_user(body: UserInput) -> Response:
    """A new user (admin). 409 when the name or the e-mail address is taken."""
    made = accounts.create_user(signed_in(), body, must_change=body.must_change_password)
    return show(made, status=201)


@bp.get("/api/users/<id>", responses={200: some_of(UserRecord)})
def get_user(path: ById, query: UserFields) -> Response:
    """One user: oneself, or anybody for an admin."""
    return show(users.get_user(signed_in(), path.id), fields=query.chosen)


@bp.put("/api/users/<id>", responses={200: UserRecord, **fails(_TAKEN)})
def update_user(path: ById, body: UserChanges) -> Response:
    """Change what is sent: everything for an admin, the e-mail address of oneself for everybody.

    A new role, password or state ends the user's sessions and tokens at once; a new password and a deactivation their
    API keys too. The last active admin can be neither demoted nor deactivated (409). One's own e-mail address changes
    five times an hour at most.
    """
    if body.email is not None and path.id == signed_in().user_id:
        with limiter.limit(_OWN_EMAIL_RATE, key_func=_counted_as, scope="own e-mail"):
            return show(users.update_user(signed_in(), path.id, body))
    return show(users.update_user(signed_in(), path.id, body))


def _counted_as() -> str:
    return f"user:{signed_in().user_id}"


@bp.delete("/api/users/<id>", responses={204: None, **fails(_LAST)})
def delete_user(path: ById) -> Response:
    """Remove a user with their tokens and API keys (admin).

    Their charts, dashboards and datasets stay, without an owner: admins can change them. Nobody removes themselves or
    the last active admin (409).
    """
    users.delete_user(signed_in(), path.id)
    return gone()
