"""Voting and taking back: forms of the review page, by POST and nothing else."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Final

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from approvals import services
from approvals.services import Voter, Why
from approvals.views.answers import SeeOther
from approvals.views.finding import find
from approvals.views.form import read_shown
from approvals.views.links import remembered_delivery
from approvals.views.review import STRICTER, show
from governance.access import PersonRequest
from governance.errors import Denied
from governance.headers import csp_override
from governance.signin import sign_in_of

_FINGERPRINT: Final = re.compile(r"sha256:([0-9a-f]{64})")

Change = Callable[[PersonRequest, str], object]
View = Callable[[PersonRequest, str], HttpResponse]


def change(make: Change) -> View:
    """Make a view of a change: 303 back to the page, or the page with the refusal."""

    @wraps(make)
    def inner(request: PersonRequest, approval_id: str) -> HttpResponse:
        find(request, approval_id)
        try:
            make(request, approval_id)
        except Denied as denied:
            return show(request, find(request, approval_id), denied=denied)
        return SeeOther(f"/approvals/{approval_id}/#result")

    return require_POST(csp_override(STRICTER)(inner))


@change
def vote(request: PersonRequest, approval_id: str) -> None:
    """Cast the person's vote on what she was shown."""
    shown = re.fullmatch(_FINGERPRINT, request.POST.get("fingerprint", ""))
    services.vote(
        approval_id,
        by=voter_of(request),
        verdict=request.POST.get("verdict", ""),
        fingerprint=bytes.fromhex(shown[1]) if shown else b"",
        reason=Why(
            request.POST.get("reason", ""),
            request.POST.get("category", ""),
            request.POST.get("note", ""),
        ),
        now=timezone.now(),
        shown=read_shown(request.POST.get("shown", ""), approval_id),
        delivery_id=remembered_delivery(request),
    )


@change
def comment(request: PersonRequest, approval_id: str) -> None:
    """Write a remark, for colleagues or to the agent."""
    services.comment(
        approval_id,
        by=request.user,
        text=request.POST.get("text", ""),
        to_agent=request.POST.get("to_agent") == "yes",
        now=timezone.now(),
    )


@change
def take(request: PersonRequest, approval_id: str) -> None:
    """Say that the person is looking."""
    services.take(approval_id, by=request.user, now=timezone.now())


@change
def withdraw(request: PersonRequest, approval_id: str) -> None:
    """Take the person's own approval back while the quorum is not reached."""
    services.withdraw(approval_id, by=request.user, now=timezone.now())


@change
def revoke(request: PersonRequest, approval_id: str) -> None:
    """Take the yes back before it is used."""
    services.revoke(approval_id, by=request.user, now=timezone.now())


@change
def cancel(request: PersonRequest, approval_id: str) -> None:
    """Cancel what the person's own agent asked for."""
    services.cancel_as_person(approval_id, by=request.user, now=timezone.now())


def voter_of(request: PersonRequest) -> Voter:
    """Return who votes, with how and when she signed in."""
    sign_in = sign_in_of(request)
    return Voter(
        person=request.user,
        sign_in_methods=sign_in.methods,
        sign_in_at=sign_in.at,
        channel="page",
        has_second_factor=sign_in.has_factor,
    )
