"""Mail that came back, and reports that anybody could have written."""

import io
import sys

import pytest
from django.core.management import call_command
from django.utils import timezone

from approvals.channels.email import bounce_mac
from approvals.models import Delivery
from approvals.services.bounces import take_bounce
from audit.models import Record
from tests.approvals.asking import a_world

pytestmark = pytest.mark.django_db

REPORT = """\
From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It failed.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ana@example.com
Action: {action}
Status: 5.1.1

--b--
"""


def a_sent_letter() -> Delivery:
    a_world("ana").ask()
    Delivery.objects.filter(event="requested").update(state="sent")
    return Delivery.objects.get(event="requested")


def report(letter: Delivery, *, action: str = "failed", mac: str = "") -> bytes:
    to = f"bounces+{letter.pk}.{mac or bounce_mac(letter.pk)}@sealwright.example"
    return REPORT.format(to=to, action=action).encode()


def test_what_came_back_is_dead_and_told_of_once() -> None:
    letter = a_sent_letter()

    first = take_bounce(report(letter), now=timezone.now())
    again = take_bounce(report(letter), now=timezone.now())

    assert first == letter
    assert again is None
    letter.refresh_from_db()
    assert (letter.state, letter.error_code) == ("dead", "bounced")
    assert Record.objects.get(event="approval.notify_failed").reason == "bounced"
    assert Delivery.objects.filter(event="dead_letter").exists()


@pytest.mark.parametrize(
    "altered",
    [{"mac": "0" * 16}, {"action": "delayed"}, {"action": "relayed"}],
    ids=["forged", "delayed", "relayed"],
)
def test_what_is_no_failure_of_ours_changes_nothing(altered: dict[str, str]) -> None:
    letter = a_sent_letter()

    assert take_bounce(report(letter, **altered), now=timezone.now()) is None

    letter.refresh_from_db()
    assert letter.state == "sent"


@pytest.mark.parametrize("raw", [b"", b"\xff\x00", b"To: bounces+1@x\n\nhello"])
def test_anything_may_be_piped_in(raw: bytes) -> None:
    assert take_bounce(raw, now=timezone.now()) is None


def test_the_command_reads_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    letter = a_sent_letter()
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(report(letter)), encoding="utf-8")
    )

    call_command("take_bounce")

    assert "came back" in capsys.readouterr().out
