"""An issuer lends nothing, too much, for too long, or does not take back."""

import pytest
from django.utils import timezone

from audit.models import Record
from governance.models import CredentialLane
from proxy.credentials import revoking
from tests.attacks.lending import ended, read, received
from tests.governance.admin_pages import detail_of
from tests.issuers.github import Issuer
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


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
