"""A session ends by the clock, with its account and with its password."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from governance.models import User
from governance.signin import SIGNED_IN_AT
from tests.factories import PASSWORD, UserFactory
from tests.governance.test_signin import events, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> User:
    return UserFactory.create(username="ana")


def test_a_poll_of_someone_signed_out_gets_no_page(client: Client) -> None:
    answer = client.get("/account/", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.content) == (401, b"")


def test_a_session_ends_after_twelve_hours_however_busy(
    client: Client, ana: User
) -> None:
    sign_in(client, "ana")
    session = client.session
    session[SIGNED_IN_AT] = (timezone.now() - timedelta(hours=12)).timestamp()
    session.save()

    answer = client.get("/account/")

    assert answer.headers["Location"].startswith("/account/login/")
    assert client.session.get(SIGNED_IN_AT) is None


def test_a_session_ends_with_the_deactivation_of_its_person(
    client: Client, ana: User
) -> None:
    sign_in(client, "ana")
    User.objects.filter(pk=ana.pk).update(is_active=False)

    assert client.get("/account/").status_code == 302


def test_a_new_password_ends_the_other_sessions(ana: User) -> None:
    here, elsewhere = Client(), Client()
    sign_in(here, "ana")
    sign_in(elsewhere, "ana")
    new = "another long password"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}

    here.post("/account/password/change/", form)

    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert events()[-1] == "person.password_changed"


def test_signing_out_takes_a_post_and_is_recorded(client: Client, ana: User) -> None:
    sign_in(client, "ana")
    client.get("/account/logout/")
    assert client.get("/account/").status_code == 200

    client.post("/account/logout/")

    assert client.get("/account/").status_code == 302
    assert events() == ["person.signed_in", "person.signed_out"]
