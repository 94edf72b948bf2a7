"""From a database to a chart: connected in the settings, browsed in the wizard, asked in SQL."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched, sign_in
from tests.conftest import Server
from tests.databases import PASSWORD, Served, served

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
FOREVER = f"SELECT count(*) FROM {', '.join(f'sales s{n}' for n in range(8))}"


@pytest.fixture(scope="module")
def shop() -> Iterator[Served]:
    """Sixty sales in PostgreSQL."""
    with served("postgresql") as made:
        values = ", ".join(f"(DATE '2026-{1 + n % 9:02d}-01', '{'NSE'[n % 3]}', {n}.50)" for n in range(60))
        made.run(
            "CREATE TABLE regions (code varchar(10) PRIMARY KEY, label text)",
            "INSERT INTO regions VALUES ('N', 'North'), ('S', 'South'), ('E', 'East')",
            "CREATE TABLE sales (sold_on date, region varchar(10) REFERENCES regions, amount decimal(12,2))",
            'ALTER TABLE sales ADD "Odd ""name" int',
            f"INSERT INTO sales VALUES {values}",
            "COMMENT ON TABLE sales IS 'Every sale'",
        )
        yield made


def connect(page: Page, server: Server, shop: Served, name: str) -> int:
    """Add a connection by the form; its id."""
    page.goto(f"{server.url}/settings/connections/new")
    filled = {"name": name, "host": shop.host, "port": "1", "database": shop.database, "user": shop.reader}
    for field, value in {**filled, "password": PASSWORD}.items():
        page.fill(f"#connection-{field}", value)
    page.click("#connection-test")
    expect(page.locator("#connection-outcome .stages .now")).to_have_text("A database answers at the port")
    page.fill("#connection-port", str(shop.port))
    page.click("#connection-test")
    expect(page.locator("#connection-outcome .tag-good")).to_be_visible()
    page.click("#connection-save")
    expect(page.locator("#connection-delete")).to_be_visible()
    expect(page.locator("#connection-password")).to_have_attribute("placeholder", "********")
    return int(page.url.rpartition("/")[2])


def build(page: Page) -> None:
    """The sum of sales of one region by its name, without typing SQL."""
    page.get_by_role("button", name="Build").click()
    page.locator(".tree").get_by_role("button", name="sales", exact=False).last.click()
    page.get_by_role("button", name="regions").last.click()
    page.get_by_label("Add a column").select_option(label="regions.label")
    page.get_by_label("Add a measure").select_option(label="sales.amount")
    page.get_by_label("Add a filter").select_option(label="regions.label")
    page.get_by_label("Comparison of regions.label").select_option("contains")
    page.get_by_label("Value of regions.label").fill("ort")
    expect(page.locator(".cm-content")).to_contain_text("LEFT JOIN regions ON sales.region = regions.code")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".results-grid tbody")).to_have_text("1North580")


def no_violations(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": RULES["runOnly"]})
    assert found.violations_count == 0, found.generate_report()


def fits(page: Page) -> None:
    """Nothing is wider than the window."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_database_is_connected_and_one_of_its_tables_becomes_a_chart(
    profile: Callable[..., Watched], live_server: Server, shop: Served
) -> None:
    page = sign_in(profile(dark=True).page(), live_server)
    connection = connect(page, live_server, shop, "Shop")
    no_violations(page)
    page.goto(f"{live_server.url}/charts/new")
    page.get_by_role("link", name="Shop PostgreSQL").click()
    page.get_by_role("button", name="sales").click()
    expect(page.get_by_role("heading", name="4 columns")).to_be_visible()
    no_violations(page)
    page.get_by_role("link", name="Use this table").click()
    expect(page.locator("#wizard-preview .main-svg").first).to_be_visible()
    page.get_by_role("button", name="Save chart").first.click()
    page.locator("#wizard-confirm").click()
    expect(page.locator(".chart-facts")).to_contain_text("Shop, public.sales")
    page.goto(f"{live_server.url}/settings/connections/{connection}")
    page.click("#connection-delete")
    expect(page.get_by_role("dialog")).to_contain_text("Amount by sold on")


def test_sql_is_written_with_help_run_stopped_and_drawn(
    profile: Callable[..., Watched], live_server: Server, shop: Served
) -> None:
    watched = profile()
    # What the server refuses, the browser tells the console.
    watched.expected = ("422", "409")
    page = sign_in(watched.page(), live_server)
    connection = connect(page, live_server, shop, "Asked")
    page.goto(f"{live_server.url}/sql?connection={connection}")
    page.get_by_label("Columns of sales").click()
    page.get_by_role("button", name='Odd "name').click()
    editor = page.locator(".cm-content")
    expect(editor).to_have_text('"Odd ""name"')

    def write(text: str) -> None:
        editor.click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(text)

    write("SELECT region, sum(amount) AS amount\nFROM public.sal")
    page.keyboard.type("e")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("sales")
    write("-- two\nSELECT region,\n  nothing FROM sales")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("mistake in line 3")
    expect(page.locator(".cm-mistake")).to_have_text("  nothing FROM sales")
    write(FOREVER)
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#sql-told")).to_contain_text("Cancelled")
    write("SELECT region, sum(amount) AS amount FROM sales WHERE sold_on >= :since GROUP BY region ORDER BY 1")
    page.get_by_label("Type of since").select_option("date")
    page.get_by_label("Value of since").fill("2026-03-01")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".results-grid tbody tr")).to_have_count(3)
    expect(page.locator("#sql-told")).to_contain_text("3 rows")
    no_violations(page)
    build(page)
    no_violations(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert (lines[0], lines[1][:9]) == ("label,sum_amount", "North,580")
    page.get_by_role("button", name="Build").click()
    write("SELECT region, sum(amount) AS amount FROM sales WHERE sold_on >= :since GROUP BY region ORDER BY 1")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".results-grid tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Chart this").click()
    expect(page.locator("#wizard-preview .main-svg").first).to_be_visible()
    page.get_by_role("button", name="Save chart").first.click()
    page.locator("#wizard-confirm").click()
    expect(page.locator(".chart-facts")).to_contain_text("Asked, SQL")
    page.get_by_role("link", name="Edit").click()
    page.locator("summary.source").click()
    page.get_by_role("link", name="Edit the SQL").click()
    expect(page.locator(".cm-content")).to_contain_text("sold_on >= '2026-03-01'")
    page.set_viewport_size({"width": 390, "height": 844})
    fits(page)
