"""Charts and dashboards leave as files; a person who meets a failure reads a page, a program JSON."""

import errno
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from flask import Flask

from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import BAR, People, actor, make_chart, make_dashboard, make_dataset
from vizapp.access import Actor
from vizapp.errors import PermissionDenied
from vizapp.exports import excel
from vizapp.exports.excel import MEDIA_TYPE
from vizapp.extensions import db, write_tx
from vizapp.models import Chart
from vizapp.services import charts, exports, reports
from vizapp.services.runtime import runtime

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
LINE = {"chartType": "line", "dataMapping": {"xAxis": "day", "yAxis": "amount", "series": "region"}}
TABLE = {"chartType": "table", "dataMapping": {"columns": ["day", "product", "amount"]}}
KINDS = ("pdf", "excel", "csv")


@pytest.fixture
def board(app: Flask, people: People, tmp_path: Path) -> tuple[int, list[int]]:
    """A dashboard of three charts, by their ids."""
    with app.app_context():
        who = actor(people.editor)
        data = make_dataset(who, tmp_path)
        made = [
            make_chart(who, data.id, name=name, config=config)
            for name, config in (("Umsatz: €/Region", BAR), ("Umsatz? €/region", LINE), ("売上", TABLE))
        ]
        ids = [chart.id for chart in made]
        return make_dashboard(who, ids, name="Übersicht").id, ids


def workbook(response: object) -> openpyxl.Workbook:
    assert response.status_code == 200, response.data
    assert response.mimetype == MEDIA_TYPE
    assert response.content_length == len(response.data)
    return openpyxl.load_workbook(io.BytesIO(response.data))


def left_over(app: Flask) -> list[Path]:
    with app.app_context():
        return list(runtime().temporary_folder.iterdir())


def test_a_chart_is_the_same_rows_as_workbook_csv_and_answer(client: Caller, board, app: Flask) -> None:
    for chart_id in board[1]:
        book = workbook(client.get(f"/api/export/chart/{chart_id}/excel"))
        names, *rows = book.worksheets[0].values
        csv = client.get(f"/api/export/chart/{chart_id}/csv")
        assert csv.mimetype == "text/csv"
        read = pl.read_csv(io.BytesIO(csv.data), try_parse_dates=True)
        assert read.columns == list(names)
        times = [pl.col(name).cast(pl.Datetime) for name, kind in read.schema.items() if kind == pl.Date]
        assert read.with_columns(times).rows() == rows
        ran = client.post(f"/api/charts/{chart_id}/execute", json={}, headers=client.token()).get_json()
        assert (ran["columns"], ran["rowCount"]) == (list(names), len(rows))
    assert not left_over(app)


def test_a_chart_is_a_bar_chart_in_excel_too(client: Caller, board) -> None:
    book = workbook(client.get(f"/api/export/chart/{board[1][0]}/excel"))
    assert book.sheetnames == ["Umsatz € Region"]
    (chart,) = book.active._charts
    assert chart.tagname == "barChart"
    assert book.active["B2"].number_format == "#,##0"


def test_lines_have_the_colours_of_the_page_in_excel_too(client: Caller, app: Flask, board, people: People) -> None:
    with app.app_context():
        picture = charts.execute(actor(people.editor), board[1][1]).picture
    wanted = {trace["name"]: trace["line"]["color"].lstrip("#") for trace in picture.figure["data"]}
    assert len(set(wanted.values())) == 3
    assert not picture.legend, "their names stand at their ends"
    book = workbook(client.get(f"/api/export/chart/{board[1][1]}/excel"))
    names = [cell.value for cell in next(book["Chart data"].iter_rows())][1:]
    (chart,) = book.worksheets[0]._charts
    drawn = [series.graphicalProperties.line.solidFill.srgbClr for series in chart.series]
    assert dict(zip(names, drawn, strict=True)) == wanted


def test_filters_are_those_of_running_a_chart(client: Caller, board) -> None:
    filters = json.dumps([{"column": "region", "operator": "in", "value": ["North"]}])
    for kind in KINDS:
        response = client.get(f"/api/export/chart/{board[1][0]}/{kind}", query_string={"filters": filters})
        assert response.status_code == 200
    assert response.data.decode().splitlines()[1].startswith("North,")
    assert len(response.data.decode().splitlines()) == 2


def test_csv_tells_of_rows_that_were_cut_off_in_a_header(
    client: Caller, board, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/api/export/chart/{board[1][2]}/csv"
    assert client.get(path).headers["X-Truncated"] == "false"
    monkeypatch.setitem(app.extensions["vizapp"].config.__dict__, "max_query_results", 2)
    cut = client.get(path)
    assert cut.headers["X-Truncated"] == "true"
    assert len(cut.data.decode().splitlines()) == 3


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ("not json", "filters"),
        ('[{"column": "region"}]', "filters.0.operator"),
        ('[{"column": "region", "operator": "eq", "value": "\\u0000"}]', "filters.0"),
        ("{}", "filters"),
    ],
)
def test_filters_that_are_none_are_refused_by_name(client: Caller, board, filters: str, field: str) -> None:
    response = client.get(f"/api/export/chart/{board[1][0]}/csv", query_string={"filters": filters})
    error = assert_error(response, 422)
    assert field in error["details"]["fields"]


def test_a_filter_on_a_column_that_is_not_there_is_refused(client: Caller, board) -> None:
    filters = json.dumps([{"column": "nothing", "operator": "eq", "value": 1}])
    response = client.get(f"/api/export/chart/{board[1][0]}/excel", query_string={"filters": filters})
    assert response.status_code == 422


def test_a_dashboard_is_a_sheet_for_each_chart_behind_a_list(client: Caller, board) -> None:
    response = client.get(f"/api/export/dashboard/{board[0]}/excel")
    book = workbook(response)
    visible = [sheet.title for sheet in book if sheet.sheet_state == "visible"]
    assert visible == ["Contents", "Umsatz € Region", "Umsatz € region (2)", "売上"]
    assert book["Contents"]["A1"].value == "Übersicht"
    assert [book["Contents"][f"B{row}"].value for row in (3, 4, 5)] == [3, 12, 240]
    header = response.headers["Content-Disposition"]
    assert header == "attachment; filename=\"bersicht.xlsx\"; filename*=UTF-8''%C3%9Cbersicht.xlsx"


def test_a_dashboard_is_an_archive_of_csv(client: Caller, board, app: Flask) -> None:
    response = client.get(f"/api/export/dashboard/{board[0]}/csv")
    assert response.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == ["Umsatz € Region.csv", "Umsatz € region (2).csv", "売上.csv"]
        for name, chart_id in zip(names, board[1], strict=True):
            assert archive.read(name) == client.get(f"/api/export/chart/{chart_id}/csv").data
    assert not left_over(app)


def test_a_chart_that_cannot_be_drawn_says_so_and_the_others_are_there(client: Caller, board, app: Flask) -> None:
    with app.app_context(), write_tx():
        db.session.get_one(Chart, board[1][1]).dataset_id = None
    book = workbook(client.get(f"/api/export/dashboard/{board[0]}/excel"))
    assert "no data yet" in book["Umsatz € region (2)"]["A2"].value
    assert "no data yet" in book["Contents"]["C4"].value
    assert book["売上"].max_row == 241
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/api/export/dashboard/{board[0]}/csv").data))
    assert archive.namelist() == ["Umsatz € Region.csv", "売上.csv", "notes.txt"]
    assert "no data yet" in archive.read("notes.txt").decode()
    assert_error(client.get(f"/api/export/chart/{board[1][1]}/excel"), 422, "MISSING_REQUIRED_FIELD")


def test_an_empty_dashboard_is_a_list_of_nothing(client: Caller, app: Flask, people: People) -> None:
    with app.app_context():
        dashboard = make_dashboard(actor(people.editor), [], name="Empty").id
    assert workbook(client.get(f"/api/export/dashboard/{dashboard}/excel")).sheetnames == ["Contents"]
    assert client.get(f"/api/export/dashboard/{dashboard}/csv").status_code == 200


def test_rows_that_were_cut_off_are_told(client: Caller, board, app: Flask) -> None:
    headers = client.token()
    assert client.put("/api/settings/max_query_results", json={"value": 10}, headers=headers).status_code == 200
    book = workbook(client.get(f"/api/export/chart/{board[1][2]}/excel"))
    assert book["Notes"]["A2"].value == "Only the first 10 of 240 rows are here."
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/api/export/dashboard/{board[0]}/csv").data))
    assert "Only the first 10 of 240 rows" in archive.read("notes.txt").decode()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", ["chart", "dashboard"])
def test_who_may_read_may_export_and_nobody_else(
    client_for: Callable[[int | None], Caller], people: People, board, what: str, kind: str
) -> None:
    thing = board[1][0] if what == "chart" else board[0]
    # Who else may is a line of tests/security/permissions.py.
    for user in (people.viewer,):
        assert client_for(user).get(f"/api/export/{what}/{thing}/{kind}").status_code == 200
    assert_error(client_for(None).get(f"/api/export/{what}/{thing}/{kind}"), 401, "AUTH_TOKEN_MISSING")
    missing = client_for(people.viewer).get(f"/api/export/{what}/999999/{kind}")
    assert_error(missing, 404, f"{what.upper()}_NOT_FOUND")


@pytest.mark.parametrize("kind", KINDS)
def test_a_public_link_gives_no_files(anonymous: Caller, client: Caller, board, kind: str) -> None:
    shared = client.post(f"/api/dashboards/{board[0]}/share", json={}, headers=client.token()).get_json()
    token = shared["url"].rpartition("/")[2]
    for path in (f"/api/export/dashboard/{board[0]}/{kind}", f"/api/export/chart/{board[1][0]}/{kind}"):
        response = anonymous.get(path, headers={"Referer": f"http://localhost/view/dashboard/{token}"})
        assert response.status_code == 401
    export = {"pdf": reports.dashboard_pdf, "excel": exports.dashboard_excel, "csv": exports.dashboard_csv}[kind]
    with client.application.app_context(), pytest.raises(PermissionDenied):
        export(Actor(role=None, dashboard_id=board[0]), board[0])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", ["chart", "dashboard"])
def test_an_export_over_the_limit_names_it_and_leaves_nothing(
    client: Caller, board, app: Flask, monkeypatch: pytest.MonkeyPatch, what: str, kind: str
) -> None:
    monkeypatch.setattr(reports if kind == "pdf" else exports, "MIB", 1)  # 50 bytes
    thing = board[1][0] if what == "chart" else board[0]
    error = assert_error(client.get(f"/api/export/{what}/{thing}/{kind}"), 413, "FILE_TOO_LARGE")
    assert error["details"]["limit"] == 50
    assert "over the limit of" in error["message"]
    assert not left_over(app)


def test_a_person_reads_a_page_and_a_program_json(client: Caller, anonymous: Caller, board) -> None:
    page = client.get("/api/export/chart/999999/excel", headers=PAGE)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "This page does not exist" in page.text
    assert client.get("/api/export/chart/999999/excel").mimetype == "application/json"
    assert client.get("/api/charts/999999", headers=PAGE).mimetype == "application/json"
    away = anonymous.get(f"/api/export/dashboard/{board[0]}/csv", headers=PAGE)
    assert away.status_code == 302
    assert "/login" in away.headers["Location"]
    assert workbook(client.get(f"/api/export/dashboard/{board[0]}/excel", headers=PAGE))


@pytest.mark.parametrize("read", [True, False])
def test_a_large_file_comes_in_pieces_and_is_let_go(
    client: Caller, board, monkeypatch: pytest.MonkeyPatch, read: bool
) -> None:
    monkeypatch.setattr("vizapp.api.exports._PIECE", 1000)
    response = client.get(f"/api/export/dashboard/{board[0]}/excel")
    assert response.is_streamed
    if read:
        assert len(workbook(response).sheetnames) == 5
    response.close()


def test_the_full_disk_is_told_and_nothing_is_left(
    client: Caller, board, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(excel.Workbook, "save", full)
    assert_error(client.get(f"/api/export/chart/{board[1][0]}/excel"), 507, "STORAGE_FULL")
    assert not left_over(app)
