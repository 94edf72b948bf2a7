"""A report says what the pages say, whatever fails beside it; the process that prints it never outlives its request."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.factories import BAR, make_chart, make_dashboard, make_dataset
from tests.paper import Printed
from vizapp.access import Actor
from vizapp.errors import RendererMissing, ReportFailed
from vizapp.exports import pdf
from vizapp.exports.renderer import Renderer
from vizapp.extensions import db, write_tx
from vizapp.models import Chart
from vizapp.processes import Bounds
from vizapp.schemas.chart import ChartConfig, Filter
from vizapp.schemas.content import ChartInput, DashboardInput
from vizapp.schemas.dashboard import DashboardLayout
from vizapp.services import charts, dashboards, export_formats, reports
from vizapp.services.exports import Export

KPI = {"chartType": "kpi", "dataMapping": {"yAxis": "amount"}, "aggregation": {"function": "sum"}}
TABLE = {"chartType": "table", "dataMapping": {"columns": ["product"], "measures": [{"column": "amount"}]}}
NORTH = [{"column": "region", "operator": "in", "value": ["North"]}]
FILTERED = {**BAR, "dataMapping": {**BAR["dataMapping"], "filters": NORTH}}


@pytest.fixture
def board(editor: Actor, tmp_path: Path) -> tuple[Actor, int, list[int]]:
    """Who asks, a dashboard and its charts: a number, a bar chart with a filter, a table, and one without data."""
    who = editor
    data = make_dataset(who, tmp_path)
    configs = {"All of it": KPI, "By region": FILTERED, "By product": TABLE, "Broken": BAR}
    ids = [make_chart(who, data.id, name=name, config=config).id for name, config in configs.items()]
    with write_tx():
        db.session.get_one(Chart, ids[-1]).dataset_id = None
    return who, make_dashboard(who, ids, name="Übersicht").id, ids


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise RendererMissing

    monkeypatch.setattr(Renderer, "pictures", missing)


def printed(export: Export, folder: Path) -> Printed:
    assert (export.suffix, export.media_type) == (".pdf", "application/pdf")
    with export.file as file:
        return Printed(file.read(), folder)


def test_a_report_says_what_the_pages_say(board: tuple[Actor, int, list[int]], tmp_path: Path) -> None:
    who, dashboard, ids = board
    found = printed(reports.dashboard_pdf(who, dashboard), tmp_path)
    assert found.outline == ["All of it", "By region", "By product", "Broken"]
    assert found.about("Title") == "Übersicht"
    cover = found.text(1)
    assert "By region: region is any of North" in cover
    assert "Data as of" in cover
    words = found.text()
    number, table = (charts.execute(who, ids[at]).picture for at in (0, 2))
    assert number.kpi.value in words
    for cell in (cell for row in table.table.rows for cell in row):
        assert cell in words
    assert "no data yet" in words
    assert len(found.images) == 1


@pytest.mark.usefixtures("no_browser")
def test_without_a_browser_charts_are_tables_and_the_cover_says_so(
    board: tuple[Actor, int, list[int]], tmp_path: Path
) -> None:
    who, dashboard, _ = board
    found = printed(reports.dashboard_pdf(who, dashboard), tmp_path)
    assert "Charts are printed as tables" in found.text(1)
    assert not found.images
    assert "North" in found.text(2)


def test_only_two_figures_that_follow_each_other_share_the_width(
    board: tuple[Actor, int, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    who, _, ids = board
    number, bar = ids[0], ids[1]
    more = [charts.create_chart(who, charts_input(who, bar)).id for _ in range(3)]
    order = [bar, number, *more]
    places = [{"chartId": at, "position": {"x": 0, "y": y, "w": 6, "h": 2}} for y, at in enumerate(order)]
    layout = DashboardLayout.parse({"items": places})
    made = dashboards.create_dashboard(who, DashboardInput(name="Halves", layout=layout))
    seen: list[pdf.Report] = []
    monkeypatch.setattr(pdf.Press, "print", lambda _, whole: seen.append(whole) or b"%PDF-")
    monkeypatch.setattr(reports, "_AT_ONCE", 3)
    calls: list[int] = []
    monkeypatch.setattr(Renderer, "pictures", lambda _, few: calls.append(len(few)) or [b"" for _ in few])
    reports.dashboard_pdf(who, made.id).file.close()
    assert [section.half for section in seen[0].sections] == [False, False, True, True, False]
    assert calls == [3, 1]  # others may have a picture between two calls


def charts_input(who: Actor, chart_id: int) -> ChartInput:
    """What makes the same chart again."""
    chart = charts.get_chart(who, chart_id)
    return ChartInput(name="Again", config=ChartConfig.parse(chart.config), dataset_id=chart.dataset_id)


@pytest.mark.usefixtures("no_browser")
def test_the_filters_of_a_request_are_told(board: tuple[Actor, int, list[int]], tmp_path: Path) -> None:
    who, _, ids = board
    nobody = [Filter.model_validate({"column": "region", "operator": "eq", "value": "nowhere"})]
    found = printed(reports.chart_pdf(who, ids[0], filters=nobody), tmp_path)
    assert "region is nowhere" in found.text(1)
    assert "No data to show" in found.text(2)


@pytest.mark.usefixtures("no_browser")
def test_in_the_background_it_says_how_far_it_is_and_can_be_stopped(board: tuple[Actor, int, list[int]]) -> None:
    who, dashboard, _ = board
    form = export_formats.known("dashboard", "pdf")
    steps: list[tuple[int, int]] = []

    def tell(done: int, of: int) -> None:
        steps.append((done, of))
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        form.make(who, dashboard, form.read({"paper": "Letter", "theme": "dark"}), tell)
    assert steps == [(0, 3), (1, 3), (2, 3)]
    assert not presses()


def presses() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "vizapp.exports.paper" in child.cmdline()]


@pytest.mark.parametrize(
    ("bounds", "begin"),
    [
        (Bounds(seconds=0.01, memory_bytes=2**30), None),
        (pdf.BOUNDS, lambda process: process.kill()),
    ],
    ids=["too slow", "killed"],
)
def test_a_press_that_falls_fails_the_report_only(
    monkeypatch: pytest.MonkeyPatch, bounds: Bounds, begin: Callable[["subprocess.Popen[bytes]"], None] | None
) -> None:
    monkeypatch.setattr(pdf, "BOUNDS", bounds)
    with pdf.press() as press:
        for process in presses() if begin else ():
            begin(process)
        with pytest.raises(ReportFailed):
            press.print(pdf.Report("A", ()))
    assert not presses()
