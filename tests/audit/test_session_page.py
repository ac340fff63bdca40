"""The timeline of one agent session."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from audit import timeline
from audit.services import Facts
from tests.audit.conftest import SignedIn
from tests.audit.evidence import CALL, CALL_ID, NOW, write
from tests.audit.reading import OTHER, text_of
from tests.factories import person

pytestmark = pytest.mark.django_db
SESSION = str(CALL["session_id"])
URL = f"/audit/sessions/{SESSION}/"
BARE: Facts = {
    "tenant": "team-acme",
    "actor_kind": "agent",
    "agent": "ci-agent",
    "session_id": SESSION,
    "on_behalf_of": "dana",
    "detail": {"label": "nightly\u202e"},
}
BEFORE: Facts = {**CALL, "call_id": None, "claim_id": None}


def played() -> dict[str, str]:
    """Record a session with a bit of everything, and return the records."""
    return {
        "session.opened": write("session.opened", BARE),
        "approval.requested": write("approval.requested", BEFORE),
        "approval.voted": write("approval.voted", {**BEFORE, "person": "ana"}),
        "call.denied": write("call.denied", {**CALL, "reason": "claim_expired"}),
        "call.allowed": write("call.allowed"),
        "credential.revoke_failed": write(
            "credential.revoke_failed",
            {"tenant": "team-acme", "agent": "ci-agent", "call_id": CALL_ID},
        ),
        "call.completed": write("call.completed"),
        "session.context_changed": write("session.context_changed", BARE),
        "session.ended": write("session.ended", BARE, now=NOW + timedelta(hours=1)),
    }


def events(page: Any) -> list[str]:
    text = page.content.decode()
    return re.findall(r"<code>(\w+\.\w+)</code>", text[text.index('id="timeline"') :])


def test_everything_is_told_in_order(olu: Client) -> None:
    records = played()

    page = olu.get(URL)

    assert events(page) == list(records)
    text = text_of(page)
    assert "ana of team-acme: approval voted" in text
    assert "was allowed to run github.comment_pr on repo:payments-api/pull:184" in text
    assert "because the claim had expired (claim_expired)" in text
    assert "Over2026-11-23 11:02:03 UTC" in text.replace("Over ", "Over")
    assert "nightly⟦U+202E⟧" in page.content.decode()


def test_refusals_stand_out_and_can_be_seen_alone(olu: Client) -> None:
    records = played()

    page = olu.get(URL)
    refusals = olu.get(f"{URL}?only=refusals")

    standing_out = re.findall(r'<li id="(\w+)" class="refusal">', page.content.decode())
    assert standing_out == [records["call.denied"], records["credential.revoke_failed"]]
    assert "1 refused or failed" in text_of(page)
    assert "call.allowed" not in events(refusals)
    assert "call.denied" in events(refusals)


def test_it_leads_to_calls_requests_records_and_the_search(olu: Client) -> None:
    records = played()

    page = olu.get(URL).content.decode()

    for address in (
        f"/audit/calls/{CALL_ID}/",
        f"/approvals/{CALL['approval_id']}/",
        f"/audit/records/{records['session.opened']}/",
        f"/audit/?q={SESSION}",
        f"/audit/activity/?q={SESSION}",
    ):
        assert f'href="{address}"' in page
    assert f'href="{URL}"' in olu.get(f"/audit/calls/{CALL_ID}/").content.decode()


def test_a_long_session_goes_on_by_key_in_both_directions(
    olu: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "ROWS", 2)
    ids = [write("session.context_changed", BARE) for _ in range(5)]
    shown: list[list[str]] = []

    def turn(query: str, which: str) -> str:
        page = olu.get(f"{URL}?{query}").content.decode()
        shown.append(re.findall(r'<li id="(\w+)"', page))
        there = re.findall(rf'href="\?([^"]+)" rel="{which}"', page)
        return there[0] if there else ""

    second = turn("", "next")
    third = turn(second, "next")
    assert turn(third, "next") == ""
    back = turn(third, "prev")
    first = turn(back, "prev")
    assert turn(first, "prev") == ""

    pages = [ids[:2], ids[2:4], ids[4:], ids[4:], ids[2:4], ids[:2]]
    assert shown == pages


@pytest.mark.parametrize("session", ["ses_unknown", "ses_zeta"])
def test_an_unknown_and_a_foreign_session_look_the_same(
    olu: Client, session: str
) -> None:
    write("call.allowed", OTHER)

    page = olu.get(f"/audit/sessions/{session}/")

    assert page.status_code == 404
    assert session not in page.content.decode()


def test_records_of_another_tenant_do_not_slip_in(olu: Client) -> None:
    write("call.allowed")
    write("call.failed", {**CALL, "tenant": "team-zeta"})
    write("credential.too_broad", {"tenant": "team-zeta", "call_id": CALL_ID})

    page = olu.get(URL).content.decode()

    assert "team-zeta" not in page
    assert "call.failed" not in page
    assert "credential.too_broad" not in page


def test_for_whoever_audits_nothing_there_is_no_page(signed_in: SignedIn) -> None:
    write("call.allowed")

    assert signed_in(person("zoe", "approver")).get(URL).status_code == 404


def test_it_takes_the_same_queries_however_long_it_is(
    olu: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    played()
    with CaptureQueriesContext(connection) as few:
        olu.get(URL)
    for _ in range(120):
        write("call.replayed")

    with django_assert_max_num_queries(len(few)):
        olu.get(URL)
