"""Numbers on axes are written by the browser, those in tables and KPIs by the server: both the same way."""

from playwright.sync_api import Browser

from tests.conftest import ROOT
from vizapp.charts.formats import compact

VALUES = [0, -0.0, 7, 11.6, 1.976, 0.01, 99.96, 170, 9999, 9999.7, 12300, 170618]
VALUES += [999499, 999950, -1234567, 1e9, 2.5e12, 1e15]


def test_the_browser_writes_numbers_as_python_does(browser: Browser) -> None:
    page = browser.new_page()
    page.add_script_tag(content=(ROOT / "assets" / "theme.js").read_text(encoding="utf-8"))
    found = page.evaluate("(values) => [...values, null].map(window.VZ.compact)", VALUES)
    page.close()
    assert found == [*map(compact, VALUES), "—"]
