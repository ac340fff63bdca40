"""A person is erased: no table holds her name any more, and every proof holds."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from approvals.models import Delivery, Preference, Vote
from approvals.services import Voter, vote
from audit.leaf import committed
from audit.models import Payload, Personal, Record
from audit.services import place_hold
from governance.models import GroupMembership, Membership, User
from governance.refusals import Refused
from governance.services.erasure import erase_person
from tests.alone import stands_in
from tests.remotes import serving
from tests.stage import COMMENT, Stage, answering, build_stage

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]

EVERYTHING = """
    SELECT c.oid::regclass::text FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
"""


@pytest.fixture
def world() -> Iterator[Stage]:
    with serving(answering()) as remote:
        yield build_stage(remote)


def tables_that_name(name: str) -> list[str]:
    """Return the tables in which a name stands, as text or in bytes."""
    with connection.cursor() as cursor:
        cursor.execute(EVERYTHING)
        tables = [table for (table,) in cursor.fetchall()]
        return [table for table in tables if _names(table, name)]


def _names(table: str, name: str) -> bool:
    """Look in every column, a document in bytes too."""
    with connection.cursor() as asking:
        asking.execute(f"SELECT * FROM {table}")  # noqa: S608 - a test's own words
        return any(stands_in(_text(value), name) for row in asking for value in row)


def _text(value: Any) -> str:
    if not isinstance(value, bytes | memoryview):
        return str(value)
    try:
        return bytes(value).decode()
    except UnicodeDecodeError:  # a digest, a salt: what is random names nobody
        return ""


def play(world: Stage) -> None:
    """Let Ana approve, be named by an agent, and say something."""
    world.call(args={**COMMENT, "body": "thanks, ana"}, reason="ana asked for it")
    approval = world.pending()
    vote(
        approval.pk,
        by=Voter(world.ana, ("password",), timezone.now(), "page", False),
        verdict="approve",
        fingerprint=bytes(approval.fingerprint),
        reason="ana: looks fine",
        now=timezone.now(),
    )
    world.call(args={**COMMENT, "body": "thanks, ana"}, reason="ana asked for it")


def test_nothing_that_is_kept_names_her_any_more(world: Stage) -> None:
    play(world)
    assert {"audit_personal", "audit_payload"} <= set(tables_that_name("ana"))

    erase_person(world.ana, by=world.sam, now=timezone.now())

    assert tables_that_name("ana") == []


@pytest.mark.parametrize(
    ("state", "after"), [("queued", "cancelled"), ("sent", "sent"), ("dead", "dead")]
)
def test_a_notice_without_its_words_is_not_sent_any_more(
    world: Stage, state: str, after: str
) -> None:
    notice = Delivery.objects.create(
        tenant=world.tenant,
        event="group_changed",
        about={"group": "reviewers", "person": "ana"},
        recipient=world.sam,
        address="sam@example.com",
        state=state,
        created_at=timezone.now(),
        due_at=timezone.now(),
    )

    erase_person(world.ana, by=world.sam, now=timezone.now())

    notice.refresh_from_db()
    assert (notice.state, notice.about) == (after, {})


def test_how_she_wanted_to_be_asked_is_gone(world: Stage) -> None:
    Preference.objects.create(person=world.ana, bundle_minutes=15)

    erase_person(world.ana, by=world.sam, now=timezone.now())

    assert not Preference.objects.exists()


def test_no_leaf_changes_and_what_is_left_still_opens(world: Stage) -> None:
    play(world)
    before = {r.pk: bytes(r.leaf) for r in Record.objects.all()}

    erase_person(world.ana, by=world.sam, now=timezone.now())

    after = {r.pk: bytes(r.leaf) for r in Record.objects.filter(pk__in=before)}
    assert after == before
    for personal in Personal.objects.select_related("record"):
        for column in committed(bytes(personal.record.leaf)):
            value, salt = getattr(personal, column), getattr(personal, f"{column}_salt")
            assert (value is None) is (salt is None)


def test_the_record_names_records_and_columns_and_no_value(world: Stage) -> None:
    play(world)

    erase_person(world.ana, by=world.sam, now=timezone.now())

    told = Record.objects.filter(event="person.erased").order_by("id")
    columns = {
        column
        for record in told
        for names in (record.detail or {}).get("records", {}).values()
        for column in names
    }
    assert {"person", "approvers", "stated_reason"} <= columns
    assert told.filter(detail__person_id=world.ana.pk).count() == 1
    for record in told:
        assert b"ana@" not in bytes(record.leaf)


def test_her_vote_still_counts_without_its_words(world: Stage) -> None:
    play(world)

    erase_person(world.ana, by=world.sam, now=timezone.now())

    ballot = Vote.objects.get(person=world.ana)
    assert (ballot.verdict, ballot.reason) == ("approve", None)
    assert world.last_call().state == "completed"


def test_she_has_no_place_and_no_way_in(world: Stage) -> None:
    erase_person(world.ana, by=world.sam, now=timezone.now())

    gone = User.objects.get(pk=world.ana.pk)
    assert (gone.username, gone.is_active) == (f"erased-{gone.pk}", False)
    assert not gone.has_usable_password()
    now = timezone.now()
    assert not Membership.objects.valid(now).filter(user=gone).exists()
    assert not GroupMembership.objects.valid(now).filter(user=gone).exists()


def test_what_is_still_to_be_decided_keeps_its_text(world: Stage) -> None:
    world.call(args={**COMMENT, "body": "thanks, ana"})

    erase_person(world.ana, by=world.sam, now=timezone.now())

    approval = world.pending()
    assert approval.payload is not None
    assert b"thanks, ana" in bytes(approval.payload.request)
    assert world.approve(by=world.ben).uses == 0


def test_a_hold_keeps_what_it_holds(world: Stage) -> None:
    play(world)
    place_hold(
        world.tenant.slug,
        filters={"agent": "ci-agent"},
        why="case 7",
        by="sam",
        now=timezone.now(),
    )

    done = erase_person(world.ana, by=world.sam, now=timezone.now())

    assert done.held > 0
    held = Personal.objects.filter(record__agent="ci-agent", approvers__contains="ana")
    assert held.exists()
    assert Payload.objects.filter(request__isnull=False).exists()


def test_nobody_erases_herself(world: Stage) -> None:
    with pytest.raises(Refused, match="Somebody else"):
        erase_person(world.ana, by=world.ana, now=timezone.now())

    assert User.objects.get(pk=world.ana.pk).is_active


def test_the_command_counts_first_and_then_erases(
    world: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    play(world)

    call_command("erase_person", "ana", "--check")
    counted = capsys.readouterr().out
    assert "Nothing was changed." in counted
    assert tables_that_name("ana") != []
    call_command("erase_person", "ana", "--by", "sam")

    assert capsys.readouterr().out.startswith("Erased: ")
    assert tables_that_name("ana") == []


def test_the_command_says_who_is_unknown() -> None:
    with pytest.raises(CommandError, match="nobody with the user name “nobody”"):
        call_command("erase_person", "nobody")
