"""People sign in through a real OpenID provider on the loopback."""

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from audit.models import Record
from governance.models import User
from tests.factories import PASSWORD, UserFactory
from tests.governance.oidc.conftest import Configure
from tests.providers import OpenIdProvider, asked, begin, come_back, sign_in_at

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]

ANA: dict[str, Any] = {"email": "ana@example.com", "email_verified": True}


def invite(name: str) -> User:
    """Make an account as an admin does for people of a provider."""
    person = UserFactory.create(username=name)
    person.set_unusable_password()
    person.save()
    return person


def linked(name: str, provider: OpenIdProvider, subject: str) -> User:
    person = invite(name)
    SocialAccount.objects.create(user=person, provider=provider.issuer, uid=subject)
    return person


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def events() -> list[str]:
    return list(Record.objects.order_by("at", "pk").values_list("event", flat=True))


def why() -> str:
    """Return what the newest record says of a refusal."""
    return str((last().detail or {})["why"])


def last() -> Record:
    return Record.objects.order_by("at", "pk").last() or Record()


def test_an_invited_person_signs_in_and_is_known_by_her_subject(
    client: Client, provider: OpenIdProvider
) -> None:
    ana = invite("ana")
    provider.knows("sub-ana", **ANA)

    answer = sign_in_at(client, provider, "sub-ana", next="/account/?a=1")

    assert answer.headers["Location"] == "/account/?a=1"
    assert "single sign-on (Acme ID)" in client.get("/account/").text
    row = SocialAccount.objects.get()
    assert (row.user, row.provider, row.uid) == (ana, provider.issuer, "sub-ana")
    assert row.extra_data == {}
    assert events() == ["person.linked", "person.signed_in"]
    assert last().detail == {"methods": ["oidc"]}


def test_the_sign_in_page_offers_the_provider(
    client: Client, provider: OpenIdProvider
) -> None:
    page = client.get("/account/login/?next=/account/").text

    assert "Sign in with Acme ID" in page
    assert 'action="/account/oidc/acme/"' in page
    form = page.partition('action="/account/oidc/acme/"')[2].partition("</form>")[0]
    assert 'name="next" value="/account/"' in form


def test_what_is_asked_is_bound_to_this_browser_and_to_nothing_of_the_query(
    client: Client, provider: OpenIdProvider
) -> None:
    first = begin(client, scope="admin", auth_params="prompt=none")
    answer = client.post(
        "/account/oidc/acme/?scope=admin&auth_params=prompt%3Dnone&process=connect"
    )
    second = asked(first)

    assert (second["code_challenge_method"], len(second["nonce"])) == ("S256", 43)
    assert set(second["scope"].split()) == {"openid", "profile", "email"}
    assert "prompt" not in second
    assert "admin" not in answer.text
    assert second["state"] != asked(begin(client))["state"]


def test_a_look_at_the_way_to_the_provider_starts_nothing(
    client: Client, provider: OpenIdProvider
) -> None:
    looked = client.get("/account/oidc/acme/")

    assert looked.headers["Location"] == "/account/login/"
    assert "socialaccount_states" not in client.session
    assert client.post("/account/oidc/other/").status_code == 404


def test_the_way_back_to_another_site_is_not_taken(
    client: Client, provider: OpenIdProvider
) -> None:
    linked("ana", provider, "sub-ana")
    provider.knows("sub-ana", **ANA)

    answer = sign_in_at(client, provider, "sub-ana", next="https://evil.example/")

    assert answer.headers["Location"] == "/"


def test_whoever_may_sign_up_gets_an_account(
    client: Client, provider: OpenIdProvider, configure: Configure
) -> None:
    UserFactory.create(username="ana", email="ana@elsewhere.example")
    configure(domains=["example.com"], sign_up=True)
    provider.knows("sub-ana", **ANA, given_name="Ana", family_name="Costa")

    sign_in_at(client, provider, "sub-ana")

    person = SocialAccount.objects.get().user
    assert (person.username, person.email) == ("ana-2", "ana@example.com")
    assert person.first_name == "Ana"
    assert not person.has_usable_password()
    assert is_signed_in(client)
    assert events() == ["person.created", "person.linked", "person.signed_in"]


def test_who_has_a_password_links_her_account_herself(
    client: Client, provider: OpenIdProvider
) -> None:
    ana = UserFactory.create(username="ana")
    provider.knows("sub-ana", **ANA)
    client.post("/account/login/", {"login": "ana", "password": PASSWORD})

    answer = sign_in_at(client, provider, "sub-ana", purpose="connect")

    assert answer.headers["Location"] == "/account/"
    assert SocialAccount.objects.get().user == ana
    assert "You sign in through Acme ID" in client.get("/account/").text


def test_who_is_linked_does_not_sign_in_by_password(
    client: Client, provider: OpenIdProvider
) -> None:
    ana = linked("ana", provider, "sub-ana")
    ana.set_password(PASSWORD)
    ana.save()

    answer = client.post("/account/login/", {"login": "ana", "password": PASSWORD})

    assert "You sign in through Acme ID" in answer.text
    assert not is_signed_in(client)
    assert last().detail == {"why": "signs in through a provider alone"}


def test_an_operator_may_still_use_her_password(
    client: Client, provider: OpenIdProvider
) -> None:
    sam = linked("sam", provider, "sub-sam")
    sam.is_superuser = True
    sam.set_password(PASSWORD)
    sam.save()

    client.post("/account/login/", {"login": "sam", "password": PASSWORD})

    assert is_signed_in(client)


def test_signing_out_ends_our_session_and_the_way_in_is_the_provider_again(
    client: Client, provider: OpenIdProvider
) -> None:
    linked("ana", provider, "sub-ana")
    provider.knows("sub-ana", **ANA)
    sign_in_at(client, provider, "sub-ana")

    client.post("/account/logout/")

    assert not is_signed_in(client)
    assert last().event == "person.signed_out"
    sign_in_at(client, provider, "sub-ana")
    assert is_signed_in(client)


def test_cancelling_at_the_provider_is_told_and_recorded(
    client: Client, provider: OpenIdProvider
) -> None:
    state = asked(begin(client))["state"]

    answer = client.get(
        f"/account/oidc/acme/callback/?error=access_denied&state={state}"
    )

    assert "You cancelled the sign-in" in answer.text
    assert last().detail == {"why": "acme: cancelled at the provider", "count": 1}


def test_a_provider_that_is_away_is_told_and_recorded(
    client: Client, provider: OpenIdProvider, configure: Configure
) -> None:
    configure(private_addresses=[])

    answer = client.post("/account/oidc/acme/")

    assert answer.status_code == 403
    assert "did not work" in answer.text
    assert "127.0.0.1 is loopback" in why()


def test_a_required_factor_may_be_the_providers(
    client: Client, provider: OpenIdProvider, settings: Any
) -> None:
    settings.SECOND_FACTOR = "required"
    linked("ana", provider, "sub-ana")
    provider.knows("sub-ana", **ANA, amr=["pwd"])
    sign_in_at(client, provider, "sub-ana")
    without = client.get("/")
    client.post("/account/logout/")
    provider.knows("sub-ana", **ANA, amr=["pwd", "mfa"])

    sign_in_at(client, provider, "sub-ana")

    assert without.headers["Location"] == "/account/mfa/"
    assert client.get("/").status_code == 200


def test_what_comes_without_our_state_is_nobodys_sign_in(
    client: Client, provider: OpenIdProvider
) -> None:
    linked("ana", provider, "sub-ana")
    location = provider.approves(begin(Client()), "sub-ana")

    answer = come_back(client, location)

    assert answer.status_code == 403
    assert not is_signed_in(client)
    assert last().event == "person.sign_in_failed"
