"""One person in two tenants: neither's workspace reads of the other's requests."""

import pytest
from django.core import mail
from django.utils import timezone

from approvals.models import Approval, Delivery, Preference
from approvals.services.deliveries import sweep
from governance.models import Tenant, User
from governance.policy.loading import load_principal
from tests.approvals.asking import World, a_world, cast, new_session
from tests.factories import (
    BackendFactory,
    CredentialLaneFactory,
    RouteFactory,
    TenantFactory,
    ToolsetEntryFactory,
    ToolsetFactory,
    agent_with_key,
    published_route,
    reviewers,
)
from tests.slack import FakeSlack, installed, linked, texts

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]

ACME, ZETA = "U0000ANA", "U0000ZANA"


def a_world_of(tenant: Tenant) -> World:
    """Return a world like the first one, in another tenant; Ana decides there too."""
    route = published_route(
        route=RouteFactory.create(tenant=tenant),
        backend=BackendFactory.create(tenant=tenant),
        lane=CredentialLaneFactory.create(tenant=tenant),
        group=reviewers("ana", tenant=tenant),
    )
    toolset = ToolsetFactory.create(tenant=tenant)
    ToolsetEntryFactory.create(toolset=toolset, route=route)
    agent, shown = agent_with_key(tenant=tenant, toolsets=[toolset])
    principal = load_principal(shown.split("_")[1])
    assert principal is not None
    return World(principal, new_session(agent.pk), route)


def two_worlds(**chosen: object) -> tuple[World, World]:
    """Return the worlds of two tenants; Ana is linked in the workspace of each."""
    acme = a_world("ana")
    zeta = a_world_of(TenantFactory.create(slug="team-zeta"))
    installed()
    linked("ana", ACME)
    installed("team-zeta", team_id="T0000ZETA")
    linked("ana", ZETA, team="T0000ZETA")
    ana = User.objects.get(username="ana")
    Preference.objects.create(person=ana, **chosen)
    return acme, zeta


def read_by(slack: FakeSlack, user: str) -> str:
    sent = slack.calls("chat.postMessage")
    return "\n".join(texts(each) for each in sent if each["channel"] == user)


def asked_by(world: World, count: int) -> list[Approval]:
    return [
        world.ask(pull=pull, session=world.another_session())
        for pull in range(1, count + 1)
    ]


def flooded(slack: FakeSlack) -> tuple[list[Approval], list[Approval]]:
    """Have each tenant ask Ana, most of it held back, and then released at once."""
    worlds = two_worlds(questions="slack", reminders="none", bundle_minutes=30)
    ours, theirs = (asked_by(world, 3) for world in worlds)
    sweep(now=timezone.now())
    held = Delivery.objects.filter(bundled=True)
    assert set(held.values_list("tenant__slug", flat=True)) == {
        "team-acme",
        "team-zeta",
    }
    held.update(due_at=timezone.now())
    sweep(now=timezone.now())
    return ours, theirs


def test_a_digest_holds_the_questions_of_one_tenant(slack: FakeSlack) -> None:
    ours, theirs = flooded(slack)

    for approval in ours:
        assert approval.code in read_by(slack, ACME)
        assert approval.code not in read_by(slack, ZETA)
    for approval in theirs:
        assert approval.code in read_by(slack, ZETA)
        assert approval.code not in read_by(slack, ACME)


def test_an_update_of_a_digest_names_no_other_tenants_requests(
    slack: FakeSlack,
) -> None:
    ours, theirs = flooded(slack)
    # Two workspaces may give out the same names of channel and message.
    Delivery.objects.filter(bundled=True).update(message_id="D0000SAME/1.1")

    cast(ours[-1], "ana", "deny")
    sweep(now=timezone.now())

    said = texts(slack.calls("chat.update"))
    assert ours[-1].code in said
    assert not any(approval.code in said for approval in theirs)


def reminded(slack: FakeSlack) -> tuple[Approval, Approval]:
    """Have each tenant ask Ana once, and remind her in its own workspace."""
    ours, theirs = (world.ask() for world in two_worlds(reminders="slack"))
    Delivery.objects.filter(state="queued").update(due_at=timezone.now())
    sweep(now=timezone.now())
    return ours, theirs


def test_a_reminder_lists_what_waits_in_its_own_tenant(slack: FakeSlack) -> None:
    ours, theirs = reminded(slack)

    assert ours.code in read_by(slack, ACME)
    assert theirs.code not in read_by(slack, ACME)


def test_a_reminder_of_one_tenant_leaves_room_for_another_ones(
    slack: FakeSlack,
) -> None:
    reminded(slack)

    for account in (ACME, ZETA):
        assert "still waits" in read_by(slack, account)


def test_a_mail_that_listed_both_tenants_is_reminder_enough(slack: FakeSlack) -> None:
    ours, theirs = (world.ask() for world in two_worlds(reminders="email"))
    Delivery.objects.filter(state="queued").update(due_at=timezone.now())

    sweep(now=timezone.now())

    sent = Delivery.objects.filter(event="reminder", state="sent")
    (reminder,) = (each for each in mail.outbox if "still" in str(each.body))
    assert sent.count() == 1
    assert ours.code in str(reminder.body)
    assert theirs.code in str(reminder.body)
