"""Linking a Slack account: by whoever signed in just now, with a code from Slack."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from approvals.models import SlackLink, SlackWorkspace
from approvals.services.slack.accounts import link_of
from approvals.services.slack.links import (
    begin_link,
    confirm_link,
    end_link,
    workspaces_for,
)
from approvals.views.answers import SeeOther
from governance.access import PersonRequest
from governance.models import User
from governance.refusals import Refused
from governance.refusals.refused import GENERAL
from governance.signin import has_second_factor, is_recent, sign_in_of

PAGE: Final = "/account/slack/"
MOST_DIGITS: Final = 19  # of a row's key
_SLACK_USER: Final = re.compile(r"[UW][A-Z0-9]{5,19}")


@dataclass(frozen=True, slots=True)
class Place:
    """One workspace as its person sees it."""

    workspace: SlackWorkspace
    link: SlackLink | None
    waiting: SlackLink | None


@require_safe
def linking(request: PersonRequest) -> HttpResponse:
    """Show the workspaces of a person's tenants, and her links there."""
    now = timezone.now()
    places = [
        _place(request.user, each) for each in workspaces_for(request.user, at=now)
    ]
    again = f"/account/reauthenticate/?{urlencode({'next': PAGE})}"
    shown = {"places": places, "is_fresh": _is_fresh(request), "sign_in_again": again}
    return render(request, "approvals/slack_account.html", shown)


@require_POST
def link(request: PersonRequest) -> HttpResponse:
    """Have a code sent to the Slack user that the person says she is."""
    return _changed(request, _begin)


@require_POST
def confirm(request: PersonRequest) -> HttpResponse:
    """Link the accounts by the code that Slack's user has read."""
    return _changed(request, _confirm)


@require_POST
def unlink(request: PersonRequest) -> HttpResponse:
    """End the person's own link."""
    links = SlackLink.objects.select_related("workspace__tenant", "person")
    mine = get_object_or_404(links, pk=_number(request), person=request.user)
    if end_link(mine, by=request.user, now=timezone.now()):
        messages.success(request, _("Your Slack account is linked no more."))
    return SeeOther(PAGE)


def _changed(
    request: PersonRequest, change: Callable[[PersonRequest], None]
) -> HttpResponse:
    """Make a change if the sign-in is fresh, and say what was refused."""
    try:
        if _is_fresh(request):
            change(request)
    except Refused as refused:
        messages.error(request, str(refused))
    return SeeOther(PAGE)


def _begin(request: PersonRequest) -> None:
    now = timezone.now()
    found = {str(each.pk): each for each in workspaces_for(request.user, at=now)}
    workspace = found.get(request.POST.get("workspace", ""))
    slack_user = request.POST.get("slack_user", "").strip().upper()
    if workspace is None or not _SLACK_USER.fullmatch(slack_user):
        told = _("Copy your member ID from Slack; it begins with U.")
        raise Refused({GENERAL: [told]})
    begin_link(workspace, slack_user, by=request.user, now=now)


def _confirm(request: PersonRequest) -> None:
    link_id, code = _number(request), request.POST.get("code", "")
    confirm_link(link_id, code, by=request.user, now=timezone.now())
    messages.success(request, _("Your Slack account is linked."))


def _number(request: PersonRequest) -> int:
    number = request.POST.get("link", "")
    return int(number) if number.isdecimal() and len(number) < MOST_DIGITS else 0


def _place(person: User, workspace: SlackWorkspace) -> Place:
    waiting = SlackLink.objects.filter(
        workspace=workspace,
        person=person,
        linked_at=None,
        ended_at=None,
        expires_at__gt=timezone.now(),
    )
    return Place(workspace, link_of(person, workspace), waiting.first())


def _is_fresh(request: PersonRequest) -> bool:
    return is_recent(
        sign_in_of(request),
        seconds=settings.RECENT_SIGN_IN_SECONDS,
        now=timezone.now(),
        has_second_factor=has_second_factor(request.user),
    )
