"""People who read evidence."""

from collections.abc import Callable

import pytest
from django.test import Client

from governance.models import User
from tests.factories import UserFactory, person

SignedIn = Callable[[User], Client]


@pytest.fixture
def signed_in(db: None) -> SignedIn:
    """Give a browser in which a person is signed in."""

    def sign_in(user: User) -> Client:
        browser = Client()
        browser.force_login(
            user, backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        return browser

    return sign_in


@pytest.fixture
def olu(signed_in: SignedIn) -> Client:
    """Olu, the auditor of team-acme."""
    return signed_in(person("olu", "auditor"))


@pytest.fixture
def operator(signed_in: SignedIn) -> Client:
    """Sam, who runs the installation."""
    return signed_in(UserFactory.create(is_superuser=True))
