"""A lane that borrows: who twists the lane, the issuer or the time gets nothing."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from audit.models import Record
from governance import policy
from governance.models import Backend, CredentialLane
from governance.services import save_lane
from proxy.asking import Ended
from proxy.deferred import run_call
from proxy.models import Call
from proxy.settling import settle_stale
from tests.attacks.browsing import signed_in
from tests.attacks.lending import ended, read, received
from tests.attacks.rows_of_all import everything
from tests.governance.admin_pages import detail_of
from tests.issuers.github import Issuer
from tests.racing import at_once
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_call_borrows_uses_and_gives_back_and_the_record_tells_of_it(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    answer = read(stage)

    assert answer.status_code == 200, answer.content
    (lent,) = issuer.github.issued()
    assert lent["revoked"] is True
    record, call = ended(), Call.objects.get(pk=answer.json()["call_id"])
    assert record.lane == "github-look"
    assert detail_of(record)["asked"] == {
        "repositories": ["payments-api"],
        "permissions": {"pull_requests": "read"},
    }
    assert detail_of(record)["narrowed"] is True
    assert detail_of(record)["revoked"].startswith("20")
    assert detail_of(record)["expires_at"].startswith("20")
    assert call.credential
    assert call.credential_expires_at is not None
    assert str(lent["token"]).removeprefix("sha256:") not in str(everything())


def test_the_agents_own_credentials_never_travel_to_issuer_or_backend(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    seen: list[dict[str, str]] = []
    github = issuer.github
    answer = github.answer

    def watched(request: Any) -> Any:
        seen.append(request.headers)
        return answer(request)

    issuer.server.remote.github = Watching(watched, github)  # type: ignore[assignment]
    stage.post(
        {"tool": "github.read_pr", "args": READ},
        **{"X-Api-Key": "inbound-canary-1", "Cookie": "inbound-canary-2"},
    )

    told = str(seen) + str(issuer.server.remote._received)  # noqa: SLF001 - as above
    assert seen
    assert stage.key not in told
    assert "inbound-canary" not in told


class Watching:
    """The demo's GitHub, with somebody who looks at each question."""

    def __init__(self, answer: Any, github: Any) -> None:
        self.answer, self.refusal = answer, github.refusal


def test_a_suspension_between_spend_and_loan_lends_nothing(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    stage.post({"tool": "github.read_pr", "args": READ, "mode": "deferred"})
    call = Call.objects.latest("created_at")
    Backend.objects.update(suspended_at=timezone.now())
    policy.forget()

    run_call(call.pk, now=timezone.now())

    call.refresh_from_db()
    assert (call.state, call.reason) == ("failed", "credential_unavailable")
    assert issuer.github.asked == received(issuer) == 0


def test_a_crash_after_the_loan_does_not_lose_which_credential_lives_on(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    read(stage)
    call = Call.objects.latest("created_at")
    Record.objects.filter(call_id=call.pk)
    Call.objects.filter(pk=call.pk).update(state="sending")

    settle_stale(now=timezone.now() + timedelta(hours=1))

    record = Record.objects.get(event="call.unknown", call_id=call.pk)
    assert record.credential
    assert detail_of(record)["expires_at"].startswith("20")


def test_calls_at_once_get_a_credential_each_for_their_own_scope(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    principal = stage.principal
    repos = ["payments-api", "web-shop"] * 4

    def call(repo: str) -> str:
        answer = stage.call("github.read_pr", args={**READ, "repo": repo})
        assert isinstance(answer, Ended)
        return answer.state

    states = at_once(*[lambda repo=repo: call(repo) for repo in repos])

    assert principal.tenant == "team-acme"
    assert states == ["completed"] * 8
    lent = issuer.github.issued()
    assert sorted(each["repositories"][0] for each in lent) == sorted(repos)  # type: ignore[index]
    assert all(each["revoked"] for each in lent)


def test_no_connection_is_held_while_the_issuer_is_asked(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    held: list[bool] = []
    answer = issuer.github.answer
    asking = threading.current_thread()

    def watched(request: Any) -> Any:
        assert threading.current_thread() is not asking
        held.append(stage_connection_is_open())
        return answer(request)

    def stage_connection_is_open() -> bool:
        return main.connection is not None

    main = connections["default"]
    issuer.server.remote.github = Watching(watched, issuer.github)  # type: ignore[assignment]

    assert read(stage).status_code == 200
    assert held
    assert not any(held)


def test_an_approved_write_ends_as_after_publishing_when_its_lane_changes(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    stage.call(args=COMMENT)
    approval = stage.pending()
    changed = CredentialLane.objects.get(name="github-comment")
    changed.privilege = "write"

    save_lane(changed, by=stage.sam, now=timezone.now())

    approval.refresh_from_db()
    assert approval.state == "superseded"


def test_the_approver_reads_what_the_credential_could_do(
    stage: Stage, lane: CredentialLane
) -> None:
    stage.call(args=COMMENT)

    page = signed_in("ana").get(f"/approvals/{stage.pending().pk}/").content.decode()

    assert "All that the stored value can" in page
    assert "Not narrowed by scope." in page


def test_only_a_lease_and_a_proof_open_the_secret_of_a_lane() -> None:
    callers = {
        path.relative_to(settings.BASE_DIR).as_posix()
        for layer in ("audit", "governance", "approvals", "proxy")
        for path in (settings.BASE_DIR / layer).rglob("*.py")
        if re.search(r"\bopen_secret\(|credentials\.opening import", path.read_text())
    }

    assert callers == {
        "governance/envelope.py",  # where it is made
        "governance/operations/examinations/rows.py",  # whether it opens, for doctor
        "governance/sealing.py",  # of channels
        "governance/secondfactor.py",
        "governance/services/keks.py",  # to seal it anew
        "proxy/credentials/lease.py",
        "proxy/credentials/opening.py",
        "proxy/credentials/proof.py",
    }
