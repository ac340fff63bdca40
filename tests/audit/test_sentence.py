"""Why was this exact action allowed?  One sentence, from the records alone."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from audit.columns import Row
from audit.sentence import Gaps, of_call, of_record
from audit.services import Approver
from tests.audit.evidence import CALL, LATER, NOW, YES
from tests.audit.rows import erased, row

WHO = (
    "ci-agent of team-acme (session ses_06bnu5k0s1v6h5v3k9q2p7m4ec,"
    " for dana by its own word)"
)
WHAT = (
    "github.comment_pr on repo:payments-api/pull:184 through github-api with lane"
    " github-comment"
)
NOTHING: dict[str, Any] = dict.fromkeys(CALL)
WHEN = "On 23 November 2026 at 10:02:03 UTC,"
CLAIM = "claim clm_06bnu5k0s1v6h5v3k9q2p7m4ec, use 1 of 1"
ANA = (
    "ana approved exactly this action (K7Q-4M2) on the review page,"
    " signed in with password and one-time code at 09:58"
)
APPROVED = f"route version 12 asks for 1 of reviewers and {ANA}"
ALLOWED = f"{WHEN} {WHO} was allowed to run {WHAT}, because {APPROVED}; {CLAIM}."
GRANTED: dict[str, Any] = {
    "approvers": None,
    "approval_id": None,
    "policy": "not required: a read",
    "on_behalf_of": None,
}
CONFIRMED: Approver = {**YES, "seat": "owner"}
BEN: Approver = {**YES, "person": "ben", "channel": "slack", "signed_in_by": None}
STAND_IN: Approver = {**YES, "person": "zoe", "stands_in_for": "ana"}


def ended(event: str, **changes: object) -> Row:
    return row(event, at=LATER, **changes)


CALLS = {
    "approved and completed": (
        [row("call.allowed"), ended("call.completed", detail={"status": 201})],
        f"{ALLOWED} It completed with status 201 at 10:02:04.",
    ),
    "approved and failed": (
        [
            row("call.allowed"),
            ended("call.failed", reason="backend_error", detail={"status": 422}),
        ],
        (
            f"{ALLOWED} It failed with status 422 at 10:02:04, because the backend"
            " answered"
            " with an error (backend_error)."
        ),
    ),
    "approved and left unclear": (
        [row("call.allowed"), ended("call.unknown", reason="outcome_unknown")],
        (
            f"{ALLOWED} It was left with an unknown outcome at 10:02:04, because it was"
            " sent and the answer was lost (outcome_unknown)."
        ),
    ),
    "left unclear and resolved on another day": (
        [
            row("call.allowed"),
            ended("call.unknown"),
            row(
                "call.resolved",
                at=NOW + timedelta(days=1),
                person="sam",
                detail={"finding": "did_not_happen"},
            ),
        ],
        (
            f"{ALLOWED} It was left with an unknown outcome at 10:02:04. sam found on"
            " 24 November 2026 at 10:02:03 that it had not happened."
        ),
    ),
    "not ended yet": (
        [row("call.allowed")],
        f"{ALLOWED} How it ended is not recorded yet.",
    ),
    "ended on another day": (
        [row("call.allowed"), row("call.completed", at=NOW + timedelta(days=1))],
        f"{ALLOWED} It completed on 24 November 2026 at 10:02:03.",
    ),
    "granted by policy": (
        [row("call.allowed", **GRANTED), ended("call.completed")],
        (
            f"{WHEN} ci-agent of team-acme (session ses_06bnu5k0s1v6h5v3k9q2p7m4ec) was"
            f" allowed to run {WHAT}, because route version 12 asks for no approval:"
            f" a read; {CLAIM}. It completed at 10:02:04."
        ),
    ),
    "confirmed by the agent's owner": (
        [
            row(
                "call.allowed",
                policy="required: 1 of owners, confirm",
                approvers=[CONFIRMED],
            )
        ],
        (
            f"{WHEN} {WHO} was allowed to run {WHAT}, because route version 12 asks for"
            " 1 of owners and ana, its owner, confirmed exactly this action"
            " (K7Q-4M2) on"
            " the review page, signed in with password and one-time code at 09:58;"
            f" {CLAIM}. How it ended is not recorded yet."
        ),
    ),
    "approved by two": (
        [
            row(
                "call.allowed",
                policy="required: 2 of reviewers, strict",
                approvers=[YES, BEN],
            )
        ],
        (
            f"{WHEN} {WHO} was allowed to run {WHAT}, because route version 12 asks for"
            f" 2 of reviewers and {ANA}, and ben approved exactly this action (K7Q-4M2)"
            f" in Slack; {CLAIM}. How it ended is not recorded yet."
        ),
    ),
    "approved by a stand-in": (
        [row("call.allowed", approvers=[STAND_IN])],
        (
            f"{WHEN} {WHO} was allowed to run {WHAT}, because route version 12 asks for"
            " 1 of reviewers and zoe, standing in for ana, approved exactly this action"
            " (K7Q-4M2) on the review page, signed in with password and one-time"
            " code at"
            f" 09:58; {CLAIM}. How it ended is not recorded yet."
        ),
    ),
    "refused": (
        [row("call.denied", reason="claim_wrong_arguments")],
        (
            f"{WHEN} {WHO} was not allowed to run {WHAT}, because the arguments"
            " differ from"
            " the approved ones (claim_wrong_arguments)."
        ),
    ),
    "refused before anything was known": (
        [
            row(
                "call.denied",
                **{**NOTHING, "tenant": "team-acme"},
                reason="unauthenticated",
            )
        ],
        (
            f"{WHEN} somebody without a valid key of team-acme was not allowed to"
            " run what"
            " it asked for, because no valid key was shown (unauthenticated)."
        ),
    ),
    "asked": (
        [row("approval.requested", approvers=None, claim_id=None)],
        (
            f"{WHEN} {WHO} asked to run {WHAT}: a person was asked to approve"
            " exactly this"
            " action (K7Q-4M2) in apr_06bnu5k0s1v6h5v3k9q2p7m4ec, because route"
            " version 12"
            " asks for 1 of reviewers."
        ),
    ),
    "erased": (
        [
            erased(row("call.allowed"), "on_behalf_of", "approvers"),
            ended("call.completed"),
        ],
        (
            f"{WHEN} ci-agent of team-acme (session ses_06bnu5k0s1v6h5v3k9q2p7m4ec,"
            " for a"
            " person whose name was erased, by its own word) was allowed to run"
            f" {WHAT}, because route version 12 asks for 1 of reviewers and a person"
            " whose"
            f" name was erased approved exactly this action; {CLAIM}. It completed at"
            " 10:02:04."
        ),
    ),
}


@pytest.mark.parametrize(("rows", "told"), CALLS.values(), ids=CALLS)
def test_the_sentence_of_a_call(rows: Sequence[Row], told: str) -> None:
    assert of_call(rows) == told


def test_a_sentence_alone_claims_nothing_about_other_records() -> None:
    assert of_record(row("call.allowed")) == ALLOWED


def test_an_ending_alone_names_its_call() -> None:
    told = of_record(row("call.completed", detail={"status": 201}))

    assert told == f"{WHEN} the call of {WHO} to run {WHAT} completed with status 201."


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (
            row("approval.voted", person="ana"),
            f"{WHEN} ana of team-acme: approval voted, about {WHAT} for ci-agent.",
        ),
        (
            row("call.resolved", person="sam", detail={"finding": "happened"}),
            (
                f"{WHEN} sam found that it had happened, for call"
                " cal_06bnu5k0s1v6h5v3k9q2p7m4ec."
            ),
        ),
        (
            row("agent.suspended", **{**NOTHING, "agent": "ci-agent"}, person="sam"),
            f"{WHEN} sam: agent suspended, about agent ci-agent.",
        ),
        (
            row("tenant.suspended", **{**NOTHING, "tenant": "team-acme"}),
            f"{WHEN} Sealwright of team-acme: tenant suspended.",
        ),
        (
            row("key.refused", **NOTHING, reason="unauthenticated"),
            (
                f"{WHEN} Sealwright: key refused, because no valid key was shown"
                " (unauthenticated)."
            ),
        ),
        (
            row("key.refused", **NOTHING, actor_kind="anonymous"),
            f"{WHEN} somebody unknown: key refused.",
        ),
        (
            row("session.opened", tool=None),
            f"{WHEN} {WHO}: session opened.",
        ),
    ],
)
def test_the_sentence_of_one_record(told: Row, sentence: str) -> None:
    assert of_record(told) == sentence


def test_it_says_when_a_name_was_erased_where_that_is_known() -> None:
    told = erased(row("approval.voted", person="ana"), "person")
    gaps = Gaps(erased_at={told["id"]: datetime(2027, 3, 3, tzinfo=UTC)})

    assert "a person whose name was erased on 3 March 2027 of" in of_record(
        told, gaps=gaps
    )


def test_a_name_that_an_export_leaves_out_is_not_called_erased() -> None:
    told = erased(row("approval.voted", person="ana"), "person")

    assert "a person whose name is left out" in of_record(
        told, gaps=Gaps(left_out=True)
    )


def test_a_call_without_an_opening_is_told_by_its_first_record() -> None:
    told = of_call([row("call.replayed"), row("call.completed")])

    assert told == f"{WHEN} {WHO}: call replayed, about {WHAT}."
