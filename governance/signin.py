"""How and when a person signed in, and the rules that allauth leaves to us."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.userkit import filter_users_by_email
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from audit.services import record, record_denied, record_flood
from governance.decision import Reason
from governance.models import User
from governance.requests import client_address

SIGNED_IN_AT: Final = "signed_in_at"
FACTORS: Final = frozenset({"totp", "webauthn", "recovery_codes"})
SECOND_FACTOR_URL: Final = "/account/mfa/"


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a person showed, and when: ``("password", "totp")``."""

    methods: tuple[str, ...]
    at: datetime

    @property
    def text(self) -> str:
        """The methods as one text, as votes keep it."""
        return ", ".join(self.methods)

    @property
    def has_factor(self) -> bool:
        """Whether something beside a password was shown."""
        return not FACTORS.isdisjoint(self.methods)


def sign_in_of(request: HttpRequest) -> SignIn:
    """Return how and when the person of a request last proved who she is.

    With a second factor enrolled, the time is that of the factor: a password alone
    makes nothing fresh then.  Without any record it is the beginning of time.
    """
    # Without the user allauth answers with nothing.
    records = get_authentication_records(request, cast("User", request.user))
    factors = [each for each in records if _method(each) in FACTORS]
    proofs = factors if factors and has_second_factor(request.user) else records
    if not proofs:
        return SignIn((), datetime.fromtimestamp(0, UTC))
    at = proofs[-1]["at"]
    shown = [_method(each) for each in records if each["at"] <= at]
    return SignIn(tuple(dict.fromkeys(shown)), datetime.fromtimestamp(at, UTC))


def _method(authentication: dict[str, Any]) -> str:
    return str(authentication.get("type") or authentication["method"])


def has_second_factor(person: object) -> bool:
    """Whether the person enrolled an authenticator or a passkey."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    enrolled = Authenticator.objects.filter(user=person, type__in=kinds)
    return bool(enrolled.exists())


def is_recent(
    sign_in: SignIn, *, seconds: int, now: datetime, has_second_factor: bool
) -> bool:
    """Whether a sign-in is fresh enough for what wants a fresh one.

    allauth's own check passes whoever has neither password nor factor, and repeats
    a suspended POST unseen; hence ours.
    """
    if has_second_factor and not sign_in.has_factor:
        return False
    return (now - sign_in.at).total_seconds() <= seconds


class RequireSignIn(LoginRequiredMiddleware):
    """Every page asks for a sign-in, unless its view says otherwise."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Any,
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Let the signed in pass, for twelve hours from their sign-in."""
        if request.path_info.startswith(settings.AGENT_PREFIXES):
            return None
        if request.user.is_authenticated:
            ends_at = _ends_at(request)
            request.session_ends_at = ends_at  # type: ignore[attr-defined] # for pages
            if timezone.now() >= ends_at:
                logout(request)
        if request.user.is_authenticated and _lacks_factor(request):
            return redirect(SECOND_FACTOR_URL)
        refusal: HttpResponseBase | None = super().process_view(
            request, view_func, view_args, view_kwargs
        )
        return refusal

    def handle_no_permission(  # type: ignore[override] # Django itself takes any
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        """Lead to the sign-in page; a poll gets a bare 401 in place of a page."""
        if request.headers.get("Accept") == "application/json":
            return HttpResponse(status=401)
        following = urlencode({"next": request.get_full_path()})
        return redirect(f"{settings.LOGIN_URL}?{following}")


def _ends_at(request: HttpRequest) -> datetime:
    # Django's own expiry slides with every change of the session.
    begun = request.session.setdefault(SIGNED_IN_AT, timezone.now().timestamp())
    return datetime.fromtimestamp(begun + settings.SESSION_COOKIE_AGE, UTC)


def _lacks_factor(request: HttpRequest) -> bool:
    if settings.SECOND_FACTOR != "required" or request.path_info.startswith(
        "/account/"
    ):
        return False
    return not has_second_factor(request.user)


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
        confirmed = bool(super().reauthenticate(user, password))
        if confirmed:
            record_reauthentication(user.username, methods=["password"])
        return confirmed

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
        """Record a changed factor: allauth calls this for each kind of change."""
        if template_prefix.startswith("mfa/"):
            with transaction.atomic():
                record(
                    "person.factor_changed",
                    now=timezone.now(),
                    person=user.username,
                    detail={"change": template_prefix.rpartition("/")[2]},
                )


def record_reauthentication(username: str, *, methods: list[str]) -> None:
    """Record that a signed-in person proved again who she is."""
    with transaction.atomic():
        record(
            "person.reauthenticated",
            now=timezone.now(),
            person=username,
            detail={"methods": methods},
        )


def _known(credentials: dict[str, Any]) -> str | None:
    typed = credentials.get("username") or credentials.get("email") or ""
    person = User.objects.filter(username=typed).first()
    if person is None and "@" in typed:
        person = next(iter(filter_users_by_email(typed)), None)
    return person.username if person else None
