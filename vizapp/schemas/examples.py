"""One example of each thing the API answers, for its document: ann, her file, her chart and her dashboard."""

from typing import Any, cast

from pydantic import ConfigDict

_MADE = {"created_by": 7, "created_at": "2026-10-20T14:02:11Z", "updated_at": "2026-11-02T09:30:00Z"}
_MAPPING = {"xAxis": "month", "yAxis": "revenue", "filters": [], "timeGrain": "auto", "columns": [], "measures": []}
_PLACE = {"x": 0, "y": 0, "w": 6, "h": 3}
_ANSWER = {
    "columns": ["month", "revenue"],
    "rows": [{"month": "2026-09-01", "revenue": 18250.5}, {"month": "2026-10-01", "revenue": 21034.0}],
    "columnTypes": {"month": "date", "revenue": "number"},
    "rowCount": 2,
    "truncated": False,
    "cached": True,
    "elapsedMs": 3.1,
    "dataAsOf": "2026-11-02T09:30:00+00:00",
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "user": {
        "id": 7,
        "username": "ann",
        "email": "ann@example.com",
        "role": "editor",
        "created_at": "2026-03-02T08:15:00Z",
        "updated_at": "2026-10-20T14:02:11Z",
        "last_login": "2026-11-02T09:30:00Z",
        "is_active": True,
        "must_change_password": False,
    },
    "API key": {
        "id": 3,
        "name": "nightly report",
        "prefix": "vz_Q2xvdW",
        "scope": "read",
        "created_at": "2026-11-02T09:30:00Z",
        "expires_at": "2027-11-02T09:30:00Z",
        "last_used_at": None,
    },
    "chart": {
        "id": 1,
        "name": "Revenue by month",
        "description": "",
        "chart_type": "bar",
        "config": {
            "chartType": "bar",
            "dataMapping": _MAPPING,
            "styling": {"colors": []},
            "other": True,
            "options": {},
        },
        "data_source_id": None,
        "dataset_id": 4,
        "query": None,
        **_MADE,
        "version": 1,
        "owner_name": "ann",
        "dataset_name": "orders.csv",
    },
    "dashboard": {
        "id": 2,
        "name": "Sales",
        "description": "",
        "layout": {
            "gridCols": 12,
            "rowHeight": 100,
            "items": [{"chartId": 1, "position": _PLACE}],
            "settings": {},
        },
        "charts": [{"chart_id": 1, "position": _PLACE}],
        "is_public": False,
        "public_access_count": 0,
        **_MADE,
        "version": 1,
        "owner_name": "ann",
    },
    "dataset": {
        "id": 4,
        "name": "orders.csv",
        "file_name": "orders.csv",
        "file_size": 48210,
        "row_count": 1200,
        "columns": [{"name": "month", "type": "date"}, {"name": "revenue", "type": "number"}],
        "report": {"notes": []},
        "overrides": {},
        **_MADE,
        "owner_name": "ann",
    },
    "connection": {
        "id": 1,
        "name": "Sales database",
        "type": "postgresql",
        "config": {
            "host": "db.example.com",
            "port": 5432,
            "database": "sales",
            "user": "reader",
            "password": "********",
            "ssl": True,
            "poolSize": 5,
            "maxOverflow": 5,
        },
        "roles": ["editor"],
        "is_active": True,
        **_MADE,
        "owner_name": "admin",
    },
    "connection test": {
        "ok": True,
        "message": "Connected to PostgreSQL 15.20; 12 tables and views can be read.",
        "elapsedMs": 21.4,
        "details": {"step": None, "server": "PostgreSQL 15.20", "encrypted": True, "warnings": []},
    },
    "table": {"name": "sales", "schema_name": "public", "kind": "table", "rows": 48210, "comment": "One row an order"},
    "column": {
        "name": "amount",
        "type": "number",
        "database_type": "numeric(12,2)",
        "nullable": False,
        "comment": "Net, in euros",
    },
    "setting": {
        "key": "max_upload_mb",
        "value": 100,
        "description": "Size of the largest file to upload, in MB (1,048,576 bytes).",
        "default": 50,
        "minimum": 1,
        "maximum": 100000,
        "updated_by": 1,
        "updated_at": "2026-11-02T09:30:00Z",
    },
    "log": {
        "id": 312,
        "user_id": 7,
        "action": "chart.delete",
        "resource_type": "chart",
        "resource_id": 1,
        "details": {"name": "Revenue by month"},
        "ip_address": "192.0.2.10",
        "created_at": "2026-11-02T09:30:00Z",
    },
}

EXAMPLES |= {
    "tokens": {
        "access_token": "eyJhbGciOi…",
        "refresh_token": "eyJhbGciOi…",
        "token_type": "bearer",
        "expires_in": 1800,
        "user": EXAMPLES["user"],
    },
    "new API key": {**EXAMPLES["API key"], "key": "vz_Q2xvdW…"},
    "new dataset": {**EXAMPLES["dataset"], "location": "/datasets/4"},
    "answer": _ANSWER,
    "upload": {
        "preview": _ANSWER["rows"],
        "columns": _ANSWER["columns"],
        "columnTypes": _ANSWER["columnTypes"],
        "metadata": {
            "fileName": "orders.csv",
            "fileSize": 48210,
            "uploadedAt": "2026-11-02T09:30:00Z",
            "rowCount": 1200,
        },
        "report": {"notes": []},
        "chartId": 1,
        "datasetId": 4,
    },
    "link": {
        "token": "qX3…",
        "url": "https://vizapp.example/view/dashboard/qX3…",
        "expires_at": "2026-12-02T09:30:00Z",
        "created_at": "2026-11-02T09:30:00Z",
        "access_count": 0,
    },
    "public dashboard": {
        "name": "Sales",
        "description": "",
        "layout": EXAMPLES["dashboard"]["layout"],
        "charts": [{"chart_id": 1, "title": "Revenue by month", "type": "bar", "data": _ANSWER, "error": None}],
    },
}


def like(name: str, **more: Any) -> ConfigDict:
    """The configuration of a model that this example shows."""
    return cast("ConfigDict", {"json_schema_extra": {"example": EXAMPLES[name]}, **more})
