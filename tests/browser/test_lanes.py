"""An admin makes a lane of each kind, tests one and tries a route on it.

With ``SCREENSHOTS=folder`` the pictures are kept for people to look at.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from governance.models import CredentialLane
from governance.services import save_draft
from tests.browser.conftest import Reader
from tests.factories import RouteVersionFactory, TenantFactory, person
from tests.issuers.github import COMMENTING, Issuer, app_key, github_issuer

FOLDER = os.environ.get("SCREENSHOTS", "")
ADD = "/admin/governance/credentiallane/add/"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with github_issuer() as running:
        yield running


@pytest.fixture
def sam(reader: Reader) -> Reader:
    TenantFactory.create()
    person("sam", "admin")
    reader.sign_in("sam")
    return reader


def keep(reader: Reader, name: str) -> None:
    if FOLDER:
        reader.page.screenshot(path=Path(FOLDER) / f"lane-{name}.png", full_page=True)


def test_every_kind_has_a_form_that_says_what_it_needs(sam: Reader) -> None:
    sam.open(ADD)
    keep(sam, "kinds")
    for kind, label in CredentialLane.Kind.choices:
        sam.open(ADD)
        sam.page.get_by_role("link", name=str(label)).click()
        expect(sam.page.get_by_label("Name").first).to_be_visible()
        keep(sam, f"add-{kind}")
        assert not sam.scrolls_sideways(), kind

    assert [each for each in sam.complaints if "404" not in each] == []


def test_a_lane_is_made_mended_and_tested_and_a_route_tried(
    sam: Reader, issuer: Issuer
) -> None:
    page = sam.page
    sam.open(f"{ADD}?kind=github_app")
    page.get_by_label("Tenant").select_option(index=1)
    page.get_by_label("Name", exact=False).first.fill("github-comment")
    page.get_by_label("Privilege").select_option("write")
    for name, value in issuer.settings(allowed_cidrs="127.0.0.1/32").items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=narrowing]").fill(json.dumps(COMMENTING))
    page.locator("[name=client_id]").fill("")
    page.locator("[name=secret]").fill(app_key())
    page.get_by_role("button", name="Save", exact=True).click()
    keep(sam, "mistake")
    expect(page.get_by_text("Client ID of the app is needed")).to_be_visible()
    assert page.locator("[name=secret]").input_value() == ""

    page.locator("[name=client_id]").fill(str(issuer.settings()["client_id"]))
    page.locator("[name=secret]").fill(app_key())
    page.get_by_role("button", name="Save and continue editing").click()
    keep(sam, "change")
    page.get_by_role("link", name="Test this lane").click()
    page.get_by_role("button", name="Test it").click()
    keep(sam, "tested")
    expect(page.get_by_text("The installation is of acme.")).to_be_visible()

    draft = RouteVersionFactory.create(lane=CredentialLane.objects.get())
    save_draft(draft, by=None, now=timezone.now())
    sam.open(f"/admin/governance/route/{draft.route_id}/try/?version={draft.pk}")
    args = {"repo": "payments-api", "pull": 184, "body": "LGTM"}
    page.locator("[name=args]").fill(json.dumps(args))
    page.get_by_role("button", name="Try it").click()
    keep(sam, "try")
    expect(page.get_by_text("GitHub, in payments-api: issues: write")).to_be_visible()
    assert [each for each in sam.complaints if "404" not in each] == []
