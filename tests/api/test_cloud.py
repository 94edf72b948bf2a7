"""Object stores by the API, against emulators: connected, browsed, charted, taken over, and what goes wrong."""

import io
import logging
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.api.conftest import Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import People
from tests.stores import KINDS, SECRET, Emulators, Stored
from vizapp.schemas.connection import MASK

CSV = "region,amount\nNorth,10\nSouth,20\nNorth,5\n"
_ACCOUNT = "AccountName=abc;AccountKey=YQ=="
SALES = pl.DataFrame({"region": ["North", "South", "North"], "amount": [10, 20, 5]})


@pytest.fixture
def admin(bearer: Any, people: People) -> Headers:
    return bearer(people.admin)


@pytest.fixture
def editor(bearer: Any, people: People) -> Headers:
    return bearer(people.editor)


@pytest.fixture(params=KINDS)
def stored(request: pytest.FixtureRequest, emulators: Emulators, tmp_path: Path) -> Stored:
    """A bucket with the same sales as CSV, JSON lines and Parquet, and with what is no table."""
    made = emulators.bucket(request.param)
    made.write("sales/2026.csv", CSV, tmp_path)
    made.write("sales/2026.jsonl", SALES.write_ndjson(), tmp_path)
    made.write("sales/2026.parquet", parquet(SALES), tmp_path)
    made.write("sales/ü & #1 %20+.csv", CSV, tmp_path)
    made.write("readme.md", "hello", tmp_path)
    return made


def parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def connect(client: Caller, admin: Headers, stored: Stored, config: dict[str, Any] | None = None) -> int:
    body = {"name": "Lake", "type": stored.kind, "config": config or stored.config}
    made = client.post("/api/connections", json=body, headers=admin)
    assert made.status_code == 201, made.get_data(as_text=True)
    return int(made.get_json()["id"])


def charted(client: Caller, headers: Headers, connection: int, key: str) -> dict[str, float]:
    """What a chart on this file shows."""
    body = {
        "name": "By region",
        "chart_type": "bar",
        "config": {"x": "region", "y": "amount", "file": key},
        "data_source_id": connection,
    }
    made = client.post("/api/charts", json=body, headers=headers)
    assert made.status_code == 201, made.get_data(as_text=True)
    return answered(client, headers, made.get_json()["id"])


def answered(client: Caller, headers: Headers, chart: int) -> dict[str, float]:
    found = client.post(f"/api/charts/{chart}/execute", json={}, headers=headers)
    assert found.status_code == 200, found.get_data(as_text=True)
    return {row["region"]: row["amount"] for row in found.get_json()["rows"]}


def test_a_store_is_tested_browsed_charted_and_a_file_taken_over(
    anonymous: Caller, admin: Headers, editor: Headers, stored: Stored
) -> None:
    connection = connect(anonymous, admin, stored)
    path = f"/api/connections/{connection}"
    told = anonymous.post(f"{path}/test", headers=admin).get_json()
    assert (told["ok"], told["message"]) == (True, "Connected; 5 files can be listed and read.")
    assert (told["details"]["encrypted"], len(told["details"]["warnings"])) == (False, 1)
    page = anonymous.get(f"{path}/files?prefix=sales/", headers=editor).get_json()
    kinds = {item["key"]: item["kind"] for item in page["items"]}
    assert kinds == {
        "sales/2026.csv": "csv",
        "sales/2026.jsonl": "json",
        "sales/2026.parquet": "parquet",
        "sales/ü & #1 %20+.csv": "csv",
    }
    assert page["items"][0]["size"] == len(CSV)
    assert page["items"][0]["modified_at"]
    for key in kinds:
        rows = anonymous.get(f"{path}/files/preview", query_string={"key": key, "limit": 2}, headers=editor).get_json()
        assert (rows["columns"], rows["rowCount"], rows["truncated"]) == (["region", "amount"], 2, True)
        assert charted(anonymous, editor, connection, key) == {"North": 15, "South": 20}
    taken = anonymous.post(f"{path}/files/snapshot", json={"key": "sales/2026.csv"}, headers=editor)
    assert taken.status_code == 201
    assert (taken.get_json()["name"], taken.get_json()["row_count"]) == ("2026.csv", 3)
    assert taken.get_json()["report"]["file_name"] == "2026.csv"


@pytest.mark.parametrize("key", ["a.csv", "a.parquet"])
def test_a_file_that_changed_is_read_again(
    anonymous: Caller, admin: Headers, emulators: Emulators, tmp_path: Path, key: str
) -> None:
    stored, other = emulators.bucket("s3"), SALES.with_columns(amount=pl.col("amount") * 2)
    write = parquet if key.endswith("parquet") else (lambda frame: frame.write_csv().encode())
    stored.write(key, write(SALES), tmp_path)
    connection = connect(anonymous, admin, stored)
    body = {"name": "A", "config": {"x": "region", "y": "amount", "file": {"key": key}}, "data_source_id": connection}
    chart = anonymous.post("/api/charts", json=body, headers=admin).get_json()["id"]
    assert answered(anonymous, admin, chart) == {"North": 15, "South": 20}
    again = anonymous.post(f"/api/charts/{chart}/execute", json={}, headers=admin).get_json()
    assert again["cached"] is True
    stored.write(key, write(other), tmp_path)
    assert answered(anonymous, admin, chart) == {"North": 30, "South": 40}


def test_pages_of_files_follow_each_other(
    anonymous: Caller, admin: Headers, emulators: Emulators, tmp_path: Path
) -> None:
    for kind in ("s3", "azure_blob"):
        stored = emulators.bucket(kind)
        for number in range(5):
            stored.write(f"{number}.csv", CSV, tmp_path)
        path, seen, cursor = f"/api/connections/{connect(anonymous, admin, stored)}/files", [], ""
        while cursor is not None:
            page = anonymous.get(path, query_string={"limit": 2, "cursor": cursor}, headers=admin).get_json()
            seen += [item["key"] for item in page["items"]]
            cursor = page["cursor"]
        assert seen == [f"{number}.csv" for number in range(5)]


def test_an_azure_key_that_is_wrong_is_told_and_never_shown(
    anonymous: Caller, admin: Headers, emulators: Emulators
) -> None:
    stored = emulators.bucket("azure_blob")
    connection = connect(anonymous, admin, stored, stored.wrong_key())
    told = anonymous.post(f"/api/connections/{connection}/test", headers=admin).get_json()
    assert (told["ok"], told["details"]["step"]) == (False, "key")
    failed = anonymous.get(f"/api/connections/{connection}/files", headers=admin)
    assert_error(failed, 502, "CLOUD_STORAGE_ERROR")
    assert "AccountKey" not in failed.get_data(as_text=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bucket_that_is_not_there_is_told(anonymous: Caller, admin: Headers, emulators: Emulators, kind: str) -> None:
    stored = emulators.bucket(kind)
    connection = connect(anonymous, admin, stored, stored.missing_bucket())
    told = anonymous.post(f"/api/connections/{connection}/test", headers=admin).get_json()
    assert (told["ok"], told["details"]["step"]) == (False, "bucket"), told


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_gone_is_told(anonymous: Caller, admin: Headers, emulators: Emulators, kind: str) -> None:
    connection = connect(anonymous, admin, emulators.bucket(kind))
    path = f"/api/connections/{connection}/files/preview?key="
    for key in ("gone.csv", "gone.parquet", "gone"):
        error = assert_error(anonymous.get(path + key, headers=admin), 502, "CLOUD_STORAGE_ERROR")
        assert error["message"] == f"“{key}” is not in the bucket, or no longer."
    body = {"name": "A", "config": {"x": "a", "y": "b", "file": "gone.csv"}, "data_source_id": connection}
    error = assert_error(anonymous.post("/api/charts", json=body, headers=admin), 422, "INVALID_CHART_CONFIG")
    assert "config.file" in error["details"]["fields"]


def test_secrets_are_in_no_answer_and_in_no_log(
    anonymous: Caller, admin: Headers, emulators: Emulators, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stored = emulators.bucket("s3")
    connection = connect(anonymous, admin, stored, {**stored.missing_bucket()})
    path = f"/api/connections/{connection}"
    answers = [
        anonymous.get(path, headers=admin),
        anonymous.post(f"{path}/test", headers=admin),
        anonymous.get(f"{path}/files", headers=admin),
        anonymous.get(f"{path}/files/preview?key=a.csv", headers=admin),
    ]
    assert not any(SECRET in answer.get_data(as_text=True) for answer in answers)
    assert answers[0].get_json()["config"]["secretAccessKey"] == MASK
    assert SECRET not in caplog.text
    # A secret that is stored does not follow to another server.
    moved = {**answers[0].get_json()["config"], "endpointUrl": "http://127.0.0.1:1"}
    error = assert_error(anonymous.put(path, json={"config": moved}, headers=admin), 422)
    assert list(error["details"]["fields"]) == ["config.secret_access_key"]


@pytest.mark.parametrize(
    ("kind", "config", "field"),
    [
        ("s3", {"bucket": "a/../b"}, "config.bucket"),
        ("s3", {"bucket": "a?x=1"}, "config.bucket"),
        ("s3", {"bucket": ".."}, "config.bucket"),
        ("s3", {"region": "x.evil.example/#"}, "config.region"),
        ("s3", {"endpointUrl": "file:///etc/passwd"}, "config.endpointUrl"),
        ("s3", {"endpointUrl": "http://user:pass@h"}, "config.endpointUrl"),
        ("s3", {"endpointUrl": "http://h/path"}, "config.endpointUrl"),
        ("s3", {"endpointUrl": "http://h?x"}, "config.endpointUrl"),
        ("azure_blob", {"containerName": "a", "connectionString": _ACCOUNT}, "config.containerName"),
        ("azure_blob", {"containerName": "abc", "connectionString": "S3CR3T"}, "config.connectionString"),
        ("azure_blob", {"containerName": "abc", "connectionString": "AccountName=a;b"}, "config.connectionString"),
        (
            "azure_blob",
            {"containerName": "abc", "connectionString": f"{_ACCOUNT};EndpointSuffix=evil/x?"},
            "config.connectionString",
        ),
        ("gcs", {"bucket": "abc", "keyFile": "/etc/passwd"}, "config.keyFile"),
        ("gcs", {"bucket": "abc", "keyFile": '{"type": "authorized_user"}'}, "config.keyFile"),
    ],
)  # fmt: skip
def test_a_config_that_would_lead_elsewhere_is_refused(
    anonymous: Caller, admin: Headers, kind: str, config: dict[str, str], field: str
) -> None:
    whole = {"bucket": "abc", "accessKeyId": "a", "secretAccessKey": "S3CR3T", **config} if kind == "s3" else config
    refused = anonymous.post("/api/connections", json={"name": "A", "type": kind, "config": whole}, headers=admin)
    error = assert_error(refused, 422)
    assert field in error["details"]["fields"]
    assert "S3CR3T" not in refused.get_data(as_text=True)


@pytest.mark.parametrize("key", ["../other/a.csv", "a/./b.csv", "/a.csv", "a\x00.csv", "a" * 1025, ""])
def test_a_key_that_others_may_read_as_another_path_is_refused(
    anonymous: Caller, admin: Headers, emulators: Emulators, key: str
) -> None:
    connection = connect(anonymous, admin, emulators.bucket("s3"))
    asked = anonymous.get(f"/api/connections/{connection}/files/preview", query_string={"key": key}, headers=admin)
    assert_error(asked, 422)


def test_a_store_where_the_machine_keeps_its_own_secrets_is_not_asked(anonymous: Caller, admin: Headers) -> None:
    config = {"bucket": "abc", "accessKeyId": "a", "secretAccessKey": "b", "endpointUrl": "http://169.254.169.254"}
    made = anonymous.post("/api/connections", json={"name": "A", "type": "s3", "config": config}, headers=admin)
    told = anonymous.post(f"/api/connections/{made.get_json()['id']}/test", headers=admin).get_json()
    assert (told["ok"], told["details"]["step"]) == (False, "address")


def test_tables_and_sql_are_for_databases_and_files_for_stores(
    anonymous: Caller, admin: Headers, emulators: Emulators
) -> None:
    connection = connect(anonymous, admin, emulators.bucket("s3"))
    assert_error(anonymous.get(f"/api/connections/{connection}/tables", headers=admin), 422)
    body = {"connection_id": connection, "query": "SELECT 1"}
    assert_error(anonymous.post("/api/data/query", json=body, headers=admin), 422)


def test_a_file_over_the_limit_is_not_fetched(
    anonymous: Caller, admin: Headers, emulators: Emulators, tmp_path: Path
) -> None:
    stored = emulators.bucket("s3")
    stored.write("big.csv", b"a,b\n" + b"1,2\n" * 300_000, tmp_path)
    connection = connect(anonymous, admin, stored)
    anonymous.put("/api/settings/max_upload_mb", json={"value": 1}, headers=admin)
    path = f"/api/connections/{connection}/files"
    error = assert_error(anonymous.get(f"{path}/preview?key=big.csv", headers=admin), 413, "FILE_TOO_LARGE")
    assert "1 MB" in error["message"]
    taken = anonymous.post(f"{path}/snapshot", json={"key": "big.csv"}, headers=admin)
    assert_error(taken, 413, "FILE_TOO_LARGE")


def test_the_wizard_says_that_a_chart_on_a_file_is_not_its_own(
    anonymous: Caller, client: Caller, admin: Headers, emulators: Emulators, tmp_path: Path
) -> None:
    stored = emulators.bucket("s3")
    stored.write("a.csv", CSV, tmp_path)
    connection = connect(anonymous, admin, stored)
    body = {"name": "A", "config": {"x": "region", "y": "amount", "file": "a.csv"}, "data_source_id": connection}
    chart = anonymous.post("/api/charts", json=body, headers=admin).get_json()["id"]
    assert client.get(f"/charts/{chart}", headers={"Accept": "text/html"}).status_code == 200
    page = client.get(f"/charts/{chart}/edit", headers={"Accept": "text/html"})
    assert page.status_code < 500
    assert "REST API" in page.get_data(as_text=True)
