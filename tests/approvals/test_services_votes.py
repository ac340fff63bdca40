"""Votes: what counts, what is refused, and what the last yes makes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from approvals.claims import VerifiedClaim, verify
from approvals.models import Approval, Claim, Delivery, Vote
from approvals.services import (
    counting_votes,
    token_for,
    verification_keys,
    verified_row,
)
from audit.models import Record
from governance.celery import app
from governance.decision import Reason
from governance.errors import Denied
from governance.models import (
    GroupMembership,
    User,
)
from tests.approvals.asking import World, a_world, approved, cast, signed_in
from tests.approvals.refused import refusal
from tests.factories import person

pytestmark = pytest.mark.django_db


def test_the_last_yes_mints_a_claim_whose_token_verifies(
    settings: Settings,
) -> None:
    world = a_world()

    approval = approved(world)

    claim = Claim.objects.get(approval=approval)
    issued = token_for(claim, now=timezone.now())
    verified = verify(
        issued.token,
        keys=verification_keys(),
        issuer=settings.ISSUER,
        audience=settings.AUDIENCE,
        now=int(timezone.now().timestamp()),
    )
    assert approval.state == Approval.State.APPROVED
    assert isinstance(verified, VerifiedClaim)
    assert verified.payload.approval_id == approval.pk
    assert verified.payload.scope == "repo:payments-api/pull:184"
    assert issued.expires_at <= claim.execute_by


def test_approving_is_recorded_with_who_and_how() -> None:
    approval = approved(a_world())

    events = Record.objects.filter(approval_id=approval.pk).order_by("id")
    assert [record.event for record in events] == [
        "approval.requested",
        "approval.voted",
        "claim.minted",
        "approval.approved",
    ]
    approvers = events[3].personal.approvers or ""
    assert '"person":"ana"' in approvers
    assert '"signed_in_by":"password"' in approvers


def test_two_of_two_need_two_people() -> None:
    approval = a_world("ana", "ben", quorum=2).ask()

    first = cast(approval, "ana")
    again = cast(approval, "ana")
    second = cast(approval, "ben")

    assert first.state == again.state == Approval.State.PENDING
    assert second.state == Approval.State.APPROVED
    assert Vote.objects.count() == 2


def test_one_no_ends_it_whatever_came_before() -> None:
    approval = a_world("ana", "ben", quorum=2).ask()
    cast(approval, "ana")

    denied = cast(approval, "ben", "deny", reason="wrong pull request")

    assert denied.state == Approval.State.DENIED
    assert denied.reason_for_agent == "wrong pull request"
    assert not Claim.objects.exists()
    assert Delivery.objects.filter(event="denied", recipient__username="sam").exists()


def test_the_same_vote_again_has_no_effect_even_after_the_end() -> None:
    approval = approved(a_world())

    again = cast(approval, "ana")

    assert again.state == Approval.State.APPROVED
    assert Claim.objects.count() == 1


@pytest.mark.parametrize("verdict", ["approve", "deny"])
def test_a_vote_after_the_decision_is_closed(verdict: str) -> None:
    approval = approved(a_world())

    assert refusal(approval, "ben", verdict) is Reason.VOTE_CLOSED


def test_another_verdict_of_the_same_person_is_closed() -> None:
    approval = a_world("ana", "ben", quorum=2).ask()
    cast(approval, "ana")

    assert refusal(approval, "ana", "deny") is Reason.VOTE_CLOSED


def test_a_vote_past_the_deadline_is_closed_before_any_sweep() -> None:
    approval = a_world().ask()
    Approval.objects.update(decide_by=timezone.now() - timedelta(seconds=1))

    assert refusal(approval, "ana") is Reason.VOTE_CLOSED


def test_a_vote_inserted_into_the_database_does_not_count() -> None:
    world = a_world("ana", "ben", quorum=2)
    approval = world.ask()
    now = timezone.now()
    Vote.objects.create(
        approval=approval,
        person=User.objects.get(username="ben"),
        seat="member",
        verdict="approve",
        channel="page",
        signed_in_by="password",
        signed_in_at=now,
        fingerprint=bytes(approval.fingerprint),
        at=now,
        seal=bytes(32),
    )

    after = cast(approval, "ana")

    assert after.state == Approval.State.PENDING
    assert [each.person.username for each in counting_votes(after, now=now)] == ["ana"]
    assert refusal(approval, "ben") is Reason.VOTE_CLOSED


@pytest.mark.parametrize(
    ("column", "value"),
    [("scope", "repo:x/pull:1"), ("execute_by", timezone.now() + timedelta(days=9))],
    ids=["scope", "end"],
)
def test_a_claim_altered_in_the_database_is_not_genuine(
    column: str, value: object
) -> None:
    approved(a_world())
    Claim.objects.update(**{column: value})
    claim = Claim.objects.get()

    for use in (token_for, verified_row):
        with pytest.raises(Denied) as denial:
            use(claim, now=timezone.now())
        assert denial.value.reason is Reason.CLAIM_SIGNATURE_INVALID


def test_a_voter_who_lost_her_seat_no_longer_counts() -> None:
    approval = a_world("ana", "ben", "olu", quorum=2).ask()
    cast(approval, "ana")
    GroupMembership.objects.filter(user__username="ana").update(valid_to=timezone.now())

    after = cast(approval, "ben")

    assert after.state == Approval.State.PENDING
    assert cast(approval, "olu").state == Approval.State.APPROVED


def test_too_few_seats_left_end_it_as_unsatisfiable() -> None:
    approval = a_world("ana", "ben", quorum=2).ask()
    cast(approval, "ana")
    person("zoe", "admin")
    GroupMembership.objects.filter(user__username="ana").update(valid_to=timezone.now())

    after = cast(approval, "ben")

    assert after.state == Approval.State.CANCELLED
    assert after.ended_reason == Reason.APPROVAL_UNSATISFIABLE
    told = Delivery.objects.filter(event="unsatisfiable", recipient__username="zoe")
    assert told.exists()


@pytest.mark.parametrize("verdict", ["maybe", ""])
def test_only_two_words_are_a_vote(verdict: str) -> None:
    assert refusal(a_world().ask(), "ana", verdict) is Reason.INVALID_REQUEST


def test_an_unknown_approval_is_not_found() -> None:
    world = a_world()
    approval = world.ask()
    approval.pk = "apr_unknown"

    with pytest.raises(Denied) as denial:
        cast(approval, "ana")

    assert denial.value.reason is Reason.NOT_FOUND


def test_votes_are_never_changed() -> None:
    approved(a_world())

    with connection.cursor() as cursor, pytest.raises(Exception, match="append"):
        cursor.execute("UPDATE approvals_vote SET verdict = 'deny'")


def test_a_voter_says_how_she_signed_in() -> None:
    world: World = a_world()
    approval = world.ask()

    cast(approval, "ana")

    cast_vote = Vote.objects.get()
    voter = signed_in("ana")
    assert cast_vote.signed_in_by == ", ".join(voter.sign_in_methods)
    assert cast_vote.channel == "page"


def test_a_deferred_approval_wakes_the_worker_that_runs_it(
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(
        app, "send_task", lambda *task, **how: sent.append(task + how["args"])
    )
    approval = a_world().ask(mode="deferred")

    with django_capture_on_commit_callbacks(execute=True):
        cast(approval, "ana")

    assert ("proxy.run_approved", approval.pk) in sent
