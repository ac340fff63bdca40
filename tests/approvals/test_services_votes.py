"""Votes: what counts, what is refused, and what the last yes makes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from approvals.claims import VerifiedClaim, verify
from approvals.models import Approval, Claim, Delivery, Vote
from approvals.services import (
    counting_votes,
    keyring,
    token_for,
    verification_keys,
    verified_row,
)
from audit.models import Record
from governance.celery import app
from governance.decision import Reason
from governance.errors import Denied
from governance.models import (
    Agent,
    AgentSession,
    GroupMembership,
    Route,
    RouteVersion,
    SigningKey,
    Tenant,
    User,
)
from tests.approvals.asking import World, a_world, approved, cast, signed_in
from tests.factories import person

pytestmark = pytest.mark.django_db


def refusal(
    approval: Approval, who: str, verdict: str = "approve", **given: Any
) -> Reason:
    """Vote, and return the reason of the refusal; it must have been recorded."""
    with pytest.raises(Denied) as denial:
        cast(approval, who, verdict, **given)
    record = Record.objects.filter(event="approval.vote_refused").latest("id")
    assert (record.approval_id, record.reason) == (approval.pk, denial.value.reason)
    return denial.value.reason


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


def test_a_vote_on_another_fingerprint_does_not_count() -> None:
    approval = a_world().ask()

    reason = refusal(approval, "ana", fingerprint=bytes(32))

    assert reason is Reason.VOTE_STALE_FINGERPRINT


@pytest.mark.parametrize(
    "altered",
    [
        {"scope": "repo:payments-api/pull:1"},
        {"summary": "Comment on #1"},
        {"lane": "x"},
    ],
    ids=str,
)
def test_a_request_altered_in_the_database_takes_no_vote(
    altered: dict[str, str],
) -> None:
    approval = a_world().ask()
    Approval.objects.update(**altered)

    assert refusal(approval, "ana") is Reason.VOTE_STALE_FINGERPRINT


def test_arguments_altered_in_the_database_take_no_yes() -> None:
    approval = a_world().ask()
    assert approval.payload is not None
    approval.payload.request = b'{"body":"rm","pull":184,"repo":"payments-api"}'
    approval.payload.save()

    assert refusal(approval, "ana") is Reason.VOTE_STALE_FINGERPRINT


def test_a_rule_loosened_in_the_database_takes_no_yes() -> None:
    approval = a_world("ana", "ben", quorum=2).ask()
    Approval.objects.update(quorum=1)

    assert refusal(approval, "ana") is Reason.UNAVAILABLE


def test_a_version_altered_in_the_database_takes_no_yes() -> None:
    approval = a_world().ask()
    RouteVersion.objects.update(separation="confirm")
    Approval.objects.update(separation="confirm")

    assert refusal(approval, "ana") is Reason.UNAVAILABLE


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


def test_privileged_wants_a_fresh_sign_in_to_approve_but_not_to_deny() -> None:
    world = a_world(risk="privileged", separation="strict")
    approval = world.ask()

    assert refusal(approval, "ana", minutes_ago=16) is Reason.VOTE_SIGN_IN_STALE
    assert cast(approval, "ana", "deny", minutes_ago=16).state == Approval.State.DENIED


def test_the_owner_confirms_with_a_fresh_sign_in_only() -> None:
    approval = a_world("ana", separation="confirm").ask()

    assert refusal(approval, "sam", minutes_ago=16) is Reason.VOTE_SIGN_IN_STALE
    assert cast(approval, "sam").state == Approval.State.APPROVED
    assert Vote.objects.get().seat == Vote.Seat.OWNER


def test_a_write_takes_any_live_session() -> None:
    approval = a_world().ask()

    assert cast(approval, "ana", minutes_ago=600).state == Approval.State.APPROVED


def test_a_required_second_factor_is_wanted_of_this_sign_in(
    settings: Settings,
) -> None:
    settings.SECOND_FACTOR = "required"
    approval = a_world().ask()

    assert refusal(approval, "ana") is Reason.VOTE_SIGN_IN_STALE


def test_a_justification_is_wanted_where_the_rule_says_so() -> None:
    approval = a_world(justification_required=True).ask()

    assert refusal(approval, "ana", reason="  ") is Reason.INVALID_REQUEST
    assert cast(approval, "ana", reason="asked Zoe").state == Approval.State.APPROVED


def test_arguments_that_are_gone_cannot_be_approved() -> None:
    approval = a_world().ask()
    Approval.objects.update(payload=None)

    assert refusal(approval, "ana") is Reason.VOTE_NOT_REVIEWABLE


@pytest.mark.parametrize(
    ("model", "change", "reason"),
    [
        (Tenant, "suspended_at", Reason.TENANT_SUSPENDED),
        (Agent, "suspended_at", Reason.AGENT_SUSPENDED),
        (AgentSession, "ended_at", Reason.SESSION_ENDED),
    ],
    ids=["tenant", "agent", "session"],
)
def test_nothing_is_minted_for_what_was_stopped(
    model: type[Tenant | Agent | AgentSession], change: str, reason: Reason
) -> None:
    approval = a_world().ask()
    model.objects.update(**{change: timezone.now()})

    assert refusal(approval, "ana") is reason
    assert not Claim.objects.exists()


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


def test_a_yes_to_what_nobody_can_read_needs_a_reason() -> None:
    world = a_world(allow_unreadable=True, justification="uploads")
    approval = world.ask(body="\u200b" * 300)

    assert refusal(approval, "ana") is Reason.INVALID_REQUEST
    assert cast(approval, "ana", reason="checked").state == Approval.State.APPROVED


def test_a_version_that_is_no_longer_in_force_takes_no_yes() -> None:
    world = a_world()
    approval = world.ask()
    Route.objects.update(published=None)

    assert refusal(approval, "ana") is Reason.VOTE_CLOSED


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


def test_no_token_is_signed_of_a_claim_that_is_over_or_without_a_key() -> None:
    approved(a_world())
    claim = Claim.objects.get()

    with pytest.raises(Denied) as over:
        token_for(claim, now=claim.execute_by)
    SigningKey.objects.all().delete()
    keyring.forget()
    with pytest.raises(Denied) as keyless:
        token_for(claim, now=timezone.now())

    assert over.value.reason is Reason.CLAIM_EXPIRED
    assert keyless.value.reason is Reason.UNAVAILABLE


def test_a_key_whose_file_is_gone_signs_nothing() -> None:
    approved(a_world())
    SigningKey.objects.update(kid="gone")
    keyring.forget()

    with pytest.raises(Denied) as denial:
        token_for(Claim.objects.get(), now=timezone.now())

    assert denial.value.reason is Reason.UNAVAILABLE


def test_a_token_never_outlives_its_claim() -> None:
    approved(a_world(execute_within_seconds=30))

    issued = token_for(Claim.objects.get(), now=timezone.now())

    assert issued.expires_at <= Claim.objects.get().execute_by
