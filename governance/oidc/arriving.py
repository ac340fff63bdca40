"""Who comes back from a provider, and what that is good for.

A subject that is linked signs in.  One that is not opens an account only where an admin
made it for that address and nobody has used it, or where the provider's people may sign
up; and only for addresses of domains that the provider speaks for.
"""

from typing import Final, NoReturn, cast

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialLogin
from django.contrib.auth import logout
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record_denied, record_flood
from governance.decision import Reason
from governance.models import User
from governance.oidc.protocol import CONFIRM, CONNECT, Shown, shown_by
from governance.requests import client_address
from governance.services import identities
from governance.signin import LINKED_AT, confirm_by_provider

FORBIDDEN: Final = 403


def arrive(request: HttpRequest, login: SocialLogin) -> None:
    """Decide what the person's proof is good for; what comes next is allauth's.

    Raises ImmediateHttpResponse where nothing comes next.
    """
    purpose = login.state["purpose"]
    shown = shown_by(login)
    person = cast("User", login.user) if login.is_existing else None
    if purpose == CONFIRM:
        _refuse_other(request, person)
    _refuse_leaver(request, shown, person)
    if purpose == CONFIRM and person is not None:
        _confirm(request, login, person)
    if purpose == CONNECT:
        _connect(request, login, person)
    if person is None:
        person = _first_arrival(request, login)
    _sync(person, shown)


def _refuse_other(request: HttpRequest, person: User | None) -> None:
    """Refuse a proof of anybody but the one who is signed in."""
    if person is None or person != request.user or not person.is_active:
        refuse(
            request,
            why="confirmed as somebody else",
            said=_(
                "That is not the account with which you are signed in here. Nothing"
                " was confirmed."
            ),
            person=request.user if request.user.is_authenticated else None,
        )


def _confirm(request: HttpRequest, login: SocialLogin, person: User) -> None:
    """Take a fresh proof, and the roles that come with it, as at any sign-in."""
    shown = shown_by(login)
    _sync(person, shown)
    confirm_by_provider(
        request,
        issuer=shown.provider.issuer,
        auth_time=shown.token.auth_time,
        has_factor=shown.token.has_factor,
    )
    raise ImmediateHttpResponse(_back(login, "/"))


def _refuse_leaver(request: HttpRequest, shown: Shown, person: User | None) -> None:
    required = shown.provider.required_groups
    if not required or required & shown.groups:
        return
    if person is not None and person.is_active:
        identities.lock_out(person, issuer=shown.provider.issuer, now=timezone.now())
        if request.user == person:
            logout(request)  # her session is gone, and must not be saved again
    refuse(
        request,
        why=f"in no required group of {shown.provider.id}",
        said=_("Your organisation does not let you in here."),
        person=person,
    )


def _connect(request: HttpRequest, login: SocialLogin, person: User | None) -> None:
    """Link the subject to the one who asked for it, in her own session."""
    asker = request.user
    # The question lies in the session, and a session that changes hands is emptied.
    if not isinstance(asker, User):
        refuse(
            request,
            why="linked by nobody",
            said=_("You are signed out. Sign in, and link your account again."),
        )
    if person is None:
        _link(request, login, asker)
    elif person != asker:
        refuse(
            request,
            why="already somebody else's",
            said=_("That account signs in somebody else here."),
            person=asker,
        )
    raise ImmediateHttpResponse(_back(login, "/account/"))


def _first_arrival(request: HttpRequest, login: SocialLogin) -> User:
    shown = shown_by(login)
    if not shown.speaks_for_email:
        _refuse_stranger(request, shown)
    person = identities.invited(shown.email)
    if person is None and shown.provider.sign_up:
        person = identities.sign_up(
            shown.email,
            first_name=shown.first_name,
            last_name=shown.last_name,
            now=timezone.now(),
        )
    if person is None:
        _refuse_stranger(request, shown)
    _link(request, login, person)
    request.session[LINKED_AT] = timezone.now().timestamp()
    return person


def _link(request: HttpRequest, login: SocialLogin, person: User) -> None:
    try:
        with transaction.atomic():
            login.account = identities.link(
                person,
                issuer=login.account.provider,
                subject=login.account.uid,
                by=person,
                now=timezone.now(),
            )
    except IntegrityError:  # two browsers at once: the other one was first
        _refuse_stranger(request, shown_by(login))
    login.user = person


def _sync(person: User, shown: Shown) -> None:
    if not shown.provider.managed or not person.is_active:
        return
    identities.sync_roles(
        person,
        wanted=frozenset(
            (role.tenant, role.role) for role in shown.provider.roles_of(shown.groups)
        ),
        managed=frozenset((role.tenant, role.role) for role in shown.provider.managed),
        now=timezone.now(),
    )


def _refuse_stranger(request: HttpRequest, shown: Shown) -> NoReturn:
    # The same words whether the address is unknown, taken, or not proved.
    refuse(
        request,
        why=f"no account for this subject of {shown.provider.id}",
        said=_(
            "There is no account for you here yet. Ask an admin for one; or, if you"
            " have one, sign in with your password and link it on your account page."
        ),
    )


def refuse(
    request: HttpRequest, *, why: str, said: str, person: User | None = None
) -> NoReturn:
    """Record that a proof was not enough, and show the person why.

    Raises ImmediateHttpResponse.
    """
    record_denied(
        "person.sign_in_failed",
        now=timezone.now(),
        person=person.username if person else None,
        detail={"why": why},
    )
    raise ImmediateHttpResponse(page(request, said))


def refuse_unproved(request: HttpRequest, *, why: str, said: str) -> HttpResponse:
    """Record that nothing was proved, floods counted: anybody can send that."""
    address = client_address(request)
    record_flood(
        "person.sign_in_failed",
        f"oidc {address} {why}",
        now=timezone.now(),
        reason=Reason.UNAUTHENTICATED,
        detail={"why": why},
    )
    return page(request, said)


def page(request: HttpRequest, said: str) -> HttpResponse:
    """Return the page of a sign-in that did not happen."""
    shown = {"said": said}
    return render(request, "account/refused.html", shown, status=FORBIDDEN)


def _back(login: SocialLogin, default: str) -> HttpResponseRedirect:
    # The address was checked to be one of ours before it went into the state.
    return HttpResponseRedirect(login.state.get("next") or default)
