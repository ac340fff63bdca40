"""Somebody speaks in Slack's name."""

import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import (
    SlackRequest,
)
from approvals.services.slack.arrivals import REMEMBERED, forget_requests
from governance.models import User
from tests.attacks.rows_of_all import changes_since, everything
from tests.attacks.slack import (
    OTHER,
    assert_nothing_decided,
    assert_turned_away,
    opened,
)
from tests.slack import (
    HOOK,
    FakeSlack,
    body_of,
    post,
    pressed,
    question,
    signature,
    submitted,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]


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


def test_another_app_of_the_workspace_is_401(slack: FakeSlack) -> None:
    payload = pressed("deny", question(), api_app_id="A0000EVIL")

    assert_turned_away(post(payload))


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
