"""Linking a Slack account and setting a workspace up, in a real browser.

With ``SCREENSHOTS=folder`` the pictures are kept for people to look at.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from approvals.models import SlackLink
from approvals.services.deliveries import sweep
from tests.approvals.asking import a_world
from tests.browser.conftest import Reader
from tests.browser.test_axe import violations
from tests.browser.windows import window
from tests.factories import person
from tests.slack import SIGNING, TOKEN, FakeSlack, fake_slack, in_channel, installed

FOLDER = os.environ.get("SCREENSHOTS", "")


@pytest.fixture
def slack(settings: Settings) -> Iterator[FakeSlack]:
    with fake_slack(settings) as fake:
        a_world()
        person("sam", "admin")
        yield fake


def keep(reader: Reader, name: str) -> None:
    if FOLDER:
        reader.page.screenshot(path=Path(FOLDER) / f"{name}.png", full_page=True)


def test_a_person_links_her_account(slack: FakeSlack, reader: Reader) -> None:
    installed()
    reader.sign_in("ana")
    reader.open("/account/")
    reader.page.get_by_role("link", name="Slack").click()
    reader.page.get_by_label("Your Slack member ID").fill("u0000ana")
    reader.page.get_by_role("button", name="Send me a code").click()
    reader.page.get_by_label("The code from Slack").wait_for()
    keep(reader, "slack-code")
    sweep(now=timezone.now())
    code = slack.calls("chat.postMessage")[-1]["text"].rpartition("minutes: ")[2][:6]

    reader.page.get_by_label("The code from Slack").fill(code)
    reader.page.get_by_role("button", name="Link", exact=True).click()
    reader.page.get_by_role("button", name="End the link").wait_for()

    assert SlackLink.objects.get().linked_at is not None
    assert reader.complaints == []
    keep(reader, "slack-linked")


def test_an_admin_sets_it_up(slack: FakeSlack, reader: Reader) -> None:
    reader.sign_in("sam")
    reader.open("/admin/approvals/slackworkspace/add/")
    reader.page.get_by_label("Tenant").select_option(label="team-acme")
    for label, text in (
        ("App ID", "A0000SEAL"),
        ("Workspace ID", "T0000ACME"),
        ("Bot token", TOKEN),
        ("Signing secret", SIGNING),
    ):
        reader.page.get_by_label(label).fill(text)
    keep(reader, "slack-admin")
    reader.page.get_by_role("button", name="Save", exact=True).click()
    reader.page.get_by_text("was added successfully").wait_for()

    assert reader.complaints == []
    assert TOKEN not in reader.page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_fits_every_window(
    browser: Browser,
    live_server: LiveServer,
    slack: FakeSlack,
    width: int,
    scheme: Any,
) -> None:
    installed()
    in_channel()
    with window(browser, live_server.url, width=width, color_scheme=scheme) as reader:
        reader.sign_in("ana")
        reader.open("/account/slack/")

        assert not reader.scrolls_sideways()
        assert violations(reader) == []
        assert reader.complaints == []
        keep(reader, f"slack-account-{width}-{scheme}")
