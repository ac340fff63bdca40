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
from tests.issuers.github import Issuer, app_key, github_issuer

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
        for width in (1280, 360):
            sam.page.set_viewport_size({"width": width, "height": 900})
            keep(sam, f"add-{kind}-{width}")
            assert not sam.scrolls_sideways(), (kind, width)

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
    page.locator("[name=repositories]").fill("{repo}")
    page.locator("[name=permissions]").fill("issues: write")
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


TYPED: dict[str, dict[str, str]] = {
    "aws_sts": {
        "name": "logs-read",
        "region": "eu-central-1",
        "role_arn": "arn:aws:iam::123456789012:role/logs-reader",
        "access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "sts_url": "https://8.8.8.8",
        "sign_service": "logs",
        "sign_region": "eu-central-1",
        "actions_1": "logs:FilterLogEvents",
        "resources_1": "arn:aws:logs:eu-central-1:123456789012:log-group:/{project}:*",
        "actions_2": "logs:GetQueryResults",
        "resources_2": "arn:aws:logs:eu-central-1:123456789012:log-group:shared",
        "conditions_2": "StringEquals aws:RequestedRegion\n- eu-central-1",
    },
    "oauth_client": {
        "name": "tickets-write",
        "token_url": "https://8.8.8.8/token",
        "client_id": "sealwright",
        "scope": "tickets:create",
        "authorization_details": "type: queue\nidentifier: {queue}\nactions: create",
    },
}
MENDED: dict[str, dict[str, str]] = {
    "aws_sts": {
        "conditions_2": "StringEquals aws:RequestedRegion:\n- eu-central-1",
    },
    "oauth_client": {
        "authorization_details": "type: queue\nidentifier: {queue}\nactions:\n- create",
    },
}


@pytest.mark.parametrize("kind", TYPED)
def test_a_map_is_typed_in_lines_and_mended_without_scripts(
    plain_reader: Reader, kind: str
) -> None:
    TenantFactory.create()
    person("sam", "admin")
    sam, page = plain_reader, plain_reader.page
    sam.sign_in("sam")
    sam.open(f"{ADD}?kind={kind}")
    page.locator("[name=tenant]").select_option(index=1)

    fill(sam, TYPED[kind])
    page.get_by_role("button", name="Save and continue editing").click()
    (name,) = MENDED[kind]
    mistake = page.locator(f".field-{name} .errorlist")
    expect(mistake).to_contain_text("Line ")
    assert page.locator(f"[name={name}]").input_value() == TYPED[kind][name]
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        keep(sam, f"wrong-{kind}-{width}")
    fill(sam, MENDED[kind])
    page.get_by_role("button", name="Save and continue editing").click()

    expect(page.locator(".messagelist .success")).to_be_visible()
    for each, text in {**TYPED[kind], **MENDED[kind]}.items():
        assert page.locator(f"[name={each}]").input_value() == text
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        keep(sam, f"change-{kind}-{width}")
        assert not sam.scrolls_sideways()


def fill(sam: Reader, texts: dict[str, str]) -> None:
    """Type texts into the fields of the form."""
    for name, text in texts.items():
        sam.page.locator(f"[name={name}]").fill(text)
