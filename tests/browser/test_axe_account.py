"""axe-core finds nothing serious where people sign in and see to their account."""

from pathlib import Path
from typing import Final

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.mail.backends.filebased import EmailBackend
from pytest_django import Settings

from governance.models import User
from tests.browser.conftest import Reader
from tests.browser.shapes import wrong_with
from tests.browser.test_passkeys import VirtualKey, enrolled, sign_out
from tests.factories import PASSWORD, UserFactory

HERS: Final = (
    "/account/",
    "/account/slack/",
    "/account/password/change/",
    "/account/reauthenticate/",
    "/account/logout/",
    "/account/mfa/",
    "/account/mfa/reauthenticate/",
    "/account/mfa/totp/activate/",
    "/account/mfa/recovery-codes/",
    "/account/mfa/recovery-codes/generate/",
    "/account/mfa/webauthn/",
    "/account/mfa/webauthn/add/",
    "/account/mfa/webauthn/{passkey}/edit/",
    "/account/mfa/webauthn/{passkey}/remove/",
    "/account/mfa/webauthn/reauthenticate/",
)


def test_nothing_serious_is_found_on_the_way_in(reader: Reader) -> None:
    VirtualKey(reader.page.context.new_cdp_session(reader.page))
    enrolled(reader)
    sign_out(reader)
    found = list(wrong_with(reader, "sign-in"))

    reader.page.get_by_label("User name or e-mail").fill("ana")
    reader.page.get_by_label("Password").fill("wrong")
    reader.page.get_by_role("button", name="Sign in", exact=True).click()
    reader.page.get_by_role("alert").wait_for()
    found += wrong_with(reader, "sign-in refused")
    reader.page.get_by_label("Password").fill(PASSWORD)
    reader.page.get_by_role("button", name="Sign in", exact=True).click()
    reader.page.wait_for_url("**/account/mfa/authenticate/")
    found += wrong_with(reader, "second factor asked")
    reader.open("/account/inactive/")
    found += wrong_with(reader, "deactivated")

    assert found == []


def test_nothing_serious_is_found_on_any_page_of_an_account(reader: Reader) -> None:
    VirtualKey(reader.page.context.new_cdp_session(reader.page))
    enrolled(reader)
    passkey = Authenticator.objects.get(type="webauthn").pk
    found: list[str] = []

    for path in HERS:
        address = path.format(passkey=passkey)
        reader.open(address)
        assert reader.page.url == f"{reader.server}{address}"
        found += wrong_with(reader, path)
    TOTP.activate(User.objects.get(username="ana"), generate_totp_secret())
    for path in ("/account/mfa/", "/account/mfa/totp/deactivate/"):
        reader.open(path)
        assert reader.page.url == f"{reader.server}{path}"
        found += wrong_with(reader, f"with a one-time code: {path}")

    assert found == []


def test_nothing_serious_is_found_in_the_mailbox_of_the_demo(
    reader: Reader, tmp_path: Path, settings: Settings
) -> None:
    settings.MODE, settings.MAIL_DIR = "demo", tmp_path
    settings.PUBLIC_URL = reader.server
    text = f"Review: {reader.server}/approvals/apr_1/?k={'x' * 43}\n"
    letter = mail.EmailMessage("[approval K7Q-4M2] Zoë", text, to=["ana@example.com"])
    UserFactory.create(username="ana")
    reader.sign_in("ana")

    reader.open("/mailbox/")
    found = list(wrong_with(reader, "empty"))
    EmailBackend(file_path=str(tmp_path)).send_messages([letter])
    reader.open("/mailbox/")
    reader.page.get_by_text("K7Q-4M2").wait_for()
    found += wrong_with(reader, "with a letter")

    assert found == []
