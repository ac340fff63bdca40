"""The home page, the person's own account, and the demo's mailbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Protocol

from allauth.mfa.base.views import ReauthenticateView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from audit.access import AuditScope
from audit.methods import in_words
from audit.models import Record
from governance.access import PersonRequest
from governance.faces import FACES
from governance.headers import record_refused_form
from governance.mailbox import letters
from governance.models import GroupMembership, Membership
from governance.oidc.configuration import providers
from governance.services import identities
from governance.signin import (
    has_second_factor,
    issuer_of,
    record_reauthentication,
    sign_in_of,
)

LETTERS_SHOWN: Final = 50
REFUSALS_SHOWN: Final = 5
LATELY: Final = 300  # records: the index has no place for refusals alone


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the home page, made by whichever layer knows about it."""

    template: str
    values: Mapping[str, object]


class MakePart(Protocol):
    """What the setting ``HOME_PARTS`` names; None where there is nothing to say."""

    def __call__(self, request: PersonRequest) -> Part | None:
        """Make the section for this person."""


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without our token; nothing was changed."""
    record_refused_form(request, why=reason)
    return render(request, "403_csrf.html", status=HTTPStatus.FORBIDDEN)


@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """Show what waits for the person and what happened lately."""
    makers: list[MakePart] = [import_string(name) for name in settings.HOME_PARTS]
    parts = [part for make in makers if (part := make(request))]
    return render(request, "governance/home.html", {"parts": parts})


def refusals(request: PersonRequest) -> Part | None:
    """Return what was refused lately, for admins."""
    tenants = request.access.slugs(Membership.Role.ADMIN)
    if not tenants:
        return None
    newest = Record.objects.visible_to(AuditScope(tenants)).order_by("-id")[:LATELY]
    refused = [(each, _title(each)) for each in newest if _is_refusal(each)]
    return Part("governance/_refusals.html", {"refused": refused[:REFUSALS_SHOWN]})


def _is_refusal(found: Record) -> bool:
    # A person's no is a decision like a yes, and nothing for an admin to look into.
    is_denied = found.outcome == Record.Outcome.DENIED
    return is_denied and found.event != "approval.denied"


def _title(found: Record) -> str:
    titles = {str(reason): face.title for reason, face in FACES.items()}
    return titles.get(found.reason or "", found.event)


@require_safe
def account(request: PersonRequest) -> HttpResponse:
    """Show a person her roles, her groups and how she signed in."""
    now = timezone.now()
    held = Membership.objects.valid(now).filter(user=request.user)
    places = GroupMembership.objects.valid(now).filter(user=request.user)
    known = identities.issuers_of(request.user)
    shown = {
        "linked": [each for each in providers() if each.issuer in known],
        "linkable": [each for each in providers() if each.issuer not in known],
        "memberships": held.select_related("tenant"),
        "places": places.select_related("group"),
        "sign_in": sign_in_of(request),
        "signed_in_by": _signed_in_by(request),
        "has_second_factor": has_second_factor(request.user),
        "second_factor_open": settings.SECOND_FACTOR != "off",
    }
    return render(request, "governance/account.html", shown)


def _signed_in_by(request: PersonRequest) -> str:
    issuer = issuer_of(request)
    names = [each.name for each in providers() if each.issuer == issuer]
    return in_words(sign_in_of(request).methods, provider="".join(names))


@require_safe
def mailbox(request: PersonRequest) -> HttpResponse:
    """Show the demo's mail; there is no such page anywhere else."""
    if settings.MODE != "demo":
        raise Http404
    shown = letters(settings.MAIL_DIR, limit=LETTERS_SHOWN)
    return render(request, "governance/mailbox.html", {"letters": shown})


class ReauthenticateByCode(ReauthenticateView):
    """allauth's page, which leaves no record by itself."""

    def form_valid(self, form: Any) -> Any:
        """Record the confirmation."""
        response = super().form_valid(form)
        methods = list(sign_in_of(self.request).methods)
        record_reauthentication(self.request.user.get_username(), methods=methods)
        return response


class ReauthenticateByKey(ReauthenticateWebAuthnView):
    """allauth's page, which leaves no record by itself."""

    def form_valid(self, form: Any) -> Any:
        """Record the confirmation."""
        response = super().form_valid(form)
        record_reauthentication(self.request.user.get_username(), methods=["webauthn"])
        return response
