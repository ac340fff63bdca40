"""One call: the sentence, the facts, who saw what, the arguments digested again."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from audit.digests import args_digest
from audit.models import Payload
from audit.services import Fact, Facts
from proxy.models import Call
from tests.audit.evidence import CALL, CALL_ID, LATER, NOW, YES, write
from tests.audit.reading import OTHER, text_of
from tests.factories import AgentSessionFactory, RouteVersionFactory

pytestmark = pytest.mark.django_db
URL = f"/audit/calls/{CALL_ID}/"
ARGUMENTS = b'{"body":"LGTM\xe2\x80\xae","pull":184}'

OF_APPROVAL: Facts = {**CALL, "call_id": None, "claim_id": None, "approvers": None}
GRANTED: Facts = {
    **CALL,
    "policy": "not required: a read",
    "approval_id": None,
    "approvers": None,
}
CONFIRMED: Facts = {
    **CALL,
    "policy": "required: 1 of owners, confirm",
    "approvers": [{**YES, "seat": "owner"}],
}


def told() -> None:
    write("approval.requested", OF_APPROVAL, now=NOW - timedelta(minutes=3, seconds=5))
    write("call.allowed")
    write("call.completed", {**CALL, "detail": {"status": 201}}, now=LATER)


def test_it_tells_the_sentence_and_the_facts(olu: Client) -> None:
    told()

    page = text_of(olu.get(URL))

    assert "was allowed to run github.comment_pr on repo:payments-api/pull:184" in page
    assert "It completed with status 201 at 10:02:04." in page
    for fact in (
        CALL["backend_origin"],
        CALL["session_id"],
        CALL["approval_id"],
        CALL["claim_id"],
        f"sha256:{(b'n' * 32).hex()}",
        CALL["scope"],
        CALL["lane"],
        "route version 12: required: 1 of reviewers, four_eyes",
        "K7Q-4M2",
    ):
        assert str(fact) in page


def test_it_tells_what_was_shown_to_whom_and_how_long_they_took(olu: Client) -> None:
    told()

    page = text_of(olu.get(URL))

    assert "ana approved at 2026-11-23 10:01:03 UTC, 2 min 5 s after it was" in page
    assert (
        "Signed in with password and one-time code at 2026-11-23 09:58:03 UTC." in page
    )
    assert "Shown: locale en, view full." in page
    assert str(CALL["summary"]) in page
    assert "Written by the agent, not checked The review is done." in page


def test_the_owner_is_said_to_have_confirmed(olu: Client) -> None:
    write("call.allowed", CONFIRMED)

    page = text_of(olu.get(URL))

    assert "ana, its owner, confirmed exactly this action" in page
    assert "ana confirmed it as the agent's owner" in page.replace("&#x27;", "'")
    assert "ana approved" not in page


def test_it_lists_the_records_of_the_call_and_of_its_approval_in_order(
    olu: Client,
) -> None:
    told()

    page = olu.get(URL).content.decode()

    records = page[page.index('id="records"') :]
    assert re.findall(r"<code>([a-z]+\.[a-z]+)</code>", records) == [
        "approval.requested",
        "call.allowed",
        "call.completed",
    ]


def test_what_it_exports_is_what_it_lists(olu: Client) -> None:
    told()
    page = olu.get(URL).content.decode()
    (address,) = re.findall(r'href="([^"]*export\.jsonl[^"]*)"', page)

    lines = olu.get(address.replace("&amp;", "&")).getvalue().splitlines()

    listed = set(re.findall(r'<li id="(evt_[0-9a-v]+)"', page))
    assert {json.loads(line)["leaf"]["id"] for line in lines} == listed
    assert len(lines) == 3


@pytest.fixture
def payload() -> Payload:
    """Arguments, as the layer above relates them to the call."""
    kept = Payload.objects.create(
        tenant="team-acme",
        request=ARGUMENTS,
        created_at=NOW,
        keep_until=NOW + timedelta(days=30),
    )
    session = AgentSessionFactory.create()
    Call.objects.create(
        id=CALL_ID,
        tenant=session.agent.tenant,
        agent=session.agent,
        session=session,
        route_version=RouteVersionFactory.create(),
        nonce_hash=b"",
        args_digest=b"",
        payload=kept,
        created_at=NOW,
        deadline_at=NOW,
    )
    return kept


def test_arguments_are_digested_again_and_equal_the_record(
    olu: Client, payload: Payload
) -> None:
    write("call.allowed", {**CALL, "args_digest": args_digest(ARGUMENTS)})

    page = text_of(olu.get(URL))

    assert "Digested again just now: equal to the record" in page
    assert "LGTM⟦U+202E⟧" in page


def test_arguments_that_differ_from_the_record_are_called_out(
    olu: Client, payload: Payload
) -> None:
    write("call.allowed")

    assert "These bytes are not what was recorded." in text_of(olu.get(URL))


def test_it_tells_what_credential_was_lent_within_which_limits(olu: Client) -> None:
    write("claim.minted", {**OF_APPROVAL, "claim_id": CALL["claim_id"]})
    write("call.allowed")
    write("call.completed", {**CALL, "credential": "fp_1", "detail": LENT}, now=LATER)
    write("credential.revoke_failed", {"tenant": "team-acme", "call_id": CALL_ID})

    page = text_of(olu.get(URL)).replace("&quot;", '"')

    assert "Minted 2026-11-23 10:02:03 UTC" in page.replace("Minted2", "Minted 2")
    for fact in (
        "github_app",
        "fp_1",
        '{"repositories": ["payments-api"]}',
        "payments-api: issues=write⟦U+202E⟧",
        "narrowed by the scope that was approved",
        "2026-11-23 10:02:04 UTC",
        "at the end of the call",
        "credential.revoke_failed at",
        "1 s after it was allowed",
    ):
        assert fact in page, fact


LENT: dict[str, Fact] = {
    "lane_kind": "github_app",
    "narrowed": True,
    "asked": {"repositories": ["payments-api"]},
    "granted": "payments-api: issues=write\u202e",
    "expires_at": LATER,
    "revoked": "at the end of the call",
}


def test_when_the_credential_was_given_back_is_told_like_every_other_time(
    olu: Client,
) -> None:
    write("call.allowed")
    back = {**LENT, "revoked": "2026-11-23T10:02:05.123456+00:00"}
    write("call.completed", {**CALL, "credential": "fp_1", "detail": back}, now=LATER)

    page = olu.get(URL).text

    assert '2026-11-23T10:02:05+00:00">2026-11-23 10:02:05 UTC</time>' in page
    story = page.partition("Given back")[2].partition("</dl>")[0]
    assert "123456" not in story


def test_a_claim_that_policy_minted_is_among_the_records(olu: Client) -> None:
    minted = write("claim.minted", {**GRANTED, "call_id": None})
    write("call.allowed", GRANTED)

    assert f'<li id="{minted}">' in olu.get(URL).content.decode()


def test_arguments_that_are_gone_leave_their_digest(olu: Client) -> None:
    write("call.allowed")

    page = text_of(olu.get(URL))

    assert "The arguments are no longer kept." in page
    assert f"sha256:{(b'a' * 32).hex()}" in page


def test_a_call_that_nobody_had_to_approve_says_so(olu: Client) -> None:
    write("call.allowed", GRANTED)

    page = text_of(olu.get(URL))

    assert "none: granted by policy" in page
    assert "Nobody was asked" in page


@pytest.mark.parametrize("call_id", ["cal_unknown", "cal_zeta"])
def test_an_unknown_and_a_foreign_call_look_the_same(olu: Client, call_id: str) -> None:
    write("call.allowed", OTHER)

    page = olu.get(f"/audit/calls/{call_id}/")

    assert page.status_code == 404
    assert call_id not in page.content.decode()


def test_records_of_another_tenant_do_not_slip_in_by_an_equal_id(olu: Client) -> None:
    write("call.allowed")
    write("call.failed", {**CALL, "tenant": "team-zeta"})

    page = olu.get(URL).content.decode()

    assert "call.failed" not in page
    assert "team-zeta" not in page


def test_a_call_that_was_refused_says_why_not(olu: Client) -> None:
    write("call.denied", {**CALL, "reason": "claim_expired"})

    page = text_of(olu.get(URL))

    assert "Why was this not allowed?" in page
    assert "because the claim had expired (claim_expired)." in page


def test_a_record_without_a_call_has_a_page(olu: Client) -> None:
    record_id = write(
        "agent.suspended",
        {"tenant": "team-acme", "person": "sam", "detail": {"agent": "ci-agent"}},
    )

    page = text_of(olu.get(f"/audit/records/{record_id}/"))

    assert "sam of team-acme: agent suspended." in page
    assert "ci-agent" in page


def test_a_record_of_a_call_leads_to_its_place_there(olu: Client) -> None:
    record_id = write("call.allowed")

    page = olu.get(f"/audit/records/{record_id}/")

    assert page.headers["Location"] == f"{URL}#{record_id}"


def test_a_foreign_record_has_no_page(olu: Client) -> None:
    record_id = write("call.allowed", OTHER)

    assert olu.get(f"/audit/records/{record_id}/").status_code == 404


def test_a_page_takes_the_same_queries_however_much_is_recorded(
    olu: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    told()
    with CaptureQueriesContext(connection) as few:
        olu.get(URL)
    for _ in range(20):
        write("call.replayed")

    with django_assert_max_num_queries(len(few)):
        olu.get(URL)
