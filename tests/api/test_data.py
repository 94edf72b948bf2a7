"""A file into a chart over HTTP, and how any uploaded body is received: in pieces, up to the limit, without a trace."""

import io
import tracemalloc
from collections.abc import Callable

import pytest
from flask import Flask

from tests.api.conftest import Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import SALES, People, actor, make_chart
from tests.workbooks import workbook
from vizapp.access import Role
from vizapp.services.runtime import runtime

URL = "/api/data/upload-csv"
BOOK = workbook({"Cover": [["x"]], "2024": [["region", "amount"], ["North", 7]]})


@pytest.fixture
def editor(bearer: Callable[[int], Headers], people: People) -> Headers:
    return bearer(people.editor)


@pytest.fixture
def chart_id(app: Flask, people: People) -> int:
    with app.app_context():
        return make_chart(actor(people.editor, Role.editor), None).id


def form(content: bytes = SALES.encode(), name: str = "sales.csv", **fields: object) -> dict[str, object]:
    data = {**fields, "file": (io.BytesIO(content), name)}
    return {"data": data, "content_type": "multipart/form-data"}


@pytest.mark.parametrize("where", ["form", "query"])
def test_the_chart_is_named_in_the_form_or_in_the_query(
    anonymous: Caller, editor: Headers, chart_id: int, where: str
) -> None:
    fields, query = ({"chart_id": str(chart_id)}, "") if where == "form" else ({}, f"?chart_id={chart_id}")
    response = anonymous.post(f"{URL}{query}", headers=editor, **form(**fields))
    assert response.status_code == 200
    body = response.get_json()
    assert set(body) == {"preview", "columns", "columnTypes", "metadata", "report", "chartId", "datasetId"}
    assert len(body["preview"]) == 10
    assert list(body["preview"][0]) == body["columns"] == ["day", "region", "product", "amount", "units"]
    assert body["metadata"]["rowCount"] == 240
    answer = anonymous.post(f"/api/charts/{chart_id}/execute", headers=editor).get_json()
    assert answer["rowCount"] == 3


def test_a_sheet_may_be_named_by_a_number(anonymous: Caller, editor: Headers, chart_id: int) -> None:
    response = anonymous.post(URL, headers=editor, **form(BOOK, "b.xlsx", chart_id=str(chart_id), sheet="2024"))
    assert response.get_json()["preview"] == [{"region": "North", "amount": 7}]
    made = anonymous.post("/api/datasets", headers=editor, **form(BOOK, "b.xlsx", sheet="2024"))
    assert made.get_json()["report"]["sheet"] == "2024"


def test_what_is_missing_or_wrong_is_named(anonymous: Caller, editor: Headers, chart_id: int) -> None:
    error = assert_error(anonymous.post(URL, headers=editor, **form()), 422, "MISSING_REQUIRED_FIELD")
    assert list(error["details"]["fields"]) == ["chart_id"]
    no_file = {"data": {"chart_id": str(chart_id)}, "content_type": "multipart/form-data"}
    error = assert_error(anonymous.post(URL, headers=editor, **no_file), 422, "MISSING_REQUIRED_FIELD")
    assert list(error["details"]["fields"]) == ["file"]
    for wrong in ("x", "0", "-1", str(2**31), "[1]"):
        error = assert_error(anonymous.post(URL, headers=editor, **form(chart_id=wrong)), 422)
        assert next(iter(error["details"]["fields"])).startswith("chart_id")
    error = assert_error(anonymous.post(URL, headers=editor, **form(chart_id=str(chart_id), sheet="x")), 422)
    assert list(error["details"]["fields"]) == ["sheet"]
    assert_error(anonymous.post(URL, headers=editor, **form(chart_id=str(chart_id + 1))), 404, "CHART_NOT_FOUND")
    assert_error(anonymous.post(URL, headers=editor, json={"chart_id": chart_id}), 422)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "a.csv"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "a.csv"),
        (BOOK, "a.csv"),
        (b"a,b\n1,2\n", "a.xlsx"),
        (b"a,b\n1,2\n", "a.parquet"),
        (b"{}", "a.pickle"),
        (b'{"a": 1}\n{"a": \n', "a.jsonl"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_the_chart_as_it_was(
    app: Flask, anonymous: Caller, editor: Headers, chart_id: int, content: bytes, name: str
) -> None:
    anonymous.post(URL, headers=editor, **form(chart_id=str(chart_id)))
    before = anonymous.get(f"/api/charts/{chart_id}", headers=editor).get_json()
    response = anonymous.post(URL, headers=editor, **form(content, name, chart_id=str(chart_id)))
    assert_error(response, 400, "INVALID_FILE_TYPE")
    assert anonymous.get(f"/api/charts/{chart_id}", headers=editor).get_json() == before
    with app.app_context():
        assert list(runtime().temporary_folder.iterdir()) == []


def test_who_may_not_is_refused(
    anonymous: Caller, client_for: Callable[[int | None], Caller], bearer, people: People, chart_id: int
) -> None:
    fields = {"chart_id": str(chart_id)}
    assert_error(anonymous.post(URL, **form(**fields)), 401)
    for who, code in ((people.viewer, "INSUFFICIENT_ROLE"), (people.other_editor, "PERMISSION_DENIED")):
        assert_error(anonymous.post(URL, headers=bearer(who), **form(**fields)), 403, code)
    by_session = client_for(people.editor)
    assert_error(by_session.post(URL, **form(**fields)), 400, "CSRF_FAILED")
    assert by_session.post(URL, headers=by_session.token(), **form(**fields)).status_code == 200


class Endless(io.RawIOBase):
    """A multipart body that never ends, and how much of it was read."""

    HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\n'

    def __init__(self) -> None:
        self.taken, self._left = 0, self.HEAD

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        piece = (self._left or b"1,2\n" * 4096)[: len(buffer)]
        self._left = self._left[len(piece) :]
        buffer[: len(piece)] = piece
        self.taken += len(piece)
        return len(piece)


def _send_endless(client: Caller, url: str, headers: Headers) -> tuple[object, Endless]:
    body = Endless()
    kind = "multipart/form-data; boundary=x"
    raw = {"wsgi.input": io.BufferedReader(body), "wsgi.input_terminated": True, "CONTENT_TYPE": kind}
    response = client.post(url, headers={**headers, "Transfer-Encoding": "chunked"}, environ_overrides=raw)
    return response, body


@pytest.mark.parametrize("url", [URL, "/api/datasets"])
def test_a_body_of_unknown_length_is_cut_at_the_limit_and_never_in_memory(
    app: Flask, anonymous: Caller, editor: Headers, url: str
) -> None:
    limit = 50 * 1024 * 1024
    tracemalloc.start()
    response, body = _send_endless(anonymous, url, editor)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    error = assert_error(response, 413, "FILE_TOO_LARGE")
    assert error["details"]["limit"] == limit
    assert limit < body.taken < limit + 1024 * 1024
    assert peak < 8 * 1024 * 1024
    with app.app_context():
        assert list(runtime().temporary_folder.iterdir()) == []


@pytest.mark.parametrize("url", [URL, "/api/datasets"])
def test_a_body_nobody_may_send_is_not_read(anonymous: Caller, bearer, people: People, url: str) -> None:
    response, body = _send_endless(anonymous, url, bearer(people.viewer))
    assert_error(response, 403, "INSUFFICIENT_ROLE")
    assert body.taken < 1024 * 1024
    response, body = _send_endless(anonymous, url, {})
    assert_error(response, 401)
    assert body.taken < 1024 * 1024


def test_the_document_describes_the_form(anonymous: Caller) -> None:
    call = anonymous.get("/api/docs/openapi.json").get_json()["paths"][URL]["post"]
    assert set(call["requestBody"]["content"]) == {"multipart/form-data"}
    assert "ChartUploadObject" in str(call["responses"]["200"])
