"""People and things that tests need, made through the services wherever that is what a user would do."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import delete, update

from vizapp.access import Actor, Role
from vizapp.extensions import db, write_tx
from vizapp.models import (
    ApiKey,
    Chart,
    Connection,
    CsvData,
    Dashboard,
    DashboardChart,
    Dataset,
    Job,
    Log,
    PublicLink,
    Setting,
    TokenFamily,
    User,
)
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.content import ChartInput, DashboardInput
from vizapp.schemas.dashboard import DashboardLayout
from vizapp.schemas.records import ChartRecord, DashboardRecord, DatasetRecord
from vizapp.services import charts, dashboards, datasets, jobs
from vizapp.services.runtime import runtime

REGIONS, PRODUCTS = ("North", "South", "East"), ("Pen", "Book")
SALES = "day,region,product,amount,units\n" + "".join(
    f"2025-{1 + i % 12:02d}-{1 + i % 28:02d},{REGIONS[i % 3]},{PRODUCTS[i % 2]},{i * 1.5:.2f},{i % 7}\n"
    for i in range(240)
)
BAR = {"chartType": "bar", "dataMapping": {"xAxis": "region", "yAxis": "amount"}, "aggregation": {"function": "sum"}}


@dataclass(frozen=True)
class People:
    """User ids."""

    admin: int
    editor: int
    other_editor: int
    viewer: int


def seed_people() -> None:
    """Four users who cannot sign in by password; tests give them sessions."""
    users = {name: User(password_hash="none", **as_made(name)) for name in (field.name for field in fields(People))}
    with write_tx() as session:
        session.add_all(users.values())
        session.flush()
        current_app.extensions["test_people"] = People(**{name: user.id for name, user in users.items()})


def as_made(name: str) -> dict[str, Any]:
    """What a test may have changed of one of the four."""
    role = name.removeprefix("other_")
    return {"username": name, "email": f"{name}@example.com", "role": role, "is_active": True, "session_epoch": 0}


def empty_tables() -> None:
    """Forget all content, and what a test did to the four people."""
    people = current_app.extensions["test_people"]
    with write_tx() as session:
        content = (PublicLink, DashboardChart, Dashboard, CsvData, Chart, Dataset, Connection, Log)
        for model in (ApiKey, TokenFamily, Job, *content):
            session.execute(delete(model))
        session.execute(delete(Setting).where(Setting.key.not_like("encryption.%")))
        session.execute(delete(User).where(User.id.not_in(vars(people).values())))
        for name, user_id in vars(people).items():
            session.execute(update(User).where(User.id == user_id).values(as_made(name)))
    db.session.remove()
    runtime().results.clear()
    jobs.forget_files([path.name for path in runtime().export_folder.iterdir()])


def actor(user_id: int, role: Role | str = Role.admin) -> Actor:
    """An Actor as the faces make it."""
    return Actor(role=Role(role), user_id=user_id, name=str(role))


def make_dataset(who: Actor, folder: Path, *, text: str = SALES, name: str = "sales.csv") -> DatasetRecord:
    """Upload `text` as a file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return datasets.upload(who, path, name)


def make_chart(
    who: Actor, dataset_id: int | None, *, name: str = "Amount by region", config: object = None
) -> ChartRecord:
    """A chart over a dataset; a bar of amount by region when nothing is said."""
    sent = ChartInput(name=name, config=ChartConfig.parse(config or BAR), dataset_id=dataset_id)
    return charts.create_chart(who, sent)


def make_dashboard(who: Actor, chart_ids: list[int], *, name: str = "Sales", **settings: object) -> DashboardRecord:
    """A dashboard with these charts side by side."""
    items = [
        {"chartId": chart_id, "position": {"x": 4 * (i % 3), "y": 3 * (i // 3), "w": 4, "h": 3}}
        for i, chart_id in enumerate(chart_ids)
    ]
    layout = DashboardLayout.parse({"items": items, "settings": settings})
    return dashboards.create_dashboard(who, DashboardInput(name=name, layout=layout))


def multipart(content: bytes, name: str) -> dict[str, object]:
    """Arguments of a POST with `content` as the multipart field `file`.

    The test client would put a large body into a temporary file of its own and never close it.
    """
    head = f'--border\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + b"\r\n--border--\r\n"
    return {"data": body, "content_type": "multipart/form-data; boundary=border"}
