"""What people say beside their votes: to each other, to the agent, by a category."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from approvals.models import Approval, Comment, Delivery, Taking, Vote
from approvals.services import Why, comment, take
from approvals.services.categories import SENTENCES
from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied
from governance.models import User
from tests.approvals.asking import World, a_world, cast
from tests.factories import person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return a_world()


def say(approval: Approval, name: str, text: str, *, to_agent: bool = False) -> Comment:
    by = User.objects.get(username=name)
    return comment(approval.pk, by=by, text=text, to_agent=to_agent, now=timezone.now())


def refused(approval: Approval, name: str, text: str, *, to_agent: bool) -> Reason:
    with pytest.raises(Denied) as denial:
        say(approval, name, text, to_agent=to_agent)
    return denial.value.reason


def test_a_comment_is_for_colleagues_and_recorded(world: World) -> None:
    approval = world.ask()

    said = say(approval, "ana", " looks odd ")

    assert (said.text, said.to_agent) == ("looks odd", False)
    assert Approval.objects.get().reason_for_agent == ""
    assert Record.objects.latest("id").event == "approval.commented"


def test_a_comment_to_the_agent_is_what_it_reads_while_it_waits(world: World) -> None:
    approval = world.ask()

    say(approval, "ana", "Which ticket is it for?", to_agent=True)

    assert Approval.objects.get().reason_for_agent == "Which ticket is it for?"
    cast(approval, "ben")
    assert Approval.objects.get().reason_for_agent == ""


@pytest.mark.parametrize(
    ("name", "text", "to_agent", "ended", "reason"),
    [
        ("sam", "mine", False, False, Reason.VOTE_NO_SEAT),  # the owner
        ("olu", "mine", False, False, Reason.VOTE_NO_SEAT),  # an auditor
        ("ana", "  ", False, False, Reason.INVALID_REQUEST),
        ("ana", "too late", True, True, Reason.APPROVAL_CLOSED),
    ],
)
def test_not_everybody_may_say_everything(
    world: World, name: str, text: str, to_agent: bool, ended: bool, reason: Reason
) -> None:
    person("olu", "auditor")
    approval = world.ask()
    if ended:
        cast(approval, "ben", "deny")

    assert refused(approval, name, text, to_agent=to_agent) is reason
    assert Record.objects.latest("id").event == "approval.vote_refused"
    assert not Comment.objects.exists()


def test_a_comment_can_be_erased_and_not_rewritten(world: World) -> None:
    said = say(world.ask(), "ana", "a name")

    for change in ({"text": "another"}, {"to_agent": True}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Comment.objects.filter(pk=said.pk).update(**change)
    Comment.objects.filter(pk=said.pk).update(text=None)

    assert Comment.objects.get().text is None


def test_taking_tells_for_ten_minutes_who_looks_and_blocks_nobody(
    world: World,
) -> None:
    approval, ana = world.ask(), User.objects.get(username="ana")

    take(approval.pk, by=ana, now=timezone.now())
    take(approval.pk, by=ana, now=timezone.now())

    (taken,) = Taking.objects.all()
    assert Taking.objects.all().lasting(taken.at + timedelta(minutes=9)).exists()
    assert not Taking.objects.all().lasting(taken.at + timedelta(minutes=11)).exists()
    assert cast(approval, "ben").state == "approved"
    told = Delivery.objects.filter(event="approved")
    assert {each.reader.username for each in told} == {"sam", "ana"}


def test_only_a_seat_can_take_and_only_what_waits(world: World) -> None:
    approval, sam = world.ask(), User.objects.get(username="sam")
    ben = User.objects.get(username="ben")

    with pytest.raises(Denied) as unseated:
        take(approval.pk, by=sam, now=timezone.now())
    cast(approval, "ana", "deny")
    with pytest.raises(Denied) as late:
        take(approval.pk, by=ben, now=timezone.now())

    assert unseated.value.reason is Reason.VOTE_NO_SEAT
    assert late.value.reason is Reason.APPROVAL_CLOSED


@pytest.mark.parametrize("category", [c.value for c in Vote.Category])
def test_the_agent_reads_the_categorys_sentence_then_the_text(
    world: World, category: str
) -> None:
    approval = world.ask()

    cast(approval, "ana", "deny", reason=Why("See #12.", category, "for ben"))

    told = Approval.objects.get().reason_for_agent
    assert told == f"{SENTENCES[category]} See #12.".strip()
    vote = Vote.objects.get()
    assert (vote.category, vote.note) == (category, "for ben")
    assert "for ben" not in told


def test_every_category_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Vote.Category.values)


def test_a_category_that_nobody_knows_is_no_vote(world: World) -> None:
    with pytest.raises(Denied) as denial:
        cast(world.ask(), "ana", "deny", reason=Why("", "rude"))

    assert denial.value.reason is Reason.INVALID_REQUEST
    assert not Vote.objects.exists()


def test_a_yes_has_no_category_and_its_note_can_be_erased(world: World) -> None:
    cast(world.ask(), "ana", reason=Why("fine", "unsafe", "a note"))

    vote = Vote.objects.get()
    assert vote.category == ""
    Vote.objects.update(note=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        Vote.objects.update(category="unsafe")


def test_unsafe_alerts_the_group_the_admins_and_the_owner_at_once(
    world: World,
) -> None:
    person("kim", "admin")

    cast(world.ask(), "ana", "deny", reason=Why("", "unsafe"))

    told = Delivery.objects.filter(event="unsafe")
    assert {d.reader.username for d in told} == {"ana", "ben", "kim", "sam"}


def test_what_a_quick_eye_would_miss_is_kept_for_lists(world: World) -> None:
    plain = world.ask(pull=1)
    odd = world.ask(pull=2, body="all good\u202e" + " " * 12)

    assert plain.flags == []
    assert odd.flags == ["escape", "padding"]
