"""Proofs on the pages of calls and records, and the button that verifies them."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from audit import places, verify
from audit.models import AnchorReceipt, Checkpoint, Record
from tests.audit.evidence import CALL, CALL_ID, LATER, NOW, write
from tests.audit.reading import OTHER, text_of
from tests.audit.sealed import seal_all, vkey

pytestmark = pytest.mark.django_db
URL = f"/audit/calls/{CALL_ID}/"


def told() -> list[str]:
    before = {**CALL, "call_id": None, "claim_id": None, "approvers": None}
    return [
        write("approval.requested", before),  # type: ignore[arg-type]
        write("call.allowed"),
        write("call.completed", {**CALL, "detail": {"status": 201}}, now=LATER),
    ]


def alter(record_id: str) -> None:
    """Change a column as whoever owns the database could."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_record DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE audit_record SET lane = 'other' WHERE id = %s", [record_id]
        )
        cursor.execute("ALTER TABLE audit_record ENABLE ALWAYS TRIGGER append_only")


def test_each_record_shows_its_index_checkpoint_and_anchor(olu: Client) -> None:
    told()
    seal_all()
    AnchorReceipt.objects.create(anchor="file", size=2, at=NOW)

    page = text_of(olu.get(URL))

    assert "index 0, under the checkpoint of size 3, anchored 2026-11-23 10:02" in page
    assert "index 1, under the checkpoint of size 3, anchored 2026-11-23 10:02" in page
    assert "index 2, under the checkpoint of size 3, not anchored yet" in page


def test_what_is_not_sealed_yet_says_so(olu: Client) -> None:
    told()

    assert text_of(olu.get(URL)).count("It waits for its place in the log.") == 3


def test_the_downloaded_proof_and_checkpoint_convince_the_verifier(
    olu: Client,
) -> None:
    told()
    seal_all()

    page = olu.get(URL).content.decode()
    proofs = re.findall(r'href="(/audit/records/evt_\w+/proof)"', page)
    checkpoint = re.findall(r'href="(/audit/log/checkpoint\?size=\d+)"', page)

    assert len(proofs) == 3
    note = olu.get(checkpoint[0]).content
    key = verify.parse_key(vkey())
    assert verify.open_checkpoint(note, [key]).size == 3
    assert olu.get(proofs[1]).content.decode().endswith(note.decode())
    exported = Record.objects.filter(event="proof.exported")
    assert [r.detail["record"] for r in exported if r.detail] == [
        proofs[1].split("/")[3]
    ]


def test_the_button_verifies_the_records_just_now(olu: Client) -> None:
    told()
    seal_all()

    page = text_of(olu.post(URL))

    assert "Verified just now. All 3 records are in the signed log exactly" in page
    assert page.count(" verified ") == 3
    assert "not as sealed" not in page
    assert not Record.objects.filter(event__startswith="log.verif").exists()


def test_what_was_changed_is_named_beside_its_record(olu: Client) -> None:
    records = told()
    seal_all()
    alter(records[2])

    page = olu.post(URL)

    assert "1 record is not what was sealed." in text_of(page)
    text = page.content.decode()
    at = text.index(f'<li id="{records[2]}"')
    assert "the column lane is not what was sealed" in text[at:]
    assert "the column lane" not in text[:at]


def test_a_checkpoint_signed_by_nobody_we_know_is_found(olu: Client) -> None:
    told()
    newest = seal_all()
    forged = newest.note.replace("\n3\n", "\n3\n", 1).rsplit(" ", 1)[0]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_checkpoint DISABLE TRIGGER USER")
        Checkpoint.objects.filter(pk=3).update(note=f"{forged} {'A' * 92}\n")

    assert "3 records are not what was sealed." in text_of(olu.post(URL))


def test_what_waits_is_no_failure(olu: Client) -> None:
    told()

    page = text_of(olu.post(URL))

    assert "3 records wait for their places in the log" in page
    assert "Verified just now" not in page


def test_more_than_a_page_can_verify_is_not_called_verified(
    olu: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MOST", 2)
    told()
    seal_all()

    page = text_of(olu.post(URL))

    assert "Only the first 2 records were verified here" in page
    assert "Verified just now" not in page


def test_a_record_without_a_call_is_verified_on_its_page(olu: Client) -> None:
    record_id = write("agent.suspended", {"tenant": "team-acme", "person": "sam"})
    seal_all()
    address = f"/audit/records/{record_id}/"

    assert "index 0, under the checkpoint of size 1" in text_of(olu.get(address))
    assert "The record is in the signed log exactly" in text_of(olu.post(address))


def test_nobody_verifies_or_takes_proofs_of_another_tenant(olu: Client) -> None:
    record_id = write("call.allowed", OTHER)
    seal_all()

    for address in ("/audit/calls/cal_zeta/", f"/audit/records/{record_id}/"):
        assert olu.post(address).status_code == 404
    assert olu.get(f"/audit/records/{record_id}/proof").status_code == 404
    assert not Record.objects.filter(event="proof.exported").exists()


def test_verifying_needs_the_form_of_our_page(olu: Client) -> None:
    told()
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = olu.cookies

    assert browser.post(URL).status_code == 403


def test_a_page_takes_the_same_queries_however_much_is_sealed(
    olu: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    told()
    seal_all()
    with CaptureQueriesContext(connection) as few:
        olu.get(URL)
    for _ in range(20):
        write("call.replayed")
    seal_all()

    with django_assert_max_num_queries(len(few)):
        olu.get(URL)
