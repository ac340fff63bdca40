"""axe-core finds nothing serious on the way through a provider, in any shape.

With ``SCREENSHOTS=folder`` the pictures are kept for people to look at.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Route, expect
from pytest_django import Settings

from tests.browser.conftest import Reader
from tests.browser.shapes import wrong_with
from tests.browser.test_provider import ANA, approve_there, linked, sign_in
from tests.factories import PASSWORD, person
from tests.providers import OpenIdProvider, ago, provider_process

FOLDER = os.environ.get("SCREENSHOTS", "")
WIDTHS: Final = (360, 768, 1280)
SHAPES: Final = tuple((w, scheme) for w in WIDTHS for scheme in ("light", "dark"))
OURS: Final[dict[str, Any]] = {"domains": ["example.com"]}
REAUTHENTICATE: Final = "/account/reauthenticate/?next=/account/"


@pytest.fixture(scope="module")
def running_provider() -> Iterator[OpenIdProvider]:
    with provider_process() as provider:
        yield provider


@pytest.fixture
def provider(
    running_provider: OpenIdProvider, tmp_path: Path, settings: Settings
) -> OpenIdProvider:
    settings.OIDC_FILE = running_provider.configure(tmp_path, **OURS)
    return running_provider


def looked_at(reader: Reader, name: str) -> list[str]:
    """Return what is wrong with the page in any shape, and keep its pictures."""
    found = list(wrong_with(reader, name, shapes=SHAPES))
    for width, scheme in SHAPES if FOLDER else ():
        reader.page.set_viewport_size({"width": width, "height": 900})
        reader.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        file = Path(FOLDER) / f"{name}-{width}-{scheme}.png"
        reader.page.screenshot(path=file, full_page=True)
    return found


def hold(route: Route) -> None:
    """Answer nothing: the browser stays on the page that leads away."""
    route.fulfill(status=204)


def test_nothing_serious_is_found_on_the_way_to_a_provider(
    reader: Reader, provider: OpenIdProvider
) -> None:
    reader.open("/account/login/")
    found = looked_at(reader, "provider-choice")
    reader.page.route(f"{provider.issuer}/**", hold)

    reader.page.get_by_role("button", name="Sign in with Acme ID").click()

    expect(reader.page.get_by_role("link", name="Go on to Acme ID")).to_be_visible()
    found += looked_at(reader, "provider-leaving")
    assert found == []


def test_nothing_serious_is_found_where_a_provider_confirms(
    reader: Reader, provider: OpenIdProvider
) -> None:
    linked("ana", provider)
    provider.knows("sub-ana", **ANA, auth_time=ago(3600))
    reader.open("/account/login/?next=/account/")
    sign_in(reader, "sub-ana")
    found = looked_at(reader, "provider-account")
    reader.open(REAUTHENTICATE)
    found += looked_at(reader, "provider-confirm")
    provider.knows("sub-ben", email="ben@example.com", email_verified=True)
    reader.page.get_by_role("button", name="Confirm with Acme ID").click()

    approve_there(reader, "sub-ben")

    expect(reader.page.get_by_role("alert")).to_contain_text("not the account")
    found += looked_at(reader, "provider-refused-signed-in")
    assert found == []


def test_nothing_serious_is_found_where_nobody_is_let_in(
    reader: Reader, provider: OpenIdProvider
) -> None:
    provider.knows("sub-zoe", email="zoe@example.com", email_verified=True)
    reader.open("/account/login/")

    sign_in(reader, "sub-zoe")

    expect(reader.page.get_by_role("alert")).to_contain_text("There is no account")
    found = looked_at(reader, "provider-refused")
    reader.open("/account/oidc/acme/callback/?state=unknown")
    found += looked_at(reader, "provider-refused-stateless")
    assert found == []


def test_nothing_serious_is_found_where_a_password_meets_a_provider(
    reader: Reader, provider: OpenIdProvider
) -> None:
    ben = person("ben")
    reader.sign_in("ben")
    reader.open("/account/")
    link = reader.page.get_by_role("button", name="Sign in through Acme ID")
    expect(link).to_be_visible()
    found = looked_at(reader, "provider-link")
    provider.knows("sub-ben", email=ben.email, email_verified=True)
    link.click()
    approve_there(reader, "sub-ben")
    reader.page.context.clear_cookies()
    reader.open("/account/login/")
    reader.page.get_by_label("User name or e-mail").fill("ben")
    reader.page.get_by_label("Password").fill(PASSWORD)

    reader.page.get_by_role("button", name="Sign in", exact=True).click()

    expect(reader.page.get_by_role("alert")).to_contain_text("sign in through Acme ID")
    found += looked_at(reader, "provider-password-refused")
    assert found == []
