"""Direct messages that fail, or whose link ended: they go by mail."""

import pytest
from django.core import mail
from django.utils import timezone

from approvals.models import Delivery, Preference, SlackLink
from approvals.services.deliveries import sweep
from approvals.services.slack.links import end_link
from governance.models import User
from tests.approvals.asking import World, a_world
from tests.factories import person
from tests.slack import FakeSlack, installed, linked

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]


def a_linked_world(**chosen: object) -> World:
    """Return a world whose only reviewer, Ana, is linked and chose so."""
    world = a_world("ana")
    installed()
    linked("ana")
    ana = User.objects.get(username="ana")
    Preference.objects.create(person=ana, **chosen)
    return world


def unlink() -> None:
    end_link(SlackLink.objects.live().get(), by=None, now=timezone.now())


def test_a_question_does_not_follow_a_link_that_ended(slack: FakeSlack) -> None:
    approval = a_linked_world(questions="slack").ask()
    unlink()

    sweep(now=timezone.now())
    sweep(now=timezone.now())

    in_vain = Delivery.objects.get(event="requested", channel="slack")
    assert slack.calls("chat.postMessage") == []
    assert (in_vain.state, in_vain.error_code) == ("dead", "link_ended")
    assert [each.to for each in mail.outbox if approval.code in each.subject] == [
        ["ana@example.com"]
    ]


def test_a_question_does_not_go_to_the_account_before(slack: FakeSlack) -> None:
    a_linked_world(questions="slack").ask()
    unlink()
    linked("ana", "U0000NEW")

    sweep(now=timezone.now())

    assert slack.calls("chat.postMessage") == []


def test_a_digest_does_not_follow_a_link_that_ended(slack: FakeSlack) -> None:
    world = a_linked_world(questions="slack", reminders="none", bundle_minutes=30)
    for pull in (1, 2, 3):
        world.ask(pull=pull, session=world.another_session())
    sweep(now=timezone.now())
    unlink()
    held = Delivery.objects.filter(bundled=True)
    held.update(due_at=timezone.now())

    sweep(now=timezone.now())
    sweep(now=timezone.now())

    assert len(slack.calls("chat.postMessage")) == 1
    assert {row.error_code for row in held.filter(channel="slack")} == {"link_ended"}
    asked = Delivery.objects.filter(event="requested", channel="email", state="sent")
    assert asked.count() == 2


def test_admins_hear_once_of_direct_messages_that_fail(slack: FakeSlack) -> None:
    world = a_world("ana", "ben")
    person("zoe", "admin")
    installed()
    for name in ("ana", "ben"):
        linked(name)
        reader = User.objects.get(username=name)
        Preference.objects.create(person=reader, questions="slack")
    slack.errors["chat.postMessage"] = "account_inactive"

    world.ask()
    sweep(now=timezone.now())

    notice = Delivery.objects.get(event="dead_letter")
    assert notice.about == {"slack": "direct messages"}
