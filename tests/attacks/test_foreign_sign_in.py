"""Somebody tries to come in through the OpenID provider as somebody else."""

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from audit.models import Record
from governance.models import User
from tests.factories import PASSWORD, UserFactory
from tests.governance.oidc.conftest import (  # noqa: F401 - fixtures
    Configure,
    configure,
    provider,
    running_provider,
)
from tests.governance.oidc.test_signing_in import ANA, invite, is_signed_in, linked
from tests.providers import CLIENT_ID, OpenIdProvider, ago, begin, come_back, sign_in_at

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]


def assert_refused(client: Client, answer: Any, why: str) -> None:
    """Nobody is signed in, the page says nothing of why, and the record does."""
    assert answer.status_code == 403
    assert not is_signed_in(client)
    newest = Record.objects.order_by("at", "pk").last()
    assert newest is not None
    assert newest.event == "person.sign_in_failed"
    assert why in str(newest.detail)
    assert why not in answer.text


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://evil.example"}, "of another issuer"),
        ({"iss": None}, "of another issuer"),
        ({"aud": "another-application"}, "for another application"),
        ({"aud": [CLIENT_ID, "other"]}, "was made for another application"),
        ({"azp": "other"}, "was made for another application"),
        ({"nonce": "of-another-sign-in"}, "The nonce is not that of this sign-in"),
        ({"nonce": None}, "The ID token has no nonce"),
        ({"exp": ago(60)}, "has expired"),
        ({"exp": "9999999999"}, "has no exp"),
        ({"iat": ago(3600)}, "was not made just now"),
        ({"iat": ago(-86_400)}, "was not made just now"),
        ({"auth_time": ago(-86_400)}, "in the future"),
        ({"_claim_names": {"groups": "src1"}}, "too many"),
    ],
)
def test_a_token_that_was_not_made_for_this_sign_in_signs_nobody_in(
    client: Client,
    provider: OpenIdProvider,  # noqa: F811
    claims: dict[str, Any],
    why: str,
) -> None:
    linked("ana", provider, "sub-ana")
    provider.knows("sub-ana", **ANA, **claims)

    answer = sign_in_at(client, provider, "sub-ana")

    assert_refused(client, answer, why)


def test_a_weaker_sign_in_than_asked_signs_nobody_in(
    client: Client,
    provider: OpenIdProvider,  # noqa: F811
    configure: Configure,  # noqa: F811
) -> None:
    configure(acr="phr")
    linked("ana", provider, "sub-ana")
    provider.knows("sub-ana", **ANA, acr="0")

    answer = sign_in_at(client, provider, "sub-ana")

    assert_refused(client, answer, "as strongly as asked")


def test_an_answer_of_another_issuer_is_not_taken(
    client: Client,
    provider: OpenIdProvider,  # noqa: F811
) -> None:
    location = provider.approves(begin(client), "sub-ana")

    answer = come_back(client, f"{location}&iss=https%3A%2F%2Fevil.example")

    assert_refused(client, answer, "came from another issuer")


def test_an_answer_is_taken_once(
    client: Client,
    provider: OpenIdProvider,  # noqa: F811
) -> None:
    linked("ana", provider, "sub-ana")
    provider.knows("sub-ana", **ANA)
    location = provider.approves(begin(client), "sub-ana")
    come_back(client, location)
    client.post("/account/logout/")

    answer = come_back(client, location)

    assert_refused(client, answer, "no sign-in of this browser")


def test_a_look_at_the_answer_does_not_use_it_up(
    client: Client,
    provider: OpenIdProvider,  # noqa: F811
) -> None:
    linked("ana", provider, "sub-ana")
    provider.knows("sub-ana", **ANA)
    location = provider.approves(begin(client), "sub-ana")

    looked = client.head(location.removeprefix("http://testserver"))

    assert looked.status_code == 404
    assert come_back(client, location).status_code == 302
    assert is_signed_in(client)


def test_a_code_stolen_from_another_browser_carries_its_nonce(
    client: Client,
    provider: OpenIdProvider,  # noqa: F811
) -> None:
    linked("ana", provider, "sub-ana")
    provider.knows("sub-ana", **ANA)
    stolen = provider.approves(begin(Client()), "sub-ana").partition("code=")[2]
    mine = provider.approves(begin(client), "sub-mallory")
    head, _, tail = mine.partition("code=")

    spliced = f"{head}code={stolen.partition('&')[0]}&{tail.partition('&')[2]}"
    answer = come_back(client, spliced)

    assert_refused(client, answer, "The nonce is not that of this sign-in")


STRANGERS: list[dict[str, Any]] = [
    {"email": "ana@example.com", "email_verified": False},
    {"email": "ana@example.com"},
    {"email": "ana@example.com", "email_verified": "true"},
    {"email": "ana@example.com@evil.example", "email_verified": True},
    {"email": "mallory@evil.example", "email_verified": True},
    {"email": "nobody@example.com", "email_verified": True},
    {"email": ["ana@example.com"], "email_verified": True},
    {},
]


@pytest.mark.parametrize("claims", STRANGERS)
def test_a_stranger_opens_no_account(
    client: Client,
    provider: OpenIdProvider,  # noqa: F811
    claims: dict[str, Any],
) -> None:
    invite("ana")
    provider.knows("sub-mallory", **claims)

    answer = sign_in_at(client, provider, "sub-mallory")

    assert_refused(client, answer, "no account for this subject")
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1


def used_by_password() -> None:
    UserFactory.create(username="ana", password=PASSWORD)


def test_the_address_of_an_account_in_use_opens_it_to_nobody(
    client: Client,
    provider: OpenIdProvider,  # noqa: F811
    configure: Configure,  # noqa: F811
) -> None:
    configure(domains=["example.com"], sign_up=True)
    used_by_password()
    provider.knows("sub-mallory", **ANA)

    answer = sign_in_at(client, provider, "sub-mallory")

    assert_refused(client, answer, "no account for this subject")


def test_the_same_address_with_another_subject_is_somebody_else(
    client: Client,
    provider: OpenIdProvider,  # noqa: F811
) -> None:
    linked("ana", provider, "sub-ana")
    provider.knows("sub-mallory", **ANA)

    answer = sign_in_at(client, provider, "sub-mallory")

    assert_refused(client, answer, "no account for this subject")
    assert SocialAccount.objects.get().uid == "sub-ana"


def test_the_same_subject_of_another_issuer_is_somebody_else(
    client: Client,
    provider: OpenIdProvider,  # noqa: F811
) -> None:
    person = invite("ana")
    SocialAccount.objects.create(
        user=person, provider="https://former.example", uid="sub-ana"
    )
    provider.knows("sub-ana", **ANA)

    answer = sign_in_at(client, provider, "sub-ana")

    assert_refused(client, answer, "no account for this subject")


def test_a_foreign_account_is_not_linked_in_somebodys_session(
    client: Client,
    provider: OpenIdProvider,  # noqa: F811
) -> None:
    UserFactory.create(username="ana")
    UserFactory.create(username="ben")
    client.post("/account/login/", {"login": "ana", "password": PASSWORD})
    location = provider.approves(begin(client, purpose="connect"), "sub-mallory")
    elsewhere = Client()
    elsewhere.post("/account/login/", {"login": "ben", "password": PASSWORD})

    answer = come_back(elsewhere, location)

    assert answer.status_code == 403
    assert not SocialAccount.objects.exists()


def test_who_is_not_signed_in_links_and_confirms_nothing(
    client: Client,
    provider: OpenIdProvider,  # noqa: F811
) -> None:
    for purpose in ("connect", "confirm"):
        answer = client.post("/account/oidc/acme/", {"purpose": purpose})
        assert answer.headers["Location"] == "/account/login/"
    assert client.post("/account/oidc/acme/", {"purpose": "x"}).status_code == 404
