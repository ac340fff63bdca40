"""allauth's OpenID Connect classes, with what they leave out.

They check no signature and no nonce, believe the issuer that discovery names, and let
the query of our own page add scopes and parameters; here all of that is closed.
"""

import secrets
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import (
    OpenIDConnectProvider,
)
from allauth.socialaccount.providers.openid_connect.views import (
    OpenIDConnectOAuth2Adapter,
)
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from governance.oidc import asking
from governance.oidc.asking import ProviderFailed
from governance.oidc.configuration import ProviderSettings
from governance.oidc.tokens import (
    Expected,
    TokenRefused,
    VerifiedToken,
    merged,
    texts,
    verify,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a provider showed of a person, after every check."""

    provider: ProviderSettings
    token: VerifiedToken
    email: str
    is_email_verified: bool
    groups: frozenset[str]
    first_name: str
    last_name: str

    @property
    def speaks_for_email(self) -> bool:
        """Whether the address is proved, and of a domain that is this provider's."""
        _, at, domain = self.email.rpartition("@")
        return bool(at) and self.is_email_verified and domain in self.provider.domains


class Client(OAuth2Client):
    """The token request, through the egress guard."""

    provider: ProviderSettings

    def get_access_token(
        self, code: str, pkce_code_verifier: str = "", extra_data: object = None
    ) -> dict[str, Any]:
        """Trade the code, which our verifier alone can do (RFC 7636)."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback_url,
            "code_verifier": pkce_code_verifier,
        }
        answer = asking.post_form(
            self.access_token_url,
            fields,
            provider=self.provider,
            by_header=self.basic_auth,
        )
        if not isinstance(answer.get("access_token"), str):
            raise ProviderFailed("The provider gave no token.")
        return answer


class Adapter(OpenIDConnectOAuth2Adapter):
    """One provider, in one request; ``state`` is what this sign-in asked for."""

    client_class = Client
    state: dict[str, Any]

    @property
    def settings(self) -> ProviderSettings:
        """The provider's part of the file."""
        return self._provider.ours

    @property
    def _provider(self) -> "Provider":
        return cast("Provider", super().get_provider())  # type: ignore[no-untyped-call]

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says of itself, asked once a request."""
        if not hasattr(self, "_openid_config"):
            self._openid_config = asking.discover(self.settings)
        found: dict[str, Any] = self._openid_config
        return found

    @property
    def authorize_url(self) -> str:
        """Where the browser goes: by TLS, or as plainly as the issuer itself."""
        return self._endpoint("authorization_endpoint")

    @property
    def access_token_url(self) -> str:  # type: ignore[override] # allauth's is one too
        """Where the code is traded."""
        return self._endpoint("token_endpoint")

    @property
    def basic_auth(self) -> bool:  # type: ignore[override] # allauth's is one too
        """Whether the client names itself in a header, which is the default."""
        known = self.openid_config.get("token_endpoint_auth_methods_supported")
        return not isinstance(known, list) or "client_secret_post" not in known

    def get_client(self, request: HttpRequest, app: SocialApp) -> Client:
        """Return the client, which knows whose it is."""
        client: Client = super().get_client(request, app)
        client.provider = self.settings
        return client

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **given: Any
    ) -> SocialLogin:
        """Verify the ID token, and return whose sign-in it is.

        Raises ProviderFailed.
        """
        answer = given["response"]
        keys = asking.get_json(self._endpoint("jwks_uri"), provider=self.settings)
        try:
            verified = verify(
                str(answer.get("id_token")),
                keys=keys,
                expected=self._expected(),
                now=int(timezone.now().timestamp()),
            )
        except TokenRefused as error:
            raise ProviderFailed(str(error)) from error
        login: SocialLogin = self._provider.sociallogin_from_response(
            request, {"sub": verified.subject}
        )
        shown = self._shown(verified, answer["access_token"])
        login.shown = shown  # type: ignore[attr-defined] # see shown_by
        return login

    def _expected(self) -> Expected:
        ours = self.settings
        return Expected(
            issuer=ours.issuer,
            client_id=ours.client_id,
            nonce=self.state["nonce"],
            acr=ours.acr,
            authenticated_after=self.state["authenticated_after"],
        )

    def _shown(self, verified: VerifiedToken, access_token: str) -> Shown:
        ours = self.settings
        claims = merged(verified.claims, self._more(verified, access_token))
        if ours.groups_claim in _distributed(claims):
            # Entra leaves the claim out for whoever is in more than 200 groups.
            raise ProviderFailed("The provider left the groups out: they are too many.")
        said = claims.get("email_verified", ours.trust_email)
        return Shown(
            provider=ours,
            token=verified,
            email=_text(claims, "email").lower(),
            is_email_verified=said is True,
            groups=frozenset(texts(claims.get(ours.groups_claim))),
            first_name=_text(claims, "given_name")[:150],
            last_name=_text(claims, "family_name")[:150],
        )

    def _more(self, verified: VerifiedToken, access_token: str) -> dict[str, Any]:
        """Ask for what the ID token lacks, as some keep it thin (section 5.3)."""
        wanted = {"email", self.settings.groups_claim}
        if wanted <= set(verified.claims) or "userinfo_endpoint" not in (
            self.openid_config
        ):
            return {}
        url = self._endpoint("userinfo_endpoint")
        said = asking.get_json(url, provider=self.settings, bearer=access_token)
        if said.get("sub") != verified.subject:
            raise ProviderFailed("The provider told us of somebody else.")
        return dict(said)

    def _endpoint(self, name: str) -> str:
        url = self.openid_config.get(name)
        schemes = {"https", urlsplit(self.settings.issuer).scheme}
        if not isinstance(url, str) or urlsplit(url).scheme not in schemes:
            raise ProviderFailed(f"The provider's {name} is missing, or not https.")
        return url


class Provider(OpenIDConnectProvider):
    """One provider of the file."""

    oauth2_adapter_class = Adapter
    ours: ProviderSettings

    @property
    def sub_id(self) -> str:
        """The issuer: accounts are unique by it and ``sub``, whatever we call it."""
        return self.ours.issuer

    def get_scope(self) -> list[str]:
        """Return the scopes of the file."""
        return list(self.ours.scopes)

    def get_pkce_params(self) -> dict[str, str]:
        """Use PKCE always, and never its plain form (RFC 7636, section 4.2)."""
        self.app.settings["oauth_pkce_enabled"] = True
        return dict(super().get_pkce_params())

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Return the subject: no other claim names a person for good."""
        return str(data["sub"])

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Keep nothing of what the provider told."""
        return {}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """Fill in nothing: accounts are made by our own service."""
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        """Take no address: none of them finds an account here."""
        return []

    def leave(
        self, request: HttpRequest, *, purpose: str, next_url: str | None
    ) -> HttpResponse:
        """Send the browser to the provider, and remember what was asked of it."""
        nonce = secrets.token_urlsafe(32)
        asked_at = int(timezone.now().timestamp()) if purpose == CONFIRM else None
        params = {"nonce": nonce}
        if self.ours.acr:
            params["acr_values"] = self.ours.acr
        if asked_at is not None:
            # prompt alone proves nothing; max_age makes auth_time a must (3.1.2.1).
            params |= {"prompt": "login", "max_age": "0"}
        answer: HttpResponse = self.redirect(
            request,
            "login",
            next_url,
            auth_params=params,
            nonce=nonce,
            authenticated_after=asked_at,
            purpose=purpose,
        )
        return answer


SIGN_IN: Final = "sign-in"
CONFIRM: Final = "confirm"
CONNECT: Final = "connect"
PURPOSES: Final = frozenset({SIGN_IN, CONFIRM, CONNECT})


class Callback(OAuth2CallbackView):
    """Where the browser comes back, with the state of this very sign-in."""

    adapter: Adapter

    def _get_state(self, request: HttpRequest, provider: Provider) -> Any:
        state, refusal = super()._get_state(request, provider)
        self.adapter.state = state
        # Mix-up: an answer that names its issuer names this one (RFC 9207).
        if state is not None and request.GET.get("iss", provider.ours.issuer) != (
            provider.ours.issuer
        ):
            raise ProviderFailed("The answer came from another issuer.")
        return state, refusal


def shown_by(login: SocialLogin) -> Shown:
    """Return what the provider showed, which allauth's object carries along."""
    return cast("Shown", login.shown)  # type: ignore[attr-defined]


def _distributed(claims: dict[str, Any]) -> frozenset[str]:
    names = claims.get("_claim_names")
    return frozenset(names) if isinstance(names, dict) else frozenset()


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
