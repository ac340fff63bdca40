"""Suspending, resuming, and the one button that stops a tenant's writes."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.models import Record
from governance.models import Agent, Backend, Route, Tenant
from governance.services import resume, resume_writes, stop_writes, suspend
from tests.factories import (
    NOW,
    AgentFactory,
    BackendFactory,
    RouteFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


MAKERS: dict[str, Callable[[], Any]] = {
    "tenant": TenantFactory.create,
    "agent": AgentFactory.create,
    "route": RouteFactory.create,
    "backend": BackendFactory.create,
}


@pytest.fixture(params=sorted(MAKERS))
def subject(request: pytest.FixtureRequest) -> Tenant | Agent | Route | Backend:
    made: Tenant | Agent | Route | Backend = MAKERS[request.param]()
    return made


def test_a_suspension_is_recorded_with_who_and_why_and_moves_the_epoch(
    subject: Tenant | Agent | Route | Backend,
) -> None:
    sam, before = UserFactory.create(), TenantFactory.create().policy_epoch

    assert suspend(subject, by=sam, now=NOW, why="it went wild")

    subject.refresh_from_db()
    assert subject.suspended_at == NOW
    assert Tenant.objects.get().policy_epoch == before + 1
    written = Record.objects.get()
    assert written.event == f"{type(subject).__name__.lower()}.suspended"
    assert written.tenant == "team-acme"
    assert written.personal.person == "sam"
    assert written.personal.stated_reason == "it went wild"


def test_suspending_twice_writes_one_record(
    subject: Tenant | Agent | Route | Backend,
) -> None:
    suspend(subject, by=None, now=NOW)

    assert not suspend(subject, by=None, now=NOW)

    assert Record.objects.count() == 1


def test_resuming_takes_the_suspension_back(
    subject: Tenant | Agent | Route | Backend,
) -> None:
    suspend(subject, by=None, now=NOW)

    assert resume(subject, by=None, now=NOW)

    subject.refresh_from_db()
    assert subject.suspended_at is None
    events = [each.event for each in Record.objects.order_by("id")]
    assert events[-1].endswith(".resumed")


def test_the_one_button_stops_and_releases_a_tenants_writes() -> None:
    tenant = TenantFactory.create()

    stopped = stop_writes(tenant, by=None, now=NOW)
    again = stop_writes(tenant, by=None, now=NOW)
    released = resume_writes(tenant, by=None, now=NOW)

    assert (stopped, again, released) == (True, False, True)
    assert Tenant.objects.get().writes_stopped_at is None
    assert Tenant.objects.get().policy_epoch == 3
    assert list(Record.objects.order_by("id").values_list("event", flat=True)) == [
        "tenant.writes_stopped",
        "tenant.writes_resumed",
    ]
