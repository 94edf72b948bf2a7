"""What people send about accounts, tokens and API keys, and what is answered."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from vizapp.schemas.base import WHOLE, Input, Name
from vizapp.schemas.content import AccountInput, Email
from vizapp.schemas.examples import like
from vizapp.schemas.records import ApiKeyRecord, UserRecord

RoleName = Literal["admin", "editor", "viewer"]
Password = Annotated[str, Field(max_length=1024, json_schema_extra={"format": "password", "writeOnly": True})]

# Shorter ones are refused anyway; why, and what else is, says security/passwords.py.
NewPassword = Annotated[Password, Field(min_length=8)]


class LoginInput(Input):
    """User name and password."""

    model_config = ConfigDict(json_schema_extra={"example": {"username": "ann", "password": "a long password"}})

    username: Annotated[str, Field(max_length=200)]
    password: Password


class RefreshInput(Input):
    """The refresh token of the last answer; it is good once."""

    model_config = ConfigDict(json_schema_extra={"example": {"refresh_token": "eyJhbGciOi…"}})

    refresh_token: Annotated[str, Field(max_length=1024)]


class PasswordInput(Input):
    """One's own password: the present one, and the one that is to be."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"current": "a long password", "password": "another long password"}}
    )

    current: Password
    password: NewPassword


class ApiKeyInput(Input):
    """A new API key; without `expires_in_days` it is good until revoked."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "nightly report", "scope": "read", "expires_in_days": 365}}
    )

    name: Name
    scope: Annotated[
        Literal["read", "write"],
        Field(
            description="`read` only reads; `write` may what you may, but manage nothing and not change your account."
        ),
    ] = "read"
    expires_in_days: Annotated[int, Field(ge=1, le=3650), WHOLE] | None = None


class UserInput(AccountInput):
    """A new user."""

    model_config = ConfigDict(
        alias_generator=None,
        json_schema_extra={
            "example": {"username": "ann", "email": "ann@example.com", "password": "a first password", "role": "editor"}
        },
    )

    password: NewPassword
    role: RoleName = "viewer"
    must_change_password: Annotated[
        StrictBool, Field(description="Whether the user has to choose a new password before anything else.")
    ] = True


class UserChanges(Input):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"example": {"role": "viewer"}})

    email: Email | None = None
    role: RoleName | None = None
    is_active: StrictBool | None = None
    password: Annotated[NewPassword, Field(description="To be changed at the next sign-in.")] | None = None


class TokenAnswer(BaseModel):
    """Send `access_token` as `Authorization: Bearer …`; it is good for `expires_in` seconds."""

    model_config = like("tokens")

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the name of the scheme
    expires_in: int
    user: UserRecord


class NewApiKey(ApiKeyRecord):
    """A new API key with its text, which is shown this once."""

    model_config = like("new API key")

    key: str
