"""Approvals in the admin: to look at, and two buttons."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals.models import Approval, Claim, Delivery, Vote
from approvals.services import mint_covered
from governance.models import User
from tests.approvals.asking import a_world, approved
from tests.factories import TenantFactory, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    """Return a browser where Sam is signed in, an admin of team-acme."""
    client = Client()
    client.force_login(person("sam", "admin"))
    return client


def ask(browser: Client, row: Any, name: str) -> str:
    """Press a button and confirm; return what the next page says."""
    kind = type(row).__name__.lower()
    url = reverse(f"admin:approvals_{kind}_do", args=[row.pk, name])
    assert browser.get(url).status_code == 200
    return browser.post(url, follow=True).content.decode()


@pytest.mark.parametrize("kind", ["approval", "vote", "claim", "delivery"])
def test_every_row_can_be_read_and_none_be_changed(browser: Client, kind: str) -> None:
    approved(a_world())
    pks = {
        "approval": Approval.objects.get().pk,
        "vote": Vote.objects.get().pk,
        "claim": Claim.objects.get().pk,
        "delivery": Delivery.objects.latest("pk").pk,
    }

    listed = browser.get(reverse(f"admin:approvals_{kind}_changelist"))
    page = browser.get(reverse(f"admin:approvals_{kind}_change", args=[pks[kind]]))
    adding = browser.get(reverse(f"admin:approvals_{kind}_add"))

    assert listed.status_code == page.status_code == 200
    assert b"_save" not in page.content
    assert b"deletelink" not in page.content
    assert adding.status_code == 403


def test_an_admin_revokes_an_approval_that_is_unspent(browser: Client) -> None:
    approval = approved(a_world())

    ask(browser, approval, "revoke")

    approval.refresh_from_db()
    assert approval.state == Approval.State.REVOKED
    assert approval.ended_by_person == User.objects.get(username="sam")


def test_revoking_the_claim_of_an_approval_ends_both(browser: Client) -> None:
    approval = approved(a_world())

    ask(browser, Claim.objects.get(), "revoke")

    approval.refresh_from_db()
    assert approval.state == Approval.State.REVOKED
    assert Claim.objects.get().revoked_at is not None


def test_a_covered_claim_is_revoked_by_itself(browser: Client) -> None:
    claim = mint_covered(a_world().action(), now=timezone.now())

    ask(browser, claim, "revoke")

    claim.refresh_from_db()
    assert claim.revoked_at is not None


def test_who_comes_too_late_is_told(browser: Client) -> None:
    approval = approved(a_world())
    Claim.objects.update(uses=1)

    assert "no unused yes" in ask(browser, approval, "revoke")


def test_a_dead_letter_is_sent_again(browser: Client) -> None:
    a_world().ask()
    letter = Delivery.objects.filter(event="requested").latest("pk")
    Delivery.objects.filter(pk=letter.pk).update(state="dead", attempts=6)

    ask(browser, letter, "again")

    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == ("queued", 0)


def test_another_tenants_rows_are_not_there(browser: Client) -> None:
    approval = approved(a_world())
    Approval.objects.update(tenant=TenantFactory.create(slug="team-zeta"))

    listed = browser.get(reverse("admin:approvals_approval_changelist"))
    url = reverse("admin:approvals_approval_do", args=[approval.pk, "revoke"])

    assert approval.code not in listed.content.decode()
    assert browser.post(url).status_code == 404


def test_what_an_agent_wrote_hides_nothing_in_the_admin(browser: Client) -> None:
    approval = approved(a_world())
    approval.reasons = [{"at": "2026-11-25T10:00:00Z", "text": "harmless\u202eevil"}]
    approval.save(update_fields=["reasons"])

    url = reverse("admin:approvals_approval_change", args=[approval.pk])
    page = browser.get(url).content.decode()

    assert "\u202e" not in page
    assert "U+202E" in page
