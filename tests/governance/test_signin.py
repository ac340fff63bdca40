"""People sign in through allauth; what it leaves open is closed here."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.totp.internal import auth
from allauth.mfa.totp.internal.auth import (
    SECRET_SESSION_KEY,
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from audit.models import Record
from governance.models import User
from governance.signin import SignIn, has_second_factor, is_recent
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 13, 5, tzinfo=UTC)


@pytest.fixture
def ana() -> User:
    return UserFactory.create(username="ana")


def sign_in(client: Client, login: str, password: str = PASSWORD) -> int:
    fields = {"login": login, "password": password}
    return client.post("/account/login/?next=/account/", fields).status_code


def events() -> list[str]:
    return list(Record.objects.order_by("at", "pk").values_list("event", flat=True))


def test_a_page_leads_to_the_sign_in_page_and_back(client: Client, ana: User) -> None:
    asked = client.get("/account/?a=1&b=2")
    page = client.get(asked.headers["Location"])
    form = {"login": "ana", "password": PASSWORD, "next": "/account/?a=1&b=2"}

    answer = client.post("/account/login/", form)

    assert (
        asked.headers["Location"]
        == "/account/login/?next=%2Faccount%2F%3Fa%3D1%26b%3D2"
    )
    assert 'name="next" value="/account/?a=1&amp;b=2"' in page.text
    assert answer.headers["Location"] == "/account/?a=1&b=2"


@pytest.mark.parametrize("login", ["ana", "ana@example.com"])
def test_the_user_name_and_the_address_sign_in(
    client: Client, ana: User, login: str
) -> None:
    assert sign_in(client, login) == 302
    assert client.get("/account/").status_code == 200
    assert events() == ["person.signed_in"]


def test_an_unknown_name_and_a_wrong_password_look_the_same(
    client: Client, ana: User
) -> None:
    answers = [
        client.post("/account/login/", {"login": login, "password": "wrong"}).text
        for login in ("ana", "bob")
    ]

    known, unknown = (re.sub(r'value="[^"]*"', "", text) for text in answers)
    assert known == unknown
    assert events() == ["person.sign_in_failed"] * 2


def test_what_was_typed_by_mistake_is_not_recorded(client: Client, ana: User) -> None:
    sign_in(client, PASSWORD, "ana")

    leaf = str(Record.objects.get().__dict__)
    assert PASSWORD not in leaf


def test_the_sixth_guess_at_an_account_is_not_even_tried(
    client: Client, ana: User
) -> None:
    for _ in range(5):
        sign_in(client, "ana", "wrong")

    sign_in(client, "ana")

    assert client.get("/account/").status_code == 302


def test_being_locked_out_is_recorded(client: Client, ana: User) -> None:
    form = {"login": "ana", "password": "wrong"}
    for _ in range(6):
        client.post("/account/login/", form, REMOTE_ADDR="203.0.113.7")

    assert events() == [*["person.sign_in_failed"] * 5, "person.locked"]


def test_a_form_of_another_site_is_recorded(client: Client, ana: User) -> None:
    client.force_login(ana)

    client.post("/account/logout/", headers={"Sec-Fetch-Site": "cross-site"})

    assert client.get("/account/").status_code == 200
    record = Record.objects.get()
    assert (record.event, record.reason) == ("request.refused", "origin_refused")


def test_a_form_without_our_token_is_recorded(ana: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(UserFactory.create(username="ben"))

    answer = strict.post("/account/logout/")

    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text
    assert events() == ["request.refused"]


def test_an_address_has_twenty_guesses_whatever_the_accounts(
    client: Client, ana: User
) -> None:
    for number in range(20):
        sign_in(client, f"guess-{number}", "wrong")

    sign_in(client, "ana")

    assert client.get("/account/").status_code == 302


def test_nobody_signs_up_or_resets_a_password_by_mail(client: Client) -> None:
    for path in ("signup/", "password/reset/", "email/"):
        assert client.get(f"/account/{path}").status_code == 404


def test_a_deactivated_account_does_not_sign_in(client: Client, ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(is_active=False)

    sign_in(client, "ana")

    assert client.get("/account/").status_code == 302
    assert events() == ["person.sign_in_failed"]


def test_confirming_a_sign_in_keeps_the_way_back(client: Client, ana: User) -> None:
    sign_in(client, "ana")
    page = client.get("/account/reauthenticate/?next=/approvals/apr_1/")

    answer = client.post(
        "/account/reauthenticate/",
        {"password": PASSWORD, "next": "/approvals/apr_1/"},
    )

    assert 'value="/approvals/apr_1/"' in page.text
    assert answer.headers["Location"] == "/approvals/apr_1/"
    assert events()[-1] == "person.reauthenticated"


def test_admins_sign_in_through_the_same_page(client: Client, ana: User) -> None:
    anonymous = client.get("/admin/")
    sign_in(client, "ana")
    without_a_role = client.get("/admin/login/")

    assert anonymous.headers["Location"] == "/account/login/?next=%2Fadmin%2F"
    assert without_a_role.status_code == 403


def test_with_a_factor_enrolled_the_password_is_half_a_sign_in(
    client: Client, ana: User
) -> None:
    TOTP.activate(ana, generate_totp_secret())

    answer = client.post("/account/login/", {"login": "ana", "password": PASSWORD})

    assert answer.headers["Location"] == "/account/mfa/authenticate/"
    assert client.get("/account/").status_code == 302


def test_with_the_code_the_sign_in_is_whole_and_fresh(
    client: Client, ana: User
) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ana, secret)
    sign_in(client, "ana")

    enter_code(client, "authenticate", secret)

    assert "password and one-time code" in client.get("/account/").text
    assert Record.objects.get().detail == {"methods": ["password", "totp"]}


@pytest.mark.django_db(transaction=True)  # allauth tells us on commit
def test_a_factor_is_enrolled_and_recorded(client: Client, ana: User) -> None:
    sign_in(client, "ana")
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.get("/account/mfa/totp/activate/")
    secret = client.session[SECRET_SESSION_KEY]

    enter_code(client, "totp/activate", secret)

    assert has_second_factor(ana)
    assert "person.factor_changed" in events()


def test_once_a_factor_is_enrolled_a_password_makes_nothing_fresh(
    client: Client, ana: User
) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ana, secret)
    sign_in(client, "ana")
    enter_code(client, "authenticate", secret)
    session = client.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= 3600
    session.save()

    client.post("/account/reauthenticate/", {"password": PASSWORD})

    assert "60 min ago" in client.get("/account/").text


def enter_code(client: Client, page: str, secret: str) -> None:
    """Type the code that an authenticator shows, in its half minute."""
    moment = SimpleNamespace(time=timezone.now().timestamp)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "time", moment)
        counter = next(iter(yield_hotp_counters_from_time()))
        code = format_hotp_value(hotp_value(secret, counter))
        client.post(f"/account/mfa/{page}/", {"code": code})


def test_a_required_factor_leads_to_enrolment(
    client: Client, ana: User, settings: Settings
) -> None:
    settings.SECOND_FACTOR = "required"
    sign_in(client, "ana")

    assert client.get("/").headers["Location"] == "/account/mfa/"
    assert client.get("/account/mfa/").status_code == 200


@pytest.mark.parametrize(
    ("methods", "minutes", "enrolled", "recent"),
    [
        (("password",), 14, False, True),
        (("password",), 16, False, False),
        (("password",), 1, True, False),
        (("password", "totp"), 14, True, True),
        (("webauthn",), 1, True, True),
    ],
)
def test_a_sign_in_is_recent_by_its_age_and_its_strength(
    methods: tuple[str, ...], minutes: int, *, enrolled: bool, recent: bool
) -> None:
    sign_in = SignIn(methods, NOW - timedelta(minutes=minutes))

    found = is_recent(sign_in, seconds=900, now=NOW, has_second_factor=enrolled)

    assert found is recent
