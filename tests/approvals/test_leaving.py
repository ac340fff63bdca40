"""Whoever is deactivated leaves no way in: neither by a mail nor by Slack."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from approvals.models import ReviewLink
from approvals.services import expire_due
from approvals.services.deliveries import sweep
from approvals.services.slack.accounts import link_behind
from audit.models import Record
from governance.models import User
from governance.services.identities import lock_out
from governance.services.people import save_person
from tests.approvals.asking import a_world
from tests.factories import person
from tests.slack import installed, linked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def left(name: str) -> User:
    """Have the provider no longer know this person."""
    who = User.objects.get(username=name)
    lock_out(who, issuer="https://id.example.com", now=timezone.now())
    return who


def test_her_slack_link_ends_and_stays_ended_when_she_comes_back() -> None:
    a_world()
    workspace = installed()
    linked("ana")

    ana = left("ana")
    ana.is_active = True
    save_person(ana, by=person("zoe", "admin"), now=timezone.now())

    assert link_behind(workspace, "U0000ANA") is None
    record = Record.objects.get(event="slack.unlinked")
    assert (record.actor_kind, record.tenant) == ("system", "team-acme")


def test_the_link_of_her_mail_names_her_no_more_and_others_do() -> None:
    approval = a_world().ask()
    sweep(now=timezone.now())

    left("ana")

    now = timezone.now() + timedelta(seconds=1)
    live = ReviewLink.objects.filter(approval=approval, expires_at__gt=now)
    assert [link.person.username for link in live] == ["ben"]


def test_what_only_she_could_decide_ends_by_the_next_sweep() -> None:
    approval = a_world("ana").ask()

    left("ana")
    expire_due(now=timezone.now())

    approval.refresh_from_db()
    assert (approval.state, approval.ended_reason) == (
        "cancelled",
        "approval_unsatisfiable",
    )


def test_her_sessions_are_over() -> None:
    a_world()
    client = Client()
    client.force_login(User.objects.get(username="ana"))

    left("ana")

    assert client.get("/account/").status_code == 302
