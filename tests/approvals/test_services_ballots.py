"""A vote that may not count: about something else, too old a sign-in, not in force."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from approvals.models import Approval, Claim, Vote
from governance.decision import Reason
from governance.models import (
    Agent,
    AgentSession,
    Route,
    RouteVersion,
    Tenant,
)
from tests.approvals.asking import a_world, cast
from tests.approvals.refused import refusal

pytestmark = pytest.mark.django_db


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
