"""Another language, written from right to left: a pseudo one, made of ours."""

import re
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils.translation import trans_real
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.browser.screens import a_busy_world, screens
from tests.browser.test_screens import complaints
from tests.browser.windows import enter, window

LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyz", "ابجدهوزحطيكلمنسعفصقرشتثخذضظ"[:26]
)
KEPT = re.compile(r"(%\(\w+\)[sd]|%%|<[^>]*>|&\w+;)")


def pseudo(text: str) -> str:
    """Write our words in other letters; what is filled in, and markup, stays."""
    pieces = KEPT.split(text)
    pieces[::2] = [piece.lower().translate(LETTERS) for piece in pieces[::2]]
    return "".join(pieces)


class PseudoTranslation(trans_real.DjangoTranslation):
    """A catalogue that holds everything."""

    def gettext(self, message: str) -> str:
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)


@pytest.fixture
def _pseudo_locale(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LANGUAGES = [("en-gb", "English"), ("ar", "Pseudo")]
    catalogues: dict[str, Any] = {"ar": PseudoTranslation("ar")}
    monkeypatch.setattr(trans_real, "_translations", catalogues)


@pytest.mark.usefixtures("_pseudo_locale")
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_are_laid_out_from_right_to_left(
    browser: Browser, live_server: LiveServer, width: int
) -> None:
    pages = screens(a_busy_world())
    plain = pages["review-plain"]

    with window(browser, live_server.url, width=width, locale="ar") as reader:
        found = complaints(reader, pages, f"{width}-rtl")
        enter(reader, plain[0], {})
        reader.open(plain[1])
        page = reader.page

        assert found == []
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert page.locator("html").get_attribute("lang") == "ar"
        assert pseudo("Exact arguments") in page.locator("#b-arguments").inner_text()
        assert "payments-api" in page.locator("h1").inner_text()  # a value stays
