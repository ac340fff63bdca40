"""What admins are told of changed groups and rules, and of whatever was weakened."""

from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from approvals.models import Delivery
from approvals.services.deliveries import sweep
from governance.models import ApproverGroup, Route, User
from governance.services import (
    new_draft,
    publish_route,
    save_draft,
    save_group,
    save_person,
    save_tenant,
)
from governance.services.erasure import erase_person
from tests.approvals.asking import World, a_world
from tests.factories import TenantFactory, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def world() -> World:
    """Return a world with the admins Zoe and Olu."""
    made = a_world("ana", "ben", quorum=2)
    person("zoe", "admin")
    person("olu", "admin")
    return made


def told(event: str) -> dict[str, str]:
    """Send what is due; return what each reader was told of this event."""
    sweep(now=timezone.now())
    sent = Delivery.objects.filter(event=event, state="sent")
    return {str(row.recipient): row.about["changes"] for row in sent}


def zoe() -> User:
    return User.objects.get(username="zoe")


def republished(route: Route, **change: Any) -> None:
    assert route.published is not None
    draft = new_draft(route.published, by=zoe(), now=timezone.now())
    for name, value in change.items():
        setattr(draft, name, value)
    save_draft(draft, by=zoe(), now=timezone.now())
    publish_route(draft, by=zoe(), now=timezone.now())


def test_a_weaker_rule_is_named_in_words_to_all_admins(world: World) -> None:
    republished(world.route, quorum=1, title="Comment, please")

    line = "approvals needed: 2 to 1, weaker"
    assert told("rule_changed") == {"olu": line, "zoe": line}
    letter = mail.outbox[-1]
    assert "github.comment_pr" in letter.subject
    assert line in letter.body
    assert "zoe" in letter.body


def test_a_stricter_rule_is_told_and_a_new_title_is_not(world: World) -> None:
    republished(world.route, title="Comment, please")
    assert told("rule_changed") == {}

    republished(world.route, justification_required=True)

    assert set(told("rule_changed")) == {"olu", "zoe"}


def test_who_comes_and_who_goes_is_told_and_so_are_the_admins(world: World) -> None:
    group = ApproverGroup.objects.get(name="reviewers")
    sam = person("sam", "approver")
    ben = User.objects.get(username="ben")

    save_group(group, members=[ben, sam], by=zoe(), now=timezone.now())

    found = told("group_changed")
    assert set(found) == {"ana", "olu", "sam", "zoe"}
    assert set(found.values()) == {"members: added sam; removed ana, weaker"}


def test_a_group_that_stays_as_it_was_is_no_news(world: World) -> None:
    group = ApproverGroup.objects.get(name="reviewers")
    people = [*User.objects.filter(username__in=["ana", "ben"])]

    save_group(group, members=people, by=zoe(), now=timezone.now())

    assert told("group_changed") == {}


def test_another_weakening_is_named_too(world: World) -> None:
    tenant = world.route.tenant
    tenant.retention_days = 500
    save_tenant(tenant, by=zoe(), now=timezone.now())
    assert told("weakened") == {}

    tenant.retention_days = 200
    save_tenant(tenant, by=zoe(), now=timezone.now())

    line = "days that evidence is kept: 500 to 200, weaker"
    assert told("weakened") == {"olu": line, "zoe": line}


def test_a_new_operator_is_named_to_the_admins_of_every_tenant(world: World) -> None:
    person("sam", "admin", tenant=TenantFactory.create(slug="team-zeta"))
    ben = User.objects.get(username="ben")
    ben.is_superuser = True

    save_person(ben, by=zoe(), now=timezone.now())

    assert set(told("weakened")) == {"olu", "sam", "zoe"}
    assert told("weakened")["sam"] == "operator: no to yes, weaker"


def test_who_comes_back_is_named_to_the_admins_of_her_tenant(world: World) -> None:
    person("sam", "admin", tenant=TenantFactory.create(slug="team-zeta"))
    User.objects.filter(username="ben").update(is_active=False)
    ben = User.objects.get(username="ben")
    ben.is_active = True

    save_person(ben, by=zoe(), now=timezone.now())

    assert set(told("weakened")) == {"olu", "zoe"}


def test_an_erased_person_is_in_no_letter_any_more(world: World) -> None:
    group = ApproverGroup.objects.get(name="reviewers")
    ben = User.objects.get(username="ben")
    save_group(group, members=[ben], by=zoe(), now=timezone.now())
    ana = User.objects.get(username="ana")

    erase_person(ana, by=zoe(), now=timezone.now())

    kept = Delivery.objects.exclude(about={}).values_list("about", flat=True)
    assert not any("ana" in str(about.get("changes")) for about in kept)
