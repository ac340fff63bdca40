"""A record commits with what it records, says exactly that, and fails closed."""

import hashlib
import json
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from audit.columns import CLEAR, PERSONAL, salt_of
from audit.context import Context, use
from audit.events import UnknownEvent
from audit.leaf import Json, canonical, commitment
from audit.models import Personal, Record, Unsealed
from audit.rows import read_with_salts
from audit.services import (
    Facts,
    OutsideTransaction,
    RecordUnavailable,
    prepare,
    record,
    record_denied,
)
from audit.text import instant
from tests.audit.evidence import CALL, CALL_ID, NOW, row_of, write

NAME = "n" * 500

pytestmark = pytest.mark.django_db


@pytest.fixture
def unwritable() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_unsealed RENAME TO gone")
        yield
        cursor.execute("ALTER TABLE IF EXISTS gone RENAME TO audit_unsealed")


def test_a_record_is_three_rows_in_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with transaction.atomic(), django_assert_num_queries(1):
        record_id = record("call.allowed", now=NOW, **CALL)

    kept = Record.objects.select_related("personal").get(pk=record_id)
    assert kept.personal.summary == CALL["summary"]
    assert bytes(Unsealed.objects.get(pk=record_id).leaf_hash) == (
        hashlib.sha256(b"\0" + bytes(kept.leaf)).digest()
    )


def test_the_columns_say_what_the_leaf_says() -> None:
    told = row_of(write("call.allowed"))

    row = dict(told)
    leaf = json.loads(bytes(told["leaf"]))
    columns = {c: row[c] for c in CLEAR if row[c] is not None}
    assert {**columns, "at": instant(NOW)} == {
        k: v for k, v in leaf.items() if k != "personal"
    }
    assert bytes(told["leaf"]) == canonical(leaf).encode()


def test_every_commitment_of_a_record_opens() -> None:
    (row,) = read_with_salts(Record.objects.filter(pk=write("call.allowed")))

    said = json.loads(bytes(row["leaf"]))["personal"]
    assert said == {
        column: commitment(bytes(row[salt_of(column)]), column, str(row[column]))
        for column in PERSONAL
        if row[column] is not None
    }
    assert set(said) == set(PERSONAL) - {"person", "client_address"}


def test_equal_values_are_committed_to_with_salts_of_their_own() -> None:
    facts: Facts = {"summary": "same", "stated_reason": "same", "person": "same"}

    kept = Personal.objects.get(pk=write("agent.changed", facts))

    salts = {kept.summary_salt, kept.stated_reason_salt, kept.person_salt}
    assert len({bytes(salt or b"") for salt in salts}) == 3


def test_a_record_without_personal_values_has_no_row_for_them() -> None:
    record_id = write("agent.suspended", {"tenant": "team-acme", "agent": "ci-agent"})

    assert not Personal.objects.filter(pk=record_id).exists()
    assert Unsealed.objects.filter(pk=record_id).exists()


def test_a_record_copies_the_context_of_its_thread() -> None:
    context = Context("rest", "req_1", "4bf92f3577b34da6a3ce929d0e0e4736", "192.0.2.7")

    with use(context):
        row = row_of(write("approval.requested"))

    assert (row["door"], row["request_id"]) == ("rest", "req_1")
    assert row["trace_id"] == context.trace_id
    assert row["client_address"] == "192.0.2.7"


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"person": "ana", "agent": "ci-agent"}, "person"),
        ({"agent": "ci-agent"}, "agent"),
        ({}, "system"),
        ({"actor_kind": "anonymous"}, "anonymous"),
    ],
)
def test_who_acted_is_worked_out_where_it_is_not_said(facts: Facts, kind: str) -> None:
    assert row_of(write("key.refused", facts))["actor_kind"] == kind


def test_nobody_known_at_a_door_is_anonymous() -> None:
    with use(Context(door="rest")):
        assert row_of(write("key.refused", {}))["actor_kind"] == "anonymous"


def test_absent_empty_and_none_are_one_thing() -> None:
    row = row_of(write("agent.changed", {"agent": "", "reason": None, "detail": {}}))

    assert (row["agent"], row["reason"], row["detail"]) == (None, None, None)
    assert b"null" not in bytes(row["leaf"])


def test_secrets_do_not_reach_the_words_of_a_record() -> None:
    secret = "ghp_" + "a1B2" * 9

    row = row_of(
        write("call.denied", {"stated_reason": secret, "detail": {"said": [secret]}})
    )

    assert secret not in str(row)


def test_hostile_text_is_kept_as_one_record() -> None:
    said = "a\r\nb\x1b[31m\0\ud800 '; DROP TABLE audit_record; -- %s {}"

    row = row_of(write("call.denied", {"stated_reason": said, "scope": said}))

    assert row["scope"] == said.replace("\0", "\ufffd").replace("\ud800", "\ufffd")


def test_the_worst_leaf_stays_below_16_kib() -> None:
    worst: Facts = {**CALL, "policy": "策" * 3000, "scope": "s" * 3000}
    worst["detail"] = {str(number): "x" * 2000 for number in range(9)}
    worst |= {"agent": NAME, "tool": NAME, "backend": NAME, "lane": NAME}
    worst |= {"tenant": NAME, "backend_origin": NAME, "reason": NAME}

    assert len(prepare("call.allowed", now=NOW, **worst).leaf) <= 16_384


def test_an_event_that_nobody_declared_is_refused() -> None:
    with pytest.raises(UnknownEvent):
        write("call.invented")


@pytest.mark.django_db(transaction=True)
def test_a_record_insists_on_the_transaction_of_what_it_records() -> None:
    with pytest.raises(OutsideTransaction):
        record("call.allowed", now=NOW, **CALL)


@pytest.mark.django_db(transaction=True)
def test_a_record_is_undone_with_what_it_records() -> None:
    with transaction.atomic():
        record("call.allowed", now=NOW, **CALL)
        transaction.set_rollback(True)

    assert not Record.objects.exists()
    assert not Unsealed.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_refusal_can_not_be_recorded_inside_what_was_refused() -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        record_denied("call.denied", now=NOW, **CALL)


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_recorded_in_a_transaction_of_its_own() -> None:
    record_id = record_denied("call.denied", now=NOW, **CALL)

    assert row_of(record_id)["call_id"] == CALL_ID


@pytest.mark.usefixtures("unwritable")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("event", ["call.allowed", "call.denied"])
def test_what_can_not_be_recorded_is_said_so(
    event: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(RecordUnavailable):
        write(event) if event == "call.allowed" else record_denied(event, now=NOW)

    assert not Record.objects.exists()
    (line,) = [entry.getMessage() for entry in caplog.records]
    assert line == f"audit unavailable: {event} not recorded (ProgrammingError)"


def test_two_equal_events_have_leaves_that_differ() -> None:
    first = prepare("call.allowed", now=NOW, **CALL)
    second = prepare("call.allowed", now=NOW, **CALL)

    told: list[dict[str, Json]] = [json.loads(first.leaf), json.loads(second.leaf)]
    assert told[0]["personal"] != told[1]["personal"]
    assert first.leaf_hash != second.leaf_hash
