"""A lane that borrows: who twists the lane, the issuer or the time gets nothing."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from audit.models import Record
from governance import policy
from governance.models import Backend, CredentialLane, RouteVersion
from governance.services import replace_secret, save_backend, save_lane
from proxy.asking import Ended
from proxy.credentials import revoking
from proxy.deferred import run_call
from proxy.models import Call
from proxy.settling import settle_stale
from tests.attacks.browsing import signed_in
from tests.attacks.rows import tamper
from tests.attacks.rows_of_all import everything
from tests.factories import CredentialLaneFactory, published_route
from tests.governance.admin_pages import detail_of
from tests.issuers.github import COMMENTING, Issuer, app_key, github_issuer
from tests.racing import at_once
from tests.stage import COMMENT, READ, Stage, reading

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

BEARER = {"in": "authorization", "scheme": "Bearer"}
LOOKING = {"repositories": ["{repo}"], "permissions": {"pull_requests": "read"}}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with github_issuer() as running:
        yield running


@pytest.fixture
def lane(stage: Stage, issuer: Issuer) -> CredentialLane:
    """Return a lane of the issuer, which the stage's read is published on."""
    lane = CredentialLane(
        tenant=stage.tenant,
        name="github-look",
        kind="github_app",
        privilege="read",
        placement=BEARER,
        settings=issuer.settings(),
        narrowing=LOOKING,
    )
    save_lane(lane, by=stage.sam, now=timezone.now())
    replace_secret(lane, app_key(), by=stage.sam, now=timezone.now())
    backend = Backend.objects.get()
    backend_of(issuer, backend)
    published_route(
        **{**reading(), "route": stage.read},
        number=2,
        backend=backend,
        lane=lane,
        group=RouteVersion.objects.first().group,  # type: ignore[union-attr]
        by=stage.sam,
    )
    policy.forget()
    return lane


def backend_of(issuer: Issuer, backend: Backend) -> None:
    """Let the demo remote be the backend, so that it judges the credential."""
    backend.base_url = issuer.url
    save_backend(backend, by=None, now=timezone.now())


def received(issuer: Issuer) -> int:
    return len(issuer.server.remote._received)  # noqa: SLF001 - its own ledger


def read(stage: Stage, **args: Any) -> Any:
    return stage.post({"tool": "github.read_pr", "args": {**READ, **args}})


def ended() -> Record:
    return Record.objects.filter(event__in=["call.completed", "call.failed"]).latest(
        "id"
    )


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


def test_a_neighbour_is_refused_whatever_the_mapping_says(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    published_route(
        **{
            **reading(),
            "route": stage.read,
            "mapping": {"method": "GET", "path": "/repos/acme/web-shop/pulls/{pull}"},
        },
        number=3,
        backend=Backend.objects.get(),
        lane=lane,
        group=RouteVersion.objects.first().group,  # type: ignore[union-attr]
        by=stage.sam,
    )

    answer = read(stage)

    assert answer.status_code == 502
    assert answer.json()["detail"] == "The backend refused Sealwright's credential."
    assert issuer.github.issued()[-1]["revoked"] is True


@pytest.mark.parametrize(
    "changes",
    [
        {"narrowing": json.dumps({**LOOKING, "repositories": ["web-shop"]})},
        {"settings": json.dumps({"api_url": "http://127.0.0.1:9"})},
        {"kind": "static"},
        {"max_seconds": 40_000},
        {"reuse_seconds": 300},
    ],
    ids=["narrowing", "settings", "kind", "max_seconds", "reuse_seconds"],
)
def test_a_lane_that_was_changed_in_the_database_lends_nothing(
    changes: dict[str, Any], stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    tamper(lane, **changes)
    policy.forget()

    answer = read(stage)

    assert answer.status_code == 503
    assert stage.denials() == ["unavailable"]
    assert issuer.github.asked == received(issuer) == 0


def test_a_version_that_was_pointed_at_another_lane_lends_nothing(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    broader = CredentialLaneFactory.create(
        name="broader",
        kind="github_app",
        placement=BEARER,
        settings=issuer.settings(),
        narrowing=COMMENTING,
    )
    tamper(RouteVersion.objects.get(route=stage.read, number=2), lane_id=broader.pk)
    policy.forget()

    assert read(stage).status_code == 503
    assert issuer.github.asked == received(issuer) == 0


def test_a_key_that_was_moved_to_another_lane_does_not_open(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    static = CredentialLane.objects.get(name="github-comment")
    tamper(lane, sealed_secret=static.sealed_secret, secret_version=1)
    policy.forget()

    answer = read(stage)

    assert answer.json()["code"] == "credential_unavailable"
    assert issuer.github.asked == received(issuer) == 0
    assert ended().reason == "credential_unavailable"


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("unauthorized", "clock"),
        ("unprocessable", "lacks a repository"),
        ("html", "200"),
        ("drop", "did not answer"),
        ("huge", "too large"),
    ],
)
def test_an_issuer_that_fails_leaves_one_record_and_nothing_at_the_backend(
    mode: str, words: str, stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    issuer.github.mode = mode

    answer = read(stage)

    assert answer.status_code == 502
    assert answer.json()["code"] == "credential_unavailable"
    assert words not in answer.text
    assert received(issuer) == 0
    endings = Record.objects.filter(event__startswith="call.").exclude(
        event="call.allowed"
    )
    assert [record.event for record in endings] == ["call.failed"]
    assert words in detail_of(ended())["said"]
    assert issuer.github.asked <= 1, "a failed loan was asked for again"


@pytest.mark.parametrize("mode", ["all", "more", "higher", "other", "eternal"])
def test_an_issuer_that_grants_more_is_given_it_back_and_nothing_is_sent(
    mode: str, stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    issuer.github.mode = mode

    answer = read(stage)

    assert answer.json()["code"] == "credential_unavailable"
    assert received(issuer) == 0
    assert [each["revoked"] for each in issuer.github.issued()] == [True]
    record = Record.objects.get(event="credential.too_broad")
    assert record.call_id == answer.json()["call_id"]
    assert record.lane == "github-look"


def test_a_credential_that_ends_in_the_middle_fails_the_call_clearly(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    github, now = issuer.github, timezone.now().timestamp()
    github.clock = lambda: now + 3700 if github.issued() else now

    answer = read(stage)

    assert answer.status_code == 502
    assert ended().event == "call.failed"


def test_a_token_that_lives_on_is_recorded_for_an_admin(
    stage: Stage,
    lane: CredentialLane,
    issuer: Issuer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(revoking, "PAUSES_SECONDS", (0.0, 0.0))
    issuer.github.mode = "keeps"

    answer = read(stage)
    revoking.drain()

    assert answer.status_code == 200
    record = Record.objects.get(event="credential.revoke_failed")
    assert record.call_id == answer.json()["call_id"]
    assert detail_of(record)["expires_at"].startswith("20")


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
