"""Every question to a provider leaves through the egress guard, once and in time."""

import base64
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

from allauth.socialaccount.providers.oauth2.client import OAuth2Error

from audit.connections import give_connection_back
from governance import egress
from governance.arguments import InvalidJson, parse_json
from governance.egress import BackendSettings, Deadline, EgressFailed, OutboundRequest
from governance.oidc.configuration import ProviderSettings

SECONDS: Final = 10
MAX_BYTES: Final = 262_144
_DISCOVERY: Final = "/.well-known/openid-configuration"
_FORM: Final = "application/x-www-form-urlencoded"


class ProviderFailed(OAuth2Error):
    """A provider did not answer as OpenID wants; the text is a sentence of ours."""


def discover(provider: ProviderSettings) -> dict[str, Any]:
    """Return what a provider says of itself (OpenID Connect Discovery, section 4).

    Raises ProviderFailed, also if it speaks for an issuer other than the configured.
    """
    found = get_json(provider.issuer.rstrip("/") + _DISCOVERY, provider=provider)
    if found.get("issuer") != provider.issuer:
        raise ProviderFailed("The provider speaks for another issuer.")
    return found


def get_json(
    url: str, *, provider: ProviderSettings, bearer: str = ""
) -> dict[str, Any]:
    """Fetch a JSON object.  Raises ProviderFailed."""
    headers = [("Accept", "application/json")]
    if bearer:
        headers.append(("Authorization", f"Bearer {bearer}"))
    return _asked(url, OutboundRequest("GET", "", tuple(headers)), provider)


def post_form(
    url: str,
    fields: Mapping[str, str],
    *,
    provider: ProviderSettings,
    by_header: bool,
) -> dict[str, Any]:
    """Send a form as the client that we are (RFC 6749, section 2.3.1).

    Raises ProviderFailed.
    """
    headers = [("Accept", "application/json"), ("Content-Type", _FORM)]
    sent = {**fields, "client_id": provider.client_id}
    if by_header and provider.client_secret:
        pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret)}"
        coded = base64.b64encode(pair.encode()).decode()
        headers.append(("Authorization", f"Basic {coded}"))
        del sent["client_id"]
    elif provider.client_secret:
        sent["client_secret"] = provider.client_secret
    body = urlencode(sent).encode()
    return _asked(url, OutboundRequest("POST", "", tuple(headers), body), provider)


def _asked(
    url: str, asked: OutboundRequest, provider: ProviderSettings
) -> dict[str, Any]:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = OutboundRequest(asked.method, target, asked.headers, asked.body)
    backend = BackendSettings(
        0,
        0,
        f"{parts.scheme}://{parts.netloc}",
        provider.cidrs,
        max_response_bytes=MAX_BYTES,
        ca_pem=provider.ca_pem,
    )
    give_connection_back()
    try:
        answer = egress.once(request, backend=backend, deadline=Deadline(SECONDS))
    except EgressFailed as error:
        raise ProviderFailed(f"The provider can't be asked: {error}") from error
    if answer.status != 200:  # noqa: PLR2004 - no other answer holds what was asked
        raise ProviderFailed(f"The provider answered with {answer.status}.")
    try:
        return dict(parse_json(answer.body))
    except InvalidJson as error:
        raise ProviderFailed("The provider's answer is not JSON.") from error
