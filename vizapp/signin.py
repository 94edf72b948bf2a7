"""Sign in, sign out, change of password: server-rendered pages outside Dash.

So the Dash app needs no exception for anonymous visitors: all of it is behind one guard.
"""

from flask import Blueprint, redirect, render_template, request
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from vizapp.charts.thumb import board
from vizapp.errors import BadCredentials, InvalidInput, TooManyRequests
from vizapp.extensions import limiter
from vizapp.identity import begin_session, current_record, end_session, prove, signed_in
from vizapp.security.passwords import MIN_LENGTH
from vizapp.security.urls import address, safe_next
from vizapp.services import accounts
from vizapp.services.runtime import runtime

bp = Blueprint("signin", __name__)


def _target() -> str:
    return safe_next(request.args.get("next"))


def _picture() -> str:
    """A dashboard in miniature."""
    kinds = (("kpi", 0, 0, 4, 1), ("kpi", 4, 0, 4, 1), ("kpi", 8, 0, 4, 1), ("area", 0, 1, 8, 3), ("pie", 8, 1, 4, 3))
    return board([*kinds, ("bar", 0, 4, 6, 3), ("line", 6, 4, 6, 3)])


def _rate() -> str:
    return runtime().config.signin_rate


def _form(problem: str = "", status: int = 200) -> tuple[str, int]:
    ended = "next" in request.args
    page = render_template(
        "signin.html",
        problem=problem,
        target=_target(),
        username=request.form.get("username", ""),
        lead="Please sign in to go on where you were." if ended else "Your dashboards are one step away.",
        hint=runtime().config.is_development,
        picture=_picture(),
    )
    return page, status


@bp.get("/login")
def show() -> Response | tuple[str, int]:
    """The form; who is signed in already goes on."""
    return redirect(_target()) if current_record() else _form()


@bp.post("/login")
@limiter.limit(_rate, key_func=get_remote_address)
def sign_in() -> Response | tuple[str, int]:
    """Check the password and begin a session."""
    username, password = request.form.get("username", ""), request.form.get("password", "")
    try:
        user, epoch = prove(username.strip(), password)
    except (BadCredentials, TooManyRequests) as exc:
        return _form(exc.message, exc.status)
    begin_session(user, epoch)
    return redirect(address("/password", target=_target()) if user.must_change_password else _target())


@bp.post("/logout")
def sign_out() -> Response:
    """End the session and every copy of its cookie."""
    end_session()
    return redirect("/login")


def _password_form(problems: dict[str, str], status: int = 200) -> tuple[str, int]:
    user = current_record()
    forced = user is not None and user.must_change_password
    lead = "The first password was made for you. Only you should know the next one." if forced else ""
    page = render_template(
        "password.html",
        problems=problems,
        target=_target(),
        forced=forced,
        lead=lead,
        username=user.username if user else "",
        picture=_picture(),
        min_length=MIN_LENGTH,
    )
    return page, status


@bp.get("/password")
def show_password() -> tuple[str, int]:
    """The form; asked for at the first sign-in, reachable from the account menu later."""
    return _password_form({})


@bp.post("/password")
@limiter.limit(_rate)
def change_password() -> Response | tuple[str, int]:
    """Set the new password and begin a new session; all others end."""
    new = request.form.get("password", "")
    if new != request.form.get("again", ""):
        return _password_form({"again": "The two do not match"}, 422)
    actor = signed_in()
    try:
        epoch = accounts.change_password(actor, request.form.get("current", ""), new)
    except InvalidInput as exc:
        return _password_form(exc.fields, exc.status)
    user = accounts.session_user(actor.user_id or 0, epoch)
    if user is not None:
        begin_session(user, epoch)
    return redirect(_target())
