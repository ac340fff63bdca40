"""Choosing how one is asked, in a real browser, with and without scripts.

With ``SCREENSHOTS=folder`` the pictures are kept for people to look at.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from approvals.models import Preference
from tests.approvals.asking import a_world
from tests.browser.conftest import Reader
from tests.browser.test_axe import violations
from tests.browser.windows import window

FOLDER = os.environ.get("SCREENSHOTS", "")


def test_a_person_chooses_without_scripts(plain_reader: Reader) -> None:
    a_world()
    plain_reader.sign_in("ana")
    plain_reader.open("/account/")
    page = plain_reader.page
    page.get_by_role("link", name="How you are asked").click()

    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_label("One reminder").select_option("slack")
    page.get_by_label("What became of a request").select_option("none")
    page.get_by_label("Many questions").select_option("30")
    page.get_by_label("No reminders from").fill("22:00")
    page.get_by_label("No reminders until").fill("07:00")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()

    kept = Preference.objects.get()
    assert (kept.reminders, kept.endings, kept.bundle_minutes) == ("slack", "none", 30)
    assert page.get_by_label("No reminders from").input_value() == "22:00"
    assert plain_reader.complaints == []


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(w, scheme) for w in (360, 768, 1280) for scheme in ("light", "dark")],
)
def test_the_page_fits_and_can_be_read(
    browser: Browser, live_server: LiveServer, width: int, scheme: Any
) -> None:
    a_world()
    with window(browser, live_server.url, width=width, color_scheme=scheme) as reader:
        reader.sign_in("ana")
        reader.open("/account/preferences/")

        assert not reader.scrolls_sideways()
        if FOLDER:
            name = f"preferences-{width}-{scheme}.png"
            reader.page.screenshot(path=Path(FOLDER) / name, full_page=True)
        assert violations(reader) == []
        reader.page.get_by_label("No reminders from").fill("22:00")
        reader.page.get_by_role("button", name="Save").click()
        reader.page.get_by_text("Give both times").wait_for()
        assert violations(reader) == []
        complaints = [each for each in reader.complaints if "400" not in each]
        assert complaints == []
