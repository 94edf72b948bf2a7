"""A real Chromium. Every page that a test opens must stay free of console errors and of requests to other hosts."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.conftest import CHROMIUM, PASSWORD, Server, needs

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"]
expect.set_options(
    timeout=30_000
)  # what a page shows is promised here, not how soon on a busy machine: bench/ has that


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    needs("Chromium", present=bool(CHROMIUM))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


class Watched:
    """A browser profile that remembers what went wrong in it."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.problems: list[str] = []
        self.expected: tuple[str, ...] = ()
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"page error: {error.error}"))
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host not in ("127.0.0.1", None, ""):
            self.problems.append(f"request to {request.url}")

    def page(self) -> Page:
        """A new tab."""
        return self.context.new_page()

    def check(self) -> None:
        """Fail on anything that was not expected."""
        unexpected = [p for p in self.problems if not any(text in p for text in self.expected)]
        assert not unexpected, "\n".join(unexpected)


@pytest.fixture
def profile(browser: Browser) -> Iterator[Callable[..., Watched]]:
    """Make clean browser profiles: `profile(width=390, dark=True)`; all are checked at the end."""
    made: list[Watched] = []

    def make(*, width: int = 1440, height: int = 900, dark: bool = False) -> Watched:
        watched = Watched(
            browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
        )
        watched.context.set_default_timeout(30_000)
        made.append(watched)
        return watched

    yield make
    for watched in made:
        watched.context.close()
    for watched in made:
        watched.check()


def sign_in(page: Page, server: Server, *, username: str = "admin", password: str = PASSWORD) -> Page:
    """Sign in by the form."""
    page.goto(f"{server.url}/login")
    page.fill("#username", username)
    page.fill("#password", password)
    page.click("form button.btn-primary")
    page.wait_for_url(lambda url: "/login" not in url)
    return page


@pytest.fixture
def admin_page(profile: Callable[..., Watched], live_server: Server) -> Page:
    """A tab in which the admin is signed in."""
    return sign_in(profile().page(), live_server)
