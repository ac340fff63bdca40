"""What nobody can read is named, measured and handed out as bytes; never run."""

import base64
import hashlib

import pytest
from django.test import Client

from governance.models import User
from tests.approvals.asking import World, a_world, cast
from tests.factories import comment_schema

pytestmark = pytest.mark.django_db(transaction=True)
BYTES = hashlib.shake_256(b"a picture").digest(400)


@pytest.fixture
def world() -> World:
    schema = comment_schema()
    schema["properties"]["body"]["contentMediaType"] = "image/png"
    return a_world(
        allow_unreadable=True,
        justification="Pictures are uploaded.",
        arguments_schema=schema,
    )


@pytest.fixture
def ana(client: Client, world: World) -> Client:
    client.force_login(User.objects.get(username="ana"))
    return client


def test_an_unreadable_value_is_measured_and_demands_a_reason(
    world: World, ana: Client
) -> None:
    approval = world.ask(body=base64.b64encode(BYTES).decode())

    page = ana.get(f"/approvals/{approval.pk}/").text

    assert "400 bytes, media type" in page
    assert "image/png" in page
    assert hashlib.sha256(BYTES).hexdigest() in page
    assert "and is required" in page


def test_its_bytes_are_a_download(world: World, ana: Client) -> None:
    approval = world.ask(body=base64.b64encode(BYTES).decode())

    answer = ana.get(f"/approvals/{approval.pk}/value?pointer=/body")

    assert answer.content == BYTES
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("query", ["", "?pointer=/none", "?pointer=/body/0"])
def test_what_is_not_there_is_not_found(world: World, ana: Client, query: str) -> None:
    approval = world.ask(body=base64.b64encode(BYTES).decode())

    assert ana.get(f"/approvals/{approval.pk}/value{query}").status_code == 404


def test_it_is_approved_with_a_reason_only(world: World, ana: Client) -> None:
    approval = world.ask(body=base64.b64encode(BYTES).decode())
    fingerprint = f"sha256:{bytes(approval.fingerprint).hex()}"
    form = {"verdict": "approve", "fingerprint": fingerprint}

    without = ana.post(f"/approvals/{approval.pk}/vote", {**form, "reason": ""})
    cast(approval, "ana", reason="I looked at it.")

    assert without.status_code == 400
    assert "Say why you approve this." in without.text
