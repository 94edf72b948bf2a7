"""What people send to create or change a chart, a dashboard, a link or an account."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from vizapp.schemas.base import Description, Id, Name, Strict
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.dashboard import DashboardLayout


class ChartInput(Strict):
    """A whole chart: exactly one of `dataset_id` and `data_source_id` names its data, when it has any."""

    name: Name
    description: Description = ""
    config: ChartConfig
    dataset_id: Id | None = None
    data_source_id: Id | None = None
    query: Annotated[str, Field(max_length=20_000)] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.dataset_id is not None and self.data_source_id is not None:
            raise ValueError("dataset_id: give either a dataset or a connection, not both")
        return self


class DashboardInput(Strict):
    """A whole dashboard."""

    name: Name
    description: Description = ""
    layout: DashboardLayout = DashboardLayout()


class LinkInput(Strict):
    """`expires_in_days` None: valid until revoked."""

    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


# Not the whole grammar of addresses: whether one is anybody's, only a letter to it would tell.
_LOCAL = r"[^@\s\x00-\x20\x7f]+"
Email = Annotated[str, Field(max_length=100, pattern=rf"^{_LOCAL}@{_LOCAL}$")]


class AccountInput(Strict):
    """A new user."""

    # ASCII: a letter of another script that looks the same would be another person's name.
    username: Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9._@+-]+$")]
    email: Email
    password: str
    role: Annotated[str, Field(pattern=r"^(admin|editor|viewer)$")] = "viewer"
