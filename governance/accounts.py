"""allauth's hooks for accounts: nobody signs up, and what happens is recorded."""

from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core import context as context_of_allauth
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record, record_denied, record_flood
from governance.above import tell_sign_in_changed
from governance.decision import Reason
from governance.models import User
from governance.oidc import arriving
from governance.oidc.configuration import ProviderSettings, providers
from governance.oidc.protocol import shown_by
from governance.requests import client_address
from governance.services import identities
from governance.signin import (
    SIGNED_IN_AT,
    note_provider,
    record_reauthentication,
    sign_in_of,
)

_JUST_SHOWN: Final = {
    "mfa/email/totp_activated": "totp",
    "mfa/email/webauthn_added": "webauthn",
}


class AccountAdapter(DefaultAccountAdapter):
    """allauth's hooks: nobody signs up, and what happens is recorded."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Admins make accounts."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Count attempts by the address that our own proxies vouch for."""
        return client_address(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Record that the limits turn somebody away; nothing is tried then."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            record_flood(
                "person.locked",
                f"address {self.get_client_ip(request)}",
                now=timezone.now(),
                reason=Reason.RATE_LIMITED,
                person=_known(credentials),
            )
            raise

    def pre_login(
        self, request: HttpRequest, user: Any, **given: Any
    ) -> HttpResponse | None:
        """Keep to their provider those who have one: it alone knows who has left.

        Operators may use their password: somebody has to mend a broken provider.
        """
        refusal: HttpResponse | None = super().pre_login(request, user, **given)
        login = (given.get("signal_kwargs") or {}).get("sociallogin")
        if refusal is not None:
            return refusal
        if login is not None:
            token = shown_by(login).token
            note_provider(
                request,
                user,
                auth_time=token.auth_time,
                has_factor=token.has_factor,
            )
            return None
        return _sent_to_provider(request, user) if is_bound(user) else None

    def login(self, request: HttpRequest, user: Any) -> None:
        """Begin a session; its twelve hours run from here."""
        super().login(request, user)
        now = timezone.now()
        request.session[SIGNED_IN_AT] = now.timestamp()
        methods = sign_in_of(request).methods
        with transaction.atomic():
            record(
                "person.signed_in",
                now=now,
                person=user.username,
                detail={"methods": list(methods)},
            )

    def logout(self, request: HttpRequest) -> None:
        """End the session."""
        username = request.user.get_username()
        super().logout(request)
        with transaction.atomic():
            record("person.signed_out", now=timezone.now(), person=username)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record a failure; never what was typed, which may be a password."""
        record_denied(
            "person.sign_in_failed",
            now=timezone.now(),
            person=_known(credentials),
            detail={"why": "wrong name or password"},
        )

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> Any:
        """Turn away a deactivated account; only the right password sees this."""
        record_denied(
            "person.sign_in_failed",
            now=timezone.now(),
            person=user.username,
            detail={"why": "deactivated"},
        )
        return super().respond_user_inactive(request, user)

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Confirm with the password who sits there."""
        confirmed = not is_bound(user) and super().reauthenticate(user, password)
        if confirmed:
            record_reauthentication(user.username, methods=["password"])
        return confirmed

    def is_reauthentication_required(self, *, app: str, **given: Any) -> bool:
        """Leave it to ``governance.freshness``; allauth would keep and repeat forms."""
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return the ways to prove again who one is: the first is the usual one."""
        found: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not is_bound(user):
            return found
        ways = [way for way in found if way["id"] != "reauthenticate"]
        # With a factor enrolled, nothing less makes a sign-in fresh.
        return ways or [
            {
                "id": f"oidc:{each.id}",
                "description": _("Confirm with %(name)s") % {"name": each.name},
                "url": reverse("oidc_confirm", args=[each.id]),
            }
            for each in _providers_of(user)
        ]

    @transaction.atomic
    def set_password(self, user: Any, password: str) -> None:
        """Change the password; every other session of the person ends by it."""
        super().set_password(user, password)
        record("person.password_changed", now=timezone.now(), person=user.username)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Record and tell a changed factor: allauth calls this for each change."""
        if template_prefix.startswith("mfa/"):
            change, now = template_prefix.rpartition("/")[2], timezone.now()
            with transaction.atomic():
                record(
                    "person.factor_changed",
                    now=now,
                    person=user.username,
                    detail={"change": change},
                )
                tell_sign_in_changed(user, change, now=now)
        if kind := _JUST_SHOWN.get(template_prefix):
            # It was shown to be enrolled; else its codes would ask for it at once.
            record_authentication(context_of_allauth.request, user, "mfa", type=kind)


def is_bound(person: User) -> bool:
    """Whether a person signs in through a provider alone."""
    return not person.is_superuser and bool(_providers_of(person))


def _providers_of(person: User) -> list[ProviderSettings]:
    if not providers():
        return []
    known = identities.issuers_of(person)
    return [each for each in providers() if each.issuer in known]


def _sent_to_provider(request: HttpRequest, person: User) -> HttpResponse:
    clear_login(request)
    record_denied(
        "person.sign_in_failed",
        now=timezone.now(),
        person=person.username,
        detail={"why": "signs in through a provider alone"},
    )
    names = ", ".join(each.name for each in _providers_of(person))
    said = _("You sign in through %(names)s. Go back, and choose it.")
    return arriving.page(request, said % {"names": names})


def _known(credentials: dict[str, Any]) -> str | None:
    typed = credentials.get("username") or credentials.get("email") or ""
    person = User.objects.filter(username=typed).first()
    if person is None and "@" in typed:
        person = next(iter(filter_users_by_email(typed)), None)
    return person.username if person else None
