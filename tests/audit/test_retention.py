"""Records go when their time is over, in short transactions; what is held stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit.models import Leaf, Personal, Record
from audit.services import apply_retention, place_hold, release_hold
from audit.services.retention import MAX_RANGES, ranges_of
from governance import tasks
from tests.audit.evidence import CALL, NOW, write
from tests.factories import TenantFactory

pytestmark = pytest.mark.django_db
OLD = NOW - timedelta(days=500)
BEFORE = NOW - timedelta(days=400)


def sealed(*, tenant: str = "team-acme", agent: str = "ci-agent", days: int = 0) -> str:
    """Write a record of ``days`` after the old ones, and give it a place in the log."""
    facts = {**CALL, "tenant": tenant, "agent": agent}
    pk = write("call.allowed", facts, now=OLD + timedelta(days=days))  # type: ignore[arg-type] # of CALL
    index = Leaf.objects.count()
    Leaf.objects.create(index=index, record_id=pk, leaf_hash=bytes(32))
    return pk


def left() -> set[str]:
    """Return the records that are still there, less those about retention."""
    return set(Record.objects.filter(event="call.allowed").values_list("pk", flat=True))


def told() -> list[dict[str, Any]]:
    applied = Record.objects.filter(event="retention.applied").order_by("id")
    return [record.detail or {} for record in applied]


def test_what_is_older_than_kept_goes_and_leaves_its_place_in_the_log() -> None:
    old = [sealed() for _ in range(3)]
    young = sealed(days=200)

    done = apply_retention("team-acme", before=BEFORE, now=NOW)

    assert (done.dropped, done.held) == (3, 0)
    assert left() == {young}
    assert not Personal.objects.filter(pk__in=old).exists()
    assert Leaf.objects.count() == 4
    (detail,) = told()
    assert (detail["records"], detail["ranges"]) == (3, [[0, 2]])


def test_nothing_of_another_tenant_goes() -> None:
    mine, other, nobodys = sealed(), sealed(tenant="team-zeta"), sealed(tenant="")

    apply_retention("team-acme", before=BEFORE, now=NOW)

    assert left() == {other, nobodys}
    apply_retention(None, before=BEFORE, now=NOW)
    assert left() == {other}
    assert mine not in left()


def test_what_is_not_sealed_yet_stays() -> None:
    waiting = write("call.allowed", now=OLD)

    assert apply_retention("team-acme", before=BEFORE, now=NOW).dropped == 0

    assert left() == {waiting}


def test_held_records_stay_until_the_hold_is_released() -> None:
    held, free = sealed(agent="deploy-agent"), sealed()
    hold = place_hold(
        "team-acme",
        filters={"agent": "deploy-agent"},
        why="case 7",
        by="sam",
        now=NOW,
    )

    done = apply_retention("team-acme", before=BEFORE, now=NOW)

    assert (done.dropped, done.held, left()) == (1, 1, {held})
    assert free not in left()
    release_hold(hold, by="sam", now=NOW)
    assert apply_retention("team-acme", before=BEFORE, now=NOW).dropped == 1
    assert left() == set()


def test_more_places_than_one_record_can_name_go_in_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("audit.services.retention.MAX_RANGES", 2)
    for _ in range(5):
        sealed()
        sealed(tenant="team-zeta")

    done = apply_retention("team-acme", before=BEFORE, now=NOW)

    assert done.dropped == 5
    ranges = [detail["ranges"] for detail in told()]
    assert all(len(each) <= 2 for each in ranges)
    assert [pair for each in ranges for pair in each] == [
        [0, 0],
        [2, 2],
        [4, 4],
        [6, 6],
        [8, 8],
    ]


def test_a_slow_batch_makes_the_next_one_smaller() -> None:
    sealed()
    ticks = iter(range(100))

    done = apply_retention(
        "team-acme", before=BEFORE, now=NOW, clock=lambda: float(next(ticks))
    )

    assert done.dropped == 1


def test_the_variable_alone_lets_nothing_else_pass() -> None:
    sealed()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL sealwright.retention = 'on'")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute("UPDATE audit_record SET tool = 'x'")


def test_after_a_batch_the_transaction_deletes_nothing_more() -> None:
    sealed()
    young = sealed(days=200)
    apply_retention("team-acme", before=BEFORE, now=NOW)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Record.objects.filter(pk=young)._raw_delete("default")  # noqa: SLF001 - past the ORM's cascade


@pytest.mark.parametrize(
    ("indexes", "ranges"),
    [
        ([], []),
        ([4], [[4, 4]]),
        ([3, 1, 2], [[1, 3]]),
        ([0, 1, 5, 7, 8], [[0, 1], [5, 5], [7, 8]]),
    ],
)
def test_places_are_told_as_ranges(indexes: list[int], ranges: list[list[int]]) -> None:
    assert ranges_of(indexes) == ranges
    assert len(ranges) <= MAX_RANGES


def test_each_tenant_keeps_its_evidence_as_long_as_it_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    TenantFactory.create(slug="team-acme", retention_days=200)
    TenantFactory.create(slug="team-zeta", retention_days=30_000)
    sealed()
    kept = sealed(tenant="team-zeta")

    call_command("apply_retention")

    assert left() == {kept}
    assert "team-acme: 1 records dropped, 0 held." in capsys.readouterr().out


def test_whoever_does_not_own_the_evidence_is_told_so() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE passer_by")
        cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO passer_by")
        cursor.execute("GRANT passer_by TO CURRENT_USER")
        cursor.execute("SET ROLE passer_by")

    with pytest.raises(CommandError, match="MIGRATION_DATABASE_URL"):
        call_command("apply_retention")

    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_the_clocks_task_leaves_it_to_the_owner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    TenantFactory.create(slug="team-acme", retention_days=200)
    sealed()
    monkeypatch.setattr("governance.tasks.may_apply_retention", lambda: False)

    tasks.apply_retention()
    stayed = left()
    monkeypatch.undo()
    tasks.apply_retention()

    assert (len(stayed), left()) == (1, set())
