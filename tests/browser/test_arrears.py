"""What the log owes is said on a page that reads well, at any width and colour."""

import pytest
from playwright.sync_api import Browser
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from audit import sealing
from tests.audit.evidence import NOW, write
from tests.browser.screens import a_busy_world
from tests.browser.test_axe import violations
from tests.browser.windows import enter, window


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (360, "dark"), (360, "light")]
)
def test_the_banner_stands_alone_without_style_or_script(
    browser: Browser,
    live_server: LiveServer,
    settings: Settings,
    width: int,
    scheme: str,
) -> None:
    settings.AUDIT_ANCHOR_WEBHOOK_URL = "https://example.com/checkpoints"
    a_busy_world()
    write("call.allowed")
    sealing.seal_all(now=NOW)
    write("call.completed")

    with window(browser, live_server.url, width=width, color_scheme=scheme) as reader:
        enter(reader, "olu", {})
        reader.open("/audit/")

        assert reader.page.locator("#sealing-lags").is_visible()
        assert reader.page.locator("#anchoring-lags-webhook").is_visible()
        assert reader.complaints == []
        assert not reader.scrolls_sideways()
        assert violations(reader) == []
