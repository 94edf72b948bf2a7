"""Signing in and out of programs, and who one is."""

from flask import Response, request
from flask_limiter.util import get_remote_address

from vizapp.api.failures import fails
from vizapp.api.wire import Api, ById, FieldsQuery, ListQuery, gone, listed, show, some_of
from vizapp.errors import BadCredentials, Conflict, TokenExpired, TokenInvalid
from vizapp.extensions import csrf, limiter
from vizapp.identity import caller, end_session, prove
from vizapp.schemas.account import ApiKeyInput, LoginInput, NewApiKey, PasswordInput, RefreshInput, TokenAnswer
from vizapp.schemas.records import ApiKeyRecord, UserRecord
from vizapp.services import accounts, api_keys, tokens
from vizapp.services.runtime import runtime

bp = Api("auth", "Access tokens, API keys, and the user behind them.")
_OPEN: dict[str, list[object]] = {"security": []}


class MyFields(FieldsQuery):
    """Fields of a user."""

    record = UserRecord


class KeyList(ListQuery):
    """A list of API keys."""

    record = ApiKeyRecord
    sortable = ("name", "created_at", "expires_at", "last_used_at")


def _rate() -> str:
    return runtime().config.signin_rate


def _tokens(pair: tokens.Pair, user: UserRecord) -> Response:
    answer = TokenAnswer(access_token=pair.access, refresh_token=pair.refresh, expires_in=pair.expires_in, user=user)
    return show(answer)


@bp.post("/api/auth/login", responses={200: TokenAnswer, **fails(BadCredentials)}, openapi_extensions=_OPEN)
@csrf.exempt  # type: ignore[untyped-decorator]
@limiter.limit(_rate, key_func=get_remote_address)
def log_in(body: LoginInput) -> Response:
    """Tokens for a user name and a password.

    A user who must change the password can do only that with them. Failed tries are limited for one address, and for
    one user name from all addresses together that are new to its user.
    """
    user, epoch = prove(body.username.strip(), body.password)
    return _tokens(tokens.begin(user.id, epoch), user)


@bp.post(
    "/api/auth/refresh", responses={200: TokenAnswer, **fails(TokenInvalid, TokenExpired)}, openapi_extensions=_OPEN
)
@csrf.exempt  # type: ignore[untyped-decorator]
@limiter.limit("60 per minute", key_func=get_remote_address)
def refresh_tokens(body: RefreshInput) -> Response:
    """The next pair of tokens for a refresh token.

    Each refresh token is good once. One that comes a second time was copied: it and all tokens of that sign-in stop
    working.
    """
    return _tokens(*tokens.refresh(body.refresh_token, address=request.remote_addr))


@bp.post("/api/auth/logout", responses={204: None})
def log_out() -> Response:
    """End the sign-in: its access token and refresh token stop working at once.

    Called with the session of a browser, it ends all sessions of the user. An API key is revoked instead.
    """
    who = caller()
    if who.family or who.actor.scope:
        tokens.end(who.actor, who.family)
    else:
        end_session()
    return gone()


@bp.get("/api/auth/me", responses={200: some_of(UserRecord)})
def get_me(query: MyFields) -> Response:
    """The user who calls."""
    return show(caller().user, fields=query.chosen)


@bp.post("/api/auth/password", responses={200: TokenAnswer})
@limiter.limit(_rate)
def change_password(body: PasswordInput) -> Response:
    """Change one's own password; answers with new tokens.

    Everything the user is signed in with ends, in browsers as well. API keys stay.
    """
    who = caller()
    epoch = accounts.change_password(who.actor, body.current, body.password)
    pair = tokens.begin(who.user.id, epoch)
    user, _ = tokens.bearer(pair.access)
    return _tokens(pair, user)


@bp.get("/api/auth/keys", responses={200: listed(ApiKeyRecord)})
def list_api_keys(query: KeyList) -> Response:
    """One's own API keys that are not revoked."""
    page = api_keys.list_keys(caller().actor, **query.part)
    return show(page, fields=query.chosen)


@bp.post(
    "/api/auth/keys", responses={201: NewApiKey, **fails(Conflict("You have 50 API keys already. Revoke one first."))}
)
def create_api_key(body: ApiKeyInput) -> Response:
    """A new API key of one's own. Its text is in this answer and nowhere else.

    A key cannot make keys: sign in for it.
    """
    return show(api_keys.create_key(caller().actor, body), status=201)


@bp.delete("/api/auth/keys/<id>", responses={204: None})
def revoke_api_key(path: ById) -> Response:
    """Revoke one of one's own API keys; it stops working at once."""
    api_keys.revoke_key(caller().actor, path.id)
    return gone()
