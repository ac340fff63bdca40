"""An admin imports in a real browser: a curl command, an OpenAPI document.

With ``SCREENSHOTS=folder`` the pictures are kept for people to look at.
"""

import os
import re
from pathlib import Path
from typing import Any

from django.test import Client
from playwright.sync_api import expect

from governance import policy
from governance.models import CredentialLane, RouteVersion
from governance.services.signing_keys import ensure_signing_key
from tests.browser.conftest import Reader
from tests.factories import (
    NOW,
    BackendFactory,
    CredentialLaneFactory,
    ToolsetFactory,
    agent_with_key,
    person,
    reviewers,
)
from tests.proxy.imports.documents import PETS
from tests.remotes import Remote, reply, serving
from tests.stage import forget_all

FOLDER = os.environ.get("SCREENSHOTS", "")
SECRET = "pasted-CANARY-91c0ffee77"
CURL = "/admin/governance/importeddraft/curl/"


def picture(reader: Reader, name: str) -> None:
    """Keep a picture, if somebody wants to look."""
    if FOLDER:
        reader.page.screenshot(path=Path(FOLDER) / f"{name}.png", full_page=True)


def choose(reader: Reader, label: str, option: str) -> None:
    reader.page.get_by_label(re.compile(f"^{label}")).select_option(label=option)


def an_admin(reader: Reader) -> None:
    person("sam", "admin")
    reviewers("ana")
    ToolsetFactory.create()
    reader.sign_in("sam")


def asked(key: str) -> Any:
    return Client().post(
        "/v1/calls",
        {"tool": "queue.jobs", "args": {"limit": 5}},
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )


def test_from_a_curl_command_to_the_first_call(plain_reader: Reader) -> None:
    reader, page = plain_reader, plain_reader.page
    forget_all()
    ensure_signing_key(now=NOW)
    an_admin(reader)
    _, key = agent_with_key(toolsets=[ToolsetFactory.create()])
    with serving(Remote(answer=reply())) as remote:
        reader.open("/admin/governance/importeddraft/")
        page.get_by_role("link", name="Begin with a curl command").click()
        picture(reader, "curl")
        page.get_by_label("curl command").fill(
            f"curl '{remote.url}/v1/queues/payments/jobs?limit=10' \\\n"
            f"  -H 'Authorization: Bearer {SECRET}' -H 'Accept: application/json'"
        )
        page.get_by_label("Name of the tool").fill("queue.jobs")
        choose(reader, "Toolset", "everyday")
        page.get_by_label("Private addresses").fill("127.0.0.0/8")
        page.get_by_role("button", name="Import").click()
        picture(reader, "curl-draft")
        page.get_by_role("link", name="Try it").click()
        page.get_by_label("Arguments").fill('{"limit": 5}')
        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_text("GET http://127.0.0.1")).to_be_visible()
        picture(reader, "curl-tried")
        page.go_back()
        page.go_back()
        page.get_by_role("link", name="Publish").click()
        page.get_by_role("button", name="Publish").click()
        again = page.get_by_role("link", name="New draft from this version")
        expect(again).to_be_visible()  # so it is in force
        policy.forget()

        answer = asked(key)

    assert answer.json()["status"] == "completed"
    assert [got.target for got in remote.received] == [
        "/v1/queues/payments/jobs?limit=5"
    ]
    assert remote.received[0].all("Authorization") == [f"Bearer {SECRET}"]
    assert SECRET not in page.content()


def test_a_refused_command_is_not_shown_again(reader: Reader) -> None:
    an_admin(reader)
    reader.open(CURL)
    command = reader.page.get_by_label("curl command")
    command.fill(f"curl https://sam:{SECRET}@api.example.com/things")

    reader.page.get_by_role("button", name="Import").click()

    expect(reader.page.get_by_text("Leave out user and password")).to_be_visible()
    expect(command).to_have_value("")
    assert SECRET not in reader.page.content()
    assert not CredentialLane.objects.exists()
    assert reader.complaints == []
    picture(reader, "curl-refused")


def test_a_document_is_uploaded_and_one_operation_completed(reader: Reader) -> None:
    page = reader.page
    an_admin(reader)
    BackendFactory.create(name="pets")
    CredentialLaneFactory.create(name="none")
    reader.open("/admin/governance/importeddraft/")
    page.get_by_role("link", name="Import an OpenAPI document").click()
    choose(reader, "Backend", "pets")
    page.get_by_label("Document").set_input_files(
        {"name": "pets.yaml", "mimeType": "text/yaml", "buffer": PETS.encode()}
    )
    picture(reader, "openapi")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("3 differences")).to_be_visible()
    picture(reader, "openapi-drafts")

    page.get_by_role("link", name="PUT /pets/{petId}").click()
    picture(reader, "openapi-draft")
    page.get_by_role("link", name="Complete").click()
    picture(reader, "openapi-complete")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("This field is required").first).to_be_visible()
    expect(page.get_by_text("Constraint")).to_have_count(0)
    picture(reader, "openapi-refused")
    choose(reader, "Lane", "none")
    choose(reader, "Group", "reviewers")
    page.get_by_label(re.compile("^Scope template")).fill("pet:{pet_id}")
    page.get_by_label(re.compile("^Summary template")).fill("Change pet {pet_id}")
    page.get_by_role("button", name="Save as a draft").click()

    expect(page.get_by_text("Try it, then publish it")).to_be_visible()
    assert RouteVersion.objects.get().state == "draft"
    assert reader.complaints == []
    assert not reader.scrolls_sideways()
