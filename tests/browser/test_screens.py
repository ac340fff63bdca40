"""Every page at every width, light and dark: nothing scrolls sideways or complains.

With ``SCREENSHOTS=folder`` the pictures are kept for people to look at.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from approvals.models import Approval
from tests.approvals.asking import World, a_world, approved, cast
from tests.browser.conftest import Reader
from tests.factories import person
from tests.proxy.calls import unclear_call

FOLDER = os.environ.get("SCREENSHOTS", "")


@contextmanager
def window(
    browser: Browser, server: str, *, width: int, scheme: Any
) -> Iterator[Reader]:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    yield Reader(context.new_page(), server)
    context.close()


def screens(world: World) -> dict[str, tuple[str, str]]:
    """Return a name, a person and a path for each page worth a look."""
    plain = world.ask(reason="The tests pass and Ben asked for this comment.")
    folded = world.ask(pull=185, body="A long line of words.\n" * 200)
    flagged = world.ask(
        pull=186, body="All good\u202e gnihton\n\n\n\n\n\ndone " + " " * 12
    )
    decided = approved(world, pull=187)
    denied = cast(world.ask(pull=188), "ben", "deny", reason="Not before the freeze.")
    for pull in range(200, 206):
        world.ask(pull=pull)
    late = world.ask(pull=190)
    Approval.objects.filter(pk=late.pk).update(
        decide_by=timezone.now() - timedelta(minutes=3)
    )
    return {
        "home": ("ana", "/"),
        "home-admin": ("sam", "/"),
        "inbox": ("ana", "/approvals/"),
        "inbox-decided": ("ana", "/approvals/?tab=decided"),
        "inbox-filtered": ("ana", "/approvals/?q=nothing"),
        "inbox-empty": ("olu", "/approvals/"),
        "mine": ("ben", "/approvals/mine/"),
        "review-plain": ("ana", f"/approvals/{plain.pk}/"),
        "review-owner": ("sam", f"/approvals/{plain.pk}/"),
        "review-folded": ("ana", f"/approvals/{folded.pk}/"),
        "review-full": ("ana", f"/approvals/{folded.pk}/?view=full"),
        "review-hidden": ("ana", f"/approvals/{flagged.pk}/"),
        "review-decided": ("ana", f"/approvals/{decided.pk}/"),
        "review-denied": ("ana", f"/approvals/{denied.pk}/"),
        "review-late": ("ana", f"/approvals/{late.pk}/"),
        "call-unknown": ("sam", f"/calls/{unclear_call(decided).pk}/"),
        "account": ("ana", "/account/"),
        "second-factor": ("ana", "/account/mfa/"),
        "password": ("ana", "/account/password/change/"),
        "reauthenticate": ("ana", "/account/reauthenticate/"),
        "not-found": ("ana", "/approvals/apr_unknown/"),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_scrolls_sideways_or_complains(
    browser: Browser, live_server: LiveServer, width: int, scheme: str
) -> None:
    world = a_world()
    person("sam", "admin")
    person("olu", "auditor")
    wide, complaints = [], []

    pages = {"sign-in": ("", "/account/login/"), **screens(world)}
    for name, (who, path) in pages.items():
        with window(browser, live_server.url, width=width, scheme=scheme) as reader:
            if who:
                reader.sign_in(who)
            reader.open(path)
            wide += [name] if reader.scrolls_sideways() else []
            complaints += [f"{name}: {each}" for each in reader.complaints]
            if FOLDER:
                file = Path(FOLDER) / f"{name}-{width}-{scheme}.png"
                reader.page.screenshot(path=file, full_page=True)

    assert wide == []
    assert [each for each in complaints if "404" not in each] == []
