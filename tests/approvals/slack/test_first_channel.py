"""Who wants to be asked in Slack first, and what follows where that fails."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from approvals.models import Delivery, Preference
from approvals.services.bounces import take_bounce
from approvals.services.deliveries import sweep
from governance.models import User
from tests.approvals.asking import a_world, cast
from tests.approvals.test_bounces import report
from tests.slack import CHANNEL, FakeSlack, in_channel, installed, linked

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]


def choose(name: str, **chosen: object) -> None:
    who = User.objects.get(username=name)
    Preference.objects.update_or_create(person=who, defaults=chosen)


def mailed() -> list[str]:
    sweep(now=timezone.now())
    return sorted(each.to[0].partition("@")[0] for each in mail.outbox)


def test_she_is_asked_there_and_her_copy_follows_the_decision(slack: FakeSlack) -> None:
    world = a_world()
    installed()
    linked("ana")
    choose("ana", questions="slack")

    approval = world.ask()

    assert mailed() == ["ben"]
    assert [each["channel"] for each in slack.calls("chat.postMessage")] == ["U0000ANA"]
    cast(approval, "ben", "deny")
    sweep(now=timezone.now())
    assert len(slack.calls("chat.update")) == 1


@pytest.mark.parametrize("is_linked", [False, True])
def test_where_slack_fails_or_is_not_linked_mail_follows(
    slack: FakeSlack, is_linked: bool
) -> None:
    world = a_world("ana")
    installed()
    if is_linked:
        linked("ana")
        slack.errors["chat.postMessage"] = "channel_not_found"
    choose("ana", questions="slack")

    world.ask()
    sweep(now=timezone.now())

    assert "ana" in mailed()


def test_everybody_away_leaves_it_to_the_channel(slack: FakeSlack) -> None:
    world = a_world()
    installed()
    in_channel()
    for name in ("ana", "ben"):
        choose(name, muted_until=timezone.now() + timedelta(days=1))

    world.ask()

    assert mailed() == []
    assert [each["channel"] for each in slack.calls("chat.postMessage")] == [CHANNEL]


def test_a_channel_that_fails_wakes_everybody(slack: FakeSlack) -> None:
    world = a_world()
    installed()
    in_channel()
    slack.errors["chat.postMessage"] = "channel_not_found"
    for name in ("ana", "ben"):
        choose(name, muted_until=timezone.now() + timedelta(days=1))

    world.ask()
    sweep(now=timezone.now())

    asked = Delivery.objects.filter(event="requested", channel="email")
    assert {"ana", "ben"} <= set(mailed())
    assert asked.count() == 2


def test_mail_that_fails_is_followed_by_slack(slack: FakeSlack) -> None:
    world = a_world("ana", "ben")
    installed()
    linked("ana")
    world.ask()
    sweep(now=timezone.now())
    hers = Delivery.objects.get(event="requested", recipient__username="ana")

    take_bounce(report(hers), now=timezone.now())
    sweep(now=timezone.now())

    assert [each["channel"] for each in slack.calls("chat.postMessage")] == ["U0000ANA"]
