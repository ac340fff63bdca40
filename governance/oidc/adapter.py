"""allauth's hooks for providers: which there are, and who may come in."""

from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.base.provider import Provider as BaseProvider
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from governance.oidc.arriving import arrive, refuse_unproved
from governance.oidc.configuration import ProviderSettings, providers
from governance.oidc.protocol import Provider


class OidcAdapter(DefaultSocialAccountAdapter):
    """Providers are those of the file; rows of the database make none."""

    def list_apps(
        self, request: HttpRequest, provider: str = "", client_id: str = ""
    ) -> list[SocialApp]:
        """Return what the file has, by its id or by its issuer."""
        return [
            _app(each)
            for each in providers()
            if not provider or provider in {each.id, each.issuer, "openid_connect"}
        ]

    def list_providers(self, request: HttpRequest) -> list[BaseProvider]:
        """Return every provider of the file."""
        return [_provider(request, each) for each in providers()]

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str = ""
    ) -> Provider:
        """Return one.  Raises SocialApp.DoesNotExist."""
        for each in providers():
            if provider in {each.id, each.issuer}:
                return _provider(request, each)
        raise SocialApp.DoesNotExist

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Decide, before allauth does anything with the proof."""
        arrive(request, sociallogin)

    def is_open_for_signup(
        self, request: HttpRequest, sociallogin: SocialLogin
    ) -> bool:
        """Never: whoever may sign up has an account by now."""
        return False

    def authenticate_by_email(self, sociallogin: SocialLogin) -> None:
        """Find nobody by an address: it can be somebody else's tomorrow."""

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> NoReturn:
        """Record why there was no sign-in, and say so."""
        why = str(exception or "no sign-in of this browser is waiting for this")
        is_cancelled = error == AuthError.CANCELLED
        raise ImmediateHttpResponse(
            cancelled(request, provider)
            if is_cancelled
            else failed(request, provider, why=why)
        )

    def get_requests_session(self) -> NoReturn:
        """Open no connection past the egress guard."""
        raise NotImplementedError


def failed(request: HttpRequest, provider: Provider, *, why: str) -> HttpResponse:
    """Record why there was no sign-in; the page does not say it."""
    said = _(
        "The sign-in did not work. Try again; if it goes on, an admin finds the reason"
        " on record."
    )
    return refuse_unproved(request, why=f"{provider.ours.id}: {why}", said=said)


def cancelled(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Record that a person went back."""
    said = _("You cancelled the sign-in. Nothing has happened.")
    why = f"{provider.ours.id}: cancelled at the provider"
    return refuse_unproved(request, why=why, said=said)


def _app(ours: ProviderSettings) -> SocialApp:
    return SocialApp(
        provider="openid_connect",
        provider_id=ours.id,
        name=ours.name,
        client_id=ours.client_id,
        secret=ours.client_secret,
    )


def _provider(request: HttpRequest, ours: ProviderSettings) -> Provider:
    provider = Provider(request, app=_app(ours))
    provider.ours = ours
    return provider
