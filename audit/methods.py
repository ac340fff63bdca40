"""How somebody signed in, in words for pages; ``audit.yes`` has those of records."""

from collections.abc import Iterable, Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WORDS: Final[Mapping[str, Promise]] = {
    "password": gettext_lazy("password"),
    "totp": gettext_lazy("one-time code"),
    "mfa": gettext_lazy("one-time code"),
    "recovery_codes": gettext_lazy("recovery code"),
    "webauthn": gettext_lazy("passkey"),
    "oidc": gettext_lazy("single sign-on"),
    "oidc_factor": gettext_lazy("a second factor there"),
    "slack link": gettext_lazy("the linked Slack account"),
}


def in_words(methods: str | Iterable[str], *, provider: str = "") -> str:
    """Return ``single sign-on (Acme) and passkey``; votes keep the methods as a text.

    What has no words here is told as it is.
    """
    if isinstance(methods, str):
        methods = [each.strip() for each in methods.split(",") if each.strip()]
    return _(" and ").join(_word(each, provider) for each in methods)


def _word(method: str, provider: str) -> str:
    word = str(WORDS.get(method, method))
    return f"{word} ({provider})" if method == "oidc" and provider else word
