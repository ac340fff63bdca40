"""No sentence of the audit's pages is left out by a translation; evidence always is."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from audit.models import AnchorReceipt
from audit.reasons import in_words, words_of
from audit.services import Approver, Facts
from audit.services.verification import verify_and_record
from governance.decision import Reason
from governance.settings import LANGUAGES
from tests.audit.evidence import CALL, CALL_ID, LATER, NOW, YES, write
from tests.audit.reading import DIFFERENT
from tests.audit.sealed import seal_all
from tests.pseudo import (
    CLOSE,
    HEADERS,
    LANGUAGE,
    OPEN,
    collected,
    left,
    look,
    pseudo_language,
)

pytestmark = pytest.mark.django_db
DAY = "from=2026-11-23&to=2026-11-23"
SESSION = str(CALL["session_id"])
BEFORE: Facts = {**CALL, "call_id": None, "claim_id": None, "approvers": None}
SYSTEM: Facts = {**DIFFERENT, "agent": None, "actor_kind": "system"}
VOTES: list[Approver] = [
    YES,
    {
        **YES,
        "at": NOW - timedelta(minutes=2),
        "channel": "slack",
        "person": "ben",
        "seat": "owner",
    },
    {**YES, "verdict": "deny", "channel": "command"},
]
ENDED: Facts = {
    **CALL,
    "credential": "9f3a",
    "detail": {
        "lane_kind": "github_app",
        "narrowed": True,
        "revoked": "yes",
        "status": 201,
        "expires_at": LATER.isoformat(),
    },
}


@pytest.fixture(autouse=True)
def _language(settings: Settings) -> Iterator[None]:
    settings.LANGUAGES = [*LANGUAGES, (LANGUAGE, "marked")]
    with pseudo_language():
        yield


def played() -> list[str]:
    """Record a little of everything, and return the records."""
    return [
        write("approval.requested", BEFORE),
        write("claim.minted", {**CALL, "call_id": None}),
        write("call.allowed"),
        write("call.unknown", {**CALL, "reason": "outcome_unknown"}, now=LATER),
        write("call.resolved", {**CALL, "detail": {"finding": "did_not_happen"}}),
        write("call.denied", {**DIFFERENT, "reason": "claim_expired"}),
        write("approval.voted", {**BEFORE, "person": "ana"}),
        write("lane.changed", SYSTEM),
    ]


def test_the_search_leaves_no_sentence_untranslated(
    olu: Client, operator: Client
) -> None:
    assert not look(olu, "/audit/")
    played()

    addresses = ["/audit/", "/audit/?agent=nobody", "/audit/?agent=nobody&tool=x"]
    assert not look(olu, *addresses)
    assert not look(operator, "/audit/")


@pytest.mark.parametrize(
    "asked",
    ["q=what", "from=yesterday", "colour=red", "outcome=fine", "tenant=team-zeta"],
)
@pytest.mark.parametrize("page", ["/audit/", "/audit/activity/"])
def test_what_is_no_filter_is_said_in_the_language(
    page: str, asked: str, olu: Client
) -> None:
    answer = olu.get(f"{page}?{asked}", headers=HEADERS)

    assert answer.status_code == 400
    assert left(answer) == []


def test_the_picture_over_time_leaves_no_sentence_untranslated(olu: Client) -> None:
    empty = look(olu, "/audit/activity/")
    played()

    units = [f"/audit/activity/?{DAY}&per={unit}" for unit in ("minute", "hour", "day")]
    assert not empty
    assert not look(olu, *units)


def test_a_call_leaves_no_sentence_untranslated(olu: Client) -> None:
    played()
    seal_all()
    AnchorReceipt.objects.create(anchor="file", size=2, at=NOW)

    pages = [f"/audit/calls/{each}/" for each in (CALL_ID, "cal_different")]
    assert not look(olu, *pages)
    assert left(olu.post(pages[0], headers=HEADERS)) == []


def test_a_vote_of_each_kind_leaves_no_sentence_untranslated(olu: Client) -> None:
    write("call.allowed", {**CALL, "approvers": VOTES})
    write("call.completed", ENDED, now=LATER)

    assert not look(olu, f"/audit/calls/{CALL_ID}/")


def test_records_and_sessions_leave_no_sentence_untranslated(olu: Client) -> None:
    records = played()
    write("session.ended", {**CALL, "call_id": None}, now=LATER)

    session = f"/audit/sessions/{SESSION}/"
    assert not look(olu, session, f"{session}?only=refusals")
    assert not look(olu, *(f"/audit/records/{records[n]}/" for n in (0, 6)))


def test_the_log_leaves_no_sentence_untranslated(olu: Client, operator: Client) -> None:
    assert not look(olu, "/audit/log/")
    played()
    seal_all()
    verify_and_record(now=timezone.now())

    assert not look(olu, "/audit/log/")
    assert not look(operator, "/audit/log/")


def test_every_reason_has_words_that_a_catalogue_can_hold() -> None:
    words = {words_of(reason) for reason in Reason}

    assert words - collected() == set()


def test_evidence_is_told_in_english_whoever_reads_it(olu: Client) -> None:
    played()
    with translation.override(LANGUAGE):
        told = in_words("claim_expired")

    page = olu.get("/audit/calls/cal_different/", headers=HEADERS).text

    assert told == "the claim had expired (claim_expired)"
    assert f"because {told}" in page
    assert f"{OPEN}the claim had expired{CLOSE} (claim_expired)" in page
    rows = olu.get("/audit/export.csv?q=cal_different", headers=HEADERS).getvalue()
    assert OPEN not in rows.decode()
