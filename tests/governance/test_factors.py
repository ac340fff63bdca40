"""An admin takes second factors away, on record; nobody edits their rows."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse

from approvals.models import Delivery
from audit.models import Record
from governance.models import User
from tests.factories import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def olu() -> User:
    olu = person("olu", "auditor")
    for kind in ("totp", "recovery_codes"):
        Authenticator.objects.create(user=olu, type=kind, data={})
    return olu


def signed_in(somebody: User) -> Client:
    client = Client()
    client.force_login(somebody)
    return client


def reset(client: Client, whose: User) -> int:
    page = reverse("admin:governance_user_change", args=[whose.pk])
    return client.post(f"{page.removesuffix('change/')}do/reset-factors/").status_code


def test_an_admin_takes_them_away_and_everybody_hears_of_it(olu: User) -> None:
    sam, hers = signed_in(person("sam", "admin")), signed_in(olu)

    assert reset(sam, olu) == 302

    assert not Authenticator.objects.exists()
    assert hers.get("/account/").status_code == 302
    (told,) = Record.objects.filter(event="person.factor_changed")
    assert told.detail == {"person_id": olu.pk, "change": "factors_reset"}
    letters = Delivery.objects.filter(event="factor_removed")
    readers = letters.values_list("recipient__username", flat=True)
    assert sorted(str(reader) for reader in readers) == ["olu", "sam"]


def test_whoever_is_no_admin_takes_nothing_away(olu: User) -> None:
    assert reset(signed_in(person("ana", "approver")), olu) in {302, 403, 404}

    assert Authenticator.objects.count() == 2
    assert not Record.objects.filter(event="person.factor_changed").exists()


def test_without_any_there_is_nothing_to_take(olu: User) -> None:
    Authenticator.objects.all().delete()
    sam = signed_in(person("sam", "admin"))

    page = sam.get(reverse("admin:governance_user_change", args=[olu.pk])).text

    assert "Take second factors away" not in page


def test_their_rows_are_on_no_page_of_the_admin() -> None:
    names = {model.__name__ for model in site._registry}  # noqa: SLF001 - no other way
    assert names.isdisjoint({"Authenticator", "EmailAddress"})
