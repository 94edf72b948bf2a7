"""Sample content: a small shop's orders, and the Welcome Dashboard over them.

The data is generated, with a fixed seed, so it can be shipped as code and is the same everywhere.
"""

import math
import random
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from vizapp.access import Actor, Role
from vizapp.extensions import db
from vizapp.models import Dataset, User
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.content import ChartInput, DashboardInput
from vizapp.schemas.dashboard import DashboardLayout
from vizapp.services import charts, dashboards, datasets, setup

NAME = "Welcome Dashboard"
FILE = "shop orders.csv"
_START, _DAYS, _SEED = date(2025, 1, 1), 638, 7
_PRODUCTS = {
    "Espresso machine": ("Kitchen", 429.0), "Coffee grinder": ("Kitchen", 119.0), "Chef's knife": ("Kitchen", 89.0),
    "Cast-iron pan": ("Kitchen", 64.0), "Linen bedding": ("Home", 149.0), "Wool blanket": ("Home", 99.0),
    "Desk lamp": ("Home", 79.0), "Wall clock": ("Home", 39.0), "Trail backpack": ("Outdoor", 139.0),
    "Camping stove": ("Outdoor", 69.0), "Water bottle": ("Outdoor", 29.0), "Hammock": ("Outdoor", 84.0),
}  # fmt: skip
_REGIONS = {"North": 0.31, "West": 0.27, "South": 0.24, "East": 0.18}
_CHANNELS = {"Online": 0.55, "Store": 0.33, "Partner": 0.12}


def rows() -> Iterator[str]:
    """The CSV, line by line: one order a line, with growth, seasons, weekends and a few missing ratings."""
    dice = random.Random(_SEED)  # noqa: S311 - sample data, not secrets
    yield "order_date,product,category,region,channel,quantity,revenue,delivery_days,rating"
    for number in range(_DAYS):
        day = _START + timedelta(days=number)
        season = (
            1 + 0.25 * math.sin((day.timetuple().tm_yday - 80) / 365 * 2 * math.pi) + (0.7 if day.month == 12 else 0)
        )
        orders = round(9 * (1 + number / 900) * season * (1.25 if day.weekday() >= 5 else 1) * dice.uniform(0.75, 1.25))
        for _ in range(orders):
            yield _order(dice, day)


def _order(dice: random.Random, day: date) -> str:
    product = dice.choices(list(_PRODUCTS), weights=range(len(_PRODUCTS) + 4, 4, -1))[0]
    category, price = _PRODUCTS[product]
    region = dice.choices(list(_REGIONS), weights=list(_REGIONS.values()))[0]
    channel = dice.choices(list(_CHANNELS), weights=list(_CHANNELS.values()))[0]
    quantity = dice.choices((1, 2, 3, 4), weights=(60, 25, 10, 5))[0]
    days = max(1, round(dice.gauss(3.4 if channel == "Online" else 1.6, 1.1)))
    rating = "" if dice.random() < 0.18 else str(min(5, max(1, round(5.2 - days * 0.28 + dice.gauss(0, 0.7)))))
    revenue = quantity * price * dice.uniform(0.9, 1.0)
    return f"{day},{product},{category},{region},{channel},{quantity},{revenue:.2f},{days},{rating}"


def _mapping(x: str | None, y: str | None, series: str | None = None, **more: object) -> dict[str, object]:
    return {"xAxis": x, "yAxis": y, "series": series, **more}


_SUM, _AVG, _COUNT = ({"function": f} for f in ("sum", "avg", "count"))
_UP, _DOWN = {"goodDirection": "up"}, {"goodDirection": "down"}
_Place = tuple[int, int, int, int]
_COMPARED = [
    {"column": "revenue", "function": "sum"},
    {"function": "count"},
    {"column": "delivery_days", "function": "avg"},
    {"column": "rating", "function": "avg"},
]


@dataclass(frozen=True, slots=True)
class _Spec:
    """One chart of the sample and where it stands: x, y, w, h."""

    name: str
    kind: str
    mapping: dict[str, object]
    aggregation: dict[str, str] | None
    place: _Place
    options: Mapping[str, object] = field(default_factory=dict)


def _monthly(y: str | None, series: str | None = None) -> dict[str, object]:
    return _mapping("order_date", y, series, timeGrain="month")


_CHARTS = (
    _Spec("Revenue", "kpi", _monthly("revenue"), _SUM, (0, 0, 3, 1), _UP),
    _Spec("Orders", "kpi", _monthly(None), _COUNT, (3, 0, 3, 1), _UP),
    _Spec("Average delivery, days", "kpi", _monthly("delivery_days"), _AVG, (6, 0, 3, 1), _DOWN),
    _Spec("Average rating", "kpi", _monthly("rating"), _AVG, (9, 0, 3, 1), _UP),
    _Spec("Revenue by month and channel", "area", _monthly("revenue", "channel"), _SUM, (0, 1, 8, 3)),
    _Spec(
        "Revenue by product", "bar", _mapping("product", "revenue"), _SUM, (8, 1, 4, 3), {"orientation": "horizontal"}
    ),
    _Spec("Orders by month and region", "bar", _monthly(None, "region"), _COUNT, (0, 4, 6, 3), {"stack": "stacked"}),
    _Spec("Revenue by category", "pie", _mapping("category", "revenue"), _SUM, (6, 4, 3, 3)),
    _Spec("Average rating by delivery days", "line", _mapping("delivery_days", "rating"), _AVG, (9, 4, 3, 3)),
    _Spec("Products compared", "table", {"columns": ["product"], "measures": _COMPARED}, None, (0, 7, 12, 4)),
)


def seed() -> int | None:
    """Make dataset, charts and dashboard for the first admin, once; returns the dashboard's id."""
    admin = db.session.scalar(select(User).where(User.role == Role.admin).order_by(User.id))
    if admin is None or not setup.is_empty():
        return None
    actor = Actor(role=Role.admin, user_id=admin.id, name=admin.username)
    dataset_id = _dataset(actor)
    items = [_chart(actor, dataset_id, spec) for spec in _CHARTS]
    layout = DashboardLayout.parse({"items": items})
    description = "A small shop's orders, made up to show what a dashboard can be. Change or delete it as you like."
    return dashboards.create_dashboard(actor, DashboardInput(name=NAME, description=description, layout=layout)).id


def _dataset(actor: Actor) -> int:
    found = db.session.scalar(select(Dataset.id).where(Dataset.file_name == FILE))
    if found is not None:
        return found
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        path.write_text("\n".join(rows()) + "\n", encoding="utf-8")
        return datasets.upload(actor, path, FILE).id


def _chart(actor: Actor, dataset_id: int, spec: _Spec) -> dict[str, object]:
    raw: dict[str, object] = {"chartType": spec.kind, "dataMapping": spec.mapping, "options": dict(spec.options)}
    if spec.aggregation:
        raw["aggregation"] = spec.aggregation
    made = charts.create_chart(actor, ChartInput(name=spec.name, config=ChartConfig.parse(raw), dataset_id=dataset_id))
    x, y, w, h = spec.place
    return {"chartId": made.id, "position": {"x": x, "y": y, "w": w, "h": h}}
