"""Whoever's way to sign in was changed is told by mail, and so are her admins."""

from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from approvals.channels.wording import SAYINGS
from approvals.models import Delivery
from approvals.services.deliveries import deliver
from approvals.services.notices import tell_sign_in_changed
from governance.services import save_person, set_password
from tests.approvals.pages import as_
from tests.approvals.test_email import LINK
from tests.factories import NOW, PASSWORD, TenantFactory, UserFactory, person
from tests.governance.test_signin import enter_code
from tests.smtp import Mailbox, mail_server, parts

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    with mail_server(settings) as box:
        yield box


def told() -> set[tuple[str, str]]:
    rows = Delivery.objects.filter(channel="email")
    return set(rows.values_list("event", "recipient__username"))


@pytest.mark.parametrize(
    ("change", "event", "factor"),
    [
        ("totp_activated", "factor_added", "one-time code"),
        ("totp_deactivated", "factor_removed", "one-time code"),
        ("webauthn_added", "factor_added", "passkey or security key"),
        ("webauthn_removed", "factor_removed", "passkey or security key"),
        ("recovery_codes_generated", "recovery_codes_made", ""),
        ("password_set", "password_set", ""),
    ],
)
def test_each_change_is_one_mail_with_one_link_that_does_nothing(
    mailbox: Mailbox, change: str, event: str, factor: str
) -> None:
    tell_sign_in_changed(person("ana", "approver"), change, at=timezone.now())

    deliver(Delivery.objects.get().pk, now=timezone.now())

    (message,) = mailbox.letters
    assert message["Subject"].startswith(f"[sealwright] {SAYINGS[event].prefix}")
    for part in parts(message):
        assert "ana" in part
        assert factor in part
        (link,) = LINK.findall(part)
        assert link.endswith("/account/")
    browser = Client()
    browser.force_login(person("ana"))
    assert browser.post("/account/").status_code == 405


def test_the_admins_of_all_her_tenants_are_told_once() -> None:
    other = TenantFactory.create(slug="team-other")
    ana = person("ana", "approver")
    person("ana", "approver", tenant=other)
    person("sam", "admin")
    person("sam", "admin", tenant=other)
    person("olu", "admin", tenant=other)
    person("zoe", "admin", tenant=TenantFactory.create(slug="team-third"))

    tell_sign_in_changed(ana, "webauthn_added", at=timezone.now())

    rows = Delivery.objects.values_list("recipient__username", flat=True)
    assert sorted(rows) == ["ana", "olu", "sam"]


def test_an_operator_of_no_tenant_is_told_all_the_same() -> None:
    TenantFactory.create()
    zoe = UserFactory.create(username="zoe", is_superuser=True)

    tell_sign_in_changed(zoe, "webauthn_added", at=timezone.now())

    assert told() == {("factor_added", "zoe")}


def test_a_password_that_somebody_set_is_told_and_a_first_one_is_not() -> None:
    sam, ana = person("sam", "admin"), person("ana", "approver")
    new = UserFactory.build(username="ben", email="ben@example.com")
    save_person(new, by=sam, now=NOW, password=PASSWORD)
    assert told() == set()

    set_password(ana, PASSWORD, by=sam, now=NOW)

    assert told() == {("password_set", "ana"), ("password_set", "sam")}


@pytest.mark.django_db(transaction=True)  # allauth tells us on commit
def test_a_factor_added_and_removed_on_her_own_pages_is_told() -> None:
    person("ana", "approver")
    browser = as_("ana")
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    browser.get("/account/mfa/totp/activate/")
    secret = browser.session[SECRET_SESSION_KEY]
    enter_code(browser, "totp/activate", secret)
    added = told()

    browser.post("/account/mfa/recovery-codes/generate/")
    browser.post("/account/mfa/totp/deactivate/")

    assert added == {("factor_added", "ana")}
    assert told() - added == {("recovery_codes_made", "ana"), ("factor_removed", "ana")}
