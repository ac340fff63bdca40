"""Browser windows of any size, colour and language, for people who signed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser

from tests.approvals.pages import as_
from tests.browser.conftest import PATIENCE_MS, Reader


@contextmanager
def window(
    browser: Browser, server: str, *, width: int = 1280, **given: Any
) -> Iterator[Reader]:
    """Open a window; ``given`` is what Playwright takes for a context."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **given)
    context.set_default_timeout(PATIENCE_MS)
    yield Reader(context.new_page(), server)
    context.close()


def enter(reader: Reader, name: str, known: dict[str, str]) -> None:
    """Be this person from now on; nobody, if she has no name."""
    reader.page.goto("about:blank")  # else the page that is open asks as nobody
    reader.page.context.clear_cookies()
    if name and name not in known:
        known[name] = as_(name).cookies["session"].value
    if name:
        cookie = {"name": "session", "value": known[name], "url": reader.server}
        reader.page.context.add_cookies([cookie])  # type: ignore[list-item]
