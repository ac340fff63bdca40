"""The two statements of a call, and what the database says to them."""

import pytest
from django.db import connection
from django.utils import timezone

from audit.services import Prepared, RecordUnavailable, prepare
from proxy.ledger import Outcome, settle

pytestmark = pytest.mark.django_db(transaction=True)


def an_ending() -> Prepared:
    return prepare("call.failed", now=timezone.now(), tenant="team-acme", agent="ci")


def prepared_statements() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def test_a_statement_of_the_road_is_planned_once_and_no_other_is() -> None:
    outcome = Outcome("cal_nobody", "failed")

    for _ in range(2):
        assert not settle(outcome, prepared=an_ending(), now=timezone.now())

    [statement] = prepared_statements()
    assert "UPDATE proxy_call SET state" in statement


def test_what_the_database_refuses_is_evidence_that_is_missing() -> None:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")

    with pytest.raises(RecordUnavailable):
        settle(
            Outcome("cal_nobody", "failed"), prepared=an_ending(), now=timezone.now()
        )

    assert connection.connection is None, "a doubtful connection is given up"
