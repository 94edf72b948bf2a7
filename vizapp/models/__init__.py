"""What is stored: columns and constraints, no business rules."""

from vizapp.models.accounts import ApiKey, TokenFamily, User
from vizapp.models.content import Chart, Dashboard, DashboardChart, PublicLink
from vizapp.models.data import Connection, CsvData, Dataset
from vizapp.models.jobs import Job
from vizapp.models.system import Log, Setting

__all__ = [
    "ApiKey",
    "Chart",
    "Connection",
    "CsvData",
    "Dashboard",
    "DashboardChart",
    "Dataset",
    "Job",
    "Log",
    "PublicLink",
    "Setting",
    "TokenFamily",
    "User",
]
