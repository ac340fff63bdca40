"""The agents' door: ``/v1``."""

from typing import Any, Final

from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals.models import Approval
from approvals.services import cancel_as_agent
from audit.services import RecordUnavailable
from governance.decision import Reason
from governance.errors import Problem, problem_of
from governance.policy import agent_policy
from proxy.asking import Minted
from proxy.authentication import AgentRequest, fresh
from proxy.models import Call
from proxy.replays import answer_of
from proxy.rest import rendering, shapes
from proxy.rest.openapi import KEY, LABEL, WAIT, documented
from proxy.rest.parameters import idempotency_key, session_label, wait_seconds
from proxy.rest.refusals import record_refusal
from proxy.rest.serializers import (
    CALL,
    CLAIM,
    SESSION,
    CallSerializer,
    ClaimSerializer,
    SessionSerializer,
    tool_call,
)
from proxy.services import call_tool, mint_claim
from proxy.sessions import (
    change_context,
    end_session,
    find_or_open_session,
    own_session,
)
from proxy.waiting import WAITERS


class AgentView(APIView):
    """What all of /v1 shares: evidence, and a database that may be away."""

    def handle_exception(self, exc: Exception) -> Response | HttpResponse:  # type: ignore[override]  # a problem is a plain response
        """Record a refusal that no call has recorded, and answer it.

        A missing database is told from a missing record; both let nothing pass.
        """
        if not isinstance(exc, _AWAY):
            exc = self._recorded(problem_of(exc), exc)
        if isinstance(exc, RecordUnavailable):
            exc = Problem(Reason.AUDIT_UNAVAILABLE)
        elif isinstance(exc, _AWAY):
            exc = Problem(Reason.UNAVAILABLE)
        return super().handle_exception(exc)

    def _recorded(self, problem: Problem, exc: Exception) -> Exception:
        try:
            record_refusal(problem, self.request, now=timezone.now())
        except _AWAY as error:
            return error
        return exc


_AWAY: Final = (DatabaseError, InterfaceError, RecordUnavailable)


class ToolsView(AgentView):
    """``/v1/tools``: what this agent may ask for."""

    @documented("listTools", {200: shapes.TOOLS})
    def get(self, request: AgentRequest) -> Response:
        """List the tools in name order."""
        routes = agent_policy(fresh(request.auth)).values()
        usable = [rendering.tool(r) for r in routes if not r.is_suspended]
        return Response({"tools": usable})


class CallsView(AgentView):
    """``/v1/calls``: run one governed call."""

    @documented(
        "callTool",
        {200: {"oneOf": [shapes.ENDED, shapes.EXPLAINED]}, 202: shapes.WAITING},
        problems=(409, 410, 413, 415, 422, 502, 504),
        request=CallSerializer,
        parameters=(KEY, LABEL),
    )
    def post(self, request: AgentRequest) -> Response:
        """Parse, take the one road, render; a Problem renders itself."""
        asked = tool_call(
            CALL.run_validation(request.data),
            label=session_label(request),
            key=idempotency_key(request),
        )
        told = call_tool(asked, principal=request.auth, now=timezone.now())
        return rendering.answer(told)


class CallView(AgentView):
    """``/v1/calls/{call_id}``: a call, without running anything again."""

    @documented("getCall", {200: shapes.CALL})
    def get(self, request: AgentRequest, call_id: str) -> Response:
        """Render one of the agent's own calls."""
        own = Call.objects.filter(agent=fresh(request.auth).agent_id, pk=call_id)
        call = own.select_related("payload").first()
        if call is None:
            raise Problem(Reason.NOT_FOUND)
        request_id = getattr(request, "request_id", "")
        return Response(rendering.call(call, answer_of(call), request_id=request_id))


class ClaimsView(AgentView):
    """``/v1/claims``: mint a claim without running."""

    @documented(
        "mintClaim",
        {201: shapes.MINTED, 202: shapes.WAITING},
        problems=(410, 413, 415),
        request=ClaimSerializer,
        parameters=(LABEL,),
    )
    def post(self, request: AgentRequest) -> Response:
        """Parse, take the road up to the claim, render."""
        values = CLAIM.run_validation(request.data)
        asked = tool_call(values, label=session_label(request), key=None)
        told = mint_claim(asked, principal=request.auth, now=timezone.now())
        if isinstance(told, Minted):
            return Response(rendering.minted(told), status=201)
        return rendering.waiting(told)


class ApprovalView(AgentView):
    """``/v1/approvals/{id}``: how far a request for approval is."""

    @documented("getApproval", {200: shapes.OWN_APPROVAL}, parameters=(WAIT,))
    def get(self, request: AgentRequest, approval_id: str) -> Response:
        """Render it, after at most ``wait`` seconds while nothing changes."""
        agent, seconds = fresh(request.auth).agent_id, wait_seconds(request)
        approval = _own_approval(agent, approval_id)
        if seconds and approval.state in {"pending", "approved"}:
            WAITERS.wait_for_change(approval.pk, state=approval.state, seconds=seconds)
            approval = _own_approval(agent, approval_id)
        return Response(rendering.own_approval(approval, now=timezone.now()))


class CancelView(AgentView):
    """``/v1/approvals/{id}/cancel``: the agent takes its request back."""

    @documented("cancelApproval", {200: shapes.OWN_APPROVAL}, problems=(409,))
    def post(self, request: AgentRequest, approval_id: str) -> Response:
        """Cancel a pending request."""
        principal, now = fresh(request.auth), timezone.now()
        _own_approval(principal.agent_id, approval_id)  # no lock on a foreign row
        cancel_as_agent(approval_id, principal=principal, now=now)
        approval = _own_approval(principal.agent_id, approval_id)
        return Response(rendering.own_approval(approval, now=now))


def _own_approval(agent_id: int, approval_id: str) -> Approval:
    own = Approval.objects.filter(agent=agent_id, pk=approval_id)
    approval = own.select_related("claim__tenant", "claim__agent").first()
    if approval is None:
        raise Problem(Reason.NOT_FOUND)
    return approval


class SessionsView(AgentView):
    """``/v1/sessions``: open one."""

    @documented(
        "openSession",
        {201: shapes.SESSION},
        problems=(413, 415),
        request=SessionSerializer,
    )
    def post(self, request: AgentRequest) -> Response:
        """Open a session, or find the live one of the same label."""
        values = SESSION.run_validation(request.data)
        principal, now = fresh(request.auth), timezone.now()
        session = find_or_open_session(principal, **values, now=now)
        return Response(rendering.session(session), status=201)


class SessionView(AgentView):
    """``/v1/sessions/{id}``: one of the agent's own."""

    @documented("getSession", {200: shapes.SESSION})
    def get(self, request: AgentRequest, session_id: str) -> Response:
        """Render it."""
        session = own_session(fresh(request.auth), session_id)
        return Response(rendering.session(session))

    @documented("endSession", {204: None})
    def delete(self, request: AgentRequest, session_id: str) -> Response:
        """End it: unspent claims are revoked, pending approvals cancelled."""
        principal = fresh(request.auth)
        session = own_session(principal, session_id)
        end_session(session, principal=principal, now=timezone.now())
        return Response(status=204)


class EpochView(AgentView):
    """``/v1/sessions/{id}/epoch``: the human context changed."""

    @documented("changeContext", {200: shapes.SESSION})
    def post(self, request: AgentRequest, session_id: str) -> Response:
        """Revoke and cancel as on ending; the session goes on."""
        principal = fresh(request.auth)
        session = own_session(principal, session_id)
        changed = change_context(session, principal=principal, now=timezone.now())
        return Response(rendering.session(changed))


class NowhereView(AgentView):
    """Any other path of /v1: a problem, not a page."""

    authentication_classes: tuple[()] = ()
    permission_classes: tuple[()] = ()
    schema = None

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Answer every method alike."""
        raise Problem(Reason.NOT_FOUND)
