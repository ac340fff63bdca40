"""People who read evidence, and what they are given."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from governance.models import User
from tests.audit.auditing import exported, with_csv
from tests.audit.evidence import CALL, write
from tests.audit.sealed import seal_all, some_calls
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


@pytest.fixture
def folder(db: None, tmp_path: Path) -> Path:
    """Fifty records, sealed and exported as JSONL and as CSV."""
    some_calls(12)
    write("session.opened", {**CALL, "call_id": None})
    write("lane.changed", {"tenant": "team-acme", "person": "sam"})
    seal_all()
    return with_csv(exported(tmp_path / "out"))
