"""A person signs in through a real OpenID provider, in a real browser.

With ``SCREENSHOTS=folder`` the pictures are kept for people to look at.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from playwright.sync_api import Browser, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from approvals.models import Approval, Vote
from audit.models import Record
from tests.approvals.asking import a_world
from tests.browser.conftest import Reader
from tests.browser.windows import window
from tests.factories import person
from tests.providers import OpenIdProvider, ago, provider_process

FOLDER = os.environ.get("SCREENSHOTS", "")
ANA: dict[str, Any] = {"email": "ana@example.com", "email_verified": True}


@pytest.fixture(scope="module")
def running_provider() -> Iterator[OpenIdProvider]:
    with provider_process() as provider:
        yield provider


@pytest.fixture
def provider(
    running_provider: OpenIdProvider, tmp_path: Path, settings: Settings
) -> OpenIdProvider:
    settings.OIDC_FILE = running_provider.configure(tmp_path, domains=["example.com"])
    return running_provider


def linked(name: str, provider: OpenIdProvider) -> None:
    SocialAccount.objects.create(
        user=person(name), provider=provider.issuer, uid=f"sub-{name}"
    )


def approve_there(reader: Reader, subject: str) -> None:
    """Be somebody at the provider, and come back."""
    reader.page.wait_for_url("**/oauth2/authorize**")
    reader.page.locator("input[name=sub]").fill(subject)
    reader.page.get_by_role("button", name="Authorize").click()
    reader.page.wait_for_url(re.compile(re.escape(reader.server)))


def violations(reader: Reader) -> list[str]:
    """Return what breaks our policy; the provider's own pages complain of more."""
    return [each for each in reader.complaints if "Content Security Policy" in each]


def sign_in(reader: Reader, subject: str) -> None:
    reader.page.get_by_role("button", name="Sign in with Acme ID").click()
    approve_there(reader, subject)


def test_a_link_in_a_mail_leads_through_the_provider_to_the_request(
    reader: Reader, provider: OpenIdProvider
) -> None:
    approval = a_world().ask()
    linked("ana", provider)
    provider.knows("sub-ana", **ANA)
    reader.open(f"/approvals/{approval.pk}/")

    sign_in(reader, "sub-ana")

    assert reader.page.url == f"{reader.server}/approvals/{approval.pk}/"
    reader.page.wait_for_selector("#decision[data-ready]")
    reader.page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(reader.page.get_by_text("Approved by ana")).to_be_visible()
    assert Vote.objects.get().signed_in_by == "oidc"
    assert violations(reader) == []


def test_without_scripts_it_works_too(
    plain_reader: Reader, provider: OpenIdProvider
) -> None:
    linked("ana", provider)
    provider.knows("sub-ana", **ANA)
    plain_reader.open("/account/login/?next=/account/")

    sign_in(plain_reader, "sub-ana")

    assert plain_reader.page.url == f"{plain_reader.server}/account/"


def test_the_step_up_at_the_provider_keeps_the_reason(
    reader: Reader, provider: OpenIdProvider
) -> None:
    approval = a_world(risk="privileged").ask()
    linked("ana", provider)
    provider.knows("sub-ana", **ANA, auth_time=ago(3600))
    reader.open(f"/approvals/{approval.pk}/")
    sign_in(reader, "sub-ana")
    reader.page.get_by_label(re.compile("^Reason")).fill("looked at the diff")
    reader.page.get_by_role("link", name="Sign in again to approve").click()
    provider.knows("sub-ana", **ANA, auth_time=ago(0))

    reader.page.get_by_role("button", name="Confirm with Acme ID").click()
    approve_there(reader, "sub-ana")

    expect(reader.page.locator("[name=reason]")).to_have_value("looked at the diff")
    assert Approval.objects.get(pk=approval.pk).state == "pending"
    reader.page.wait_for_selector("#decision[data-ready]")
    reader.page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(reader.page.get_by_text("Approved by ana")).to_be_visible()


def test_a_provider_that_asked_nobody_anew_opens_no_privileged_vote(
    reader: Reader, provider: OpenIdProvider
) -> None:
    approval = a_world(risk="privileged").ask()
    linked("ana", provider)
    provider.knows("sub-ana", **ANA, auth_time=ago(3600))
    reader.open(f"/approvals/{approval.pk}/")
    sign_in(reader, "sub-ana")
    reader.page.get_by_role("link", name="Sign in again to approve").click()

    reader.page.get_by_role("button", name="Confirm with Acme ID").click()
    approve_there(reader, "sub-ana")

    expect(reader.page.get_by_role("alert")).to_contain_text("did not work")
    reader.open(f"/approvals/{approval.pk}/")
    expect(
        reader.page.get_by_role("link", name="Sign in again to approve")
    ).to_be_visible()
    assert Record.objects.filter(event="person.sign_in_failed").count() == 1
    assert not Vote.objects.exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_of_a_sign_in_scrolls_sideways_or_complains(
    browser: Browser,
    live_server: LiveServer,
    provider: OpenIdProvider,
    width: int,
    scheme: str,
) -> None:
    linked("ana", provider)
    provider.knows("sub-ana", **ANA, auth_time=ago(3600))
    wide: list[str] = []

    def look(reader: Reader, name: str) -> None:
        wide.extend([name] if reader.scrolls_sideways() else [])
        if FOLDER:
            file = Path(FOLDER) / f"{name}-{width}-{scheme}.png"
            reader.page.screenshot(path=file, full_page=True)

    with window(browser, live_server.url, width=width, color_scheme=scheme) as reader:
        reader.open("/account/login/")
        look(reader, "sign-in-provider")
        sign_in(reader, "sub-ana")
        reader.open("/account/")
        look(reader, "account-provider")
        reader.open("/account/reauthenticate/?next=/account/")
        look(reader, "confirm-provider")
        reader.open("/account/oidc/acme/callback/?state=unknown")
        look(reader, "refused-provider")
        complaints = violations(reader)

    assert wide == []
    assert complaints == []
