"""A file is posted, checked while it streams, and becomes a dataset; or is refused with a reason."""

from collections.abc import Callable

import pytest

from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import SALES, multipart
from tests.workbooks import packed, parts, sheet_xml
from vizapp.services.runtime import runtime


def _post(client: Caller, content: bytes, name: str = "sales.csv") -> object:
    return client.post("/api/datasets", headers=client.token(), **multipart(content, name))


def test_a_file_becomes_a_dataset_and_says_where_to_review_it(client: Caller) -> None:
    response = _post(client, SALES.encode())
    assert response.status_code == 201
    body = response.get_json()
    assert body["row_count"] == 240
    assert body["location"] == f"/datasets/{body['id']}"


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"", "empty.csv", 400, "INVALID_FILE_TYPE"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "picture.csv", 400, "INVALID_FILE_TYPE"),
        (b"PK\x03\x04" + b"\x00" * 100, "zip.csv", 400, "INVALID_FILE_TYPE"),
        (b"MZ" + b"\x00" * 100, "program.csv", 400, "INVALID_FILE_TYPE"),
        (b"a,b\n1,2\n", "table.xlsx", 400, "INVALID_FILE_TYPE"),
        (b'a,b\n"1,2\n' * 3, "quote.csv", 400, "INVALID_FILE_TYPE"),
        (",".join(f"c{i}" for i in range(20_000)).encode() + b"\n", "wide.csv", 413, "FILE_TOO_LARGE"),
    ],
)
def test_what_is_no_table_is_refused(client: Caller, content: bytes, name: str, status: int, code: str) -> None:
    assert_error(_post(client, content, name), status, code)


def _workbook(old: str = "", new: str = "") -> bytes:
    sheet = sheet_xml([["a", "b"], [1, 2]])
    return packed(parts({"S": sheet.replace(old, new) if old else sheet}))


def _with_false_sizes(content: bytes) -> bytes:
    """The central directory tells of each part that it is half as long as it is."""
    made, place = bytearray(content), content.find(b"PK\x01\x02")
    while place >= 0:
        size = int.from_bytes(made[place + 24 : place + 28], "little") // 2
        made[place + 24 : place + 28] = size.to_bytes(4, "little")
        place = content.find(b"PK\x01\x02", place + 4)
    return bytes(made)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'{"a\\u0000":"\\ud800"}\n', "half.jsonl"),
        (b'{"a":1}\n{"\\uDC00":[1]}\n', "name.jsonl"),
        (b'[{"a":{"b":["\\udfff"]}}]', "deep.json"),
        (_with_false_sizes(_workbook()), "sizes.xlsx"),
        (_workbook('r="B2"', 'r="ZZZZZZ4294967295"'), "far.xlsx"),
    ],
)
def test_a_hostile_file_is_refused_with_a_reason_and_the_server_goes_on(
    client: Caller, content: bytes, name: str
) -> None:
    error = assert_error(_post(client, content, name), 400, "INVALID_FILE_TYPE")
    assert "damaged" in error["message"] or "surrogate" in error["message"]
    assert _post(client, SALES.encode()).status_code == 201


@pytest.mark.parametrize(
    ("content", "name", "columns"),
    [
        ("*,b\n1,2\n", "a.csv", ["*", "b"]),
        ("^.*$,b\n1,2\n", "a.csv", ["column ^.*$", "b"]),
        ("a,^.*$\n1,2\n", "a.csv", ["a", "column ^.*$"]),
        ("^a.*$,ab,ac\n1,2,3\n", "a.csv", ["column ^a.*$", "ab", "ac"]),
        ('[{"^.*$":1,"secret":2}]', "a.json", ["column ^.*$", "secret"]),
        ('[{"^a$":"x","*":2.5}]', "a.json", ["column ^a$", "*"]),
    ],
)
def test_a_column_name_is_never_read_as_a_pattern(client: Caller, content: str, name: str, columns: list[str]) -> None:
    response = _post(client, content.encode(), name)
    assert response.status_code == 201
    found = client.get(f"/api/datasets/{response.get_json()['id']}").get_json()
    assert [column["name"] for column in found["columns"]] == columns


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.csv", "..\\..\\x.csv", "<img src=x>.csv", "x" * 300 + ".csv", "ünïcödé 表.csv"],
)
def test_a_file_name_is_only_a_name(client: Caller, app, name: str) -> None:
    response = _post(client, SALES.encode(), name)
    assert response.status_code in (201, 400, 422)
    with app.app_context():
        folder = runtime().config.data_dir
    outside = list(folder.parent.rglob("*passwd*"))
    assert outside == []


def test_a_body_over_the_limit_is_refused_and_names_it(client: Caller) -> None:
    error = assert_error(_post(client, b"a,b\n" + b"1,2\n" * 13_200_000), 413, "FILE_TOO_LARGE")
    assert error["details"]["limit"] == 50 * 1024 * 1024


def test_no_file_is_said(client: Caller) -> None:
    headers = client.token()
    assert_error(client.post("/api/datasets", data={"sheet": "x"}, headers=headers), 422, "MISSING_REQUIRED_FIELD")
    error = assert_error(client.post("/api/datasets", data={"other": "x"}, headers=headers), 422, "INVALID_INPUT")
    assert {*error["details"]["fields"]} == {"file", "other"}
    unnamed = client.post("/api/datasets", **multipart(b"a\n1\n", ""), headers=headers)
    assert_error(unnamed, 422, "MISSING_REQUIRED_FIELD")


def test_the_csrf_header_is_required(client: Caller) -> None:
    assert_error(client.post("/api/datasets", **multipart(b"a\n1\n", "a.csv")), 400, "CSRF_FAILED")


def test_a_viewer_and_nobody_upload_nothing(client_for: Callable[[int | None], Caller], people, app) -> None:
    assert_error(_post(client_for(people.viewer), SALES.encode()), 403, "INSUFFICIENT_ROLE")
    assert_error(_post(client_for(None), SALES.encode()), 401)
    with app.app_context():
        assert list(runtime().temporary_folder.iterdir()) == []
