"""By what a person is told of each kind of event: as she chose, and never of less."""

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from approvals.models import Delivery, Preference
from approvals.services import Why, notify_outcome
from approvals.services.deliveries import sweep
from governance.models import User
from tests.approvals.asking import World, a_world, approved, cast

pytestmark = pytest.mark.django_db

ABOUT = {"tool": "github.comment_pr", "scope": "", "agent": "ci-agent"}


@pytest.fixture(autouse=True)
def _in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def choose(name: str, **chosen: object) -> None:
    who = User.objects.get(username=name)
    Preference.objects.update_or_create(person=who, defaults=chosen)


def told(event: str) -> list[str]:
    """Send what is due; return who was told of this event."""
    sweep(now=timezone.now())
    sent = Delivery.objects.filter(event=event, state="sent")
    return sorted(str(row.recipient) for row in sent)


def ran(world: World, event: str = "executed") -> None:
    """Have Ana and Ben approve, and the call end so."""
    approval = approved(world, "ana", "ben")
    notify_outcome(
        "cal_1",
        event,
        agent_id=world.principal.agent_id,
        approval_id=approval.pk,
        about=ABOUT,
        now=timezone.now(),
    )


@pytest.mark.parametrize(
    ("way", "reached"), [("email", ["sam"]), ("slack", ["sam"]), ("none", [])]
)
def test_an_owner_may_leave_out_what_became_of_a_request(
    way: str, reached: list[str]
) -> None:
    world = a_world()
    choose("sam", endings=way)  # without a linked account, Slack is mail

    cast(world.ask(), "ana", "deny")

    assert told("denied") == reached


@pytest.mark.parametrize("event", ["executed", "failed"])
@pytest.mark.parametrize(
    ("chosen", "reached"),
    [
        ({}, ["sam"]),
        ({"sam": {"runs": "none"}}, []),
        ({"ana": {"voted_runs": "email"}}, ["ana", "sam"]),
        ({"sam": {"runs": "none"}, "ben": {"voted_runs": "email"}}, ["ben"]),
        ({"ana": {"runs": "email"}}, ["sam"]),
    ],
)
def test_a_run_is_told_to_its_owner_and_to_voters_who_want_it(
    event: str, chosen: dict[str, dict[str, str]], reached: list[str]
) -> None:
    world = a_world(quorum=2)
    for name, ways in chosen.items():
        choose(name, **ways)

    ran(world, event)

    assert told(event) == reached


def test_an_unclear_outcome_is_told_whatever_was_chosen() -> None:
    world = a_world(quorum=2)
    for name in ("sam", "ana", "ben"):
        choose(name, endings="none", runs="none", voted_runs="none")

    ran(world, "outcome_unknown")

    assert told("outcome_unknown") == ["ana", "ben", "sam"]


def test_what_is_unsafe_is_told_whatever_was_chosen() -> None:
    world = a_world()
    choose("sam", endings="none", runs="none")

    cast(world.ask(), "ben", "deny", reason=Why("It drops a table.", "unsafe"))

    assert told("unsafe") == ["ana", "ben", "sam"]
    assert told("denied") == []


def test_a_digest_says_where_it_is_turned_off_and_a_question_does_not() -> None:
    world = a_world("ana")
    choose("ana", bundle_minutes=30)
    for pull in range(1, 4):
        world.ask(pull=pull, session=world.another_session())
    sweep(now=timezone.now())
    Delivery.objects.filter(bundled=True).update(due_at=timezone.now())
    sweep(now=timezone.now())

    question, digest = (each.message() for each in mail.outbox)

    way_out = digest["List-Unsubscribe"]
    assert way_out.endswith("/account/preferences/>")
    assert digest["List-Unsubscribe-Post"] is None
    assert question["List-Unsubscribe"] is None
