"""Answers of the road as the JSON of /v1."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.utils import timezone
from rest_framework.response import Response

from approvals.models import Approval
from approvals.services import counting_votes, token_for
from governance.arguments import digest_text
from governance.decision import Reason
from governance.errors import ASK_ANEW, Problem
from governance.models import AgentSession
from governance.policy import RouteFacts
from proxy.asking import Answer, Ended, Explained, Minted, Waiting
from proxy.backends.answers import result_body
from proxy.models import Call
from proxy.spending import claim_of

Json = dict[str, object]

_WHY_NOT: Final = ("detail", "next", "errors")
_AFTER: Final[Mapping[str, str]] = {
    "happened": "Do not repeat it: go on with what follows from it.",
    "did_not_happen": ASK_ANEW,
    "cannot_tell": "Do not repeat it: ask the people whom you work for.",
}


def moment(at: datetime | None) -> str | None:
    """Return a time as RFC 3339 in UTC with ``Z``, to the second."""
    if at is None:
        return None
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def answer(told: Answer) -> Response:
    """Render what the road answered; raises Problem for a call that went wrong."""
    match told:
        case Ended():
            return Response(ended(told))
        case Waiting():
            return waiting(told)
        case Explained():
            return Response(explained(told))


def ended(told: Ended) -> Json:
    """Render a call that is over.

    Raises Problem with ``call_id``, and with the backend's answer where it is handed
    on, if the call did not complete.
    """
    if told.reason is not None:
        raise failed(told, told.reason, told.detail)
    return {
        "call_id": told.call_id,
        "status": told.state,
        "result": result(told),
        "session_id": told.session_id,
        "claim_id": told.claim_id,
        "approval_id": told.approval_id,
        "scope": told.scope,
        "replayed": told.replayed,
    }


def failed(told: Ended, reason: Reason, detail: str) -> Problem:
    """Return what went wrong with a call, and what an agent may do about it now."""
    members: Json = {"call_id": told.call_id, "replayed": told.replayed}
    if (shown := result(told)) is not None:
        members["result"] = shown
    problem = Problem(reason, detail, **members, **found(told.finding))
    problem.is_recorded = True  # as the call's outcome
    problem.is_final = told.has_failed_for_good
    return problem


def found(finding: str) -> Json:
    """Return what a person found out about an unknown outcome; nothing if nobody did.

    Once it is known whether it happened, nobody is told to find out first.
    """
    following = _AFTER.get(finding)
    return {"finding": finding, "next": following} if following else {}


def result(told: Ended) -> Json | None:
    """Return the backend's answer as the agent sees it; None where none is kept."""
    if told.status is None or told.body is None:
        return None
    return {
        "status": told.status,
        "content_type": told.content_type,
        "body": result_body(told.body, told.content_type),
    }


def waiting(told: Waiting) -> Response:
    """Render 202: a person decides, or the call is queued or running."""
    body: Json = {
        "status": told.status,
        "approval": approval(told.approval) if told.approval else None,
    }
    where = f"/v1/approvals/{told.approval.pk}" if told.approval else ""
    if told.call_id:
        body["call_id"], where = told.call_id, f"/v1/calls/{told.call_id}"
    headers = {"Location": where, "Retry-After": "5" if told.approval else "1"}
    return Response(body, status=202, headers=headers)


def explained(told: Explained) -> Json:
    """Render what would happen."""
    return {
        "status": told.status,
        "reason": told.reason,
        "scope": told.scope,
        "summary": told.summary,
        "approval": told.approval,
        **_why_not(told),
    }


def _why_not(told: Explained) -> Json:
    """Return what the problem of a refusal would say beside its reason."""
    if told.refusal is None:
        return {}
    problem = Problem.of(told.refusal).as_dict(request_id="")
    return {name: problem[name] for name in _WHY_NOT if name in problem}


def approval(row: Approval) -> Json:
    """Render an approval for its agent: who voted is not told."""
    return {
        "id": row.pk,
        "state": row.state,
        "code": row.code,
        "tool": row.tool,
        "risk": row.risk,
        "scope": row.scope,
        "summary": row.summary,
        "args_digest": digest_text(bytes(row.args_digest)),
        "fingerprint": digest_text(bytes(row.fingerprint)),
        "session_id": row.session_id,
        "quorum": {"need": row.quorum, "have": have(row)},
        "decide_by": moment(row.decide_by),
        "execute_by": moment(row.execute_by),
        "reason_for_agent": row.reason_for_agent or None,
        "review_url": f"{settings.PUBLIC_URL}/approvals/{row.pk}/",
    }


def have(row: Approval) -> int:
    """Return how many distinct people's approvals count; once decided, were cast."""
    if row.state == Approval.State.PENDING:
        return len(counting_votes(row, now=timezone.now()))
    return row.votes.filter(verdict="approve").count()


def own_approval(row: Approval, *, now: datetime) -> Json:
    """Render an approval for the agent that asked, with a fresh token of its claim."""
    shown = approval(row)
    call_id = row.calls.order_by("-created_at").values_list("pk", flat=True).first()
    if call_id is not None:
        shown["call_id"] = call_id
    if row.state == Approval.State.APPROVED and claim_of(row).execute_by > now:
        issued = token_for(row.claim, now=now)
        shown["claim"], shown["claim_id"] = issued.token, row.claim.pk
        shown["claim_expires_at"] = moment(issued.expires_at)
    return {"approval": shown}


def minted(told: Minted) -> Json:
    """Render a claim that was minted without running."""
    return {
        "claim": told.issued.token,
        "claim_id": told.claim.pk,
        "expires_at": moment(told.issued.expires_at),
        "max_uses": told.claim.max_uses,
        "scope": told.claim.scope,
    }


def call(row: Call, told: Ended | Waiting, *, request_id: str) -> Json:
    """Render a stored call; a problem is a member here, and not the answer."""
    body: Json = {
        "call_id": row.pk,
        "status": row.state,
        "tool": row.tool,
        "scope": row.scope,
        "session_id": row.session_id,
        "claim_id": row.claim_id,
        "approval_id": row.approval_id,
        "created_at": moment(row.created_at),
        "finished_at": moment(row.finished_at),
    }
    if isinstance(told, Ended):
        shown = result(told)
        if shown is not None:
            body["result"] = shown
        if told.reason is not None:
            members = {"call_id": row.pk, **found(row.finding)}
            problem = Problem(told.reason, told.detail, **members)
            body["problem"] = problem.as_dict(request_id=request_id)
    if row.finding:
        body["finding"] = row.finding
    return body


def session(row: AgentSession) -> Json:
    """Render a session."""
    return {
        "session_id": row.pk,
        "label": row.label or None,
        "on_behalf_of": row.on_behalf_of or None,
        "expires_at": moment(row.expires_at),
    }


_HINTS: Mapping[str, Mapping[str, bool]] = {
    "read": {"readOnlyHint": True},
    "write": {"readOnlyHint": False, "destructiveHint": False},
    "privileged": {"readOnlyHint": False, "destructiveHint": True},
}


def tool(route: RouteFacts) -> Json:
    """Render a tool for an agent that may ask for it."""
    return {
        "name": route.tool,
        "title": route.title,
        "description": route.description,
        "input_schema": dict(route.arguments_schema),
        "risk": str(route.risk),
        "approval": "required" if route.approval_required else "not_required",
        "annotations": {"title": route.title, **_HINTS[route.risk]},
    }
