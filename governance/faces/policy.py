"""Faces of what policy and configuration refuse."""

from typing import Final

from django.utils.translation import gettext_noop as _

from governance.decision import Reason
from governance.faces.face import Face

_UNKNOWN_TOOL: Final = Face(
    404,
    _("Unknown tool"),
    _("This agent has no tool of that name."),
    _("List the tools (`tools/list`, GET /v1/tools) that this agent may ask for."),
)

POLICY_FACES: Final = {
    Reason.TENANT_SUSPENDED: Face(
        403,
        _("Tenant suspended"),
        _("The tenant is suspended: nothing runs for it."),
        _("Ask an operator of this installation."),
    ),
    Reason.AGENT_SUSPENDED: Face(
        403,
        _("Agent suspended"),
        _("This agent is suspended: nothing runs for it."),
        _("Ask an admin of the tenant."),
    ),
    Reason.UNKNOWN_TOOL: _UNKNOWN_TOOL,
    # One face: whoever guesses names must not learn which of them exist.
    Reason.TOOL_NOT_GRANTED: _UNKNOWN_TOOL,
    Reason.ROUTE_SUSPENDED: Face(
        403,
        _("Tool suspended"),
        _("This tool is suspended."),
        _("Ask an admin of the tenant."),
    ),
    Reason.BACKEND_SUSPENDED: Face(
        403,
        _("Backend suspended"),
        _("The system behind this tool is suspended."),
        _("Ask an admin of the tenant."),
    ),
    Reason.WRITES_STOPPED: Face(
        403,
        _("Writes stopped"),
        _("All writes of the tenant are stopped; reads go on."),
        _("Ask an admin of the tenant."),
    ),
    Reason.INVALID_ARGUMENTS: Face(
        400,
        _("Invalid arguments"),
        _("The arguments are not what the tool declares."),
        _("Mend what `errors` names."),
    ),
    Reason.SCOPE_INVALID: Face(
        400,
        _("Scope invalid"),
        _("An argument holds what a scope or an address must not hold."),
        _("Use letters, digits and - . _ ~ in the arguments that name what to act on."),
    ),
    Reason.POLICY_DENIED: Face(
        403,
        _("Denied by policy"),
        _("Policy does not let this agent do this."),
        _("Ask an admin of the tenant if the agent needs it."),
    ),
    Reason.SESSION_ENDED: Face(
        403,
        _("Session ended"),
        _("The session of this request has ended."),
        _("Open a new session, or leave `session_id` out."),
    ),
    Reason.CONTEXT_CHANGED: Face(
        403,
        _("Context changed"),
        _("The context changed after this was approved, so the approval is void."),
        _("Ask again, if it is still wanted."),
    ),
    Reason.IDEMPOTENCY_MISMATCH: Face(
        422,
        _("Idempotency key used otherwise"),
        _("This Idempotency-Key was used for another request."),
        _("Use a new key for a new request."),
    ),
}
