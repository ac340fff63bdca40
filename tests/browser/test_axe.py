"""axe-core finds nothing serious on any page for people, light or dark."""

import hashlib
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import Reader
from tests.browser.screens import a_busy_world, screens
from tests.browser.windows import enter, window

AXE: Final = Path(__file__).parent / "axe" / "axe.min.js"
SHA256: Final = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(reader: Reader) -> list[str]:
    """Return what is serious or critical, with the first element of each."""
    # By the debugger and not by an element: the page's own policy would refuse one.
    reader.page.evaluate(AXE.read_text())
    options = {"runOnly": {"type": "tag", "values": TAGS}}
    found: Any = reader.page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:2]
    ]


def test_the_file_is_the_published_one() -> None:
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == SHA256


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light")]
)
def test_nothing_serious_is_found_on_any_page(
    browser: Browser, live_server: LiveServer, width: int, scheme: str
) -> None:
    pages, known = screens(a_busy_world()), dict[str, str]()
    found = []
    server = live_server.url

    with window(browser, server, width=width, color_scheme=scheme) as reader:
        for name, (who, path) in pages.items():
            enter(reader, who, known)
            reader.open(path)
            found += [f"{name}: {each}" for each in violations(reader)]

    assert found == []


def test_an_image_without_words_is_found(
    browser: Browser, live_server: LiveServer
) -> None:
    with window(browser, live_server.url) as reader:
        reader.open("/account/login/")
        reader.page.evaluate("document.querySelector('main').append(new Image())")

        assert any(each.startswith("image-alt") for each in violations(reader))
