"""The review page, and its state for an open tab."""

from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from approvals.display import visible
from approvals.models import Approval
from approvals.services import counting_votes
from approvals.views import words
from approvals.views.finding import find
from approvals.views.form import TEMPLATE_VERSION, DecisionForm, decision_form
from approvals.views.links import remember_link
from approvals.views.page import ReviewPage, review_page
from approvals.waiting import waiting_for
from approvals.wording import what_happened
from governance.access import PersonRequest
from governance.arguments import digest_text
from governance.errors import Denied, Problem
from governance.headers import TRUSTED_TYPES, csp_override
from governance.signin import has_second_factor, sign_in_of
from governance.templatetags.times import clock

STRICTER: Final = {**settings.SECURE_CSP, **TRUSTED_TYPES}
_TYPED: Final = ("reason", "note", "category", "text")
_SETTLED: Final = frozenset(Approval.State) - {Approval.State.PENDING}


@require_safe
@csp_override(STRICTER)
def review(request: PersonRequest, approval_id: str) -> HttpResponse:
    """Show a request; nothing changes by it, however often a scanner comes."""
    if "k" in request.GET:
        return remember_link(request, approval_id)
    return show(request, find(request, approval_id))


@require_safe
def state(request: PersonRequest, approval_id: str) -> HttpResponse:
    """Answer an open page's question whether anything changed."""
    approval = find(request, approval_id)
    have = len(counting_votes(approval, now=timezone.now()))
    sentence = _happened(request, approval)
    if approval.state == Approval.State.PENDING:
        facts = {"have": have, "quorum": approval.quorum}
        sentence = _("%(have)s of %(quorum)s have approved") % facts
    return JsonResponse(
        {"state": approval.state, "have": have, "sentence": sentence},
    )


def show(
    request: PersonRequest, approval: Approval, *, denied: Denied | None = None
) -> HttpResponse:
    """Render the page; with a refusal on top where one came of a form."""
    now = timezone.now()
    full = request.GET.get("view") == "full"
    page = review_page(approval, request.user, full=full, now=now)
    form = decision_form(
        page,
        sign_in_of(request),
        has_second_factor=has_second_factor(request.user),
        now=now,
    )
    shown = {
        **_shown(request, page, form, now),
        "notice": denied and _notice(denied, _happened(request, approval)),
        "typed": {name: request.POST.get(name, "") for name in _TYPED},
    }
    status = Problem.of(denied).face.status if denied else HTTPStatus.OK
    return render(request, "approvals/review.html", shown, status=status)


def _shown(
    request: PersonRequest, page: ReviewPage, form: DecisionForm, now: datetime
) -> dict[str, object]:
    approval = page.approval
    here = f"/approvals/{approval.pk}/"
    again = f"{here}?view=full" if page.full else here
    voted_or_over = approval.state in _SETTLED or page.people.my_vote is not None
    return {
        "approval": approval,
        "page": page,
        "form": form,
        "settled": voted_or_over,
        "is_late": approval.decide_by <= now,
        **_next(request, now, wanted=voted_or_over),
        **words.of(approval, is_late=approval.decide_by <= now),
        "object": _label(approval.summary),
        "full_url": f"{here}?view=full#b-arguments",
        "sign_in_again": f"/account/reauthenticate/?{urlencode({'next': again})}",
        "recent_seconds": settings.RECENT_SIGN_IN_SECONDS,
        "call_opens": _opens_call(request, approval),
        "args_digest": digest_text(bytes(approval.args_digest)),
        "summary_digest": digest_text(bytes(approval.summary_digest)),
        "canonical_length": page.arguments and len(page.arguments.canonical.encode()),
        "template_version": TEMPLATE_VERSION,
    }


def _next(request: PersonRequest, now: datetime, *, wanted: bool) -> dict[str, object]:
    if not wanted:
        return {}
    waiting = waiting_for(request.user, now=now).order_by("decide_by", "pk")
    count, first = waiting.count(), waiting.values_list("pk", flat=True).first()
    return {"waiting_count": count, "next_url": f"/approvals/{first}/"}


def _label(summary: str, most: int = 80) -> str:
    """Return what a button acts on; the whole sentence stands right above it."""
    text = "".join(run.text for run in visible(summary)).replace("\n", " ")
    cut = text if len(text) <= most else f"{text[:most].rstrip()}…"
    return cut[:1].lower() + cut[1:]


def _opens_call(request: PersonRequest, approval: Approval) -> bool:
    is_owner = approval.agent.owner_id == request.user.pk
    return is_owner or approval.tenant_id in request.access.tenants("admin")


def _happened(request: PersonRequest, approval: Approval) -> str:
    """Say how it was settled, and when; nothing of what is still open."""
    is_yes = approval.state in (Approval.State.APPROVED, Approval.State.EXECUTED)
    at = approval.decided_at if is_yes else approval.ended_at
    if at is None:
        return ""
    when = clock(at, zone=request.access.zone, now=timezone.now())
    return f"{what_happened(approval)}, {when}"


def _notice(denied: Denied, happened: str) -> dict[str, object]:
    problem = Problem.of(denied)
    return {
        "title": _(problem.face.title),
        "detail": denied.told,
        "next": _(problem.face.next) if problem.face.next else "",
        "happened": happened and f"{happened}.",
        "sign_in_again": problem.reason == "vote_sign_in_stale",
    }
