"""One road, taken again where somebody was faster or policy has moved."""

import pytest
from django.utils import timezone

from approvals.models import Approval, Claim
from approvals.services import token_for
from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied
from governance.models import AgentSession
from governance.seals import seal
from governance.services import resume, suspend
from proxy import services
from proxy.asking import Answer, Ended, Waiting
from proxy.models import Call
from proxy.services import call_tool
from tests.attacks.tools import publish_read
from tests.racing import at_once, or_denied, somebody_else
from tests.stage import COMMENT, READ, READ_SCHEMA, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_call_on_a_policy_of_before_is_decided_anew(stage: Stage) -> None:
    old = stage.principal
    suspend(stage.comment, by=stage.sam, now=timezone.now())
    resume(stage.comment, by=stage.sam, now=timezone.now())

    asked = stage.ask("github.read_pr", args=READ)
    answer = call_tool(asked, principal=old, now=timezone.now())

    assert isinstance(answer, Ended)
    assert stage.principal.epoch > old.epoch
    allowed = Record.objects.get(event="call.allowed")
    assert allowed.policy_epoch == stage.principal.epoch


def test_of_equal_calls_at_once_one_runs_and_the_others_hear_of_it(
    stage: Stage,
) -> None:
    stage.approved()

    answers = at_once(*[or_denied(stage.call)] * 6)

    ran = [each for each in answers if isinstance(each, Ended) and not each.replayed]
    assert len(ran) == 1
    assert {_call_of(each) for each in answers} == {ran[0].call_id}
    assert stage.sent() == 1
    assert stage.denials() == []


def _call_of(answer: Answer | Denied) -> str | None:
    assert isinstance(answer, Ended | Waiting), answer
    return answer.call_id


def test_uses_of_one_claim_at_once_have_a_number_each(stage: Stage) -> None:
    publish_read(
        stage,
        "github.watch_pr",
        max_uses=3,
        arguments_schema=READ_SCHEMA,
        summary_template="Watch #{pull} of {repo}",
        mapping={"method": "GET", "path": "/watch/{repo}/{pull}"},
    )
    body = {"tool": "github.watch_pr", "args": READ}
    token = stage.post(body, "claims").json()["claim"]

    def spend() -> Answer:
        return stage.call("github.watch_pr", args=READ, claim=token)

    answers = at_once(*[or_denied(spend)] * 6)

    refused = [each.reason for each in answers if isinstance(each, Denied)]
    assert refused == [Reason.CLAIM_SPENT] * 3
    allowed = Record.objects.filter(event="call.allowed")
    told = {each.call_id: (each.claim_use, each.claim_max_uses) for each in allowed}
    assert sorted(told.values()) == [(1, 3), (2, 3), (3, 3)]
    stored = Call.objects.values_list("pk", "claim_use")
    assert {pk: (use, 3) for pk, use in stored} == told
    assert stage.sent() == 3


def test_a_row_that_stays_locked_is_not_waited_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "PATIENCE_SECONDS", 0.05)
    stage.approved()

    with somebody_else() as other:
        other.execute("SELECT id FROM approvals_claim FOR UPDATE")
        with pytest.raises(Denied) as denial:
            stage.call()

    assert denial.value.reason is Reason.UNAVAILABLE
    assert denial.value.members == {"retry_after": 1}
    record = Record.objects.get(event="call.denied")
    assert record.claim_id == Claim.objects.get().pk
    assert isinstance(stage.call(), Ended)


def turn_back() -> None:
    """Make the rows say that the claim was never used, as their owner can."""
    Claim.objects.update(uses=0)
    Approval.objects.update(state="approved", ended_at=None)


def test_a_counter_that_was_turned_back_runs_nothing(stage: Stage) -> None:
    claim = stage.approved()
    ran = stage.call()
    turn_back()

    again = stage.call()
    with pytest.raises(Denied) as denial:
        stage.call(claim=token_for(claim, now=timezone.now()).token)

    assert isinstance(ran, Ended)
    assert isinstance(again, Ended)
    assert (again.call_id, again.replayed) == (ran.call_id, True)
    assert denial.value.reason is Reason.CLAIM_SPENT
    assert denial.value.members == {"call_id": ran.call_id}
    assert stage.sent() == 1


@pytest.mark.parametrize(
    ("why", "reason"),
    [("revoked", Reason.APPROVAL_REVOKED), ("over", Reason.APPROVAL_LAPSED)],
)
def test_who_shows_no_token_is_told_of_the_approval(
    stage: Stage, why: str, reason: Reason
) -> None:
    """The row is not sealed against being revoked, and against its end it is."""
    stage.approved()
    if why == "revoked":
        Claim.objects.update(revoked_at=timezone.now())
    else:
        let_it_end(stage)

    with pytest.raises(Denied) as denial:
        stage.call()

    assert denial.value.reason is reason
    assert stage.sent() == 0


def let_it_end(stage: Stage) -> None:
    claim = Claim.objects.get()
    claim.execute_by = timezone.now()
    claim.seal = seal("claim", claim.members())
    claim.save(update_fields=["execute_by", "seal"])


@pytest.mark.parametrize(
    ("state", "status", "reason"),
    [
        ("none", "would_ask", "approval_required"),
        ("pending", "would_ask", "approval_required"),
        ("approved", "would_run", None),
    ],
)
def test_explain_says_what_would_happen_and_does_nothing(
    stage: Stage, state: str, status: str, reason: str | None
) -> None:
    if state != "none":
        stage.call()
    if state == "approved":
        stage.approve()
    before = Record.objects.exclude(event="session.opened").count()

    answer = stage.post(
        {"tool": "github.comment_pr", "args": COMMENT, "mode": "explain"}
    )

    assert answer.status_code == 200
    assert answer.json() == {
        "status": status,
        "reason": reason,
        "scope": "repo:payments-api/pull:184",
        "summary": "Comment on #184 of payments-api",
        "approval": {"quorum": 1, "group": "reviewers"},
    }
    assert Approval.objects.count() == (state != "none")
    assert not Call.objects.exists()
    assert Record.objects.exclude(event="session.opened").count() == before


def test_explain_knows_what_is_covered_and_what_is_no_tool(stage: Stage) -> None:
    covered = stage.post({"tool": "github.read_pr", "args": READ, "mode": "explain"})
    nothing = stage.post({"tool": "no.such", "mode": "explain"})

    assert (covered.json()["status"], covered.json()["approval"]) == ("would_run", None)
    assert nothing.json()["status"] == "would_refuse"
    assert nothing.json()["reason"] == "unknown_tool"
    assert stage.sent() == 0
    assert stage.denials() == []


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9"])
def test_a_bad_idempotency_key_is_refused(stage: Stage, key: str) -> None:
    answer = stage.post(
        {"tool": "github.read_pr", "args": READ}, **{"Idempotency-Key": key}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert stage.sent() == 0


def test_a_label_in_a_header_has_at_most_200_characters(stage: Stage) -> None:
    read = {"tool": "github.read_pr", "args": READ}

    fits = stage.post(read, **{"Sealwright-Session": "x" * 200})
    long = stage.post(read, **{"Sealwright-Session": "x" * 201})

    assert fits.status_code == 200
    assert (long.status_code, long.json()["code"]) == (400, "invalid_request")
    assert AgentSession.objects.count() == 1


def test_the_key_of_an_open_request_names_no_other(stage: Stage) -> None:
    stage.call(idempotency_key="k1")

    again = stage.call(idempotency_key="k1")
    with pytest.raises(Denied) as denial:
        stage.call("github.read_pr", args=READ, idempotency_key="k1")

    assert isinstance(again, Waiting)
    assert denial.value.reason is Reason.IDEMPOTENCY_MISMATCH
    assert stage.sent() == 0
