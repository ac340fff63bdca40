"""Passkeys in a real browser, with Chromium's virtual authenticator."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import CDPSession, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from audit.models import Record
from tests.browser.conftest import Reader
from tests.factories import PASSWORD, UserFactory


class VirtualKey:
    """An authenticator that the browser believes to be plugged in."""

    def __init__(self, session: CDPSession, *, verifies: bool = True) -> None:
        self._session = session
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": verifies,
            "automaticPresenceSimulation": True,
        }
        added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.id = added["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        """Return what it keeps."""
        asked = {"authenticatorId": self.id}
        kept = self._session.send("WebAuthn.getCredentials", asked)
        return list(kept["credentials"])

    def verifies(self, *, person: bool) -> None:
        """Let the PIN or the finger be right, or not."""
        asked = {"authenticatorId": self.id, "isUserVerified": person}
        self._session.send("WebAuthn.setUserVerified", asked)

    def forgets(self) -> None:
        """Lose every credential."""
        asked = {"authenticatorId": self.id}
        self._session.send("WebAuthn.clearCredentials", asked)


@pytest.fixture
def key(reader: Reader) -> Iterator[VirtualKey]:
    session = reader.page.context.new_cdp_session(reader.page)
    yield VirtualKey(session)
    session.detach()


def confirm_password(reader: Reader) -> None:
    reader.page.get_by_label("Password").fill(PASSWORD)
    reader.page.get_by_role("button", name="Confirm").click()


def add_passkey(reader: Reader) -> None:
    reader.open("/account/mfa/webauthn/add/")
    reader.page.get_by_label("Name").fill("Laptop")
    reader.page.get_by_label("Passwordless").check()
    reader.page.get_by_role("button", name="Add").click()


def sign_out(reader: Reader) -> None:
    reader.page.get_by_role("button", name="Sign out").click()
    reader.page.wait_for_url("**/account/login/")


def enrolled(reader: Reader) -> None:
    UserFactory.create(username="ana")
    reader.sign_in("ana")
    add_passkey(reader)
    reader.page.wait_for_url("**/account/mfa/recovery-codes/**")


def last_methods() -> Any:
    signed_in = Record.objects.filter(event="person.signed_in").order_by("at", "pk")
    newest = signed_in.last()
    return newest and (newest.detail or {})["methods"]


def test_a_passkey_is_enrolled(reader: Reader, key: VirtualKey) -> None:
    enrolled(reader)

    (credential,) = key.credentials()
    assert (credential["isResidentCredential"], credential["rpId"]) == (
        True,
        "localhost",
    )
    assert Authenticator.objects.filter(type="webauthn").count() == 1
    changes = Record.objects.filter(event="person.factor_changed")
    assert {str((each.detail or {})["change"]) for each in changes} >= {
        "webauthn_added"
    }
    assert reader.complaints == []


def test_a_passkey_alone_signs_in(reader: Reader, key: VirtualKey) -> None:
    enrolled(reader)
    sign_out(reader)

    reader.page.get_by_role("button", name="Sign in with a passkey").click()

    expect(reader.page.get_by_role("button", name="Sign out")).to_be_visible()
    assert last_methods() == ["webauthn"]
    assert reader.complaints == []


def test_a_passkey_that_cannot_be_used_is_told_on_the_page(
    reader: Reader, live_server: LiveServer, settings: Settings
) -> None:
    # By a number, where no passkey can be: an error that needs no key at all.
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "127.0.0.1"]
    by_number = live_server.url.replace("localhost", "127.0.0.1")
    reader.page.goto(f"{by_number}/account/login/")

    reader.page.get_by_role("button", name="Sign in with a passkey").click()

    alert = reader.page.get_by_role("alert")
    expect(alert).to_contain_text("not by an IP address")
    assert reader.complaints == []


def test_a_passkey_is_the_second_factor_after_a_password(
    reader: Reader, key: VirtualKey
) -> None:
    enrolled(reader)
    sign_out(reader)
    reader.page.get_by_label("User name or e-mail").fill("ana")
    reader.page.get_by_label("Password").fill(PASSWORD)
    reader.page.get_by_role("button", name="Sign in", exact=True).click()
    reader.page.wait_for_url("**/account/mfa/authenticate/")

    reader.page.get_by_role("button", name="Use a security key").click()

    expect(reader.page.get_by_role("button", name="Sign out")).to_be_visible()
    assert last_methods() == ["password", "webauthn"]
    assert reader.complaints == []


def test_a_touch_without_the_pin_signs_nobody_in(
    reader: Reader, key: VirtualKey
) -> None:
    enrolled(reader)
    sign_out(reader)
    key.verifies(person=False)

    reader.page.get_by_role("button", name="Sign in with a passkey").click()

    expect(reader.page.get_by_label("User name or e-mail")).to_be_visible()
    reader.open("/account/")
    reader.page.wait_for_url("**/account/login/**")


def test_a_key_that_lost_its_credentials_signs_nobody_in(
    reader: Reader, key: VirtualKey
) -> None:
    enrolled(reader)
    sign_out(reader)
    key.forgets()

    reader.page.get_by_role("button", name="Sign in with a passkey").click()

    reader.open("/account/")
    reader.page.wait_for_url("**/account/login/**")


def test_a_passkey_confirms_who_sits_there(reader: Reader, key: VirtualKey) -> None:
    enrolled(reader)
    reader.open("/account/mfa/webauthn/reauthenticate/?next=/account/")

    reader.page.get_by_role("button", name="Use a security key").click()

    expect(reader.page.get_by_role("heading", name="Your account")).to_be_visible()
    confirmed = Record.objects.filter(event="person.reauthenticated").last()
    assert confirmed is not None
    assert confirmed.detail == {"methods": ["webauthn"]}


def test_a_passkey_is_removed(reader: Reader, key: VirtualKey) -> None:
    enrolled(reader)
    reader.open("/account/mfa/webauthn/")
    reader.page.get_by_role("link", name="Remove Laptop").click()

    reader.page.get_by_role("button", name="Remove").click()

    expect(reader.page.get_by_text("You have none yet")).to_be_visible()
    assert not Authenticator.objects.filter(type="webauthn").exists()
    changes = Record.objects.filter(event="person.factor_changed")
    assert {"change": "webauthn_removed"} in [each.detail for each in changes]
