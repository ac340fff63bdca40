"""A switch answers only when nobody can still act by what was before it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from governance import settled
from governance.models import Tenant
from governance.services import stop_writes
from governance.settled import NotSettled, wait_for_writers
from tests.factories import NOW, TenantFactory

pytestmark = pytest.mark.django_db(transaction=True)


class Writer(threading.Thread):
    """A transaction in another connection that goes on until it is let go."""

    def __init__(self, statement: str) -> None:
        super().__init__()
        self.statement = statement
        self.began, self.let_go, self.over = (threading.Event() for _ in range(3))

    def run(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(self.statement)
            self.began.set()
            self.let_go.wait(120)
        self.over.set()
        connection.close()


@contextmanager
def running(statement: str) -> Iterator[Writer]:
    writer = Writer(statement)
    writer.start()
    assert writer.began.wait(120)
    yield writer
    writer.let_go.set()
    writer.join()


LOCKS = "SELECT 1 FROM governance_tenant FOR UPDATE"
WRITES_NOTHING_YET = "UPDATE governance_tenant SET name = name WHERE false"
READS = "SELECT 1 FROM governance_tenant"


def test_a_reader_is_not_waited_for() -> None:
    with running(READS) as reader:
        wait_for_writers()

        assert not reader.over.is_set()


@pytest.mark.parametrize("statement", [LOCKS, WRITES_NOTHING_YET])
def test_a_writer_is_waited_for_also_before_it_has_a_transaction_id(
    statement: str,
) -> None:
    TenantFactory.create()
    with running(statement) as writer:
        threading.Timer(0.2, writer.let_go.set).start()

        wait_for_writers()

        assert writer.over.wait(120)


def test_whoever_never_ends_is_told_of_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    TenantFactory.create()
    monkeypatch.setattr(settled, "LIMIT_SECONDS", 0.1)
    with running(LOCKS), pytest.raises(NotSettled, match="The change is saved"):
        wait_for_writers()


def test_a_switch_stays_set_when_the_wait_was_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tenant = TenantFactory.create()
    monkeypatch.setattr(settled, "LIMIT_SECONDS", 0.1)
    reads_for_writing = "UPDATE governance_agent SET name = name WHERE false"

    with running(reads_for_writing), pytest.raises(NotSettled):
        stop_writes(tenant, by=None, now=NOW)

    assert Tenant.objects.get().writes_stopped_at == NOW
