"""Going back over a migration that allowed more rows than the one before it."""

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from approvals.models import Approval, Delivery
from tests.approvals.asking import a_world

pytestmark = pytest.mark.django_db

VOTES_SHOWN = ("approvals", "0011_copies_show_votes")
ONCE_A_PLACE = "delivery_once_a_place"


def two_votes_shown(approval: Approval) -> None:
    """Have the same copy be told twice, as after two votes of three."""
    now = timezone.now()
    for _ in range(2):
        Delivery.objects.create(
            tenant=approval.tenant,
            approval=approval,
            event="voted",
            channel="slack",
            address="C0000REVIEW",
            created_at=now,
            due_at=now,
        )
    connection.check_constraints()


def test_votes_shown_in_copies_do_not_hold_up_the_way_back() -> None:
    two_votes_shown(a_world().ask())
    others = Delivery.objects.exclude(event="voted").count()
    loader = MigrationLoader(connection)
    before = loader.project_state(VOTES_SHOWN, at_end=False)

    with connection.schema_editor() as editor:
        loader.graph.nodes[VOTES_SHOWN].unapply(before, editor)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = %s", [ONCE_A_PLACE]
        )
        ((definition,),) = cursor.fetchall()
    assert "voted" not in definition
    assert not Delivery.objects.filter(event="voted").exists()
    assert Delivery.objects.count() == others > 0
