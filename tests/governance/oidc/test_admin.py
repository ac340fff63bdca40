"""Admins invite people of a provider, and unlink them."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse

from governance.models import User
from governance.services.identities import invited
from tests.factories import UserFactory, person
from tests.governance.oidc.test_signing_in import events
from tests.providers import OpenIdProvider

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(person("sam", "admin"))
    return client


def test_an_account_may_be_made_without_a_password(
    client: Client, provider: OpenIdProvider
) -> None:
    tenant = User.objects.get(username="sam").memberships.get().tenant
    form = {"username": "olu", "email": "olu@example.com", "member_of": tenant.pk}

    client.post(reverse("admin:governance_user_add"), form | {"roles": ["approver"]})

    olu = User.objects.get(username="olu")
    assert not olu.has_usable_password()
    assert invited("Olu@example.com") == olu
    assert events() == ["person.created", "membership.granted"]


def test_without_a_provider_it_may_not(client: Client) -> None:
    form = {"username": "olu", "email": "olu@example.com"}

    answer = client.post(reverse("admin:governance_user_add"), form)

    assert "password" in answer.context["adminform"].form.errors


def test_unlinking_ends_the_sessions_and_invites_anew(
    client: Client, provider: OpenIdProvider
) -> None:
    olu = person("olu", "approver")
    olu.set_unusable_password()
    olu.save()
    SocialAccount.objects.create(user=olu, provider=provider.issuer, uid="sub-olu")
    hers = Client()
    hers.force_login(olu)
    page = client.get(reverse("admin:governance_user_change", args=[olu.pk])).text

    client.post(
        f"{reverse('admin:governance_user_change', args=[olu.pk])[:-7]}do/unlink/"
    )

    assert provider.issuer in page
    assert not SocialAccount.objects.exists()
    assert hers.get("/account/").status_code == 302
    assert invited("olu@example.com") == olu
    assert events() == ["person.unlinked"]


def test_nobody_edits_identities_or_adds_a_provider_in_the_admin() -> None:
    names = {model.__name__ for model in site._registry}  # noqa: SLF001 - no other way
    assert names.isdisjoint({"SocialAccount", "SocialApp", "SocialToken"})


def test_a_used_account_waits_for_nobody(db: None) -> None:
    UserFactory.create(username="ana")

    assert invited("ana@example.com") is None
