"""A real browser against a real server: Debian's Chromium, driven by Playwright."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.factories import PASSWORD

CHROMIUM: Final = Path("/usr/bin/chromium")
# What takes long on a busy machine comes all the same.
PATIENCE_MS: Final = 120_000
MISSING: Final = (
    "Debian's Chromium is not installed: `apt-get install chromium` lets the browser"
    " tests run."
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the browser tests: they need a loopback, a database that commits."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the browser; skip where there is none, but never in CI."""
    if not CHROMIUM.exists():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(MISSING)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread, and Django takes it for async code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE_MS)
        started = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox"], timeout=PATIENCE_MS
        )
        yield started
        started.close()


class Work:
    """What a server works on: an application that counts what is asked of it."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application
        self._changed = threading.Condition()
        self._running = 0

    def __call__(self, *asked: Any) -> Iterator[bytes]:
        self._count(1)
        try:
            answer = self._application(*asked)
            try:
                yield from answer
            finally:
                answer.close()
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._changed:
            self._running += more
            self._changed.notify_all()

    def wait(self) -> None:
        """Return once nothing runs any more."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._running, PATIENCE_MS / 1000)


@pytest.fixture(scope="session")
def work(live_server: LiveServer) -> Work:
    """Return what the server works on."""
    server = live_server.thread.httpd
    application = server.get_app()
    assert application is not None
    work = Work(application)
    server.set_app(work)
    return work


@pytest.fixture(autouse=True)
def _at_rest(work: Work, transactional_db: None) -> Iterator[None]:
    # Windows close while their pages still ask: what is written then must not meet the
    # flush, nor the next test.
    yield
    work.wait()


class Reader:
    """A person at a browser window; what the console complains of is kept."""

    def __init__(self, page: Page, server: str) -> None:
        self.page = page
        self.server = server
        self.complaints: list[str] = []
        page.on("console", lambda said: self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> None:
        """Open a page of ours."""
        self.page.goto(f"{self.server}{path}")

    def sign_in(self, name: str) -> None:
        """Sign in as this person."""
        self.open("/account/login/")
        self.page.get_by_label("User name or e-mail").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(f"{self.server}/")

    def scrolls_sideways(self) -> bool:
        """Whether the page is wider than its window."""
        self.page.wait_for_load_state()
        wider = "document.documentElement.scrollWidth > innerWidth"
        return bool(self.page.evaluate(wider))


@pytest.fixture
def reader(browser: Browser, live_server: LiveServer) -> Iterator[Reader]:
    """Return a person at a desktop window, with scripts."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield Reader(context.new_page(), live_server.url)
    context.close()


@pytest.fixture
def plain_reader(browser: Browser, live_server: LiveServer) -> Iterator[Reader]:
    """Return the same without scripts."""
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    yield Reader(context.new_page(), live_server.url)
    context.close()
