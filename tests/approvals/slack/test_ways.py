"""Reminders, digests, endings and alerts in Slack, for whoever chose it there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from approvals.models import Delivery, Preference
from approvals.services import Why, notify_outcome
from approvals.services.deliveries import sweep
from governance.models import User
from tests.approvals.asking import World, a_world, approved, cast
from tests.factories import person
from tests.slack import FakeSlack, buttons, installed, linked, texts

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]

ANA, SAM = "U0000ANA", "U0000SAM"


def choose(name: str, **chosen: object) -> None:
    who = User.objects.get(username=name)
    Preference.objects.update_or_create(person=who, defaults=chosen)


def a_linked_world(*names: str, **content: Any) -> World:
    world = a_world("ana", **content)
    installed()
    for name in names:
        linked(name)
    return world


def released() -> None:
    """Have what is held back, or comes at half time, come now."""
    Delivery.objects.filter(state="queued").update(due_at=timezone.now())
    sweep(now=timezone.now())


def posted(slack: FakeSlack, to: str) -> list[dict[str, Any]]:
    return [each for each in slack.calls("chat.postMessage") if each["channel"] == to]


def reminders(slack: FakeSlack) -> list[dict[str, Any]]:
    sent = posted(slack, ANA)
    return [each for each in sent if "still waits" in texts(each["blocks"])]


def mailed(event: str) -> list[str]:
    rows = Delivery.objects.filter(event=event, channel="email", state="sent")
    return sorted(str(row.recipient) for row in rows)


def test_a_reminder_comes_there_with_what_else_waits(slack: FakeSlack) -> None:
    world = a_linked_world("ana")
    choose("ana", reminders="slack")
    approval = world.ask()
    other = world.ask(pull=185, session=world.another_session())
    sweep(now=timezone.now())

    released()

    (reminder,) = reminders(slack)
    assert approval.code in reminder["text"]
    assert other.code in texts(reminder["blocks"])
    assert buttons(reminder) == ["review"]
    assert mailed("reminder") == []


def flooded(slack: FakeSlack) -> World:
    """Return a world that asked Ana three times, in one message and two together."""
    world = a_linked_world("ana")
    choose("ana", questions="slack", reminders="none", bundle_minutes=30)
    for pull in (1, 2, 3):
        world.ask(pull=pull, session=world.another_session())
    sweep(now=timezone.now())
    released()
    return world


def test_a_digest_comes_there_as_one_message(slack: FakeSlack) -> None:
    flooded(slack)

    _first, digest = posted(slack, ANA)

    held = Delivery.objects.filter(bundled=True)
    assert len({row.message_id for row in held}) == 1
    for row in held:
        assert row.approval is not None
        assert row.approval.code in texts(digest["blocks"])
    assert buttons(digest) == ["review"]
    assert mail.outbox == []


def test_a_decision_is_told_in_a_digest_and_leaves_the_rest_of_it(
    slack: FakeSlack,
) -> None:
    flooded(slack)
    second, third = (
        row.approval for row in Delivery.objects.filter(bundled=True).order_by("pk")
    )
    assert second is not None
    assert third is not None

    cast(second, "ana", "deny")
    sweep(now=timezone.now())

    update = slack.calls("chat.update")[-1]
    lines = [each for each in texts(update["blocks"]).splitlines() if "•" in each]
    assert [f"{second.code} " in line for line in lines] == [True, False]
    assert "denied by ana" in lines[0].lower()
    assert f"{third.code} " in lines[1]
    assert "decide by" in lines[1]


def test_a_digest_asks_for_nothing_once_all_of_it_is_decided(
    slack: FakeSlack,
) -> None:
    flooded(slack)
    held = Delivery.objects.filter(bundled=True).order_by("pk")
    _first, digest = posted(slack, ANA)
    said = []

    for row in held:
        assert row.approval is not None
        cast(row.approval, "ana", "deny")
        sweep(now=timezone.now())
        said.append(texts(slack.calls("chat.update")[-1]["blocks"]))

    waits, over = "Nothing runs until", "None of them waits any more"
    assert waits in texts(digest["blocks"])
    assert [waits in each for each in said] == [True, False]
    assert [over in each for each in said] == [False, True]


def _denied(world: World) -> None:
    cast(world.ask(), "ana", "deny")


def _ran(world: World, event: str = "executed") -> None:
    about = {"tool": "github.comment_pr", "scope": "", "agent": "ci-agent"}
    notify_outcome(
        "cal_1",
        event,
        agent_id=world.principal.agent_id,
        approval_id=approved(world, "ana").pk,
        about=about,
        now=timezone.now(),
    )


def _unclear(world: World) -> None:
    _ran(world, "outcome_unknown")


@pytest.mark.parametrize(
    ("topic", "event", "happen"),
    [
        ("endings", "denied", _denied),
        ("runs", "executed", _ran),
        ("alerts", "outcome_unknown", _unclear),
    ],
)
def test_what_an_owner_chose_for_slack_comes_there_and_not_by_mail(
    slack: FakeSlack, topic: str, event: str, happen: Callable[[World], None]
) -> None:
    world = a_linked_world("sam")
    choose("sam", **{topic: "slack"})

    happen(world)
    sweep(now=timezone.now())

    told = [texts(each["blocks"]) for each in posted(slack, SAM)]
    assert len(told) == 1
    assert "github.comment_pr" in told[0]
    assert "sam" not in mailed(event)


def test_what_slack_does_not_take_comes_by_mail(slack: FakeSlack) -> None:
    world = a_linked_world("sam")
    choose("sam", endings="slack")
    slack.errors["chat.postMessage"] = "channel_not_found"

    _denied(world)
    sweep(now=timezone.now())
    sweep(now=timezone.now())

    assert mailed("denied") == ["sam"]


def test_an_alert_about_no_request_comes_there_too(slack: FakeSlack) -> None:
    world = a_linked_world("sam")
    choose("sam", alerts="slack")
    about = {"tool": "github.get_pr", "scope": "repo:x", "agent": "ci-agent"}

    notify_outcome(
        "cal_1",
        "outcome_unknown",
        agent_id=world.principal.agent_id,
        approval_id=None,
        about=about,
        now=timezone.now(),
    )
    sweep(now=timezone.now())

    (alert,) = posted(slack, SAM)
    assert "github.get_pr" in texts(alert["blocks"])


def test_what_is_unsafe_comes_by_every_channel(slack: FakeSlack) -> None:
    world = a_linked_world("sam", "ana")
    person("olu", "admin")

    cast(world.ask(), "ana", "deny", reason=Why("It drops a table.", "unsafe"))
    sweep(now=timezone.now())

    assert mailed("unsafe") == ["ana", "olu", "sam"]
    for who in (SAM, ANA):
        assert any("unsafe" in texts(each["blocks"]) for each in posted(slack, who))


def test_nothing_of_a_value_works_as_markup_there(slack: FakeSlack) -> None:
    world = a_linked_world("ana", in_messages=["body"])
    choose("ana", reminders="slack")
    world.ask(body="<!channel> <https://evil.example|x> :tada:")
    sweep(now=timezone.now())

    released()

    (reminder,) = reminders(slack)
    kinds = {field["type"] for field in _texts_of(reminder["blocks"])}
    assert kinds == {"plain_text"}
    assert "<!channel>" in texts(reminder["blocks"])
    assert "<!channel>" not in reminder["text"]


def _texts_of(shown: Any) -> list[dict[str, Any]]:
    if isinstance(shown, list):
        return [each for part in shown for each in _texts_of(part)]
    if not isinstance(shown, dict):
        return []
    own = [shown] if isinstance(shown.get("text"), str) else []
    return own + [each for part in shown.values() for each in _texts_of(part)]
