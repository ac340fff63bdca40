"""How and when a person signed in, and how long that counts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast
from urllib.parse import urlencode

from allauth.account.authentication import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from audit.services import record
from governance.models import User

SIGNED_IN_AT: Final = "signed_in_at"
LINKED_AT: Final = "linked_at"
PROVIDER: Final = "socialaccount"  # as allauth calls a sign-in by a provider
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
    earlier = [each for each in records if each["at"] <= at]
    shown = [method for each in earlier for method in _methods(each)]
    return SignIn(tuple(dict.fromkeys(shown)), datetime.fromtimestamp(at, UTC))


def _methods(authentication: dict[str, Any]) -> list[str]:
    if authentication["method"] != PROVIDER:
        return [_method(authentication)]
    return ["oidc", *(["oidc_factor"] if authentication.get("factor") else [])]


def _method(authentication: dict[str, Any]) -> str:
    return str(authentication.get("type") or authentication["method"])


def note_provider(
    request: HttpRequest, person: User, *, auth_time: int | None, has_factor: bool
) -> None:
    """Correct what allauth just noted of a sign-in by a provider.

    It counts by the moment at which the provider saw proof of the person, and not by
    that of a redirect; a provider that does not tell makes nothing fresh.
    """
    records = get_authentication_records(request, person)
    newest = {**records[-1], "at": auth_time or 0, "factor": has_factor}
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [*records[:-1], newest]


def confirm_by_provider(
    request: HttpRequest, *, issuer: str, auth_time: int | None, has_factor: bool
) -> None:
    """Note and record that a provider saw proof of the signed-in person anew."""
    person = cast("User", request.user)
    record_authentication(request, person, PROVIDER, provider=issuer)
    note_provider(request, person, auth_time=auth_time, has_factor=has_factor)
    record_reauthentication(person.username, methods=["oidc"])


def issuer_of(request: HttpRequest) -> str:
    """Return the issuer that vouched for the person last in this session, if any."""
    records = get_authentication_records(request, cast("User", request.user))
    issuers = [each.get("provider") for each in records if each["method"] == PROVIDER]
    return str(issuers[-1] or "") if issuers else ""


def provider_showed_factor(request: HttpRequest) -> bool:
    """Whether a provider vouched for more than one factor in this session."""
    records = get_authentication_records(request, cast("User", request.user))
    return any(each.get("factor") for each in records if each["method"] == PROVIDER)


def is_fresh(request: HttpRequest) -> bool:
    """Whether the signed-in person proved lately who she is."""
    return is_recent(
        sign_in_of(request),
        seconds=settings.RECENT_SIGN_IN_SECONDS,
        now=timezone.now(),
        has_second_factor=has_second_factor(request.user),
    )


def may_enrol(request: HttpRequest) -> bool:
    """Whether a first second factor may be enrolled without a fresh sign-in.

    Only just after the very first sign-in by a provider: some never tell when they saw
    proof of a person, and their people could not enrol one at all.
    """
    linked_at = request.session.get(LINKED_AT, 0)
    age = timezone.now().timestamp() - linked_at
    lately = age <= settings.RECENT_SIGN_IN_SECONDS
    return lately and not has_second_factor(request.user)


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
        wants_page = "HX-Request" not in request.headers
        if request.headers.get("Accept") == "application/json" or not wants_page:
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
    return not provider_showed_factor(request) and not has_second_factor(request.user)


def record_reauthentication(username: str, *, methods: list[str]) -> None:
    """Record that a signed-in person proved again who she is."""
    with transaction.atomic():
        record(
            "person.reauthenticated",
            now=timezone.now(),
            person=username,
            detail={"methods": methods},
        )
