"""Somebody speaks in Slack's name, or in a colleague's."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from approvals.models import (
    Approval,
    Delivery,
    SlackLink,
    SlackRequest,
    SlackWorkspace,
    Vote,
)
from approvals.services.deliveries import sweep
from approvals.services.slack.arrivals import REMEMBERED, forget_requests
from approvals.services.slack.workspaces import replace_signing_secret
from audit.models import Record
from governance.models import User
from tests.approvals.asking import a_world
from tests.attacks.rows_of_all import changes_since, everything
from tests.slack import (
    HOOK,
    FakeSlack,
    body_of,
    fake_slack,
    in_channel,
    installed,
    linked,
    post,
    pressed,
    question,
    signature,
    submitted,
    texts,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]

OTHER = "fedcba9876543210fedcba9876543210"


@pytest.fixture
def slack(settings: Settings) -> Iterator[FakeSlack]:
    """Ask in a channel, where Ana is linked."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with fake_slack(settings) as fake:
        world = a_world("ana", "ben", approve_in_slack=True)
        installed()
        in_channel()
        linked("ana")
        world.ask()
        sweep(now=timezone.now())
        yield fake


def opened(slack: FakeSlack, action: str) -> dict[str, Any]:
    post(pressed(action, question()))
    return slack.modal


def assert_nothing_decided() -> None:
    assert Approval.objects.get().state == "pending"
    assert not Vote.objects.exists()


def assert_turned_away(answer: Any) -> None:
    assert (answer.status_code, answer.content) == (401, b"")
    assert_nothing_decided()
    assert Record.objects.filter(event="slack.refused").count() == 1


def test_a_signature_by_another_secret_is_401(slack: FakeSlack) -> None:
    modal = opened(slack, "approve")

    assert_turned_away(post(submitted(modal), secret=OTHER))


@pytest.mark.parametrize("minutes", [-6, 6], ids=["old", "future"])
def test_a_signature_of_another_time_is_401(slack: FakeSlack, minutes: int) -> None:
    modal = opened(slack, "approve")
    at = timezone.now() + timedelta(minutes=minutes)

    assert_turned_away(post(submitted(modal), at=at))


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Request-Timestamp": "now"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "9" * 400},
        {"X-Slack-Request-Timestamp": "nan"},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=é"},
        {"X-Slack-Signature": "v1=00"},
    ],
)
def test_headers_that_are_none_are_401(
    slack: FakeSlack, headers: dict[str, str]
) -> None:
    modal = opened(slack, "approve")

    assert_turned_away(post(submitted(modal), headers=headers))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"payload=\xff",
        b"payload=%ff",
        b"payload={}",
        b"payload=[]",
        b"payload=1&payload=2",
        b"other=1",
        b"payload=" + b'{"team":' * 40,
        b'payload={"team":{"id":["T0000ACME"]}}',
        b'payload={"team":{"id":"T0000NONE"}}',
    ],
)
def test_a_body_that_says_nothing_is_401(slack: FakeSlack, raw: bytes) -> None:
    assert_turned_away(post(None, raw=raw))


def test_a_body_that_was_written_anew_is_401(slack: FakeSlack) -> None:
    payload = submitted(opened(slack, "approve"))
    at = timezone.now()
    signed = signature(body_of(payload), at=at)
    spaced = f"payload={quote(json.dumps(payload, separators=(',', ':')))}".encode()

    answer = post(None, raw=spaced, at=at, headers={"X-Slack-Signature": signed})

    assert_turned_away(answer)


def test_a_captured_request_does_nothing_a_second_time(slack: FakeSlack) -> None:
    payload = submitted(opened(slack, "deny"))
    at = timezone.now()
    assert post(payload, at=at).json()["response_action"] == "update"
    before = everything()

    again = post(payload, at=at)

    assert (again.status_code, again.content) == (200, b"")
    assert changes_since(before) == {}


def test_a_press_that_is_replayed_opens_nothing(slack: FakeSlack) -> None:
    payload, at = pressed("deny", question()), timezone.now()

    for _ in range(3):
        assert post(payload, at=at).status_code == 200

    assert len(slack.calls("views.open")) == 1


def test_signatures_are_remembered_longer_than_they_are_believed(
    slack: FakeSlack,
) -> None:
    post(pressed("review", question()))
    now = timezone.now()

    assert forget_requests(now=now) == 0
    assert forget_requests(now=now + REMEMBERED + timedelta(seconds=5)) == 1
    assert not SlackRequest.objects.exists()


def test_another_workspace_decides_nothing_here(slack: FakeSlack) -> None:
    theirs = installed("team-zeta", app_id="A0000SEAL", team_id="T0000ZETA")
    replace_signing_secret(theirs, OTHER, by=None, now=timezone.now())
    payload = pressed(
        "deny",
        question(),
        team={"id": "T0000ZETA"},
        user="U0000ANA",
    )
    payload["user"]["team_id"] = "T0000ZETA"

    assert post(payload, secret=OTHER).status_code == 200

    assert "leads nowhere" in texts(slack.modal)
    assert_nothing_decided()


def test_another_app_of_the_workspace_is_401(slack: FakeSlack) -> None:
    payload = pressed("deny", question(), api_app_id="A0000EVIL")

    assert_turned_away(post(payload))


def test_a_workspace_that_was_moved_to_another_tenant_is_401(slack: FakeSlack) -> None:
    SlackWorkspace.objects.update(team_id="T0000EVIL")
    payload = pressed("deny", question(), team={"id": "T0000EVIL"})

    assert_turned_away(post(payload))


def test_a_paused_workspace_is_401(slack: FakeSlack) -> None:
    SlackWorkspace.objects.update(suspended_at=timezone.now())

    assert_turned_away(post(pressed("deny", question())))


@pytest.mark.parametrize("who", ["stranger", "guest", "bot", "inactive", "ended"])
def test_whoever_is_not_linked_submits_in_vain(slack: FakeSlack, who: str) -> None:
    payload = submitted(opened(slack, "approve"))
    match who:
        case "stranger" | "bot":
            payload["user"]["id"] = "B0000BOT" if who == "bot" else "U0000STRANGER"
        case "guest":
            payload["user"]["team_id"] = "T0000ELSE"
        case "inactive":
            User.objects.filter(username="ana").update(is_active=False)
        case _:
            SlackLink.objects.update(ended_at=timezone.now())

    answer = post(payload)

    said = texts(answer.json())
    assert ("Guests" if who == "guest" else "Link your account") in said
    assert_nothing_decided()


def test_a_link_that_the_database_was_given_is_none(slack: FakeSlack) -> None:
    modal = opened(slack, "approve")
    ben = User.objects.get(username="ben")
    SlackLink.objects.update(person=ben)

    answer = post(submitted(modal))

    assert "Link your account" in texts(answer.json())
    assert_nothing_decided()


def test_a_linked_person_without_a_seat_is_refused(slack: FakeSlack) -> None:
    modal = opened(slack, "approve")
    linked("sam")

    answer = post(submitted(modal, "U0000SAM"))

    assert "sam owns the agent" in texts(answer.json())
    assert_nothing_decided()


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "[]",
        "{}",
        '{"copy":"1","fingerprint":"00"}',
        '{"copy":"999999:AAAA","fingerprint":"00"}',
    ],
)
def test_metadata_that_was_forged_decides_nothing(
    slack: FakeSlack, metadata: str
) -> None:
    modal = {**opened(slack, "approve"), "private_metadata": metadata}

    answer = post(submitted(modal))

    assert "leads nowhere" in texts(answer.json())
    assert_nothing_decided()


def test_another_fingerprint_than_the_one_shown_is_refused(slack: FakeSlack) -> None:
    modal = opened(slack, "approve")
    held = json.loads(modal["private_metadata"])
    held["fingerprint"] = "00" * 32

    post(submitted({**modal, "private_metadata": json.dumps(held)}))

    assert_nothing_decided()
    assert Record.objects.filter(reason="vote_stale_fingerprint").exists()


def test_a_button_that_was_not_drawn_is_no_control(slack: FakeSlack) -> None:
    modal = opened(slack, "deny")

    answer = post(submitted({**modal, "callback_id": "approve"}))
    assert answer.json()["response_action"] == "update"
    assert Approval.objects.get().state == "approved"  # the route does allow it


def test_a_yes_that_the_route_does_not_allow_is_refused(slack: FakeSlack) -> None:
    modal = opened(slack, "deny")
    hidden = Approval.objects.get()
    hidden.risk = "privileged"
    hidden.save(update_fields=["risk"])

    post(submitted({**modal, "callback_id": "approve"}))

    assert_nothing_decided()


@pytest.mark.parametrize("verdict", ["", "maybe", "revoke"])
def test_another_verdict_is_none(slack: FakeSlack, verdict: str) -> None:
    modal = {**opened(slack, "approve"), "callback_id": verdict}

    post(submitted(modal))

    assert_nothing_decided()


def test_a_body_that_is_too_big_is_not_read(slack: FakeSlack) -> None:
    raw = b"payload=" + b"x" * 300_000

    answer = post(None, raw=raw)

    assert answer.status_code in (400, 413)
    assert_nothing_decided()


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options"])
def test_the_door_takes_posts_alone(slack: FakeSlack, method: str) -> None:
    before = everything()

    answer = getattr(Client(), method)(HOOK)

    assert answer.status_code == 405
    assert changes_since(before) == {}


def test_a_session_is_no_signature(slack: FakeSlack) -> None:
    browser = Client()
    browser.force_login(User.objects.get(username="ana"))
    modal = opened(slack, "approve")

    answer = browser.post(
        HOOK,
        body_of(submitted(modal)),
        content_type="application/x-www-form-urlencoded",
    )

    assert_turned_away(answer)


def test_tokens_and_secrets_are_in_no_row_and_no_record(slack: FakeSlack) -> None:
    post(submitted(opened(slack, "deny")))
    sweep(now=timezone.now())

    everywhere = str(everything())

    assert "CANARY-slack-token" not in everywhere
    assert "0123456789abcdef0123456789abcdef" not in everywhere
    assert Delivery.objects.filter(channel="slack", state="sent").exists()
