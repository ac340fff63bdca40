"""How somebody signed in, in words."""

import pytest

from audit import yes
from audit.methods import WORDS, in_words


@pytest.mark.parametrize(
    ("methods", "told"),
    [
        ("password, totp", "password and one-time code"),
        (["oidc", "oidc_factor"], "single sign-on (Acme) and a second factor there"),
        (["oidc", "webauthn"], "single sign-on (Acme) and passkey"),
        ("slack link", "the linked Slack account"),
        ("something_new", "something_new"),
        ("", ""),
    ],
)
def test_methods_are_told_in_words(methods: str | list[str], told: str) -> None:
    assert in_words(methods, provider="Acme") == told


def test_without_a_name_of_the_provider_none_is_told() -> None:
    assert in_words("oidc") == "single sign-on"


def test_pages_and_records_say_the_same() -> None:
    told = {method: str(word) for method, word in WORDS.items()}

    assert told == {"password": "password", **yes.METHODS}
