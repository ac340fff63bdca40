"""Two people, two channels, one moment: one decision, and both are told of it."""

from socket import socket
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from approvals.models import Approval, Claim, Delivery, Vote
from approvals.services import expire_due
from approvals.services.deliveries import deliver, sweep
from governance.errors import Denied
from tests.approvals.asking import a_world, cast
from tests.racing import at_once, or_denied
from tests.slack import (
    FakeSlack,
    buttons,
    in_channel,
    installed,
    linked,
    post,
    pressed,
    question,
    submitted,
    texts,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]
TIMES = range(5)


def asked(slack: FakeSlack, **content: Any) -> tuple[Approval, dict[str, Any]]:
    """Return a request, and the modal in which Ana may say yes to it."""
    world = a_world("ana", "ben", approve_in_slack=True, **content)
    installed()
    in_channel()
    linked("ana")
    approval = world.ask()
    sweep(now=timezone.now())
    post(pressed("approve", question()))
    return approval, slack.modal


@pytest.mark.parametrize("_time", TIMES)
def test_a_yes_in_slack_meets_a_no_on_the_page(slack: FakeSlack, _time: int) -> None:
    approval, modal = asked(slack)
    payload = submitted(modal)

    said, page = at_once(
        lambda: texts(post(payload).json()),
        or_denied(lambda: str(cast(approval, "ben", "deny").state)),
    )

    approval.refresh_from_db()
    votes = Vote.objects.count()
    assert votes == 1
    if approval.state == "approved":
        assert "Approved by ana" in str(said)
        assert isinstance(page, Denied)
        assert Claim.objects.count() == 1
    else:
        assert approval.state == "denied"
        assert "Denied by ben" in str(said)
        assert not Claim.objects.exists()


@pytest.mark.parametrize("_time", TIMES)
def test_a_yes_in_slack_meets_the_deadline(slack: FakeSlack, _time: int) -> None:
    approval, modal = asked(slack)
    payload = submitted(modal)
    Approval.objects.update(decide_by=timezone.now())

    said, _ = at_once(
        lambda: texts(post(payload).json()),
        lambda: str(expire_due(now=timezone.now())),
    )

    approval.refresh_from_db()
    assert approval.state == "expired"
    assert not Vote.objects.exists()
    assert "can" in said or "decided" in said


@pytest.mark.parametrize("_time", TIMES)
def test_one_submit_that_comes_twice_at_once_is_one_vote(
    slack: FakeSlack,
    _time: int,
) -> None:
    _, modal = asked(slack)
    payload, at = submitted(modal), timezone.now()

    answers = at_once(lambda: post(payload, at=at), lambda: post(payload, at=at))

    assert [each.status_code for each in answers] == [200, 200]
    assert Vote.objects.count() == 1
    assert Approval.objects.get().state == "approved"


def test_what_is_decided_while_a_copy_is_updated_is_told_after_it(
    slack: FakeSlack,
) -> None:
    approval, modal = asked(slack, quorum=2)
    post(submitted(modal))

    def deny_meanwhile(caller: socket) -> None:
        slack.remote.answer = slack.answer
        cast(approval, "ben", "deny")
        connection.close()
        slack.answer(caller)

    slack.remote.answer = deny_meanwhile
    deliver(Delivery.objects.get(event="voted").pk, now=timezone.now())

    first, second = slack.calls("chat.update")
    assert buttons(first) == ["review", "deny", "approve"]
    assert buttons(second) == []
    assert "Denied by ben" in texts(second)
