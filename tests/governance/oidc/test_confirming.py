"""A fresh proof at the provider, and what wants one."""

from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from governance.models import User
from governance.signin import has_second_factor
from tests.factories import TenantFactory
from tests.governance.oidc.conftest import Configure
from tests.governance.oidc.test_groups import open_roles
from tests.governance.oidc.test_signing_in import (
    ANA,
    events,
    invite,
    is_signed_in,
    last,
    linked,
    why,
)
from tests.providers import OpenIdProvider, ago, asked, begin, come_back, sign_in_at

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]
ENROL = "/account/mfa/totp/activate/"
CONFIRMATION = "/account/oidc/acme/confirm/"


@pytest.fixture
def ana(provider: OpenIdProvider) -> User:
    return linked("ana", provider, "sub-ana")


def signed_in(client: Client, provider: OpenIdProvider, **claims: Any) -> None:
    provider.knows("sub-ana", **ANA, **claims)
    sign_in_at(client, provider, "sub-ana")


def test_a_sign_in_is_as_old_as_what_the_provider_saw(
    client: Client, provider: OpenIdProvider, ana: User
) -> None:
    signed_in(client, provider, auth_time=ago(3600))

    assert "60 min ago" in client.get("/account/").text
    assert client.get(ENROL).headers["Location"] == (
        "/account/reauthenticate/?next=%2Faccount%2Fmfa%2Ftotp%2Factivate%2F"
    )


def test_a_fresh_one_opens_what_wants_one(
    client: Client, provider: OpenIdProvider, ana: User
) -> None:
    signed_in(client, provider, auth_time=ago(0))

    assert client.get(ENROL).status_code == 200


def test_confirming_leads_to_the_provider_which_asks_anew(
    client: Client, provider: OpenIdProvider, ana: User
) -> None:
    signed_in(client, provider, auth_time=ago(3600))
    way = client.get(f"/account/reauthenticate/?next={ENROL}")
    page = client.get(way.headers["Location"])

    address = begin(client, purpose="confirm", next=ENROL)

    assert way.headers["Location"].startswith(CONFIRMATION)
    assert "Confirm with Acme ID" in page.text
    assert (asked(address)["prompt"], asked(address)["max_age"]) == ("login", "0")
    provider.knows("sub-ana", **ANA, auth_time=ago(0))
    back = come_back(client, provider.approves(address, "sub-ana"))
    assert back.headers["Location"] == ENROL
    assert client.get(ENROL).status_code == 200
    assert events()[-1] == "person.reauthenticated"


def test_her_page_says_in_words_how_she_signed_in(
    client: Client, provider: OpenIdProvider, ana: User
) -> None:
    signed_in(client, provider, auth_time=ago(3600))
    first = client.get("/account/").text
    provider.knows("sub-ana", **ANA, auth_time=ago(0), amr=["mfa"])
    sign_in_at(client, provider, "sub-ana", purpose="confirm")

    confirmed = client.get("/account/").text

    assert "<dd>single sign-on (Acme ID)</dd>" in first
    assert "single sign-on (Acme ID) and a second factor there</dd>" in confirmed


@pytest.mark.parametrize("seconds", [3600, 60])
def test_a_provider_that_did_not_ask_anew_confirms_nothing(
    client: Client, provider: OpenIdProvider, ana: User, seconds: int
) -> None:
    signed_in(client, provider, auth_time=ago(3600))
    provider.knows("sub-ana", **ANA, auth_time=ago(seconds))

    answer = sign_in_at(client, provider, "sub-ana", purpose="confirm")

    assert answer.status_code == 403
    assert client.get(ENROL).status_code == 302
    assert why() == "acme: The provider did not ask anew who sits there."


def test_a_provider_that_does_not_say_when_confirms_nothing(
    client: Client, provider: OpenIdProvider, ana: User
) -> None:
    signed_in(client, provider, auth_time=ago(3600))
    provider.knows("sub-ana", **ANA, auth_time=None)

    answer = sign_in_at(client, provider, "sub-ana", purpose="confirm")

    assert answer.status_code == 403
    assert why() == "acme: The ID token has no auth_time."


def test_somebody_elses_proof_confirms_nothing(
    client: Client, provider: OpenIdProvider, ana: User
) -> None:
    signed_in(client, provider, auth_time=ago(3600))
    linked("ben", provider, "sub-ben")
    provider.knows("sub-ben", auth_time=ago(0))

    answer = sign_in_at(client, provider, "sub-ben", purpose="confirm")

    assert "Nothing was confirmed" in answer.text
    assert client.get("/account/").context["request"].user == ana
    assert client.get(ENROL).status_code == 302
    assert last().detail == {"why": "confirmed as somebody else"}


def test_whoever_has_left_confirms_nothing_and_is_out(
    client: Client, provider: OpenIdProvider, ana: User, configure: Configure
) -> None:
    configure(required_groups=["staff"])
    signed_in(client, provider, groups=["staff"], auth_time=ago(3600))
    provider.knows("sub-ana", **ANA, groups=[], auth_time=ago(0))

    answer = sign_in_at(client, provider, "sub-ana", purpose="confirm")

    ana.refresh_from_db()
    assert answer.status_code == 403
    assert (ana.is_active, is_signed_in(client)) == (False, False)
    assert "person.reauthenticated" not in events()


def test_a_confirmation_takes_a_role_away_whose_group_was_left(
    client: Client, provider: OpenIdProvider, ana: User, configure: Configure
) -> None:
    TenantFactory.create()
    configure(roles={"approvers": ["team-acme:approver"]})
    signed_in(client, provider, groups=["approvers"], auth_time=ago(3600))
    before = open_roles(ana)
    provider.knows("sub-ana", **ANA, groups=[], auth_time=ago(0))

    sign_in_at(client, provider, "sub-ana", purpose="confirm")

    assert (before, open_roles(ana)) == (["approver"], [])


def test_a_password_confirms_nothing_for_whoever_has_a_provider(
    client: Client, provider: OpenIdProvider, ana: User
) -> None:
    ana.set_password("another long password")
    ana.save()
    signed_in(client, provider, auth_time=ago(3600))

    answer = client.post(
        "/account/reauthenticate/", {"password": "another long password"}
    )

    assert answer.headers["Location"].startswith(CONFIRMATION)
    assert client.get(ENROL).status_code == 302


def test_with_a_factor_enrolled_the_provider_alone_makes_nothing_fresh(
    client: Client, provider: OpenIdProvider, ana: User
) -> None:
    signed_in(client, provider, auth_time=ago(0))
    TOTP.activate(ana, generate_totp_secret())

    way = client.get("/account/reauthenticate/")

    assert client.get("/account/mfa/recovery-codes/").status_code == 302
    assert way.headers["Location"].startswith("/account/mfa/reauthenticate/")


def test_a_form_that_was_held_back_is_never_sent_again(
    client: Client, provider: OpenIdProvider, ana: User
) -> None:
    TOTP.activate(ana, generate_totp_secret())
    signed_in(client, provider, auth_time=ago(3600))
    client.force_login(ana)

    answer = client.post("/account/mfa/totp/deactivate/")

    assert answer.headers["Location"].startswith("/account/reauthenticate/?next=")
    assert "account_reauthentication_state" not in client.session
    assert has_second_factor(ana)


def test_without_a_time_a_first_factor_is_enrolled_with_the_first_sign_in_only(
    client: Client, provider: OpenIdProvider
) -> None:
    invite("ana")
    provider.knows("sub-ana", **ANA, auth_time=None)
    for browser in (client, later := Client()):
        sign_in_at(browser, provider, "sub-ana")
        for record in browser.session[AUTHENTICATION_METHODS_SESSION_KEY]:
            assert record["at"] == 0

    assert client.get(ENROL).status_code == 200
    assert later.get(ENROL).status_code == 302


def test_a_factor_enrolled_here_is_asked_for_after_the_provider(
    client: Client, provider: OpenIdProvider, ana: User
) -> None:
    TOTP.activate(ana, generate_totp_secret())
    provider.knows("sub-ana", **ANA, amr=["mfa"])

    answer = sign_in_at(client, provider, "sub-ana")

    assert answer.headers["Location"] == "/account/mfa/authenticate/"
    assert client.get("/account/").status_code == 302
    assert "person.signed_in" not in events()
