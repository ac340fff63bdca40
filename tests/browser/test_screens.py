"""Every page at every width, light and dark: nothing scrolls sideways or complains.

With ``SCREENSHOTS=folder`` the pictures are kept for people to look at.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import Reader
from tests.browser.screens import Screens, a_busy_world, screens
from tests.browser.windows import enter, window

FOLDER = os.environ.get("SCREENSHOTS", "")


def complaints(reader: Reader, pages: Screens, suffix: str) -> list[str]:
    """Look at all pages; return which are too wide, and what the console said."""
    found: list[str] = []
    known: dict[str, str] = {}
    for name, (who, path) in pages.items():
        enter(reader, who, known)
        reader.open(path)
        found += [f"{name} scrolls sideways"] if reader.scrolls_sideways() else []
        found += [f"{name}: {each}" for each in reader.complaints if "404" not in each]
        reader.complaints.clear()
        if FOLDER:
            file = Path(FOLDER) / f"{name}-{suffix}.png"
            reader.page.screenshot(path=file, full_page=True)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_scrolls_sideways_or_complains(
    browser: Browser, live_server: LiveServer, width: int, scheme: str
) -> None:
    pages = screens(a_busy_world())
    server = live_server.url

    with window(browser, server, width=width, color_scheme=scheme) as reader:
        assert complaints(reader, pages, f"{width}-{scheme}") == []


def test_pages_stand_forced_colours_and_want_no_motion(
    browser: Browser, live_server: LiveServer
) -> None:
    pages = screens(a_busy_world())
    look = {"forced_colors": "active", "reduced_motion": "reduce"}

    with window(browser, live_server.url, width=768, **look) as reader:
        assert complaints(reader, pages, "768-forced") == []
        still = "getComputedStyle(document.querySelector('summary')).transitionDuration"
        reader.open("/approvals/")
        assert reader.page.evaluate(still) == "0s"
